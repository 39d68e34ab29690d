import Engine
import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import Store
import Tenancy
import TestKit
import Testing

@testable import Console

/// Somebody who signed in through the API.
struct Person {
    let client: any TestClientProtocol
    var cookie: String
    var csrf: String

    static let password = "glowing coals at midnight"

    /// The first administrator.
    static func administrator(
        _ desk: Desk, _ client: any TestClientProtocol
    ) async throws -> Person {
        var random = SystemRandomNumberGenerator()
        let token = try await Invitations.firstAdministrator(
            of: desk.ledger, now: desk.clock.now, using: &random)
        let answer = try await client.execute(
            uri: "/welcome/\(token.reveal())", method: .post, headers: [.origin: Desk.origin],
            body: .init(string: "name=Anna&password=glowing+coals+at+midnight"))
        let cookie = try #require(answer.headers[.setCookie]?.split(separator: ";").first)
        var person = Person(client: client, cookie: String(cookie), csrf: "")
        person.csrf = try #require(
            try await person.ask(.get, "/api/v1/me").members["csrf"] as? String)
        return person
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, body: String? = nil
    ) async throws -> TestResponse {
        try await client.ask(
            method, path, body: body,
            headers: [.origin: Desk.origin, .cookie: cookie, .csrf: csrf])
    }

    /// Does it, and takes up the new cookie where there is one.
    mutating func act(
        _ method: HTTPRequest.Method, _ path: String, body: String? = nil
    ) async throws -> TestResponse {
        let answer = try await ask(method, path, body: body)
        if let fresh = answer.headers[.setCookie]?.split(separator: ";").first {
            cookie = String(fresh)
        }
        return answer
    }
}

@Suite struct `One's own access` {
    @Test func `an app counts from its first code, and then is asked for`() async throws {
        try await Desk.with { desk, client in
            var anna = try await Person.administrator(desk, client)
            let begun = try await anna.act(.post, "/api/v1/me/authenticator", body: "{}")
            let typed = try #require(begun.members["secret"] as? String)
            let secret = Self.bytes(ofBase32: typed)
            func code() -> String {
                let step = UInt64(desk.clock.now.nanoseconds / 30_000_000_000)
                return OneTimePassword.code(secret: secret, counter: step)
            }
            let wrong = try await anna.act(
                .post, "/api/v1/me/authenticator/confirm", body: #"{"code":"12345"}"#)
            #expect(wrong.status.code == 422)
            let done = try await anna.act(
                .post, "/api/v1/me/authenticator/confirm", body: #"{"code":"\#(code())"}"#)
            let codes = try #require(done.members["recovery_codes"] as? [String])
            #expect(codes.count == RecoveryCodes.count)
            func signIn(_ code: String?) async throws -> Int {
                let more = code.map { #","code":"\#($0)""# } ?? ""
                return try await client.ask(
                    .post, "/api/v1/session",
                    body: #"{"login":"administrator","password":"\#(Person.password)"\#(more)}"#,
                    headers: [.origin: Desk.origin]
                ).status.code
            }
            #expect(try await signIn(nil) == 401)
            #expect(try await signIn(code()) == 401, "it was used to confirm")
            desk.clock.go(30)
            #expect(try await signIn(code()) == 200)
            #expect(try await signIn(code()) == 401, "it is used up")
            #expect(try await signIn(codes[0]) == 200)
            #expect(try await signIn(codes[0]) == 401, "it is used up")
        }
    }

    private static func bytes(ofBase32 text: String) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var bits = 0
        var count = 0
        var bytes: [UInt8] = []
        for letter in text.utf8 where letter != 0x20 {
            bits = (bits << 5 | (letters.firstIndex(of: letter) ?? 0)) & 0xFFFF
            count += 5
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> count))
        }
        return bytes
    }

