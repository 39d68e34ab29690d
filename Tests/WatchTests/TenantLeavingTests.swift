import Engine
import Foundation
import Listen
import Tenancy
import Testing

@testable import Store
@testable import Watch

@Suite struct `A tenant that leaves` {
    static func scope(
        _ permission: Permission, _ tenant: TenantID = Ledger.provider
    ) throws(StoreFailure) -> TenantScope {
        let admin = Principal(
            id: PrincipalID("admin")!, name: "Admin", grants: [.init(.providerAdmin, in: .all)])
        do {
            return try Policy().authorize(admin, to: permission, in: [tenant])
        } catch {
            throw StoreFailure(.refused, "\(error)")
        }
    }

    /// A folder with the made intrusion in it; then its ledger, without the service.
    private static func with(
        _ body: (WatchKit, Ledger, MemoryEventStore, Int) async throws -> Void
    ) async throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let events = MemoryEventStore()
        let deliveries = try WatchKit.scenario()
        try await kit.run(events: events) { running in
            for delivery in deliveries { _ = try await running.watch.take(delivery) }
            try await running.settle()
        }
        try FileManager.default.moveItem(
            atPath: kit.data.ledger + "/keys", toPath: kit.data.ledgerKeys)
        let ledger = try await Ledger.open(
            in: kit.data.ledger, keys: LedgerKeys.read(kit.data.ledgerKeys), now: WatchKit.now,
            random: SystemRandomNumberGenerator())
        try await body(
            kit, ledger, events, deliveries.reduce(0) { $0 + $1.records.count })
        try await ledger.close(now: WatchKit.now)
    }

    private static func leave(_ ledger: Ledger) async throws {
        let record = TenantRecord(id: WatchKit.acme, name: "Acme", state: .leaving)
        try await ledger.update(
            record, now: WatchKit.now, in: scope(Permission(.update, .tenants)))
    }

    private static func deletion(_ kit: WatchKit, _ ledger: Ledger) -> TenantDeletion {
        TenantDeletion(of: WatchKit.acme, in: kit.data, ledger: ledger) {
            (permission) throws(StoreFailure) in try scope(permission)
        }
    }

    @Test func `takes everything along, in files that are signed and in order`() async throws {
        try await Self.with { kit, ledger, _, sent in
            let copy = try LedgerCopy(in: kit.data.ledger, publicKey: ledger.keys.proof)
            var export = TenantExport(
                of: try kit.data.archiveFolder(of: WatchKit.acme), ledger: ledger, copy: copy
            ) { (permission) throws(StoreFailure) in try Self.scope(permission, WatchKit.acme) }
            let target = kit.folder + "-export"
            defer { try? FileManager.default.removeItem(atPath: target) }
            let told = try await export.run(to: target, now: WatchKit.now) { _, _ in }
            #expect(told.incidents >= 1)
            #expect(told.alerts > 40)
            #expect(told.gaps.isEmpty)
            let sealed = try SealedFolder(
                reading: target, kind: TenantExport.kind, publicKey: ledger.keys.proof)
            for file in sealed.files { try sealed.check(file) }
            let text = try String(contentsOfFile: target + "/archive.jsonl", encoding: .utf8)
            let lines = try text.split(separator: "\n").map {
                try CanonicalJSON(reading: String($0), bytesMax: 1 << 20)
            }
            #expect(lines.count { $0["format"] != nil } == sent)
            #expect(lines.map { $0["sequence"]?.integer } == (1...Int64(lines.count)).map { $0 })
            let chain = try LedgerReport.ofExport(
                target + "/ledger.jsonl", publicKey: ledger.keys.proof)
            #expect(chain.holds && chain.tenant == WatchKit.acme)
        }
    }

    @Test func `a record leaves with all that was kept of it`() {
        let bytes: [UInt8] = [0xFF, 0x00]
        let record = ArchivedRecord(
            sequence: 7, received: Timestamp(nanoseconds: 0), source: WatchKit.source,
            content: .record(.json), key: RecordKey(high: 1, low: 255),
            envelope: .init(time: Timestamp(nanoseconds: 1), host: "h"), bytes: bytes)
        let expected = [
            #"{"base64":"/wA=","format":"json","host":"h""#,
            #""key":"000000000000000100000000000000ff""#,
            #""received":"1970-01-01T00:00:00Z","sequence":7,"source":"windows""#,
            #""time":"1970-01-01T00:00:00.000000001Z"}"#,
        ].joined(separator: ",")
        #expect(record.exported.string == expected)
    }

    @Test func `is deleted only when it is leaving, and leaves a certificate that holds`()
        async throws
    {
        try await Self.with { kit, ledger, events, _ in
            let early = await #expect(throws: StoreFailure.self) {
                _ = try await Self.deletion(kit, ledger).run(events: [events], now: WatchKit.now)
            }
            #expect(early?.code == .invalid)
            #expect(!events.all(of: WatchKit.acme).isEmpty)
            try await Self.leave(ledger)
            let key = try #require(try kit.data.key(of: WatchKit.acme))
            let certificate = try await Self.deletion(kit, ledger).run(
                events: [events], now: WatchKit.now)
            #expect(certificate.names(key))
            #expect(events.all(of: WatchKit.acme).isEmpty)
            #expect(try kit.data.key(of: WatchKit.acme) == nil)
            #expect(!FileManager.default.fileExists(atPath: kit.data.tenant(WatchKit.acme)))
            let text = try certificate.file(signedBy: ledger.keys)
            let read = try DeletionCertificate(reading: text, publicKey: ledger.keys.proof)
            #expect(read == certificate)
            let copy = try LedgerCopy(in: kit.data.ledger, publicKey: ledger.keys.proof)
            let scope = try Self.scope(Permission(.read, .ledger))
            #expect(try read.objections(in: kit.data, copy, scope: scope) == [])
            // Another tenant's folder and key are untouched.
            #expect(try kit.data.key(of: WatchKit.other) != nil)
        }
    }

    @Test func `a deletion that was stopped goes on with the same certificate`() async throws {
        try await Self.with { kit, ledger, events, _ in
            try await Self.leave(ledger)
            let first = try await Self.deletion(kit, ledger).run(
                events: [events], now: WatchKit.now)
            let second = try await Self.deletion(kit, ledger).run(
                events: [events], now: WatchKit.now)
            #expect(first == second)
        }
    }

    @Test func `a certificate that was changed, or is contradicted, does not hold`() async throws {
        try await Self.with { kit, ledger, events, _ in
            try await Self.leave(ledger)
            let certificate = try await Self.deletion(kit, ledger).run(
                events: [events], now: WatchKit.now)
            let text = try certificate.file(signedBy: ledger.keys)
            let forged = text.replacingOccurrences(of: "\"acme\"", with: "\"acne\"")
            #expect(forged != text)
            let changed = try #require(throws: StoreFailure.self) {
                _ = try DeletionCertificate(reading: forged, publicKey: nil)
            }
            #expect(changed.code == .damaged)
            let none = try #require(throws: StoreFailure.self) {
                _ = try DeletionCertificate(reading: "{}", publicKey: nil)
            }
            #expect(none.code == .invalid)
            try KeyFolder(kit.data.keys).make(for: WatchKit.acme)
            let copy = try LedgerCopy(in: kit.data.ledger, publicKey: ledger.keys.proof)
            let scope = try Self.scope(Permission(.read, .ledger))
            #expect(
                try certificate.objections(in: kit.data, copy, scope: scope)
                    == ["the tenant has a key"])
        }
    }
}
