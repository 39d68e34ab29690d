/// The Windows event log file format: where things stand, and what is bounded.
///
/// A file is a header block of 4 KiB and then chunks of 64 KiB that can each be read alone.
/// - Source: [MS-EVEN6] §2.2.12–§2.2.17 for the binary XML, libevtx's description of the format for
///   the file around it.
package enum EVTX {
    package static let fileHeaderBytes = 4096
    package static let chunkBytes = 65_536
    static let chunkHeaderBytes = 512
    /// Signature, size, record number and time in front of a record's binary XML.
    static let recordHeaderBytes = 24
    /// The header and the copy of the size behind the binary XML.
    static let recordBytesMin = 28

    static let recordSignature: UInt32 = 0x0000_2a2a
    /// `ElfChnk\0`, little-endian.
    static let chunkSignature: UInt64 = 0x006b_6e68_4366_6c45
    /// `ElfFile\0`, little-endian.
    static let fileSignature: UInt64 = 0x0065_6c69_4666_6c45

    /// Fragments within fragments.
    static let nestingMax = 8
    /// Elements within elements.
    static let elementDepthMax = 64
    /// UTF-16 units of an element's or attribute's name.
    static let nameUnitsMax = 1024
    /// UTF-8 bytes of a field's name; a longer one becomes `FieldNames.overflow`, or else a hostile
    /// file could fill the memory with names.
    static let fieldNameBytesMax = 256
    /// Templates (each in each place it is used) compiled for one chunk.
    static let programsMax = 2048
    /// Binary XML tokens compiled for one chunk, four times what fits in it.
    static let tokensMax = 4 * 65_536
    /// Compiled steps kept from chunk to chunk.
    static let stepsMax = 262_144
    /// Bytes of literal text compiled for one chunk.
    static let literalBytesMax = 4 << 20
    /// Values and bytes of values written out for one record, and for one chunk. Templates can say
    /// a value many times; without this a hostile chunk would cost gigabytes.
    static let recordWorkMax = 1 << 20
    static let chunkWorkMax = 8 << 20
    /// Substitution values of one record, with those of the fragments around it.
    static let substitutionsMax = 65_536

    /// Whether a file that begins with `prefix` is an event log (8 bytes decide).
    package static func isFile(_ prefix: Span<UInt8>) -> Bool {
        EVTXBytes.lend(prefix) { $0.u64(orZero: 0) == fileSignature } ?? false
    }

    /// Where the chunks of a file of `fileCount` bytes stand; the last may be shorter than 64 KiB.
    /// What is too short to hold a record is left out.
    package static func chunkRanges(fileCount: Int) -> [Range<Int>] {
        guard fileCount > fileHeaderBytes else { return [] }
        return stride(from: fileHeaderBytes, to: fileCount, by: chunkBytes).compactMap { start in
            let end = fileCount - start < chunkBytes ? fileCount : start + chunkBytes
            return end - start < chunkHeaderBytes + recordBytesMin ? nil : start..<end
        }
    }
}

/// What was odd but did not stop the reading; each counted.
package struct EVTXWarnings: Equatable, Sendable {
    /// Chunk headers whose checksum is wrong.
    package var headerChecksums = 0
    /// Chunks whose records' checksum is wrong.
    package var recordChecksums = 0
    /// Chunks whose header is destroyed; their records are read while their signatures hold.
    package var chunkSignatures = 0
    /// Records whose two sizes differ.
    package var sizeCopies = 0
    /// Records found behind what the chunk header says is in use.
    package var unlistedRecords = 0
    /// Names whose stored hash is wrong.
    package var nameHashes = 0
    /// Bytes within the used part of chunks that belong to no record.
    package var skippedBytes = 0

    package init() {}

    package static func += (left: inout EVTXWarnings, right: EVTXWarnings) {
        left.headerChecksums += right.headerChecksums
        left.recordChecksums += right.recordChecksums
        left.chunkSignatures += right.chunkSignatures
        left.sizeCopies += right.sizeCopies
        left.unlistedRecords += right.unlistedRecords
        left.nameHashes += right.nameHashes
        left.skippedBytes += right.skippedBytes
    }
}
