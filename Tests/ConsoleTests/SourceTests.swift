import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Console

@Suite struct `Sources` {
    private static let path = "/api/v1/sources/acme/web/certificate"

    @Test func `are known by a certificate until it is forgotten`() async throws {
        try await Desk.with { desk, client in
            let person = try await Person.administrator(desk, client)
            let made = try await person.ask(
                .post, "/api/v1/sources/acme",
                body: #"{"id":"web","name":"Web","type":"syslog"}"#)
            #expect(made.status == .created)
            let digest = String(repeating: "0c", count: 32)
            let bound = try await person.ask(
                .post, Self.path, body: "{\"certificate\":\"\(digest)\"}")
            let source = try #require(bound.members["source"] as? [String: Any])
            #expect(source["certificate"] as? String == digest)
            #expect((source["certificate_since"] as? String)?.hasPrefix("2026-") == true)
            let gone = try await person.ask(.post, Self.path, body: #"{"certificate":null}"#)
            #expect(!gone.text.contains(digest))
        }
    }

    @Test func `cannot have a certificate that is another's, or none at all`() async throws {
        try await Desk.with { desk, client in
            let person = try await Person.administrator(desk, client)
            _ = try await person.ask(
                .post, "/api/v1/sources/acme",
                body: #"{"id":"web","name":"Web","type":"syslog"}"#)
            let taken = QuietWatch.takenCertificate
            let conflict = try await person.ask(
                .post, Self.path, body: "{\"certificate\":\"\(taken)\"}")
            #expect(conflict.status == .conflict)
            // Whose it is stays untold.
            #expect(!conflict.text.contains("somebody"))
            for wrong in ["", "zz", String(repeating: "A", count: 64)] {
                let answer = try await person.ask(
                    .post, Self.path, body: "{\"certificate\":\"\(wrong)\"}")
                #expect(answer.status == .unprocessableContent)
            }
            let missing = try await person.ask(
                .post, "/api/v1/sources/acme/nobody/certificate", body: #"{"certificate":null}"#)
            #expect(missing.status == .notFound)
        }
    }
}
