package import Engine
import GRDB
package import Tenancy

extension Ledger {
    /// Does one thing to one incident.
    ///
    /// - Parameters:
    ///   - revision: what the caller saw last; nil does it whatever happened since.
    ///   - scope: allows ``CaseAct/permission`` in the incident's tenant.
    /// - Throws: ``StoreFailure``: `missing`, `conflict` where the revision is another, `invalid` where ``IncidentCase`` refuses.
    package func perform(
        _ act: CaseAct, on key: IncidentKey, ifRevision revision: UInt64? = nil, now: Timestamp,
        in scope: TenantScope
    ) async throws(StoreFailure) -> CaseOutcome {
        try scope.require(act.permission, in: key.tenant)
        return try await self.act(in: scope, now: now) { transaction in
            let subject = try CaseReading.standing(key, transaction.db)
            try subject.require(revision: revision)
            guard let draft = try subject.standing.decide(act, by: transaction.actor) else {
                return CaseOutcome(receipt: nil, revision: subject.revision)
            }
            let receipt = try transaction.append(
                draft.kind, key.incident.text, draft.body, in: key.tenant)
            return CaseOutcome(
                receipt: receipt, revision: try CaseReading.revision(key, transaction.db))
        }
    }

    /// Makes `loser` a part of `survivor`, until that is undone.
    ///
    /// - Parameter scope: allows `update incidents` in `tenant`.
    package func merge(
        _ loser: IncidentID, into survivor: IncidentID, of tenant: TenantID, reason: String,
        now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> AuditReceipt {
        try scope.require(Permission(.update, .incidents), in: tenant)
        return try await act(in: scope, now: now) { transaction in
            try IncidentCase.judge(text: reason, "reason", LedgerLimits.reasonBytesMax)
            let keys = [IncidentKey(loser, of: tenant), IncidentKey(survivor, of: tenant)]
            for key in keys {
                let subject = try CaseReading.standing(key, transaction.db)
                guard subject.standing.mergedInto == nil else {
                    throw StoreFailure(
                        .invalid, "An incident that is part of another cannot be merged; undo that."
                    )
                }
            }
            guard loser != survivor else {
                throw StoreFailure(.invalid, "An incident cannot be merged into itself.")
            }
            let depth = try JoinRows.depth(of: keys[0], transaction.db)
            guard depth + 2 < LedgerLimits.mergeDepthMax else {
                throw StoreFailure(.tooLarge, "Incidents are merged too deep; merge the other way.")
            }
            return try transaction.append(
                .incidentsMerged, loser.text,
                .object([
                    "into": .text(survivor.text), "told": .text(survivor.text),
                    "reason": .text(reason),
                ]), in: tenant)
        }
    }

    /// Takes alerts out of an incident into a new one, until that is undone.
    ///
    /// - Parameter scope: allows `update incidents` in the incident's tenant.
    /// - Returns: the new incident, and the receipt whose position ``undo(_:of:reason:now:in:)`` takes.
    package func split(
        _ alerts: [AlertID], from key: IncidentKey, title: String, reason: String, now: Timestamp,
        in scope: TenantScope
    ) async throws(StoreFailure) -> (made: IncidentID, receipt: AuditReceipt) {
        try scope.require(Permission(.update, .incidents), in: key.tenant)
        let result = try await act(in: scope, now: now) { transaction in
            let (made, body) = try transaction.judgeSplit(
                alerts, from: key, title: title, reason: reason)
            let receipt = try transaction.append(
                .incidentSplit, key.incident.text, body, in: key.tenant)
            return SplitOutcome(made: made, receipt: receipt)
        }
        return (result.made, result.receipt)
    }

    /// Takes back a merge or a split.
    ///
    /// - Parameter position: of the merge's or split's entry in the tenant's chain.
    package func undo(
        _ position: UInt64, of tenant: TenantID, reason: String, now: Timestamp,
        in scope: TenantScope
    ) async throws(StoreFailure) -> AuditReceipt {
        try scope.require(Permission(.update, .incidents), in: tenant)
        return try await act(in: scope, now: now) { transaction in
            try IncidentCase.judge(text: reason, "reason", LedgerLimits.reasonBytesMax)
            return try transaction.undo(position, of: tenant, reason: reason)
        }
    }
}

private struct SplitOutcome: Sendable {
    let made: IncidentID
    let receipt: AuditReceipt
}

extension IncidentCase {
    /// ``judge(_:by:)`` with its refusal as the store's failure.
    func decide(_ act: CaseAct, by person: PrincipalID) throws(StoreFailure) -> Draft? {
        do { return try judge(act, by: person) } catch {
            throw StoreFailure(.invalid, error.description)
        }
    }

