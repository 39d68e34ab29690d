import Engine
import Sigma

/// `--format ocsf`: JSON lines of OCSF 1.8.0. First every record that an alert fired on, once and
/// in order, then the alerts as detection findings, then the incidents as incident findings.
struct FindingLines {
    private let findings: Findings
    private var result: RunResult { findings.result }

    init(_ findings: Findings) { self.findings = findings }

    func write(to output: inout Output) throws {
        let version = findings.options.productVersion
        let events = OCSFEvent(productVersion: version)
        let writer = OCSFFinding(productVersion: version)
        var told: Set<UInt64> = []
        for index in findings.alerts {
            let alert = result.alerts[index]
            guard told.insert(alert.event.reference.order).inserted else { continue }
            let line = events.bytes(
                of: alert.event, uid: name(alert.event.reference), host: alert.host,
                user: alert.user)
            try output.write(line + [UInt8(ascii: "\n")])
        }
        for index in findings.alerts {
            let alert = result.alerts[index]
            let rule = findings.rule(alert.rule)
            let incident = findings.incident(ofAlert: index).map { result.incidents[$0].id }
            let line = writer.bytes(
                of: alert, rule: rule, attacks: attacks(rule?.tags ?? []),
                events: ([alert.event.reference] + alert.others).map(name), incident: incident)
            try output.write(line + [UInt8(ascii: "\n")])
        }
        for index in findings.incidents {
            let incident = result.incidents[index]
            let alerts = findings.alerts(of: incident).map { index in
                (alert: result.alerts[index], rule: findings.rule(result.alerts[index].rule))
            }
            let attacks = incident.techniques.map { attack(technique: $0, tactic: nil) }
            let line = writer.bytes(of: incident, alerts: alerts, attacks: attacks)
            try output.write(line + [UInt8(ascii: "\n")])
        }
    }

    /// `evidence/ws-042.evtx#4217`: names a record within one run.
    private func name(_ reference: RecordReference) -> String {
        "\(findings.path(reference) ?? "unknown")#\(reference.record)"
    }

    private func attacks(_ tags: [String]) -> [OCSFAttack] {
        let tags = AttackTags(tags)
        guard !tags.techniques.isEmpty else {
            return tags.tactics.map { attack(technique: nil, tactic: $0) }
        }
        return tags.techniques.flatMap { id in
            let tactics = tags.tactics(of: findings.options.techniques[id])
            return tactics.isEmpty
                ? [attack(technique: id, tactic: nil)]
                : tactics.map { attack(technique: id, tactic: $0) }
        }
    }

    private func attack(technique: String?, tactic: String?) -> OCSFAttack {
        OCSFAttack(
            technique: technique,
            techniqueName: technique.flatMap { findings.options.techniques[$0]?.name },
            tactic: tactic.flatMap { Tactic.named($0)?.id },
            tacticName: tactic.map(Tactic.title))
    }
}
