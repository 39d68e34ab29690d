import Engine
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Store
import Tenancy
import Testing

@testable import Console

@Suite struct `An incident's page` {
    private static let path = "/incidents/acme/incident-1"
    /// What an attacker may have put into any value of any record.
    static let hostile = "</script><img src=x onerror=alert(1)>\u{202E}gpj\u{1B}[31m\"'&"

    private static let parts = ["overview", "graph", "processes", "timeline", "alerts", "record"]

    @Test func `shows hostile values as text in every part`() async throws {
        try await Desk.with { desk, client in
            try await desk.tell([Self.hostileIncident()], of: Desk.acme)
            let key = try await desk.key(.analyst)
            for part in Self.parts {
                for language in ["en", "ja"] {
                    let page = try await client.page(
                        "/incidents/acme/incident-9?part=\(part)", key: key, language: language)
                    #expect(page.contains("&lt;img src=x"), "\(part)")
                    #expect(!page.contains("<img"), "\(part)")
                    #expect(!page.contains("\u{202E}") && !page.contains("\u{1B}"), "\(part)")
                }
            }
            let story = try await client.ask(
                .get, "/api/v1/incidents/acme/incident-9/storyline", key: key)
            #expect(story.status == .ok)
            #expect((story.members["nodes"] as? [Any])?.count == 3)
        }
    }

