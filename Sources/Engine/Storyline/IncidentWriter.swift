import Sigma

/// Turns the components of a woven graph into incidents.
struct IncidentWriter {
    let rules: [RuleMetadata]
    let limits: StorylineLimits
    /// For each rule what its tags say; read only for rules that made an alert.
    let tags: [RuleTags]
    let alertCount: Int
    var graph: StorylineGraph

    init(facts: StorylineFacts, rules: [RuleMetadata], limits: StorylineLimits) {
        self.rules = rules
        self.limits = limits
        alertCount = facts.alertCount
        graph = StorylineGraph(facts: facts, limits: limits)
        var tags = Array(repeating: RuleTags([]), count: rules.count)
        let fired = Set(graph.alerts.map(\.rule))
        for rule in fired where rules.indices.contains(rule) {
            tags[rule] = RuleTags(rules[rule].tags)
        }
        self.tags = tags
    }

    /// What is gathered about one component before it is written.
    struct Draft {
        /// Positions in `graph.alerts`, by time.
        var alerts: [Int] = []
        var edges: [StorylineGraph.Edge] = []
        /// Nodes in order of first mention.
        var nodes: [Int] = []
        /// The first of ``nodes``, as many as are shown.
        var shown: Set<Int> = []
        /// Alerts that may appear in the graph.
        var graphed: [Int] = []
    }

    consuming func write() -> (incidents: [Incident], incidentOfAlert: [Int?]) {
        graph.weave()
        var drafts: [Int: Draft] = [:]
        for alert in graph.alerts.indices {
            drafts[graph.components.root(of: alert), default: Draft()].alerts.append(alert)
        }
        for edge in graph.edges {
            drafts[graph.components.root(of: edge.owner)]?.edges.append(edge)
        }
        var written: [(incident: Incident, alerts: [Int])] = []
        for root in drafts.keys.sorted() {
            guard var draft = drafts[root], isIncident(draft) else { continue }
            drafts[root] = nil
            gather(&draft)
            written.append((incident(of: draft), draft.alerts))
        }
        written.sort { Self.precedes($0.incident, $1.incident) }
        var incidentOfAlert = [Int?](repeating: nil, count: alertCount)
        for (place, entry) in written.enumerated() {
            for alert in entry.alerts { incidentOfAlert[graph.alerts[alert].index] = place }
        }
        return (written.map(\.incident), incidentOfAlert)
    }

    /// Most severe first: risk, then first seen, then id.
    private static func precedes(_ left: Incident, _ right: Incident) -> Bool {
        if left.risk != right.risk { return left.risk > right.risk }
        let first = left.firstSeen?.nanoseconds ?? .min
        let second = right.firstSeen?.nanoseconds ?? .min
        return (first, left.id) < (second, right.id)
    }

    /// Informational alerts alone are context, not an incident.
    private func isIncident(_ draft: Draft) -> Bool {
        draft.alerts.contains { graph.alerts[$0].isTelling }
    }

    private func gather(_ draft: inout Draft) {
        draft.graphed = draft.alerts
        if draft.alerts.count > limits.alertsInGraphMax {
            // The most severe stay; among equals the earliest.
            draft.graphed = Array(
                draft.alerts.sorted {
                    (graph.alerts[$1].level, $0) < (graph.alerts[$0].level, $1)
                }.prefix(limits.alertsInGraphMax)
            ).sorted()
        }
        draft.edges.sort {
            ($0.time, $0.from, $0.to, $0.reason.rawValue)
                < ($1.time, $1.from, $1.to, $1.reason.rawValue)
        }
        var edges: [StorylineGraph.Edge] = []
        var known: Set<EdgeKey> = []
        for edge in draft.edges
        where known.insert(EdgeKey(from: edge.from, to: edge.to, reason: edge.reason)).inserted {
            edges.append(edge)
        }
        draft.edges = edges
        var seen: Set<Int> = []
        for alert in draft.graphed {
            for node in graph.anchors[alert] where seen.insert(node).inserted {
                draft.nodes.append(node)
            }
        }
        for edge in draft.edges {
            for node in [edge.from, edge.to] where seen.insert(node).inserted {
                draft.nodes.append(node)
            }
        }
        draft.shown = Set(byWeight(draft).prefix(limits.entitiesPerIncidentMax))
    }

    private struct EdgeKey: Hashable {
        var from: Int
        var to: Int
        var reason: CausalEdge.Reason
    }

