package import Engine
internal import Sigma
package import Store
package import Tenancy

/// Brings what the engine found into the ledger.
package struct FindingDesk: Sendable {
    private let ledger: Ledger
    private let scopes: ServiceScopes

    package init(ledger: Ledger, scopes: ServiceScopes) {
        self.ledger = ledger
        self.scopes = scopes
    }

    /// What the ledger has that it had not before.
    package struct Kept: Sendable {
        package var alerts: [AlertID]
        package var incidents: [IncidentID]
    }

    /// Keeps alerts, incidents and silences; what is kept already changes nothing.
    ///
    /// - Parameter now: when the alerts were made (T2).
    package func keep(
        _ found: Found, of tenant: TenantID, now: Timestamp
    ) async throws(StoreFailure) -> Kept {
        var batch = FindingBatch(through: found.through)
        batch.alerts = found.alerts.compactMap { KeptAlert($0, now: now) }
        for silence in found.silences where !silence.isOver {
            let told = SilenceAlert(silence, of: tenant)
            batch.alerts.append(told.alert(now: now))
            batch.incidents.append(told.incident)
        }
        for notice in found.notices {
            let told = AgentAlert(notice, of: tenant)
            batch.alerts.append(told.alert(now: now))
            batch.incidents.append(told.incident)
        }
        for change in found.incidents {
            switch change {
            case .told(let incident):
                if let told = ToldIncident(incident) { batch.incidents.append(told) }
            case .merged(let from, let into):
                if let loser = IncidentID(from), let survivor = IncidentID(into) {
                    batch.merges.append(.init(loser, into: survivor))
                }
            }
        }
        let alerts = batch.alerts.map(\.id)
        var changed: [IncidentID] = []
        for part in batch.parted {
            changed += try await ledger.keep(
                part, of: tenant, now: now, in: try scopes.findings(of: tenant)
            ).incidentsChanged
        }
        return Kept(alerts: alerts, incidents: changed)
    }
}

extension FindingBatch {
    /// In parts that the ledger takes, alerts before the incidents that name them.
    fileprivate var parted: [FindingBatch] {
        let most = LedgerLimits.findingsMax
        guard max(alerts.count, incidents.count, merges.count) > most else { return [self] }
        func pieces<Value>(_ values: [Value]) -> [[Value]] {
            stride(from: 0, to: values.count, by: most).map {
                Array(values[$0..<Swift.min($0 + most, values.count)])
            }
        }
        return pieces(alerts).map { FindingBatch(alerts: $0, through: 0) }
            + pieces(incidents).map { FindingBatch(incidents: $0, through: 0) }
            + pieces(merges).map { FindingBatch(merges: $0, through: 0) }
            + [FindingBatch(through: through)]
    }
}

extension KeptAlert {
    init?(_ found: Found.Alert, now: Timestamp) {
        let alert = found.alert.alert
        guard let id = AlertID(alert.id), let level = CaseLevel(rawValue: alert.level.rawValue)
        else { return nil }
        self.init(
            id: id, rule: found.alert.rule.id, title: found.alert.rule.title, level: level,
            host: alert.host, user: alert.user, time: alert.time, received: found.received,
            alerted: now, suppression: found.alert.suppressedBy, body: FindingText.json(of: found))
    }
}

extension ToldIncident {
    init?(_ told: LiveIncident) {
        let incident = told.incident
        guard let id = IncidentID(incident.id),
            let level = CaseLevel(rawValue: incident.level.rawValue)
        else { return nil }
        let kinds: Set<Entity.Kind> = [.host, .user, .cloudPrincipal, .process, .address]
        var names: [String] = []
        for entity in incident.entities
        where kinds.contains(entity.kind) && !names.contains(entity.label) {
            names.append(entity.label)
        }
        self.init(
            id: id, title: incident.title, level: level, risk: incident.risk,
            confidence: incident.confidence, firstSeen: incident.firstSeen,
            lastSeen: incident.lastSeen, story: incident.story, techniques: incident.techniques,
            entities: names, alerts: told.alertIDs.compactMap { AlertID($0) },
            details: FindingText.json(of: told))
    }
}
