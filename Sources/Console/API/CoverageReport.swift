import Engine
import Report
import Store
import Tenancy

/// How far one technique is looked for. From worst to best.
enum CoverageState: String, Hashable, Sendable, CaseIterable {
    /// No rule in force looks for it.
    case none
    /// Rules look for it, and no log that could feed one was received.
    case unfed
    /// A rule looks for it in logs that are received.
    case armed
    /// A rule for it made an alert.
    case fired
}

/// One tenant's ATT&CK matrix: rules in force × logs received × alerts made.
struct CoverageReport: Sendable {
    struct Row: Sendable {
        let id: String
        let name: String
        /// Short names, in the order of the matrix.
        let tactics: [String]
        var rules: [RuleInForce] = []
        /// Those that a received log can feed.
        var armedCount = 0
        var alertCount = 0
        /// Kinds of logs that would arm a rule that is not.
        var missingKinds: Set<String> = []

        var state: CoverageState {
            if alertCount > 0 { return .fired }
            if armedCount > 0 { return .armed }
            return rules.isEmpty ? .none : .unfed
        }

        /// `T1059` of `T1059.001`
        var parent: String { String(id.prefix { $0 != "." }) }
    }

    static let days: Int64 = 30

    /// By id; every technique that the content names or a rule is tagged with.
    let techniques: [Row]
    /// Of logs, from the ``days`` days before the tenant's newest event on.
    let kinds: Set<String>
    /// Whether ``kinds`` are of the newest events alone: there are too many to look at all.
    let isSample: Bool
    let ruleCount: Int
    let armedRuleCount: Int

    /// - Throws: ``Problem`` `forbidden` where the caller may not read rules, alerts and events there.
    static func make(
        of tenant: TenantID, for principal: Principal, since: Timestamp?, _ parts: ConsoleParts
    ) async throws -> CoverageReport {
        func scope(_ resource: Permission.Resource) throws -> TenantScope {
            let permission = Permission(.read, resource)
            do { return try Policy().authorize(principal, to: permission, in: [tenant]) } catch {
                throw Problem(.forbidden, "You may not \(permission) there.")
            }
        }
        let from =
            since ?? Timestamp(nanoseconds: parts.now().nanoseconds - days * 86_400_000_000_000)
        let rules = try await parts.desk.rules(in: scope(.rules))
        let hits = try await parts.ledger.ruleHits(since: from, in: scope(.alerts))
        let received = try await kinds(parts.events, scope(.events))
        return CoverageReport(
            rules: rules,
            hits: Dictionary(hits.map { ($0.rule, $0.alertCount) }, uniquingKeysWith: +),
            kinds: received.kinds, isSample: received.isSample,
            names: parts.desk.techniques)
    }

    /// Kinds of logs among a tenant's events: of all of them, or of the newest where that takes too long.
    private static func kinds(
        _ store: any EventStore, _ scope: TenantScope
    ) async throws -> (kinds: Set<String>, isSample: Bool) {
        let newest = try await store.events(matching: EventQuery(limit: 1), in: scope)
        guard let last = newest.events.first else { return ([], false) }
        let query = EventQuery(
            since: Timestamp(
                nanoseconds: last.time.nanoseconds
                    .subtractingReportingOverflow(days * 86_400_000_000_000).partialValue))
        do throws(StoreFailure) {
            let top = try await store.topValues(
                of: "kind", matching: query, limit: 1_000, in: scope)
            return (Set(top.map { family($0.value) }), false)
        } catch {
            guard error.code == .limit else { throw error }
            let facets = try await store.facets(
                of: ["kind"], matching: query, valuesMax: EventFacets.valuesMax, in: scope)
            let values = facets.fields.first?.values ?? []
            return (Set(values.map { family($0.value) }), true)
        }
    }

    /// `windows` of `windows/process-start`
    private static func family(_ kind: String) -> String { String(kind.prefix { $0 != "/" }) }

    init(
        rules: [RuleInForce], hits: [String: Int], kinds: Set<String>, isSample: Bool,
        names: [String: Technique]
    ) {
        var rows: [String: Row] = [:]
        for (id, technique) in names {
            rows[id] = Row(id: id, name: technique.name, tactics: technique.tactics)
        }
        var armed = 0
        for rule in rules {
            let isArmed = !kinds.isDisjoint(with: rule.kinds)
            if isArmed { armed += 1 }
            for tag in rule.techniques {
                let id = tag.dropFirst("attack.".count).uppercased()
                var row = rows[id] ?? Row(id: id, name: id, tactics: [])
                row.rules.append(rule)
                row.alertCount += hits[rule.id] ?? 0
                if isArmed {
                    row.armedCount += 1
                } else {
                    row.missingKinds.formUnion(rule.kinds)
                }
                rows[id] = row
            }
        }
        techniques = rows.values.sorted { $0.id < $1.id }
        self.kinds = kinds
        self.isSample = isSample
        ruleCount = rules.count
        armedRuleCount = armed
    }
}
