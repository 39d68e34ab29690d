/// Decodes auditd's own log, joining the records of one audit event into one event.
///
/// - Input: lines `[node=N ]type=T msg=audit(TIME:SERIAL): name=value …`, raw (`log_format=RAW`),
///   enriched (a second part behind 0x1D) or interpreted (`ausearch -i`); at most
///   ``TextLines/lineBytesMax`` bytes each. Records of one event may be interleaved with others'
///   (``AuditdQueue``); an event that a block boundary cuts comes in two parts
///   (``cut(_:before:)`` tells a reader where not to cut).
/// - Output: every field of every record under its own name; a name that several records hold has
///   several values, `type` first of all. So a rule for one record type (`type: EXECVE`, `a0: …`)
///   and one for another (`type: SYSCALL`, `exe: …`) both fire on the joined event; the price is
///   that `type: PATH` with a field of a SYSCALL record holds as well. `SYSCALL` names the system
///   call also where the log is not enriched. Taxonomy fields: ``AuditdTaxonomy``.
///   The record number and place are those of the first record; `rawRange` holds the event's
///   first run of adjacent lines.
/// - Failures: ``Failure``; the line is passed over, its event keeps its other records.
/// - Source: `docs/formats/auditd.md`.
package struct AuditdDecoder: RecordDecoder {
    package enum Failure: String, RefusalReason, CaseIterable {
        case type = "audit record without type="
        case stamp = "audit record without msg=audit(time:serial)"
    }

    private var lines: TextLines
    private let firstOffset: UInt64
    private var queue = AuditdQueue()
    private var reader: AuditdReader?

    package init(_ block: Block) {
        lines = TextLines(block)
        firstOffset = block.offset
    }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        while true {
            if let waiting = queue.next(atEnd: false) {
                emit(waiting, bytes, &event)
                return true
            }
            guard let line = try lines.nextBounded(in: bytes) else { break }
            let record = try AuditdRecord(bytes, line, number: lines.number)
            let node = Self.hash(bytes, record.node)
            if bytes.equals("EOE", record.type) {
                queue.end(record, nodeHash: node)
            } else {
                queue.add(record, nodeHash: node, isLast: Self.isLast(bytes, record.type))
            }
        }
        guard let waiting = queue.next(atEnd: true) else { return false }
        emit(waiting, bytes, &event)
        return true
    }

    /// Where a block that may hold `limit` bytes should end, so that the events in it are whole:
    /// the last line start at or before `limit` whose record has another serial than the line
    /// before it. `limit` itself when there is none.
    package static func cut(_ bytes: Span<UInt8>, before limit: Int) -> Int {
        var later: UInt64?
        var laterStart = 0
        var end = min(limit, bytes.count)
        while end > 0 {
            var start = end - 1
            while start > 0, bytes[start - 1] != Ascii.newline { start -= 1 }
            let isLine = end == bytes.count || bytes[end - 1] == Ascii.newline
            if isLine, let record = try? AuditdRecord(bytes, start..<end, number: 0) {
                if let later, later != record.serial { return laterStart }
                later = record.serial
                laterStart = start
            }
            end = start
        }
        return limit
    }

    /// The kernel ends an event with PROCTITLE; messages from user space are events of one record.
    private static func isLast(_ bytes: Span<UInt8>, _ type: Range<Int>) -> Bool {
        if bytes.equals("PROCTITLE", type) { return true }
        for prefix in userPrefixes
        where bytes.has(prefix, at: type.lowerBound, before: type.upperBound) {
            return true
        }
        return false
    }

    private static let userPrefixes: [StaticString] = [
        "USER", "SERVICE_", "CRED_", "ADD_", "DEL_", "DAEMON_", "CRYPTO_",
    ]

    private static func hash(_ bytes: Span<UInt8>, _ node: Range<Int>?) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in node ?? 0..<0 { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return hash
    }

    private mutating func emit(
        _ waiting: AuditdQueue.Waiting, _ bytes: Span<UInt8>, _ event: inout EventBuffer
    ) {
        event.begin(source: bytes)
        let reader = self.reader ?? AuditdReader(&event.names)
        self.reader = reader
        event.time = waiting.time
        var taxonomy = AuditdTaxonomy()
        var raw: Range<Int>?
        var adjacent = true
        queue.forEach(waiting) { record in
            guard let so = raw else {
                raw = record.line
                event.recordNumber = record.number
                event.recordOffset = firstOffset &+ UInt64(record.line.lowerBound)
                return
            }
            adjacent = adjacent && record.line.lowerBound - so.upperBound <= 2
            if adjacent { raw = so.lowerBound..<record.line.upperBound }
        }
        event.rawRange = raw ?? 0..<0
        queue.forEach(waiting) { event.append(reader.names.type, sourceRange: $0.type) }
        queue.forEach(waiting) { reader.append($0, bytes, &taxonomy, &event) }
        reader.appendSyscallName(taxonomy, bytes, &event)
        taxonomy.append(reader.names, bytes, &event) { body in
            queue.forEach(waiting, body)
        }
        queue.release(waiting)
    }
}