    /// Hosts, people and principals first, then what made something else possible, then the rest.
    private func byWeight(_ draft: Draft) -> [Int] {
        guard draft.nodes.count > limits.entitiesPerIncidentMax else { return draft.nodes }
        let causes = Set(draft.edges.map(\.from))
        func weight(_ node: Int) -> Int {
            if causes.contains(node) { return 1 }
            return switch graph.nodes[node].kind {
            case .host, .cloudPrincipal: 0
            case .user, .process, .service, .scheduledTask: 2
            case .session, .address: 3
            case .file, .domain, .registryKey, .cloudResource: 4
            }
        }
        return draft.nodes.enumerated().sorted {
            (weight($0.element), $0.offset) < (weight($1.element), $1.offset)
        }.map(\.element)
    }

    private func incident(of draft: Draft) -> Incident {
        let alerts = draft.alerts.map { graph.alerts[$0] }
        let evidence = evidence(of: draft)
        let assessment = Assessment(evidence)
        let times = alerts.map(\.time).filter { $0 != .min }
        let root = rootNode(of: draft)
        let reached = attack(alerts)
        var digest = ContentDigest()
        if let root { digest.mix(entityText(root)) }
        digest.mix(alerts[0].identity)
        let title = title(of: draft, root: root, tactics: reached.tactics)
        let kept = draft.edges.filter {
            draft.shown.contains($0.from) && draft.shown.contains($0.to)
        }
        return Incident(
            id: digest.key.hex, title: title, level: assessment.level, risk: assessment.risk,
            confidence: assessment.confidence,
            firstSeen: times.min().map(Timestamp.init(nanoseconds:)),
            lastSeen: times.max().map(Timestamp.init(nanoseconds:)),
            story: story(of: draft, root: root, reached: reached.tactics),
            alerts: alerts.map(\.index), root: root.map { EntityID(text: entityText($0)) },
            entities: entities(of: draft),
            edges: kept.prefix(limits.edgesPerIncidentMax).map {
                CausalEdge(
                    from: EntityID(text: entityText($0.from)),
                    to: EntityID(text: entityText($0.to)), reason: $0.reason,
                    time: $0.time == .min ? nil : Timestamp(nanoseconds: $0.time))
            },
            techniques: reached.techniques, tactics: reached.tactics.map(\.shortName))
    }

    // MARK: assessing

    func tags(of alert: AlertFact) -> RuleTags {
        tags.indices.contains(alert.rule) ? tags[alert.rule] : RuleTags([])
    }

    private func evidence(of draft: Draft) -> Assessment.Evidence {
        var evidence = Assessment.Evidence()
        var rules: Set<Int> = []
        var strong: Set<Int> = []
        // What is informational is context: it says neither how far it went nor how sure we are.
        for alert in draft.alerts.map({ graph.alerts[$0] }) where alert.isTelling {
            let level = Level(rawValue: Int(alert.level)) ?? .medium
            evidence.alerts += 1
            evidence.level = max(evidence.level, level)
            rules.insert(alert.rule)
            if level >= .medium { strong.insert(alert.rule) }
            evidence.tactics.formUnion(tags(of: alert).tactics)
        }
        evidence.rules = rules.count
        evidence.strongRules = strong.count
        for node in draft.nodes {
            switch graph.nodes[node].kind {
            case .host: evidence.hosts += 1
            case .user: evidence.accounts += 1
            case .cloudPrincipal: evidence.principals += 1
            default: break
            }
        }
        evidence.edges = draft.edges.count
        let crossing: Set<CausalEdge.Reason> = [
            .remoteService, .remoteTask, .remoteWMI, .remoteShell, .assumedRole,
        ]
        for edge in draft.edges {
            let from = graph.nodes[edge.from]
            let isFromHost = from.kind == .process || from.kind == .host
            if crossing.contains(edge.reason) || (edge.reason == .loggedOnFrom && isFromHost) {
                evidence.crossings += 1
            }
        }
        return evidence
    }

    private func attack(_ alerts: [AlertFact]) -> (tactics: [Tactic], techniques: [String]) {
        var tactics: Set<Tactic> = []
        var techniques: [(tactic: Int, place: Int, id: String)] = []
        var known: Set<String> = []
        for alert in alerts where alert.isTelling {
            let tags = tags(of: alert)
            tactics.formUnion(tags.tactics)
            for id in tags.techniques where known.insert(id).inserted {
                let tactic = tags.tactics.first?.rawValue ?? Tactic.allCases.count
                techniques.append((tactic, techniques.count, id))
            }
        }
        techniques.sort { ($0.tactic, $0.place) < ($1.tactic, $1.place) }
        return (tactics.sorted(), techniques.map(\.id))
    }
}

extension AlertFact {
    /// More than context.
    var isTelling: Bool { level > UInt8(Level.informational.rawValue) }
}
