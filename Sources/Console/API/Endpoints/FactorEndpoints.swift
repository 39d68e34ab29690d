import Engine
import HTTPTypes
import Store
import Tenancy

/// One's own authenticator app, recovery codes and passkeys.
enum FactorEndpoints {
    static let all: [Endpoint] = [
        factors, begin, confirm, removeAuthenticator, renewCodes, passkeyOptions, addPasskey,
        removePasskey,
    ]

    private static let text = RegistryEndpoints.text
    private static let codes = Shape.object([
        .must("recovery_codes", .list(.text(bytesMax: 32), countMax: RecoveryCodes.count))
    ])

    private static let factors = Endpoint(
        method: .get, path: "/api/v1/me/factors", summary: "How one signs in", right: .anybody,
        takesPerson: true,
        answer: .object([
            .must("password", .flag), .must("authenticator", .flag),
            .must("recovery_codes_left", .integer(0...Int64(RecoveryCodes.count))),
            .must(
                "passkeys",
                .list(
                    .object([
                        .must("id", .identifier), .must("name", text), .must("created", .time),
                    ]), countMax: LedgerLimits.pageMax)),
        ])
    ) { call in
        let accounts = call.parts.accounts
        let person = try await accounts.record(of: call.own().principal)
        let factors = try await accounts.factors(of: person)
        return Answer([
            "password": .flag(factors.hasPassword),
            "authenticator": .flag(factors.hasAuthenticator),
            "recovery_codes_left": .integer(Int64(factors.recoveryCodesLeft)),
            "passkeys": .list(
                factors.passkeys.map { key in
                    [
                        "id": .text(key.value.id), "name": .text(key.value.name),
                        "created": .time(key.created),
                    ]
                }),
        ])
    }

    // MARK: - An authenticator app

    private static let begin = Endpoint(
        method: .post, path: "/api/v1/me/authenticator",
        summary: "Begin with an authenticator app; its secret is shown once",
        right: .anybody, body: .object([]), takesPerson: true, needsProof: true,
        answer: .object([
            .must("secret", .text(bytesMax: 128)), .must("uri", .text(bytesMax: 2048)),
        ])
    ) { call in
        let session = try call.own()
        let authenticator = try await call.parts.accounts.beginAuthenticator(
            for: session, now: call.now)
        let person = try await call.parts.accounts.record(of: session.principal)
        return Answer([
            "secret": .text(authenticator.typedSecret),
            "uri": .text(
                authenticator.provisioningURI(issuer: "Kagari", account: person.login)),
        ])
    }

    private static let confirm = Endpoint(
        method: .post, path: "/api/v1/me/authenticator/confirm",
        summary: "Show that the app has it; recovery codes are shown once",
        right: .anybody, body: .object([.must("code", .text(bytesMax: 32))]), takesPerson: true,
        needsProof: true, answer: codes
    ) { call in
        let session = try call.own()
        let told = try await call.parts.accounts.confirmAuthenticator(
            call.text("code"), for: session, now: call.now)
        let token = try await call.parts.accounts.renew(
            session.id, with: [.oneTimeCode], now: call.now)
        return Answer(["recovery_codes": .texts(told)], token: token)
    }

    private static let removeAuthenticator = Endpoint(
        method: .delete, path: "/api/v1/me/authenticator",
        summary: "Do without the app, and without recovery codes", right: .anybody,
        takesPerson: true, needsProof: true, status: 204, answer: .anything
    ) { call in
        let session = try call.own()
        let accounts = call.parts.accounts
        try await accounts.removeAuthenticator(
            of: accounts.record(of: session.principal), now: call.now)
        return Answer(
            .null, token: try await accounts.renew(session.id, with: [], now: call.now))
    }

