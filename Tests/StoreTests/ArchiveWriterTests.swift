import Engine
import Foundation
import Tenancy
import TestKit
import Testing

@testable import Store

private let keys: [TenantKey?] = [nil, .ofTests]

@Suite struct `An archive's writer` {
    @Test(arguments: keys.indices)
    func `gives back every record as it was handed in`(index: Int) throws {
        let key = keys[index]
        let folder = try ScratchFolder()
        let writer = try openArchive(folder, key: key)
        let records = variedRecords(700, seed: 1)
        for part in stride(from: 0, to: 700, by: 70) {
            _ = try writer.append(Array(records[part..<(part + 70)]), at: start)
        }
        let all = try readAll(folder, key: key)
        #expect(all.gaps == [])
        #expect(all.records == expected(records))
        #expect(try verify(folder, key: key).isSound)
        #expect(try verify(folder, key: key).recordCount == 700)
    }

    @Test func `gives sequences from 1 without gaps, over openings`() throws {
        let folder = try ScratchFolder()
        var next: UInt64 = 1
        for round in 0..<4 {
            let writer = try openArchive(folder, seed: UInt64(round))
            let outcomes = try writer.append(
                (0..<3).map { plainRecord("\(round) \($0)") }, at: start)
            #expect(outcomes == [.stored(next), .stored(next + 1), .stored(next + 2)])
            next += 3
            #expect(writer.durableEnd.sequence == next - 1)
            try writer.close()
        }
        #expect(try verify(folder).isSound)
        #expect(folder.names(".kseg").count == 1)
    }

    @Test func `cuts what is handed in at once into frames of 4 MiB and 65,536 records`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        let long = PendingRecord(
            received: start, source: sourceA, content: .record(.syslog),
            bytes: [UInt8](repeating: 0x61, count: 3 << 20))
        _ = try writer.append([long, long, plainRecord("short")], at: start)
        #expect(try verify(folder).frameCount == 2)
        let empty = PendingRecord(
            received: start, source: sourceA, content: .record(.syslog), bytes: [])
        _ = try writer.append([PendingRecord](repeating: empty, count: 65_537), at: start)
        let report = try verify(folder)
        #expect(report.frameCount >= 4)
        #expect(report.recordCount == 3 + 65_537)
        #expect(report.isSound)
    }

    @Test func `takes a record of 16 MiB and refuses one byte more, keeping nothing of the call`()
        throws
    {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        var record = plainRecord("")
        record.bytes = [UInt8](repeating: 0x20, count: ArchiveLimits.recordBytesMax)
        #expect(try writer.append([record], at: start) == [.stored(1)])
        record.bytes.append(0x20)
        let code = failure { _ = try writer.append([plainRecord("before"), record], at: start) }
        #expect(code == .tooLarge)
        #expect(try writer.append([plainRecord("after")], at: start) == [.stored(2)])
        let all = try readAll(folder)
        #expect(all.records.map(\.bytes.count) == [ArchiveLimits.recordBytesMax, 5])
    }

    @Test(arguments: [(255, 64, true), (256, 64, false), (255, 65, false), (255, 0, false)])
    func `bounds the host and the name of a control`(host: Int, control: Int, isFine: Bool) throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        var record = plainRecord("x")
        record.envelope.host = String(repeating: "h", count: host)
        record.content = .control(String(repeating: "c", count: control))
        let code = failure { _ = try writer.append([record], at: start) }
        #expect(code == (isFine ? nil : .tooLarge))
    }

    @Test func `takes labels of 8 KiB, and refuses a byte more`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        var record = plainRecord("x")
        record.envelope.labels = [UInt8](repeating: 0x20, count: ArchiveLimits.labelBytesMax)
        #expect(try writer.append([record], at: start) == [.stored(1)])
        record.envelope.labels.append(0x20)
        #expect(failure { _ = try writer.append([record], at: start) } == .tooLarge)
        let read = try readAll(folder).records.map(\.envelope.labels.count)
        #expect(read == [ArchiveLimits.labelBytesMax])
    }

    @Test func `records that each say something else fill a frame by their labels, too`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        let filler = String(repeating: "l", count: 8_000)
        let records = (0..<1_500).map { number in
            var record = plainRecord("x")
            record.envelope.labels = Array("{\"n\":\"\(number)\(filler)\"}".utf8)
            return record
        }
        _ = try writer.append(records, at: start)
        #expect(try readAll(folder).records.map(\.envelope) == records.map(\.envelope))
    }

    @Test func `refuses a call of too many records or bytes whole`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        let many = [PendingRecord](
            repeating: plainRecord(""), count: ArchiveLimits.appendRecordsMax + 1)
        #expect(failure { _ = try writer.append(many, at: start) } == .tooLarge)
        var record = plainRecord("")
        record.bytes = [UInt8](repeating: 1, count: ArchiveLimits.recordBytesMax)
        let heavy = [PendingRecord](repeating: record, count: 4) + [plainRecord("x")]
        #expect(failure { _ = try writer.append(heavy, at: start) } == .tooLarge)
        #expect(writer.durableEnd.sequence == 0)
    }

    @Test func `keeps hosts apart that only Swift holds equal`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        let hosts = ["caf\u{E9}", "cafe\u{301}"]
        #expect(hosts[0] == hosts[1])
        let records = hosts.map { host in
            var record = plainRecord("x")
            record.envelope.host = host
            return record
        }
        _ = try writer.append(records, at: start)
        let read = try readAll(folder).records.map { Array(($0.envelope.host ?? "").utf8) }
        #expect(read == hosts.map { Array($0.utf8) })
    }

    @Test func `begins a new segment by size and by age, and chains it to the one before`() throws {
        let folder = try ScratchFolder()
        let limits = ArchiveLimits(segmentBytesMax: 8192, segmentAgeMax: .seconds(3600))
        let writer = try openArchive(folder, limits: limits)
        for index in 0..<40 {
            _ = try writer.append(Array(variedRecords(5, seed: UInt64(index))), at: start)
        }
        let bySize = folder.names(".kseg").count
        #expect(bySize > 2)
        _ = try writer.append([plainRecord("late")], at: start.after(seconds: 3599))
        #expect(folder.names(".kseg").count <= bySize + 1)
        let before = folder.names(".kseg").count
        _ = try writer.append([plainRecord("later")], at: start.after(seconds: 7200))
        #expect(folder.names(".kseg").count == before + 1)
        let report = try verify(folder)
        #expect(report.isSound, "\(report.text)")
        #expect(report.recordCount == 202)
        #expect(try readAll(folder).records.count == 202)
    }

    @Test func `has a folder for itself`() throws {
        let folder = try ScratchFolder()
        let first = try openArchive(folder)
        do {
            _ = try openArchive(folder)
            Issue.record("two writers")
        } catch let error as StoreFailure {
            #expect(error.code == .locked)
            #expect(error.message.contains("stop it"))
        }
        _ = try first.append([plainRecord("x")], at: start)
    }

    @Test func `goes on under a key after a plain beginning, and never under another key`() throws {
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try openArchive(folder)
        _ = try writer?.append([plainRecord("plain")], at: start)
        writer = nil
        writer = try openArchive(folder, key: .ofTests, seed: 8)
        _ = try writer?.append([plainRecord("sealed")], at: start)
        writer = nil
        #expect(failure { _ = try openArchive(folder, key: .other) } == .refused)
        #expect(failure { _ = try openArchive(folder, key: nil) } == .refused)
        #expect(failure { _ = try readAll(folder, key: .other) } == .refused)
        let all = try readAll(folder, key: .ofTests)
        #expect(
            all.records.map { String(decoding: $0.bytes, as: UTF8.self) } == ["plain", "sealed"])
        #expect(try verify(folder, key: .ofTests).isSound)
        let withoutKey = try verify(folder)
        #expect(withoutKey.isSound)
        #expect(withoutKey.unopenedCount == 1)
    }

    @Test func `seals so that no text is seen on the disk`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder, key: .ofTests)
        let secret = "correct horse battery staple"
        var record = plainRecord(secret)
        record.envelope.host = "a-host-that-nobody-sees"
        _ = try writer.append([record], at: start)
        for name in folder.names() {
            let text = String(decoding: try folder.bytes(name), as: UTF8.self)
            #expect(!text.contains("horse"))
            #expect(!text.contains("nobody"))
        }
    }
}

