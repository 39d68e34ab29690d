import Engine
import TestKit
import Testing

@Suite struct `EVTX under damage` {
    /// A chunk with all that the format has, cut behind its last record.
    private static func seedChunk() -> [UInt8] {
        let inner = EVTXNode.element(
            "UserData", [],
            [
                .element(
                    "X", [.init(name: "a", content: [.substitution(0, type: 1)])],
                    [.substitution(1, type: 0x88)])
            ])
        let spelt = EVTXNode.element(
            "Event", [],
            [
                .element("System", [], [.element("EventID", [], [.text("7"), .entity("lt")])]),
                .element("EventData", [], [.element("Data", [], [.cdata("c"), .character(65)])]),
            ])
        let values: [(String, EVTXValue)] = [
            ("S", .string("text that is longer than eight")), ("A", .strings(["a", "b"])),
            ("I", .int64(-1)), ("G", .guid(Array(0..<16))), ("D", .sid(authority: 5, [1, 2])),
            ("F", .filetime(1)), ("T", .systemTime([2024, 1, 1, 1, 1, 1, 1, 1])),
            ("B", .binary([1, 2, 3])), ("R", .real64(1)), ("N", .ansi([65, 200])),
        ]
        let writer = EVTXWriter()
            .record(data: values)
            .record(
                template: EVTXWriter.event([.substitution(17, type: 0x21)]),
                values: EVTXWriter.system() + [
                    .fragment(inner, [.string("v"), .array([.uint32(1), .uint32(2)])])
                ]
            )
            .record(content: spelt)
            .record(data: values)
            .record(
                template: EVTXWriter.event([.substitution(17, type: 0x21)]),
                values: EVTXWriter.system() + [.content(inner)])
        let chunk = writer.chunks()[0]
        let starts = chunk[...].starts
        return Array(chunk[0..<starts[starts.count - 1] + 1200])
    }

    private static let numbers: [UInt32] = [
        0, 1, 27, 28, 0xff, 0x100, 0x1fc, 0x200, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x7fff_ffff,
        0x8000_0000, 0xffff_fffc, .max, 0x2a2a, 0x0000_000c, 0x0021_0004,
    ]

