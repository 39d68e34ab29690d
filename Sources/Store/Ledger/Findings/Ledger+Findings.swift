package import Engine
import GRDB
package import Tenancy

extension Ledger {
    /// Keeps what the engine found, in one transaction. The same batch again changes nothing.
    ///
    /// - Parameter scope: allows `create incidents` in `tenant`.
    /// - Throws: ``StoreFailure``: `invalid` where an incident names an alert that was not kept, `tooLarge` beyond
    ///   ``LedgerLimits/findingsMax``. Nothing of the batch is kept then.
    package func keep(
        _ batch: FindingBatch, of tenant: TenantID, now: Timestamp, in scope: TenantScope
    ) async throws(StoreFailure) -> KeepOutcome {
        try scope.require(Permission(.create, .incidents), in: tenant)
        guard
            max(batch.alerts.count, batch.incidents.count, batch.merges.count)
                <= LedgerLimits.findingsMax
        else {
            throw StoreFailure(
                .tooLarge, "A batch has at most \(LedgerLimits.findingsMax) findings; cut it.")
        }
        return try await act(in: scope, now: now) { transaction in
            var outcome = KeepOutcome()
            for alert in batch.alerts {
                try transaction.keep(alert, of: tenant, &outcome)
            }
            for incident in batch.incidents {
                try transaction.tell(incident, of: tenant, &outcome)
            }
            for merge in batch.merges {
                try transaction.merge(merge, of: tenant, &outcome)
            }
            try MarkRows.raise(
                .findingsThrough, "engine", of: tenant, to: Int64(clamping: batch.through),
                transaction.db)
            return outcome
        }
    }

    /// The record up to which everything found was kept; 0 where there is nothing. Where the engine goes on after a restart.
    package func keptThrough(
        _ tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> UInt64 {
        try scope.require(Permission(.read, .incidents), in: tenant)
        return try await read { db in
            UInt64(try MarkRows.value(.findingsThrough, "engine", of: tenant, db) ?? 0)
        }
    }
}

extension LedgerTransaction {
    fileprivate mutating func keep(
        _ alert: KeptAlert, of tenant: TenantID, _ outcome: inout KeepOutcome
    ) throws {
        guard try !FindingRows.hasAlert(alert.id, of: tenant, db) else {
            outcome.alertsKnown += 1
            return
        }
        try append(
            .alertKept, alert.id.text,
            .object([
                "rule": .text(alert.rule), "title": .text(alert.title),
                "level": .integer(Int64(alert.level.rawValue)), "host": .text(alert.host),
                "user": .text(alert.user), "time": .integer(alert.time?.nanoseconds),
                "received": .integer(alert.received.nanoseconds),
                "alerted": .integer(alert.alerted.nanoseconds),
                "suppression": .text(alert.suppression), "body": .text(alert.body),
            ]), in: tenant)
        if let suppression = alert.suppression {
            try MarkRows.add(.suppressionMatched, suppression, of: tenant, 1, db)
        }
        outcome.alertsNew += 1
    }

    fileprivate mutating func tell(
        _ incident: ToldIncident, of tenant: TenantID, _ outcome: inout KeepOutcome
    ) throws {
        guard (0...100).contains(incident.risk), (0...100).contains(incident.confidence) else {
            throw StoreFailure(.invalid, "Risk and confidence are 0 to 100.")
        }
        let told = try FindingRows.told(incident.id, of: tenant, db)
        let added = try FindingRows.alertsToMove(
            incident.alerts, to: incident.id, of: tenant, db)
        let plain = incident.body(alerts: nil)
        guard told == nil || !added.isEmpty || told != LedgerDigest(of: Array(plain.string.utf8))
        else { return }
        let key = IncidentKey(incident.id, of: tenant)
        let wasClosed = told != nil ? try CaseRows.closedRoot(of: key, db) : nil
        try append(.incidentTold, incident.id.text, incident.body(alerts: added), in: tenant)
        outcome.incidentsChanged.append(incident.id)
        let loud = try FindingRows.count(ofLoud: added, of: tenant, db)
        if let root = wasClosed, loud > 0 {
            let reason = loud == 1 ? "1 new alert" : "\(loud) new alerts"
            try append(
                .incidentReopened, root.text,
                .object(["reason": .text(reason), "alerts": .integer(Int64(loud))]), in: tenant)
            outcome.reopened.append(root)
        }
    }

    fileprivate mutating func merge(
        _ merge: FindingBatch.Merge, of tenant: TenantID, _ outcome: inout KeepOutcome
    ) throws {
        let loser = IncidentKey(merge.loser, of: tenant)
        let survivor = IncidentKey(merge.survivor, of: tenant)
        // Two that became one before either was told are one from the start.
        guard try CaseRows.exists(loser, db) else { return }
        guard try CaseRows.exists(survivor, db) else {
            throw StoreFailure(.invalid, "A merge goes into an incident that was not told.")
        }
        // What a person took apart stays apart, and what is one already is not joined twice.
        guard try !JoinRows.wasMerged(loser, into: survivor, db),
            try JoinRows.root(of: loser, db) != JoinRows.root(of: survivor, db),
            try !JoinRows.isMerged(loser, db)
        else { return }
        try append(
            .incidentsMerged, merge.loser.text,
            .object([
                "into": .text(try JoinRows.root(of: survivor, db).text),
                "told": .text(merge.survivor.text), "reason": .text("one attack"),
            ]), in: tenant)
        outcome.merged.append(merge.loser)
    }
}

extension ToldIncident {
    /// - Parameter alerts: those that were not its own before; nil leaves them out.
    fileprivate func body(alerts: [AlertID]?) -> CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "title": .text(title), "level": .integer(Int64(level.rawValue)),
            "risk": .integer(Int64(risk)), "confidence": .integer(Int64(confidence)),
            "first_seen": .integer(firstSeen?.nanoseconds),
            "last_seen": .integer(lastSeen?.nanoseconds), "story": .texts(story),
            "techniques": .texts(techniques), "entities": .texts(entities),
            "details": .text(details),
        ]
        if let alerts { members["alerts"] = .texts(alerts.map(\.text)) }
        return .object(members)
    }
}
