import Foundation
import TestKit
import Testing

@testable import Sense

@Suite struct `A line of JSON` {
    private func object(_ body: (inout LineWriter) -> Void) throws -> [String: Any] {
        var writer = LineWriter()
        writer.begin()
        body(&writer)
        writer.endLine()
        let value = try JSONSerialization.jsonObject(with: Data(writer.bytes))
        return try #require(value as? [String: Any])
    }

    @Test func `nests and separates`() throws {
        let found = try object {
            $0.number("one", 18_446_744_073_709_551_615 as UInt64)
            $0.number("minus", -9_223_372_036_854_775_808 as Int64)
            $0.object("inner") {
                $0.truth("yes", true)
            }
            $0.array("list")
            for text in ["a", ""] {
                $0.element()
                $0.quoted(Array(text.utf8).span)
            }
            $0.endArray()
            $0.hex("bits", 0x1ff)
        }
        #expect(found["one"] as? UInt64 == .max)
        #expect(found["minus"] as? Int64 == .min)
        #expect((found["inner"] as? [String: Any])?["yes"] as? Bool == true)
        #expect(found["list"] as? [String] == ["a", ""])
        #expect(found["bits"] as? String == "1ff")
    }

    @Test(arguments: [
        ("a\"b\\c", "a\"b\\c"), ("\u{1b}[31m\n\t\r\0", "\u{1b}[31m\n\t\r\0"), ("é篝🔥", "é篝🔥"),
        ("\u{7f}", "\u{7f}"),
    ])
    func `gives texts back`(text: String, wanted: String) throws {
        let found = try object { $0.text("t", Array(text.utf8)) }
        #expect(found["t"] as? String == wanted)
    }

    @Test func `has no control character in it`() {
        var writer = LineWriter()
        writer.begin()
        writer.text("t", Array(0...0x7f))
        writer.end()
        #expect(writer.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7f })
    }

    @Test func `tells bytes that are no UTF-8 as U+FFFD, and is valid whatever they are`() throws {
        let found = try object { $0.text("t", [0x61, 0xff, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0x62]) }
        #expect(found["t"] as? String == "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}b")
        var random = SplitMix64(seed: 7)
        for _ in 0..<500 {
            let bytes = (0..<40).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            let value = try object { $0.text("t", bytes) }
            // Where all of it is UTF-8 nothing may change.
            if let same = String(validating: bytes, as: UTF8.self) {
                #expect(value["t"] as? String == same)
            }
        }
    }
}

extension LineWriter {
    fileprivate mutating func object(_ name: StaticString, _ body: (inout LineWriter) -> Void) {
        object(name)
        body(&self)
        end()
    }
}
