import Testing

@testable import Engine

@Suite struct `Syslog decoder` {
    private func first(_ line: String, reference: String? = nil) throws -> String {
        var buffer = EventBuffer(names: FieldNames())
        let block = TextDecoding.block(.syslog, Array(line.utf8))
        var decoder = SyslogDecoder(block, referenceTime: reference.flatMap(TimestampText.parse))
        _ = try decoder.next(in: block.bytes.span, into: &buffer)
        return buffer.time?.text ?? "none"
    }

    @Test(arguments: 0...191)
    func `every priority splits into facility and severity`(priority: Int) throws {
        var buffer = EventBuffer(names: FieldNames())
        let block = TextDecoding.block(.syslog, Array("<\(priority)>1 - - - - - - x".utf8))
        var decoder = SyslogDecoder(block, referenceTime: nil)
        #expect(try decoder.next(in: block.bytes.span, into: &buffer))
        #expect(buffer.text("facility") == "\(SyslogNames.facility(priority / 8))")
        #expect(buffer.text("severity") == "\(SyslogNames.severity(priority % 8))")
        #expect(buffer.text("facility") != "unknown" && buffer.text("severity") != "unknown")
    }

    @Test(arguments: [192, 255, 999])
    func `above 191 is refused, not guessed`(priority: Int) {
        let events = TextDecoding.events(.syslog, Array("<\(priority)>1 - - - - - - x".utf8))
        #expect(events == ["!! 0 syslog priority above 191\n"])
    }

    @Test func `a date without a year needs a reference`() throws {
        #expect(
            try first("Nov 14 22:13:20 h p: m", reference: "2025-01-02T00:00:00Z")
                == "2024-11-14T22:13:20Z")
        #expect(
            throws: DecodeFailure(
                offset: 0, reason: SyslogDecoder.Failure.header.rawValue)
        ) { try first("Nov 14 22:13:20 h p: m") }
    }

    @Test func `a JSON message is handed to the caller`() throws {
        let line = #"<13>Nov 14 22:13:20 h app[1]: @cee:  {"a":1} "#
        var buffer = EventBuffer(names: FieldNames())
        let block = TextDecoding.block(.syslog, Array(line.utf8))
        var decoder = SyslogDecoder(block, referenceTime: Timestamp(nanoseconds: 0))
        #expect(try decoder.next(in: block.bytes.span, into: &buffer))
        guard case .json(let range) = decoder.payload else {
            Issue.record("payload is \(decoder.payload)")
            return
        }
        #expect(String(decoding: block.bytes[range], as: UTF8.self) == #"{"a":1}"#)
    }

    @Test func `an event of another decoder gets the same fields`() throws {
        var buffer = EventBuffer(names: FieldNames())
        var annotator = LinuxAnnotator(&buffer.names)
        let none: [UInt8] = []
        buffer.begin(source: none.span)
        buffer.append(buffer.names.intern("SYSLOG_IDENTIFIER"), "sshd")
        buffer.append(
            buffer.names.intern("MESSAGE"),
            "Failed password for invalid user admin from 203.0.113.9 port 4023 ssh2")
        annotator.annotate(&buffer)
        annotator.annotate(&buffer)
        #expect(buffer.text("service") == "sshd")
        #expect(buffer.text("action") == "login-failed")
        #expect(buffer.text("TargetUserName") == "admin")
        #expect(buffer.text("IpAddress") == "203.0.113.9")
        #expect(buffer.fieldCount == 9)
    }
}
