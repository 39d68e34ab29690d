import TestKit
import Testing

@testable import Collect

@Suite struct `Scanning for the ends of records` {
    @Test func `counts and finds bytes as a plain loop does`() {
        var random = SplitMix64(seed: 3)
        for _ in 0..<200 {
            let count = Int.random(in: 0...20_000, using: &random)
            let rate = Int.random(in: 1...40, using: &random)
            let bytes: [UInt8] = (0..<count).map { _ in
                Int.random(in: 0..<rate, using: &random) == 0 ? 0x0a : 0x41
            }
            let lower = Int.random(in: 0...count, using: &random)
            let range = lower..<Int.random(in: lower...count, using: &random)
            #expect(bytes.count(of: 0x0a, in: range) == bytes[range].filter { $0 == 0x0a }.count)
            #expect(bytes.first(0x0a, in: range) == bytes[range].firstIndex(of: 0x0a))
            #expect(bytes.last(0x0a, in: range) == bytes[range].lastIndex(of: 0x0a))
        }
        #expect([UInt8](repeating: 1, count: 100_000).count(of: 1, in: 0..<100_000) == 100_000)
    }

    @Test func `tells zeros from anything else`() {
        for count in [1, 2, 63, 64, 65, 4096] {
            var bytes = [UInt8](repeating: 0, count: count)
            #expect(bytes.isZero(in: 0..<count))
            for at in [0, count / 2, count - 1] {
                bytes[at] = 1
                #expect(!bytes.isZero(in: 0..<count))
                bytes[at] = 0
            }
        }
    }

    /// The same, one byte after another.
    private func plain(_ bytes: [UInt8]) -> (lines: [UInt8], end: Int?, close: Int?) {
        var lines = bytes
        var depth = 0
        var isInString = false
        var isEscaped = false
        var end: Int?
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0a { lines[index] = 0x20 }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == 0x5c {
                    isEscaped = true
                } else if byte == 0x22 {
                    isInString = false
                }
                continue
            }
            // A backslash outside a string is damage; what it stands before is taken as escaped.
            if isEscaped {
                isEscaped = false
                if byte == 0x22 || byte == 0x5c { continue }
            } else if byte == 0x5c {
                isEscaped = true
                continue
            }
            switch byte {
            case 0x22: isInString = true
            case 0x7b, 0x5b: depth += 1
            case 0x7d, 0x5d:
                if depth > 0 {
                    depth -= 1
                } else if byte == 0x5d {
                    lines[index] = 0x0a
                    return (lines, index + 1, index + 1)
                }
            case 0x2c where depth == 0:
                lines[index] = 0x0a
                end = index + 1
            default: break
            }
        }
        return (lines, end, nil)
    }

    @Test func `takes arrays apart as a plain loop does, in any pieces`() {
        var random = SplitMix64(seed: 5)
        let alphabet = Array("{}[],\"\\\n ab1:".utf8)
        for round in 0..<3000 {
            let count = Int.random(in: 0...400, using: &random)
            var bytes = (0..<count).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            // Quotes rarely, so that structure is seen outside strings too.
            if round % 2 == 0 { bytes = bytes.map { $0 == 0x22 ? 0x61 : $0 } }
            let expected = plain(bytes)
            var elements = JSONElements()
            var end: Int?
            var close: Int?
            var at = 0
            while at < count, close == nil {
                at = Int.random(in: at...count, using: &random)
                let found = elements.scan(&bytes, to: at)
                end = found.end ?? end
                close = found.close
            }
            #expect(end == expected.end)
            #expect(close == expected.close)
            // After the closing bracket nothing is promised but that separators stay.
            let compared = close ?? count
            #expect(Array(bytes[..<compared]) == Array(expected.lines[..<compared]))
        }
    }

    @Test func `finds where the last JSON value ends`() {
        let cases: [(String, Int?)] = [
            ("{}", 2), ("{} {", 2), ("{\"a\":\"}\"}{\"b\"", 9), ("", nil), ("{{}", nil),
            ("[{}]\n{}x", 7), ("}}{}", 4), ("{\"\\\\\"}{\"\\\"}", 6),
        ]
        for (text, end) in cases {
            let bytes = Array(text.utf8)
            #expect(bytes.lastJSONValue(before: bytes.count) == end, "\(text)")
        }
        let unit = Array("{\"a\":[1,{\"b\":\"\\\"}\"}]} ".utf8)
        let bytes = (0..<50).flatMap { _ in unit }
        for count in 0...bytes.count {
            let whole = (count + 1) / unit.count
            let end = whole == 0 ? nil : whole * unit.count - 1
            #expect(bytes.lastJSONValue(before: count) == end)
        }
    }
}
