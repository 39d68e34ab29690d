import Engine
import TestKit
import Testing

@Suite struct `EVTX carving` {
    private func sample(_ count: Int) -> EVTXWriter {
        (0..<count).reduce(EVTXWriter()) { writer, index in
            writer.record(data: [("N", .uint32(UInt32(index)))])
        }
    }

    private func noise(_ count: Int) -> [UInt8] {
        var random = SplitMix64(seed: 3)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    @Test func `chunks are found at any offset`() {
        let chunk = sample(4).chunks()[0]
        var carved = 0
        let reading = EVTXReading(carving: noise(777) + chunk + noise(1000) + chunk) {
            carved = $0.recovered
        }
        #expect(reading.events.map(\.number) == [1, 2, 3, 4, 1, 2, 3, 4])
        #expect(reading.events.first?.offset == 777 + 512)
        #expect(carved == 8 && reading.failures.isEmpty)
    }

    @Test func `records without a chunk header are resolved by the first's template`() {
        var chunk = sample(4).chunks()[0]
        for index in 0..<500 { chunk[index] = 0 }
        var counts = (recovered: 0, unresolved: 0)
        let reading = EVTXReading(carving: noise(64) + chunk) {
            counts = ($0.recovered, $0.unresolved)
        }
        #expect(reading.events.map(\.number) == [1, 2, 3, 4])
        #expect(reading.events.flatMap { $0["N"] } == ["0", "1", "2", "3"])
        #expect(counts == (4, 0))
    }

    @Test func `records whose template is gone are counted`() {
        let chunk = sample(4).chunks()[0]
        let second = chunk[...].starts[1]
        var unresolved = 0
        let reading = EVTXReading(carving: noise(64) + chunk[second...]) {
            unresolved = $0.unresolved
        }
        #expect(reading.events.isEmpty && unresolved == 3)
    }

    @Test func `a record alone is read by a template seen elsewhere`() {
        let chunk = sample(4).chunks()[0]
        let starts = chunk[...].starts
        let lone = Array(chunk[starts[2]..<starts[3]])
        let reading = EVTXReading(carving: chunk + noise(64) + lone + noise(9))
        #expect(reading.events.map(\.number) == [1, 2, 3, 4, 3])
        #expect(reading.events.last?.fields == reading.events[2].fields)
        #expect(reading.events.last?.offset == 65_536 + 64)
    }

    @Test func `a template overwritten by another is not taken for it`() {
        var chunk = sample(4).chunks()[0]
        // The definition's GUID: its first four bytes are the id that records ask for.
        let definition = chunk[...].starts[0] + 24 + 4 + 10
        chunk[definition + 4] ^= 0xff
        var unresolved = 0
        let reading = EVTXReading(carving: chunk) { unresolved = $0.unresolved }
        #expect(reading.events.isEmpty && unresolved == 4)
    }

    @Test func `records behind the used part are carved`() {
        var writer = sample(5)
        writer.listedRecordsMax = 2
        var chunk = writer.chunks()[0]
        chunk.put(UInt64(900), at: chunk[...].starts[2] + 8)
        let reading = EVTXReading(carving: chunk)
        #expect(reading.events.map(\.number) == [1, 2, 900, 4, 5])
    }

    @Test func `noise holds nothing and ends`() {
        var bytes = noise(100_000)
        for index in stride(from: 0, to: bytes.count - 8, by: 40) {
            bytes.put(UInt32(0x2a2a), at: index)
        }
        #expect(EVTXReading(carving: bytes).events.isEmpty)
        #expect(EVTXReading(carving: []).failures.isEmpty)
    }
}
