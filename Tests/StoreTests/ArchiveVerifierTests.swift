import Engine
import Tenancy
import TestKit
import Testing

@testable import Store

private let keys: [TenantKey?] = [nil, .ofTests]

@Suite struct `Verifying an archive` {
    /// Segments of a few frames each.
    private func filled(key: TenantKey? = nil) throws -> ScratchFolder {
        let folder = try ScratchFolder()
        let writer = try openArchive(
            folder, key: key, limits: ArchiveLimits(segmentBytesMax: 6000))
        for seed in 1..<16 as Range<UInt64> {
            _ = try writer.append(variedRecords(6, seed: seed), at: start)
        }
        try writer.close()
        return folder
    }

    /// Where the frames of a segment stand.
    private func frames(_ bytes: [UInt8]) throws -> [Range<Int>] {
        let header = try SegmentHeader(Array(bytes[..<SegmentHeader.byteCount]))
        var found: [Range<Int>] = []
        var at = SegmentHeader.byteCount
        while at < bytes.count {
            let frame = try #require(FrameHeader(bytes, at: at, mark: header.mark))
            let end = at + FrameHeader.byteCount + frame.storedByteCount
            found.append(at..<end)
            at = end
        }
        return found
    }

    @Test(arguments: keys.indices)
    func `finds any bit that was changed, and never stops before the end`(index: Int) throws {
        let key = keys[index]
        let folder = try filled(key: key)
        let names = folder.names(".kseg")
        #expect(names.count > 2)
        let sound = try verify(folder, key: key)
        #expect(sound.problems == [])
        var random = SplitMix64(seed: 21)
        for _ in 0..<60 {
            let name = names[Int.random(in: 0..<names.count, using: &random)]
            let bytes = try folder.bytes(name)
            var changed = bytes
            let at = Int.random(in: 0..<bytes.count, using: &random)
            changed[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try folder.write(changed, to: name)
            let report = try verify(folder, key: key)
            #expect(report.problemCount > 0, "\(name) at \(at)")
            let all = try readAll(folder, key: key)
            let lost = all.gaps.reduce(0) { $0 + Int($1.last - $1.first) + 1 }
            // A damaged last frame of the last segment is a torn end: nothing after it says that it was.
            let isTail = name == names.last
            #expect(all.records.count + lost == 90 || isTail && all.records.count + lost >= 84)
            try folder.write(bytes, to: name)
        }
    }

    @Test func `names the first bad frame when one is taken out, doubled or exchanged`() throws {
        let folder = try filled()
        let name = try #require(folder.names(".kseg").first)
        let bytes = try folder.bytes(name)
        let frames = try frames(bytes)
        #expect(frames.count >= 3)
        let head = Array(bytes[..<SegmentHeader.byteCount])
        func assembled(_ order: [Int]) -> [UInt8] {
            order.reduce(head) { $0 + bytes[frames[$1]] }
        }
        let all = Array(frames.indices)
        let cases: [(order: [Int], firstBadAt: Int)] = [
            ([0] + all.dropFirst(2), frames[1].lowerBound),
            ([0, 0] + all.dropFirst(), frames[0].upperBound),
            ([0, 2, 1] + all.dropFirst(3), frames[1].lowerBound),
        ]
        for (order, firstBadAt) in cases {
            try folder.write(assembled(order), to: name)
            let report = try verify(folder)
            #expect(!report.isSound)
            guard case .damaged(let segment, let offset, _, _, let damage) = report.problems.first
            else {
                Issue.record("\(report.text)")
                continue
            }
            #expect(segment == name && offset == UInt64(firstBadAt) && damage == .order)
        }
        try folder.write(Array(bytes[..<frames[frames.count - 1].lowerBound]), to: name)
        let cut = try verify(folder)
        #expect(!cut.isSound)
        #expect(cut.text.contains("gap "))
    }

    @Test func `finds a frame that was made anew with all its checksums`() throws {
        let folder = try filled()
        let name = try #require(folder.names(".kseg").first)
        var bytes = try folder.bytes(name)
        let frames = try frames(bytes)
        let header = try SegmentHeader(Array(bytes[..<SegmentHeader.byteCount]))
        var frame = try #require(
            FrameHeader(bytes, at: frames[1].lowerBound, mark: header.mark))
        frame.salt ^= 1
        bytes.replaceSubrange(
            frames[1].lowerBound..<(frames[1].lowerBound + FrameHeader.byteCount),
            with: frame.encoded)
        try folder.write(bytes, to: name)
        let report = try verify(folder)
        guard case .damaged(_, let offset, _, _, .chain) = report.problems.first else {
            Issue.record("\(report.text)")
            return
        }
        #expect(offset == UInt64(frames[1].lowerBound))
    }

