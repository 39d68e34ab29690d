/// The field names that syslog and journald share.
struct SyslogNames {
    let host, program, identifier, pid, messageID, facility, severity, message: FieldID

    init(_ names: inout FieldNames) {
        host = names.intern("host")
        program = names.intern("program")
        identifier = names.intern("SYSLOG_IDENTIFIER")
        pid = names.intern("pid")
        messageID = names.intern("msgid")
        facility = names.intern("facility")
        severity = names.intern("severity")
        message = names.intern("message")
    }

    func append(_ header: SyslogHeader, _ bytes: Span<UInt8>, _ event: inout EventBuffer) {
        if let priority = header.priority {
            event.append(facility, Self.facility(priority >> 3))
            event.append(severity, Self.severity(priority & 7))
        }
        if let range = header.host { event.append(host, sourceRange: range) }
        if let range = header.program {
            event.append(program, sourceRange: range)
            event.append(identifier, sourceRange: range)
        }
        if let range = header.pid { event.append(pid, sourceRange: range, kind: .number) }
        if let range = header.messageID { event.append(messageID, sourceRange: range) }
        event.append(message, sourceRange: header.message)
    }

    /// - Source: RFC 5424 §6.2.1, table 1, in the keywords of `syslog.conf(5)`.
    static func facility(_ code: Int) -> StaticString {
        switch code {
        case 0: "kern"
        case 1: "user"
        case 2: "mail"
        case 3: "daemon"
        case 4: "auth"
        case 5: "syslog"
        case 6: "lpr"
        case 7: "news"
        case 8: "uucp"
        case 9: "cron"
        case 10: "authpriv"
        case 11: "ftp"
        case 12: "ntp"
        case 13: "audit"
        case 14: "alert"
        case 15: "clock"
        case 16: "local0"
        case 17: "local1"
        case 18: "local2"
        case 19: "local3"
        case 20: "local4"
        case 21: "local5"
        case 22: "local6"
        case 23: "local7"
        default: "unknown"
        }
    }

    /// - Source: RFC 5424 §6.2.1, table 2.
    static func severity(_ code: Int) -> StaticString {
        switch code {
        case 0: "emerg"
        case 1: "alert"
        case 2: "crit"
        case 3: "err"
        case 4: "warning"
        case 5: "notice"
        case 6: "info"
        case 7: "debug"
        default: "unknown"
        }
    }
}
