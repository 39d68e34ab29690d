import Foundation
import TestKit
import Testing

@testable import Engine

@Suite struct `JSON decoder` {
    /// One text per record or refusal: `line@offset name=value …`, `!offset reason`.
    private func read(_ bytes: [UInt8], firstLine: UInt64 = 1, offset: UInt64 = 0) -> [String] {
        var buffer = EventBuffer(names: FieldNames())
        var decoder = Engine.JSONDecoder(firstLine: firstLine, blockOffset: offset)
        var found: [String] = []
        while found.count <= bytes.count {
            do {
                guard try decoder.next(in: bytes.span, into: &buffer) else { return found }
                found.append(text(of: buffer))
            } catch {
                found.append("!\(error.offset) \(error.reason)")
            }
        }
        Issue.record("the decoder stands still")
        return found
    }

    private func read(_ text: String) -> [String] { read(Array(text.utf8)) }

    private func text(of event: borrowing EventBuffer) -> String {
        var text = "\(event.recordNumber)@\(event.recordOffset)"
        for index in 0..<event.fieldCount {
            let field = event.field(at: index)
            let value = event.withBytes(of: field) { String(decoding: $0, as: UTF8.self) }
            text += " \(event.names.name(field.name))"
            text += field.kind == .null ? " null" : "=\(value)"
        }
        return text
    }

