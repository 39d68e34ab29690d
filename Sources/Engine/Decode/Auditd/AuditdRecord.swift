/// The head of one audit record: `[node=N ]type=T msg=audit(1700000000.123:456): …`.
///
/// - Source: Linux audit `lib/` and `auparse`, "Understanding audit log files" (RHEL Security
///   Guide §7.6); `ausearch -i` writes the time as `MM/dd/yyyy hh:mm:ss.mmm`.
struct AuditdRecord {
    var line: Range<Int>
    var number: UInt64
    var node: Range<Int>?
    var type: Range<Int>
    var time: Timestamp
    var serial: UInt64
    /// What follows the head.
    var body: Range<Int>

    init(_ bytes: Span<UInt8>, _ line: Range<Int>, number: UInt64) throws(DecodeFailure) {
        self.line = line
        self.number = number
        // A relay may have put a syslog header in front.
        guard let start = bytes.position(of: "type=", in: line) else {
            throw AuditdDecoder.Failure.type.at(line.lowerBound)
        }
        if let found = bytes.position(of: "node=", in: line.lowerBound..<start) {
            var text = TextScanner(bytes, found + 5..<start)
            node = text.word()
        }
        var text = TextScanner(bytes, start + 5..<line.upperBound)
        type = text.word()
        guard !type.isEmpty, text.take(Ascii.space), text.take("msg=audit("),
            let close = bytes.position(of: UInt8(ascii: ")"), in: text.rest)
        else { throw AuditdDecoder.Failure.stamp.at(line.lowerBound) }
        let stamp = text.position..<close
        guard let colon = Self.lastColon(bytes, stamp),
            let time = TimestampText.parse(bytes, in: stamp.lowerBound..<colon),
            let serial = Self.serial(bytes, colon + 1..<close)
        else { throw AuditdDecoder.Failure.stamp.at(line.lowerBound) }
        self.time = time
        self.serial = serial
        text.position = close + 1
        text.skipBlanks()
        _ = text.take(Ascii.colon)
        text.skipBlanks()
        body = text.rest
    }

    private static func lastColon(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.upperBound - 1
        while index >= range.lowerBound {
            if bytes[index] == Ascii.colon { return index }
            index -= 1
        }
        return nil
    }

    private static func serial(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        var text = TextScanner(bytes, range)
        guard let value = text.number(1, 18), text.atEnd else { return nil }
        return UInt64(value)
    }
}
