/// What the first 128 bytes of an event log file say.
package struct EVTXFile: Equatable, Sendable {
    package var firstChunk: UInt64
    package var lastChunk: UInt64
    package var nextRecord: UInt64
    package var major: UInt16
    package var minor: UInt16
    package var chunkCount: UInt16
    /// The service did not close the file: chunk headers may be older than their records.
    package var isDirty: Bool
    /// The log reached its size limit.
    package var isFull: Bool
    package var checksumHolds: Bool

    /// Reads a file's header; nil when `prefix` is shorter than 128 bytes or no event log.
    package static func header(of prefix: Span<UInt8>) -> EVTXFile? {
        EVTXBytes.lend(prefix) { bytes -> EVTXFile? in
            guard bytes.count >= 128, bytes.u64(orZero: 0) == EVTX.fileSignature else { return nil }
            let flags = bytes.u32(orZero: 120)
            return EVTXFile(
                firstChunk: bytes.u64(orZero: 8), lastChunk: bytes.u64(orZero: 16),
                nextRecord: bytes.u64(orZero: 24), major: bytes.u16(orZero: 38),
                minor: bytes.u16(orZero: 36), chunkCount: bytes.u16(orZero: 42),
                isDirty: flags & 1 != 0, isFull: flags & 2 != 0,
                checksumHolds: bytes.crc32(0..<120) == bytes.u32(orZero: 124))
        } ?? nil
    }
}

/// What the first 512 bytes of a chunk say.
package struct EVTXChunk: Equatable, Sendable {
    package var firstRecord: UInt64
    package var lastRecord: UInt64
    /// Where the records end; within the chunk whatever the header says.
    package var freeSpace: Int
    package var headerChecksumHolds: Bool
    /// True also when the writer left the checksums out (flag 4).
    package var recordChecksumHolds: Bool

    /// Reads a chunk's header; nil when `bytes` does not begin with a chunk's signature.
    package static func header(of bytes: Span<UInt8>) -> EVTXChunk? {
        EVTXBytes.lend(bytes) { header(of: $0, checked: true) } ?? nil
    }

    static func header(of bytes: EVTXBytes, checked: Bool) -> EVTXChunk? {
        guard bytes.count >= EVTX.chunkHeaderBytes, bytes.u64(orZero: 0) == EVTX.chunkSignature
        else { return nil }
        let stated = Int(bytes.u32(orZero: 48))
        let free = stated < EVTX.chunkHeaderBytes || stated > bytes.count ? bytes.count : stated
        var headerHolds = true
        var recordsHold = true
        if checked && bytes.u32(orZero: 120) & 4 == 0 {
            let first = bytes.crc32(0..<120)
            headerHolds = bytes.crc32(128..<512, from: first) == bytes.u32(orZero: 124)
            recordsHold =
                bytes.crc32(EVTX.chunkHeaderBytes..<free) == bytes.u32(orZero: 52)
        }
        return EVTXChunk(
            firstRecord: bytes.u64(orZero: 24), lastRecord: bytes.u64(orZero: 32),
            freeSpace: free, headerChecksumHolds: headerHolds, recordChecksumHolds: recordsHold)
    }
}
