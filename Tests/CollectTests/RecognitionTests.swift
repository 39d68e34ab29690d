import Engine
import Testing

@Suite struct `Format recognition` {
    private func recognise(_ text: String, isWhole: Bool = true) -> Recognition {
        let bytes = Array(text.utf8)
        return FormatRecogniser.recognise(bytes.span, isWhole: isWhole)
    }

    static let table: [(RecordFormat, String)] = [
        (.evtx, "ElfFile\0\0\0"),
        (.evtx, "ElfChnk\0\u{1}\0"),
        (.json, "{\"a\":1}\n{\"a\":2}\n"),
        (.json, "\n  {\n  \"a\" : {\"b\": []}\n}\n"),
        (.json, "{}\n{\"a\":1}"),
        (.json, "{\"ts\":1.5,\"uid\":\"C1\",\"id.orig_h\":\"10.0.0.1\"}\n"),
        (
            .json,
            "{\"timestamp\":\"2026-01-01T00:00:00Z\",\"event_type\":\"alert\",\"alerts\":[{\"a\":1}]}\n"
        ),
        (.json, "cut\":1}\n{\"a\":1}\n{\"a\":2}\n"),
        // Records that hold arrays of objects under names that envelopes use.
        (
            .json,
            "{\"kind\":\"admin#reports#activity\",\"id\":{\"time\":\"x\"},\"events\":[{\"name\":\"a\"}]}\n"
        ),
        (.json, "{\"events\":[{\"name\":\"a\"}],\"actor\":{\"email\":\"a\"}}\n"),
        (.json, "{\"value\":[1,2]}\n"),
        (.json, "{\"preview\":false,\"result\":{\"_raw\":\"x\"}}\n"),
        (.auditd, "type=SYSCALL msg=audit(1700000000.1:5): arch=c000003e\n"),
        (.auditd, "node=web1 type=CWD msg=audit(1700000000.1:5): cwd=\"/\"\n"),
        (.journal, "__CURSOR=s=1\nMESSAGE=x\n\n"),
        (.journal, "__CURSOR=s=1\nMESSAGE\n\u{1}\0\0\0\0\0\0\0x\n\n"),
        (.syslog, "<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - 'su root' failed\n"),
        (.syslog, "<165>1 - - - - - -\n"),
        (.syslog, "<34>Oct 11 22:14:15 mymachine su: 'su root' failed\n"),
        (.syslog, "Oct  1 22:14:15 host sshd[1]: Accepted password for a=b c=d e=f\n"),
        (.syslog, "2026-03-01T10:00:00.123456+01:00 host sshd[1]: Failed password\n"),
        (.syslog, "2026-03-01 10:00:00 status installed base-files:amd64 12\n"),
        (.syslog, "<13>Oct 11 22:14:15 host app: {\"a\":1,\"Records\":[{\"b\":2}]}\n"),
        (.syslog, "<13>1 2026-03-01T10:00:00Z host app - - - {\"user\":\"x\",\"ip\":\"y\"}\n"),
        (.syslog, "Oct 11 22:14:15 host kernel: audit: type=1400 audit(1700000000.1:5): x\n"),
        (
            .syslog,
            "Oct 11 22:14:15 host nginx: 1.2.3.4 - - [10/Oct/2026:13:55:36 +0000] \"GET /\" 200 1\n"
        ),
        (.zeekTSV, "#separator \\x09\n#fields\ta\n"),
        (.accessLog, "1.2.3.4 - bob [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 2326\n"),
        (
            .accessLog,
            "::1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1 \"-\" \"{\\\"a\\\":1}\"\n"
        ),
        (
            .accessLog,
            "www.x.org:443 1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /?a=b&c=d\" 200 1\n"
        ),
        (.accessLog, "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / CEF:0|a|b\" 200 1\n"),
        (.cef, "CEF:0|Security|threatmanager|1.0|100|worm stopped|10|src=10.0.0.1\n"),
        (.syslog, "<14>Sep 19 08:26:10 host CEF:0|Security|tm|1.0|100|worm|10|src=10.0.0.1\n"),
        (.syslog, "Sep 19 08:26:10 host app: CEF:1|Security|tm|1.0|100|worm|10|src=10.0.0.1\n"),
        (.leef, "LEEF:2.0|Vendor|Product|1|2|^|src=10.0.0.1^dst=10.0.0.2\n"),
        (.syslog, "<13>1 2026-03-01T10:00:00Z host LEEF:1.0|V|P|1|2|src=10.0.0.1\tdst=10.0.0.2\n"),
        (.csv, "a,b,c\n1,2,3\n"),
        (.csv, "\"TimeCreated\",\"Message\"\r\n\"2026-01-01\",\"x, \"\"y\"\"\r\nz\"\r\n"),
        (.csv, "Date;User;Action\n2026-01-01;bob;login\n"),
        (.csv, "date\tuser\taction\n2026-01-01\tbob\tlogin\n"),
        (.csv, "RecordId,Operation,AuditData\n1,FileAccessed,\"{\"\"a\"\":1}\"\n"),
        (.csv, "time,user,action\n"),
        (.csv, "#TYPE System.X\r\n\"a\",\"b\"\r\n\"1\",\"2\"\r\n"),
        (.csv, "time,user,msg\n2026-01-01 10:00:00,bob,a=b c=d\n2026-01-01 10:00:00,bob,a=b\n"),
        (.keyValue, "date=2026-03-01 time=10:00:00 devname=\"fw 1\" action=deny\n"),
        (.keyValue, "level=info ts=2026-03-01T10:00:00Z msg=\"user logged in\" user=bob\n"),
    ]

