import Engine
import TestKit
import Testing

@Suite struct `EVTX files` {
    private func sample(_ count: Int, perChunk: Int = .max) -> EVTXWriter {
        var writer = EVTXWriter()
        writer.recordsPerChunkMax = perChunk
        for index in 0..<count {
            writer = writer.record(data: [("N", .uint32(UInt32(index)))])
        }
        return writer
    }

    private func isFile(_ bytes: [UInt8]) -> Bool { EVTX.isFile(bytes.span) }

    private func header(of bytes: [UInt8]) -> EVTXFile? { EVTXFile.header(of: bytes.span) }

    private func chunkHeader(of bytes: [UInt8]) -> EVTXChunk? { EVTXChunk.header(of: bytes.span) }

    @Test func `a file is known by its first eight bytes`() {
        #expect(isFile(Array("ElfFile\0".utf8)))
        #expect(!isFile(Array("ElfFile".utf8)))
        #expect(!isFile(Array("ElfFilf\0".utf8)))
        #expect(!isFile([]))
    }

    @Test func `the header tells flags and checksum`() throws {
        var writer = sample(4, perChunk: 2)
        writer.isDirty = true
        var bytes = writer.bytes()
        let header = try #require(self.header(of: bytes))
        #expect(header.isDirty && !header.isFull && header.checksumHolds)
        #expect(header.chunkCount == 2 && header.lastChunk == 1 && header.nextRecord == 5)
        #expect(header.major == 3 && header.minor == 1)
        bytes[24] ^= 1
        #expect(self.header(of: bytes)?.checksumHolds == false)
        #expect(self.header(of: Array(bytes[0..<127])) == nil)
    }

    static let cuts: [(Int, [Range<Int>])] = [
        (0, []), (4096, []), (4096 + 539, []), (4096 + 540, [4096..<4636]),
        (4096 + 65_536, [4096..<69_632]), (4096 + 65_536 + 100, [4096..<69_632]),
        (4096 + 65_536 + 600, [4096..<69_632, 69_632..<70_232]),
    ]

    @Test(arguments: cuts)
    func `chunks are cut every 64 KiB`(count: Int, ranges: [Range<Int>]) {
        #expect(EVTX.chunkRanges(fileCount: count) == ranges)
    }

    @Test func `records are read through all chunks, in order`() {
        let reading = EVTXReading(file: sample(700).bytes())
        #expect(reading.failures.isEmpty && reading.warnings == EVTXWarnings())
        #expect(reading.events.map(\.number) == Array(1...700))
        #expect(Set(reading.events.map(\.offset)).count == 700)
    }

    @Test func `a chunk never used is silent, one without records too`() {
        let empty = [UInt8](repeating: 0, count: 65_536)
        let reading = EVTXReading(chunks: [(empty, 0), (EVTXWriter().chunks()[0], 0), ([], 0)])
        #expect(reading.events.isEmpty && reading.failures.isEmpty)
        #expect(reading.warnings == EVTXWarnings())
    }

    @Test func `wrong checksums warn and do not stop`() {
        var bytes = sample(3).bytes()
        bytes[4096 + 60] ^= 1
        bytes[4096 + 512 + 16] ^= 1
        let reading = EVTXReading(file: bytes)
        #expect(reading.events.count == 3)
        #expect(reading.warnings.headerChecksums == 1 && reading.warnings.recordChecksums == 1)
    }

    @Test func `checksums left out are not wrong`() {
        var bytes = sample(3).bytes()
        bytes.put(UInt32(4), at: 4096 + 120)
        bytes.put(UInt32(0), at: 4096 + 52)
        #expect(EVTXReading(file: bytes).warnings == EVTXWarnings())
    }

    @Test func `a destroyed chunk header does not hide its records`() {
        var bytes = sample(3).bytes()
        for index in 4096..<4096 + 100 { bytes[index] = 0xff }
        let reading = EVTXReading(file: bytes)
        #expect(reading.events.count == 3 && reading.warnings.chunkSignatures == 1)
    }

    @Test func `what is no chunk fails once`() {
        let reading = EVTXReading(chunks: [([UInt8](repeating: 7, count: 65_536), 0)])
        #expect(reading.failures == [.init(offset: 0, reason: "EVTX chunk signature missing")])
    }

