import Testing

@testable import Engine

@Suite struct `Zeek log names` {
    @Test(arguments: [
        ("conn", ["ts", "uid", "id.orig_h", "conn_state", "service"]),
        ("dns", ["ts", "uid", "id.orig_h", "trans_id", "query", "rcode_name"]),
        ("http", ["ts", "uid", "trans_depth", "method", "uri"]),
        ("x509", ["ts", "id", "certificate.serial"]),
        ("dce_rpc", ["ts", "uid", "endpoint", "operation"]),
        ("rdp", ["ts", "uid", "cookie", "security_protocol"]),
    ])
    func `are told by their fields`(path: String, fields: [String]) {
        #expect(annotated(fields) == path)
    }

    @Test(arguments: [["uid", "conn_state"], ["ts", "uid"], []])
    func `are not guessed`(fields: [String]) {
        #expect(annotated(fields) == nil)
    }

    @Test func `that are there stay`() {
        var buffer = EventBuffer(names: FieldNames())
        let annotator = ZeekAnnotator(&buffer.names)
        let none: [UInt8] = []
        buffer.begin(source: none.span)
        for (name, value) in [("ts", "1"), ("conn_state", "SF"), ("_path", "conn_red")] {
            buffer.append(buffer.names.intern(name), value)
        }
        annotator.annotate(&buffer)
        #expect(buffer.text("_path") == "conn_red" && buffer.fieldCount == 3)
    }

    private func annotated(_ fields: [String]) -> String? {
        var buffer = EventBuffer(names: FieldNames())
        let annotator = ZeekAnnotator(&buffer.names)
        let none: [UInt8] = []
        buffer.begin(source: none.span)
        for field in fields { buffer.append(buffer.names.intern(field), "x") }
        annotator.annotate(&buffer)
        return buffer.text("_path")
    }
}
