import TestKit
import Testing

@testable import Engine

@Suite struct `JSON objects as values` {
    /// `name=value` of each field, in order; all records of the text.
    private func read(_ text: String, asked: [String] = []) throws -> [[String]] {
        var names = FieldNames()
        for name in asked { _ = names.intern(name) }
        names.share()
        var event = EventBuffer(names: names)
        event.paths.asked = AskedFields(names, except: [])
        var decoder = Engine.JSONDecoder()
        let bytes = Array(text.utf8)
        var records: [[String]] = []
        while try decoder.next(in: bytes.span, into: &event) {
            records.append(
                (0..<event.fieldCount).map { index in
                    let field = event.field(at: index)
                    let value = event.withBytes(of: field) { String(decoding: $0, as: UTF8.self) }
                    return "\(event.names.name(field.name))=\(value)"
                })
        }
        return records
    }

    @Test func `an object is a value where its field is asked for, and only there`() throws {
        let text = #"{"a":{"b":{"c":1}, "d":[{"e":2},{"e":3}]}}"#
        #expect(try read(text) == [["a.b.c=1", "a.d.e=2", "a.d.e=3"]])
        #expect(
            try read(text, asked: ["a.b", "a.d"]) == [
                [
                    "a.b.c=1", #"a.b={"c":1}"#, "a.d.e=2", #"a.d={"e":2}"#, "a.d.e=3",
                    #"a.d={"e":3}"#,
                ]
            ])
        #expect(
            try read(text, asked: ["a"]).first?.last
                == #"a={"b":{"c":1}, "d":[{"e":2},{"e":3}]}"#)
    }

    @Test(arguments: ["Name", "name", "displayName", "Key", "key"])
    func `a pair's value stands under its name too`(key: String) throws {
        let record =
            "{\"P\":[{\"\(key)\":\"To\",\"Value\":\"x\"},{\"Value\":\"y\",\"\(key)\":\"Cc\"}]}\n"
        let expected = [
            "P.\(key)=To", "P.Value=x", "P.To=x", "P.Value=y", "P.\(key)=Cc", "P.Cc=y",
        ]
        // The second record meets what the first one taught.
        #expect(try read(record + record) == [expected, expected])
    }

    @Test func `pairs have names with escapes, values of any kind, and several values`() throws {
        let text = #"{"P":[{"name":"a\tb","multiValue":["1","2"]},{"name":"n","intValue":7}]}"#
        #expect(
            try read(text + text).last == [
                "P.name=a\tb", "P.multiValue=1", "P.multiValue=2", "P.a\tb=1", "P.a\tb=2",
                "P.name=n", "P.intValue=7", "P.n=7",
            ])
    }

    @Test func `a pair is no text of its own`() throws {
        let text = #"{"P":[{"Name":"a","Value":"b"}]}"#
        #expect(try read(text, asked: ["P"]) == [["P.Name=a", "P.Value=b", "P.a=b"]])
    }

    @Test func `an object on its own, or without a name or a value, is no pair`() throws {
        let text = #"{"P":{"Name":"a","Value":"b"},"Q":[{"Name":"a"}],"R":[{"Value":"b"}]}"#
        #expect(try read(text) == [["P.Name=a", "P.Value=b", "Q.Name=a", "R.Value=b"]])
        let null =
            #"{"P":[{"Name":null,"Value":"b"},{"Name":"","Value":"b"},{"Name":1,"Value":"b"}]}"#
        #expect(try read(null).first?.count == 6)
    }

    @Test(arguments: [(JSONPairs.nameBytesMax, true), (JSONPairs.nameBytesMax + 1, false)])
    func `a pair's name has 256 bytes and no more`(count: Int, isNamed: Bool) throws {
        let name = String(repeating: "n", count: count)
        let found = try read("{\"P\":[{\"Name\":\"\(name)\",\"Value\":\"v\"}]}")
        #expect(found.first?.contains("P.\(name)=v") == isNamed)
    }

    @Test func `names beyond the limit have no field, and those known keep theirs`() throws {
        let count = JSONPairs.namesMax + 2
        let lines = (0..<count).map { "{\"P\":[{\"Name\":\"n\($0)\",\"Value\":\"v\"}]}\n" }
        let found = try read(lines.joined() + lines[0])
        #expect(found.count(where: { $0.count == 3 }) == JSONPairs.namesMax + 1)
        #expect(found.last == ["P.Name=n0", "P.Value=v", "P.n0=v"])
    }

    @Test func `arguments of a program are one command line`() throws {
        func record(_ args: String) -> String { "{\"event\":{\"exec\":{\"args\":\(args)}}}" }
        #expect(
            try read(record(#"["/bin/sh", "-c" , "a \"b\""]"#))
                == [[#"event.exec.args=/bin/sh -c a "b""#]])
        #expect(try read(record("[]")) == [[]])
        #expect(try read(record(#"["a",1]"#)) == [["event.exec.args=a", "event.exec.args=1"]])
        #expect(throws: DecodeFailure.self) { try read(record(#"["a","#)) }
        #expect(throws: DecodeFailure.self) { try read(record(#"["a"}"#)) }
    }
}
