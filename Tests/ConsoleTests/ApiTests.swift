import Engine
import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import Store
import Tenancy
import Testing

@testable import Console

@Suite struct `The API` {
    @Test func `incidents come by risk, page by page, each once`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.analyst)
            var seen: [Int] = []
            var path = "/api/v1/incidents?limit=2"
            for _ in 0..<4 {
                let answer = try await client.ask(.get, path, key: key)
                #expect(answer.status == .ok)
                let rows = answer.members["incidents"] as? [[String: Any]] ?? []
                seen += rows.compactMap { $0["risk"] as? Int }
                guard let next = answer.members["next_cursor"] as? String else { break }
                path = "/api/v1/incidents?limit=2&cursor=\(next)"
            }
            #expect(seen == [30, 30, 20, 20, 10, 10])
        }
    }

    @Test func `a customer finds nothing of another, whatever is asked`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.customerAdmin, [Desk.acme])
            for endpoint in ConsoleApplication.endpoints where endpoint.method == .get {
                var path = endpoint.path
                for name in endpoint.names {
                    let value =
                        ["tenant": "birch", "incident": "incident-1", "alert": "alert-1"][name]
                        ?? "1"
                    path = path.replacingOccurrences(of: "{\(name)}", with: value)
                }
                let isNamed = endpoint.names.contains("tenant")
                let answer = try await client.ask(.get, path, key: key)
                #expect(!answer.text.contains("birch"), "\(path)")
                if isNamed { #expect(answer.status == .notFound, "\(path)") }
                if endpoint.query.contains(where: { $0.name == "tenant" }) {
                    let asked = try await client.ask(.get, path + "?tenant=birch", key: key)
                    #expect(asked.status == .notFound, "\(path)")
                }
            }
        }
    }

    @Test func `every role gets what the matrix gives it, and no more`() async throws {
        try await Desk.with { desk, client in
            for role in Role.allCases where role.isForPeople {
                let key = try await desk.key(role, role.isCustomers ? [Desk.acme] : [])
                for endpoint in ConsoleApplication.endpoints where endpoint.method == .get {
                    guard case .tenants(let permission) = endpoint.right else { continue }
                    let allowed =
                        AccessMatrix.allows(role, permission)
                        && AccessMatrix.allows(.apiClient, permission)
                    let answer = try await client.ask(.get, endpoint.path, key: key)
                    #expect(
                        answer.status == (allowed ? .ok : .forbidden),
                        "\(role) \(endpoint.path)")
                }
            }
        }
    }

    @Test func `a change names the revision it was decided on`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.analyst)
            let path = "/api/v1/incidents/acme/incident-1"
            let seen = try await client.ask(.get, path, key: key)
            let etag = try #require(seen.headers[.eTag])
            let body = #"{"text":"Looks bad."}"#
            let bare = try await client.ask(.post, path + "/comments", key: key, body: body)
            #expect(bare.status.code == 428)
            let done = try await client.ask(
                .post, path + "/comments", key: key, body: body, headers: [.ifMatch: etag])
            #expect(done.status == .ok)
            #expect(done.headers[.eTag] != etag)
            let late = try await client.ask(
                .post, path + "/comments", key: key, body: body, headers: [.ifMatch: etag])
            #expect(late.status == .preconditionFailed)
            #expect(late.headers[.contentType] == "application/problem+json")
        }
    }

    @Test func `an unknown member is refused with its pointer`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.analyst)
            let answer = try await client.ask(
                .post, "/api/v1/events/search", key: key,
                body: #"{"filter":{"all":[{"text":"x"},{"txt":"y"}]}}"#)
            #expect(answer.status.code == 422)
            #expect(answer.members["pointer"] as? String == "/filter/all/1")
            let other = try await client.ask(
                .post, "/api/v1/events/search", key: key, body: #"{"fil/ter":1}"#)
            #expect(other.members["pointer"] as? String == "/fil~1ter")
            let query = try await client.ask(.get, "/api/v1/incidents?colour=red", key: key)
            #expect(query.status == .badRequest)
        }
    }

    @Test func `the same request with the same key is done once`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.lead)
            let body = #"""
                {"rule":"r","conditions":[],"reason":"Planned.","expires":"2026-02-01T00:00:00Z"}
                """#
            let headers: HTTPFields = [.idempotencyKey: "one"]
            let path = "/api/v1/suppressions/acme"
            let first = try await client.ask(.post, path, key: key, body: body, headers: headers)
            let second = try await client.ask(.post, path, key: key, body: body, headers: headers)
            #expect(first.status == .created)
            #expect(first.text == second.text)
            let other = try await client.ask(
                .post, path, key: key, body: body.replacingOccurrences(of: "Planned", with: "No"),
                headers: headers)
            #expect(other.status.code == 422)
            let list = try await client.ask(.get, "/api/v1/suppressions", key: key)
            #expect((list.members["suppressions"] as? [Any])?.count == 1)
        }
    }

    @Test func `whoever asks too often is told to wait`() async throws {
        try await Desk.with(perMinute: 2) { desk, client in
            let key = try await desk.key(.analyst)
            for expected in [200, 200, 429] {
                let answer = try await client.ask(.get, "/api/v1/me", key: key)
                #expect(answer.status.code == expected)
                #expect(answer.headers[.rateLimit] != nil)
            }
            desk.clock.go(60)
            #expect(try await client.ask(.get, "/api/v1/me", key: key).status == .ok)
        }
    }

    @Test func `a feed goes on after the last id and tells of its tenants only`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.customerViewer, [Desk.acme])
            let whole = try await client.ask(
                .get, "/api/v1/feed", key: key, headers: [.lastEventID: "0"])
            let ids = whole.text.split(separator: "\n").filter { $0.hasPrefix("id: ") }
            #expect(ids.count >= 3)
            #expect(!whole.text.contains("birch"))
            let middle = String(try #require(ids.first).dropFirst(4))
            let rest = try await client.ask(
                .get, "/api/v1/feed", key: key, headers: [.lastEventID: middle])
            #expect(
                rest.text.split(separator: "\n").filter { $0.hasPrefix("id: ") }
                    == Array(ids.dropFirst()))
        }
    }

    @Test func `the document served is the one that is kept`() async throws {
        try await Desk.with { _, client in
            let answer = try await client.ask(.get, OpenAPI.path)
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            let file = root.appendingPathComponent("docs/openapi.json")
            if ProcessInfo.processInfo.environment["KAGARI_GOLDEN"] == "write" {
                try Data((answer.text + "\n").utf8).write(to: file)
            }
            let isKept = try answer.text + "\n" == String(contentsOf: file, encoding: .utf8)
            #expect(isKept, "see what differs with: ./dev golden 'document served'; git diff docs")
        }
    }

    @Test func `what is not loopback needs TLS`() async throws {
        try await Desk.with { desk, _ in
            for host in ["0.0.0.0", "192.0.2.1", "::", "127.0.0.1.example.com"] {
                #expect(throws: ConsoleApplication.Refusal.self) {
                    _ = try ConsoleApplication.make(
                        desk.parts, host: host, port: 0, tls: nil, logger: .init(label: "test"))
                }
            }
            _ = try ConsoleApplication.make(
                desk.parts, host: "127.0.0.1", port: 0, tls: nil, logger: .init(label: "test"))
        }
    }
}

@Suite struct `Signing in` {
    @Test func `the first link sets a password once, and the password signs in`() async throws {
        try await Desk.with { desk, client in
            var random = SystemRandomNumberGenerator()
            let token = try await Invitations.firstAdministrator(
                of: desk.ledger, now: desk.clock.now, using: &random)
            let path = "/welcome/\(token.reveal())"
            let form = "name=Anna&password=glowing+coals+at+midnight"
            let own: HTTPFields = [.origin: Desk.origin]
            let foreign = try await client.execute(
                uri: path, method: .post, headers: [.origin: "https://evil.example"],
                body: .init(string: form))
            #expect(foreign.status == .forbidden)
            let weak = try await client.execute(
                uri: path, method: .post, headers: own, body: .init(string: "name=A&password=x"))
            #expect(weak.status.code == 422)
            let done = try await client.execute(
                uri: path, method: .post, headers: own, body: .init(string: form))
            #expect(done.status == .seeOther)
            let again = try await client.execute(
                uri: path, method: .post, headers: own, body: .init(string: form))
            #expect(again.status == .notFound)
            let wrong = try await client.ask(
                .post, "/api/v1/session",
                body: #"{"login":"administrator","password":"not this one, no"}"#, headers: own)
            #expect(wrong.status == .unauthorized)
            let right = try await client.ask(
                .post, "/api/v1/session",
                body: #"{"login":"Administrator","password":"glowing coals at midnight"}"#,
                headers: own)
            #expect(right.status == .ok)
            let csrf = try #require(right.members["csrf"] as? String)
            let cookie = try #require(right.headers[.setCookie]?.split(separator: ";").first)
            var signed = own
            signed[.cookie] = String(cookie)
            let body = #"{"id":"cedar","name":"Cedar"}"#
            let forged = try await client.ask(
                .post, "/api/v1/tenants", body: body, headers: signed)
            #expect(forged.status == .forbidden)
            signed[.csrf] = csrf
            let made = try await client.ask(.post, "/api/v1/tenants", body: body, headers: signed)
            #expect(made.status == .created)
            let page = try await client.ask(.get, "/", headers: signed)
            #expect(page.text.contains("Attack &lt;script&gt; on acme"))
            #expect(!page.text.contains("Attack <script>"))
            let story = try await client.ask(
                .get, "/incidents/acme/incident-1?part=alerts", headers: signed)
            #expect(story.text.contains("ws &lt;b&gt;"))
        }
    }

    @Test func `guessing is slowed, for names that nobody has too`() async throws {
        try await Desk.with { _, client in
            var codes: [Int] = []
            for _ in 0..<6 {
                let answer = try await client.ask(
                    .post, "/api/v1/session", body: #"{"login":"nobody","password":"guess"}"#,
                    headers: [.origin: Desk.origin])
                codes.append(answer.status.code)
            }
            #expect(codes == [401, 401, 401, 401, 401, 429])
        }
    }
}
