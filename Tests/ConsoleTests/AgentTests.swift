import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Console

@Suite struct `Agents in the API` {
    @Test func `are none where the server takes none, and the cure is said`() async throws {
        try await Desk.with { desk, client in
            let person = try await Person.administrator(desk, client)
            let listed = try await person.ask(.get, "/api/v1/agents")
            #expect(listed.status == .ok)
            #expect((listed.members["agents"] as? [Any])?.isEmpty == true)
            let policy = try await person.ask(.get, "/api/v1/agents/acme/policy")
            #expect(policy.members["version"] as? Int == 0)
            let token = try await person.ask(
                .post, "/api/v1/agents/acme/join-tokens", body: "{}")
            #expect(token.status == .serviceUnavailable)
            #expect(token.text.contains("--agents"))
        }
    }

    @Test func `that are not there are not found`() async throws {
        try await Desk.with { desk, client in
            let person = try await Person.administrator(desk, client)
            for path in [
                "/api/v1/agents/acme/h-1", "/api/v1/agents/acme/h-1/gaps", "/api/v1/orders/acme/o1",
            ] {
                #expect(try await person.ask(.get, path).status == .notFound)
            }
            let revoked = try await person.ask(
                .post, "/api/v1/agents/acme/h-1/revoke", body: #"{"reason":"x"}"#)
            #expect(revoked.status == .notFound)
        }
    }
}
