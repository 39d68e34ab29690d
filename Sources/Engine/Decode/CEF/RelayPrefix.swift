/// The syslog header that a relay put in front of a CEF or LEEF message.
struct RelayPrefix {
    private var names: SyslogNames?

    /// Appends what the header says and returns its time; a header that cannot be read is no error,
    /// since the message behind it stands on its own.
    mutating func append(
        _ bytes: Span<UInt8>, _ range: Range<Int>, reference: Timestamp?,
        _ event: inout EventBuffer
    ) -> Timestamp? {
        guard !bytes.trimmed(range).isEmpty,
            let header = try? SyslogHeader(bytes, range, reference: reference)
        else { return nil }
        let names = self.names ?? SyslogNames(&event.names)
        self.names = names
        if let priority = header.priority {
            event.append(names.facility, SyslogNames.facility(priority >> 3))
            event.append(names.severity, SyslogNames.severity(priority & 7))
        }
        if let host = header.host { event.append(names.host, sourceRange: host) }
        return header.time
    }
}
