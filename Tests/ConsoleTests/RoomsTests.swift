import Engine
import Foundation
import HTTPTypes
import HummingbirdTesting
import Report
import Store
import Tenancy
import TestKit
import Testing

@testable import Console

@Suite struct `What the console tells of the watch` {
    @Test func `a saved search is its owner's until he shares it`() async throws {
        try await Desk.with { desk, client in
            let anna = try await desk.key(.analyst)
            let ben = try await desk.key(.hunter)
            let path = "/api/v1/searches/acme"
            let wrong = try await client.ask(
                .post, path, key: anna, body: #"{"name":"x","query":"host:"}"#)
            #expect(wrong.status.code == 422 && wrong.members["pointer"] as? String == "/query")
            let made = try await client.ask(
                .post, path, key: anna, body: #"{"name":"Mail","query":"host:mail"}"#)
            #expect(made.status == .created)
            let id = try #require(made.members["id"] as? String)
            func seen(_ key: String) async throws -> Int {
                let answer = try await client.ask(.get, "/api/v1/searches", key: key)
                return (answer.members["searches"] as? [Any])?.count ?? -1
            }
            #expect(try await seen(anna) == 1)
            #expect(try await seen(ben) == 0)
            let foreign = try await client.ask(
                .patch, "\(path)/\(id)", key: ben, body: #"{"name":"Mine"}"#)
            #expect(foreign.status == .notFound)
            let shared = try await client.ask(
                .patch, "\(path)/\(id)", key: anna, body: #"{"shared":true}"#)
            #expect(shared.members["shared"] as? Bool == true)
            #expect(try await seen(ben) == 1)
            let taken = try await client.ask(.delete, "\(path)/\(id)", key: ben)
            #expect(taken.status == .forbidden)
            let customer = try await desk.key(.customerAdmin, [Desk.birch])
            #expect(try await seen(customer) == 0)
            #expect(try await client.ask(.delete, "\(path)/\(id)", key: anna).status.code == 204)
            #expect(try await seen(ben) == 0)
        }
    }

    @Test func `facets are of the tenants in reach`() async throws {
        try await Desk.with { desk, client in
            let web = try #require(LogSourceID("web"))
            for tenant in [Desk.acme, Desk.birch] {
                try await desk.parts.events.write(
                    (1...3).map { number in
                        StoredEvent(
                            tenant: tenant, sequence: number, time: Desk.at(5),
                            received: Desk.at(6),
                            source: web,
                            kind: "linux", host: "\(tenant)-host", user: nil,
                            fields: [.init(name: "action", value: "\(tenant)-\(number % 2)")])
                    })
            }
            let key = try await desk.key(.customerAdmin, [Desk.acme])
            let answer = try await client.ask(
                .post, "/api/v1/events/facets", key: key,
                body: #"{"fields":["host","action"],"values":1}"#)
            #expect(answer.members["events"] as? Int == 3)
            #expect(!answer.text.contains("birch"))
            let fields = answer.members["fields"] as? [[String: Any]] ?? []
            #expect(fields.map { $0["name"] as? String } == ["host", "action"])
            #expect(fields.map { $0["distinct"] as? Int } == [1, 2])
            #expect((fields.last?["values"] as? [[String: Any]])?.first?["events"] as? Int == 2)
        }
    }

    @Test func `an entity is told with its incidents and its events`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.analyst)
            let list = try await client.ask(
                .get, "/api/v1/entities?tenant=acme&kind=host", key: key)
            let rows = list.members["entities"] as? [[String: Any]] ?? []
            #expect(rows.map { $0["name"] as? String } == ["ws <b>"])
            #expect(rows.first?["live_incidents"] as? Int == 3)
            #expect(rows.first?["risk"] as? Int == 30)
            let name = "ws%20%3Cb%3E"
            let one = try await client.ask(
                .get, "/api/v1/entities/acme/host?name=\(name)", key: key)
            let incidents = one.members["incidents"] as? [[String: Any]] ?? []
            #expect(incidents.map { $0["risk"] as? Int } == [30, 20, 10])
            #expect(one.members["events_first"] is NSNull)
            for path in ["/api/v1/entities/acme/host", "/api/v1/entities/acme/moon?name=x"] {
                let answer = try await client.ask(.get, path, key: key)
                #expect([400, 404].contains(answer.status.code), "\(path)")
            }
            let nobody = try await client.ask(
                .get, "/api/v1/entities/acme/user?name=nobody", key: key)
            #expect(nobody.status == .ok && nobody.members["entity"] is NSNull)
        }
    }

    @Test func `the machine is told to the provider alone`() async throws {
        try await Desk.with { desk, client in
            let own = try await client.ask(
                .get, "/api/v1/health", key: try await desk.key(.lead))
            #expect(own.members["machine"] is [String: Any])
            let customer = try await client.ask(
                .get, "/api/v1/health", key: try await desk.key(.customerAdmin, [Desk.acme]))
            #expect(customer.status == .ok && customer.members["machine"] is NSNull)
        }
    }

    @Test func `no rule, rule without logs, armed and fired are told apart`() {
        func rule(_ id: String, _ technique: String, _ kinds: [String]) -> RuleInForce {
            RuleInForce(
                id: id, title: id, level: "high", techniques: ["attack.\(technique)"],
                tenant: nil, kinds: kinds)
        }
        let report = CoverageReport(
            rules: [
                rule("a", "t1059.001", ["windows"]), rule("b", "t1059.001", ["linux"]),
                rule("c", "t1078", ["okta"]), rule("d", "t1110", ["linux", "auditd"]),
            ],
            hits: ["d": 4, "gone": 9], kinds: ["linux"], isSample: false,
            names: [
                "T1059.001": Technique(name: "PowerShell", tactics: ["execution"]),
                "T1003": Technique(name: "Dumping", tactics: ["credential-access"]),
            ])
        #expect(report.techniques.map(\.id) == ["T1003", "T1059.001", "T1078", "T1110"])
        #expect(report.techniques.map(\.state) == [.none, .armed, .unfed, .fired])
        #expect(report.techniques.map(\.armedCount) == [0, 1, 0, 1])
        #expect(report.techniques[1].missingKinds == ["windows"])
        #expect(report.techniques[2].missingKinds == ["okta"])
        #expect(report.techniques.map(\.alertCount) == [0, 0, 0, 4])
        #expect(report.ruleCount == 4 && report.armedRuleCount == 2)
    }

    @Test func `the record is asked by who did what, newest first`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.auditor)
            let answer = try await client.ask(
                .get, "/api/v1/ledger?order=newest&kind=acts&actor=tester&subject=principal/",
                key: key)
            let rows = answer.members["entries"] as? [[String: Any]] ?? []
            #expect(rows.map { $0["subject"] as? String } == ["principal/auditor-"])
            let page = try await client.ask(
                .get, "/api/v1/ledger?order=newest&limit=1", key: key)
            let cursor = try #require(page.members["next_cursor"] as? String)
            let next = try await client.ask(
                .get, "/api/v1/ledger?order=newest&limit=1&cursor=\(cursor)", key: key)
            let (one, two) = (page.members["entries"], next.members["entries"])
            #expect((one as? [[String: Any]])?.first?["subject"] as? String == "key/key-auditor-")
            #expect((two as? [[String: Any]])?.first?["subject"] as? String == "principal/auditor-")
        }
    }
}
