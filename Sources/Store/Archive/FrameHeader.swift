internal import Engine

/// The first 124 bytes of a frame; docs/archive.md has the table.
struct FrameHeader: Hashable, Sendable {
    static let byteCount = 124
    static let magic: [UInt8] = [0x4B, 0x46, 0x52, 0x4D]
    /// What the seal covers, and where the checksum of the stored bytes stands.
    static let sealedByteCount = 84
    /// What the chain covers.
    static let chainedByteCount = 88
    private static let codecZstd: UInt32 = 1

    /// Always 8 bytes.
    var mark: [UInt8]
    /// From 0 in each segment.
    var number: UInt32
    var firstSequence: UInt64
    /// At least 1.
    var recordCount: Int
    var keyedCount: Int
    var earliestReceived: Timestamp
    var latestReceived: Timestamp
    /// By the envelopes; nil where none says when.
    var eventTimes: ClosedRange<Timestamp>?
    var storedByteCount: Int
    var plainByteCount: Int
    var salt: UInt64
    var checksum: UInt32 = 0
    var chain = ChainHash.start

    var lastSequence: UInt64 { firstSequence + UInt64(recordCount) - 1 }

    /// The bytes before the checksum.
    var sealedBytes: [UInt8] {
        var bytes = Self.magic + mark
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(little: number)
        bytes.append(little: firstSequence)
        bytes.append(little: UInt32(recordCount))
        bytes.append(little: UInt32(keyedCount))
        bytes.append(little: earliestReceived.nanoseconds)
        bytes.append(little: latestReceived.nanoseconds)
        bytes.append(little: eventTimes?.lowerBound.nanoseconds ?? Int64.max)
        bytes.append(little: eventTimes?.upperBound.nanoseconds ?? Int64.min)
        bytes.append(little: UInt32(storedByteCount))
        bytes.append(little: UInt32(plainByteCount))
        bytes.append(little: salt)
        bytes.append(little: Self.codecZstd)
        return bytes
    }

    var encoded: [UInt8] {
        var bytes = sealedBytes
        bytes.append(little: checksum)
        bytes += chain.bytes
        bytes.append(little: CRC32C.of(bytes))
        return bytes
    }

    /// What the chain is after this frame.
    func chain(after before: ChainHash, stored: [UInt8]) -> ChainHash {
        var bytes = sealedBytes
        bytes.append(little: checksum)
        return ChainHash(of: [before.bytes[...], bytes[...], stored[...]])
    }
}

extension FrameHeader {
    /// Nil where `bytes` at `offset` are no header of a frame of this segment.
    ///
    /// - Precondition: ``byteCount`` bytes stand at `offset`.
    init?(_ bytes: [UInt8], at offset: Int, mark: [UInt8]) {
        func number<Number: FixedWidthInteger>(_ type: Number.Type, _ place: Int) -> Number {
            bytes.little(type, at: offset + place)
        }
        guard bytes[offset..<(offset + 4)].elementsEqual(Self.magic),
            bytes[(offset + 4)..<(offset + 12)].elementsEqual(mark),
            number(UInt32.self, 120) == CRC32C.of(bytes[offset..<(offset + 120)]),
            number(UInt32.self, 80) == Self.codecZstd,
            let chain = ChainHash(Array(bytes[(offset + 88)..<(offset + 120)]))
        else { return nil }
        let earliestEvent = number(Int64.self, 48)
        let latestEvent = number(Int64.self, 56)
        var eventTimes: ClosedRange<Timestamp>?
        if earliestEvent <= latestEvent {
            eventTimes =
                Timestamp(nanoseconds: earliestEvent)...Timestamp(nanoseconds: latestEvent)
        }
        self.init(
            mark: mark, number: number(UInt32.self, 12), firstSequence: number(UInt64.self, 16),
            recordCount: Int(number(UInt32.self, 24)), keyedCount: Int(number(UInt32.self, 28)),
            earliestReceived: Timestamp(nanoseconds: number(Int64.self, 32)),
            latestReceived: Timestamp(nanoseconds: number(Int64.self, 40)),
            eventTimes: eventTimes, storedByteCount: Int(number(UInt32.self, 64)),
            plainByteCount: Int(number(UInt32.self, 68)), salt: number(UInt64.self, 72),
            checksum: number(UInt32.self, 84), chain: chain)
        // Bounded before anything is allocated by what the header says.
        guard firstSequence > 0, recordCount > 0, recordCount <= ArchiveLimits.frameRecordsMax,
            firstSequence <= UInt64.max - UInt64(recordCount), keyedCount <= recordCount,
            plainByteCount <= ArchiveLimits.framePlainBytesMax,
            storedByteCount <= ArchiveLimits.framePlainBytesMax + (1 << 20)
        else { return nil }
    }
}
