internal import Engine
internal import Sigma
package import Wire

/// One thing that the policy lets the host do by itself.
struct ContainmentEntry: Hashable, Sendable {
    static let leaseSecondsDefault: UInt32 = 4 * 3_600
    static let perHourDefault: UInt32 = 10

    var name: String
    var rules: Set<String>
    /// This and those above; nil where only the rules let it be done.
    var level: Level?
    var kind: ContainmentAction.Kind
    var leaseSeconds: UInt32
    var perHour: Int

    /// Nil where the policy asks for what this agent does not do by itself.
    init?(_ wire: WireContainment) {
        guard let kind = ContainmentAction.Kind(rawValue: wire.action), !wire.name.isEmpty else {
            return nil
        }
        name = wire.name
        rules = Set(wire.rules)
        level = Level(name: wire.level)
        self.kind = kind
        leaseSeconds = wire.leaseSeconds == 0 ? Self.leaseSecondsDefault : wire.leaseSeconds
        perHour = Int(wire.perHour == 0 ? Self.perHourDefault : wire.perHour)
        if rules.isEmpty, level == nil { return nil }
    }

    func covers(_ alert: HostAlert) -> Bool {
        rules.contains(alert.ruleID) || level.map { alert.level >= $0 } ?? false
    }
}

/// Decides what the host does by itself. It acts on nothing: what it answers is done by whoever asks.
///
/// Bounds: the times an hour of each entry, and ``allPerHourMax`` of all together; beyond them it is held back, and said so.
package struct ContainmentBook: Sendable {
    /// What every standing order names.
    struct Origin: Hashable, Sendable {
        var tenant: String
        var agent: String
        var version: UInt64
    }

    enum Verdict: Hashable, Sendable {
        case act(StandingOrder)
        case hold(entry: String, reason: String)
    }

    static let entriesMax = 100
    static let allPerHourMax = 100

    private let origin: Origin
    private let entries: [ContainmentEntry]
    private let quiet: [WireQuietHours]
    /// Entries of the policy that this agent does not do by itself.
    let unknownCount: Int
    private var acted: [String: [Timestamp]] = [:]
    private var done: Set<String> = []

    package init(_ policy: WirePolicy, agent: String) {
        origin = Origin(tenant: policy.tenant, agent: agent, version: policy.version)
        let wanted = policy.containment.prefix(Self.entriesMax)
        entries = wanted.compactMap(ContainmentEntry.init)
        unknownCount = policy.containment.count - entries.count
        quiet = policy.quietHours
    }

    var isEmpty: Bool { entries.isEmpty }

    /// What shall be done about an alert, in the order of the policy.
    mutating func judge(_ alert: HostAlert, at now: Timestamp) -> [Verdict] {
        var verdicts: [Verdict] = []
        for entry in entries where entry.covers(alert) {
            switch ContainmentAction.of(entry.kind, for: alert.event) {
            case .failure(let unfit):
                verdicts.append(.hold(entry: entry.name, reason: unfit.reason))
            case .success(let action):
                let order = StandingOrder(action, entry, alert, of: origin, at: now)
                guard !done.contains(order.id) else { continue }
                if let reason = reasonToWait(entry, at: now) {
                    verdicts.append(.hold(entry: entry.name, reason: reason))
                } else {
                    acted[entry.name, default: []].append(now)
                    if done.count >= 4 * Self.allPerHourMax { done.removeAll() }
                    done.insert(order.id)
                    verdicts.append(.act(order))
                }
            }
        }
        return verdicts
    }

    private mutating func reasonToWait(_ entry: ContainmentEntry, at now: Timestamp) -> String? {
        if isQuiet(now) { return "it is a quiet hour" }
        let hour: Int64 = 3_600 * 1_000_000_000
        for name in acted.keys {
            acted[name]?.removeAll { abs(now.nanoseconds - $0.nanoseconds) >= hour }
        }
        if acted[entry.name]?.count ?? 0 >= entry.perHour {
            return "it was done \(entry.perHour) times within an hour"
        }
        if acted.values.reduce(0, { $0 + $1.count }) >= Self.allPerHourMax {
            return "this host did \(Self.allPerHourMax) things by itself within an hour"
        }
        return nil
    }

    private func isQuiet(_ now: Timestamp) -> Bool {
        let minute = UInt32((now.nanoseconds / 60_000_000_000) % 1_440)
        return quiet.contains { hours in
            hours.fromMinute <= hours.toMinute
                ? (hours.fromMinute..<hours.toMinute).contains(minute)
                : minute >= hours.fromMinute || minute < hours.toMinute
        }
    }
}

extension ContainmentBook.Verdict {
    /// As it is kept and sent, behind the alert:
    ///
    ///     {"kagari":"host-containment","containment":…,"alert_id":…,"rule_id":…,"order":…} or, in place of the order, "held_back":…
    func record(of alert: HostAlert, at time: Timestamp) -> SpoolRecord {
        var json = JSONWriter()
        json.object { json in
            json.member("kagari", "host-containment")
            switch self {
            case .act(let order):
                json.member("containment", order.name)
                json.member("order", order.id)
            case .hold(let entry, let reason):
                json.member("containment", entry)
                json.member("held_back", reason)
            }
            json.member("alert_id", alert.id)
            json.member("rule_id", alert.ruleID)
            json.member("time", time.text)
        }
        return SpoolRecord(content: json.bytes, time: time, value: .high)
    }
}
