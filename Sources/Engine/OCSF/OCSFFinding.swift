package import Sigma

/// One technique a finding is about, under one tactic.
package struct OCSFAttack: Hashable, Sendable {
    /// `T1059.001`
    package var technique: String?
    package var techniqueName: String?
    /// `TA0002`
    package var tactic: String?
    package var tacticName: String?

    package init(
        technique: String?, techniqueName: String?, tactic: String?, tacticName: String?
    ) {
        self.technique = technique
        self.techniqueName = techniqueName
        self.tactic = tactic
        self.tacticName = tacticName
    }
}

/// Writes alerts as detection findings (2004) and incidents as incident findings (2005).
package struct OCSFFinding {
    /// Alerts named in one incident at most; the incident says how many there are.
    package static let findingsMax = 1000

    private let productVersion: String

    package init(productVersion: String) { self.productVersion = productVersion }

    /// - Parameter events: names of the records it fired on, as ``OCSFEvent`` gave them.
    package func bytes(
        of alert: Alert, rule: RuleMetadata?, attacks: [OCSFAttack], events: [String],
        incident: String?
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        let severity = OCSF.severity(levelRawValue: alert.level.rawValue)
        json.classification(.detectionFinding, activity: 1, named: "Create", severity: severity)
        json.member("time", alert.time.map(OCSF.milliseconds) ?? 0)
        metadata(
            &json, uid: alert.id, time: alert.time, incident: incident, hasDevice: alert.host != nil
        )
        json.member("status_id", 1)
        json.member("status", "New")
        json.member("is_alert", true)
        json.member("message", rule?.title ?? "Alert")
        json.object("finding_info") { info(&$0, alert, rule, attacks, events) }
        if let host = alert.host {
            json.object("device") { $0.device(host, source: alert.event.source) }
        }
        json.array("evidences") { list in
            list.object { evidence in
                evidence.object("data") { data in
                    data.array("matched") { matches in
                        for match in alert.matched { matches.object { $0.match(match) } }
                    }
                }
            }
        }
        json.observables(observables(alert))
        unmapped(&json, rule)
        json.endObject()
        return json.bytes
    }

    private func info(
        _ json: inout JSONWriter, _ alert: Alert, _ rule: RuleMetadata?, _ attacks: [OCSFAttack],
        _ events: [String]
    ) {
        json.member("uid", alert.id)
        json.member("title", rule?.title ?? "Alert")
        json.present("desc", rule?.description)
        json.present("created_time", alert.time.map(OCSF.milliseconds))
        json.object("analytic") {
            $0.member("uid", rule?.id ?? "unknown")
            $0.member("name", rule?.title ?? "unknown")
            $0.member("type_id", 1)
            $0.member("type", "Rule")
        }
        json.attacks(attacks)
        json.member("data_sources", [alert.event.source.rawValue])
        json.array("related_events") { list in
            for uid in events.prefix(Self.findingsMax) { list.object { $0.member("uid", uid) } }
        }
        json.member("related_events_count", events.count)
    }

    private func unmapped(_ json: inout JSONWriter, _ rule: RuleMetadata?) {
        guard let rule else { return }
        json.object("unmapped") {
            // The licence of many rules asks that their author is named wherever they match.
            $0.present("rule_author", rule.author)
            $0.present("rule_license", rule.license)
            $0.member("rule_tags", rule.tags)
            $0.member("rule_level", rule.level.name)
        }
    }

    private func observables(_ alert: Alert) -> [OCSFObservable] {
        var list: [OCSFObservable] = []
        if let host = alert.host {
            let isAddress = OCSF.isAddress(host)
            list.append(
                OCSFObservable(
                    name: isAddress ? "device.ip" : "device.hostname",
                    kind: isAddress ? .address : .hostname, value: host))
        }
        if let user = alert.user {
            list.append(OCSFObservable(name: "user.name", kind: .userName, value: user))
        }
        return list
    }

    private func metadata(
        _ json: inout JSONWriter, uid: String, time: Timestamp?, incident: String?, hasDevice: Bool
    ) {
        json.object("metadata") {
            $0.product(version: productVersion)
            $0.member("uid", uid)
            $0.present("correlation_uid", incident)
            $0.present("original_time", time?.text)
            if hasDevice { $0.member("profiles", ["host"]) }
            if time == nil { $0.member("labels", ["time-unknown"]) }
        }
    }

    /// - Parameter alerts: of this incident, with the rule of each.
    package func bytes(
        of incident: Incident, alerts: [(alert: Alert, rule: RuleMetadata?)], attacks: [OCSFAttack]
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        let level = incident.level.rawValue
        let severity = OCSF.severity(levelRawValue: level)
        json.classification(.incidentFinding, activity: 1, named: "Create", severity: severity)
        json.member("time", (incident.lastSeen ?? incident.firstSeen).map(OCSF.milliseconds) ?? 0)
        json.present("start_time", incident.firstSeen.map(OCSF.milliseconds))
        json.present("end_time", incident.lastSeen.map(OCSF.milliseconds))
        metadata(
            &json, uid: incident.id, time: incident.lastSeen ?? incident.firstSeen, incident: nil,
            hasDevice: false)
        json.member("status_id", 1)
        json.member("status", "New")
        json.member("message", incident.title)
        json.member("desc", incident.story.joined(separator: " "))
        // The schema demands an assignee; nobody has taken it yet.
        json.object("assignee_group") { $0.member("name", "unassigned") }
        let confidence = min(100, max(0, incident.confidence))
        json.member("confidence_score", confidence)
        json.member("confidence_id", confidence >= 70 ? 3 : confidence >= 40 ? 2 : 1)
        json.member("impact_score", min(100, max(0, incident.risk)))
        json.member("priority_id", min(4, max(1, level)))
        json.attacks(attacks)
        json.array("finding_info_list") { findings(&$0, incident, alerts) }
        json.observables(observables(incident))
        json.object("unmapped") {
            $0.member("risk", incident.risk)
            $0.member("alerts_count", alerts.count)
            $0.present("root", incident.root?.text)
        }
        json.endObject()
        return json.bytes
    }

    private func findings(
        _ json: inout JSONWriter, _ incident: Incident,
        _ alerts: [(alert: Alert, rule: RuleMetadata?)]
    ) {
        for (alert, rule) in alerts.prefix(Self.findingsMax) {
            json.object {
                $0.member("uid", alert.id)
                $0.member("title", rule?.title ?? "Alert")
                $0.present("created_time", alert.time.map(OCSF.milliseconds))
            }
        }
        guard alerts.isEmpty else { return }
        json.object {
            $0.member("uid", incident.id)
            $0.member("title", incident.title)
        }
    }

    private func observables(_ incident: Incident) -> [OCSFObservable] {
        incident.entities.compactMap { entity in
            let kind: OCSFObservable.Kind? =
                switch entity.kind {
                case .host, .domain: .hostname
                case .address: .address
                case .user, .cloudPrincipal: .userName
                case .process: .processName
                case .file: .filePath
                case .registryKey: .registryKeyPath
                case .session, .service, .scheduledTask, .cloudResource: nil
                }
            return kind.map {
                OCSFObservable(name: entity.kind.rawValue, kind: $0, value: entity.label)
            }
        }.prefix(OCSFObservable.countMax).map(\.self)
    }
}

extension JSONWriter {
    fileprivate mutating func match(_ match: Alert.Match) {
        present("field", match.field)
        member("value", match.value)
        member("selection", match.selection)
        member("asked", match.asked)
    }

    fileprivate mutating func attacks(_ attacks: [OCSFAttack]) {
        guard !attacks.isEmpty else { return }
        array("attacks") { list in
            for attack in attacks.prefix(200) { list.object { $0.attack(attack) } }
        }
    }

    private mutating func attack(_ attack: OCSFAttack) {
        if attack.tactic != nil || attack.tacticName != nil {
            object("tactic") {
                $0.present("uid", attack.tactic)
                $0.present("name", attack.tacticName)
            }
        }
        guard let technique = attack.technique else { return }
        let parts = technique.split(separator: ".", maxSplits: 1)
        let isSub = parts.count == 2
        object("technique") {
            $0.member("uid", String(parts[0]))
            if !isSub { $0.present("name", attack.techniqueName) }
        }
        guard isSub else { return }
        object("sub_technique") {
            $0.member("uid", technique)
            $0.present("name", attack.techniqueName)
        }
    }
}
