import Engine
import Foundation
import Listen
import Store
import Tenancy
import Testing

@testable import Watch

@Suite struct `A backup of a data folder` {
    /// A folder with the made intrusion in it, as the service leaves it, and a backup that was made while the service ran.
    private struct Bench {
        let kit: WatchKit
        let folder: String
        let sent: Int
        var backup: String { folder + "/backup" }

        init(withKeys: Bool) async throws {
            let kit = try WatchKit()
            let folder = kit.folder + "-beside"
            let deliveries = try WatchKit.scenario()
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try await kit.run { running in
                for delivery in deliveries { _ = try await running.watch.take(delivery) }
                try await running.settle()
                try FileManager.default.copyItem(
                    atPath: kit.data.ledger + "/keys", toPath: kit.data.ledgerKeys)
                let told = try await DataBackup.make(
                    of: kit.data, to: folder + "/backup", withKeys: withKeys, now: WatchKit.now,
                    pause: { _ in }, told: { _ in })
                #expect(told.leftOut.isEmpty)
                #expect(told.files > 5)
            }
            self.kit = kit
            self.folder = folder
            sent = deliveries.reduce(0) { $0 + $1.records.count }
        }

        func remove() {
            kit.remove()
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    @Test func `made beside the running service, is restored, verifies, and finds the same`()
        async throws
    {
        let bench = try await Bench(withKeys: true)
        defer { bench.remove() }
        #expect(try DataBackup.verify(bench.backup) { _ in }.isSound)
        let target = DataFolder(path: bench.folder + "/data")
        let proof = try DataBackup.restore(bench.backup, into: target) { _ in }
        #expect(proof.isSound)
        let acme = try #require(proof.archives.first { $0.tenant == WatchKit.acme })
        #expect(acme.recordCount >= UInt64(bench.sent))
        #expect(acme.unopenedCount == 0)
        let shelf = ContentShelf(path: target.content, programVersion: "test")
        let events = MemoryEventStore()
        var rebuild = EventRebuild(of: try target.archiveFolder(of: WatchKit.acme), into: events) {
            shelf.rules(of: $0)
        }
        try await rebuild.run { _ in }
        #expect(events.all(of: WatchKit.acme).count == bench.sent)
        let again = try #require(throws: StoreFailure.self) {
            _ = try DataBackup.restore(bench.backup, into: target) { _ in }
        }
        #expect(again.code == .conflict)
    }

    @Test func `without keys is restored only with the folder of keys`() async throws {
        let bench = try await Bench(withKeys: false)
        defer { bench.remove() }
        #expect(!FileManager.default.fileExists(atPath: bench.backup + "/keys"))
        let target = DataFolder(path: bench.folder + "/data")
        let none = try #require(throws: StoreFailure.self) {
            _ = try DataBackup.restore(bench.backup, into: target) { _ in }
        }
        #expect(none.code == .missing)
        let proof = try DataBackup.restore(
            bench.backup, into: target, keys: bench.kit.data.keys
        ) { _ in }
        #expect(proof.archives.allSatisfy { $0.unopenedCount == 0 && $0.isSound })
        #expect(try target.key(of: WatchKit.acme) != nil)
    }

    @Test func `with one byte changed in any file restores nothing and names the file`()
        async throws
    {
        let bench = try await Bench(withKeys: true)
        defer { bench.remove() }
        let target = DataFolder(path: bench.folder + "/data")
        let files = try FileManager.default.subpathsOfDirectory(atPath: bench.backup)
            .filter { $0.hasSuffix(".kseg") || $0.hasSuffix(".sqlite") || $0.hasPrefix("content/") }
        #expect(files.count >= 3)
        for file in files {
            let url = URL(fileURLWithPath: bench.backup + "/" + file)
            let whole = try Data(contentsOf: url)
            var bad = whole
            bad[bad.startIndex + whole.count / 2] ^= 4
            try bad.write(to: url)
            do {
                _ = try DataBackup.verify(bench.backup) { _ in }
                Issue.record("\(file) was taken for good")
            } catch {
                #expect(error.code == .damaged)
                #expect(error.message.contains(file))
            }
            let restored = try #require(throws: StoreFailure.self) {
                _ = try DataBackup.restore(bench.backup, into: target) { _ in }
            }
            #expect(restored.code == .damaged)
            #expect(!FileManager.default.fileExists(atPath: target.path))
            try FileManager.default.removeItem(atPath: target.path + ".restoring")
            try whole.write(to: url)
        }
    }
}
