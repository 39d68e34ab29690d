import TestKit
import Testing

@testable import Listen

/// Cuts bytes at random places.
func pieces(_ bytes: [UInt8], _ random: inout SplitMix64, upTo most: Int = 40) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = Int.random(in: 1...most, using: &random)
        pieces.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
    }
    return pieces
}

@Suite struct `Syslog framing` {
    private func messages(
        _ pieces: [[UInt8]], messageBytesMax: Int = 64
    ) throws -> [SyslogFramer.Message] {
        var framer = SyslogFramer(messageBytesMax: messageBytesMax)
        var found: [SyslogFramer.Message] = []
        for piece in pieces {
            framer.add(piece)
            while let message = try framer.next() { found.append(message) }
        }
        if let last = framer.last() { found.append(last) }
        return found
    }

    private func texts(_ stream: String) throws -> [String] {
        try messages([Array(stream.utf8)]).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test func `by lines ends at LF, CR LF or NUL`() throws {
        #expect(
            try texts("<1>a\n\n<2>b\r\n<3>c\0<4>d") == ["<1>a", "<2>b", "<3>c", "<4>d"])
    }

    @Test func `by octets takes line ends into the message`() throws {
        #expect(try texts("6 <1>a\nb5 <2>cd\n4 <3>e") == ["<1>a\nb", "<2>cd", "<3>e"])
    }

    @Test func `a line that begins with digits is a line`() throws {
        #expect(
            try texts("2023-11-14T22:13:20Z h su: m\n12 x\n") == [
                "2023-11-14T22:13:20Z h su: m", "12 x",
            ])
        #expect(try texts("123456789 <1>a\n") == ["123456789 <1>a"])
    }

    @Test func `a byte order mark before the priority is taken off`() throws {
        #expect(try texts("\u{feff}<1>a\n") == ["<1>a"])
    }

    @Test func `a message at the limit is whole, one beyond is cut and the next one read`() throws {
        let full = "<1>" + String(repeating: "x", count: 61)
        let lines = Array("\(full)\n\(full)y\n<2>b\n".utf8)
        let octets = Array("64 \(full)65 \(full)y5 <2>bc".utf8)
        for stream in [lines, octets] {
            let found = try messages([stream])
            #expect(found.map(\.isCut) == [false, true, false])
            #expect(found.map(\.bytes.count)[0...1] == [64, 64])
        }
    }

    @Test func `without a length where one should stand ends the connection`() throws {
        #expect(throws: StreamFailure.malformed) { try texts("4 <1>a<2>b\n") }
        #expect(throws: StreamFailure.malformed) { try texts("4 <1>a12345678 <2>b") }
    }

    @Test func `gives the same messages however the stream is cut`() throws {
        var random = SplitMix64(seed: 17)
        for stream in ["<1>a\n<2>bb\r\n\n<3>ccc\n<4>d", "4 <1>a6 <2>b\nc\n4 <3>d"] {
            let whole = try messages([Array(stream.utf8)])
            for _ in 0..<200 {
                let cut = pieces(Array(stream.utf8), &random, upTo: 5)
                #expect(try messages(cut) == whole)
            }
        }
    }

    @Test func `survives anything, and holds no more than the limit`() {
        var random = SplitMix64(seed: 19)
        let alphabet = Array("0123456789 <>\n\r\0abc".utf8)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                alphabet[Int.random(in: alphabet.indices, using: &random)]
            }
            let found = (try? messages(pieces(bytes, &random))) ?? []
            #expect(found.allSatisfy { $0.bytes.count <= 64 && !$0.bytes.isEmpty })
        }
    }
}

@Suite struct `Journal export` {
    private func entries(_ pieces: [[UInt8]], limit: Int = 1 << 20) throws -> [JournalCutter.Entry]
    {
        var cutter = JournalCutter(entryBytesMax: limit)
        var found: [JournalCutter.Entry] = []
        for piece in pieces {
            cutter.add(piece)
            while let entry = try cutter.next() { found.append(entry) }
        }
        while let entry = try cutter.last() { found.append(entry) }
        return found
    }

    private static let binary =
        Array("MESSAGE\n".utf8) + [4, 0, 0, 0, 0, 0, 0, 0] + Array("a\n\nb\n".utf8)
    private static let stream =
        Array("__CURSOR=c1\nMESSAGE=x\n\n__CURSOR=c2\n".utf8) + binary + Array("\n_PID=1\n".utf8)

    @Test func `is cut at blank lines outside of binary values, with its cursors`() throws {
        let found = try entries([Self.stream])
        #expect(found.map(\.cursor) == [Array("c1".utf8), Array("c2".utf8), nil])
        #expect(found[1].bytes == Array("__CURSOR=c2\n".utf8) + Self.binary + [10])
        #expect(found[2].bytes == Array("_PID=1\n\n".utf8))
    }

    @Test func `gives the same entries however it is cut`() throws {
        var random = SplitMix64(seed: 23)
        let whole = try entries([Self.stream])
        for _ in 0..<300 {
            #expect(try entries(pieces(Self.stream, &random, upTo: 6)) == whole)
        }
    }

