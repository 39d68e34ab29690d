import Engine
import Foundation
import Listen
import Logging
import Tenancy
import Testing

@testable import Store
@testable import Watch

@Suite struct `Keeping` {
    private static func send(_ kit: WatchKit, to events: MemoryEventStore) async throws -> Int {
        let deliveries = try WatchKit.scenario()
        try await kit.run(events: events) { running in
            for delivery in deliveries { _ = try await running.watch.take(delivery) }
            try await running.settle()
        }
        return deliveries.reduce(0) { $0 + $1.records.count }
    }

    @Test func `a store that is new is filled from the archive, beside the lane`() async throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let first = MemoryEventStore()
        let sent = try await Self.send(kit, to: first)
        let second = MemoryEventStore()
        let more = Delivery(
            binding: SourceBinding(tenant: WatchKit.acme, source: WatchKit.source),
            records: [.init(bytes: Array("{\"late\":1}".utf8), format: .json)])
        try await kit.run(events: second) { running in
            _ = try await running.watch.take(more)
            try await running.settle()
        }
        let filled = second.all(of: WatchKit.acme)
        #expect(filled.count == sent + 1)
        #expect(filled.dropLast() == first.all(of: WatchKit.acme)[...])
    }

    @Test func `a rebuild makes the same events as the service wrote`() async throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let live = MemoryEventStore()
        let sent = try await Self.send(kit, to: live)
        let anew = MemoryEventStore()
        let stale = StoredEvent(
            tenant: WatchKit.acme, sequence: 999_999, time: WatchKit.now, received: WatchKit.now,
            source: WatchKit.source, kind: "stale", host: nil, user: nil, fields: [])
        try await anew.write([stale])
        let shelf = ContentShelf(path: kit.data.content, programVersion: "test")
        var rebuild = EventRebuild(of: try kit.data.archiveFolder(of: WatchKit.acme), into: anew) {
            shelf.rules(of: $0)
        }
        try await rebuild.run { _ in }
        #expect(rebuild.records == sent)
        #expect(rebuild.gaps.isEmpty)
        #expect(anew.all(of: WatchKit.acme) == live.all(of: WatchKit.acme))
    }

    @Test func `retention lets records go from archive and search alike, and counts them`()
        async throws
    {
        let kit = try WatchKit()
        defer { kit.remove() }
        let events = MemoryEventStore()
        let sent = try await Self.send(kit, to: events)
        try await kit.run(events: events) { running in
            let tenant = try running.tenant()
            let rules = HouseRules(retentionDays: 1, compacts: true)
            let house = Housekeeping(
                rules: rules, events: EventWriter(store: events) { _ in },
                ledger: running.ledger, scopes: ServiceScopes(),
                cadence: .init(clock: { WatchKit.now.later(days: 3) }, pause: { _ in }),
                logger: .init(label: "test"))
            // The lanes' own clock decides what is old: nothing is, yet.
            await house.keep(tenant)
            #expect(tenant.house.failure == nil)
            #expect(tenant.house.recordsRemoved == 0)
            #expect(events.all(of: WatchKit.acme).count == sent)
            let old = try await tenant.commit.retain(Retention(ageMax: .zero))
            #expect(old.count == 1)
            await house.keep(tenant)
            #expect(events.all(of: WatchKit.acme).isEmpty)
        }
    }

    @Test func `the ledger is told where the archive ends, and knows one that was written anew`()
        async throws
    {
        let kit = try WatchKit(seals: false)
        defer { kit.remove() }
        let sent = try await Self.send(kit, to: MemoryEventStore())
        let events = MemoryEventStore()
        let last = try await kit.run(events: events) { running in
            let house = Housekeeping(
                rules: HouseRules(), events: EventWriter(store: events) { _ in },
                ledger: running.ledger, scopes: ServiceScopes(),
                cadence: .init(clock: { WatchKit.now }, pause: { _ in }),
                logger: .init(label: "test"))
            let tenant = try running.tenant()
            for _ in 0..<3 { await house.keep(tenant) }
            #expect(tenant.house.failure == nil)
            return tenant.house.anchoredThrough
        }
        #expect(last >= sent)
        let archive = try kit.data.archiveFolder(of: WatchKit.acme)
        let copy = try LedgerCopy(
            in: kit.data.ledger, publicKey: LedgerKeys.read(kit.data.ledger + "/keys").proof)
        let auditor = Principal(
            id: PrincipalID("auditor")!, name: "A", grants: [.init(.auditor, in: .all)])
        let scope = try Policy().authorize(
            auditor, to: Permission(.read, .ledger), in: [WatchKit.acme])
        let heads = try copy.archiveHeads(of: WatchKit.acme, in: scope)
        // More than one where the log was told the time in between.
        #expect(heads.last?.sequence == last)
        let report = try archive.verify(heads: heads)
        #expect(report.isSound && report.headsFound == heads.count)

        // Whoever has the disk can write a sound archive with as many records; not one that ends as the ledger says.
        try FileManager.default.removeItem(atPath: archive.path)
        let writer = try ArchiveWriter(
            folder: archive.path, tenant: WatchKit.acme, key: nil, now: WatchKit.now,
            chance: SystemRandomNumberGenerator())
        let forged = (0..<last).map { number in
            PendingRecord(
                received: WatchKit.now, source: WatchKit.source, content: .record(.json),
                bytes: Array("\(number)".utf8))
        }
        for start in stride(from: 0, to: forged.count, by: 500) {
            _ = try writer.append(Array(forged[start...].prefix(500)), at: WatchKit.now)
        }
        try writer.close()
        #expect(try archive.verify().isSound)
        #expect(
            try archive.verify(heads: heads).problems
                == heads.map { .head(sequence: $0.sequence) })
    }

    @Test func `a tenant's own days go before those of the settings`() {
        let rules = HouseRules(retentionDays: 30, retentionBytes: 7)
        #expect(rules.retention(days: 2) == Retention(ageMax: .seconds(172_800), bytesMax: 7))
        #expect(rules.retention(days: nil).ageMax == .seconds(30 * 86_400))
        #expect(HouseRules().retention(days: nil) == Retention())
        var counts = HouseCounts()
        let damaged = CompactionOutcome(segment: "a", result: .damaged(.chain))
        let written = CompactionOutcome(
            segment: "b", result: .written(bytesBefore: 10, bytesAfter: 4))
        #expect(counts.add(damaged) == "a")
        #expect(counts.add(CompactionOutcome(segment: "c", result: .noGain)) == "c")
        #expect(counts.add(written) == nil)
        #expect(counts.bytesSaved == 6)
        #expect(counts.segmentsDamaged == 1)
    }

    @Test func `a data folder is held by one program`() throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        #expect(!DataLock.isHeld(kit.data))
        let lock = try DataLock(kit.data)
        #expect(DataLock.isHeld(kit.data))
        let second = try #require(throws: StoreFailure.self) { _ = try DataLock(kit.data) }
        #expect(second.code == .locked)
        lock.release()
        #expect(!DataLock.isHeld(kit.data))
        let missing = try #require(throws: StoreFailure.self) {
            _ = try DataLock(DataFolder(path: kit.folder + "/none"))
        }
        #expect(missing.code == .missing)
    }
}

extension Timestamp {
    fileprivate func later(days: Int64) -> Timestamp {
        Timestamp(nanoseconds: nanoseconds + days * 86_400_000_000_000)
    }
}
