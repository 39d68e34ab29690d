import Engine
import Store
import Tenancy
import Testing

@Suite(.serialized) struct `Limits of an event store` {
    private static func nested(_ depth: Int) -> EventFilter {
        var filter = EventFilter.text("x")
        for _ in 1..<depth { filter = .all([filter]) }
        return filter
    }

    @Test(arguments: EventStoreKind.here)
    func `hold at the limit and refuse one beyond`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let acme = try tenant("acme")
        try await store.write([
            try .sample(acme, 1, [(String(repeating: "n", count: EventLimits.nameBytesMax), "v")])
        ])
        let beyond: [StoredEvent] = [
            try .sample(acme, EventLimits.sequenceMax + 1),
            try .sample(acme, 2, (0...EventLimits.fieldsMax).map { ("n\($0)", "") }),
            try .sample(
                acme, 2, [(String(repeating: "n", count: EventLimits.nameBytesMax + 1), "v")]),
            try .sample(acme, 2, [("n", String(repeating: "v", count: EventLimits.eventBytesMax))]),
        ]
        for event in beyond {
            let failure = await #expect(throws: StoreFailure.self) {
                try await store.write([event])
            }
            #expect(failure?.code == .tooLarge)
        }
        #expect(try await store.count(matching: EventQuery(), in: scope(acme)) == 1)
        try await store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `refuse filters beyond them`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let acme = try tenant("acme")
        try await store.write([try .sample(acme, 1, [("n", "y")])])
        let longest = String(repeating: "x", count: EventLimits.filterTextBytesMax)
        let fine: [EventFilter] = [
            Self.nested(EventLimits.filterDepthMax), .text(longest), .field("n", .equals, longest),
            .any((1..<EventLimits.filterTermsMax).map { .field("n", .equals, "\($0)") }),
        ]
        for filter in fine {
            #expect(
                try await store.count(matching: EventQuery(filter: filter), in: scope(acme)) == 0)
        }
        let beyond: [EventFilter] = [
            Self.nested(EventLimits.filterDepthMax + 1), Self.nested(1_000), .text(longest + "x"),
            .field("n", .equals, longest + "x"), .exists(longest + "x"),
            .any((0..<EventLimits.filterTermsMax).map { .field("n", .equals, "\($0)") }),
        ]
        for filter in beyond {
            let failure = await #expect(throws: StoreFailure.self) {
                _ = try await store.count(matching: EventQuery(filter: filter), in: scope(acme))
            }
            #expect(failure?.code == .tooLarge)
        }
        try await store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `stop a question that takes too long`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder, limits: EventLimits(queryTime: .zero))
        let acme = try tenant("acme")
        try await store.write(try (1...2_000).map { try .sample(acme, $0, [("n", "v")]) })
        let failure = await #expect(throws: StoreFailure.self) {
            _ = try await store.count(matching: EventQuery(filter: .text("w")), in: scope(acme))
        }
        #expect(failure?.code == .limit)
        try await store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `end a page early and count no more than they say`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let limits = EventLimits(
            queryTime: EventLimits.patient.queryTime, pageBytesMax: 10_000, distinctValuesMax: 100)
        let store = try await kind.open(folder, limits: limits)
        let acme = try tenant("acme")
        let filling = String(repeating: "f", count: 990)
        let events = try (1...2_100).map {
            try StoredEvent.sample(acme, $0, at: Int64($0), [("n", "\($0)"), ("f", filling)])
        }
        try await store.write(events)
        var query = EventQuery(newestFirst: false, limit: 100)
        let page = try await store.events(matching: query, in: scope(acme))
        #expect((1..<100).contains(page.events.count))
        #expect(page.next != nil)
        query.after = page.next
        let second = try await store.events(matching: query, in: scope(acme))
        #expect(second.events.first?.sequence == UInt64(page.events.count + 1))

        query = EventQuery(until: Timestamp(nanoseconds: 101))
        #expect(
            try await store.topValues(of: "n", matching: query, limit: 5, in: scope(acme)).count
                == 5)
        query = EventQuery(until: Timestamp(nanoseconds: 102))
        var failure = await #expect(throws: StoreFailure.self) {
            _ = try await store.topValues(of: "n", matching: query, limit: 5, in: scope(acme))
        }
        #expect(failure?.code == .limit)

        query = EventQuery(
            until: Timestamp(nanoseconds: Int64(EventLimits.histogramBucketsMax + 1)))
        let bars = try await store.histogram(of: query, width: .nanoseconds(1), in: scope(acme))
        #expect(bars.count == EventLimits.histogramBucketsMax)
        query = EventQuery(
            until: Timestamp(nanoseconds: Int64(EventLimits.histogramBucketsMax + 2)))
        failure = await #expect(throws: StoreFailure.self) {
            _ = try await store.histogram(of: query, width: .nanoseconds(1), in: scope(acme))
        }
        #expect(failure?.code == .limit)
        failure = await #expect(throws: StoreFailure.self) {
            _ = try await store.histogram(of: query, width: .zero, in: scope(acme))
        }
        #expect(failure?.code == .refused)
        try await store.close()
    }
}
