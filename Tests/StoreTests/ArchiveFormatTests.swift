import Engine
import Tenancy
import TestKit
import Testing

@testable import Store

@Suite struct `The checksum` {
    // RFC 3720 appendix B.4, and the check value of the catalogue of parametrised CRCs.
    static let published: [([UInt8], UInt32)] = [
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0...31), 0x46DD_794E),
        (Array((0...31).reversed()), 0x113F_DB5C),
        (Array("123456789".utf8), 0xE306_9283),
        ([], 0),
    ]

    @Test(arguments: published)
    func `has the published values`(bytes: [UInt8], value: UInt32) {
        #expect(CRC32C.of(bytes) == value)
    }

    @Test func `is the same bit by bit and over any cut`() {
        var random = SplitMix64(seed: 5)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            var plain: UInt32 = 0xFFFF_FFFF
            for byte in bytes {
                plain ^= UInt32(byte)
                for _ in 0..<8 {
                    plain = plain & 1 == 1 ? (plain >> 1) ^ 0x82F6_3B78 : plain >> 1
                }
            }
            let cut = Int.random(in: 0...length, using: &random)
            var sum = CRC32C()
            sum.update(Array(bytes[..<cut]).span)
            sum.update(Array(bytes[cut...]).span)
            #expect(sum.value == ~plain)
            #expect(CRC32C.of(bytes[...]) == ~plain)
        }
    }
}

@Suite struct `Packed numbers` {
    @Test func `come back as they were`() throws {
        var random = SplitMix64(seed: 9)
        var numbers: [UInt64] = [0, 1, 127, 128, .max, .max - 1, 1 << 63]
        numbers += (0..<500).map { _ in random.next() >> UInt64.random(in: 0..<64, using: &random) }
        var bytes: [UInt8] = []
        for number in numbers {
            bytes.append(varint: number)
            bytes.append(zigzag: Int64(bitPattern: number))
            bytes.append(little: number)
        }
        var reader = PackedReader(bytes, in: 0..<bytes.count)
        for number in numbers {
            #expect(try reader.varint() == number)
            #expect(try reader.zigzag() == Int64(bitPattern: number))
            #expect(try reader.little(UInt64.self) == number)
        }
        #expect(reader.at == bytes.count)
    }

    @Test(arguments: [
        [], [0x80], [UInt8](repeating: 0x80, count: 11),
        [UInt8](repeating: 0xFF, count: 9) + [0x02],
    ])
    func `that are cut or too long are refused`(bytes: [UInt8]) {
        var reader = PackedReader(bytes, in: 0..<bytes.count)
        #expect(throws: FrameDamage.records) { try reader.varint() }
    }
}

@Suite struct `A frame's columns` {
    private func frame(_ records: [PendingRecord]) -> (FrameColumns, FrameHeader, [UInt8]) {
        var columns = FrameColumns()
        for record in records { columns.add(record) }
        let plain = columns.encoded
        let header = FrameHeader(
            mark: [UInt8](repeating: 0, count: 8), number: 0, firstSequence: 41,
            recordCount: columns.count, keyedCount: columns.keyedCount,
            earliestReceived: start, latestReceived: start, eventTimes: nil,
            storedByteCount: 0, plainByteCount: plain.count, salt: 0)
        return (columns, header, plain)
    }

    @Test func `hold what was put in, for any records`() throws {
        for seed in 1...40 as ClosedRange<UInt64> {
            let records = variedRecords(Int(seed), seed: seed)
            let (columns, header, plain) = frame(records)
            #expect(try FrameColumns.records(in: plain, of: header) == expected(records, from: 41))
            #expect(columns.keyedCount == records.filter { $0.key != nil }.count)
            let end = try FrameColumns.columnsEnd(plain)
            let keys = try FrameColumns.keys(in: Array(plain[..<end]), of: header)
            #expect(keys.map(\.key) == records.compactMap(\.key))
        }
    }

    @Test func `are read or refused, never a trap, whatever is done to them`() {
        var random = SplitMix64(seed: 11)
        let (_, header, plain) = frame(variedRecords(20, seed: 4))
        var refused = 0
        for _ in 0..<3000 {
            var bytes = plain
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            }
            do { _ = try FrameColumns.records(in: bytes, of: header) } catch { refused += 1 }
        }
        #expect(refused > 1000)
    }
}

@Suite struct `A segment's headers` {
    private let header = SegmentHeader(
        tenant: acme, id: (0..<16).map { UInt8($0) }, firstSequence: 12, created: start,
        keyID: TenantKey.ofTests.id, link: ChainHash((0..<32).map { UInt8($0) })!,
        replaced: SegmentHeader.Replaced(chain: .start, lastSequence: 90))

    @Test func `come back as they were`() throws {
        #expect(header.encoded.count == SegmentHeader.byteCount)
        #expect(try SegmentHeader(header.encoded) == header)
        var plain = header
        plain.keyID = nil
        plain.replaced = nil
        #expect(try SegmentHeader(plain.encoded) == plain)
    }

    @Test func `are refused with any bit changed`() {
        let bytes = header.encoded
        for bit in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: FrameDamage.segment) { try SegmentHeader(changed) }
        }
    }

    @Test func `of frames come back, and are refused with any bit changed`() {
        let frame = FrameHeader(
            mark: header.mark, number: 3, firstSequence: 12, recordCount: 5, keyedCount: 2,
            earliestReceived: start, latestReceived: start.after(seconds: 1),
            eventTimes: start...start, storedByteCount: 77, plainByteCount: 99, salt: 4,
            checksum: 8, chain: header.digest)
        let bytes = frame.encoded
        #expect(bytes.count == FrameHeader.byteCount)
        #expect(FrameHeader(bytes, at: 0, mark: header.mark) == frame)
        for bit in 0..<(bytes.count * 8) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(FrameHeader(changed, at: 0, mark: header.mark) == nil)
        }
    }

    @Test func `of frames that claim more than a frame may hold are refused before anything is read`()
    {
        var frame = FrameHeader(
            mark: header.mark, number: 0, firstSequence: 1,
            recordCount: ArchiveLimits.frameRecordsMax, keyedCount: 0, earliestReceived: start,
            latestReceived: start, eventTimes: nil, storedByteCount: 1,
            plainByteCount: ArchiveLimits.framePlainBytesMax, salt: 0)
        #expect(FrameHeader(frame.encoded, at: 0, mark: header.mark) != nil)
        frame.plainByteCount += 1
        #expect(FrameHeader(frame.encoded, at: 0, mark: header.mark) == nil)
        frame.plainByteCount = 1
        frame.recordCount += 1
        #expect(FrameHeader(frame.encoded, at: 0, mark: header.mark) == nil)
    }
}
