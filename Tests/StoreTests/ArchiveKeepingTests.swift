import Engine
import Foundation
import Tenancy
import TestKit
import Testing

@testable import Store

private let keys: [TenantKey?] = [nil, .ofTests]

@Suite struct `Retaining records` {
    private let limits = ArchiveLimits(segmentBytesMax: 4096)

    /// A segment an hour, ten records each.
    private func filled(_ folder: ScratchFolder, hours: Int64) throws -> ArchiveWriter {
        let writer = try openArchive(folder, limits: limits)
        for hour in 0..<hours {
            let time = start.after(seconds: hour * 3600)
            let records = variedRecords(10, seed: UInt64(hour)).map { record in
                var record = record
                record.received = time
                return record
            }
            _ = try writer.append(records, at: time)
            try writer.seal()
        }
        return writer
    }

    @Test func `by age removes what is older, writes it down, and leaves a sound archive`() throws {
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try filled(folder, hours: 5)
        let now = start.after(seconds: 5 * 3600)
        let retention = Retention(ageMax: .seconds(3 * 3600))
        let removals = try #require(try writer?.retain(retention, now: now))
        #expect(removals.map(\.firstSequence) == [1, 11])
        #expect(removals.map(\.lastSequence) == [10, 20])
        #expect(removals.allSatisfy { $0.cause == .age })
        #expect(folder.names(".kseg").count == 3)
        let report = try verify(folder)
        #expect(report.isSound, "\(report.text)")
        #expect(report.sequences == 21...50)
        let all = try readAll(folder)
        #expect(all.gaps.map(\.cause) == [.removed])
        #expect(all.records.count == 30)
        #expect(try writer?.retain(retention, now: now) == [])
        // Nothing is left: the next record still gets the next sequence.
        _ = try writer?.retain(retention, now: now.after(seconds: 10 * 3600))
        #expect(folder.names(".kseg") == [])
        writer = nil
        writer = try openArchive(folder, limits: limits, seed: 8)
        #expect(try writer?.append([plainRecord("next")], at: now) == [.stored(51)])
        #expect(try verify(folder).isSound)
    }

    @Test func `by age closes a segment that nobody writes to any more`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        _ = try writer.append([plainRecord("old")], at: start)
        let retention = Retention(ageMax: .seconds(60))
        #expect(try writer.retain(retention, now: start.after(seconds: 60)) == [])
        #expect(try writer.retain(retention, now: start.after(seconds: 61)).count == 1)
        #expect(try writer.append([plainRecord("new")], at: start) == [.stored(2)])
        #expect(try verify(folder).isSound)
    }

    @Test func `by size removes the oldest until the rest fits, and never the open segment`() throws
    {
        let folder = try ScratchFolder()
        let writer = try filled(folder, hours: 5)
        _ = try writer.append(variedRecords(10, seed: 50), at: start)
        let total = try verify(folder).byteCount
        #expect(try writer.retain(Retention(bytesMax: total), now: start) == [])
        let one = try writer.retain(Retention(bytesMax: total - 1), now: start)
        #expect(one.map(\.cause) == [.size])
        _ = try writer.retain(Retention(bytesMax: 0), now: start)
        #expect(folder.names(".kseg").count == 1)
        #expect(try readAll(folder).records.map(\.sequence) == Array(51...60))
        #expect(try verify(folder).isSound)
    }

    @Test func `finishes a removal that a crash cut short`() throws {
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try filled(folder, hours: 2)
        let name = folder.names(".kseg")[0]
        let bytes = try folder.bytes(name)
        _ = try writer?.retain(
            Retention(ageMax: .seconds(5400)), now: start.after(seconds: 2 * 3600))
        writer = nil
        try folder.write(bytes, to: name)
        writer = try openArchive(folder)
        #expect(writer?.recovery.finishedRemovals == 1)
        #expect(!folder.names().contains(name))
    }

    @Test func `is told apart from a log of removals that was altered`() throws {
        let folder = try ScratchFolder()
        let writer = try filled(folder, hours: 3)
        _ = try writer.retain(Retention(bytesMax: 0), now: start)
        var text = String(decoding: try folder.bytes("removed.log"), as: UTF8.self)
        text.replace("removed\t11\t20", with: "removed\t11\t21")
        try folder.write(Array(text.utf8), to: "removed.log")
        let report = try verify(folder)
        #expect(report.problems.first == .removalLog(line: 2))
    }
}

