import Engine
import Store
import Tenancy
import TestKit
import Testing

func tenant(_ text: String) throws -> TenantID {
    try #require(TenantID(text))
}

/// A scope as the policy gives it.
func scope(_ tenants: TenantID...) throws -> TenantScope {
    let principal = Principal(
        id: try #require(PrincipalID("watch")), name: "Watch",
        grants: [.init(.service, in: .all)])
    return try Policy().authorize(principal, to: Permission(.read, .events), in: tenants)
}

extension StoredEvent {
    static func sample(
        _ tenant: TenantID, _ sequence: UInt64, at time: Int64? = nil, kind: String = "",
        host: String? = nil, user: String? = nil, _ fields: [(String, String)] = []
    ) throws -> StoredEvent {
        StoredEvent(
            tenant: tenant, sequence: sequence,
            time: Timestamp(nanoseconds: time ?? Int64(sequence) * 1_000),
            received: Timestamp(nanoseconds: 1_790_000_000_000_000_000 + Int64(sequence % 1_000)),
            source: try #require(LogSourceID("syslog")), kind: kind, host: host, user: user,
            fields: fields.map { .init(name: $0.0, value: $0.1) })
    }
}

/// Random events and filters over few names, values and times, so that they meet often.
struct EventDice {
    var random: SplitMix64
    static let names = ["Image", "User", "host", "user", "EventID", "path.to.it", "", "a'b\\"]
    static let values = [
        "", "cmd.exe", "CMD.EXE", "C:\\Windows\\cmd.exe", "powershell", "10", "9", "-1.5", "1e3",
        "007", "NaN", "0x1F", "10.50", "%", "_", "it's", "\"", "\\", "ÄÖ", "äö", "🔥", "a\u{0}b",
        "tab\tnew\nline", "10 ", "340282366920938463463374607431768211456",
    ]

    mutating func pick<T>(_ values: [T]) -> T {
        values[Int.random(in: 0..<values.count, using: &random)]
    }
    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    mutating func event(_ tenant: TenantID, _ sequence: UInt64) throws -> StoredEvent {
        var fields: [(String, String)] = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            fields.append((pick(Self.names), pick(Self.values)))
        }
        return try .sample(
            tenant, sequence, at: Int64.random(in: -20...20, using: &random),
            kind: pick(["", "windows/process_creation/sysmon", "zeek/dns"]),
            host: chance(50) ? pick(["WS-1", "ws-1", "dc01", ""]) : nil,
            user: chance(50) ? pick(["maria", "EXAMPLE\\maria"]) : nil, fields)
    }

    mutating func filter(depth: Int = 3) -> EventFilter {
        switch Int.random(in: 0..<(depth > 0 ? 12 : 8), using: &random) {
        case 0: .everything
        case 1, 2: .text(pick(Self.values + ["M", "exe", "\\", "0", "cmd.exeC"]))
        case 3: .exists(pick(Self.names + ["source", "kind", "none"]))
        case 4...7:
            .field(
                pick(Self.names + ["source", "kind", "none"]),
                pick(EventFilter.Comparison.allCases),
                pick(Self.values + ["syslog", "WINDOWS/", "ws", "9.99"]))
        case 8, 9: .all(parts(depth))
        case 10: .any(parts(depth))
        default: .not(filter(depth: depth - 1))
        }
    }

    private mutating func parts(_ depth: Int) -> [EventFilter] {
        var parts: [EventFilter] = []
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            parts.append(filter(depth: depth - 1))
        }
        return parts
    }

    mutating func query() -> EventQuery {
        EventQuery(
            since: chance(50) ? Timestamp(nanoseconds: .random(in: -22...22, using: &random)) : nil,
            until: chance(50) ? Timestamp(nanoseconds: .random(in: -22...22, using: &random)) : nil,
            filter: filter(), newestFirst: chance(50), limit: pick([1, 2, 3, 7, 100]))
    }
}
