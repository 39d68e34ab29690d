import Engine
import TestKit
import Testing

@testable import Collect

@Suite struct `Framed syslog` {
    private static let head = "<34>1 2003-10-11T22:14:15.003Z host su - - - "

    private func framed(_ message: String) -> String { "\(message.utf8.count) \(message)" }

    private func read(
        _ text: String, blockBytes: Int = 1 << 20, _ change: (inout ReadLimits) -> Void = { _ in }
    ) throws -> Reading {
        let folder = try TemporaryFolder()
        return Reading([try folder.write("a", Array(text.utf8))], blockBytes: blockBytes, change)
    }

    /// The lines that are not blank, without the carriage returns that were a length.
    private func messages(_ reading: Reading) -> [Reading.Line] {
        reading.lines.compactMap { line in
            var line = line
            var bytes = Array(line.text.utf8)
            while bytes.last == 0x0d { bytes.removeLast() }
            line.text = String(decoding: bytes, as: UTF8.self)
            return line.text.isEmpty ? nil : line
        }
    }

    @Test(arguments: [64, 200, 1 << 20])
    func `frames become lines with their number and place`(blockBytes: Int) throws {
        let messages = (0..<40).map {
            "\(Self.head)\($0) " + String(repeating: "x", count: $0 * 7)
        }
        var offset: UInt64 = 0
        var places: [UInt64] = []
        for message in messages {
            places.append(offset + UInt64("\(message.utf8.count) ".utf8.count))
            offset += UInt64(framed(message).utf8.count)
        }
        let reading = try read(messages.map(framed).joined(), blockBytes: blockBytes)
        #expect(reading.formats == [.syslog])
        let found = self.messages(reading)
        #expect(found.map(\.text) == messages)
        #expect(found.map(\.number) == (1...40).map(UInt64.init))
        #expect(found.map(\.offset) == places)
        #expect(reading.unparsed.isEmpty)
    }

    @Test func `line breaks within a message are blanks, at its end nothing`() throws {
        let text = framed("\(Self.head)a\nb\n\n") + framed("\(Self.head)c\r\n")
        #expect(messages(try read(text)).map(\.text) == ["\(Self.head)a b", "\(Self.head)c"])
    }

    @Test func `what is no frame is given up, and the next frame is read`() throws {
        let good = framed("\(Self.head)a")
        let reading = try read(good + good + "garbage 12 " + good + "\n" + good)
        #expect(messages(reading).count == 4)
        #expect(reading.unparsedByReason == [FrameCutter.noFrame: 1])
        #expect(reading.unparsed.first?.offset == UInt64(2 * good.utf8.count))
    }

    @Test func `a last frame that is cut short is given as it is`() throws {
        let good = framed("\(Self.head)a")
        let found = messages(try read(good + good + "999 \(Self.head)b"))
        #expect(found.map(\.text).last == "\(Self.head)b")
        #expect(found.count == 3)
    }

    @Test(arguments: [(4096, 3), (4097, 2)])
    func `a frame has as many bytes as a record may, and no more`(count: Int, read: Int) throws {
        let good = framed("\(Self.head)a")
        // The limit counts the length and its blank, too.
        let long = Self.head + String(repeating: "y", count: count - Self.head.utf8.count - 5)
        let reading = try self.read(good + framed(long) + good, blockBytes: 256) {
            $0.recordBytesMax = 4096
        }
        #expect(messages(reading).count == read)
        #expect(reading.unparsed.count == 3 - read)
    }

    @Test func `lines with a length in front stay lines`() throws {
        let line = "\(Self.head)a"
        let text = "\(line.utf8.count) \(line)\n\(line.utf8.count) \(line)\n"
        let reading = try read(text)
        #expect(reading.blocks.map(\.bytes) == [Array(text.utf8)])
    }

    @Test func `any bytes are read to their end`() throws {
        var random = SplitMix64(seed: 6587)
        let good = Array((framed("\(Self.head)a") + framed("\(Self.head)b\nc")).utf8)
        for _ in 0..<300 {
            var bytes = good + good + good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: good.count..<bytes.count, using: &random)
                bytes[at] =
                    Array("0123456789<> \nx").map { $0.asciiValue ?? 0 }
                    .randomElement(using: &random) ?? 0
            }
            let folder = try TemporaryFolder()
            let reading = Reading([try folder.write("a", bytes)], blockBytes: 64)
            let given = reading.blocks.reduce(0) { $0 + $1.bytes.count }
            #expect(given <= bytes.count)
            #expect(messages(reading).count >= 2)
        }
    }
}
