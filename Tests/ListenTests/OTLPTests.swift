import Engine
import TestKit
import Testing

@testable import Listen

/// Writes protocol buffers for tests.
enum Proto {
    static func varint(_ value: UInt64) -> [UInt8] {
        value < 0x80
            ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
    }
    static func bytes(_ field: Int, _ content: [UInt8]) -> [UInt8] {
        varint(UInt64(field << 3 | 2)) + varint(UInt64(content.count)) + content
    }
    static func text(_ field: Int, _ text: String) -> [UInt8] { bytes(field, Array(text.utf8)) }
    static func number(_ field: Int, _ value: UInt64) -> [UInt8] {
        varint(UInt64(field << 3)) + varint(value)
    }
    static func fixed64(_ field: Int, _ value: UInt64) -> [UInt8] {
        varint(UInt64(field << 3 | 1))
            + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    static func pair(_ field: Int, _ key: String, _ value: [UInt8]) -> [UInt8] {
        bytes(field, text(1, key) + bytes(2, value))
    }

    static func request(_ records: [[UInt8]]) -> [UInt8] {
        let resource = bytes(1, pair(1, "host.name", text(1, "web-1")))
        let scope = bytes(1, text(1, "app") + text(2, "1.0") + pair(3, "k", number(2, 1)))
        let logs = bytes(2, scope + records.flatMap { bytes(2, $0) })
        return bytes(1, resource + logs)
    }

    static let record =
        fixed64(1, 1_600_000_000_000_000_001) + number(2, 9) + text(3, "INFO")
        + bytes(5, text(1, "hello \"x\""))
        + pair(6, "int", number(3, UInt64(bitPattern: -5)))
        + pair(6, "double", fixed64(4, (1.5 as Double).bitPattern))
        + pair(6, "list", bytes(5, bytes(1, text(1, "a")) + bytes(1, number(2, 0))))
        + pair(6, "map", bytes(6, pair(1, "x", bytes(7, [0xab]))))
        + bytes(9, [UInt8](1...16)) + bytes(10, [UInt8](1...8)) + [0x7d, 0, 0, 0, 0]
}

@Suite struct `OTLP logs` {
    private static let proto = [
        ("Authorization", "Bearer secret"), ("Content-Type", "application/x-protobuf"),
    ]
    private static let json = [
        ("Authorization", "Bearer secret"), ("Content-Type", "application/json"),
    ]

    private static let expected =
        #"{"time_unix_nano":"1600000000000000001","severity_number":9,"severity_text":"INFO","body":"hello \"x\"","trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"0102030405060708","int":-5,"double":1.5,"list":["a",false],"map":{"x":"ab"},"host.name":"web-1","scope.name":"app","scope.version":"1.0","scope.k":true}"#

    @Test func `in protocol buffers become flat records`() async {
        let ask = Asking()
        let answer = await ask(
            "POST", "/v1/logs", Proto.request([Proto.record]), headers: Self.proto)
        #expect(answer.status == 200)
        #expect(answer.contentType == "application/x-protobuf")
        #expect(answer.body == [])
        #expect(ask.desk.texts == [Self.expected])
        #expect(
            ask.desk.records[0].time == Timestamp(nanoseconds: 1_600_000_000_000_000_001))
        #expect(ask.desk.records[0].host == "web-1")
    }

    @Test func `in JSON become the same records`() async {
        let ask = Asking()
        let answer = await ask(
            "POST", "/v1/logs",
            #"""
            {"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"web-1"}}]},
            "scopeLogs":[{"scope":{"name":"app","version":"1.0","attributes":[{"key":"k","value":{"boolValue":true}}]},
            "logRecords":[{"timeUnixNano":"1600000000000000001","severityNumber":9,"severityText":"INFO",
            "body":{"stringValue":"hello \"x\""},"attributes":[{"key":"int","value":{"intValue":"-5"}},
            {"key":"double","value":{"doubleValue":1.5}},
            {"key":"list","value":{"arrayValue":{"values":[{"stringValue":"a"},{"boolValue":false}]}}},
            {"key":"map","value":{"kvlistValue":{"values":[{"key":"x","value":{"bytesValue":"qw=="}}]}}}],
            "traceId":"0102030405060708090A0B0C0D0E0F10","spanId":"0102030405060708"}]}]}]}
            """#, headers: Self.json)
        #expect(answer.status == 200)
        #expect(answer.text == "{}")
        #expect(ask.desk.texts == [Self.expected])
    }

    @Test func `a record too large is rejected alone, and the answer says so`() async {
        var limits = IntakeLimits()
        limits.recordBytesMax = 300
        let ask = Asking(limits: limits)
        let large = Proto.bytes(5, Proto.text(1, String(repeating: "x", count: 300)))
        let small = Proto.bytes(5, Proto.text(1, "y"))
        let answer = await ask(
            "POST", "/v1/logs", Proto.request([large, small]), headers: Self.proto)
        #expect(answer.status == 200)
        #expect(answer.body.prefix(4).elementsEqual([0x0a, UInt8(answer.body.count - 2), 0x08, 1]))
        #expect(ask.desk.records.count == 1)
    }

    @Test func `a resource repeated beyond the body's limit is refused`() async {
        var limits = IntakeLimits()
        limits.bodyBytesMax = 2_000
        let records = [[UInt8]](repeating: Proto.number(2, 9), count: 40)
        let answer = await Asking(limits: limits)(
            "POST", "/v1/logs", Proto.request(records), headers: Self.proto)
        #expect(answer.status == 413)
    }

    @Test func `other signals are refused with the way to go`() async {
        let answer = await Asking()("POST", "/v1/traces", headers: Self.proto)
        #expect(answer.status == 501)
        #expect(answer.text.contains("/v1/logs"))
    }

    @Test func `damage is refused with its place, in the form asked for`() async {
        let broken = Array(Proto.request([Proto.record]).dropLast())
        let answer = await Asking()("POST", "/v1/logs", broken, headers: Self.proto)
        #expect(answer.status == 400)
        #expect(answer.contentType == "application/x-protobuf")
        #expect(answer.text.contains("Byte 0"))
        let json = await Asking()("POST", "/v1/logs", "{\"resourceLogs\":", headers: Self.json)
        #expect(json.status == 400)
        #expect(json.text.contains("Byte 16"))
    }

    @Test func `a busy desk is told as OTLP asks`() async {
        let ask = Asking(
            desk: KeptDesk(refusals: [
                .busy(retryAfterSeconds: 2), .overQuota(retryAfterSeconds: 5),
            ]))
        let body = Proto.request([Proto.record])
        let first = await ask("POST", "/v1/logs", body, headers: Self.proto)
        #expect(first.status == 503)
        #expect(first.headers["Retry-After"] == "2")
        #expect(await ask("POST", "/v1/logs", body, headers: Self.proto).status == 429)
    }

    @Test func `survive any damage`() {
        var random = SplitMix64(seed: 13)
        let good = Proto.request([Proto.record, Proto.record])
        for _ in 0..<5000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...3, using: &random))
            _ = try? OTLPProtobuf(bytes, limits: IntakeLimits())
        }
    }

    @Test func `values nested without end are refused`() {
        var value = Proto.text(1, "x")
        for _ in 0..<100 { value = Proto.bytes(5, Proto.bytes(1, value)) }
        let body = Proto.request([Proto.bytes(5, value)])
        #expect(throws: OTLPProtobuf.Failure.self) {
            try OTLPProtobuf(body, limits: IntakeLimits())
        }
    }
}