    @Test func `a dirty chunk gives the records its header does not list`() {
        var writer = sample(5)
        writer.listedRecordsMax = 2
        writer.isDirty = true
        let reading = EVTXReading(file: writer.bytes())
        #expect(reading.events.map(\.number) == [1, 2, 3, 4, 5])
        #expect(reading.warnings.unlistedRecords == 3 && reading.failures.isEmpty)
    }

    @Test func `a chunk whose header lists none gives all`() {
        var writer = sample(3)
        writer.listedRecordsMax = 0
        #expect(EVTXReading(file: writer.bytes()).events.map(\.number) == [1, 2, 3])
    }

    @Test func `records of a chunk's former life are not read`() {
        var writer = sample(5)
        writer.listedRecordsMax = 2
        var bytes = writer.bytes()
        let third = Int(bytes[4096..<4096 + 65_536].starts[2])
        bytes.put(UInt64(900), at: 4096 + third + 8)
        let reading = EVTXReading(file: bytes)
        #expect(reading.events.map(\.number) == [1, 2] && reading.failures.isEmpty)
    }

    @Test func `sizes that disagree are counted`() {
        var bytes = sample(3).bytes()
        let second = Int(bytes[4096..<4096 + 65_536].starts[1])
        bytes.put(UInt32(1), at: 4096 + second - 4)
        let reading = EVTXReading(file: bytes)
        #expect(reading.events.count == 3 && reading.warnings.sizeCopies == 1)
    }

    static let damages: [(UInt32, Int, String)] = [
        (0, 4, "EVTX record of an impossible size"),
        (27, 4, "EVTX record of an impossible size"),
        (.max, 4, "EVTX record of an impossible size"),
        (0x1234, 0, "EVTX record signature missing"),
    ]

    @Test(arguments: damages)
    func `a damaged record is told and the next is read`(
        word: UInt32, place: Int, reason: String
    ) {
        var bytes = sample(5).bytes()
        let second = Int(bytes[4096..<4096 + 65_536].starts[1])
        bytes.put(word, at: 4096 + second + place)
        let reading = EVTXReading(file: bytes)
        #expect(reading.events.map(\.number) == [1, 3, 4, 5])
        #expect(reading.failures == [.init(offset: second, reason: reason)])
        #expect(reading.warnings.skippedBytes > 0)
    }

    @Test func `a gap of zeros between records is passed over`() {
        var bytes = sample(5).bytes()
        let starts = bytes[4096..<4096 + 65_536].starts
        for index in starts[1]..<starts[2] { bytes[4096 + index] = 0 }
        let reading = EVTXReading(file: bytes)
        #expect(reading.events.map(\.number) == [1, 3, 4, 5])
        #expect(reading.failures.isEmpty)
        #expect(reading.warnings.skippedBytes == starts[2] - starts[1])
    }

    @Test func `a file cut within a record keeps those before`() {
        let bytes = sample(5).bytes()
        let starts = bytes[4096..<4096 + 65_536].starts
        let reading = EVTXReading(file: Array(bytes[0..<4096 + starts[3] + 40]))
        #expect(reading.events.map(\.number) == [1, 2, 3])
        #expect(reading.failures.map(\.offset) == [starts[3]])
    }

    @Test func `CRC-32 is the standard one at every length`() {
        var random = SplitMix64(seed: 11)
        let bytes = (0..<900).map { _ in UInt8.random(in: 0...255, using: &random) }
        var writer = EVTXWriter().chunks()[0]
        for count in stride(from: 0, to: 900, by: 7) {
            // The header's check is the only door to the checksum: let it cover `count` bytes.
            writer.replaceSubrange(512..<512 + count, with: bytes[0..<count])
            writer.put(UInt32(512 + count), at: 48)
            writer.put(EVTXWriter.crc32(bytes[0..<count]), at: 52)
            #expect(chunkHeader(of: writer)?.recordChecksumHolds == true)
        }
    }
}

extension ArraySlice<UInt8> {
    /// Where the records of a chunk start, by their sizes.
    var starts: [Int] {
        var starts: [Int] = []
        var at = 512
        while self[startIndex + at] == 0x2a {
            starts.append(at)
            let size = (0..<4).reduce(0) { $0 | Int(self[startIndex + at + 4 + $1]) << (8 * $1) }
            at += size
        }
        return starts
    }
}
