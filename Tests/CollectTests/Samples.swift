import Engine

/// Small made logs, one a format.
enum Samples {
    static let textFormats: [RecordFormat] = [
        .json, .syslog, .auditd, .journal, .zeekTSV, .accessLog, .cef, .leef, .csv, .keyValue,
    ]

    static func text(_ format: RecordFormat, records: Int) -> String {
        let header: String
        switch format {
        case .zeekTSV:
            header = """
                #separator \\x09
                #set_separator\t,
                #path\tconn
                #fields\tts\tuid\tnote
                #types\ttime\tstring\tstring

                """
        case .csv: header = "TimeCreated,Computer,\"Process Name\",Note\n"
        default: header = ""
        }
        return header + (0..<records).map { record(format, $0) }.joined()
    }

    /// One record with its end; of a length that differs from record to record.
    static func record(_ format: RecordFormat, _ index: Int) -> String {
        let filler = String(repeating: "x", count: index * 7 % 53)
        let second = index % 60 < 10 ? "0\(index % 60)" : "\(index % 60)"
        switch format {
        case .json:
            return "{\"n\":\(index),\"note\":\"}\\n{ \(filler)\",\"in\":{\"a\":[1,{\"b\":2}]}}\n"
        case .syslog:
            return "<34>1 2026-03-01T10:00:\(second)Z host app \(index) - - message \(filler)\n"
        case .auditd:
            let head = "msg=audit(1700000000.\(100 + index % 900):\(1000 + index)):"
            return "type=SYSCALL \(head) arch=c000003e syscall=59 n=\(filler)\n"
                + "type=PROCTITLE \(head) proctitle=\"ls\"\n"
        case .journal:
            return "__CURSOR=s=\(index);i=\(index)\n__REALTIME_TIMESTAMP=17000000000\(index)\n"
                + "MESSAGE=hello \(filler)\n\n"
        case .zeekTSV: return "1700000000.\(index)\tC\(index)\tnote \(filler)\n"
        case .accessLog:
            return "10.0.0.\(index % 250) - - [10/Oct/2026:13:55:\(second) +0000] "
                + "\"GET /\(filler) HTTP/1.1\" 200 5 \"-\" \"agent {\\\"a\\\":1}\"\n"
        case .cef: return "CEF:0|Vendor|Product|1.0|\(index)|Name|5|src=10.0.0.1 msg=\(filler)\n"
        case .leef: return "LEEF:1.0|Vendor|Product|1.0|\(index)|src=10.0.0.1\tmsg=\(filler)\n"
        case .csv: return "2026-03-01 10:00:\(second),host\(index),\"a \"\"b\"\", c\",\(filler)\n"
        case .keyValue: return "date=2026-03-01 action=deny src=10.0.0.\(index % 250) n=\(filler)\n"
        case .evtx, .jsonArray: return ""
        }
    }

    /// An EVTX file of chunks that hold their own number; those at `empty` are zeros.
    static func evtx(chunks: Int, empty: Set<Int> = []) -> [UInt8] {
        var file = Array("ElfFile\0".utf8) + [UInt8](repeating: 0, count: 4088)
        file[40] = 0
        file[41] = 0x10
        for index in 0..<chunks { file += chunk(index, isEmpty: empty.contains(index)) }
        return file
    }

    static func chunk(_ index: Int, isEmpty: Bool = false) -> [UInt8] {
        if isEmpty { return [UInt8](repeating: 0, count: 65536) }
        return Array("ElfChnk\0".utf8) + [UInt8](repeating: UInt8(index + 1), count: 65528)
    }
}
