import Collect
import Engine
import TestKit
import Testing

@Suite struct `Cutting` {
    private func reading(
        _ text: String, format: RecordFormat? = nil, blockBytes: Int,
        _ change: (inout ReadLimits) -> Void = { _ in }
    ) throws -> Reading {
        let folder = try TemporaryFolder()
        return Reading(
            [try folder.write("log", text)], format: format, blockBytes: blockBytes, change)
    }

    @Test(arguments: Samples.textFormats)
    func `tears no record, whatever the size of a block`(format: RecordFormat) throws {
        let records = (0..<120).map { Samples.record(format, $0) }
        let text = Samples.text(format, records: records.count)
        var random = SplitMix64(seed: 7)
        for _ in 0..<12 {
            let blockBytes = Int.random(in: 300...6000, using: &random)
            let reading = try reading(text, blockBytes: blockBytes)
            #expect(String(decoding: reading.blocks.flatMap(\.bytes), as: UTF8.self) == text)
            for block in reading.blocks.dropFirst() {
                let bytes = String(decoding: block.bytes, as: UTF8.self)
                #expect(records.contains { bytes.hasPrefix($0) }, "\(format) at \(block.offset)")
            }
        }
    }

    @Test func `JSON that spans lines is cut between values only`() throws {
        let value = "{\n\"a\": [\n{\n\"b\": \"} { \\\"\\\\\"\n},\n{\n}\n]\n}"
        for separator in ["\n", "\r\n\r\n", " ", "", ",\n"] {
            let text = Array(repeating: value, count: 60).joined(separator: separator)
            for blockBytes in [64, 100, 257, 1000] {
                let reading = try reading(text, blockBytes: blockBytes)
                #expect(reading.formats == [.json])
                #expect(reading.blocks.count > 1)
                for block in reading.blocks {
                    let bytes = String(decoding: block.bytes, as: UTF8.self)
                        .drop { $0.isWhitespace || $0 == "," }
                    #expect(bytes.hasPrefix("{\n\"a\": ["), "'\(separator)' at \(block.offset)")
                }
                #expect(reading.blocks.flatMap(\.bytes) == Array(text.utf8))
            }
        }
    }

    @Test func `a damaged JSON line spoils no other`() throws {
        let lines = (0..<200).map { $0 == 60 ? "{\"a\":\"\u{1}" : "{\"n\":\($0)}" }
        let text = lines.joined(separator: "\n") + "\n"
        for blockBytes in [64, 128, 900] {
            #expect(try reading(text, blockBytes: blockBytes).texts == lines)
        }
    }

    @Test func `records of one audit event stay together`() throws {
        let text = Samples.text(.auditd, records: 100)
        let reading = try reading(text, blockBytes: 1000)
        #expect(reading.blocks.count > 10)
        for block in reading.blocks {
            let lines = String(decoding: block.bytes, as: UTF8.self).split(separator: "\n")
            #expect(lines.count.isMultiple(of: 2))
            #expect(lines.first?.hasPrefix("type=SYSCALL") == true)
        }
    }