    static let records: [(json: String, expected: [String])] = [
        ("", []), (" \n\t\r\n", []), ("{}", ["1@0"]), (#"{"a":{},"b":[]}"#, ["1@0"]),
        (#"{"a":"b","c":-1.50e+3,"d":true,"e":null}"#, ["1@0 a=b c=-1.50e+3 d=true e null"]),
        (#"{"a":{"b":{"c":"d"},"e":"f"}}"#, ["1@0 a.b.c=d a.e=f"]),
        (#"{"a":["b",["c"],{"d":"e"}]}"#, ["1@0 a=b a=c a.d=e"]),
        (#"{"a":1,"a":2}"#, ["1@0 a=1 a=2"]),
        (#"{"\u0061":"\u0062"}"#, ["1@0 a=b"]), (#"{"":"x"}"#, ["1@0 =x"]),
        ("{\"a\":1}\n{\"a\":2}\n", ["1@0 a=1", "2@8 a=2"]),
        (#"{"a":1}{"a":2} {"a":3}"#, ["1@0 a=1", "1@7 a=2", "1@15 a=3"]),
        ("[{\"a\":1},\n {\"a\":2}]", ["1@1 a=1", "2@11 a=2"]),
        ("{\n \"a\" : [\n 1 ,\n 2 ]\n}\n{\"b\":3}", ["1@0 a=1 a=2", "6@23 b=3"]),
    ]

    @Test(arguments: records)
    func `names values by their path and records by their line`(json: String, expected: [String]) {
        #expect(read(json) == expected)
    }

    @Test(arguments: [
        (#"\" \\ \/"#, "\" \\ /"), (#"\b\f\n\r\t"#, "\u{8}\u{c}\n\r\t"), (#"\u00e9\u20AC"#, "é€"),
        (#"\ud83d\ude00"#, "😀"), (#"\ud83d"#, "\u{FFFD}"), (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"),
        (#"\ud83d\u0041"#, "\u{FFFD}A"), (#"\u0000"#, "\0"), ("é€😀", "é€😀"),
    ])
    func `resolves every escape`(written: String, meant: String) {
        for before in ["", String(repeating: "x", count: 15), String(repeating: "y", count: 5000)] {
            #expect(read("{\"a\":\"\(before)\(written)\"}") == ["1@0 a=\(before)\(meant)"])
        }
    }

    static let refusals: [(json: String, reason: String)] = [
        ("7", "!0 not a JSON object"), (#""a""#, "!0 not a JSON object"),
        ("{a:1}", "!1 expected a key"), (#"{"a":1,}"#, "!7 expected a key"),
        (#"{"a" 1}"#, "!5 expected a colon"), (#"{"a":1 "b":2}"#, "!7 expected a comma or the end"),
        (#"{"a":[1}"#, "!7 expected a comma or the end"), (#"{"a":[,1]}"#, "!6 not a JSON value"),
        (#"{"a":tru}"#, "!5 not a JSON value"), (#"{"a":NaN}"#, "!5 not a JSON value"),
        (#"{"a":-}"#, "!6 malformed number"), (#"{"a":1.}"#, "!7 malformed number"),
        (#"{"a":1e}"#, "!7 malformed number"), (#"{"a":01}"#, "!6 expected a comma or the end"),
        (#"{"a":"\x"}"#, "!6 malformed escape"), (#"{"a":"\u12G4"}"#, "!6 malformed escape"),
        ("{\"a\":\"b\tc\"}", "!7 control character in a string"),
    ]

    @Test(arguments: refusals)
    func `refuses what RFC 8259 does not allow, and reads on`(json: String, reason: String) {
        #expect(read(json + "\n{\"next\":1}").first == reason)
        #expect(read(json + "\n{\"next\":1}").last == "2@\(json.utf8.count + 1) next=1")
    }

    @Test(arguments: [#"{"a":1"#, #"{"a"#, #"{"a":"b"#, #"{"a":"\"#, #"{"a":[1,"#])
    func `says of a record that is cut short that it is`(json: String) {
        #expect(read(json).count == 1)
        #expect(read(json).first?.hasSuffix(" JSON ends inside a record") == true)
    }

    @Test(arguments: [#"{"a":1"#, #"{"a"#, #"{"a":"b"#, #"{"a":"\"#, #"{"a":[1,"#])
    func `loses no record behind one that is cut short`(json: String) {
        let found = read("{\"z\":0}\n" + json + "\n{\"next\":1}\n{\"last\":2}")
        #expect(found.count == 4)
        #expect(found[1].hasPrefix("!"))
        #expect(found[2].hasPrefix("3@") && found[2].hasSuffix("next=1"))
        #expect(found[3].hasPrefix("4@") && found[3].hasSuffix("last=2"))
    }

    @Test func `a key known by its escapes is not met again without them`() {
        let written = #"{"a\"b":1,"c\\t":2}"# + "\n"
        #expect(read(written + written) == [#"1@0 a"b=1 c\t=2"#, #"2@20 a"b=1 c\t=2"#])
        #expect(read(written + #"{"a"b":3}"#).last == "!24 expected a colon")
        #expect(read(written + #"{"a\"b":3,"c\t":4}"#).last == "2@20 a\"b=3 c\t=4")
    }

    @Test func `keys are told apart wherever sixteen bytes end`() {
        for count in 1...40 {
            let key = String(repeating: "k", count: count)
            let line = "{\"\(key)\":1, \"\(key)x\" : 2}\n"
            let other = "{\"\(key)y\":3,\"\(key)\":4}\n"
            let found = read(line + line + other + line)
            #expect(
                found.map { $0.split(separator: " ").dropFirst().joined(separator: " ") } == [
                    "\(key)=1 \(key)x=2", "\(key)=1 \(key)x=2", "\(key)y=3 \(key)=4",
                    "\(key)=1 \(key)x=2",
                ])
        }
    }

    @Test(arguments: [(63, true), (64, false)])
    func `reads 64 levels and no more`(inner: Int, isRead: Bool) {
        let open = String(repeating: "[", count: inner)
        let found = read("{\"a\":\(open)1" + String(repeating: "]", count: inner) + "}")
        #expect(found.first == (isRead ? "1@0 a=1" : "!\(5 + 63) nested too deeply"))
    }

    @Test func `counts lines and offsets from where its block starts`() {
        let found = read(Array("\n{\"a\":1}".utf8), firstLine: 41, offset: 1 << 33)
        #expect(found == ["42@\(1 << 33 + 1) a=1"])
    }

    @Test func `keeps bytes that are no UTF-8`() throws {
        let bytes = Array(#"{"a":""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#""}"#.utf8)
        var buffer = EventBuffer(names: FieldNames())
        var decoder = Engine.JSONDecoder()
        _ = try decoder.next(in: bytes.span, into: &buffer)
        #expect(buffer.withBytes(of: buffer.field(at: 0)) { Array($0) } == [0xC3, 0x28, 0xFF])
    }

    @Test func `leaves fields beyond the limit out, counted, and keeps the record`() throws {
        let count = EventBuffer.fieldsMax
        let bytes = Array(
            "{\"a\":[\(Array(repeating: "1", count: count + 3).joined(separator: ","))]}".utf8)
        var buffer = EventBuffer(names: FieldNames())
        var decoder = Engine.JSONDecoder()
        _ = try decoder.next(in: bytes.span, into: &buffer)
        #expect(buffer.fieldCount == count)
        #expect(buffer.truncatedFields == 3)
    }

    @Test func `agrees with Foundation on what is JSON, and survives any damage`() throws {
        var random = SplitMix64(seed: 8259)
        let good = Array(#"{"a":[1,-2.5e3,"x\u00e9\n\\"],"bb":{"c":null,"d":true,"":"y"}}"#.utf8)
        let alphabet = Array(#"{}[]",:\u0d1e-.tfn "#.utf8)
        var refused = 0
        for _ in 0..<20_000 {
            var bytes = good
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let at = Int.random(in: 1..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = alphabet.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: at)
                default: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: at)
                }
            }
            // Foundation takes a comma before a closing bracket, which RFC 8259 does not allow.
            let hasLooseComma =
                String(decoding: bytes, as: UTF8.self)
                .firstMatch(of: /,[ \n\t\r]*[\]}]/) != nil
            let isJSON =
                !hasLooseComma && (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil
            let found = read(bytes)
            if isJSON {
                #expect(found.count == 1 && found[0].hasPrefix("1@0"), "\(bytes)")
            } else if found.contains(where: { $0.hasPrefix("!") }) {
                refused += 1
            }
        }
        #expect(refused > 10_000)
    }
}
