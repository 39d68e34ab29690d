import TestKit
import Testing

@testable import Listen

@Suite struct `JSON text` {
    private func whole(_ text: String) throws -> JSONText.Value {
        var json = JSONText(Array(text.utf8))
        let value = try json.value()
        json.skipSpace()
        guard json.atEnd else { throw JSONText.Failure(offset: json.at, reason: "more") }
        return value
    }

    @Test(arguments: [
        "{}", "[]", " [1, -0, 1.5e-3, true, false, null, \"a\\u00e9\\n\"] ", "{\"a\":{\"b\":[{}]}}",
        "\"\"", "0",
    ])
    func `is taken where it is well-formed`(text: String) throws { _ = try whole(text) }

    @Test(arguments: [
        "", "{", "{]", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "01", "1.", "1e", "-", "tru", "nul",
        "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\u{1}\"", "[1 2]", "{\"a\":1 \"b\":2}",
        "{} {}",
    ])
    func `is refused where it is not`(text: String) {
        #expect(throws: JSONText.Failure.self) { try whole(text) }
    }

    @Test func `64 levels are taken, 65 are not`() throws {
        let depth = IntakeLimits.jsonDepthMax
        func nested(_ count: Int) -> String {
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        _ = try whole(nested(depth))
        #expect(throws: JSONText.Failure(offset: depth, reason: "nested too deeply")) {
            try whole(nested(depth + 1))
        }
    }

    @Test func `escapes are resolved, half a pair becomes the replacement character`() {
        let text = #""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx\ude00""#
        let json = JSONText(Array(text.utf8))
        let value = JSONText.Value(kind: .string, range: 0..<text.utf8.count)
        #expect(
            String(decoding: json.text(of: value), as: UTF8.self)
                == "a\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}x\u{fffd}")
    }

    @Test func `survives any damage`() {
        var random = SplitMix64(seed: 7)
        let good = Array(#"{"event":{"a":[1,2.5,"\u00e9\n",null,true]},"time":1.5e3}"#.utf8)
        for _ in 0..<5000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            var json = JSONText(bytes)
            if let value = try? json.value() {
                #expect(value.range.upperBound <= bytes.count)
                if value.kind == .string { _ = json.text(of: value) }
            }
        }
    }
}

@Suite struct `Bodies` {
    private func inflated(
        _ wrapping: BodyInflater.Wrapping, _ pieces: [[UInt8]], bytesMax: Int = 1 << 24,
        ratioMax: Int = 200
    ) throws -> [UInt8] {
        let inflater = BodyInflater(wrapping, bytesMax: bytesMax, ratioMax: ratioMax)
        var output: [UInt8] = []
        for piece in pieces { try inflater.inflate(piece, into: &output) }
        try inflater.finish()
        return output
    }

    private func noise(_ count: Int) -> [UInt8] {
        var random = SplitMix64(seed: 3)
        return (0..<count).map { _ in UInt8.random(in: 0...63, using: &random) }
    }

    @Test func `are unpacked the same however they are cut`() throws {
        let plain = noise(200_000)
        let member = Compress.gzip(plain)
        var random = SplitMix64(seed: 5)
        for _ in 0..<20 {
            var pieces: [[UInt8]] = []
            var rest = (member + member)[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...40_000, using: &random)
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(try inflated(.gzip, pieces) == plain + plain)
        }
    }

    @Test func `of deflate are unpacked with and without wrapping`() throws {
        let plain = noise(1000)
        #expect(try inflated(.deflate, [Compress.deflate(plain)]) == plain)
    }

    @Test func `that grow past the limit are refused, at the limit they are not`() throws {
        let plain = noise(100_000)
        let packed = Compress.gzip(plain)
        #expect(try inflated(.gzip, [packed], bytesMax: 100_000) == plain)
        #expect(throws: BodyInflater.Failure.tooLarge) {
            try inflated(.gzip, [packed], bytesMax: 99_999)
        }
    }

    @Test func `that grow as no log does are refused before they are unpacked`() {
        let bomb = Compress.gzip([UInt8](repeating: 0, count: 1 << 24))
        #expect(throws: BodyInflater.Failure.bomb) { try inflated(.gzip, [bomb]) }
    }

    @Test func `cut short or damaged are refused`() {
        let packed = Compress.gzip(noise(1000))
        #expect(throws: BodyInflater.Failure.truncated) {
            try inflated(.gzip, [Array(packed.dropLast(9))])
        }
        #expect(throws: BodyInflater.Failure.damaged) {
            try inflated(.gzip, [packed + [1, 2, 3]])
        }
        #expect(throws: BodyInflater.Failure.damaged) { try inflated(.gzip, [[1, 2, 3]]) }
        #expect(throws: BodyInflater.Failure.damaged) {
            try inflated(.deflate, [Compress.deflate([1]) + [0]])
        }
    }

    @Test func `survive any damage`() {
        var random = SplitMix64(seed: 11)
        let good = Compress.gzip(noise(5000))
        for _ in 0..<500 {
            var bytes = good
            bytes[Int.random(in: bytes.indices, using: &random)] ^=
                UInt8.random(in: 1...255, using: &random)
            _ = try? inflated(.gzip, [bytes], bytesMax: 100_000)
        }
    }

    @Test func `held by all are bounded, and given back`() throws {
        let held = HeldBytes(limit: 100)
        var body = try BodyCollector(encoding: nil, limits: IntakeLimits(), held: held)
        try body.add([UInt8](repeating: 1, count: 100))
        var second = try BodyCollector(encoding: nil, limits: IntakeLimits(), held: held)
        #expect(throws: BodyCollector.Problem.busy) { try second.add([1]) }
        body.release()
        #expect(held.count == 0)
    }

    @Test func `in an unknown compression are refused by its name`() {
        #expect(throws: BodyCollector.Problem.unknownEncoding("br")) {
            _ = try BodyCollector(
                encoding: "br", limits: IntakeLimits(), held: HeldBytes(limit: 1))
        }
    }
}

@Suite struct `A request line` {
    @Test func `is taken apart and decoded`() {
        let request = IntakeRequest(
            method: "POST", target: "//a%2Fb/c%zz?x=1+2&y&x=3",
            headers: [("X-A", "1"), ("x-a", "2")])
        #expect(request.path == ["a/b", "c%zz"])
        #expect(request.query == ["x": "1 2", "y": ""])
        #expect(request.headers == ["x-a": "1"])
        #expect(IntakeRequest(method: "TRACE", target: "/", headers: []).method == nil)
    }
}
