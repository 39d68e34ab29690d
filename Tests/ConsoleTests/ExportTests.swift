import Engine
import Foundation
import HTTPTypes
import HummingbirdTesting
import Store
import Tenancy
import Testing

@testable import Console

@Suite struct `An incident to take along` {
    private static let details = """
        {"root":"host:ws","tactics":["execution"],"entities":[
        {"id":"host:ws","kind":"host","label":"ws <b>","facts":[],"alert_ids":["alert-9"]},
        {"id":"user:maria","kind":"user","label":"maria","facts":[],"alert_ids":[]},
        {"id":"address:10.0.0.9","kind":"address","label":"10.0.0.9","facts":[],"alert_ids":[]},
        {"id":"address:x","kind":"address","label":"fe80::1","facts":[],"alert_ids":[]},
        {"id":"address:y","kind":"address","label":"no address","facts":[],"alert_ids":[]},
        {"id":"process:1","kind":"process","label":"cmd.exe","facts":[{"name":"command line",
        "value":"cmd /c <script>"}],"alert_ids":["alert-9"]},
        {"id":"session:1","kind":"session","label":"0x1","facts":[],"alert_ids":[]}],
        "edges":[{"from":"user:maria","to":"process:1","reason":"ran as","time":"2026-01-01T00:00:05Z"},
        {"from":"session:1","to":"process:1","reason":"spawned","time":null}]}
        """

    private func plant(_ desk: Desk) async throws {
        var incident = Desk.incident(9, of: Desk.acme)
        incident.details = Self.details
        try await desk.tell([incident], of: Desk.acme)
    }

    @Test func `is a STIX bundle whose references all lead somewhere, the same each time`()
        async throws
    {
        try await Desk.with { desk, client in
            try await plant(desk)
            let key = try await desk.key(.lead)
            let admin = try await desk.key(.providerAdmin)
            let path = "/api/v1/incidents/acme/incident-9/export/stix"
            #expect(try await client.ask(.get, path, key: key).status == .forbidden)
            let answer = try await client.ask(.get, path, key: admin)
            #expect(answer.status == .ok)
            #expect(
                answer.headers[.contentType] == "application/stix+json;version=2.1")
            #expect(answer.headers[.contentDisposition]?.hasPrefix("attachment; ") == true)
            let objects = try #require(answer.members["objects"] as? [[String: Any]])
            let ids = objects.compactMap { $0["id"] as? String }
            #expect(Set(ids).count == objects.count)
            for object in objects {
                for (name, value) in object where name.hasSuffix("_ref") {
                    #expect(ids.contains(value as? String ?? ""), "\(name)")
                }
                for reference in object["object_refs"] as? [String] ?? [] {
                    #expect(ids.contains(reference))
                }
            }
            let types = Dictionary(grouping: objects) { $0["type"] as? String ?? "" }
                .mapValues(\.count)
            #expect(types["incident"] == 1 && types["attack-pattern"] == 1)
            #expect(types["ipv4-addr"] == 1 && types["ipv6-addr"] == 1)
            #expect(types["process"] == 1 && types["user-account"] == 1)
            // The incident's own two, and of the two edges the one whose ends are both told.
            #expect(types["relationship"] == 3)
            // The id that OASIS' own library gives this address.
            #expect(ids.contains("ipv4-addr--\(Self.address)"))
            #expect(try await client.ask(.get, path, key: admin).text == answer.text)
            let record = try await client.ask(
                .get, "/api/v1/ledger?tenant=acme&kind=act-told&order=newest", key: admin)
            #expect(record.text.contains("incident-exported"))
        }
    }

    /// Of `10.0.0.9`: UUIDv5 of `{"value":"10.0.0.9"}` in the name space of STIX observables.
    private static let address = "a4a4c7b1-2b1f-5530-88d8-57fb20950502"

    @Test func `is a page and OCSF lines, with what was received as text`() async throws {
        try await Desk.with { desk, client in
            try await plant(desk)
            let admin = try await desk.key(.providerAdmin)
            let base = "/api/v1/incidents/acme/incident-9/export/"
            let page = try await client.ask(.get, base + "html", key: admin)
            #expect(page.text.hasPrefix("<!doctype html>"))
            #expect(page.text.contains("ws &lt;b&gt;") && !page.text.contains("<script>"))
            let lines = try await client.ask(.get, base + "ocsf", key: admin)
            let classes = try lines.text.split(separator: "\n").map { line in
                let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
                return (value as? [String: Any])?["class_uid"] as? Int
            }
            #expect(classes.suffix(2) == [2004, 2005])
            let missing = try await client.ask(
                .get, "/api/v1/incidents/acme/nothing/export/html", key: admin)
            #expect(missing.status == .notFound)
        }
    }

    @Test func `has times with milliseconds`() {
        #expect(
            STIXBundle.time(Timestamp(nanoseconds: 1_500_000_000)) == "1970-01-01T00:00:01.500Z")
        #expect(STIXBundle.time(Timestamp(nanoseconds: 7_000_000)) == "1970-01-01T00:00:00.007Z")
    }
}