    @Test func `an entry beyond the limit and a name that is none are refused`() {
        #expect(throws: JournalCutter.Failure.tooLarge) {
            try entries([Array("A=".utf8) + [UInt8](repeating: 0x78, count: 100)], limit: 99)
        }
        #expect(throws: JournalCutter.Failure.tooLarge) {
            try entries([Array("A\n".utf8) + [255, 255, 255, 255, 255, 255, 255, 255, 1]])
        }
        #expect(throws: JournalCutter.Failure.malformed) { try entries([Array("a b\n".utf8)]) }
        #expect(throws: JournalCutter.Failure.malformed) { try entries([Array("A=1\nB".utf8)]) }
    }

    @Test func `survives any damage`() {
        var random = SplitMix64(seed: 29)
        for _ in 0..<2000 {
            var bytes = Self.stream
            bytes[Int.random(in: bytes.indices, using: &random)] =
                UInt8.random(in: 0...255, using: &random)
            _ = try? entries(pieces(bytes, &random))
        }
    }
}

@Suite struct `Lumberjack` {
    static func number(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
    static func window(_ count: Int) -> [UInt8] { Array("2W".utf8) + number(count) }
    static func event(_ sequence: Int, _ json: String) -> [UInt8] {
        Array("2J".utf8) + number(sequence) + number(json.utf8.count) + Array(json.utf8)
    }
    static func compressed(_ frames: [UInt8]) -> [UInt8] {
        let packed = Compress.deflate(frames)
        return Array("2C".utf8) + number(packed.count) + packed
    }
    static func acknowledgement(_ sequence: Int) -> [UInt8] {
        Array("2A".utf8) + number(sequence)
    }

    private func batches(_ pieces: [[UInt8]], limits: IntakeLimits = IntakeLimits()) throws
        -> [StreamBatch]
    {
        var source = LumberjackSource(limits: limits)
        var found: [StreamBatch] = []
        for piece in pieces {
            source.add(piece)
            while let batch = try source.batch() { found.append(batch) }
        }
        return found
    }

    private static let stream =
        window(2) + event(1, "{\"a\":1}") + event(2, "{}") + window(3)
        + compressed(event(1, "{\"b\":1}") + event(2, "{\"b\":2}") + event(3, "{\"b\":3}"))

    @Test func `a window is one batch, acknowledged by its last number`() throws {
        let found = try batches([Self.stream])
        #expect(
            found.map { $0.records.map(\.text) } == [
                ["{\"a\":1}", "{}"], ["{\"b\":1}", "{\"b\":2}", "{\"b\":3}"],
            ])
        #expect(
            found.map(\.acknowledgement) == [
                Self.acknowledgement(2), Self.acknowledgement(3),
            ])
    }

    @Test func `gives the same batches however it is cut`() throws {
        var random = SplitMix64(seed: 31)
        let whole = try batches([Self.stream]).map { $0.records.map(\.bytes) }
        for _ in 0..<300 {
            let cut = pieces(Self.stream, &random, upTo: 7)
            #expect(try batches(cut).map { $0.records.map(\.bytes) } == whole)
        }
    }

    @Test func `pairs of version 1 become an object`() throws {
        func text(_ text: String) -> [UInt8] {
            Self.number(text.utf8.count) + Array(text.utf8)
        }
        let frame =
            Array("1W".utf8) + Self.number(1) + Array("1D".utf8) + Self.number(1) + Self.number(1)
            + text("line") + text("a\"b")
        #expect(try batches([frame])[0].records[0].text == #"{"line":"a\"b"}"#)
    }

    @Test func `refuses windows and events beyond the limits, and frames out of place`() {
        var limits = IntakeLimits()
        limits.windowEventsMax = 2
        limits.recordBytesMax = 4
        let refused: [([UInt8], StreamFailure)] = [
            (Self.window(3), .tooLarge),
            (Self.window(1) + Self.event(1, "12345"), .tooLarge),
            (Self.event(1, "{}"), .malformed),
            (Self.window(1) + Self.window(1), .malformed),
            (Self.window(1) + Self.compressed(Self.compressed([])), .malformed),
            (Self.window(1) + Self.compressed(Array(Self.event(1, "{}").dropLast())), .malformed),
            (Array("2C".utf8) + Self.number(3) + [1, 2, 3], .damaged),
            (Array("3W".utf8), .malformed), (Array("2X".utf8), .malformed),
        ]
        for (bytes, failure) in refused {
            #expect(throws: failure) { try batches([bytes], limits: limits) }
        }
        #expect(throws: Never.self) {
            try batches([Self.window(2) + Self.event(1, "1234")], limits: limits)
        }
    }

    @Test func `survives any damage`() {
        var random = SplitMix64(seed: 37)
        for _ in 0..<2000 {
            var bytes = Self.stream
            bytes[Int.random(in: bytes.indices, using: &random)] =
                UInt8.random(in: 0...255, using: &random)
            _ = try? batches(pieces(bytes, &random))
        }
    }
}
