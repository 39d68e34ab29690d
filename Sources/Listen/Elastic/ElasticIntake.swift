internal import Engine

/// The part of Elasticsearch's interface that shippers write to: `_bulk`, single documents, and the handshake.
struct ElasticIntake: Sendable {
    enum Endpoint: Hashable, Sendable {
        case bulk(index: String?)
        case document(index: String, id: String?, creates: Bool)
        /// Answered from the path alone.
        case handshake
    }

    let limits: IntakeLimits
    let handshake: ElasticHandshake

    /// - Parameter path: behind `/ingest/elastic`, where that was there.
    func endpoint(_ request: IntakeRequest, _ path: [String]) -> Endpoint? {
        let writes = request.method == .post || request.method == .put
        switch path.count {
        case 1 where path[0] == "_bulk" && writes: return .bulk(index: nil)
        case 2 where path[1] == "_bulk" && writes: return .bulk(index: path[0])
        case 2 where path[1] == "_doc" && writes:
            return .document(index: path[0], id: nil, creates: false)
        case 3 where ["_doc", "_create"].contains(path[1]) && writes:
            return .document(
                index: path[0], id: path[2],
                creates: path[1] == "_create" || request.query["op_type"] == "create")
        default:
            return handshake.answer(request.method, path) == nil ? nil : .handshake
        }
    }

    func plan(
        _ endpoint: Endpoint, _ request: IntakeRequest, _ path: [String], _ binding: SourceBinding
    ) -> IntakePlan {
        let mediaType = ElasticAnswer.mediaType(request.headers)
        let typed: @Sendable (IntakeAnswer) -> IntakeAnswer = { answer in
            var answer = answer
            answer.contentType = mediaType
            return answer
        }
        switch endpoint {
        case .handshake:
            guard let answer = handshake.answer(request.method, path) else {
                return .answer(IntakeRouter.unknownPath)
            }
            return .answer(typed(answer))
        case .bulk(let index):
            do throws(BulkRequest.Failure) {
                let bulk = try BulkRequest(
                    request.body, index: index, binding: binding, limits: limits)
                guard !bulk.items.isEmpty else {
                    return .answer(
                        typed(
                            ElasticAnswer.error(
                                400, "parse_exception", "request body is required",
                                counted: .malformed)))
                }
                return plan(bulk) { typed(ElasticAnswer.bulk(bulk, $0)) }
            } catch {
                return .answer(
                    typed(
                        ElasticAnswer.error(
                            400, "illegal_argument_exception", error.reason, counted: .malformed)))
            }
        case .document(let index, let id, let creates):
            let item = BulkRequest.Item(
                operation: creates ? .create : .index, id: id, index: index)
            let single = BulkRequest(
                document: request.body, item, binding: binding, limits: limits)
            return plan(single) { typed(ElasticAnswer.document(single, $0)) }
        }
    }

    private func plan(
        _ request: BulkRequest, _ answer: @escaping @Sendable ([IntakeOutcome]) -> IntakeAnswer
    ) -> IntakePlan {
        guard !request.records.isEmpty else { return .answer(answer([])) }
        return .take(request.records) { result in
            switch result {
            case .success(let outcomes): answer(outcomes)
            case .failure(let refusal): ElasticAnswer.refusal(refusal)
            }
        }
    }
}