    @Test(arguments: table)
    func `tells the format by content`(format: RecordFormat, text: String) {
        #expect(recognise(text) == .records(format, under: []))
    }

    static let arrays: [([String], String)] = [
        ([], "[{\"a\":1},{\"a\":2}]"), ([], " [ { } ]"), ([], "[]"),
        (["Records"], "{\"Records\":[{\"eventTime\":\"x\"}]}"),
        (["value"], "{\"@odata.context\":\"x\",\"value\":[{\"id\":1}]}"),
        (["records"], "{\"records\": [{\"time\":\"x\"}]}\n{\"records\": []}"),
        (["logEvents"], "{\"messageType\":\"DATA_MESSAGE\",\"logEvents\":[{\"id\":\"1\"}]}"),
        (["items"], "{\"kind\":\"audit.k8s.io/v1\",\"items\":[{\"kind\":\"Event\"}]}"),
        (["hits", "hits"], "{\"took\":1,\"hits\":{\"total\":1,\"hits\":[{\"_source\":{}}]}}"),
        (["events"], "{\"events\":[{\"a\":1}],\"nextToken\":\"x\"}"),
    ]

    @Test(arguments: arrays)
    func `finds the array that holds the records`(path: [String], text: String) {
        #expect(recognise(text) == .records(.jsonArray, under: path))
    }

    static let text = [
        "{main} started the worker\n", "[2026-01-01] something happened here\n", "{ not json }\n",
        "Hello, world\nThis is a letter.\n", "# A heading\n\nSome words, and more words.\n",
        "<?xml version=\"1.0\"?>\n<Events></Events>\n", "title: rule\nid: 5\nstatus: test\n",
        "#!/bin/sh\nx=1\necho $x\n", "word\n", "[[1,2],[3]]\n", "<html><body>a=b</body></html>\n",
    ]

    @Test(arguments: text)
    func `refuses text that it does not know`(text: String) {
        #expect(recognise(text) == .unknownText)
    }

    static let binary: [(String, [UInt8])] = [
        ("PNG image", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
        ("ELF program", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]),
        ("xz compressed data", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 1]),
        ("bzip2 compressed data", Array("BZh91AY&SY".utf8)),
        ("AppleDouble attributes", [0, 5, 0x16, 7, 0, 2]),
        ("binary data", Array("some text\0more".utf8)),
        ("binary data", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
    ]

    @Test(arguments: binary)
    func `says what is not text`(name: String, bytes: [UInt8]) {
        #expect(FormatRecogniser.recognise(bytes.span, isWhole: true) == .binary(name))
    }

    @Test func `one odd line does not decide`() {
        let line = "<34>Oct 11 22:14:15 host su: x\n"
        #expect(
            recognise("continued from before\n" + line + line) == .records(.syslog, under: []))
    }

    @Test func `a line that the head cuts short does not vote`() {
        let text = "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1\n1.2.3"
        #expect(recognise(text, isWhole: false) == .records(.accessLog, under: []))
    }

    @Test func `any cut of a head is survived`() {
        for (_, text) in Self.table + Self.arrays.map({ (RecordFormat.json, $0.1) }) {
            let bytes = Array(text.utf8)
            for count in 0...bytes.count {
                for isWhole in [true, false] {
                    let head = bytes.span.extracting(0..<count)
                    let found = FormatRecogniser.recognise(head, isWhole: isWhole)
                    #expect(count > 0 || found == .empty)
                }
            }
        }
    }

    @Test func `emptiness is no format`() {
        #expect(recognise("") == .empty)
        #expect(recognise("\n \r\n") == .empty)
    }
}