@Suite struct `Compaction` {
    @Test(arguments: keys.indices)
    func `keeps every record and the chain, in fewer bytes`(index: Int) throws {
        let key = keys[index]
        let folder = try ScratchFolder()
        let writer = try openArchive(folder, key: key)
        var heads: [ChainHead] = []
        for part in 0..<60 {
            _ = try writer.append(webRecords(10, seed: UInt64(part), from: part * 10), at: start)
            heads.append(writer.head)
            if part % 20 == 19 { try writer.seal() }
        }
        _ = try writer.append([plainRecord("open")], at: start)
        let before = try readAll(folder, key: key)
        let bytesBefore = try verify(folder, key: key).byteCount
        let reader = try ArchiveReader(folder: folder.archive, tenant: acme, key: key)
        #expect(try reader.next(recordsMax: 5).records.count == 5)
        let outcomes = try SegmentCompaction.compact(
            folder: folder.archive, tenant: acme, key: key, segmentsMax: 10, now: start,
            chance: SplitMix64(seed: 3))
        #expect(outcomes.count == 3)
        for outcome in outcomes {
            guard case .written(let old, let new) = outcome.result else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(new < old / 2)
        }
        // A reader that was in the middle of a segment goes on.
        #expect(try reader.next(recordsMax: 1000).records.count == 596)
        #expect(try readAll(folder, key: key) == before)
        let report = try verify(folder, key: key, heads: heads)
        #expect(report.isSound, "\(report.text)")
        #expect(report.byteCount < bytesBefore / 2)
        #expect(report.headsFound == 60)
        _ = try writer.append([plainRecord("after")], at: start)
        #expect(try verify(folder, key: key).isSound)
        let again = try SegmentCompaction.compact(
            folder: folder.archive, tenant: acme, key: key, segmentsMax: 10, now: start,
            chance: SplitMix64(seed: 4))
        #expect(again == [])
    }

    @Test func `leaves a damaged segment as it is`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        for text in ["a", "b"] { _ = try writer.append([plainRecord(text)], at: start) }
        try writer.seal()
        _ = try writer.append([plainRecord("c")], at: start)
        let name = folder.names(".kseg")[0]
        var bytes = try folder.bytes(name)
        bytes[bytes.count - 1] ^= 1
        try folder.write(bytes, to: name)
        let outcomes = try SegmentCompaction.compact(
            folder: folder.archive, tenant: acme, key: nil, segmentsMax: 10, now: start,
            chance: SplitMix64(seed: 3))
        #expect(outcomes.map(\.result) == [.damaged(.header)])
        #expect(try folder.bytes(name) == bytes)
        #expect(!folder.names().contains { $0.hasSuffix(".compact") })
    }
}

