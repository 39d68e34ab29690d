import Sigma
import TestKit

@testable import Engine

/// A made piece of log: events and alerts on them, told at seconds after a fixed moment.
struct Scene {
    /// 2026-03-02T09:00:00Z
    static let origin: Int64 = 1_772_442_000_000_000_000

    enum Step {
        case event(RetainedEvent)
        case alert(Alert)
    }

    var rules: [RuleMetadata] = []
    var steps: [Step] = []
    private var ruleOfTitle: [String: Int] = [:]

    static func time(_ second: Double) -> Timestamp {
        let nanoseconds = second * 1_000_000_000
        if abs(nanoseconds) > 7e18 {
            return Timestamp(nanoseconds: nanoseconds < 0 ? .min + 1 : .max)
        }
        return Timestamp(nanoseconds: origin + Int64(nanoseconds))
    }

    mutating func event(
        _ second: Double?, _ source: SourceKind, _ activity: Activity, _ pairs: [(String, String)],
        alert title: String? = nil, level: Level = .high, tags: [String] = []
    ) {
        let number = UInt64(steps.count + 1)
        let event = RetainedEvent(
            reference: RecordReference(source: 0, record: number, offset: number, order: number),
            time: second.map(Self.time), pairs, source: source, activity: activity)
        steps.append(.event(event))
        guard let title else { return }
        let rule = ruleOfTitle[title] ?? rules.count
        if rule == rules.count {
            ruleOfTitle[title] = rule
            rules.append(
                RuleMetadata(
                    id: "rule-\(rule)", title: title, level: level, tags: tags,
                    source: SourceLocation(path: "made.yml")))
        }
        steps.append(
            .alert(
                Alert(
                    id: "alert-\(rule)-\(number)", rule: rule, level: level, time: event.time,
                    host: event.first(of: "Computer", "node", "hostname"), user: nil, matched: [],
                    event: event)))
    }

    /// Sysmon 1.
    mutating func start(
        _ second: Double, _ host: String, _ guid: Int, _ image: String, parent: Int,
        _ parentImage: String, user: String = "CORP\\alice", logon: String = "0x51000",
        line: String? = nil, alert: String? = nil, level: Level = .high, tags: [String] = []
    ) {
        event(
            second, .windows, .processStart,
            [
                ("Channel", "Microsoft-Windows-Sysmon/Operational"), ("EventID", "1"),
                ("Computer", host), ("ProcessGuid", Self.guid(guid)),
                ("ProcessId", "\(4000 + guid)"), ("Image", image), ("CommandLine", line ?? image),
                ("User", user), ("LogonId", logon), ("ParentProcessGuid", Self.guid(parent)),
                ("ParentProcessId", "\(4000 + parent)"), ("ParentImage", parentImage),
            ], alert: alert, level: level, tags: tags)
    }

    /// Security 4624.
    mutating func logon(
        _ second: Double, _ host: String, user: String, domain: String = "CORP",
        from address: String, workstation: String = "-", type: Int = 3, id: String,
        alert: String? = nil
    ) {
        event(
            second, .windows, .logon,
            [
                ("Channel", "Security"), ("EventID", "4624"), ("Computer", host),
                ("SubjectUserName", "\(host)$"), ("SubjectLogonId", "0x3e7"),
                ("TargetUserName", user), ("TargetDomainName", domain), ("TargetLogonId", id),
                ("LogonType", "\(type)"), ("IpAddress", address), ("WorkstationName", workstation),
            ], alert: alert)
    }

    mutating func cloud(
        _ second: Double, arn: String, from address: String, call: String,
        activity: Activity = .cloudCall, more: [(String, String)] = [], alert: String? = nil,
        level: Level = .high, tags: [String] = []
    ) {
        event(
            second, .cloudtrail, activity,
            [
                ("eventSource", "sts.amazonaws.com"), ("eventName", call),
                ("userIdentity.type", "IAMUser"), ("userIdentity.arn", arn),
                ("sourceIPAddress", address),
            ] + more, alert: alert, level: level, tags: tags)
    }

    static func guid(_ number: Int) -> String {
        let text = String(number)
        return "{A1B2C3D4-0000-0000-0000-"
            + String(repeating: "0", count: max(0, 12 - text.count)) + text + "}"
    }

    /// Runs the steps in the given order; alerts keep the index of their place in the scene.
    func run(order: [Int]? = nil, limits: StorylineLimits = .init()) -> Outcome {
        var storyline = Storyline(rules: rules, limits: limits)
        var indexOfStep: [Int: Int] = [:]
        for (place, step) in steps.enumerated() {
            if case .alert = step { indexOfStep[place] = indexOfStep.count }
        }
        for place in order ?? Array(steps.indices) {
            switch steps[place] {
            case .event(let event): storyline.observe(event)
            case .alert(let alert): storyline.add(alert, index: indexOfStep[place] ?? 0)
            }
        }
        let leftOut = storyline.leftOut
        let (incidents, incidentOfAlert) = storyline.finish()
        return Outcome(
            incidents: incidents, incidentOfAlert: incidentOfAlert,
            leftOut: [leftOut.processes, leftOut.links, leftOut.traffic, leftOut.alerts])
    }
}

struct Outcome {
    var incidents: [Incident]
    var incidentOfAlert: [Int?]
    var leftOut: [UInt64]

    var edges: [String] {
        incidents.flatMap { incident in
            let labels = Dictionary(
                incident.entities.map { ($0.id, $0.label) }, uniquingKeysWith: { first, _ in first }
            )
            return incident.edges.map {
                "\(labels[$0.from] ?? "?") > \($0.reason.rawValue) > \(labels[$0.to] ?? "?")"
            }
        }
    }

    /// Everything a person or a machine can see of it.
    var printed: String {
        var lines: [String] = []
        for incident in incidents {
            lines.append("\(incident.id) \(incident.title) \(incident.level.name)")
            lines.append("risk \(incident.risk) confidence \(incident.confidence)")
            lines.append("\(incident.firstSeen?.text ?? "-") \(incident.lastSeen?.text ?? "-")")
            lines += incident.story
            lines.append("alerts \(incident.alerts) root \(incident.root?.text ?? "-")")
            lines.append("\(incident.techniques) \(incident.tactics)")
            for entity in incident.entities {
                let facts = entity.facts.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
                lines.append(
                    "\(entity.id.text) \(entity.label) \(entity.host ?? "-") \(entity.alerts) "
                        + "\(entity.firstSeen?.text ?? "-") \(entity.lastSeen?.text ?? "-") \(facts)"
                )
            }
            for edge in incident.edges {
                lines.append(
                    "\(edge.from.text) \(edge.reason.rawValue) \(edge.to.text) "
                        + (edge.time?.text ?? "-"))
            }
        }
        lines.append("\(incidentOfAlert)")
        return lines.joined(separator: "\n")
    }
}
