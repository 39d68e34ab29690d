import Engine
import Report
import Sigma
import Store
import Tenancy

/// One incident of the ledger as the result of a run, so that the reports of a run tell it.
///
/// - Bounds: ``alertsMax`` alerts, those made last; the report says how many there are.
enum IncidentRun {
    static let alertsMax = 2_000

    /// - Parameters:
    ///   - bodies: of its alerts, JSON text as it was kept, the earliest first.
    static func make(
        _ view: IncidentView, alerts: [(summary: AlertSummary, body: String)]
    ) -> RunResult {
        var run = RunResult()
        run.sources = [
            RunResult.Source(
                path: "archive of \(view.summary.key.tenant)", records: UInt64(alerts.count))
        ]
        run.records = UInt64(alerts.count)
        var rules: [String: Int] = [:]
        var places: [String: Int] = [:]
        for (summary, text) in alerts {
            let body = (try? CanonicalJSON(reading: text)) ?? .null
            let rule = rules[summary.rule] ?? run.rules.count
            if rule == run.rules.count {
                rules[summary.rule] = rule
                run.rules.append(metadata(summary, body["rule"] ?? .null))
            }
            places[summary.id.text] = run.alerts.count
            run.alerts.append(alert(summary, body, rule: rule))
            run.incidentOfAlert.append(0)
        }
        run.incidents = [incident(view, places)]
        return run
    }

    private static func metadata(_ summary: AlertSummary, _ rule: CanonicalJSON) -> RuleMetadata {
        RuleMetadata(
            id: summary.rule, title: rule["title"]?.text ?? summary.title,
            level: Level(rawValue: summary.level.rawValue) ?? .medium,
            author: rule["author"]?.text, license: rule["license"]?.text,
            description: rule["description"]?.text, tags: rule["tags"]?.texts ?? [],
            references: rule["references"]?.texts ?? [],
            falsePositives: rule["false_positives"]?.texts ?? [], source: SourceLocation(path: ""))
    }

    private static func alert(_ summary: AlertSummary, _ body: CanonicalJSON, rule: Int) -> Alert {
        let sequence = UInt64(clamping: body["sequence"]?.integer ?? 0)
        let evidence = body["evidence"] ?? .null
        let pairs = (evidence["fields"]?.list ?? []).map { field in
            (field["name"]?.text ?? "", field["value"]?.text ?? "")
        }
        let matched = (body["matched"]?.list ?? []).map { match in
            Alert.Match(
                selection: match["selection"]?.text ?? "", field: match["field"]?.text,
                value: match["value"]?.text ?? "", asked: match["asked"]?.text ?? "")
        }
        return Alert(
            id: summary.id.text, rule: rule,
            level: Level(rawValue: summary.level.rawValue) ?? .medium, time: summary.time,
            host: summary.host, user: summary.user, matched: matched,
            event: RetainedEvent(
                reference: reference(sequence), time: summary.time, pairs,
                source: evidence["kind"]?.text.flatMap(SourceKind.init) ?? .unknown,
                activity: evidence["activity"]?.text.flatMap(Activity.init) ?? .other),
            others: (body["other_sequences"]?.list ?? []).compactMap(\.integer).map {
                reference(UInt64(clamping: $0))
            })
    }

    private static func reference(_ sequence: UInt64) -> RecordReference {
        RecordReference(source: 0, record: sequence, offset: 0, order: sequence)
    }

    private static func incident(_ view: IncidentView, _ places: [String: Int]) -> Incident {
        let details = (try? CanonicalJSON(reading: view.details)) ?? .null
        let summary = view.summary
        return Incident(
            id: summary.key.incident.text, title: summary.title,
            level: Level(rawValue: summary.level.rawValue) ?? .medium, risk: summary.risk,
            confidence: summary.confidence, firstSeen: summary.firstSeen,
            lastSeen: summary.lastSeen, story: view.story + said(view),
            alerts: places.values.sorted(), root: details["root"]?.text.map(EntityID.init),
            entities: (details["entities"]?.list ?? []).compactMap { entity($0, places) },
            edges: (details["edges"]?.list ?? []).compactMap(edge), techniques: view.techniques,
            tactics: details["tactics"]?.texts ?? [])
    }

    /// What people decided and wrote of it.
    private static func said(_ view: IncidentView) -> [String] {
        var lines: [String] = []
        if let verdict = view.summary.verdict {
            let who = view.summary.verdictBy.map { " by \($0)" } ?? ""
            let why = view.summary.verdictReason.map { ": \($0)" } ?? "."
            lines.append("Verdict\(who): \(verdict.rawValue)\(why)")
        }
        for comment in view.comments {
            guard let last = comment.versions.last else { continue }
            lines.append("\(last.author) wrote at \(last.time.text): \(last.text)")
        }
        return lines
    }

    private static func entity(_ json: CanonicalJSON, _ places: [String: Int]) -> Entity? {
        guard let id = json["id"]?.text, let kind = json["kind"]?.text.flatMap(Entity.Kind.init)
        else { return nil }
        return Entity(
            id: EntityID(text: id), kind: kind, label: json["label"]?.text ?? id,
            facts: (json["facts"]?.list ?? []).map {
                ($0["name"]?.text ?? "", $0["value"]?.text ?? "")
            }, host: json["host"]?.text,
            firstSeen: json["first_seen"]?.text.flatMap(Timestamp.init(rfc3339:)),
            lastSeen: json["last_seen"]?.text.flatMap(Timestamp.init(rfc3339:)),
            alerts: (json["alert_ids"]?.texts ?? []).compactMap { places[$0] })
    }

    private static func edge(_ json: CanonicalJSON) -> CausalEdge? {
        guard let from = json["from"]?.text, let to = json["to"]?.text,
            let reason = json["reason"]?.text.flatMap(CausalEdge.Reason.init)
        else { return nil }
        return CausalEdge(
            from: EntityID(text: from), to: EntityID(text: to), reason: reason,
            time: json["time"]?.text.flatMap(Timestamp.init(rfc3339:)))
    }
}