    @Test func `says in Japanese what it says in English`() async throws {
        try await Desk.with { desk, client in
            try await desk.tell([Self.hostileIncident()], of: Desk.acme)
            let key = try await desk.key(.analyst)
            for part in Self.parts {
                let page = try await client.page(
                    "/incidents/acme/incident-9?part=\(part)", key: key, language: "ja")
                for word in [
                    "Overview", "Timeline", "Comments", "Tasks", "Verdict", "Claim", "Host<",
                    "Unassigned", "Severity", "started<",
                ] { #expect(!page.contains(word), "\(part): \(word)") }
                #expect(page.contains("監査証跡"))
            }
        }
    }

    @Test func `is not there for another customer, whatever part or act is asked`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.customerAdmin, [Desk.birch])
            for part in Self.parts {
                let answer = try await client.ask(.get, "\(Self.path)?part=\(part)", key: key)
                #expect(answer.status == .notFound)
                #expect(!answer.text.contains("acme<"))
            }
            for path in ["/alerts/acme/alert-1", "/records/acme/1"] {
                #expect(try await client.ask(.get, path, key: key).status == .notFound)
            }
            let acted = try await client.send(
                "\(Self.path)/acts", "act=comment&text=x&revision=1", key)
            #expect(acted.status == .notFound)
        }
    }

    @Test func `gives no forms to whoever only reads`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.customerViewer, [Desk.acme])
            let page = try await client.page(Self.path, key: key)
            #expect(page.contains("Attack &lt;script&gt; on acme"))
            #expect(!page.contains("name=\"act\""))
            let acted = try await client.send(
                "\(Self.path)/acts", "act=claim&revision=1", key)
            #expect(acted.status == .forbidden)
            #expect(acted.text.contains("Your role does not see this"))
        }
    }

    @Test func `goes from claim to close by forms, and keeps what was said`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.analyst)
            for form in [
                "act=claim", "act=task&title=Call+them", "act=task-set&task=1&done=1",
                "act=comment&text=Looks+%3Cb%3Ebad%3C%2Fb%3E.", "act=tag&tag=ransom",
                "act=time&time=T5", "act=verdict&verdict=true-positive&reason=Seen.&then=close",
                "act=reopen&reason=More+came.",
            ] {
                let revision = try await desk.revision("incident-1", Desk.acme)
                let answer = try await client.send(
                    "\(Self.path)/acts?part=overview", "\(form)&revision=\(revision)", key)
                #expect(answer.status == .seeOther, "\(form): \(answer.text.suffix(400))")
                #expect(answer.headers[.location] == "\(Self.path)?part=overview")
            }
            let page = try await client.page(Self.path, key: key)
            #expect(page.contains("Looks &lt;b&gt;bad&lt;/b&gt;."))
            #expect(page.contains("ransom"))
            let view = try await desk.view("incident-1", Desk.acme)
            #expect(view.summary.state == .open)
            #expect(view.summary.times[.contained] != nil)
            let record = try await client.page("\(Self.path)?part=record", key: key)
            #expect(record.contains("True positive: Seen."))
        }
    }

    @Test func `says that somebody was faster, and does nothing`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.analyst)
            let answer = try await client.send(
                "\(Self.path)/acts", "act=comment&text=x&revision=77", key)
            #expect(answer.status == .preconditionFailed)
            #expect(answer.text.contains("Somebody was faster"))
            #expect(try await desk.view("incident-1", Desk.acme).comments.isEmpty)
        }
    }

    @Test(arguments: [
        "act=verdict&reason=x", "act=burn", "act=task-set&task=x", "act=time&time=T0",
        "act=merge&into=%2F", "act=undo&position=x", "act=evidence&sequence=1",
        "act=comment&text=+", "act=split&title=x&reason=y",
    ])
    func `refuses what is no act`(form: String) async throws {
        try await Desk.with { desk, client in
            let answer = try await client.send(
                "\(Self.path)/acts", form + "&revision=1", try await desk.key(.analyst))
            #expect(answer.status.code == 422, "\(form)")
            #expect(try await desk.revision("incident-1", Desk.acme) == 1)
        }
    }

    @Test func `merges into another and takes it back`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.analyst)
            let merged = try await client.send(
                "\(Self.path)/acts", "act=merge&into=incident-2&reason=One.&revision=1", key)
            #expect(merged.headers[.location] == "/incidents/acme/incident-2")
            let page = try await client.page(Self.path, key: key)
            #expect(page.contains("It is part of another incident now."))
            let join = try #require(try await desk.view("incident-1", Desk.acme).joins.first)
            _ = try await client.send(
                "/incidents/acme/incident-2/acts",
                "act=undo&position=\(join.position)&reason=No.&revision=1", key)
            #expect(try await desk.view("incident-1", Desk.acme).summary.mergedInto == nil)
        }
    }

    static func hostileIncident() throws -> ToldIncident {
        let text = CanonicalJSON.text(hostile).string
        let details = #"""
            {"root":"p1","tactics":["execution"],"entities":[
            {"id":"p1","kind":"process","label":\#(text),"host":\#(text),"facts":
            [{"name":"command line","value":\#(text)},{"name":"user","value":\#(text)}],
            "first_seen":"2026-01-01T00:00:01Z","alert_ids":["alert-9"]},
            {"id":"p2","kind":"process","label":"cmd.exe","facts":[],"alert_ids":[]},
            {"id":"h","kind":"host","label":\#(text),"facts":[],"alert_ids":[]}],
            "edges":[{"from":"p1","to":"p2","reason":"spawned"},
            {"from":"h","to":"p1","reason":\#(text)},{"from":"p1","to":"gone","reason":"x"}]}
            """#
        return ToldIncident(
            id: try #require(IncidentID("incident-9")), title: hostile, level: .critical,
            risk: 99, confidence: 50, firstSeen: Desk.at(1), lastSeen: Desk.at(9),
            story: [hostile], techniques: ["T1059"], entities: [hostile],
            alerts: [try #require(AlertID("alert-9"))],
            details: details.replacingOccurrences(of: "\n", with: ""))
    }
}

@Suite struct `A graph of a story` {
    private static func graph(_ edges: [(Int, Int)], of count: Int) -> StoryGraph {
        let nodes = (0..<count).map {
            #"{"id":"p\#($0)","kind":"process","label":"\#($0)","alert_ids":[]}"#
        }
        let lines = edges.map { #"{"from":"p\#($0)","to":"p\#($1)","reason":"spawned"}"# }
        return StoryGraph(
            details: #"{"entities":[\#(nodes.joined(separator: ","))],"edges":["#
                + lines.joined(separator: ",") + "]}")
    }

    private static func shape(_ processes: [StoryGraph.Process]) -> String {
        processes.map { "\($0.node)(\(shape($0.children)))" }.joined()
    }

    @Test func `puts each process once below the first that started it`() {
        let graph = Self.graph([(0, 1), (0, 2), (1, 3), (2, 3)], of: 5)
        #expect(Self.shape(graph.processes) == "0(1(3())2())4()")
    }

    @Test func `loses nothing to a circle or to depth`() {
        let circle = Self.graph([(0, 1), (1, 0)], of: 2)
        #expect(Self.shape(circle.processes) == "0(1())")
        let count = StoryGraph.processDepthMax + 5
        let deep = Self.graph((1..<count).map { ($0 - 1, $0) }, of: count)
        let told = Self.shape(deep.processes)
        for node in 0..<count { #expect(told.contains("\(node)(")) }
    }

    @Test(arguments: ["", "{}", "[]", #"{"entities":7}"#, #"{"edges":[{"from":"x"}]}"#])
    func `is empty where nothing can be read`(details: String) {
        #expect(StoryGraph(details: details).nodes.isEmpty)
    }
}
