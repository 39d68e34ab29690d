import Engine
import Foundation
import Synchronization
import Tenancy
import TestKit
import Testing

@testable import Store

private let keys: [TenantKey?] = [nil, .ofTests]

@Suite struct `An archive after a crash` {
    @Test(arguments: keys.indices)
    func `loses nothing but the frame that was cut, wherever that was`(index: Int) throws {
        let key = keys[index]
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try openArchive(folder, key: key)
        _ = try writer?.append(variedRecords(3, seed: 1), at: start)
        let name = try #require(folder.names(".kseg").first)
        let whole = try folder.bytes(name).count
        _ = try writer?.append([plainRecord("the last", key: recordKey(9))], at: start)
        writer = nil
        let bytes = try folder.bytes(name)
        for count in whole..<bytes.count {
            let crashed = try folder.copy()
            try crashed.write(Array(bytes[..<count]), to: name)
            let torn = try verify(crashed, key: key)
            #expect(torn.isSound && torn.problemCount == (count > whole ? 1 : 0))
            #expect(try readAll(crashed, key: key).records.count == 3)
            let again = try openArchive(crashed, key: key, seed: 99)
            #expect(again.recovery.tornByteCount == UInt64(count - whole))
            #expect(again.recovery.damages == [])
            if count > whole {
                let kept = try crashed.bytes(try #require(again.recovery.tornFile))
                #expect(kept == Array(bytes[whole..<count]))
            }
            let outcomes = try again.append([plainRecord("again", key: recordKey(9))], at: start)
            #expect(outcomes == [.stored(4)])
            #expect(try verify(crashed, key: key).problems == [])
        }
    }

    @Test func `cuts a last frame off whose bytes were not all written`() throws {
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try openArchive(folder)
        _ = try writer?.append([plainRecord("first")], at: start)
        let name = try #require(folder.names(".kseg").first)
        let whole = try folder.bytes(name).count
        _ = try writer?.append([plainRecord("second")], at: start)
        writer = nil
        var bytes = try folder.bytes(name)
        // The file system knew the length but had not written the pages.
        for index in (whole + 60)..<bytes.count { bytes[index] = 0 }
        try folder.write(bytes, to: name)
        writer = try openArchive(folder)
        #expect(writer?.recovery.tornByteCount == UInt64(bytes.count - whole))
        #expect(writer?.durableEnd.sequence == 1)
    }

    @Test func `leaves damage in the middle where it is, and goes on behind the last record`()
        throws
    {
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try openArchive(folder)
        for text in ["a", "b", "c"] { _ = try writer?.append([plainRecord(text)], at: start) }
        writer = nil
        let name = try #require(folder.names(".kseg").first)
        var bytes = try folder.bytes(name)
        bytes[SegmentHeader.byteCount + FrameHeader.byteCount + 3] ^= 0x10
        try folder.write(bytes, to: name)
        writer = try openArchive(folder)
        #expect(writer?.recovery.tornByteCount == 0)
        #expect(writer?.recovery.damages.map(\.damage) == [.checksum])
        #expect(try writer?.append([plainRecord("d")], at: start) == [.stored(4)])
        let all = try readAll(folder)
        #expect(all.records.map(\.sequence) == [2, 3, 4])
        #expect(all.gaps.map(\.first) == [1] && all.gaps.map(\.last) == [1])
        #expect(all.gaps.first?.cause == .damaged(.checksum))
    }

    @Test func `reads a segment with the header's copy where its own is damaged`() throws {
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try openArchive(folder, key: .ofTests)
        _ = try writer?.append([plainRecord("a")], at: start)
        writer = nil
        let name = try #require(folder.names(".kseg").first)
        var bytes = try folder.bytes(name)
        bytes[20] ^= 1
        try folder.write(bytes, to: name)
        #expect(try readAll(folder, key: .ofTests).records.count == 1)
        #expect(try !verify(folder, key: .ofTests).isSound)
        writer = try openArchive(folder, key: .ofTests, seed: 8)
        #expect(try writer?.append([plainRecord("b")], at: start) == [.stored(2)])
        #expect(folder.names(".kseg").count == 2)
        #expect(try readAll(folder, key: .ofTests).records.map(\.sequence) == [1, 2])
    }

    @Test func `is not opened for writing where nobody can say which sequence comes next`() throws {
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try openArchive(folder)
        _ = try writer?.append([plainRecord("a")], at: start)
        writer = nil
        let name = try #require(folder.names(".kseg").first)
        var bytes = try folder.bytes(name)
        bytes[20] ^= 1
        try folder.write(bytes, to: name)
        try folder.remove(try #require(folder.names(".kidx").first))
        #expect(failure { _ = try openArchive(folder) } == .damaged)
    }

    @Test func `keeps no more than 16 torn ends`() throws {
        let folder = try ScratchFolder()
        for round in 0..<20 {
            let writer = try openArchive(folder, seed: UInt64(round))
            _ = try writer.append([plainRecord("\(round)")], at: start)
            try writer.close()
            let name = try #require(folder.names(".kseg").first)
            try folder.write(try folder.bytes(name) + [1, 2, 3], to: name)
        }
        _ = try openArchive(folder)
        #expect(folder.names(".torn").count == ArchiveLimits.tornFilesMax)
        #expect(try readAll(folder).records.count == 20)
    }

    @Test func `has every acknowledged record in a copy taken at any moment`() async throws {
        let folder = try ScratchFolder()
        let limits = ArchiveLimits(segmentBytesMax: 20_000)
        try openArchive(folder, limits: limits).close()
        let told = Mutex<DurableEnd?>(nil)
        let isOver = Mutex(false)
        let path = folder.archive
        let thread = Thread {
            let writer = try? ArchiveWriter(
                folder: path, tenant: acme, key: nil, limits: limits, now: start,
                chance: SplitMix64(seed: 7))
            told.withLock { $0 = writer?.durableEnd }
            for seed in 0..<400 as Range<UInt64> {
                _ = try? writer?.append(variedRecords(8, seed: seed), at: start)
            }
            isOver.withLock { $0 = true }
        }
        thread.start()
        var copies = 0
        while !isOver.withLock({ $0 }) || copies == 0 {
            // Told before the files are looked at, so the copy must hold it.
            let acknowledged = told.withLock { $0?.sequence ?? 0 }
            let copy = try copyByName(path)
            let again = try openArchive(copy, limits: limits)
            #expect(again.durableEnd.sequence >= acknowledged)
            #expect(again.recovery.damages == [])
            #expect(try readAll(copy).gaps == [])
            copies += 1
        }
        #expect(try readAll(folder).records.count == 400 * 8)
    }

    /// Oldest first, as the files grow: a later one is never copied before an earlier one.
    private func copyByName(_ path: String) throws -> ScratchFolder {
        let copy = try ScratchFolder()
        try FileManager.default.createDirectory(
            atPath: copy.archive, withIntermediateDirectories: true)
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        for name in names.sorted() where name.hasSuffix(".kseg") {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
            try copy.write(Array(bytes), to: name)
        }
        return copy
    }
}
