extension OCSFDraft {
    /// Both ends of a connection; nil where the record names none.
    private mutating func takeEnds() -> (source: OCSFEndpoint?, destination: OCSFEndpoint?) {
        let source = OCSFEndpoint(
            fields.take(OCSFNames.source), hostname: fields.take("SourceHostname"),
            port: fields.takeInteger("SourcePort", "src_port", "id.orig_p", "IpPort", "spt"))
        let destination = OCSFEndpoint(
            fields.take(OCSFNames.destination), hostname: fields.take("DestinationHostname"),
            port: fields.takeInteger("DestinationPort", "dest_port", "id.resp_p", "DestPort", "dpt")
        )
        return (source, destination)
    }

    /// Where the record names no end, the host that wrote it is the source.
    private mutating func writeEnds() {
        let (source, destination) = takeEnds()
        if source == nil, destination == nil {
            let host = fields.peek(OCSFNames.host)
            endpoint("src_endpoint", OCSFEndpoint(host ?? "unknown"))
        }
        endpoint("src_endpoint", source)
        endpoint("dst_endpoint", destination)
    }

    mutating func networkBody() {
        writeEnds()
        let fileName = fields.event.activity == .shareAccess
        if fileName, let share = fields.take("ShareName") {
            json.member("share", share)
        }
        let proto = fields.take("Protocol", "proto", "network.transport")
        let direction: Int? =
            switch fields.take("Initiated") {
            case "true", "True", "TRUE": 2
            case "false", "False", "FALSE": 1
            default: nil
            }
        if proto != nil || direction != nil {
            json.object("connection_info") {
                $0.member("direction_id", direction ?? 0)
                $0.present("protocol_name", proto?.lowercased())
            }
        }
        networkActor()
    }

    mutating func dnsBody() {
        writeEnds()
        let name = fields.take("QueryName", "query", "dns.rrname", "dns.question.name")
        let type = fields.take("QueryType", "qtype_name", "dns.rrtype")
        if let name {
            json.object("query") {
                $0.member("hostname", name)
                $0.present("type", type)
            }
            observe("query.hostname", .hostname, name)
        }
        if let answers = fields.take("QueryResults", "answers", "dns.answers") {
            json.array("answers") { list in
                for answer in answers.split(whereSeparator: { $0 == ";" || $0 == "," }).prefix(64) {
                    list.object { $0.member("rdata", String(answer)) }
                }
            }
        }
        networkActor()
    }

    mutating func httpBody() {
        writeEnds()
        let method = fields.take("cs-method", "method", "http.http_method", "http_method", "verb")
        let path = fields.take(
            "c-uri", "cs-uri", "uri", "http.url", "cs-uri-stem", "request", "url")
        let query = fields.take("cs-uri-query", "c-uri-query")
        let host = fields.take("cs-host", "host", "http.hostname", "r-dns")
        let agent = fields.take(
            "cs-user-agent", "c-useragent", "user_agent", "http.http_user_agent")
        let referrer = fields.take("cs-referer", "cs-referrer", "referrer", "http.http_refer")
        let known = method.flatMap {
            Self.methods.contains($0.uppercased()) ? $0.uppercased() : nil
        }
        json.object("http_request") { json in
            json.present("http_method", known)
            json.present("user_agent", agent)
            json.present("referrer", referrer)
            if let path {
                json.object("url") {
                    $0.member(path.contains("://") ? "url_string" : "path", path)
                    $0.present("query_string", query)
                    $0.present("hostname", host)
                }
            }
        }
        observe("http_request.url.path", .url, path)
        if let status = fields.takeInteger("sc-status", "status_code", "http.status", "status"),
            (100...999).contains(status)
        {
            json.object("http_response") { $0.member("code", status) }
        }
    }

    private static let methods: Set<String> = [
        "OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT", "PATCH",
    ]

    /// Endpoint sensors know which process opened the connection; the host profile has its place.
    private mutating func networkActor() {
        guard fields.peek("Image", "exe") != nil else { return }
        let process = OCSFProcess(
            image: fields.take("Image", "exe"), pid: fields.takeInteger("ProcessId", "pid"),
            uid: fields.take("ProcessGuid"))
        actor(
            process: process, user: OCSFUser(account: fields.take("User")),
            log: fields.event.source.rawValue)
    }

    // MARK: calls to a service

    mutating func apiBody(user: String?) {
        let operation = fields.take(OCSFNames.operation)
        let service = fields.take(OCSFNames.service)
        let code = fields.take("errorCode", "resultType", "error", "protoPayload.status.code")
        let message = fields.take(
            "errorMessage", "resultDescription", "protoPayload.status.message", "outcome.reason")
        let account = OCSFUser(account: fields.take(OCSFNames.cloudUser) ?? user)
        let agent = fields.take("userAgent", "UserAgent", "client.userAgent.rawUserAgent")
        json.object("api") { json in
            json.member("operation", operation ?? "unknown")
            if let service { json.object("service") { $0.member("name", service) } }
            if code != nil || message != nil {
                json.object("response") {
                    $0.present("error", code)
                    $0.present("error_message", message)
                }
            }
        }
        actor(process: nil, user: account, log: fields.event.source.rawValue)
        let source = OCSFEndpoint(fields.take(OCSFNames.source)) ?? OCSFEndpoint("unknown")
        endpoint("src_endpoint", source)
        if let agent { json.object("http_request") { $0.member("user_agent", agent) } }
        let name = fields.take(
            "requestParameters.bucketName", "ObjectId", "resourceId", "objectRef.name",
            "protoPayload.resourceName", "requestParameters.roleArn")
        if let name { json.array("resources") { list in list.object { $0.member("name", name) } } }
        json.member("status_id", code == nil ? 1 : code == "0" || code == "Success" ? 1 : 2)
    }
}