    private static let renewCodes = Endpoint(
        method: .post, path: "/api/v1/me/recovery-codes",
        summary: "Other recovery codes, shown once; those before are worth nothing",
        right: .anybody, body: .object([]), takesPerson: true, needsProof: true, answer: codes
    ) { call in
        let accounts = call.parts.accounts
        let person = try await accounts.record(of: call.own().principal)
        guard try await accounts.factors(of: person).hasAuthenticator else {
            throw Problem(.conflict, "Recovery codes stand in for an authenticator; set one up.")
        }
        return Answer([
            "recovery_codes": .texts(
                try await accounts.renewRecoveryCodes(of: person, now: call.now))
        ])
    }

    // MARK: - Passkeys

    private static let bytes = Shape.text(bytesMax: 2048)
    private static let credential = Shape.object([
        .must("type", .choice(["public-key"])), .must("id", bytes),
    ])

    private static let passkeyOptions = Endpoint(
        method: .post, path: "/api/v1/me/passkeys/options",
        summary: "What to ask the browser for, for a new passkey (WebAuthn creation options)",
        right: .anybody, body: .object([]), takesPerson: true, needsProof: true,
        answer: .object([
            .must("challenge", bytes),
            .must("rp", .object([.must("id", bytes), .must("name", text)])),
            .must(
                "user",
                .object([
                    .must("id", bytes), .must("name", text), .must("displayName", text),
                ])),
            .must(
                "pubKeyCredParams",
                .list(
                    .object([
                        .must("type", .choice(["public-key"])),
                        .must("alg", .integer(-65_535...0)),
                    ]), countMax: 8)),
            .must(
                "excludeCredentials",
                .list(credential, countMax: PasskeyCredential.perAccountMax)),
            .must(
                "authenticatorSelection",
                .object([
                    .must("residentKey", .choice(["required"])),
                    .must("userVerification", .choice(["required", "preferred"])),
                ])),
            .must("attestation", .choice(["none"])), .must("timeout", .integer(0...600_000)),
        ])
    ) { call in
        let (ceremony, party, person) = try await call.parts.accounts.beginRegistration(
            for: call.own(), now: call.now)
        var existing: [[UInt8]] = []
        if case .registration(_, let known) = ceremony.purpose { existing = known }
        return Answer([
            "challenge": .text(Base64URL.text(ceremony.challenge)),
            "rp": ["id": .text(party.id), "name": "Kagari"],
            "user": [
                "id": .text(Base64URL.text(Array(person.id.utf8))), "name": .text(person.login),
                "displayName": .text(person.name),
            ],
            "pubKeyCredParams": .list(
                PasskeyCeremony.algorithms.map {
                    ["type": "public-key", "alg": .integer(Int64($0))]
                }),
            "excludeCredentials": .list(
                existing.map { ["type": "public-key", "id": .text(Base64URL.text($0))] }),
            "authenticatorSelection": [
                "residentKey": "required",
                "userVerification": party.requiresVerification ? "required" : "preferred",
            ],
            "attestation": "none",
            "timeout": .integer(PasskeyCeremony.lifetime.components.seconds * 1000),
        ])
    }

    private static let addPasskey = Endpoint(
        method: .post, path: "/api/v1/me/passkeys",
        summary: "Take a passkey that the browser made; bytes are base64url", right: .anybody,
        body: .object([
            .must("name", text), .must("client_data", .text(bytesMax: 8 << 10)),
            .must("attestation", .text(bytesMax: 96 << 10)),
        ]), takesPerson: true, needsProof: true, status: 201,
        answer: .object([.must("id", .identifier), .must("name", text)])
    ) { call in
        let record = try await call.parts.accounts.register(
            clientRecord: call.bytes("client_data"), attestation: call.bytes("attestation"),
            name: call.text("name"), for: call.own(), now: call.now)
        return Answer(["id": .text(record.id), "name": .text(record.name)])
    }

    private static let removePasskey = Endpoint(
        method: .delete, path: "/api/v1/me/passkeys/{passkey}", summary: "Let go of a passkey",
        right: .anybody, takesPerson: true, needsProof: true, status: 204, answer: .anything
    ) { call in
        let accounts = call.parts.accounts
        let person = try await accounts.record(of: call.own().principal)
        try await accounts.removePasskey(
            call.names["passkey"] ?? "", of: person, now: call.now)
        return Answer(.null)
    }
}
