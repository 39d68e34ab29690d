internal import Engine

/// Answers in Elasticsearch's form.
enum ElasticAnswer {
    /// Version 8 and 9 clients ask for their own media type and refuse an answer in another.
    ///
    /// - Parameter wish: the request's `Accept`, or its `Content-Type` where it has none.
    static func mediaType(_ headers: [String: String]) -> String {
        let wish = headers["accept"] ?? headers["content-type"] ?? ""
        guard wish.hasPrefix("application/vnd.elasticsearch+"),
            let at = wish.firstRange(of: "compatible-with=")
        else { return "application/json" }
        let version = wish[at.upperBound...].prefix { $0.isASCII && $0.isNumber }
        guard (1...3).contains(version.utf8.count) else { return "application/json" }
        return "application/vnd.elasticsearch+json;compatible-with=\(version)"
    }

    static func json(
        _ status: Int, reason: IntakeTally.Reason? = nil, _ body: (inout JSONWriter) -> Void
    ) -> IntakeAnswer {
        var answer = IntakeAnswer.json(status, reason: reason, body)
        answer.headers["X-Elastic-Product"] = "Elasticsearch"
        return answer
    }

    static func error(
        _ status: Int, _ type: String, _ reason: String, counted: IntakeTally.Reason
    ) -> IntakeAnswer {
        json(status, reason: counted) { answer in
            answer.object("error") { error in
                error.array("root_cause") { causes in
                    causes.object { cause in
                        cause.member("type", type)
                        cause.member("reason", reason)
                    }
                }
                error.member("type", type)
                error.member("reason", reason)
            }
            answer.member("status", status)
        }
    }

    static var unauthorized: IntakeAnswer {
        var answer = error(
            401, "security_exception", "missing authentication credentials, or nobody knows them",
            counted: .credential)
        answer.headers["WWW-Authenticate"] = "Basic realm=\"security\", ApiKey"
        return answer
    }

    static func refusal(_ refusal: IntakeRefusal) -> IntakeAnswer {
        switch refusal {
        case .busy, .overQuota:
            error(
                429, "es_rejected_execution_exception", refusal.reason.rawValue,
                counted: refusal.reason
            ).retrying(after: refusal.retryAfterSeconds)
        case .closed:
            error(403, "security_exception", refusal.reason.rawValue, counted: .closed)
        case .storage:
            error(503, "unavailable_shards_exception", refusal.reason.rawValue, counted: .storage)
                .retrying(after: refusal.retryAfterSeconds)
        }
    }

    /// - Parameter outcomes: one for each record of the request.
    static func bulk(_ request: BulkRequest, _ outcomes: [IntakeOutcome]) -> IntakeAnswer {
        let results = request.items.map { Result(of: $0, outcomes) }
        let refused = results.count { $0.status == 400 }
        var answer = json(200, reason: refused > 0 ? .malformed : nil) { answer in
            answer.member("took", 0)
            answer.member("errors", results.contains { $0.status >= 400 })
            answer.array("items") { list in
                for (item, result) in zip(request.items, results) {
                    list.object { entry in
                        entry.object(item.operation.rawValue) { result.write(item, to: &$0) }
                    }
                }
            }
        }
        if refused == request.items.count, refused > 0 { answer.reason = .malformed }
        return answer
    }

    /// The answer to a single document, which has no `items` around it.
    static func document(_ request: BulkRequest, _ outcomes: [IntakeOutcome]) -> IntakeAnswer {
        guard let item = request.items.first else {
            return error(400, "parse_exception", "no document", counted: .malformed)
        }
        let result = Result(of: item, outcomes)
        if result.status >= 400 {
            let (type, reason) = result.problem(item)
            return error(result.status, type, reason, counted: .malformed)
        }
        return json(result.status) { result.write(item, to: &$0) }
    }

    private struct Result {
        var status: Int
        var isNew: Bool

        init(of item: BulkRequest.Item, _ outcomes: [IntakeOutcome]) {
            guard let record = item.record, outcomes.indices.contains(record) else {
                self = Result(status: 400, isNew: false)
                return
            }
            switch (outcomes[record], item.operation) {
            case (.stored, _): self = Result(status: 201, isNew: true)
            case (.duplicate, .create): self = Result(status: 409, isNew: false)
            case (.duplicate, _): self = Result(status: 200, isNew: false)
            }
        }

        private init(status: Int, isNew: Bool) {
            self.status = status
            self.isNew = isNew
        }

        func problem(_ item: BulkRequest.Item) -> (type: String, reason: String) {
            if let error = item.error { return error }
            return (
                "version_conflict_engine_exception",
                "[\(item.id ?? "")]: version conflict, document already exists"
            )
        }

        func write(_ item: BulkRequest.Item, to entry: inout JSONWriter) {
            entry.member("_index", item.index)
            // Records have no id of their own here; one that the sender did not give says so.
            entry.member("_id", item.id ?? "-")
            entry.member("status", status)
            if status >= 400 {
                let (type, reason) = problem(item)
                entry.object("error") { error in
                    error.member("type", type)
                    error.member("reason", reason)
                }
                return
            }
            entry.member("_version", 1)
            entry.member("result", isNew ? "created" : "updated")
            entry.member("_seq_no", 0)
            entry.member("_primary_term", 1)
            entry.object("_shards") { shards in
                shards.member("total", 1)
                shards.member("successful", 1)
                shards.member("failed", 0)
            }
        }
    }
}