    @Test func `finds a segment that is gone`() throws {
        let folder = try filled()
        try folder.remove(folder.names(".kseg")[1])
        let report = try verify(folder)
        #expect(!report.isSound)
        #expect(report.text.contains("gap "))
        #expect(report.text.contains("chain "))
        let all = try readAll(folder)
        #expect(all.gaps.count == 1)
        let lost = all.gaps.reduce(0) { $0 + Int($1.last - $1.first) + 1 }
        #expect(all.records.count + lost == 90)
    }

    @Test func `finds that an archive was written anew, by a head that was signed`() throws {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        var heads: [ChainHead] = []
        for text in ["a", "b", "c"] {
            _ = try writer.append([plainRecord(text)], at: start)
            heads.append(writer.head)
        }
        let sound = try verify(folder, heads: heads)
        #expect(sound.isSound && sound.headsFound == 3)
        #expect(sound.head == heads[2])
        let forged = try ScratchFolder()
        let forger = try openArchive(forged)
        for text in ["a", "X", "c"] { _ = try forger.append([plainRecord(text)], at: start) }
        #expect(try verify(forged).isSound)
        let report = try verify(forged, heads: heads)
        #expect(report.problems == [.head(sequence: 2), .head(sequence: 3)])
    }

    @Test func `says the same for the same archive, in one form`() throws {
        let folder = try filled(key: .ofTests)
        let report = try verify(folder, key: .ofTests)
        #expect(report.text == (try verify(folder, key: .ofTests)).text)
        #expect(report.text.hasPrefix("tenant    acme\nsegments  "))
        #expect(report.text.hasSuffix("sound\n"))
        #expect(report.text.contains("sequences 1 to 90\n"))
        #expect(!report.text.contains("NOT"))
    }
}

@Suite struct `A damaged end of an archive` {
    @Test(arguments: [true, false])
    func `is damage where an index says that it was whole, else a torn write`(isClosed: Bool) throws
    {
        let folder = try ScratchFolder()
        let writer = try openArchive(folder)
        for text in ["one", "two"] { _ = try writer.append([plainRecord(text)], at: start) }
        if isClosed { try writer.close() }
        let name = folder.names(".kseg")[0]
        var bytes = try folder.bytes(name)
        bytes[bytes.count - 2] ^= 1
        try folder.write(bytes, to: name)
        let report = try verify(folder)
        #expect(report.isSound == !isClosed, "\(report.text)")
        #expect(report.problemCount == 1)
    }

    @Test(arguments: [true, false])
    func `that was acknowledged stays where it is, and its numbers are not given again`(
        isCut: Bool
    ) throws {
        let folder = try ScratchFolder()
        var writer: ArchiveWriter? = try openArchive(folder)
        for text in ["one", "two"] { _ = try writer?.append([plainRecord(text)], at: start) }
        try writer?.close()
        writer = nil
        let name = folder.names(".kseg")[0]
        var bytes = try folder.bytes(name)
        if isCut { bytes.removeLast(3) } else { bytes[bytes.count - 2] ^= 1 }
        try folder.write(bytes, to: name)
        let again = try openArchive(folder, seed: 5)
        #expect(again.recovery.damages.map(\.segment) == [name])
        #expect(again.recovery.tornByteCount == 0)
        #expect(try again.append([plainRecord("three")], at: start) == [.stored(3)])
        #expect(try folder.bytes(name) == bytes)
        let report = try verify(folder)
        #expect(!report.isSound && report.problems.contains { "\($0)".contains("gap") })
        #expect(try readAll(folder).records.map(\.sequence) == [1, 3])
    }
}
