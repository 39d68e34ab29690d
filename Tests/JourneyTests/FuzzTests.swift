import Engine
import Foundation
import TestKit
import Testing

/// Every decoder, through the worker that matches rules on what it decodes, under bytes that were
/// damaged or made up. `KAGARI_FUZZ_SECONDS` runs each format for so long instead of ``rounds``
/// times; the input of the round is then kept in the temporary folder until the next.
@Suite struct `No input stops a worker` {
    private static let rounds = 1200
    private static let inputBytesMax = 1500

    /// What good records look like, by format.
    private static let seeds: [RecordFormat: [[UInt8]]] = {
        var seeds: [RecordFormat: [[UInt8]]] = [:]
        for journey in `Bytes in, alerts out`.journeys {
            seeds[journey.format, default: []].append(journey.bytes)
        }
        seeds[.evtx] = EVTXSeeds.chunks
        let fixtures =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .path + "/EngineTests/Fixtures"
        let names = FileManager.default.enumerator(atPath: fixtures)?.compactMap { $0 as? String }
        for name in (names ?? []).sorted() where name.hasSuffix("/input") {
            guard let format = RecordFormat(rawValue: String(name.split(separator: "/")[0])),
                let data = FileManager.default.contents(atPath: fixtures + "/" + name)
            else { continue }
            seeds[format, default: []].append([UInt8](data))
        }
        return seeds
    }()

    private enum EVTXSeeds {
        static var chunks: [[UInt8]] {
            // The rest of a chunk is zeros; the header says where records end.
            let chunk = Array(Journey.evtx()[4096...])
            let free = Int(chunk[48]) | Int(chunk[49]) << 8
            return [Array(chunk[..<min(free + 64, chunk.count)])]
        }
    }

    @Test(arguments: RecordFormat.allCases)
    func `whatever the bytes`(format: RecordFormat) throws {
        let journeys = `Bytes in, alerts out`.journeys
        let rules = try Scanning.rules(journeys.map(\.rule))
        let own = try #require(Self.seeds[format] ?? Self.seeds[.json])
        let others = Self.seeds.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap(\.value)
        var worker = Worker(rules: rules)
        var carver = Worker(rules: rules, options: WorkerOptions(carves: true))
        let good = Self.block(own[0], format)
        let expected = worker.process(good)
        let seconds = ProcessInfo.processInfo.environment["KAGARI_FUZZ_SECONDS"].flatMap(Int.init)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds ?? 0)
        var round: UInt64 = 0
        while seconds == nil ? round < Self.rounds : clock.now < end {
            var random = SplitMix64(seed: round &* 31 &+ UInt64(format.rawValue.utf8.count))
            let bytes = Self.input(own: own, others: others, using: &random)
            if seconds != nil {
                let kept = NSTemporaryDirectory() + "kagari-fuzz-" + format.rawValue
                try Data(bytes).write(to: URL(fileURLWithPath: kept))
            }
            let outcome = worker.process(Self.block(bytes, format))
            #expect(outcome.records <= bytes.count)
            #expect(outcome.unparsed.allSatisfy { $0.offset <= UInt64(bytes.count) })
            if format == .evtx { _ = carver.process(Self.block(bytes, format)) }
            round += 1
        }
        // Nothing of all that stays behind.
        let again = worker.process(good)
        #expect(again.records == expected.records)
        #expect(again.alerts.map(\.id) == expected.alerts.map(\.id))
    }

    private static func block(_ bytes: [UInt8], _ format: RecordFormat) -> Block {
        Block(
            source: 0, sequence: 0, bytes: bytes, offset: 0, firstLine: 1, format: format,
            modified: Timestamp(nanoseconds: 1_709_281_800_000_000_000))
    }

    private static func input(
        own: [[UInt8]], others: [[UInt8]], using random: inout SplitMix64
    ) -> [UInt8] {
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            return (0..<Int.random(in: 0...300, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        case 1: return damaged(others[Int.random(in: 0..<others.count, using: &random)], &random)
        default: return damaged(own[Int.random(in: 0..<own.count, using: &random)], &random)
        }
    }

    private static let marks: [[UInt8]] =
        [
            "\n", "\r\n", "\0", "\"", "'", "\\", "{", "}", "[", "]", "<", ">", "&#x110000;", "=",
            "|",
            ":", ",", "\t", "(", ")", "99999999999999999999", "-1", "\u{FEFF}", "%", "#fields\t",
            "msg=audit(", "type=", "CEF:", "LEEF:", "\u{1D}", "\\u", "\\ud800", "1e999", "<Event>",
        ].map { Array($0.utf8) } + [[0xff], [0xc3], [0xf0, 0x9f]]

    private static func damaged(_ seed: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = seed
        if bytes.count > inputBytesMax, bytes[0] != UInt8(ascii: "E") {
            let start = Int.random(in: 0...bytes.count - inputBytesMax, using: &random)
            bytes = Array(bytes[start..<start + inputBytesMax])
        }
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            guard !bytes.isEmpty else { return bytes }
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2:
                let mark = marks[Int.random(in: 0..<marks.count, using: &random)]
                bytes.insert(contentsOf: mark, at: at)
            case 3:
                let end = min(bytes.count, at + Int.random(in: 1...40, using: &random))
                bytes.removeSubrange(at..<end)
            case 4:
                let end = min(bytes.count, at + Int.random(in: 1...60, using: &random))
                let to = Int.random(in: 0...bytes.count, using: &random)
                bytes.insert(contentsOf: bytes[at..<end], at: to)
            default: if Int.random(in: 0..<6, using: &random) == 0 { bytes.removeSubrange(at...) }
            }
        }
        return bytes
    }
}
