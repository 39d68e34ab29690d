import Engine
import Store
import Tenancy
import TestKit
import Testing

/// Random events and questions: every answer is that of a plain loop over an array.
@Suite struct `An event store against a plain array` {
    private struct Laid {
        let store: any EventStore
        let plain: PlainEvents
        let tenants: [TenantID]
        let folder: TemporaryFolder
    }

    private func lay(_ kind: EventStoreKind, _ dice: inout EventDice, events: UInt64) async throws
        -> Laid
    {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let tenants = try ["b-late", "a-early", "c"].map(tenant)
        var plain = PlainEvents()
        var sequences: [UInt64] = [0, 0, 0]
        for _ in 0..<8 {
            var batch: [StoredEvent] = []
            for _ in 0..<(events / 8) {
                let which = Int.random(in: 0..<3, using: &dice.random)
                sequences[which] += 1
                batch.append(try dice.event(tenants[which], sequences[which]))
            }
            try await store.write(batch)
            plain.write(batch)
        }
        return Laid(store: store, plain: plain, tenants: tenants, folder: folder)
    }

    @Test(arguments: EventStoreKind.here)
    func `answers every filter alike`(kind: EventStoreKind) async throws {
        var dice = EventDice(random: SplitMix64(seed: 11))
        let laid = try await lay(kind, &dice, events: 400)
        for _ in 0..<250 {
            let query = dice.query()
            let tenants = Array(
                laid.tenants.shuffled(using: &dice.random).prefix(dice.pick([1, 2, 3])))
            let scope = try scopeOf(tenants)
            let wanted = laid.plain.matching(query, tenants)
            let page = try await laid.store.events(matching: query, in: scope)
            #expect(page.events == Array(wanted.prefix(query.limit)), "\(query)")
            #expect((page.next == nil) == (wanted.count <= query.limit), "\(query)")
            #expect(
                try await laid.store.count(matching: query, in: scope) == UInt64(wanted.count),
                "\(query)")
        }
        try await laid.store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `compares every odd value with every other alike`(kind: EventStoreKind) async throws {
        let folder = try TemporaryFolder()
        let store = try await kind.open(folder)
        let acme = try tenant("acme")
        var plain = PlainEvents()
        plain.write(
            try EventDice.values.enumerated().map {
                try .sample(acme, UInt64($0.offset + 1), [("v", $0.element), ("w", "x")])
            })
        try await store.write(plain.events)
        for value in EventDice.values {
            for comparison in EventFilter.Comparison.allCases {
                let query = EventQuery(filter: .field("v", comparison, value))
                let wanted = plain.matching(query, [acme]).map(\.sequence)
                let found = try await store.events(matching: query, in: scope(acme)).events
                #expect(found.map(\.sequence) == wanted, "\(query.filter)")
            }
        }
        try await store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `pages through equal times without a double and without a gap`(kind: EventStoreKind)
        async throws
    {
        var dice = EventDice(random: SplitMix64(seed: 12))
        let laid = try await lay(kind, &dice, events: 240)
        let scope = try scopeOf(laid.tenants)
        for limit in [1, 7, 50] {
            for newestFirst in [true, false] {
                var query = EventQuery(
                    filter: .not(.field("Image", .equals, "10")), newestFirst: newestFirst,
                    limit: limit)
                let wanted = laid.plain.matching(query, laid.tenants)
                var found: [StoredEvent] = []
                repeat {
                    let page = try await laid.store.events(matching: query, in: scope)
                    #expect(page.events.count == limit || page.next == nil)
                    found += page.events
                    query.after = page.next
                } while query.after != nil && found.count <= wanted.count
                #expect(found == wanted, "limit \(limit), newest first \(newestFirst)")
            }
        }
        try await laid.store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `counts values and times alike`(kind: EventStoreKind) async throws {
        var dice = EventDice(random: SplitMix64(seed: 13))
        let laid = try await lay(kind, &dice, events: 240)
        let scope = try scopeOf(laid.tenants)
        for _ in 0..<60 {
            let query = dice.query()
            let field = dice.pick(EventDice.names + ["source", "kind", "none"])
            let limit = dice.pick([1, 3, 1_000])
            let counts = laid.plain.top(field, query, laid.tenants)
            let wanted = counts.sorted {
                $0.value == $1.value
                    ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) : $0.value > $1.value
            }.prefix(limit)
            let found = try await laid.store.topValues(
                of: field, matching: query, limit: limit, in: scope)
            #expect(found.map(\.value) == wanted.map(\.key), "\(field) \(query)")
            #expect(found.map(\.count) == wanted.map(\.value), "\(field) \(query)")
            let times = laid.plain.matching(query, laid.tenants).map { $0.time.nanoseconds }
            let bars = try await laid.store.histogram(of: query, width: .nanoseconds(7), in: scope)
            let buckets = Dictionary(grouping: times) { time in
                time >= 0 ? time / 7 : (time - 6) / 7
            }
            #expect(
                bars.map(\.start.nanoseconds) == buckets.keys.sorted().map { $0 * 7 }, "\(query)")
            #expect(
                bars.map { Int($0.count) } == buckets.sorted { $0.key < $1.key }.map(\.value.count))
        }
        try await laid.store.close()
    }

    @Test(arguments: EventStoreKind.here)
    func `never shows a tenant what is another's`(kind: EventStoreKind) async throws {
        var dice = EventDice(random: SplitMix64(seed: 14))
        let laid = try await lay(kind, &dice, events: 160)
        for _ in 0..<100 {
            // Any filter at all, one that holds for everything and cursors that name other tenants included.
            var query = dice.query()
            query.limit = 1_000
            if dice.chance(50) {
                query.after = EventCursor(
                    time: Timestamp(nanoseconds: .random(in: -20...20, using: &dice.random)),
                    tenant: dice.pick(laid.tenants),
                    sequence: .random(in: 0...60, using: &dice.random))
            }
            let mine = dice.pick(laid.tenants)
            let page = try await laid.store.events(matching: query, in: scope(mine))
            #expect(page.events.allSatisfy { $0.tenant == mine })
            let own = laid.plain.matching(query, [mine])
            #expect(
                try await laid.store.count(matching: query, in: scope(mine)) == UInt64(own.count))
        }
        let stranger = try scope(tenant("stranger"))
        #expect(try await laid.store.count(matching: EventQuery(), in: stranger) == 0)
        #expect(try await laid.store.events(matching: EventQuery(), in: stranger).events.isEmpty)
        try await laid.store.close()
    }

    private func scopeOf(_ tenants: [TenantID]) throws -> TenantScope {
        let principal = Principal(
            id: try #require(PrincipalID("watch")), name: "Watch",
            grants: [.init(.service, in: .all)])
        return try Policy().authorize(principal, to: Permission(.read, .events), in: tenants)
    }
}
