internal import Engine

/// What shippers ask an Elasticsearch before they send: enough for them to go on, nothing that would be untrue of
/// what they then do (templates, policies and pipelines are accepted and have no effect).
///
/// - Source: the requests that Beats, Logstash, Fluent Bit, elasticsearch-py and rsyslog make.
struct ElasticHandshake: Sendable {
    let version: String

    /// Nil where the path is none of the handshake's.
    ///
    /// - Parameter path: behind `/ingest/elastic`, where that was there.
    func answer(_ method: IntakeRequest.Method?, _ path: [String]) -> IntakeAnswer? {
        guard let method else { return nil }
        let reads = method == .get || method == .head
        switch path.first {
        case nil where reads: return root
        case "_license" where reads: return license
        case "_xpack" where reads: return features
        case "_nodes" where reads: return nodes
        case "_cluster" where reads: return health
        case "_cat" where reads: return ElasticAnswer.list
        case "_ilm", "_index_template", "_component_template", "_template", "_ingest", "_logstash",
            "_data_stream", "_alias":
            // What is asked for is said to be there, so that nobody tries to set it up again and again.
            return method == .head
                ? ElasticAnswer.json(200) { _ in }
                : reads ? ElasticAnswer.json(200) { _ in } : acknowledged
        default:
            // `HEAD /index` asks whether an index is there; `PUT /index` makes one.
            guard path.count == 1, let name = path.first, !name.hasPrefix("_") else { return nil }
            switch method {
            case .head, .get: return ElasticAnswer.json(200) { _ in }
            case .put: return acknowledged
            case .post: return nil
            }
        }
    }

    private var root: IntakeAnswer {
        ElasticAnswer.json(200) { answer in
            answer.member("name", "kagari")
            answer.member("cluster_name", "kagari")
            answer.member("cluster_uuid", "kagari-intake")
            answer.object("version") { object in
                object.member("number", version)
                object.member("build_flavor", "default")
                object.member("build_type", "deb")
                object.member("build_hash", "unknown")
                object.member("build_snapshot", false)
                object.member("lucene_version", "9.12.0")
                object.member("minimum_wire_compatibility_version", "7.17.0")
                object.member("minimum_index_compatibility_version", "7.0.0")
            }
            answer.member("tagline", "You Know, for Search")
        }
    }

    private var license: IntakeAnswer {
        ElasticAnswer.json(200) { answer in
            answer.object("license") { license in
                license.member("status", "active")
                license.member("uid", "kagari")
                license.member("type", "basic")
                license.member("mode", "basic")
            }
        }
    }

    private var features: IntakeAnswer {
        ElasticAnswer.json(200) { answer in
            answer.object("features") { features in
                for name in ["ilm", "security"] {
                    features.object(name) { feature in
                        feature.member("available", true)
                        feature.member("enabled", true)
                    }
                }
            }
        }
    }

    /// No node has an address, so a client that sniffs stays with the one it has.
    private var nodes: IntakeAnswer {
        ElasticAnswer.json(200) { answer in
            answer.member("cluster_name", "kagari")
            answer.object("nodes") { _ in }
        }
    }

    private var health: IntakeAnswer {
        ElasticAnswer.json(200) { answer in
            answer.member("cluster_name", "kagari")
            answer.member("status", "green")
            answer.member("timed_out", false)
            answer.member("number_of_nodes", 1)
        }
    }

    private var acknowledged: IntakeAnswer {
        ElasticAnswer.json(200) { $0.member("acknowledged", true) }
    }
}

extension ElasticAnswer {
    static var list: IntakeAnswer {
        IntakeAnswer(
            200, contentType: "application/json",
            headers: ["X-Elastic-Product": "Elasticsearch"], body: Array("[]".utf8))
    }
}
