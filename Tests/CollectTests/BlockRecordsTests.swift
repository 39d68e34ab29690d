import Engine
import Foundation
import TestKit
import Testing

@testable import Collect

@Suite struct `Single records of blocks` {
    private static func records(
        _ paths: [String], blockBytes: Int = 1 << 20
    ) -> [BlockRecords.Record] {
        var options = ReadOptions()
        options.limits.blockBytes = blockBytes
        var reader = InputReader(paths: paths, options: options)
        var splitter = BlockRecords()
        var records: [BlockRecords.Record] = []
        while let block = reader.nextBlock() { records += splitter.records(of: block).records }
        return records
    }

    struct Sample: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var records: [String]
        var testDescription: String { name }
    }

    static let samples = [
        Sample(
            name: "JSON lines, one broken", text: "{\"a\":1}\n{\"b\":\n{\"c\":3}\n\n{\"d\":4}\n",
            records: ["{\"a\":1}", "{\"b\":\n{\"c\":3}", "{\"d\":4}"]),
        Sample(
            name: "values on one line", text: "{\"a\":1}{\"a\":2} {\"a\":3}",
            records: ["{\"a\":1}", "{\"a\":2} {\"a\":3}"]),
        Sample(
            name: "an array", text: "{\"Records\":[{\"a\":1},{\"b\":{\"c\":2}}]}",
            records: ["{\"a\":1}", "{\"b\":{\"c\":2}}"]),
        Sample(
            name: "a table", text: "time,user\r\n1,\"a\nb\"\r\n2,c\r\n",
            records: ["time,user\r\n1,\"a\nb\"", "time,user\r\n2,c"]),
        Sample(
            name: "syslog", text: "Oct 11 22:14:15 h a: 1\nOct 11 22:14:15 h a: 2",
            records: ["Oct 11 22:14:15 h a: 1", "Oct 11 22:14:15 h a: 2"]),
    ]

    @Test(arguments: samples)
    func `are told apart as their format says`(sample: Sample) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a", Array(sample.text.utf8))
        let found = Self.records([path])
        #expect(found.map { String(decoding: $0.bytes, as: UTF8.self) } == sample.records)
        #expect(Set(found.map(\.id)).count == found.count)
    }

    @Test func `have the same names however they are packed, called and cut into blocks`() throws {
        let folder = try TemporaryFolder()
        let text = Array((0..<500).map { "{\"n\":\($0),\"same\":true}\n" }.joined().utf8)
        let plain = Self.records([try folder.write("a.json", text)])
        #expect(plain.count == 500)
        #expect(Self.records([try folder.write("b.gz", Compress.gzip(text))]) == plain)
        #expect(Self.records([try folder.write("c.json", text)], blockBytes: 64) == plain)
        // One that grew has those it had before, under the same names.
        let more = Self.records([try folder.write("d.json", text + Array("{\"n\":500}\n".utf8))])
        #expect(Array(more.prefix(500)) == plain)
    }

    @Test func `that say the same twice in one log are two`() throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "{\"same\":true}\n", count: 3)
        let found = Self.records([try folder.write("a.json", Array(text.utf8))])
        #expect(Set(found.map(\.id)).count == 3)
    }

    @Test func `bytes that came another way are read as a file of them is`() throws {
        let folder = try TemporaryFolder()
        let text = Compress.gzip(Array("{\"Records\":[{\"a\":1},{\"a\":2}]}".utf8))
        let path = try folder.write("a.json.gz", text)
        var reader = InputReader(memory: text, name: "key")
        var splitter = BlockRecords()
        var found: [BlockRecords.Record] = []
        while let block = reader.nextBlock() { found += splitter.records(of: block).records }
        #expect(found == Self.records([path]))
        #expect(found.count == 2)
        #expect(reader.sources.map(\.path) == ["key"])
    }
}
