import Engine
import Sigma

/// What a report shows of a run: filtered by level once, every index checked.
struct Findings {
    let result: RunResult
    let options: ReportOptions
    /// Alerts at or above the level asked for, as indexes into the run's alerts.
    let alerts: [Int]
    /// Incidents likewise, in the run's order: most severe first.
    let incidents: [Int]
    private let numberOfIncident: [Int: Int]

    init(_ result: RunResult, options: ReportOptions) {
        self.result = result
        self.options = options
        alerts = result.alerts.indices.filter { result.alerts[$0].level >= options.minLevel }
        incidents = result.incidents.indices.filter {
            result.incidents[$0].level >= options.minLevel
        }
        numberOfIncident = Dictionary(
            uniqueKeysWithValues: incidents.enumerated().map { ($1, $0 + 1) })
    }

    /// The number a shown incident goes by in this report, from 1.
    func number(ofIncident index: Int) -> Int? { numberOfIncident[index] }

    func alert(_ index: Int) -> Alert? {
        result.alerts.indices.contains(index) ? result.alerts[index] : nil
    }

    func rule(_ index: Int) -> RuleMetadata? {
        result.rules.indices.contains(index) ? result.rules[index] : nil
    }

    func title(ofRule index: Int) -> String { rule(index)?.title ?? "(rule unknown)" }

    func path(_ reference: RecordReference) -> String? {
        result.sources.indices.contains(reference.source)
            ? result.sources[reference.source].path : nil
    }

    /// The incident an alert belongs to, as an index; nil when it stands alone.
    func incident(ofAlert index: Int) -> Int? {
        guard result.incidentOfAlert.indices.contains(index),
            let incident = result.incidentOfAlert[index],
            result.incidents.indices.contains(incident)
        else { return nil }
        return incident
    }

    /// The shown alerts of one incident.
    func alerts(of incident: Incident) -> [Int] {
        incident.alerts.filter { alert($0).map { $0.level >= options.minLevel } ?? false }
    }

    /// Shown alerts that are in no incident.
    var looseAlerts: [Int] { alerts.filter { incident(ofAlert: $0) == nil } }

    /// `T1059.001 PowerShell`
    func titled(technique id: String) -> String {
        guard let technique = options.techniques[id] else { return id }
        return "\(id) \(technique.name)"
    }
}

/// The alerts of one rule, by time.
struct RuleGroup {
    var rule: Int
    var level: Level
    var alerts: [Int]
    var first: Timestamp?
    var last: Timestamp?
}

extension Findings {
    /// Most severe first, then most alerts, then title.
    func groupedByRule(_ alerts: [Int]) -> [RuleGroup] {
        var groups: [RuleGroup] = []
        var groupOfRule: [Int: Int] = [:]
        for index in alerts {
            guard let alert = alert(index) else { continue }
            let slot = groupOfRule[alert.rule] ?? groups.count
            if slot == groups.count {
                groupOfRule[alert.rule] = slot
                groups.append(RuleGroup(rule: alert.rule, level: alert.level, alerts: []))
            }
            groups[slot].alerts.append(index)
            groups[slot].level = max(groups[slot].level, alert.level)
            if let time = alert.time {
                groups[slot].first = groups[slot].first.map { min($0, time) } ?? time
                groups[slot].last = groups[slot].last.map { max($0, time) } ?? time
            }
        }
        return groups.sorted { left, right in
            if left.level != right.level { return left.level > right.level }
            if left.alerts.count != right.alerts.count {
                return left.alerts.count > right.alerts.count
            }
            let titles = (title(ofRule: left.rule), title(ofRule: right.rule))
            return titles.0 != titles.1 ? titles.0 < titles.1 : left.rule < right.rule
        }
    }

    /// How many incidents and alerts there are of each level, most severe first, none left out.
    func countsByLevel(_ levels: some Sequence<Level>) -> [(level: Level, count: Int)] {
        var counts: [Level: Int] = [:]
        for level in levels { counts[level, default: 0] += 1 }
        return Level.allCases.reversed().compactMap { level in
            counts[level].map { (level, $0) }
        }
    }

    /// Hosts that an incident touched, in the order they come in, each once.
    func hosts(of incident: Incident) -> [String] {
        var names = OrderedNames(kind: .host)
        for entity in incident.entities {
            if entity.kind == .host { names.add(entity.label) } else { names.add(entity.host) }
        }
        for index in alerts(of: incident) { names.add(alert(index)?.host) }
        return names.list
    }

    func users(of incident: Incident) -> [String] {
        var names = OrderedNames(kind: .user)
        for entity in incident.entities where [.user, .cloudPrincipal].contains(entity.kind) {
            names.add(entity.label)
        }
        for index in alerts(of: incident) { names.add(alert(index)?.user) }
        return names.list
    }
}

/// Names in the order they came, each once; case is looked past, as host and user names do.
///
/// A name that says less than one already there is not added: `web-01` after
/// `web-01.acme.example`, `alice` after `ACME\alice`. The longer form takes the shorter's place.
struct OrderedNames {
    enum Kind { case host, user }

    private let kind: Kind
    private(set) var list: [String] = []
    private var seen: Set<String> = []
    private var placeOfShort: [String: Int] = [:]

    init(kind: Kind) { self.kind = kind }

    mutating func add(_ name: String?) {
        guard let name, !name.isEmpty, name != "-" else { return }
        let folded = name.lowercased()
        guard seen.insert(folded).inserted else { return }
        let short = Self.short(folded, kind)
        guard let place = placeOfShort[short] else {
            placeOfShort[short] = list.count
            list.append(name)
            return
        }
        let there = list[place].lowercased()
        if folded == short { return }
        if there == short { list[place] = name } else { list.append(name) }
    }

    private static func short(_ name: String, _ kind: Kind) -> String {
        switch kind {
        case .host:
            // An address has no shorter form.
            if name.contains(":") || name.allSatisfy({ $0.isNumber || $0 == "." }) { return name }
            return name.split(separator: ".", maxSplits: 1).first.map(String.init) ?? name
        case .user:
            if let slash = name.lastIndex(of: "\\") {
                return String(name[name.index(after: slash)...])
            }
            return name.split(separator: "@", maxSplits: 1).first.map(String.init) ?? name
        }
    }
}

extension Alert {
    /// Fields that say most about what happened, first choice first.
    private static let tellingFields = [
        "CommandLine", "ScriptBlockText", "TargetObject", "TargetFilename", "ServiceFileName",
        "ImageLoaded", "QueryName", "DestinationHostname", "DestinationIp", "TargetImage",
        "PipeName", "eventName",
    ]

    /// The match to show where there is room for one: by field, else the longest value.
    var tellingMatch: Match? {
        for field in Self.tellingFields {
            if let match = matched.first(where: { $0.field == field }) { return match }
        }
        return matched.max { $0.value.utf8.count < $1.value.utf8.count }
    }
}

extension Level {
    /// Upper case, for where a word must stand for a colour.
    var label: String { self == .informational ? "INFO" : name.uppercased() }
}
