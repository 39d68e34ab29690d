/// Finds records in bytes that are no longer a whole log: damaged files, unallocated space, memory.
///
/// It looks for chunks by their signature at any offset and reads each; then for records by theirs
/// between the chunks. A record tells where its chunk began only when it holds the definition of
/// its template; records behind it in the same chunk are then readable too. Others are read by a
/// template of the same id that was seen before, or else counted.
///
/// - Input: any bytes; chunks that a block's end cuts off lose what is behind it, so blocks should
///   be large and overlap by 64 KiB where a caller cuts.
/// - Output: as ``EVTXDecoder``, `recordOffset` being the offset within the block plus `offset`.
/// - Throws: ``DecodeFailure`` for a record whose bytes are damaged; the next call goes on behind
///   it.
/// - Bounds: one pass over the bytes; a record is tried against two places of its chunk.
package struct EVTXCarver: RecordDecoder {
    package private(set) var warnings = EVTXWarnings()
    /// Records that were decoded.
    package private(set) var recovered = 0
    /// Records that were seen whole, but whose template is nowhere.
    package private(set) var unresolved = 0
    /// Records that were seen, but whose content is damaged.
    package private(set) var damaged = 0

    private var decoder: EVTXDecoder
    private var offset: UInt64
    private var position = 0
    /// The chunk being read.
    private var chunk: Range<Int>?
    /// Where the chunk of the last record without one began, perhaps before the block.
    private var lastBase: Int?
    /// The beginning that the decoder was last given for a record without a chunk.
    private var current: Int?
    /// Where work was last granted to records without a chunk: so much for each 64 KiB of input,
    /// however many chunks they claim to be of.
    private var grantedAt: Int?

    package init(offset: UInt64 = 0) {
        self.offset = offset
        decoder = EVTXDecoder(offset: offset, verifiesChecksums: false)
        decoder.isCarving = true
    }

    /// Prepares for the block that stands at `offset` of its source; the counts go on.
    package mutating func begin(offset: UInt64) {
        self.offset = offset
        position = 0
        chunk = nil
        lastBase = nil
        current = nil
        grantedAt = nil
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        while true {
            if let range = chunk {
                if try nextOfChunk(range, bytes, into: &event) { return true }
                chunk = nil
                position = range.upperBound
            }
            guard let found = seek(bytes) else { return false }
            if found.isChunk {
                let end = nextChunk(bytes, after: found.at)
                chunk = found.at..<end
                current = nil
                decoder.begin(offset: offset + UInt64(found.at))
                continue
            }
            position = found.at + found.size
            if try lone(found.at, found.size, bytes, into: &event) { return true }
        }
    }

    private mutating func nextOfChunk(
        _ range: Range<Int>, _ bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        while true {
            do {
                guard try decoder.next(in: bytes.extracting(range), into: &event) else {
                    return false
                }
                warnings = decoder.warnings
                recovered += 1
                return true
            } catch {
                if error.reason == EVTXRunner.foreignTemplate {
                    unresolved += 1
                    continue
                }
                damaged += 1
                throw DecodeFailure(offset: range.lowerBound + error.offset, reason: error.reason)
            }
        }
    }

    /// Where the chunk that begins at `start` ends: 64 KiB on, or where the next one begins.
    private func nextChunk(_ bytes: Span<UInt8>, after start: Int) -> Int {
        let end = min(bytes.count, start + EVTX.chunkBytes)
        return EVTXBytes.lend(bytes) { bytes in
            var at = start + EVTX.chunkHeaderBytes
            while at + 8 <= end {
                if bytes.u64(orZero: at) == EVTX.chunkSignature { return at }
                at += 8
            }
            return end
        } ?? end
    }

    /// The next chunk, or the next record whose two sizes agree.
    private func seek(_ bytes: Span<UInt8>) -> (at: Int, size: Int, isChunk: Bool)? {
        EVTXBytes.lend(bytes) { bytes -> (at: Int, size: Int, isChunk: Bool)? in
            var at = position
            while at + EVTX.recordBytesMin <= bytes.count {
                let word = bytes.u32(orZero: at)
                if word == 0x4366_6c45, bytes.u64(orZero: at) == EVTX.chunkSignature,
                    bytes.count - at >= EVTX.chunkHeaderBytes + EVTX.recordBytesMin
                {
                    return (at, 0, true)
                }
                if word == EVTX.recordSignature {
                    let size = Int(bytes.u32(orZero: at + 4))
                    if size >= EVTX.recordBytesMin, size <= EVTX.chunkBytes,
                        size <= bytes.count - at,
                        bytes.u32(orZero: at + size - 4) == UInt32(size)
                    {
                        return (at, size, false)
                    }
                }
                at += 1
            }
            return nil
        } ?? nil
    }

    /// Decodes a record outside of any chunk, when it can be told where its chunk began.
    ///
    /// - Returns: false when it cannot; the record is counted.
    private mutating func lone(
        _ start: Int, _ size: Int, _ bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        let stated = EVTXBytes.lend(bytes) { statedBase(start, size, $0) } ?? nil
        // Without a place in a chunk a record is still readable when its template was seen before.
        // It then stands where no record of a chunk can, so no offset in it seems to be its own.
        var base = start
        if let likely = stated ?? lastBase, likely >= 0,
            start - likely >= EVTX.chunkHeaderBytes, start + size - likely <= EVTX.chunkBytes
        {
            base = likely
        }
        if base != current { decoder.begin(offset: offset + UInt64(base)) }
        current = base
        if stated != nil { lastBase = stated }
        let keepsBudget = grantedAt.map { start - $0 < EVTX.chunkBytes } ?? false
        if !keepsBudget { grantedAt = start }
        let end = min(bytes.count, base + EVTX.chunkBytes)
        event.begin(source: bytes)
        do {
            try EVTXBytes.lend(bytes.extracting(base..<end)) { chunk throws(DecodeFailure) in
                try decoder.decodeLone(
                    start - base, size: size, of: chunk, keepsBudget: keepsBudget, into: &event)
            }
        } catch {
            // Under another record's base a failure says only that this is not its chunk.
            if stated == nil || error.reason == EVTXRunner.foreignTemplate {
                unresolved += 1
                return false
            }
            damaged += 1
            throw DecodeFailure(offset: base + error.offset, reason: error.reason)
        }
        recovered += 1
        return true
    }

    /// Where the chunk of the record at `start` began, from the definition that the record holds.
    private func statedBase(_ start: Int, _ size: Int, _ bytes: EVTXBytes) -> Int? {
        var at = start + EVTX.recordHeaderBytes
        if bytes.u8(orZero: at) == 0x0f { at += 4 }
        guard bytes.u8(orZero: at) == 0x0c else { return nil }
        let definition = Int(bytes.u32(orZero: at + 6))
        let behind = at + 10
        let length = Int(bytes.u32(orZero: behind + 20))
        // A definition in the record: its first four bytes of GUID are the instance's template id,
        // and it lies within the record.
        guard bytes.u32(orZero: at + 2) == bytes.u32(orZero: behind + 4),
            length <= start + size - behind - 24, bytes.u8(orZero: behind + 24) == 0x0f
        else { return nil }
        return behind - definition
    }
}
