import Engine
import Listen
import Store
import Tenancy
import Testing

@testable import Watch

@Suite struct `The watch` {
    @Test func `turns deliveries into one incident, searchable events and nothing lost`()
        async throws
    {
        let kit = try WatchKit()
        defer { kit.remove() }
        let deliveries = try WatchKit.scenario()
        let events = MemoryEventStore()
        let sent = deliveries.reduce(0) { $0 + $1.records.count }
        let incidents = try await kit.run(events: events) { running in
            for delivery in deliveries {
                let outcomes = try await running.watch.take(delivery)
                #expect(outcomes.allSatisfy { $0 == .stored })
            }
            try await running.settle()
            return try await running.incidents()
        }
        #expect(events.all(of: WatchKit.acme).count == sent)
        #expect(incidents.count { $0.risk >= 80 } == 1)
        #expect(events.all(of: WatchKit.other).isEmpty)
    }

    @Test func `finds the same when its log is read again, with any number of threads`()
        async throws
    {
        let kit = try WatchKit()
        defer { kit.remove() }
        let deliveries = try WatchKit.scenario()
        try await kit.run { running in
            for delivery in deliveries { _ = try await running.watch.take(delivery) }
            try await running.settle()
        }
        var digests: Set<String> = []
        for threads in [1, 2, 5] {
            let lines = try await Self.replay(kit, threads: threads)
            #expect(lines.alerts > 40)
            digests.insert(lines.digest)
        }
        #expect(digests.count == 1)
    }

