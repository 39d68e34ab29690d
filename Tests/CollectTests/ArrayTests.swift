import Collect
import Engine
import TestKit
import Testing

@Suite struct `Arrays of records` {
    private static let elements = (0..<70).map { index in
        "{\"n\": \(index), \"s\": \"],}{[ \\\" \\\\\", \"in\": [ {\"b\": [\(index), \"x\"]} ]}"
    }

    private static let envelopes: [(String, String)] = [
        ("[", "]"), ("  [\n", "\n]\n"), ("{\"Records\":[", "]}"),
        ("{\"@odata.context\": \"a]b\", \"value\": [", "], \"@odata.nextLink\": \"x\"}"),
        ("{\"records\":\n[\n", "\n]\n}"), ("{\"nextToken\":null,\"events\":[", "]}"),
        ("{\"messageType\":\"DATA\",\"logEvents\":[", "],\"owner\":{\"a\":[1]}}"),
        ("{\"kind\":\"EventList\",\"metadata\":{\"items\":[1]},\"items\":[", "]}"),
        (
            "{\"took\":5,\"_shards\":{\"total\":1},\"hits\":{\"total\":{\"value\":3},\"hits\":[",
            "]}}"
        ),
        (
            "{\"a\":{\"Records\":[1]},\"b\":\"\\\"Records\\\":[\",\"Records\":[",
            "],\"c\":[{\"x\":1}]}"
        ),
    ]

    @Test(arguments: envelopes)
    func `are taken apart into one element a line`(open: String, close: String) throws {
        let folder = try TemporaryFolder()
        for separator in [",", ",\n  ", "\r\n ,\t"] {
            let text = open + Self.elements.joined(separator: separator) + close
            let path = try folder.write("a.json", text)
            for blockBytes in [64, 333, 1000, 1 << 20] {
                let reading = Reading([path], blockBytes: blockBytes)
                #expect(reading.formats == [.jsonArray])
                #expect(reading.blocks.allSatisfy { $0.format == .json })
                let lines = reading.lines.filter { $0.text.contains("{") }
                #expect(lines.map { trimmed($0.text) } == Self.elements)
                #expect(lines.map(\.number) == (1...70).map { UInt64($0) })
                for line in lines {
                    let start = text.utf8.index(text.startIndex, offsetBy: Int(line.offset))
                    let there = trimmed(String(text[start...].prefix(line.text.count)))
                    #expect(there == trimmed(line.text))
                }
            }
        }
    }

    @Test func `of several documents are numbered on`() throws {
        let folder = try TemporaryFolder()
        let text =
            "{\"records\":[{\"a\":1},{\"a\":2}]}\n{\"records\":[]}\n{\"x\":[1],\"records\":[{\"a\":3}]}"
        let path = try folder.write("a.json", text)
        for blockBytes in [8, 16, 1000] {
            let reading = Reading([path], blockBytes: blockBytes)
            #expect(reading.texts == ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"])
            #expect(reading.lines.map(\.number) == [1, 2, 3])
        }
    }

    @Test func `newlines within an element become spaces, and its place holds`() throws {
        let folder = try TemporaryFolder()
        let text = "[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]\n"
        let reading = Reading([try folder.write("a.json", text)])
        #expect(reading.texts.map { trimmed($0) } == ["{     \"a\": 1   }", "{     \"a\": 2   }"])
        #expect(reading.lines.map(\.number) == [1, 2])
        #expect(reading.blocks.map(\.offset) == [1])
    }

    @Test func `that are cut short give what is there`() throws {
        let folder = try TemporaryFolder()
        let text = "[" + Self.elements.joined(separator: ",")
        for cut in [text.utf8.count, text.utf8.count - 5] {
            let path = try folder.write("a.json", Array(text.utf8.prefix(cut)))
            let lines = Reading([path], blockBytes: 300).texts
            #expect(lines.count == 70)
            #expect(Array(lines.prefix(69)) == Array(Self.elements.prefix(69)))
        }
    }

    @Test func `with an element that never ends go on after it`() throws {
        let folder = try TemporaryFolder()
        let broken = "{\"broken\": {\"a\": 1}"
        let text =
            "[" + Self.elements.prefix(5).joined(separator: ",") + "," + broken + ","
            + Self.elements.suffix(30).joined(separator: ",") + "]"
        let reading = Reading([try folder.write("a.json", text)], blockBytes: 128) {
            $0.recordBytesMax = 1024
        }
        #expect(reading.unparsedByReason == ["record longer than 1024 bytes": 1])
        #expect(Array(reading.texts.prefix(5)) == Array(Self.elements.prefix(5)))
        #expect(reading.texts.count >= 30)
        #expect(Array(reading.texts.suffix(30)) == Array(Self.elements.suffix(30)))
    }

    @Test func `that hold nothing give nothing, and are no problem`() throws {
        let folder = try TemporaryFolder()
        for text in ["[]", "[ ]\n", "{\"Records\":[]}", "{\"value\": [ ] }"] {
            let reading = Reading([try folder.write("a.json", text)])
            #expect(reading.formats == [.jsonArray], "\(text)")
            #expect(reading.blocks.isEmpty)
            #expect(reading.problems.isEmpty)
        }
    }

    @Test func `are read when the format is named as json`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.json", "{\"Records\":[{\"a\":1},{\"a\":2}]}")
        #expect(Reading([path], format: .json).texts == ["{\"a\":1}", "{\"a\":2}"])
        #expect(Reading([path], format: .jsonArray).texts == ["{\"a\":1}", "{\"a\":2}"])
    }

    @Test func `named as such where there is none is told`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.json", "{\"a\":1}\n")
        #expect(Reading([path], format: .jsonArray).problems.count == 1)
    }

    private func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace || last == "," { text.removeLast() }
        return String(text)
    }
}
