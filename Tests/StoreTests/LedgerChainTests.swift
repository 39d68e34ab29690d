import Engine
import Foundation
import GRDB
import Synchronization
import TestKit
import Testing
import Tenancy
@testable import Store

@Suite struct `Ledger chain` {
    private func lines(_ bench: LedgerBench, _ tenant: TenantID = LedgerBench.acme) async throws
        -> [String]
    {
        let lines = Mutex<[String]>([])
        try await bench.ledger.export(tenant, in: bench.scope(.export, .ledger, [tenant])) { line in
            lines.withLock { $0.append(line) }
        }
        return lines.withLock { $0 }
    }

    private func verify(_ lines: [String], known: [SignedHead] = []) -> LedgerReport {
        var verifier = LedgerVerifier(publicKey: LedgerBench.keys.publicKey, known: known)
        for line in lines { verifier.read(line) }
        return verifier.finish()
    }

    @Test func `a chain with every kind of work holds, and is signed to its end`() async throws {
        try await LedgerBench.with { bench in
            try await bench.workThrough()
            _ = try await bench.ledger.signHeads(now: LedgerBench.at(50))
            let report = try verify(await lines(bench))
            #expect(report.holds, "\(report)")
            #expect(report.entries > 20)
            #expect(report.signedUpTo == report.entries)
            #expect(
                try await bench.ledger.verify(LedgerBench.acme, in: bench.scope(.read, .ledger))
                    == report)
        }
    }

    @Test func `every altered line, missing, doubled or moved entry is named`() async throws {
        try await LedgerBench.with { bench in
            try await bench.workThrough()
            _ = try await bench.ledger.signHeads(now: LedgerBench.at(50))
            let lines = try await lines(bench)
            let entries = lines.indices.filter { lines[$0].hasPrefix(#"{"entry""#) }
            for (number, index) in entries.enumerated().dropLast() {
                let position = UInt64(number + 1)
                var missing = lines
                missing.remove(at: index)
                #expect(verify(missing).fault == .missing(position: position))
                var doubled = lines
                doubled.insert(lines[index], at: index)
                #expect(verify(doubled).fault == .doubled(position: position))
                var moved = lines
                moved.swapAt(index, entries[number + 1])
                #expect(verify(moved).fault == .reordered(position: position))
            }
        }
    }

    @Test func `no change of one character in an entry goes unseen`() async throws {
        try await LedgerBench.with { bench in
            try await bench.workThrough()
            _ = try await bench.ledger.signHeads(now: LedgerBench.at(50))
            let lines = try await lines(bench)
            var random = SplitMix64(seed: 7)
            for _ in 0..<400 {
                var damaged = lines
                let index = Int.random(in: 1..<lines.count, using: &random)
                var bytes = Array(lines[index].utf8)
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] ^= UInt8(1 << Int.random(in: 0..<7, using: &random))
                damaged[index] = String(decoding: bytes, as: UTF8.self)
                // Blanks between members, and letter case of an escape, mean the same.
                guard damaged[index] != lines[index],
                    (try? CanonicalJSON(reading: damaged[index], bytesMax: 1 << 23))
                        != (try? CanonicalJSON(reading: lines[index], bytesMax: 1 << 23))
                else { continue }
                #expect(!verify(damaged).holds, "line \(index), byte \(place)")
            }
        }
    }

    @Test func `a chain written anew after its signature is found by the head`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            _ = try await bench.ledger.signHeads(now: LedgerBench.at(50))
            let honest = try await lines(bench)
            var forged: [String] = []
            var previous = LedgerDigest.zero
            for line in honest {
                let json = try CanonicalJSON(reading: line, bytesMax: 1 << 23)
                guard let member = json["entry"], let old = LedgerLines.entry(member) else {
                    forged.append(line)
                    continue
                }
                let body = try #require(old.body)
                let text = body.text.replacingOccurrences(of: "maria", with: "nobody")
                let entry = LedgerEntry.next(
                    after: previous, position: old.position, tenant: old.tenant, time: old.time,
                    actor: old.actor, kind: old.kind, subject: old.subject,
                    body: EntryBody(text: text, salt: body.salt))
                previous = entry.hash
                forged.append(LedgerLines.line(of: entry))
            }
            guard case .rewritten = verify(forged).fault else {
                Issue.record("\(verify(forged))")
                return
            }
        }
    }

    @Test func `an end that was cut off is found by a head kept elsewhere`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let heads = try await bench.ledger.signHeads(now: LedgerBench.at(50))
            let known = try #require(heads.first { $0.tenant == LedgerBench.acme })
            let cut = try await lines(bench).dropLast(2).filter { !$0.hasPrefix(#"{"head""#) }
            #expect(verify(Array(cut)).holds)
            #expect(
                verify(Array(cut), known: [known]).fault
                    == .truncated(last: known.position - 1, signed: known.position))
        }
    }

    @Test func `a head signed by another key is named`() async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            let heads = try await bench.ledger.signHeads(now: LedgerBench.at(50))
            let known = try #require(heads.first { $0.tenant == LedgerBench.acme })
            let other = try #require(
                LedgerKeys(
                    signing: [UInt8](repeating: 9, count: 32),
                    sealing: [UInt8](repeating: 9, count: 32)))
            let forged = try other.sign(
                tenant: known.tenant, position: known.position, hash: known.hash,
                time: known.time)
            var lines = try await lines(bench)
            lines[lines.count - 1] = LedgerLines.line(of: forged)
            #expect(verify(lines).fault == .wrongSignature(position: known.position))
        }
    }

    @Test(arguments: ["entries", "bodies", "heads"])
    func `no statement changes or deletes what is written`(table: String) async throws {
        try await LedgerBench.with { bench in
            try await bench.keepTwo()
            _ = try await bench.ledger.signHeads(now: LedgerBench.at(50))
            for statement in ["UPDATE \(table) SET tenant = 'x'", "DELETE FROM \(table)"] {
                let code = try await code {
                    try await bench.ledger.write { db in try db.execute(sql: statement) }
                }
                #expect(code == .conflict)
            }
        }
    }

    @Test func `heads are signed by themselves once the interval is over`() async throws {
        try await LedgerBench.with(headInterval: .seconds(60)) { bench in
            func heads() async throws -> Int {
                try await bench.ledger.read { db in
                    try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM heads WHERE tenant = 'acme'")
                        ?? 0
                }
            }
            try await bench.keepTwo()
            #expect(try await heads() == 1)
            try await bench.act(.comment("One"), now: LedgerBench.at(69))
            #expect(try await heads() == 1)
            try await bench.act(.comment("Two"), now: LedgerBench.at(70))
            #expect(try await heads() == 2)
        }
    }

    @Test func `the tables follow from the entries alone`() async throws {
        try await LedgerBench.with { bench in
            try await bench.workThrough()
            let read = try bench.scope(.read, .ledger, [Ledger.provider])
            #expect(try await bench.ledger.projectionFaults(in: read) == [])
            let before = try await bench.ledger.read { try Projection.digests($0) }
            try await bench.ledger.rebuildProjections(
                in: bench.scope(.create, .ledger, [Ledger.provider]))
            #expect(try await bench.ledger.read { try Projection.digests($0) } == before)
            try await bench.ledger.write { db in
                try db.execute(sql: "UPDATE incidents SET verdict = 'false-positive'")
            }
            #expect(try await bench.ledger.projectionFaults(in: read) == ["incidents"])
        }
    }

    @Test func `an erased tenant's words are gone and its chain holds`() async throws {
        try await LedgerBench.with { bench in
            try await bench.workThrough()
            let tenants = try bench.scope(.update, .tenants, [Ledger.provider])
            try await bench.ledger.update(
                TenantRecord(id: LedgerBench.acme, name: "Acme", state: .leaving),
                now: LedgerBench.at(60), in: tenants)
            _ = try await bench.ledger.erase(
                LedgerBench.acme, now: LedgerBench.at(61),
                in: bench.scope(.delete, .tenants, [Ledger.provider]))
            let report = try verify(await lines(bench))
            #expect(report.holds, "\(report)")
            #expect(report.erased == report.entries)
            let page = try await bench.ledger.incidents(
                matching: IncidentQuery(), in: bench.scope(.read, .incidents))
            #expect(page.incidents.isEmpty)
            #expect(
                try await bench.ledger.projectionFaults(
                    in: bench.scope(.read, .ledger, [Ledger.provider])) == [])
            #expect(try await code { try await bench.keepTwo() } == .missing)
        }
    }

    @Test func `no line of an export holds a secret`() async throws {
        try await LedgerBench.with { bench in
            try await bench.workThrough()
            #expect(try await lines(bench).allSatisfy { !$0.contains("scrypt") })
        }
    }

    @Test func `a second process is told who has the ledger`() async throws {
        try await LedgerBench.with { bench in
            let code = try await code {
                _ = try await Ledger.open(
                    in: bench.folder, keys: LedgerBench.keys, now: LedgerBench.at(1),
                    random: SplitMix64(seed: 2))
            }
            #expect(code == .locked)
        }
    }

    @Test func `what was written is there after opening again`() async throws {
        let folder = try LedgerBench.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for round in 0..<3 {
            let ledger = try await Ledger.open(
                in: folder, keys: LedgerBench.keys, now: LedgerBench.at(1),
                random: SplitMix64(seed: UInt64(round)))
            let bench = LedgerBench(folder: folder, ledger: ledger)
            let scope = try bench.scope(.create, .tenants, [Ledger.provider])
            try await ledger.create(
                TenantRecord(id: LedgerBench.tenant("t\(round)"), name: "T"),
                now: LedgerBench.at(2), in: scope)
            let all = try await ledger.values(
                TenantRecord.self, in: bench.scope(.read, .tenants, [Ledger.provider]))
            #expect(all.count == round + 2)
            try await ledger.close(now: LedgerBench.at(3))
        }
    }
}
