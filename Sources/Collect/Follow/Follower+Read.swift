internal import Engine

extension Follower {
    func wants(_ one: TrackedFile, _ now: Timestamp) -> Bool {
        guard one.hasFile, !one.file.isCopy, !one.isRefused else { return false }
        if one.isUnchecked, one.file.offset > 0, !one.file.isPacked { return true }
        guard one.stalledAt == nil || one.stalledAt != one.size else {
            return isDue(one, now)
        }
        return one.file.isPacked || one.size > one.file.offset
    }

    /// What waits for more has waited long enough.
    private func isDue(_ one: TrackedFile, _ now: Timestamp) -> Bool {
        guard one.file.forcedEnd == nil, !one.file.isPacked, one.size > one.file.offset,
            one.file.isRecognised || one.isPutAside
        else { return false }
        if one.isPutAside, one.isQuiet(for: limits.lineSeconds, at: now) { return true }
        return RecordCutter(one.file.format).isGrouped && one.holdsLine
            && one.isQuiet(for: limits.settleSeconds, at: now)
    }

    private struct Text {
        /// From the file's offset on, at most ``FollowLimits/lineBytesMax``.
        var bytes: [UInt8]
        /// The text ends with them.
        var isEnd: Bool
        /// Nothing will follow, so what is left is a record.
        var isOver: Bool
    }

    func read(_ one: TrackedFile, _ now: Timestamp, into batch: inout Batch) {
        do throws(ReadFailure) {
            guard var text = try one.file.isPacked ? packedText(one, now) : plainText(one, now)
            else { return }
            if one.file.isSkipping { return skip(one, text, into: &batch) }
            if text.bytes.count == limits.lineBytesMax, text.bytes.isZero(in: 0..<text.bytes.count)
            {
                return pass(one, text.bytes, text.bytes.count, into: &batch)
            }
            guard try recognise(one, text) else {
                one.stalledAt = one.size
                if isDue(one, now), !text.bytes.isEmpty { force(one, text.bytes.count) }
                return
            }
            forgive(one.file.path)
            if let end = dueEnd(one, text, now) {
                force(one, end)
                text.bytes.removeLast(text.bytes.count - end)
                text.isOver = true
            }
            cut(one, text, into: &batch)
        } catch {
            one.isRefused = error.code != .permission && error.code != .notFound
            tell(one.file.path, error.description)
        }
    }

    // MARK: bytes

    private func plainText(_ one: TrackedFile, _ now: Timestamp) throws(ReadFailure) -> Text? {
        guard let file = try shelf.file(of: one) else {
            one.isUnchecked = false
            return nil
        }
        let offset = one.file.offset
        let size = try FileStatus(descriptor: file.descriptor).size
        let tail = one.file.tail
        guard size >= offset else {
            return try anew(one, now)
        }
        var bytes = try file.read(
            at: offset - UInt64(tail.count), count: tail.count + limits.lineBytesMax)
        guard bytes.count >= tail.count,
            tail.count == 0 || Fingerprint(Array(bytes.prefix(tail.count))) == tail
        else {
            return try anew(one, now)
        }
        bytes.removeFirst(tail.count)
        guard offset > 0 || one.file.begins(bytes) else {
            return try anew(one, now)
        }
        one.isUnchecked = false
        guard let end = one.file.forcedEnd, end > offset else {
            return Text(bytes: bytes, isEnd: bytes.count < limits.lineBytesMax, isOver: false)
        }
        guard UInt64(bytes.count) >= end - offset else {
            return try anew(one, now)
        }
        return Text(bytes: Array(bytes.prefix(Int(end - offset))), isEnd: true, isOver: true)
    }

    /// From its start: there is nothing before it that could be another.
    private func anew(_ one: TrackedFile, _ now: Timestamp) throws(ReadFailure) -> Text? {
        guard !one.isOfRotation else {
            // Whether it is a copy of what is known, the next look tells.
            abandon(one, now)
            return nil
        }
        restart(one, now)
        return try plainText(one, now)
    }

