import Engine

/// Alerts of one rule on one host by one user, told where the first of them happened.
struct TimelineStep {
    var alerts: [Int]

    private struct Key: Hashable {
        var rule: Int
        var host: String?
        var user: String?
    }

    static func folded(_ alerts: [Int], _ findings: Findings) -> [TimelineStep] {
        var steps: [TimelineStep] = []
        var stepOf: [Key: Int] = [:]
        // Untimed alerts come last, in their own order.
        let sorted = alerts.sorted {
            let left = findings.alert($0)?.time?.nanoseconds ?? .max
            let right = findings.alert($1)?.time?.nanoseconds ?? .max
            return left != right ? left < right : $0 < $1
        }
        for index in sorted {
            guard let alert = findings.alert(index) else { continue }
            let key = Key(rule: alert.rule, host: alert.host, user: alert.user)
            if let step = stepOf[key] {
                steps[step].alerts.append(index)
            } else {
                stepOf[key] = steps.count
                steps.append(TimelineStep(alerts: [index]))
            }
        }
        return steps
    }

    /// ` ×14, until 10:14:41`
    func repetition(_ findings: Findings) -> String {
        let count = " ×\(Figures.grouped(alerts.count))"
        guard let last = alerts.last.flatMap(findings.alert)?.time else { return count }
        return "\(count), until \(TimeRange.moment(last))"
    }
}

/// What each entity leads to, as `wrote upd.dll`.
struct EntityLinks {
    private var byFrom: [EntityID: [String]] = [:]

    init(_ incident: Incident) {
        var labels: [EntityID: String] = [:]
        for entity in incident.entities { labels[entity.id] = entity.label }
        for edge in incident.edges {
            let text = "\(edge.reason.rawValue) → \(labels[edge.to] ?? edge.to.text)"
            byFrom[edge.from, default: []].append(text)
        }
    }

    func from(_ id: EntityID) -> [String] { byFrom[id] ?? [] }
}
