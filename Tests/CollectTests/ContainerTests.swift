import Collect
import Engine
import TestKit
import Testing

/// How a log may be wrapped; `name` is what the source is then called below its file.
struct Wrapping: Sendable, CustomTestStringConvertible {
    var name: String
    var suffix: String
    var wrap: @Sendable ([UInt8]) -> [UInt8]
    var testDescription: String { name }

    static let all: [Wrapping] = [
        Wrapping(name: "plain", suffix: "") { $0 },
        Wrapping(name: "gzip", suffix: "") { Compress.gzip($0) },
        Wrapping(name: "gzip of three members", suffix: "") { bytes in
            let (a, b) = (bytes.count / 3, bytes.count / 2)
            return Compress.gzip(Array(bytes[..<a])) + Compress.gzip(Array(bytes[a..<b]))
                + Compress.gzip(Array(bytes[b...])) + [0, 0, 0]
        },
        Wrapping(name: "zstd", suffix: "") { Compress.zstd($0) },
        Wrapping(name: "zstd of two frames and skippable ones", suffix: "") { bytes in
            let half = bytes.count / 2
            return Compress.skippableFrame([1, 2, 3]) + Compress.zstd(Array(bytes[..<half]))
                + Compress.skippableFrame([]) + Compress.zstd(Array(bytes[half...]))
                + Compress.skippableFrame([9])
        },
        zip("zip, deflated", ZipMaker.Options()),
        zip("zip, stored", ZipMaker.Options(isDeflated: false)),
        zip("zip with descriptors", ZipMaker.Options(hasDescriptor: true)),
        zip("zip64", ZipMaker.Options(isZip64: true), isZip64: true),
        zip("zip64 with descriptors", ZipMaker.Options(hasDescriptor: true, isZip64: true)),
        Wrapping(name: "zip behind a program", suffix: "!logs/a.log") { bytes in
            let prefix = Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 7, count: 99)
            var maker = ZipMaker(prefix: prefix, countsPrefix: false)
            maker.add("logs/a.log", bytes)
            return maker.finished(comment: "made by hand")
        },
        Wrapping(name: "gzip in zip", suffix: "!logs/a.log") { bytes in
            var maker = ZipMaker()
            maker.add("logs/a.log", Compress.gzip(bytes))
            return maker.finished(comment: "PK\u{5}\u{6}")
        },
        Wrapping(name: "zip in zip", suffix: "!inner.zip!a.log") { bytes in
            var inner = ZipMaker()
            inner.add("a.log", bytes)
            var outer = ZipMaker()
            outer.add("inner.zip", inner.finished())
            return outer.finished()
        },
        Wrapping(name: "tar", suffix: "!logs/a.log") { tar($0) },
        Wrapping(name: "tar.gz", suffix: "!logs/a.log") { Compress.gzip(tar($0)) },
        Wrapping(name: "tar.zst", suffix: "!logs/a.log") { Compress.zstd(tar($0)) },
        Wrapping(name: "gzip in tar.gz in zip", suffix: "!a.tgz!logs/a.log") { bytes in
            var maker = ZipMaker()
            maker.add("a.tgz", Compress.gzip(tar(Compress.gzip(bytes))))
            return maker.finished()
        },
    ]

    private static func zip(_ name: String, _ options: ZipMaker.Options, isZip64: Bool = false)
        -> Wrapping
    {
        Wrapping(name: name, suffix: "!logs/a.log") { bytes in
            var maker = ZipMaker()
            maker.add("logs/", [], ZipMaker.Options(isDeflated: false))
            maker.add("logs/a.log", bytes, options)
            return maker.finished(isZip64: isZip64)
        }
    }

    private static func tar(_ bytes: [UInt8]) -> [UInt8] {
        var maker = TarMaker()
        maker.add("logs/", [], kind: "5")
        maker.add("logs/a.log", bytes)
        maker.add("logs/b.log", [], kind: "2")
        return maker.finished()
    }
}