    private func packedText(_ one: TrackedFile, _ now: Timestamp) throws(ReadFailure) -> Text? {
        guard one.isQuiet(for: limits.settleSeconds, at: now) else { return nil }
        let id = ObjectIdentifier(one)
        if packed?.file != id {
            // A descriptor has one place, and this one is read from its start.
            shelf.close(one)
            guard let file = try shelf.file(of: one) else { return nil }
            packed = (id, try PackedText(file))
        }
        guard let text = packed?.text else { return nil }
        let bytes = text.bytes(from: one.file.offset, count: limits.lineBytesMax)
        guard one.file.offset > 0 || one.file.begins(bytes) else {
            abandon(one, now)
            return nil
        }
        let isOver = text.ends(within: bytes.count, of: one.file.offset)
        if isOver, let failure = text.failure {
            guard one.isQuiet(for: limits.packingSeconds, at: now) else {
                packed = nil
                return nil
            }
            tell(one.file.path, failure.description)
        }
        guard !bytes.isEmpty else {
            packed = nil
            one.stalledAt = one.size
            return nil
        }
        return Text(bytes: bytes, isEnd: isOver, isOver: isOver)
    }

    // MARK: format

    /// - Returns: false where too little is there to tell.
    private func recognise(_ one: TrackedFile, _ text: Text) throws(ReadFailure) -> Bool {
        guard !one.file.isRecognised else { return true }
        let isWhole = text.isOver || text.bytes.count == limits.lineBytesMax
        let lines = text.bytes.last(0x0a, in: 0..<text.bytes.count).map { $0 + 1 }
        guard let end = isWhole ? text.bytes.count : lines else { return false }
        let head = Array(text.bytes.prefix(min(end, FormatRecogniser.headBytesMax)))
        let (encoding, mark) = TextEncoding.of(head.span)
        guard case .utf8 = encoding else {
            throw ReadFailure(.unsupported, "text in UTF-16 or UTF-32 is not followed; import it")
        }
        let span = head.span.extracting(min(mark, head.count)..<head.count)
        switch FormatRecogniser.recognise(span, isWhole: head.count == end) {
        case .empty: return false
        case .binary(let kind): throw ReadFailure(.unsupported, "not followed: \(kind)")
        case .unknownText: one.file.format = nil
        case .records(.evtx, _):
            throw ReadFailure(
                .unsupported, "EVTX files are not followed; read them with kagari import")
        case .records(.jsonArray, _):
            throw ReadFailure(
                .unsupported,
                "all records in one JSON document are not followed; read it with kagari import")
        case .records(let format, _): one.file.format = format
        }
        one.file.isRecognised = true
        // Written down before the first record is handed in: where another text takes the file's place meanwhile, it does not get this one's names.
        if one.file.offset == 0 {
            one.file.head = Fingerprint(Array(text.bytes.prefix(Fingerprint.headBytesMax)))
        }
        mustSave = true
        isDirty = true
        return true
    }

    // MARK: records

    /// Where what waits is to be taken as it is, since it waited long enough.
    private func dueEnd(_ one: TrackedFile, _ text: Text, _ now: Timestamp) -> Int? {
        guard text.isEnd, !text.isOver, one.file.forcedEnd == nil, !text.bytes.isEmpty else {
            return nil
        }
        let cutter = RecordCutter(one.file.format)
        let whole = cutter.pieces(
            in: text.bytes, isFirst: one.file.offset == 0, isOver: false)
        guard whole.isEmpty else { return nil }
        if one.isPutAside, one.isQuiet(for: limits.lineSeconds, at: now) { return text.bytes.count }
        let lines = text.bytes.last(0x0a, in: 0..<text.bytes.count).map { $0 + 1 }
        one.holdsLine = lines != nil
        guard cutter.isGrouped, let lines, one.isQuiet(for: limits.settleSeconds, at: now) else {
            return nil
        }
        return lines
    }

    private func force(_ one: TrackedFile, _ count: Int) {
        one.file.forcedEnd = one.file.offset + UInt64(count)
        one.stalledAt = nil
        mustSave = true
        isDirty = true
    }

    private func cut(_ one: TrackedFile, _ text: Text, into batch: inout Batch) {
        let cutter = RecordCutter(one.file.format)
        let offset = one.file.offset
        let pieces = cutter.pieces(in: text.bytes, isFirst: offset == 0, isOver: text.isOver)
        var header = one.file.header
        if cutter.hasHeader, one.headerBytes == nil { one.headerBytes = headerBytes(one) }
        var end = 0
        for piece in pieces {
            if piece.isHeader {
                note(piece, of: one, in: text.bytes, &header)
            } else {
                guard batch.records.count < limits.batchRecordsMax,
                    batch.byteCount < limits.batchBytesMax
                else { break }
                append(piece.range, of: one, in: text.bytes, into: &batch)
            }
            end = piece.next
        }
        if text.isOver, end == pieces.last?.next ?? 0 { end = text.bytes.count }
        if end > 0 {
            return advance(one, text.bytes, end, header, isSkipping: false, into: &batch)
        }
        guard text.bytes.count == limits.lineBytesMax else {
            one.stalledAt = one.size
            return
        }
        cutLong(one, text.bytes, cutter, header, into: &batch)
    }