    @Test func `goes on after a stop where it was, and finds what an uninterrupted one finds`()
        async throws
    {
        let kit = try WatchKit()
        defer { kit.remove() }
        let deliveries = try WatchKit.scenario()
        let third = deliveries.count / 3
        let parts = [
            deliveries[..<third], deliveries[third..<(2 * third)], deliveries[(2 * third)...],
        ]
        let events = MemoryEventStore()
        for part in parts {
            try await kit.run(events: events) { running in
                for delivery in part { _ = try await running.watch.take(delivery) }
                try await running.settle()
            }
        }
        let told = try await kit.run(events: events) { running in
            try await running.incidents().filter { $0.risk >= 80 }
        }
        #expect(told.count == 1)
        #expect(
            events.all(of: WatchKit.acme).count == deliveries.reduce(0) { $0 + $1.records.count })
        // The ledger has what a replay of the whole log finds at its end.
        let lines = try await Self.replay(kit, threads: 2)
        #expect(lines.alerts > 40)
    }

    @Test func `keeps what has one key once, and tells the sender`() async throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let record = Delivery.Record(
            bytes: Array("{\"a\":1}".utf8), format: .json, key: RecordKey(high: 1, low: 2))
        let delivery = Delivery(
            binding: SourceBinding(tenant: WatchKit.acme, source: WatchKit.source),
            records: [record])
        try await kit.run { running in
            let first = try await running.watch.take(delivery)
            let second = try await running.watch.take(delivery)
            #expect(first == [.stored])
            #expect(second == [.duplicate])
        }
        try await kit.run { running in
            let third = try await running.watch.take(delivery)
            #expect(third == [.duplicate])
        }
    }

    @Test func `refuses what is for nobody or for a suspended tenant`() async throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        try await kit.run { running in
            let nobody = Delivery(
                binding: SourceBinding(tenant: TenantID("nobody")!, source: WatchKit.source),
                records: [])
            await #expect(throws: IntakeRefusal.closed) { try await running.watch.take(nobody) }
            try await running.watch.open(
                TenantRecord(id: WatchKit.acme, name: "Acme", state: .suspended))
            let some = Delivery(
                binding: SourceBinding(tenant: WatchKit.acme, source: WatchKit.source),
                records: [.init(bytes: Array("x".utf8), format: .json)])
            await #expect(throws: IntakeRefusal.closed) { try await running.watch.take(some) }
        }
    }

    @Test func `keeps a record that cannot be read, says why, and goes on`() async throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let events = MemoryEventStore()
        try await kit.run(events: events) { running in
            let bad = Delivery(
                binding: SourceBinding(tenant: WatchKit.acme, source: WatchKit.source),
                records: [
                    .init(bytes: Array("{\"broken\":".utf8), format: .json),
                    .init(bytes: Array("{\"EventID\":1}".utf8), format: .json),
                ])
            _ = try await running.watch.take(bad)
            try await running.settle()
            let unparsed = await (try running.tenant()).detection.unparsedByReason
            #expect(unparsed[WatchKit.source]?.values.reduce(0, +) == 1)
        }
        let kept = events.all(of: WatchKit.acme)
        #expect(kept.count { $0.kind == "unparsed" } == 1)
        #expect(kept.count == 2)
    }

    @Test func `what a sender says beside a line of text is found with it`() async throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let events = MemoryEventStore()
        let line = Array("<13>Oct 11 22:14:15 host su: hello".utf8)
        let labels = Array(#"{"index":"fw"}"#.utf8)
        try await kit.run(events: events) { running in
            _ = try await running.watch.take(
                Delivery(
                    binding: SourceBinding(tenant: WatchKit.acme, source: WatchKit.source),
                    records: [
                        .init(bytes: line, format: .syslog, labels: labels),
                        .init(bytes: Array("{".utf8), format: .json, labels: labels),
                    ]))
            try await running.settle()
        }
        let kept = events.all(of: WatchKit.acme).sorted { $0.sequence < $1.sequence }
        #expect(
            kept.first?.fields.contains(.init(name: "kagari.labels.index", value: "fw")) == true)
        #expect(
            kept.last?.fields.contains(.init(name: "kagari.labels", value: #"{"index":"fw"}"#))
                == true)
        let key = try KeyFolder(kit.data.keys).load(for: WatchKit.acme)
        let folder = ArchiveFolder(
            path: kit.data.archive(WatchKit.acme), tenant: WatchKit.acme, key: key)
        let first = try folder.reader(from: 1).next().records.first {
            $0.content == .record(.syslog)
        }
        #expect(first?.bytes == line)
        #expect(first?.envelope.labels == labels)
    }

    @Test func `a certificate is its first source's, whoever names it later`() async throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let text = String(repeating: "5a", count: 32)
        let digest = try #require(LedgerDigest(hex: text))
        try await kit.run { running in
            let admin = Principal(
                id: PrincipalID("admin")!, name: "Admin",
                grants: [.init(.providerAdmin, in: .all)])
            for (tenant, seconds) in [(WatchKit.other, 20), (WatchKit.acme, 10)] {
                let scope = try Policy().authorize(
                    admin, to: Permission(.create, .sources), in: [tenant])
                try await running.ledger.create(
                    SourceRecord(
                        id: WatchKit.source, tenant: tenant, name: "s", type: "t",
                        tokenDigest: nil,
                        certificate: .init(
                            digest: digest,
                            since: Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000))),
                    now: WatchKit.now, in: scope)
            }
            try await running.watch.learnSources()
            let binding = running.watch.binding(forCertificate: text)
            #expect(binding == SourceBinding(tenant: WatchKit.acme, source: WatchKit.source))
            // What a certificate is known by is public, and no token.
            #expect(running.watch.binding(forToken: text) == nil)
            #expect(running.watch.binding(forCertificate: "") == nil)
        }
    }

    @Test func `a listener lets no more labels in than an archive takes`() {
        #expect(IntakeLimits.labelBytesMax == ArchiveLimits.labelBytesMax)
    }

    static func replay(
        _ kit: WatchKit, threads: Int, programVersion: String = "test"
    ) async throws -> FindingLines {
        let shelf = ContentShelf(path: kit.data.content, programVersion: programVersion)
        let key = try KeyFolder(kit.data.keys).load(for: WatchKit.acme)
        let folder = ArchiveFolder(
            path: kit.data.archive(WatchKit.acme), tenant: WatchKit.acme, key: key)
        var replay = Replay(
            Detection(of: WatchKit.acme, noRules: ContentShelf.noRules) { shelf.rules(of: $0) },
            threads: threads)
        var lines = FindingLines()
        try await replay.run(try folder.reader(from: 1)) { found in
            lines.add(found) { _ in }
        }
        return lines
    }
}
