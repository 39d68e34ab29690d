import Engine
import Store

/// How soon a verdict is due after the first alert, by level. docs/console.md states it.
enum ServiceLevel {
    static func seconds(_ level: CaseLevel) -> Int64 {
        switch level {
        case .critical: 3600
        case .high: 4 * 3600
        case .medium: 24 * 3600
        case .low: 3 * 24 * 3600
        case .informational: 7 * 24 * 3600
        }
    }

    /// How an incident stands against it.
    enum Standing: Hashable, Sendable {
        /// A verdict is due in so many seconds.
        case left(Int64)
        case over(Int64)
        case decidedInTime, decidedLate
    }

    static func standing(of incident: IncidentSummary, now: Timestamp) -> Standing {
        standing(
            incident.level, begun: incident.times[.alert] ?? incident.created,
            decided: incident.times[.decided], now: now)
    }

    static func standing(
        _ level: CaseLevel, begun: Timestamp, decided: Timestamp?, now: Timestamp
    ) -> Standing {
        let due = begun.nanoseconds / 1_000_000_000 + seconds(level)
        if let decided {
            return decided.nanoseconds / 1_000_000_000 <= due ? .decidedInTime : .decidedLate
        }
        let left = due - now.nanoseconds / 1_000_000_000
        return left >= 0 ? .left(left) : .over(-left)
    }
}

extension Markup {
    /// How an incident stands against its service level, in words and as a bar.
    mutating func serviceLevel(_ incident: IncidentSummary, now: Timestamp) {
        switch ServiceLevel.standing(of: incident, now: now) {
        case .left(let seconds):
            let all = ServiceLevel.seconds(incident.level)
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