    /// A record longer than the limit is kept up to there: to a line's end where it has several, and the rest of a line is passed over.
    private func cutLong(
        _ one: TrackedFile, _ bytes: [UInt8], _ cutter: RecordCutter, _ header: Range<UInt64>,
        into batch: inout Batch
    ) {
        tally.cut += 1
        tell(
            one.file.path, "a record is longer than \(limits.lineBytesMax) bytes and was cut there")
        let newline = cutter.isGrouped ? bytes.last(0x0a, in: 0..<bytes.count) : nil
        let end = newline.map { $0 + 1 } ?? bytes.count
        if let range = RecordCutter.trimmed(bytes, 0..<end) {
            append(range, of: one, in: bytes, into: &batch)
        }
        advance(one, bytes, end, header, isSkipping: newline == nil, into: &batch)
    }

    private func append(
        _ range: Range<Int>, of one: TrackedFile, in bytes: [UInt8], into batch: inout Batch
    ) {
        var start = range.lowerBound
        if one.file.offset == 0, start == 0, bytes.starts(with: "\u{FEFF}", at: 0) { start = 3 }
        let record = Record(
            generation: one.file.generation, offset: one.file.offset + UInt64(range.lowerBound),
            path: one.file.name,
            bytes: (one.headerBytes ?? []) + bytes[start..<max(start, range.upperBound)],
            format: one.file.format)
        batch.byteCount += record.bytes.count
        batch.records.append(record)
    }

    /// The rest of a line that was too long.
    private func skip(_ one: TrackedFile, _ text: Text, into batch: inout Batch) {
        let newline = text.bytes.first(0x0a, in: 0..<text.bytes.count)
        let end = newline.map { $0 + 1 } ?? text.bytes.count
        guard end > 0 else {
            one.stalledAt = one.size
            return
        }
        advance(
            one, text.bytes, end, one.file.header, isSkipping: newline == nil && !text.isOver,
            into: &batch)
    }

    private func pass(_ one: TrackedFile, _ bytes: [UInt8], _ end: Int, into batch: inout Batch) {
        advance(one, bytes, end, one.file.header, isSkipping: false, into: &batch)
    }

    private func advance(
        _ one: TrackedFile, _ bytes: [UInt8], _ end: Int, _ header: Range<UInt64>,
        isSkipping: Bool, into batch: inout Batch
    ) {
        let isFirst = one.file.offset == 0
        let tail = (one.tailBytes + bytes[..<end]).suffix(Fingerprint.tailBytesMax)
        batch.advances.append(
            Advance(
                file: one, end: one.file.offset + UInt64(end),
                head: isFirst
                    ? Fingerprint(Array(bytes[..<min(end, Fingerprint.headBytesMax)])) : nil,
                tailBytes: Array(tail), header: header, isSkipping: isSkipping))
    }

    // MARK: columns

    /// Lines of columns that stand together are one header, and the last header counts.
    private func note(
        _ piece: RecordCutter.Piece, of one: TrackedFile, in bytes: [UInt8],
        _ header: inout Range<UInt64>
    ) {
        guard !bytes[piece.range].starts(with: "#close".utf8) else { return }
        let start = one.file.offset + UInt64(piece.range.lowerBound)
        let end = one.file.offset + UInt64(piece.next)
        let line = bytes[piece.range.lowerBound..<piece.next]
        let known = header.upperBound == start ? one.headerBytes ?? [] : []
        guard known.count + line.count <= limits.headerBytesMax else {
            tell(one.file.path, "the lines that name columns are longer than the limit")
            return
        }
        header = (known.isEmpty ? start : header.lowerBound)..<end
        one.headerBytes = known + line
    }

    /// The header as it stands in the file.
    private func headerBytes(_ one: TrackedFile) -> [UInt8] {
        let range = one.file.header
        guard !range.isEmpty, range.count <= limits.headerBytesMax else { return [] }
        do throws(ReadFailure) {
            if one.file.isPacked {
                let file = try OpenFile(path: one.file.path, followsLink: true)
                return try PackedText(file).bytes(from: range.lowerBound, count: range.count)
            }
            guard let file = try shelf.file(of: one) else { return [] }
            return try file.read(at: range.lowerBound, count: range.count)
        } catch {
            tell(one.file.path, error.description)
            return []
        }
    }
}
