import Testing

@testable import Listen

@Suite struct `Webhook` {
    private static let headers = [("Authorization", "Bearer secret")]

    struct Shape: Sendable {
        var body: String
        var kept: [String]
    }

    @Test(arguments: [
        Shape(body: #" {"a": 1} "#, kept: [#"{"a": 1}"#]),
        Shape(
            body: #"[{"a":1}, 2, {"b":[{}]}]"#,
            kept: [#"{"a":1}"#, #"{"event":2}"#, #"{"b":[{}]}"#]),
        Shape(body: "{\"a\":1}\n{\"a\":2}\n", kept: [#"{"a":1}"#, #"{"a":2}"#]),
        Shape(body: "hello\nworld", kept: [#"{"message":"hello"}"#, #"{"message":"world"}"#]),
    ])
    func `takes an object, an array, lines`(shape: Shape) async {
        let ask = Asking()
        let answer = await ask(
            "POST", "/ingest/webhook/shop", shape.body, headers: Self.headers)
        #expect(answer.status == 200)
        #expect(answer.text == "{\"stored\":\(shape.kept.count),\"duplicate\":0}")
        #expect(ask.desk.texts == shape.kept)
        #expect(ask.desk.records[0].labelText == #"{"webhook":"shop"}"#)
    }

    @Test func `with an idempotency key is taken once`() async {
        let ask = Asking()
        let headers = Self.headers + [("Idempotency-Key", "k-1")]
        _ = await ask("POST", "/ingest/webhook", "[{},{}]", headers: headers)
        let again = await ask("POST", "/ingest/webhook", "[{},{}]", headers: headers)
        #expect(again.text == #"{"stored":0,"duplicate":2}"#)
        #expect(ask.desk.records.count == 2)
    }

    @Test(arguments: ["", "  ", "[]", "{\"a\":1}{", "[{},]"])
    func `refuses what holds no record or breaks off`(body: String) async {
        let ask = Asking()
        let answer = await ask("POST", "/ingest/webhook", body, headers: Self.headers)
        #expect(answer.status == 400)
        #expect(ask.desk.records.isEmpty)
    }

    @Test func `refuses a record or a count beyond the limit`() async {
        var limits = IntakeLimits()
        limits.recordBytesMax = 9
        limits.recordsMax = 2
        let ask = Asking(limits: limits)
        #expect(
            await ask("POST", "/ingest/webhook", #"{"a":"1"}"#, headers: Self.headers).status
                == 200)
        #expect(
            await ask("POST", "/ingest/webhook", #"{"a":"12"}"#, headers: Self.headers).status
                == 413)
        #expect(
            await ask("POST", "/ingest/webhook", "[{},{},{}]", headers: Self.headers).status
                == 413)
    }
}