    @Test func `what is dangerous asks who it is again after ten minutes`() async throws {
        try await Desk.with { desk, client in
            var anna = try await Person.administrator(desk, client)
            desk.clock.go(601)
            let stale = try await anna.act(.post, "/api/v1/me/authenticator", body: "{}")
            #expect(stale.status == .forbidden)
            #expect((stale.members["type"] as? String)?.hasSuffix("proof-required") == true)
            let old = anna.cookie
            let proved = try await anna.act(
                .post, "/api/v1/me/proof", body: #"{"password":"\#(Person.password)"}"#)
            #expect(proved.status == .noContent)
            #expect(anna.cookie != old, "a proof is another token")
            let fresh = try await anna.act(.post, "/api/v1/me/authenticator", body: "{}")
            #expect(fresh.status == .ok)
        }
    }

    @Test func `a key touches no factors`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.providerAdmin)
            for endpoint in ConsoleApplication.endpoints where endpoint.takesPerson {
                let path = endpoint.path.replacingOccurrences(of: "{passkey}", with: "x")
                let body = endpoint.body == nil ? nil : "{}"
                let answer = try await client.ask(endpoint.method, path, key: key, body: body)
                #expect(answer.status == .forbidden, "\(endpoint.method) \(path)")
            }
        }
    }

    @Test func `a session goes on after a restart, and an ended one does not`() async throws {
        try await Desk.with { desk, client in
            let anna = try await Person.administrator(desk, client)
            let signed = try await client.ask(
                .post, "/api/v1/session",
                body: #"{"login":"administrator","password":"\#(Person.password)"}"#,
                headers: [.origin: Desk.origin])
            let second = try #require(signed.headers[.setCookie]?.split(separator: ";").first)
            let list = try await anna.ask(.get, "/api/v1/me/sessions").members["sessions"]
            let other = try #require(
                (list as? [[String: Any]])?.first { $0["current"] as? Bool == false })
            let id = try #require(other["id"] as? String)
            // Another console over the same ledger: what a restart leaves.
            func restarted() async throws -> ConsoleParts {
                let parts = try ConsoleParts(
                    ledger: desk.ledger, events: desk.parts.events, desk: QuietWatch(),
                    settings: desk.parts.settings, now: { desk.clock.now },
                    random: SplitMix64(seed: 99))
                try await parts.restore()
                return parts
            }
            func token(_ cookie: some StringProtocol) throws -> SecretToken {
                try #require(SessionCookie.token(inHeader: String(cookie)))
            }
            let before = try await restarted()
            let now = desk.clock.now
            #expect(try await before.accounts.session(of: token(second), now: now) != nil)
            let kept = try #require(
                try await before.accounts.session(of: token(anna.cookie), now: now))
            #expect(before.guardian.token(for: kept.session) == anna.csrf)
            let ended = try await anna.ask(.delete, "/api/v1/me/sessions/\(id)")
            #expect(ended.status == .noContent)
            let after = try await restarted()
            #expect(try await after.accounts.session(of: token(second), now: now) == nil)
            #expect(try await after.accounts.session(of: token(anna.cookie), now: now) != nil)
            desk.clock.go(43_201)
            let late = try await restarted()
            #expect(await late.accounts.sessionCount == 0, "they ended meanwhile")
        }
    }

    @Test func `passkeys need a name, and answers that were not asked for are refused`()
        async throws
    {
        try await Desk.with { desk, client in
            let anna = try await Person.administrator(desk, client)
            let bare = try await anna.ask(.post, "/api/v1/me/passkeys/options", body: "{}")
            #expect(bare.status == .conflict, "an address is no relying party")
            let body = #"""
                {"ceremony":"none","id":"AA","client_data":"AA","authenticator_data":"AA",
                "signature":"AA"}
                """#
            let answer = try await client.ask(
                .post, "/api/v1/session/passkey", body: body, headers: [.origin: Desk.origin])
            #expect(answer.status == .unauthorized)
            let wrong = try await client.ask(
                .post, "/api/v1/session/passkey",
                body: body.replacingOccurrences(of: "\"AA\"", with: "\"A=\""),
                headers: [.origin: Desk.origin])
            #expect(wrong.status.code == 422)
        }
    }

    @Test func `the relying party is the first origin with a name`() {
        func party(_ origins: [String]) -> RelyingParty? {
            ConsoleSettings(origins: origins).relyingParty
        }
        #expect(party(["https://127.0.0.1:7070"]) == nil)
        #expect(party(["https://[::1]:7070"]) == nil)
        let mixed = party(["http://127.0.0.1:1", "http://localhost:1", "https://soc.example.com"])
        #expect(mixed?.id == "localhost")
        #expect(mixed?.origins == ["http://localhost:1"])
    }

    @Test func `ceremonies are bounded, and each is taken once`() {
        var random = SplitMix64(seed: 1)
        var pool = CeremonyPool()
        guard let party = RelyingParty(id: "localhost", origins: ["http://localhost"]) else {
            Issue.record("localhost is a name")
            return
        }
        let ceremony = PasskeyCeremony(
            .assertion(allowed: []), for: party, now: Desk.at(0), using: &random)
        for number in 0...CeremonyPool.countMax { pool.add(ceremony, as: String(number)) }
        #expect(pool.take("0") == nil, "one beyond: the oldest went")
        #expect(pool.take("1") != nil)
        #expect(pool.take("1") == nil)
    }

    @Test func `a person who is disabled or gone is out at once`() async throws {
        try await Desk.with { desk, client in
            let anna = try await Person.administrator(desk, client)
            let made = try await anna.ask(
                .post, "/api/v1/people/acme",
                body: #"""
                    {"id":"carla","login":"carla","name":"Carla",
                    "grants":[{"role":"customer-admin","tenants":["acme"]}]}
                    """#)
            let link = try #require(made.members["welcome"] as? String)
            let let1n = try await client.execute(
                uri: link, method: .post, headers: [.origin: Desk.origin],
                body: .init(string: "name=Carla&password=embers+under+the+snow"))
            let cookie = try #require(let1n.headers[.setCookie]?.split(separator: ";").first)
            var carla = Person(client: client, cookie: String(cookie), csrf: "")
            carla.csrf = try #require(
                try await carla.ask(.get, "/api/v1/me").members["csrf"] as? String)
            let up = try await carla.ask(
                .patch, "/api/v1/people/kagari-provider/administrator",
                body: #"{"disabled":true}"#)
            #expect(up.status == .forbidden)
            let more = try await carla.ask(
                .patch, "/api/v1/people/acme/carla",
                body: #"{"grants":[{"role":"provider-admin","everywhere":true}]}"#)
            #expect(more.status == .conflict || more.status == .forbidden)
            let off = try await anna.ask(
                .patch, "/api/v1/people/acme/carla", body: #"{"disabled":true}"#)
            #expect(off.status == .ok)
            #expect(try await carla.ask(.get, "/api/v1/me").status == .unauthorized)
            _ = try await anna.ask(
                .patch, "/api/v1/people/acme/carla", body: #"{"disabled":false}"#)
            #expect(try await carla.ask(.get, "/api/v1/me").status == .unauthorized)
            let oneself = try await anna.ask(
                .delete, "/api/v1/people/kagari-provider/administrator")
            #expect(oneself.status == .conflict)
            let gone = try await anna.ask(.delete, "/api/v1/people/acme/carla")
            #expect(gone.status == .noContent)
        }
    }

    @Test func `another method is told which are taken`() async throws {
        try await Desk.with { _, client in
            for method in [HTTPRequest.Method.put, .query, .trace] {
                let answer = try await client.ask(method, "/api/v1/incidents")
                #expect(answer.status.code == 405)
                #expect(answer.headers[.allow] == "GET")
            }
        }
    }
}
