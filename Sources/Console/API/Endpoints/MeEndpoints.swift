import Engine
import HTTPTypes
import Store
import Tenancy

/// Oneself: who asks, where one is signed in, proving again who one is.
enum MeEndpoints {
    static let all: [Endpoint] = [me, sessions, endSession, prove, changePassword]

    private static let text = RegistryEndpoints.text
    static let password = Shape.text(bytesMax: Password.bytesMax * 3)

    private static let me = Endpoint(
        method: .get, path: "/api/v1/me", summary: "Who asks, and what one may", right: .anybody,
        answer: .object([
            .must("id", .identifier), .must("name", text),
            .must("roles", .list(.text(bytesMax: 64), countMax: Principal.grantsMax)),
            .must("csrf", .optional(.text(bytesMax: 64))),
        ])
    ) { call in
        Answer([
            "id": .text(call.principal.id.text), "name": .text(call.principal.name),
            "roles": .texts(Set(call.principal.grants.map(\.role.rawValue)).sorted()),
            "csrf": .text(orNull: call.session.map { call.parts.guardian.token(for: $0) }),
        ])
    }

    private static let sessions = Endpoint(
        method: .get, path: "/api/v1/me/sessions", summary: "Where one is signed in",
        right: .anybody,
        answer: .object([
            .must(
                "sessions",
                .list(
                    .object([
                        .must("id", .identifier), .must("started", .time),
                        .must("last_seen", .time), .must("current", .flag),
                        .must("proofs", .list(.text(bytesMax: 64), countMax: 8)),
                    ]), countMax: Accounts.sessionsMax))
        ])
    ) { call in
        let sessions = await call.parts.accounts.sessions(of: call.principal.id)
        return Answer([
            "sessions": .list(
                sessions.map { session in
                    [
                        "id": .text(session.id.text), "started": .time(session.startedAt),
                        "last_seen": .time(session.lastSeenAt),
                        "current": .flag(session.id == call.session?.id),
                        "proofs": .texts(session.proofs.map(\.rawValue).sorted()),
                    ]
                })
        ])
    }

    private static let endSession = Endpoint(
        method: .delete, path: "/api/v1/me/sessions/{session}",
        summary: "Sign out, here or elsewhere", right: .anybody, status: 204, answer: .anything
    ) { call in
        guard
            try await call.parts.accounts.end(
                call.name("session"), of: call.principal.id, now: call.now)
        else {
            throw Problem(.missing, "There is no such session.")
        }
        return Answer(.null)
    }

    private static let prove = Endpoint(
        method: .post, path: "/api/v1/me/proof",
        summary: "Prove again who one is, for what is dangerous; the session goes on",
        right: .anybody,
        body: .object([.must("password", password), .may("code", .text(bytesMax: 64))]),
        takesPerson: true, status: 204, answer: .anything
    ) { call in
        let session = try call.own()
        let person = try await call.parts.accounts.record(of: session.principal)
        let (proved, proofs) = try await call.parts.accounts.prove(
            .init(
                login: person.login, password: call.text("password"),
                code: call.body["code"]?.text, address: call.address), now: call.now)
        guard proved.principal == session.principal else {
            throw Problem(.unauthenticated, "That is somebody else.")
        }
        let token = try await call.parts.accounts.renew(session.id, with: proofs, now: call.now)
        return Answer(.null, token: token)
    }

    private static let changePassword = Endpoint(
        method: .post, path: "/api/v1/me/password",
        summary: "Set another password; signs out everywhere else",
        right: .anybody, body: .object([.must("password", password)]), takesPerson: true,
        needsProof: true, status: 204, answer: .anything
    ) { call in
        let session = try call.own()
        let person = try await call.parts.accounts.record(of: session.principal)
        try await call.parts.accounts.changePassword(
            call.text("password"), of: person, session: session.id, now: call.now)
        let token = try await call.parts.accounts.renew(session.id, with: [], now: call.now)
        return Answer(.null, token: token)
    }
}
