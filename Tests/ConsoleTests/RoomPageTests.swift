import Engine
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Store
import Tenancy
import TestKit
import Testing

@testable import Console

@Suite struct `The views` {
    private static let hostile = "<script>alert(1)</script>\u{202E}\u{1B}[31m\"'&"

    private static let paths = [
        "/", "/search?range=all", "/search?range=all&q=host%3A*&tenant=acme",
        "/search?range=all&q=%3Cscript%3E", "/entities", "/entities?kind=host&text=ws",
        "/entities/acme/host?name=ws%20%3Cb%3E", "/entities/acme/address?name=%3Cscript%3E",
        "/coverage", "/coverage?tenant=acme", "/sources", "/sources/new?tenant=acme", "/rules",
        "/rules?state=unfed&text=%3Cscript%3E", "/tenants", "/people", "/people?tenant=acme",
        "/audit", "/audit?kind=all&actor=tester&verify=acme", "/health",
    ]

    private func plant(_ desk: Desk) async throws -> StoredEvent {
        let source = try #require(LogSourceID("web"))
        let value = Self.hostile + String(repeating: "A", count: 1 << 20)
        let event = StoredEvent(
            tenant: Desk.acme, sequence: 7, time: Desk.at(900), received: Desk.at(901),
            source: source, kind: "linux/<script>alert(1)</script>", host: Self.hostile,
            user: value,
            fields: [
                .init(name: "message", value: value),
                .init(name: Self.hostile, value: Self.hostile),
            ])
        try await desk.parts.events.write([event])
        return event
    }

    @Test func `are shown in both languages, and what was received stays text`() async throws {
        try await Desk.with { desk, client in
            let event = try await plant(desk)
            let key = try await desk.key(.providerAdmin)
            for path in Self.paths + [event.address] {
                for language in ["en", "ja"] {
                    let answer = try await client.ask(
                        .get, path, key: key, headers: [.acceptLanguage: language])
                    #expect(answer.status == .ok, "\(path)")
                    #expect(answer.text.contains("<html lang=\"\(language)\""), "\(path)")
                    #expect(!answer.text.contains("<script>alert"), "\(path)")
                    #expect(!answer.text.contains("\u{202E}"), "\(path)")
                    #expect(!answer.text.contains("\u{1B}"), "\(path)")
                    #expect(answer.text.contains("<h1"), "\(path)")
                    #expect(answer.body.readableBytes < 150 << 10, "\(path)")
                }
            }
            let found = try await client.ask(.get, "/search?range=all", key: key)
            #expect(found.text.contains("&lt;script&gt;alert(1)"))
        }
    }

    @Test func `say to whoever may not that he may not`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.customerViewer, [Desk.acme])
            for (path, status) in [
                ("/people", 403), ("/audit", 403), ("/health", 403), ("/search?tenant=birch", 404),
                ("/entities/birch/host?name=ws", 404), ("/coverage?tenant=birch", 404),
                ("/rules?tenant=birch", 404), ("/sources/new?tenant=acme", 403),
                ("/search/event/birch/1?at=0", 404), ("/entities", 200), ("/sources", 200),
            ] {
                let answer = try await client.ask(.get, path, key: key)
                #expect(answer.status.code == status, "\(path)")
                #expect(!answer.text.contains("Birch") && !answer.text.contains("on birch"))
            }
        }
    }

    @Test func `tell where the words of a search are wrong`() async throws {
        try await Desk.with { desk, client in
            let key = try await desk.key(.analyst)
            let answer = try await client.ask(.get, "/search?q=host%3A", key: key)
            #expect(answer.status.code == 422)
            #expect(answer.text.contains("role=\"alert\""))
            #expect(answer.text.contains("(column 6)"))
        }
    }

    @Test(arguments: [
        (0, 60, 1), (0, 3600, 60), (0, 86_400, 1800), (0, 604_800, 10_800), (5, 5, 1),
        (0, 4_000_000_000, 44_444_445),
    ])
    func `draw at most ninety bars`(since: Int64, until: Int64, width: Int64) {
        #expect(SearchBars.width(since: since, until: until) == width)
        #expect((until - since) / width <= Int64(SearchBars.barsMax))
    }

    @Test func `count every event in some bar`() async throws {
        try await Desk.with { desk, _ in
            let source = try #require(LogSourceID("web"))
            var dice = SplitMix64(seed: 9)
            let events = (1...500).map { number in
                StoredEvent(
                    tenant: Desk.acme, sequence: number,
                    time: Desk.at(Int64.random(in: -100_000...1_000, using: &dice)),
                    received: Desk.at(1_000), source: source, kind: "", host: nil, user: nil,
                    fields: [])
            }
            try await desk.parts.events.write(events)
            let scope = try desk.scope(.read, .events, Desk.acme)
            for since in [nil, Desk.at(-50_000)] {
                let query = EventQuery(since: since)
                let bars = try #require(
                    try await SearchBars.make(
                        query, now: Desk.at(1_000), desk.parts.events, scope))
                #expect(
                    bars.total
                        == (try await desk.parts.events.count(matching: query, in: scope)))
                #expect(bars.counts.count <= SearchBars.barsMax + 1)
            }
            let none = try await SearchBars.make(
                EventQuery(filter: .text("nothing")), now: Desk.at(1_000), desk.parts.events,
                scope)
            #expect(none == nil)
        }
    }

    @Test func `tell sizes shortly`() {
        #expect(Phrase.bytes(1023) == .verbatim("1023 B"))
        #expect(Phrase.bytes(1536) == .verbatim("1.5 KiB"))
        #expect(Phrase.bytes(3 << 30) == .verbatim("3.0 GiB"))
        #expect(Phrase.bytes(.max) == .verbatim("16383 PiB"))
    }
}
