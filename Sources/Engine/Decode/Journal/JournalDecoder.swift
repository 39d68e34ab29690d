/// Decodes systemd's journal export format, one event an entry.
///
/// - Input: entries parted by blank lines; a field is `NAME=value` and a line feed, or `NAME`, a line
///   feed, the value's length as 64 bits little-endian, the value, a line feed. Blocks must end at
///   an entry's end (``cut(_:before:)``). A value may take ``valueBytesMax`` bytes.
/// - Output: every field under its own name, and as for syslog `host`, `program`, `pid`,
///   `facility`, `severity`, `message`, `service`, `action` and what ``LinuxMessage`` finds. Time from
///   `__REALTIME_TIMESTAMP`.
/// - Failures: ``Failure``; reading goes on behind the next blank line.
/// - Source: systemd "Journal Export Formats", `docs/formats/journal.md`.
package struct JournalDecoder: RecordDecoder {
    package enum Failure: String, RefusalReason, CaseIterable {
        case name = "journal field without a valid name"
        case length = "journal binary field is longer than its block"
        case tooLong = "journal field longer than 8 MiB"
        case unterminated = "journal binary field does not end with a line feed"
    }

    package static let valueBytesMax = 8 << 20

    private var lines: TextLines
    private var names: Names?
    private var linux = LinuxMessage()

    package init(_ block: Block) { lines = TextLines(block) }

    package mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        // Passing over blank lines; the first other one begins an entry.
        guard let first = lines.next(in: bytes) else { return false }
        lines.begin(&event, bytes, first)
        let names = self.names ?? Names(&event.names)
        self.names = names
        var position = first.lowerBound
        var found = Found()
        do {
            while let field = try JournalField(bytes, at: position) {
                append(field, bytes, names, &found, &event)
                position = field.end
            }
        } catch {
            lines.skip(to: Self.blankLine(bytes, after: position), in: bytes)
            throw error
        }
        event.rawRange = first.lowerBound..<position
        lines.skip(to: position, in: bytes)
        appendTaxonomy(found, bytes, names, &event)
        return true
    }

    /// Where a block that may hold `limit` bytes should end: behind the last entry that is whole by
    /// then; `limit` itself when there is none. Malformed entries end at a blank line.
    package static func cut(_ bytes: Span<UInt8>, before limit: Int) -> Int {
        let limit = min(limit, bytes.count)
        var position = 0
        var last = limit
        while position < limit {
            do {
                if let field = try JournalField(bytes, at: position) {
                    position = field.end
                } else {
                    position += 1
                    if position <= limit { last = position }
                }
            } catch {
                position = blankLine(bytes, after: position)
                if position <= limit { last = position }
            }
        }
        return last
    }

    private static func blankLine(_ bytes: Span<UInt8>, after position: Int) -> Int {
        bytes.position(of: "\n\n", in: position..<bytes.count).map { $0 + 2 } ?? bytes.count
    }

    private struct Found {
        var message, program, comm, pid, host, priority, facility: Range<Int>?
    }

    private func append(
        _ field: JournalField, _ bytes: Span<UInt8>, _ names: Names, _ found: inout Found,
        _ event: inout EventBuffer
    ) {
        let id = event.names.intern(bytes.extracting(field.name))
        event.append(id, sourceRange: field.value)
        if id == names.message {
            found.message = found.message ?? field.value
        } else if id == names.identifier {
            found.program = field.value
        } else if id == names.comm {
            found.comm = field.value
        } else if id == names.pid {
            found.pid = field.value
        } else if id == names.host {
            found.host = field.value
        } else if id == names.priority {
            found.priority = field.value
        } else if id == names.facility {
            found.facility = field.value
        } else if id == names.realtime {
            event.time = TimestampText.epoch(bytes, in: field.value)
        }
    }

    private mutating func appendTaxonomy(
        _ found: Found, _ bytes: Span<UInt8>, _ names: Names, _ event: inout EventBuffer
    ) {
        let syslog = names.syslog
        let program = found.program ?? found.comm
        if let host = found.host { event.append(syslog.host, sourceRange: host) }
        if let program { event.append(syslog.program, sourceRange: program) }
        if let pid = found.pid { event.append(syslog.pid, sourceRange: pid, kind: .number) }
        if let code = Self.code(bytes, found.facility) {
            event.append(syslog.facility, SyslogNames.facility(code))
        }
        if let code = Self.code(bytes, found.priority) {
            event.append(syslog.severity, SyslogNames.severity(code))
        }
        let message = found.message ?? 0..<0
        if found.message != nil { event.append(syslog.message, sourceRange: message) }
        linux.append(bytes, program: program, message: message, inSource: true, &event)
    }

    private static func code(_ bytes: Span<UInt8>, _ range: Range<Int>?) -> Int? {
        guard let range else { return nil }
        var text = TextScanner(bytes, range)
        guard let code = text.number(1, 3), text.atEnd else { return nil }
        return code
    }

    private struct Names {
        let message, identifier, comm, pid, host, priority, facility, realtime: FieldID
        let syslog: SyslogNames

        init(_ names: inout FieldNames) {
            message = names.intern("MESSAGE")
            identifier = names.intern("SYSLOG_IDENTIFIER")
            comm = names.intern("_COMM")
            pid = names.intern("_PID")
            host = names.intern("_HOSTNAME")
            priority = names.intern("PRIORITY")
            facility = names.intern("SYSLOG_FACILITY")
            realtime = names.intern("__REALTIME_TIMESTAMP")
            syslog = SyslogNames(&names)
        }
    }
}
