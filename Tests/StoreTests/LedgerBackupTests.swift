import Engine
import Foundation
import GRDB
import TestKit
import Testing
import Tenancy
@testable import Store

@Suite struct `Ledger backup` {
    private func backup(_ bench: LedgerBench) async throws -> String {
        let target = bench.folder + "/backup"
        _ = try await LedgerBackup.make(
            of: bench.folder, to: target, keys: LedgerBench.keys, now: LedgerBench.at(70))
        return target
    }

    @Test func `a backup of a running ledger is restored whole and verifies`() async throws {
        try await LedgerBench.with { bench in
            try await bench.workThrough()
            let backup = try await backup(bench)
            try await bench.act(.comment("After the backup"), on: 2)
            let place = try LedgerBench.folder()
            defer { try? FileManager.default.removeItem(atPath: place) }
            _ = try LedgerBackup.restore(
                backup, into: place, publicKey: LedgerBench.keys.publicKey)
            let restored = LedgerBench(
                folder: place,
                ledger: try await Ledger.open(
                    in: place, keys: LedgerBench.keys, now: LedgerBench.at(80),
                    random: SplitMix64(seed: 4)))
            let report = try await restored.ledger.verify(
                LedgerBench.acme, in: restored.scope(.read, .ledger))
            #expect(report.holds, "\(report)")
            #expect(
                try await restored.ledger.projectionFaults(
                    in: restored.scope(.read, .ledger, [Ledger.provider])) == [])
            #expect(try await restored.view(2).comments.isEmpty)
            try await restored.act(.comment("Goes on"), on: 2)
            try await restored.ledger.close(now: LedgerBench.at(90))
            let code = try await code {
                _ = try LedgerBackup.restore(
                    backup, into: place, publicKey: LedgerBench.keys.publicKey)
            }
            #expect(code == .conflict)
        }
    }

    @Test func `a backup with any byte changed is refused`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let backup = try await backup(bench)
            var random = SplitMix64(seed: 21)
            for name in ["ledger.sqlite", "manifest.json", "manifest.sig"] {
                let url = URL(fileURLWithPath: "\(backup)/\(name)")
                let whole = try Data(contentsOf: url)
                for _ in 0..<20 {
                    var damaged = whole
                    let place = Int.random(in: 0..<whole.count, using: &random)
                    damaged[damaged.startIndex + place] ^=
                        1 << UInt8.random(in: 0..<8, using: &random)
                    try damaged.write(to: url)
                    let code = try await code {
                        _ = try LedgerBackup.verify(
                            backup, publicKey: LedgerBench.keys.publicKey)
                    }
                    #expect(code == .damaged, "\(name) at \(place)")
                }
                try whole.dropLast().write(to: url)
                let code = try await code {
                    _ = try LedgerBackup.verify(backup, publicKey: LedgerBench.keys.publicKey)
                }
                #expect(code == .damaged, "\(name) cut short")
                try whole.write(to: url)
            }
            _ = try LedgerBackup.verify(backup, publicKey: LedgerBench.keys.publicKey)
        }
    }

    @Test func `a backup signed anew over an altered chain is refused`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let backup = try await backup(bench)
            let path = "\(backup)/ledger.sqlite"
            let copy = try DatabaseQueue(path: path)
            try await copy.write { db in
                try db.execute(sql: "DROP TRIGGER entries_keep")
                try db.execute(sql: "UPDATE entries SET actor = 'nobody' WHERE position = 2")
            }
            try copy.close()
            let told = try LedgerBackup.measure(of: backup)
            let manifest = BackupManifest(
                time: LedgerBench.at(1), version: told.version, digest: told.digest,
                bytes: told.bytes, chains: told.chains)
            let text = manifest.json.string
            for (name, bytes) in [
                ("manifest.json", Array(text.utf8)),
                ("manifest.sig", try LedgerBench.keys.sign(EntryLayout.backup(text))),
            ] {
                try Data(bytes).write(to: URL(fileURLWithPath: "\(backup)/\(name)"))
            }
            do {
                _ = try LedgerBackup.verify(backup, publicKey: LedgerBench.keys.publicKey)
                Issue.record("an altered chain was taken")
            } catch { #expect("\(error)".contains("entry 2 is altered")) }
        }
    }

    @Test func `the tables are as version 1 wrote them down`() async throws {
        let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/ledger-1.sql")
        let queue = try DatabaseQueue()
        let schema = try await queue.write { db in
            try LedgerMigrations.steps[0](db)
            return try String.fetchAll(
                db, sql: "SELECT sql || ';' FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
            ).joined(separator: "\n") + "\n"
        }
        if ProcessInfo.processInfo.environment["KAGARI_GOLDEN"] == "write" {
            try schema.write(to: golden, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: golden, encoding: .utf8) == schema)
    }

    @Test func `every earlier version is led to this one, and a later one is refused`()
        async throws
    {
        for version in 0...LedgerMigrations.version {
            let queue = try DatabaseQueue()
            try await queue.write { db in
                for step in LedgerMigrations.steps[..<version] { try step(db) }
                try db.execute(sql: "PRAGMA user_version = \(version)")
                try LedgerMigrations.migrate(db)
                #expect(try LedgerMigrations.version(of: db) == LedgerMigrations.version)
            }
        }
        let queue = try DatabaseQueue()
        let code = try await code {
            try await queue.write { db in
                try db.execute(sql: "PRAGMA user_version = \(LedgerMigrations.version + 1)")
                try LedgerMigrations.migrate(db)
            }
        }
        #expect(code == .refused)
    }

    @Test func `a key file is made for its owner alone, and one open to others is refused`()
        async throws
    {
        let folder = try LedgerBench.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var random = SplitMix64(seed: 1)
        let path = "\(folder)/ledger.key"
        let made = try LedgerKeys.load(from: path, using: &random)
        let loaded = try LedgerKeys.load(from: path, using: &random)
        #expect(made.publicKeyBytes == loaded.publicKeyBytes)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let open = try await code { _ = try LedgerKeys.load(from: path, using: &random) }
        #expect(open == .refused)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try Data([1]).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        let short = try await code { _ = try LedgerKeys.load(from: path, using: &random) }
        #expect(short == .damaged)
    }
}
