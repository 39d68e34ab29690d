import Engine
import Store
import Tenancy
import TestKit
import Testing

@Suite(.serialized) struct `Facets of events` {
    @Test(arguments: EventStoreKind.here)
    func `count what the most frequent values count`(kind: EventStoreKind) async throws {
        var dice = EventDice(random: SplitMix64(seed: 5))
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let acme = try tenant("acme")
        try await store.write(try (1...400).map { try dice.event(acme, $0) })
        try await store.write([try dice.event(tenant("other"), 1)])
        let names = ["host", "user", "kind", "source", "Image", "path.to.it"]
        let query = EventQuery(filter: .not(.exists("nothing")))
        let facets = try await store.facets(
            of: names, matching: query, valuesMax: 50, in: scope(acme))
        #expect(facets.events == 400 && !facets.isSample)
        #expect(facets.fields.map(\.name) == names)
        for field in facets.fields {
            let top = try await store.topValues(
                of: field.name, matching: query, limit: 50, in: scope(acme))
            #expect(
                Dictionary(field.values.map { ($0.value, $0.events) }) { $1 }
                    == Dictionary(top.map { ($0.value, Int($0.count)) }) { $1 }, "\(field.name)")
        }
        try await store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `say that they are of the newest, where there are more`(
        kind: EventStoreKind
    ) async throws {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let acme = try tenant("acme")
        let count = UInt64(EventFacets.eventsMax + 1_000)
        for first in stride(from: UInt64(1), through: count, by: 1_000) {
            try await store.write(
                try (first..<first + 1_000).map {
                    try .sample(acme, $0, [("era", $0 <= 1_000 ? "old" : "new")])
                })
        }
        let facets = try await store.facets(of: ["era"], matching: EventQuery(), in: scope(acme))
        #expect(facets.events == EventFacets.eventsMax && facets.isSample)
        #expect(facets.fields.first?.values.map(\.value) == ["new"])
        try await store.close()
    }

    @Test func `choose fields that events share, and none that each has another value of`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try SQLiteEventStore(folder: folder.path, limits: .patient)
        let acme = try tenant("acme")
        let long = String(repeating: "x", count: EventFacets.valueBytesMax + 1)
        try await store.write(
            try (1...100).map {
                try .sample(
                    acme, $0, host: "ws",
                    [("id", "\($0)"), ("action", $0 < 60 ? "a" : "b")]
                        + ($0 < 50 ? [("half", "h"), ("note", long)] : []))
            })
        let facets = try await store.facets(of: nil, matching: EventQuery(), in: scope(acme))
        #expect(facets.fields.map(\.name) == ["host", "source", "action", "half"])
        let note = try await store.facets(of: ["note"], matching: EventQuery(), in: scope(acme))
        #expect(note.fields.first?.events == 49 && note.fields.first?.values == [])
        #expect(note.fields.first?.distinct == 1)
        await #expect(throws: StoreFailure.self) {
            _ = try await store.facets(
                of: (0...EventFacets.fieldsMax).map(String.init), matching: EventQuery(),
                in: scope(acme))
        }
        try await store.close()
    }
}