@Suite struct `Records with a key` {
    @Test func `are stored once, within a call, over calls and over openings`() throws {
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try openArchive(folder, key: .ofTests)
        let a = plainRecord("a", key: recordKey(1))
        let b = plainRecord("b", key: recordKey(2))
        let none = plainRecord("none")
        #expect(
            try writer?.append([a, none, a], at: start) == [.stored(1), .stored(2), .duplicate])
        #expect(
            try writer?.append([a, none, b], at: start) == [.duplicate, .stored(3), .stored(4)])
        #expect(try writer?.append([a, b], at: start) == [.duplicate, .duplicate])
        writer = nil
        writer = try openArchive(folder, key: .ofTests)
        #expect(writer?.recovery.keyCount == 2)
        #expect(
            try writer?.append([b, a, none], at: start) == [.duplicate, .duplicate, .stored(5)])
    }

    @Test func `are forgotten after the stated age`() throws {
        let folder = try ScratchFolder()
        let limits = ArchiveLimits(keyAgeMax: .seconds(60))
        var writer: ArchiveWriter? = try openArchive(folder, limits: limits)
        let a = plainRecord("a", key: recordKey(1))
        _ = try writer?.append([a], at: start)
        #expect(try writer?.append([a], at: start.after(seconds: 60)) == [.duplicate])
        #expect(try writer?.append([a], at: start.after(seconds: 61)) == [.stored(2)])
        writer = nil
        writer = try openArchive(folder, limits: limits, now: start.after(seconds: 61))
        #expect(writer?.recovery.keyCount == 0)
    }

    @Test func `are forgotten beyond the stated number, oldest first, also over openings`() throws {
        let folder = try ScratchFolder()
        let limits = ArchiveLimits(segmentBytesMax: 4096, keysMax: 100)
        var writer: ArchiveWriter? = try openArchive(folder, limits: limits)
        let records = (0..<150).map { plainRecord("\($0)", key: recordKey($0)) }
        for record in records { _ = try writer?.append([record], at: start) }
        #expect(folder.names(".kseg").count > 1)
        for _ in 0..<2 {
            let outcomes = try #require(try writer?.append(Array(records[60...]), at: start))
            #expect(outcomes.allSatisfy { $0 == .duplicate })
            writer = nil
            writer = try openArchive(folder, limits: limits)
            #expect(writer?.recovery.keyCount == 100)
        }
        #expect(try writer?.append([records[49]], at: start) == [.stored(151)])
    }

    @Test func `are told as a plain set tells them`() {
        var random = SplitMix64(seed: 3)
        var window = KeyWindow(countMax: 64, ageMax: .seconds(1000))
        var order: [RecordKey] = []
        for _ in 0..<20_000 {
            let key = RecordKey(high: 1, low: UInt64.random(in: 0..<120, using: &random))
            #expect(window.contains(key, at: start) == order.contains(key))
            guard !order.contains(key) else { continue }
            window.insert(key, received: start)
            order.append(key)
            if order.count > 64 { order.removeFirst() }
        }
        #expect(window.count == 64)
    }
}