@Suite struct `A tenant's key` {
    @Test func `is kept for its owner alone, and comes back`() throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/keys"
        let store = try KeyFolder(path)
        let key = try store.make(for: acme)
        #expect(try store.load(for: acme).id == key.id)
        let file = path + "/acme.key"
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.size] as? Int == 32)
        #expect(failure { _ = try store.make(for: acme) } == .refused)
        #expect(try store.load(for: acme).id == key.id)
        #expect(TenantKey().id != TenantKey().id)
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o610])
    func `is refused where others may reach it`(mode: Int) throws {
        let folder = try ScratchFolder()
        let store = try KeyFolder(folder.path + "/keys")
        _ = try store.make(for: acme)
        let file = folder.path + "/keys/acme.key"
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        #expect(failure { _ = try store.load(for: acme) } == .refused)
    }

    @Test(arguments: [0, 31, 33])
    func `of another length is no key`(count: Int) throws {
        let folder = try ScratchFolder()
        _ = try KeyFolder(folder.path + "/keys")
        let file = folder.path + "/keys/acme.key"
        #expect(
            FileManager.default.createFile(
                atPath: file, contents: Data(count: count),
                attributes: [.posixPermissions: 0o600]))
        #expect(failure { _ = try KeyFolder.read(file) } == .refused)
    }

    @Test func `is never shown`() {
        let key = TenantKey.ofTests
        var dumped = ""
        dump(key, to: &dumped)
        for text in ["\(key)", String(reflecting: key), dumped] {
            #expect(text.contains(key.id.description))
            #expect(!text.contains("00010203") && !text.contains("[0, 1, 2"))
        }
    }

    @Test func `once destroyed leaves nothing readable, and a certificate`() throws {
        let folder = try ScratchFolder()
        let store = try KeyFolder(folder.path + "/keys")
        let key = try store.make(for: acme)
        let writer = try openArchive(folder, key: key)
        _ = try writer.append(variedRecords(20, seed: 1), at: start)
        let certificate = try store.destroy(for: acme, heads: [writer.head], now: start)
        #expect(certificate.keyID == key.id && certificate.keyDigest == key.digest)
        #expect(certificate.heads == [writer.head])
        #expect(certificate.text.contains("The key of tenant acme was destroyed.\n"))
        #expect(certificate.text.contains(writer.head.hash.description))
        #expect(failure { _ = try store.load(for: acme) } == .missing)
        #expect(failure { _ = try store.destroy(for: acme, heads: [], now: start) } == .missing)
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/keys")
        #expect(left == [])
        #expect(failure { _ = try readAll(folder, key: nil) } == .refused)
        #expect(failure { _ = try readAll(folder, key: TenantKey()) } == .refused)
        // What was sealed can still be proved to be whole.
        #expect(try verify(folder).isSound)
    }
}

@Suite struct `A listing of an archive` {
    @Test func `tells of segments, of what was let go, and of a header that is damaged`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder, key: .ofTests)
        for hour in 0..<4 {
            let time = start.after(seconds: Int64(hour) * 3600)
            _ = try writer.append([plainRecord("\(hour)", at: time)], at: time)
            try writer.seal()
        }
        let old = Retention(ageMax: .seconds(3600))
        _ = try writer.retain(old, now: start.after(seconds: 2 * 3600))
        #expect(try writer.removedThrough() == 1)
        let listing = try ArchiveListing(folder: folder.archive, tenant: acme)
        #expect(listing.segments.map(\.sequences) == [2...2, 3...3, 4...4])
        #expect(listing.segments.allSatisfy { $0.isSealed && !$0.isCompacted })
        #expect(listing.lastSequence == 4)
        #expect(listing.removals.count == 1)
        let name = listing.segments[0].file
        var bytes = try folder.bytes(name)
        bytes[40] ^= 1
        try folder.write(bytes, to: name)
        try folder.remove(name.replacingOccurrences(of: ".kseg", with: ".kidx"))
        let damaged = try ArchiveListing(folder: folder.archive, tenant: acme)
        #expect(damaged.segments[0].sequences == nil)
        #expect(damaged.segments[1].sequences == 3...3)
    }

    @Test func `compaction passes over what it is told to pass over`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        for part in 0..<3 {
            for record in webRecords(200, seed: UInt64(part), from: part * 200) {
                _ = try writer.append([record], at: start)
            }
            try writer.seal()
        }
        let names = folder.names(".kseg")
        let outcomes = try SegmentCompaction.compact(
            folder: folder.archive, tenant: acme, key: nil, segmentsMax: 9, passing: [names[0]],
            now: start, chance: SplitMix64(seed: 3))
        #expect(outcomes.map(\.segment) == [names[1]])
        #expect(try verify(folder).isSound)
    }
}