    @Test func `binary fields of the journal may hold empty lines`() throws {
        let content = "a\n\n__CURSOR=fake\n\nb"
        var bytes: [UInt8] = []
        for index in 0..<50 {
            bytes += Array("__CURSOR=\(index)\nMESSAGE\n".utf8)
            bytes += [UInt8(content.utf8.count), 0, 0, 0, 0, 0, 0, 0]
            bytes += Array("\(content)\nPRIORITY=6\n\n".utf8)
        }
        let folder = try TemporaryFolder()
        let path = try folder.write("journal", bytes)
        for blockBytes in [70, 200, 555] {
            let reading = Reading([path], blockBytes: blockBytes)
            #expect(reading.formats == [.journal])
            #expect(reading.blocks.flatMap(\.bytes) == bytes)
            #expect(reading.blocks.count > 4)
            #expect(
                reading.blocks.allSatisfy {
                    $0.bytes.starts(with: Array("__CURSOR=".utf8))
                        && !$0.bytes.starts(with: Array("__CURSOR=f".utf8))
                })
        }
    }

    @Test func `a table's quoted newlines end no row, and its header goes along`() throws {
        let rows = (0..<80).map {
            "\($0),\"a\n\"\"\(String(repeating: "b\n", count: $0 % 5))\"\"\",5\" x\n"
        }
        let text = "id,\"long\nname\",size\n" + rows.joined()
        for blockBytes in [64, 300, 1000] {
            let reading = try reading(text, blockBytes: blockBytes)
            #expect(reading.formats == [.csv])
            for (index, block) in reading.blocks.enumerated() {
                let bytes = String(decoding: block.bytes, as: UTF8.self)
                #expect(index == 0 || rows.contains { bytes.hasPrefix($0) })
                #expect(
                    block.preamble == (index == 0 ? [] : Array("id,\"long\nname\",size\n".utf8)))
            }
        }
    }

    @Test func `PowerShell's type line is not taken for the header`() throws {
        let text = "#TYPE System.Object\r\n\"Id\",\"Name\"\r\n\"1\",\"x\"\r\n"
        let reading = try reading(text, blockBytes: 1000)
        #expect(reading.lines.map(\.number) == [2, 3])
        #expect(reading.lines.map(\.offset) == [21, 34])
    }

    @Test func `the last Zeek header counts in logs that were joined`() throws {
        let second = "#separator \\x09\n#path\thttp\n#fields\tts\thost\n#types\ttime\tstring\n"
        let text =
            Samples.text(.zeekTSV, records: 40) + "#close\t2026\n" + second
            + (0..<60).map { "1.\($0)\thost\($0)\n" }.joined()
        let reading = try reading(text, blockBytes: 400)
        #expect(reading.blocks.first?.preamble == [])
        #expect(reading.blocks.last.map { String(decoding: $0.preamble, as: UTF8.self) } == second)
        #expect(
            reading.blocks.dropFirst().first?.preamble.starts(with: Array("#separator".utf8))
                == true)
    }

    @Test func `a line that is too long is given up, and the next ones are read`() throws {
        let long = String(repeating: "y", count: 9000)
        let head = "<1>1 - - - - - - "
        let text = "\(head)a\n\(head)\(long)\n\(head)b\n\(head)\(long)\n\(head)\(long)"
        for blockBytes in [128, 1000, 4096] {
            let reading = try reading(text, blockBytes: blockBytes) { $0.recordBytesMax = 4096 }
            #expect(reading.lines.map(\.number) == [1, 3])
            #expect(reading.lines.map(\.text) == ["\(head)a", "\(head)b"])
            #expect(reading.unparsedByReason == ["line longer than 4096 bytes": 3])
            #expect(reading.sources[0].unparsed == 3)
            #expect(reading.unparsed.first?.offset == UInt64(head.utf8.count + 2))
            #expect(reading.unparsed.first?.bytes.count == 256)
        }
    }

    @Test func `a line of the greatest length is read`() throws {
        let head = "<1>1 - - - - - - "
        let line = head + String(repeating: "y", count: 4095 - head.utf8.count)
        let text = "\(head)a\n\(line)\n\(head)b\n"
        let reading = try reading(text, blockBytes: 100) { $0.recordBytesMax = 4096 }
        #expect(reading.texts == ["\(head)a", line, "\(head)b"])
        #expect(reading.unparsed.isEmpty)
    }

    @Test func `a bare chunk and a short last one are passed on`() throws {
        let folder = try TemporaryFolder()
        let bytes = Samples.chunk(0) + Array(Samples.chunk(1).prefix(1000))
        let reading = Reading([try folder.write("chunks", bytes)])
        #expect(reading.formats == [.evtx])
        #expect(reading.blocks.map(\.offset) == [0, 65536])
        #expect(reading.blocks.map(\.bytes.count) == [65536, 1000])
    }

    @Test func `carving finds chunks that are out of place`() throws {
        let folder = try TemporaryFolder()
        let junk = [UInt8](repeating: 0xaa, count: 777)
        var bytes = [UInt8](repeating: 0x11, count: 4096)
        bytes += Samples.chunk(0)
        bytes += junk
        bytes += Samples.chunk(1).prefix(3000)
        bytes += Samples.chunk(2)
        let path = try folder.write("damaged", bytes)
        #expect(Reading([path]).problems.count == 1)
        let carved = Reading([path], carve: true)
        let chunks = carved.blocks.filter { $0.bytes.starts(with: Array("ElfChnk\0".utf8)) }
        let places: [UInt64] = [4096, 70409, 73409]
        #expect(chunks.map(\.offset) == places)
        #expect(chunks.map { $0.bytes[8] } == [1, 2, 3])
        #expect(carved.blocks.flatMap(\.bytes) == bytes)
    }
}