@Suite struct `Containers` {
    @Test(arguments: Wrapping.all)
    func `give every format's lines with their numbers and places`(wrapping: Wrapping) throws {
        let folder = try TemporaryFolder()
        for format in Samples.textFormats {
            let text = Samples.text(format, records: 90)
            let path = try folder.write("\(format)", wrapping.wrap(Array(text.utf8)))
            let expected = Reading.lines(of: text, source: path + wrapping.suffix)
            for blockBytes in [1 << 10, 4 << 10, 1 << 20] {
                let reading = Reading([path], blockBytes: blockBytes)
                #expect(reading.problems == [], "\(format)")
                #expect(reading.formats == [format])
                #expect(reading.lines == expected, "\(format) in blocks of \(blockBytes)")
                #expect(reading.blocks.allSatisfy { $0.format == format })
                let sequence = Array(0..<UInt64(reading.blocks.count))
                #expect(reading.blocks.map(\.sequence) == sequence)
                #expect(reading.blocks.count > 1 || blockBytes > text.utf8.count / 2)
                #expect(reading.consumed == reading.total)
            }
        }
    }

    @Test(arguments: Wrapping.all)
    func `give the chunks of an EVTX file`(wrapping: Wrapping) throws {
        let folder = try TemporaryFolder()
        let file = Samples.evtx(chunks: 4, empty: [1])
        let path = try folder.write("log", wrapping.wrap(file))
        let reading = Reading([path])
        #expect(reading.formats == [.evtx])
        #expect(reading.problems == [])
        let places: [UInt64] = [4096, 135168, 200704]
        let chunks = [Samples.chunk(0), Samples.chunk(2), Samples.chunk(3)]
        #expect(reading.blocks.map(\.offset) == places)
        #expect(reading.blocks.map(\.bytes) == chunks)
    }

    @Test func `long names of tar come from pax, GNU and the prefix`() throws {
        let folder = try TemporaryFolder()
        let long = String(repeating: "d/", count: 70) + "é.log"
        let line = Array("<1>1 - - - - - - x\n".utf8)
        var tar = TarMaker()
        tar.addPax([("comment", "x"), ("path", long), ("mtime", "1.5")])
        tar.add("short", line)
        tar.addLongName(long)
        tar.add("short", line, magic: "ustar  \u{0}")
        tar.add("a.log", line, prefix: "some/where")
        tar.add("old.log", line, magic: "")
        let path = try folder.write("a.tar", tar.finished())
        let reading = Reading([path])
        let names = [long, long, "some/where/a.log", "old.log"].map { path + "!" + $0 }
        #expect(reading.sources.map(\.path) == names)
        #expect(reading.texts.count == 4)
        #expect(reading.problems == [])
    }

    @Test func `a pax size overrules the header's`() throws {
        let folder = try TemporaryFolder()
        let line = Array("<1>1 - - - - - - x\n".utf8)
        var tar = TarMaker()
        tar.addPax([("size", "\(line.count)")])
        tar.add("a.log", line, statedSize: 0)
        tar.add("b.log", line)
        let reading = Reading([try folder.write("a.tar", tar.finished())])
        #expect(reading.texts.count == 2)
    }

    @Test func `UTF-16 and byte order marks are read as UTF-8`() throws {
        let folder = try TemporaryFolder()
        let text = "{\"user\":\"Zoë 🔥\"}\r\n{\"user\":\"b\"}\r\n"
        let units = Array(text.utf16)
        let little = units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
        let forms: [[UInt8]] = [
            Array(text.utf8), [0xef, 0xbb, 0xbf] + Array(text.utf8), [0xff, 0xfe] + little,
            [0xfe, 0xff] + big, little, big, [0xff, 0xfe] + little + [0x41],
        ]
        for (index, bytes) in forms.enumerated() {
            let reading = Reading([try folder.write("\(index)", bytes)])
            #expect(reading.formats == [.json], "form \(index)")
            #expect(reading.texts == ["{\"user\":\"Zoë 🔥\"}\r", "{\"user\":\"b\"}\r"])
            #expect(reading.lines.first?.offset == (index == 1 ? 3 : 0))
        }
    }

    @Test func `lone surrogates are replaced`() throws {
        let folder = try TemporaryFolder()
        let units: [UInt16] =
            [0xfeff] + Array("{\"a\":\"".utf16) + [0xd800, 0x41, 0xdc00]
            + Array("\"}".utf16) + [0xd83d]
        let bytes = units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        let reading = Reading([try folder.write("a", bytes)])
        #expect(reading.texts == ["{\"a\":\"\u{fffd}A\u{fffd}\"}\u{fffd}"])
    }
}
