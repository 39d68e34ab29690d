import Testing

@testable import Listen

@Suite struct `Elasticsearch bulk` {
    private static let headers = [("Authorization", "ApiKey secret")]

    private func post(_ ask: Asking, _ body: String, _ path: String = "/_bulk") async
        -> IntakeAnswer
    {
        await ask("POST", path, body, headers: Self.headers)
    }

    @Test func `documents are kept as sent, blank lines passed over`() async {
        let ask = Asking()
        let answer = await post(
            ask,
            """
            {"index":{"_index":"logs"}}
            {"a": 1}

            {"create":{"_index":"logs","_id":"x"}}\r
            {"a":2}\r

            """)
        #expect(answer.status == 200)
        #expect(ask.desk.texts == [#"{"a": 1}"#, #"{"a":2}"#])
        #expect(ask.desk.records.map(\.labelText) == [#"{"index":"logs"}"#, #"{"index":"logs"}"#])
        #expect(answer.text.hasPrefix(#"{"took":0,"errors":false,"items":[{"index":{"#))
        #expect(answer.text.contains(#"{"create":{"_index":"logs","_id":"x","status":201"#))
        #expect(answer.headers["X-Elastic-Product"] == "Elasticsearch")
    }

    @Test func `an id sent again is one record, a conflict to create and an update to index`()
        async
    {
        let ask = Asking()
        let create = #"{"create":{"_id":"x"}}"# + "\n{}\n"
        let index = #"{"index":{"_id":"x"}}"# + "\n{}"
        #expect(await post(ask, create, "/logs/_bulk").text.contains(#""status":201"#))
        let conflict = await post(ask, create, "/logs/_bulk")
        #expect(conflict.status == 200)
        #expect(conflict.text.contains(#""errors":true"#))
        #expect(conflict.text.contains(#""status":409"#))
        #expect(await post(ask, index, "/logs/_bulk").text.contains(#""status":200"#))
        #expect(await post(ask, index, "/other/_bulk").text.contains(#""status":201"#))
        #expect(ask.desk.records.count == 2)
    }

    @Test func `the key tells source, index and id apart`() throws {
        func key(_ binding: SourceBinding, _ index: String, _ id: String) throws -> Any? {
            let body = Array("{\"index\":{\"_index\":\"\(index)\",\"_id\":\"\(id)\"}}\n{}".utf8)
            let bulk = try BulkRequest(
                body, index: nil, binding: binding, limits: IntakeLimits())
            return bulk.records[0].key
        }
        let keys = try [
            key(.acme, "a", "bc"), key(.acme, "ab", "c"), key(.other, "a", "bc"),
            key(.acme, "a", "bc"),
        ].map { "\($0 ?? "")" }
        #expect(Set(keys).count == 3)
        #expect(keys[0] == keys[3])
    }

    @Test func `a bad document refuses its item alone`() async {
        let ask = Asking()
        let answer = await post(
            ask,
            """
            {"index":{"_index":"a"}}
            {"broken":
            {"update":{"_index":"a","_id":"1"}}
            {"doc":{}}
            {"delete":{"_index":"a","_id":"1"}}
            {"index":{}}
            {"no":"index"}
            {"index":{"_index":"a"}}
            {"good":1}
            {"index":{"_index":"a"}}
            """)
        #expect(answer.status == 200)
        #expect(ask.desk.texts == [#"{"good":1}"#])
        let statuses = answer.text.matches(of: /"status":(\d+)/).map { String($0.output.1) }
        #expect(statuses == ["400", "400", "400", "400", "201", "400"])
        #expect(answer.text.contains(#""errors":true"#))
        #expect(answer.text.contains("failed to parse"))
    }

    @Test(arguments: [
        "{\"index\":{}}\n{}\nnot an action\n", "{\"upsert\":{}}\n{}\n", "[]\n{}\n",
        "{\"index\":{},\"create\":{}}\n{}\n", "{\"index\":1}\n{}\n",
    ])
    func `a bad action refuses the whole request with its line`(body: String) async {
        let ask = Asking()
        let answer = await post(ask, body, "/a/_bulk")
        #expect(answer.status == 400)
        #expect(answer.text.contains("Malformed action/metadata line ["))
        #expect(ask.desk.records.isEmpty)
    }

    @Test func `a busy desk refuses the whole request with 429`() async {
        let ask = Asking(desk: KeptDesk(refusals: [.overQuota(retryAfterSeconds: 7)]))
        let answer = await post(ask, "{\"index\":{}}\n{}\n", "/a/_bulk")
        #expect(answer.status == 429)
        #expect(answer.headers["Retry-After"] == "7")
    }

    @Test func `the media type that was asked for is given`() async {
        let ask = Asking()
        let type = "application/vnd.elasticsearch+json; compatible-with=9"
        for header in ["Accept", "Content-Type"] {
            let answer = await ask(
                "PUT", "/ingest/elastic/_bulk", "{\"index\":{\"_index\":\"a\"}}\n{}\n",
                headers: Self.headers + [(header, type)])
            #expect(
                answer.contentType == "application/vnd.elasticsearch+json;compatible-with=9")
        }
        #expect(await ask("GET", "/").contentType == "application/json")
    }

    @Test func `single documents are records too`() async {
        let ask = Asking()
        #expect(await post(ask, "{}", "/logs/_doc").status == 201)
        #expect(await post(ask, "{}", "/logs/_create/1").status == 201)
        let conflict = await post(ask, "{}", "/logs/_create/1")
        #expect(conflict.status == 409)
        #expect(conflict.text.contains("version_conflict_engine_exception"))
        #expect(await post(ask, "{", "/logs/_doc").status == 400)
        #expect(ask.desk.records.count == 2)
    }

    @Test(arguments: [
        ("GET", "/"), ("HEAD", "/"), ("GET", "/_license"), ("GET", "/_xpack"),
        ("PUT", "/_ilm/policy/p"), ("GET", "/_index_template/t"), ("HEAD", "/_template/t"),
        ("PUT", "/_ingest/pipeline/p"), ("GET", "/_nodes/http"), ("GET", "/_cluster/health"),
        ("GET", "/_cat/indices"), ("HEAD", "/logs"), ("GET", "/ingest/elastic"),
    ])
    func `what shippers ask before they send is answered`(method: String, path: String) async {
        let answer = await Asking()(method, path)
        #expect(answer.status == 200)
        #expect(answer.headers["X-Elastic-Product"] == "Elasticsearch")
        #expect(await Asking()(method, path, headers: []).status == 401)
    }

    @Test func `an ApiKey may be an id and a key`() async {
        // `id:secret`
        let answer = await Asking()(
            "GET", "/", headers: [("Authorization", "ApiKey aWQ6c2VjcmV0")])
        #expect(answer.status == 200)
        #expect(answer.text.contains(#""number":"8.17.0""#))
    }

    @Test(arguments: [("DELETE", "/logs"), ("GET", "/_search"), ("POST", "/logs/_search")])
    func `what is not intake is not there`(method: String, path: String) async {
        #expect(await Asking()(method, path).status == 404)
    }
}
