import Engine
import TestKit
import Testing

@Suite struct `Carving EVTX` {
    private static let chunkStart = 4096

    /// Numbers of the records that fire a rule for every event, in order.
    private static func records(
        _ bytes: [UInt8], carve: Bool
    ) async throws -> (numbers: [UInt64], unparsed: [String: UInt64]) {
        let folder = try TemporaryFolder()
        let path = try folder.write("damaged.evtx", bytes)
        let rule = """
            title: Every event
            id: 00000000-0000-4000-8000-000000000001
            status: test
            level: high
            logsource: {product: windows}
            detection: {selection: {Image|endswith: .exe}, condition: selection}
            """
        let rules = try Scanning.rules([rule])
        let result = await Scanning.run([path], rules, threads: 2, carve: carve)
        return (result.alerts.map(\.event.reference.record), result.unparsedByReason)
    }

    private static func writer(_ count: Int, first: UInt64 = 1) -> EVTXWriter {
        var writer = EVTXWriter()
        writer.recordsPerChunkMax = 4
        writer.nextNumber = first
        for index in 0..<count {
            writer = writer.record(data: [("Image", .string("program\(index % 10).exe"))])
        }
        return writer
    }

    @Test func `a whole log gives the same with and without`() async throws {
        let bytes = Self.writer(10).bytes()
        #expect(try await Self.records(bytes, carve: false).numbers == Array(1...10))
        let carved = try await Self.records(bytes, carve: true)
        #expect(carved.numbers == Array(1...10))
        #expect(carved.unparsed == [:])
    }

    @Test func `records behind the part in use appear only when asked for`() async throws {
        // A chunk of four records whose room was taken again by two: the last two are of old.
        let old = Self.writer(4).chunks()[0]
        var reused = Self.writer(2, first: 101).chunks()[0]
        let free = Int(reused[48]) | Int(reused[49]) << 8
        reused.replaceSubrange(free..<reused.count, with: old[free...])
        let bytes = Array(Self.writer(1).bytes()[..<Self.chunkStart]) + reused
        #expect(try await Self.records(bytes, carve: false).numbers == [101, 102])
        #expect(try await Self.records(bytes, carve: true).numbers == [101, 102, 3, 4])
    }

    @Test func `a chunk without its header is read from its records`() async throws {
        var bytes = Self.writer(12).bytes()
        let second = Self.chunkStart + 65_536
        for index in second..<second + 512 { bytes[index] = 0x55 }
        #expect(try await Self.records(bytes, carve: true).numbers == Array(1...12))
    }

    @Test func `records whose template is destroyed are counted`() async throws {
        var bytes = Self.writer(12).bytes()
        let second = Self.chunkStart + 65_536
        let size = Int(bytes[second + 516]) | Int(bytes[second + 517]) << 8
        // The header, and the first record, which holds the template of all four.
        for index in second..<second + 512 + size { bytes[index] = 0x55 }
        let carved = try await Self.records(bytes, carve: true)
        #expect(carved.numbers == [1, 2, 3, 4, 9, 10, 11, 12])
        #expect(carved.unparsed == [Worker.carvedWithoutTemplate: 3])
    }

    @Test func `a log cut anywhere inside gives what is whole`() async throws {
        let bytes = Self.writer(12).bytes()
        let middle = Self.chunkStart + 65_536 - 1000
        let carved = try await Self.records(Array(bytes[middle...]), carve: true)
        #expect(carved.numbers == Array(5...12))
    }
}
