/// Decides what becomes of a request: by its head who may send what, and by its body what is kept.
struct IntakeRouter: Sendable {
    enum Route: Hashable, Sendable {
        case hec(HECIntake.Endpoint)
        /// With the path behind `/ingest/elastic`.
        case elastic(ElasticIntake.Endpoint, [String])
        case otlp(OTLPIntake.Signal)
        case webhook
        case records
        case journal
    }

    /// What a head alone decides.
    enum Admission: Sendable {
        /// The body is not read.
        case answer(IntakeAnswer)
        /// The body is collected and given to ``plan(_:_:_:)``.
        case collect(Route, SourceBinding)
        /// The body is cut into journal entries while it comes.
        case stream(SourceBinding)
    }

    let limits: IntakeLimits
    let desk: any IntakeDesk
    let listener: String
    let allowsQueryToken: Bool
    private let hec: HECIntake
    private let elastic: ElasticIntake
    private let otlp: OTLPIntake
    private let webhook: WebhookIntake
    private let records: RecordsIntake

    init(settings: HTTPSettings, limits: IntakeLimits, desk: any IntakeDesk) {
        self.limits = limits
        self.desk = desk
        listener = settings.name
        allowsQueryToken = settings.allowsQueryToken
        hec = HECIntake(limits: limits, channels: HECChannels(limit: limits.channelsMax))
        elastic = ElasticIntake(
            limits: limits, handshake: ElasticHandshake(version: settings.elasticVersion))
        otlp = OTLPIntake(limits: limits)
        webhook = WebhookIntake(limits: limits)
        records = RecordsIntake(limits: limits)
    }

    /// - Parameter request: without its body.
    func admit(_ request: IntakeRequest, _ peer: Peer) -> Admission {
        guard let route = route(request) else { return .answer(Self.unknownPath) }
        if route == .hec(.health) { return .answer(HECStatus.healthy.answer()) }
        if let refusal = refusal(of: route, request) { return .answer(refusal) }
        let candidates = Credential.candidates(
            in: request.headers, query: request.query, allowsQuery: allowsQueryToken)
        var binding: SourceBinding?
        for token in candidates where binding == nil { binding = desk.binding(forToken: token) }
        if binding == nil, let certificate = peer.certificate {
            binding = desk.binding(forCertificate: certificate)
        }
        // systemd-journal-upload can send no token.
        if binding == nil, route == .journal, candidates.isEmpty {
            binding = desk.binding(forListener: listener, peer: peer.address)
        }
        guard let binding else {
            return .answer(unauthorized(route, request, hadToken: !candidates.isEmpty))
        }
        return route == .journal ? .stream(binding) : .collect(route, binding)
    }

    func plan(
        _ route: Route, _ request: IntakeRequest, _ binding: SourceBinding
    ) -> IntakePlan {
        switch route {
        case .hec(let endpoint): hec.plan(endpoint, request, binding)
        case .elastic(let endpoint, let path): elastic.plan(endpoint, request, path, binding)
        case .otlp(let signal): otlp.plan(signal, request)
        case .webhook: webhook.plan(request, binding)
        case .records: records.plan(request, binding)
        case .journal: .answer(Self.unknownPath)
        }
    }

    /// The answer to a body that could not be taken, in the protocol's own form.
    func answer(
        _ reason: IntakeTally.Reason, _ title: String, status: Int, for route: Route
    ) -> IntakeAnswer {
        switch route {
        case .hec where reason == .busy:
            HECStatus.refusal(.busy(retryAfterSeconds: 1))
        case .elastic(_, _) where reason == .busy:
            ElasticAnswer.refusal(.busy(retryAfterSeconds: 1))
        case .elastic:
            ElasticAnswer.error(status, "content_error", title, counted: reason)
        case .otlp, .webhook, .records, .journal, .hec:
            IntakeAnswer.problem(status, title, reason: reason)
                .retrying(after: reason == .busy ? 1 : nil)
        }
    }

    static let unknownPath = IntakeAnswer.problem(
        404, "No intake at this path with this method.", reason: .path)

    private func route(_ request: IntakeRequest) -> Route? {
        var path = request.path
        let posts = request.method == .post || request.method == .put
        if path.starts(with: ["services", "collector"]) {
            return HECIntake.endpoint(path.dropFirst(2)).map { .hec($0) }
        }
        if path.count == 2, path[0] == "v1", posts,
            let signal = OTLPIntake.Signal(rawValue: path[1])
        {
            return .otlp(signal)
        }
        if path == ["upload"], posts { return .journal }
        if path == ["ingest", "records"], posts { return .records }
        if path.count <= 3, path.starts(with: ["ingest", "webhook"]), posts { return .webhook }
        if path.starts(with: ["ingest", "elastic"]) { path.removeFirst(2) }
        return elastic.endpoint(request, path).map { .elastic($0, path) }
    }

    /// Why a known path is refused whatever the credential.
    private func refusal(of route: Route, _ request: IntakeRequest) -> IntakeAnswer? {
        switch route {
        case .otlp(let signal) where signal != .logs: OTLPIntake.notTaken(signal)
        case .hec where request.method != .post && request.method != .put:
            IntakeAnswer.problem(405, "Records are sent with POST.", reason: .path)
        default: nil
        }
    }

    private func unauthorized(
        _ route: Route, _ request: IntakeRequest, hadToken: Bool
    ) -> IntakeAnswer {
        switch route {
        case .hec: return HECIntake.unauthorized(request.headers, hadToken: hadToken)
        case .elastic: return ElasticAnswer.unauthorized
        case .otlp, .webhook, .records, .journal:
            var answer = IntakeAnswer.problem(
                401, "The credential is missing or nobody knows it.", reason: .credential)
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        }
    }
}