    private static func damage(_ chunk: [UInt8], using random: inout SplitMix64) -> [UInt8] {
        var bytes = chunk
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            guard bytes.count > 8 else { return bytes }
            let at = Int.random(in: 0..<bytes.count - 4, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.put(numbers[Int.random(in: 0..<numbers.count, using: &random)], at: at)
            case 3: bytes.put(UInt16.random(in: 0...0xffff, using: &random), at: at)
            case 4:
                let count = min(Int.random(in: 1...64, using: &random), bytes.count - at)
                let from = Int.random(in: 0...bytes.count - count, using: &random)
                bytes.replaceSubrange(at..<at + count, with: bytes[from..<from + count])
            default:
                if Int.random(in: 0..<8, using: &random) == 0 { bytes.removeLast(bytes.count - at) }
            }
        }
        return bytes
    }

    @Test(arguments: 0..<8)
    func `no damage to a good chunk crashes or hangs`(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        let chunk = Self.seedChunk()
        for _ in 0..<250 {
            let bytes = Self.damage(chunk, using: &random)
            let reading = EVTXReading(chunks: [(bytes, 0), (chunk, 0)])
            // The good chunk behind it is read as if nothing had been: nothing leaks between
            // chunks.
            #expect(reading.events.suffix(5).map(\.number) == [1, 2, 3, 4, 5])
            #expect(!reading.failures.contains { $0.offset < 0 })
        }
    }

    @Test func `no damage crashes or hangs the carver`() {
        var random = SplitMix64(seed: 99)
        let chunk = Self.seedChunk()
        for _ in 0..<250 {
            let bytes = Self.damage(chunk, using: &random)
            let reading = EVTXReading(carving: bytes + bytes)
            #expect(!reading.failures.contains { $0.offset < 0 })
        }
    }

    @Test func `a template that holds itself ends`() {
        // An instance whose definition begins with the same instance.
        let loop = EVTXNode.element("Event", [], [.raw(Self.instance(of: 550))])
        let reading = EVTXReading(
            file: EVTXWriter().record(template: loop, values: []).bytes())
        #expect(reading.events.isEmpty && reading.failures.count == 1)
        #expect(reading.failures[0].reason == "EVTX fragments nested too deeply")
    }

    @Test func `a template that multiplies itself costs a bounded time`() {
        let many = (0..<200).map { _ in EVTXNode.raw(Self.instance(of: 550)) }
        let loop = EVTXNode.element("Event", [], many)
        let reading = EVTXReading(
            file: EVTXWriter().record(template: loop, values: []).bytes())
        #expect(reading.events.isEmpty && reading.failures.count == 1)
    }

    /// An instance token for the definition at `offset`, without values.
    private static func instance(of offset: UInt32) -> [UInt8] {
        var bytes: [UInt8] = [0x0c, 1]
        bytes.add(UInt32(1))
        bytes.add(offset)
        bytes.add(UInt32(0))
        return bytes
    }

    @Test func `one value said ten thousand times stops at the limit`() {
        let text = EVTXValue.string(String(repeating: "x", count: 20_000))
        let same = (0..<1000).map { _ in
            EVTXNode.element("Data", [], [.substitution(17, type: 1)])
        }
        let reading = EVTXReading(
            file: EVTXWriter().record(
                template: EVTXWriter.event([.element("EventData", [], same)]),
                values: EVTXWriter.system() + [text]
            ).record(data: [("A", .uint8(1))]).bytes())
        #expect(reading.failures.map(\.reason) == ["EVTX record with too many values"])
        #expect(reading.events.map(\.number) == [2])
    }

    @Test func `empty elements count as work too`() {
        let empty = (0..<4000).map { _ in EVTXNode.element("Data", [], []) }
        let template = EVTXWriter.event([.element("EventData", [], empty)])
        var writer = EVTXWriter()
        for _ in 0..<40 {
            writer = writer.record(template: template, values: EVTXWriter.system())
        }
        // 40 × 4,017 values are fine; a chunk may say 8 Mi, which 65 KiB of honest data never do.
        let reading = EVTXReading(file: writer.bytes())
        #expect(reading.events.count == 40 && reading.failures.isEmpty)
        let twice = (0..<300).map { _ in EVTXNode.raw(Self.instance(of: 550)) }
        let loop = EVTXNode.element("Event", [], empty + twice)
        let hostile = EVTXReading(file: EVTXWriter().record(template: loop, values: []).bytes())
        #expect(hostile.events.isEmpty && hostile.failures.count == 1)
    }

    @Test func `elements nested too deeply are refused`() {
        func nest(_ depth: Int) -> EVTXNode {
            (0..<depth).reduce(.text("x")) { inner, _ in .element("E", [], [inner]) }
        }
        let good = EVTXReading(file: EVTXWriter().record(content: nest(64)).bytes())
        #expect(good.events.first?["E"] == ["x"])
        let deep = EVTXReading(file: EVTXWriter().record(content: nest(65)).bytes())
        #expect(deep.failures.map(\.reason) == ["EVTX elements nested too deeply"])
    }

    @Test(arguments: [true, false])
    func `a forged template does not reach other chunks`(inElement: Bool) {
        // Same GUID, same length, other field names: the second must be read by its own names.
        func chunk(_ name: String) -> [UInt8] {
            let value = EVTXNode.substitution(17, type: 4)
            let data = EVTXNode.element(
                "Data", [.init(name: "Name", content: [.text(name)])], [value])
            let template = EVTXWriter.event([
                .element("EventData", [], [inElement ? .element(name, [], [value]) : data])
            ])
            var chunk = EVTXWriter().record(
                template: template, values: EVTXWriter.system() + [.uint8(1)]
            ).chunks()[0]
            let definition = chunk[...].starts[0] + 24 + 4 + 10
            chunk.put(UInt32(7), at: definition + 4)
            return chunk
        }
        let reading = EVTXReading(
            chunks: [(chunk("Alpha"), 0), (chunk("Gamma"), 0), (chunk("Alpha"), 0)])
        #expect(reading.events.map { $0.data.map(\.name) } == [["Alpha"], ["Gamma"], ["Alpha"]])
    }
}
