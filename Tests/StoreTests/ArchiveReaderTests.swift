import Engine
import Foundation
import Synchronization
import Tenancy
import TestKit
import Testing

@testable import Store

@Suite struct `An archive's reader` {
    private func filled(_ count: Int) throws -> (ScratchFolder, ArchiveWriter, [ArchivedRecord]) {
        let folder = try ScratchFolder()
        let writer = try openArchive(
            folder, key: .ofTests, limits: ArchiveLimits(segmentBytesMax: 30_000))
        let records = webRecords(count, seed: 5)
        for part in stride(from: 0, to: count, by: 10) {
            _ = try writer.append(Array(records[part..<min(part + 10, count)]), at: start)
        }
        return (folder, writer, expected(records))
    }

    @Test func `begins at any sequence, with and without indexes`() throws {
        let (folder, writer, records) = try filled(600)
        try writer.close()
        #expect(folder.names(".kseg").count > 2)
        for round in 0..<2 {
            for sequence in [1, 2, 10, 11, 299, 300, 599, 600] as [UInt64] {
                let all = try readAll(folder, key: .ofTests, from: sequence)
                #expect(all.records == Array(records[Int(sequence - 1)...]))
                let reader = try ArchiveReader(
                    folder: folder.archive, tenant: acme, key: .ofTests)
                #expect(try reader.record(sequence) == records[Int(sequence - 1)])
            }
            #expect(try readAll(folder, key: .ofTests, from: 601).isEmpty)
            guard round == 0 else { continue }
            for (number, name) in folder.names(".kidx").enumerated() {
                if number % 2 == 0 {
                    try folder.remove(name)
                } else {
                    try folder.write([1], to: name)
                }
            }
        }
    }

    @Test func `begins at any time of receipt`() throws {
        let (folder, _, records) = try filled(300)
        let reader = try ArchiveReader(folder: folder.archive, tenant: acme, key: .ofTests)
        for index in [0, 1, 57, 123, 299] {
            let time = records[index].received
            #expect(try reader.firstSequence(receivedSince: time) == UInt64(index + 1))
            let before = Timestamp(nanoseconds: time.nanoseconds - 1)
            #expect(try reader.firstSequence(receivedSince: before) == UInt64(index + 1))
        }
        let after = Timestamp(nanoseconds: records[299].received.nanoseconds + 1)
        #expect(try reader.firstSequence(receivedSince: after) == nil)
    }

    @Test func `bounds a batch by records and by bytes`() throws {
        let (folder, _, records) = try filled(100)
        let reader = try ArchiveReader(folder: folder.archive, tenant: acme, key: .ofTests)
        #expect(try reader.next(recordsMax: 7).records.count == 7)
        let two = records[7].bytes.count + records[8].bytes.count
        #expect(try reader.next(bytesMax: two).records.count == 2)
        #expect(try reader.next(bytesMax: two - 1).records.count >= 1)
        reader.seek(to: 50)
        #expect(try reader.next(bytesMax: 1).records.map(\.sequence) == [50])
        #expect(reader.nextSequence == 51)
    }

    @Test func `passes no record for a frame, even where the bytes before it are damaged`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        _ = try writer.append([plainRecord("real")], at: start)
        let name = try #require(folder.names(".kseg").first)
        // A sender who knows the format sends a whole frame, in bytes that do not compress.
        var forged = try folder.bytes(name)
        forged.removeFirst(SegmentHeader.byteCount)
        forged[4] ^= 1
        var random = SplitMix64(seed: 1)
        var record = plainRecord("")
        record.bytes = forged + (0..<4000).map { _ in UInt8.random(in: 0...255, using: &random) }
        _ = try writer.append([record], at: start)
        _ = try writer.append([plainRecord("last")], at: start)
        var bytes = try folder.bytes(name)
        let second = SegmentHeader.byteCount + forged.count
        bytes[second] ^= 1
        try folder.write(bytes, to: name)
        let all = try readAll(folder)
        #expect(all.records.map(\.sequence) == [1, 3])
        #expect(all.gaps.map(\.cause) == [.damaged(.header)])
        #expect(all.gaps.map(\.offset) == [UInt64(second)])
    }

    @Test func `reads whole durable frames only, in order, while the writer appends`() throws {
        let folder = try ScratchFolder()
        let limits = ArchiveLimits(segmentBytesMax: 20_000)
        let path = folder.archive
        let told = Mutex<DurableEnd?>(nil)
        let thread = Thread {
            let writer = try? ArchiveWriter(
                folder: path, tenant: acme, key: .ofTests, limits: limits, now: start,
                chance: SplitMix64(seed: 7))
            told.withLock { $0 = writer?.durableEnd }
            for seed in 0..<300 as Range<UInt64> {
                _ = try? writer?.append(variedRecords(8, seed: seed), at: start)
            }
        }
        thread.start()
        var end: DurableEnd?
        while end == nil { end = told.withLock { $0 } }
        let readers = try [end, nil].map {
            try ArchiveReader(folder: path, tenant: acme, key: .ofTests, end: $0)
        }
        var next: [UInt64] = [1, 1]
        while next.contains(where: { $0 <= 2400 }) {
            for (index, reader) in readers.enumerated() {
                let batch = try reader.next(recordsMax: 50)
                #expect(batch.gaps == [])
                for record in batch.records {
                    #expect(record.sequence == next[index])
                    next[index] += 1
                }
            }
        }
    }
}
