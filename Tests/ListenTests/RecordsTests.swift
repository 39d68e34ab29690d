import Engine
import Testing

@testable import Listen

@Suite struct `Records told apart` {
    private static let headers = [("Authorization", "Bearer secret")]
    private static let path = "/ingest/records"

    @Test func `are kept with their format and once for each name`() async {
        let ask = Asking()
        let body = "json a-1 7\n{\"a\":1}\ntext a-2 5\nhello\nsyslog - 3\na\nb\n"
        let answer = await ask("POST", Self.path, body, headers: Self.headers)
        #expect(answer.text.hasSuffix(#""stored":3,"duplicate":0}"#))
        #expect(ask.desk.texts == ["{\"a\":1}", #"{"message":"hello"}"#, "a\nb"])
        #expect(ask.desk.records.map(\.format) == [.json, .json, .syslog])
        let again = await ask("POST", Self.path, body, headers: Self.headers)
        #expect(again.text.hasSuffix(#""stored":1,"duplicate":2}"#))
    }

    @Test func `may say more of themselves beside`() async {
        let ask = Asking()
        let body = "text a 5 15\nhello{\"path\":\"/a/b\"}\ntext b 5 0\nthere\n"
        #expect(await ask("POST", Self.path, body, headers: Self.headers).status == 200)
        let labels = ask.desk.records.map { String(decoding: $0.labels, as: UTF8.self) }
        #expect(labels == [#"{"path":"/a/b"}"#, ""])
        for other in ["text c 5 4\nhello[{}]\n", "text c 5 2\nhello{\n", "text c 5 x\nhello{}\n"] {
            #expect(await ask("POST", Self.path, other, headers: Self.headers).status == 400)
        }
        let long = "{\"a\":\"\(String(repeating: "l", count: IntakeLimits.labelBytesMax))\"}"
        let tooLong = "text c 5 \(long.utf8.count)\nhello\(long)\n"
        #expect(await ask("POST", Self.path, tooLong, headers: Self.headers).status == 413)
        #expect(ask.desk.records.count == 2)
    }

    @Test func `an empty body asks whose token it is`() async {
        let ask = Asking()
        let answer = await ask("POST", Self.path, "", headers: Self.headers)
        #expect(answer.status == 200)
        #expect(answer.text.contains(#""tenant":"acme""#))
        #expect(await ask("POST", Self.path, "", headers: []).status == 401)
        #expect(ask.desk.records.isEmpty)
    }

    @Test(arguments: [
        "json a 7\n{\"a\":1}", "json a 8\n{\"a\":1}\n", "json a 6\n{\"a\":1}\n", "json a\n{}\n",
        "json  2\n{}\n", "word a 2\n{}\n", "json a -2\n{}\n", "json a 0\n\n",
        "json a 99999999999999999999\n{}\n", "json a 2\n{}\nrest",
        "json \(String(repeating: "i", count: 65)) 2\n{}\n",
    ])
    func `of another form are refused whole`(body: String) async {
        let ask = Asking()
        #expect(await ask("POST", Self.path, body, headers: Self.headers).status == 400)
        #expect(ask.desk.records.isEmpty)
    }

    @Test func `beyond a limit are refused, at it they are kept`() async {
        var limits = IntakeLimits()
        limits.recordBytesMax = 4
        limits.recordsMax = 2
        let ask = Asking(limits: limits)
        func status(_ body: String) async -> Int {
            await ask("POST", Self.path, body, headers: Self.headers).status
        }
        #expect(await status("text a 4\nabcd\n") == 200)
        #expect(await status("text a 5\nabcde\n") == 413)
        #expect(await status("text b 1\na\ntext c 1\na\n") == 200)
        #expect(await status("text b 1\na\ntext c 1\na\ntext d 1\na\n") == 413)
    }
}