    static func judge(text: String, _ what: String, _ bytesMax: Int) throws(StoreFailure) {
        do { try check(text, what, bytesMax) } catch {
            throw StoreFailure(.invalid, error.description)
        }
    }
}

extension LedgerTransaction {
    fileprivate func judgeSplit(
        _ alerts: [AlertID], from key: IncidentKey, title: String, reason: String
    ) throws -> (IncidentID, CanonicalJSON) {
        try IncidentCase.judge(text: title, "title", LedgerLimits.titleBytesMax)
        try IncidentCase.judge(text: reason, "reason", LedgerLimits.reasonBytesMax)
        let subject = try CaseReading.standing(key, db)
        guard subject.standing.mergedInto == nil else {
            throw StoreFailure(.invalid, "This incident is part of another now; split that one.")
        }
        guard (1...LedgerLimits.splitAlertsMax).contains(alerts.count),
            Set(alerts).count == alerts.count
        else {
            throw StoreFailure(
                .invalid, "A split moves 1 to \(LedgerLimits.splitAlertsMax) different alerts.")
        }
        let moved = try alerts.map { alert in
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT split_incident FROM alerts
                    WHERE tenant = ? AND id = ? AND incident = ?
                    """, arguments: [key.tenant.text, alert.text, key.incident.text])
            guard let row else {
                throw StoreFailure(.invalid, "An alert is not of this incident.")
            }
            return CanonicalJSON.object([
                "id": .text(alert.text), "before": .text(row["split_incident"]),
            ])
        }
        let all = try Int.fetchOne(
            db, sql: "SELECT alert_count FROM incidents WHERE tenant = ? AND id = ?",
            arguments: [key.tenant.text, key.incident.text])
        guard let all, alerts.count < all else {
            throw StoreFailure(.invalid, "A split leaves at least one alert behind.")
        }
        let next = (try ChainRows.head(of: key.tenant, db)?.position ?? 0) + 1
        let seed = Array("kagari-split-1\0\(key.tenant.text)\0\(next)".utf8)
        let name = String(LedgerDigest(of: seed).description.prefix(32))
        guard let made = IncidentID(name) else {
            preconditionFailure("32 hex digits are a name")
        }
        let body = CanonicalJSON.object([
            "into": .text(name), "title": .text(title), "reason": .text(reason),
            "alerts": .list(moved),
        ])
        return (made, body)
    }

    fileprivate mutating func undo(
        _ position: UInt64, of tenant: TenantID, reason: String
    ) throws -> AuditReceipt {
        let found = try Row.fetchOne(
            db, sql: "SELECT * FROM joins WHERE tenant = ? AND position = ?",
            arguments: [tenant.text, Int64(clamping: position)])
        guard let row = found else {
            throw StoreFailure(.missing, "There is no merge or split at that position.")
        }
        let undone: Int64? = row["undone"]
        guard undone == nil else { throw StoreFailure(.invalid, "That is undone already.") }
        let kind: String = row["kind"]
        let incident: String = row["incident"]
        let into: String = row["into_incident"]
        var members: [String: CanonicalJSON] = [
            "of": .integer(Int64(clamping: position)), "kind": .text(kind), "into": .text(into),
            "reason": .text(reason),
        ]
        if kind == "split" {
            members["alerts"] = .list(try restored(split: row["ordinal"], into, of: tenant))
        }
        return try append(.joinUndone, incident, .object(members), in: tenant)
    }

    /// The alerts that are still where the split put them, each with where it was split off to before.
    private func restored(
        split ordinal: Int64, _ made: String, of tenant: TenantID
    ) throws -> [CanonicalJSON] {
        let text = try String.fetchOne(
            db, sql: "SELECT body FROM bodies WHERE ordinal = ?", arguments: [ordinal])
        let still = Set(
            try String.fetchAll(
                db, sql: "SELECT id FROM alerts WHERE tenant = ? AND split_incident = ?",
                arguments: [tenant.text, made]))
        let moved = try text.map { try CanonicalJSON(reading: $0) }?["alerts"]?.list ?? []
        return moved.filter { $0["id"]?.text.map(still.contains) ?? false }
    }
}
