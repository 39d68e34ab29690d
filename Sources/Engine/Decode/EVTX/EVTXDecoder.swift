/// Reads the records of one EVTX chunk, in the order they stand.
///
/// A worker keeps one decoder and calls ``begin(offset:)`` for each chunk: names and memory are
/// then used again. Field ids are those of one event buffer's names: where a chunk comes with
/// others, what was kept is dropped.
///
/// - Input: a chunk of at most 64 KiB from its signature on; the last of a file may be shorter.
/// - Output: fields in Sigma's names (`docs/formats/evtx.md`), `System`'s first; `recordNumber`
///   from the record's own header, where logs that were exported or forwarded count anew.
/// - Throws: ``DecodeFailure`` for one record; the next call goes on behind it.
/// - Budget: 3 µs an event on one core; no allocation in steady state.
package struct EVTXDecoder: RecordDecoder {
    package private(set) var warnings = EVTXWarnings()
    private var runner = EVTXRunner()
    private var verifiesChecksums: Bool
    /// Carving: what the chunk's header says is in use does not bound the search.
    var isCarving = false {
        didSet { runner.provesTemplates = isCarving }
    }
    private var chunkOffset: UInt64
    /// Where the next record is looked for; nil before the chunk's header was read.
    private var position: Int?
    private var used = 0
    private var lastNumber: UInt64?

    package init(offset: UInt64 = 0, verifiesChecksums: Bool = true) {
        chunkOffset = offset
        self.verifiesChecksums = verifiesChecksums
    }

    /// Prepares for the chunk that stands at `offset` of its file.
    package mutating func begin(offset: UInt64) {
        chunkOffset = offset
        position = nil
        lastNumber = nil
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        event.begin(source: bytes)
        return try EVTXBytes.lend(bytes) { chunk throws(DecodeFailure) -> Bool in
            try next(in: chunk, into: &event)
        } ?? false
    }

    mutating func next(
        in chunk: EVTXBytes, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        if position == nil { try open(chunk, event.names) }
        guard let start = try seek(in: chunk) else { return false }
        let size = Int(chunk.u32(orZero: start + 4))
        position = start + size
        if chunk.u32(orZero: start + size - 4) != UInt32(size) { warnings.sizeCopies += 1 }
        try decode(start, size: size, of: chunk, into: &event)
        return true
    }

    /// Decodes the record at `start`, whose size was checked.
    mutating func decode(
        _ start: Int, size: Int, of chunk: EVTXBytes, into event: inout EventBuffer
    ) throws(DecodeFailure) {
        let number = chunk.u64(orZero: start + 8)
        lastNumber = number
        event.recordNumber = number
        event.recordOffset = chunkOffset + UInt64(start)
        event.time = EVTXTime.timestamp(filetime: chunk.u64(orZero: start + 16))
        runner.beginRecord()
        defer { runner.endRecord() }
        try runner.fragment(
            start + EVTX.recordHeaderBytes..<start + size - 4, of: chunk, scope: .root, depth: 0,
            into: &event)
        if runner.compiler.warnings.nameHashes != 0 {
            warnings += runner.compiler.warnings
            runner.compiler.warnings = EVTXWarnings()
        }
    }

    /// Decodes a record that was found without its chunk's header; `chunk` begins where that would.
    /// `keepsBudget`: the work allowed for the last chunk is not granted anew.
    mutating func decodeLone(
        _ start: Int, size: Int, of chunk: EVTXBytes, keepsBudget: Bool,
        into event: inout EventBuffer
    ) throws(DecodeFailure) {
        if position == nil {
            runner.beginChunk(event.names, keepsBudget: keepsBudget)
            position = start
        }
        try decode(start, size: size, of: chunk, into: &event)
    }

    /// Reads the chunk's header. One that is destroyed does not hide its records.
    private mutating func open(
        _ chunk: EVTXBytes, _ names: FieldNames
    ) throws(DecodeFailure) {
        runner.beginChunk(names)
        position = EVTX.chunkHeaderBytes
        used = chunk.count
        if let header = EVTXChunk.header(of: chunk, checked: verifiesChecksums) {
            used = isCarving ? chunk.count : header.freeSpace
            if !header.headerChecksumHolds { warnings.headerChecksums += 1 }
            if !header.recordChecksumHolds { warnings.recordChecksums += 1 }
            return
        }
        // Space that the log keeps for later is zero from end to end.
        if chunk.isZero(at: 0, size: min(chunk.count, EVTX.chunkHeaderBytes + 4)) {
            used = 0
            return
        }
        warnings.chunkSignatures += 1
        if chunk.u32(orZero: EVTX.chunkHeaderBytes) != EVTX.recordSignature {
            used = 0
            throw DecodeFailure(offset: 0, reason: "EVTX chunk signature missing")
        }
    }

    /// Where the next record stands; nil at the end. Its signature and size are good.
    private mutating func seek(in chunk: EVTXBytes) throws(DecodeFailure) -> Int? {
        guard let start = position, start <= chunk.count - EVTX.recordBytesMin, used > 0 else {
            return nil
        }
        let isUsed = start < used
        let size = Int(chunk.u32(orZero: start + 4))
        let hasSignature = chunk.u32(orZero: start) == EVTX.recordSignature
        if hasSignature && size >= EVTX.recordBytesMin && size <= chunk.count - start {
            if isUsed { return start }
            // Behind the used part stand records that the header does not list yet, or those of
            // the chunk's former life. Only a record that continues the count is of this one; a
            // header that lists none was written before the first.
            let goesOn =
                lastNumber.map { chunk.u64(orZero: start + 8) == $0 &+ 1 }
                ?? (start == EVTX.chunkHeaderBytes)
            guard goesOn, chunk.u32(orZero: start + size - 4) == UInt32(size) else {
                position = chunk.count
                return nil
            }
            warnings.unlistedRecords += 1
            return start
        }
        guard isUsed else {
            position = chunk.count
            return nil
        }
        // Zeros where a record should be are unused space that the header counts as used.
        let isUnused = chunk.isZero(at: start, size: EVTX.recordBytesMin)
        let next = resume(after: start, in: chunk)
        warnings.skippedBytes += (next ?? used) - start
        position = next ?? chunk.count
        if isUnused || (isCarving && !hasSignature) { return next }
        let reason =
            hasSignature ? "EVTX record of an impossible size" : "EVTX record signature missing"
        throw DecodeFailure(offset: start, reason: reason)
    }

    /// The next record in the used part whose two sizes agree and whose number goes on from the
    /// last: damage can lay bare records of the chunk's former life, which only carving wants.
    private func resume(after start: Int, in chunk: EVTXBytes) -> Int? {
        var at = start + 4
        while let found = chunk.nextRecordSignature(from: at, to: used, step: 4) {
            let size = Int(chunk.u32(orZero: found + 4))
            if size >= EVTX.recordBytesMin, size <= chunk.count - found,
                chunk.u32(orZero: found + size - 4) == UInt32(size),
                isCarving || lastNumber.map({ chunk.u64(orZero: found + 8) > $0 }) ?? true
            {
                return found
            }
            at = found + 4
        }
        return nil
    }
}
