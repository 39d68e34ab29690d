internal import Engine
internal import Store

/// How soon a verdict is due after the first alert, by level. docs/console.md states the defaults.
package struct ServiceLevels: Hashable, Sendable {
    package static let secondsMax: Int64 = 365 * 86_400
    private static let units: [Character: Int64] = ["m": 60, "h": 3600, "d": 86_400]

    private var seconds: [CaseLevel: Int64] = [
        .critical: 3600, .high: 4 * 3600, .medium: 24 * 3600, .low: 3 * 24 * 3600,
        .informational: 7 * 24 * 3600,
    ]

    package init() {}

    /// Takes one as `high=4h`: a level, and minutes (`m`), hours (`h`) or days (`d`), at most a year.
    ///
    /// - Returns: false where the text is none; then nothing is changed.
    package mutating func set(_ text: String) -> Bool {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2,
            let level = CaseLevel.allCases.first(where: { $0.name == parts[0] }),
            let unit = parts[1].last.flatMap({ Self.units[$0] }),
            let count = Int64(parts[1].dropLast()), count > 0, count <= Self.secondsMax / unit
        else { return false }
        seconds[level] = count * unit
        return true
    }

    subscript(_ level: CaseLevel) -> Int64 { seconds[level] ?? Self.secondsMax }

    /// How an incident stands against it.
    enum Standing: Hashable, Sendable {
        /// A verdict is due in so many seconds.
        case left(Int64)
        case over(Int64)
        case decidedInTime, decidedLate
    }

    func standing(of incident: IncidentSummary, now: Timestamp) -> Standing {
        standing(
            incident.level, begun: incident.times[.alert] ?? incident.created,
            decided: incident.times[.decided], now: now)
    }

    func standing(
        _ level: CaseLevel, begun: Timestamp, decided: Timestamp?, now: Timestamp
    ) -> Standing {
        let due = begun.nanoseconds / 1_000_000_000 + self[level]
        if let decided {
            return decided.nanoseconds / 1_000_000_000 <= due ? .decidedInTime : .decidedLate
        }
        let left = due - now.nanoseconds / 1_000_000_000
        return left >= 0 ? .left(left) : .over(-left)
    }
}

extension Markup {
    /// How an incident stands against its service level, in words and as a bar.
    mutating func serviceLevel(
        _ incident: IncidentSummary, _ levels: ServiceLevels, now: Timestamp
    ) {
        switch levels.standing(of: incident, now: now) {
        case .left(let seconds):
            let all = levels[incident.level]
            let isShort = seconds * 4 < all
            element("span", [.class(isShort ? "due short" : "due")]) { due in
                due.say(.left(.span(seconds: seconds)))
                due.bar(Int((all - seconds) * 100 / all))
            }
        case .over(let seconds):
            element("span", [.class("due over")]) { due in
                due.say(.over(.span(seconds: seconds)))
                due.bar(100)
            }
        case .decidedInTime: element("span", [.class("due met")], say: .decidedInTime)
        case .decidedLate: element("span", [.class("due missed")], say: .decidedLate)
        }
    }

    /// A part of a hundred, drawn; the words beside it say it too.
    mutating func bar(_ percent: Int) {
        element(
            "progress",
            [
                .set("max", "100"), .set("value", String(min(max(percent, 0), 100))),
                .set("aria-hidden", "true"),
            ]
        ) { _ in }
    }
}
