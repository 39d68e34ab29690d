import Engine
import FoundationEssentials
import TestKit
import Testing

@testable import Agent

/// A folder that goes with the test.
final class Scratch {
    let path: String

    init() {
        path =
            FileManager.default.temporaryDirectory.path
            + "/kagari-agent-\(UInt64.random(in: .min ... .max))"
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

extension SpoolRecord {
    static func sample(_ number: Int, bytes: Int = 20, value: RecordValue = .normal) -> SpoolRecord
    {
        let text = "{\"n\":\(number)}"
        let filling = Array(repeating: UInt8(ascii: " "), count: max(0, bytes - text.utf8.count))
        return SpoolRecord(
            content: Array(text.utf8) + filling,
            time: Timestamp(nanoseconds: Int64(number) * 1_000_000_000), value: value)
    }
}

func spool(
    _ scratch: Scratch, bytesMax: Int = SpoolLimits.bytesMax, segmentBytesMax: Int = 8 << 10
) throws -> Spool {
    try Spool(
        in: scratch.file("spool"), bytesMax: bytesMax, segmentBytesMax: segmentBytesMax,
        newName: Array(repeating: 7, count: 16))
}

/// All there is behind a sequence, as records by sequence and gaps.
func drain(
    _ spool: inout Spool, after start: UInt64 = 0
) throws -> (records: [UInt64: SpoolRecord], gaps: [SpoolGap]) {
    var records: [UInt64: SpoolRecord] = [:]
    var gaps: [SpoolGap] = []
    var at = start
    while let piece = try spool.next(after: at, bytesMax: 3_000, recordsMax: 50) {
        switch piece {
        case .records(let first, let list):
            #expect(first == at + 1)
            for (index, record) in list.enumerated() { records[first + UInt64(index)] = record }
        case .gap(let gap):
            #expect(gap.first == at + 1)
            gaps.append(gap)
        }
        at = piece.last
    }
    #expect(at == max(start, spool.last))
    return (records, gaps)
}

@Suite struct `A spool` {
    @Test func `gives back what it was given, in order, with sequences from 1`() throws {
        let scratch = Scratch()
        var spool = try spool(scratch)
        let records = (1...500).map { SpoolRecord.sample($0) }
        #expect(try spool.append(Array(records[..<200])) == 200)
        #expect(try spool.append(Array(records[200...])) == 500)
        let (found, gaps) = try drain(&spool)
        #expect(gaps.isEmpty)
        #expect((1...500).allSatisfy { found[UInt64($0)] == records[$0 - 1] })
    }

    @Test func `goes on where it was after it was opened again`() throws {
        let scratch = Scratch()
        do {
            var first = try spool(scratch)
            try first.append((1...300).map { .sample($0) })
            try first.acknowledge(through: 250)
        }
        var second = try spool(scratch)
        #expect(second.last == 300)
        #expect(second.name == Array(repeating: 7, count: 16))
        let (found, gaps) = try drain(&second, after: 250)
        #expect(gaps.isEmpty && found.count == 50)
        try second.append([.sample(301)])
        #expect(second.last == 301)
    }

    @Test func `lets go of what was acknowledged`() throws {
        let scratch = Scratch()
        var spool = try spool(scratch)
        try spool.append((1...2_000).map { .sample($0, bytes: 100) })
        let before = spool.byteCount
        try spool.acknowledge(through: 1_900)
        #expect(spool.byteCount < before / 5)
        #expect(spool.waitingCount == 100)
        try spool.acknowledge(through: 2_000)
        #expect(spool.waitingCount == 0)
        #expect(spool.byteCount < 8 << 10)
        #expect(spool.last == 2_000)
    }

    @Test func `never gives a sequence twice where the server has more than it knows`() throws {
        let scratch = Scratch()
        var spool = try spool(scratch)
        try spool.append((1...10).map { .sample($0) })
        let isKnown = try spool.acknowledge(through: 50)
        #expect(!isKnown)
        let next = try spool.append([.sample(51)])
        #expect(next == 51)
        var again = try Agent.Spool(
            in: scratch.file("spool"), newName: Array(repeating: 1, count: 16))
        #expect(try drain(&again, after: 50).records.count == 1)
    }

    @Test func `cuts off a torn end and loses nothing before it`() throws {
        var random = SplitMix64(seed: 5)
        for _ in 0..<60 {
            let scratch = Scratch()
            do {
                var spool = try spool(scratch, segmentBytesMax: 1 << 20)
                try spool.append((1...40).map { .sample($0) })
            }
            let path = try segments(scratch)[0]
            var bytes = try contents(path)
            let whole = bytes.count
            let cut = Int.random(in: 1...45, using: &random)
            bytes.removeLast(cut)
            try write(bytes, path)
            var spool = try spool(scratch, segmentBytesMax: 1 << 20)
            let kept = Int(spool.last)
            #expect(kept >= 38 && kept < 40, "\(cut) of \(whole) bytes cut")
            let (found, gaps) = try drain(&spool)
            #expect(gaps.isEmpty && found.count == kept)
            let next = try spool.append([.sample(99)])
            #expect(next == UInt64(kept + 1))
        }
    }

    @Test func `names exactly what damage cost, wherever it is`() throws {
        var random = SplitMix64(seed: 6)
        for round in 0..<80 {
            let scratch = Scratch()
            let records = (1...400).map { SpoolRecord.sample($0, bytes: 60) }
            do {
                var spool = try spool(scratch)
                try spool.append(records)
            }
            let paths = try segments(scratch)
            #expect(paths.count > 3)
            // The very end of the last file is told from a torn write only by what comes behind it.
            let path = paths[Int.random(in: 0..<(paths.count - 1), using: &random)]
            var bytes = try contents(path)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(
                    in: 1...255, using: &random)
            }
            try write(bytes, path)
            var spool = try spool(scratch)
            let (found, gaps) = try drain(&spool)
            let lost = gaps.flatMap { Array($0.first...$0.last) }
            #expect(gaps.allSatisfy { $0.reason == .damaged })
            #expect(lost.count <= 3, "\(round)")
            #expect(Set(lost).isDisjoint(with: found.keys))
            #expect(Set(lost).union(found.keys) == Set(1...400))
            #expect(found.allSatisfy { $0.value == records[Int($0.key) - 1] })
        }
    }

    @Test func `names a segment that is gone`() throws {
        let scratch = Scratch()
        do {
            var spool = try spool(scratch)
            try spool.append((1...400).map { .sample($0, bytes: 60) })
        }
        let paths = try segments(scratch)
        try FileManager.default.removeItem(atPath: paths[1])
        var spool = try spool(scratch)
        let (found, gaps) = try drain(&spool)
        #expect(gaps.count == 1)
        #expect(found.count + gaps.reduce(0) { $0 + Int($1.last - $1.first + 1) } == 400)
    }

    @Test func `that is full lets the lowest value go first, the oldest of it first`() throws {
        let scratch = Scratch()
        var spool = try spool(scratch, bytesMax: 1 << 20, segmentBytesMax: 64 << 10)
        func value(_ number: Int) -> RecordValue {
            number % 100 == 0 ? .high : number % 2 == 0 ? .low : .normal
        }
        for start in stride(from: 1, through: 2_981, by: 20) {
            try spool.append(
                (start..<(start + 20)).map { .sample($0, bytes: 500, value: value($0)) })
            #expect(spool.byteCount <= 1 << 20)
        }
        let (found, gaps) = try drain(&spool)
        let lost = Set(gaps.flatMap { Array($0.first...$0.last) })
        #expect(lost.union(found.keys) == Set(1...3_000))
        #expect(lost.count > 500 && lost.count == Int(spool.evicted))
        #expect(gaps.allSatisfy { $0.reason == .full })
        #expect(lost.allSatisfy { value(Int($0)) == .low }, "nothing of more value went")
        let low = found.keys.filter { value(Int($0)) == .low }
        #expect((low.min() ?? 3_001) > (lost.max() ?? 0), "the oldest went first")
    }

    @Test func `holds within its bound when all is of one value`() throws {
        let scratch = Scratch()
        var spool = try spool(scratch, bytesMax: 1 << 20, segmentBytesMax: 64 << 10)
        for start in stride(from: 1, through: 2_991, by: 10) {
            try spool.append((start..<(start + 10)).map { .sample($0, bytes: 1_000) })
        }
        #expect(spool.byteCount <= 1 << 20)
        let (found, gaps) = try drain(&spool)
        #expect(gaps.count == 1, "what went first is one gap")
        #expect(gaps.first?.first == 1)
        #expect(found.keys.min() == (gaps.first?.last ?? 0) + 1)
        #expect(try segments(scratch).count < 24, "emptied files are joined")
        var again = try Agent.Spool(
            in: scratch.file("spool"), bytesMax: 1 << 20, segmentBytesMax: 64 << 10,
            newName: Array(repeating: 1, count: 16))
        #expect(try drain(&again).gaps == gaps)
    }

    @Test func `reads a record of any length up to its bound`() throws {
        let scratch = Scratch()
        var spool = try spool(scratch)
        let lengths = [1, 2, 30_000, SpoolLimits.recordBytesMax, 5]
        try spool.append(
            lengths.map {
                SpoolRecord(
                    content: Array(repeating: 0x78, count: $0), time: Timestamp(nanoseconds: 0))
            })
        let (found, _) = try drain(&spool)
        #expect((1...5).map { found[UInt64($0)]?.content.count } == lengths)
    }

    @Test func `acts like a list, whatever is done to it`() throws {
        var random = SplitMix64(seed: 7)
        for _ in 0..<15 {
            let scratch = Scratch()
            var model: [UInt64: SpoolRecord] = [:]
            var acknowledged: UInt64 = 0
            var last: UInt64 = 0
            for _ in 0..<12 {
                var spool = try spool(scratch)
                #expect(spool.last == last)
                for _ in 0..<6 {
                    let count = Int.random(in: 0...60, using: &random)
                    let records = (0..<count).map {
                        SpoolRecord.sample($0, bytes: Int.random(in: 10...300, using: &random))
                    }
                    for (index, record) in records.enumerated() {
                        model[last + UInt64(index) + 1] = record
                    }
                    last = try spool.append(records)
                    guard last > acknowledged, Bool.random(using: &random) else { continue }
                    acknowledged = UInt64.random(in: acknowledged...last, using: &random)
                    try spool.acknowledge(through: acknowledged)
                }
                let (found, gaps) = try drain(&spool, after: acknowledged)
                #expect(gaps.isEmpty)
                #expect(found == model.filter { $0.key > acknowledged })
            }
        }
    }

    private func segments(_ scratch: Scratch) throws -> [String] {
        let folder = scratch.file("spool")
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".spool") }.sorted().map { folder + "/" + $0 }
    }

    private func contents(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path)))
    }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }
}
