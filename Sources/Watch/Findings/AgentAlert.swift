internal import Engine
internal import Store
internal import Tenancy

/// A notice about an agent, as the alert and the incident that people see.
struct AgentAlert {
    private let told: Found.Notice
    private let id: String

    init(_ told: Found.Notice, of tenant: TenantID) {
        self.told = told
        var hash = StableHash()
        hash.add(tenant.text)
        hash.add(told.notice.kind.rule)
        hash.add(told.notice.agent.text)
        hash.add(UInt64(bitPattern: told.notice.time.nanoseconds))
        hash.add(told.notice.detail)
        id = hash.text()
    }

    private var notice: AgentNotice { told.notice }
    private var title: String { "\(notice.host): \(notice.kind.title)" }

    func alert(now: Timestamp) -> KeptAlert {
        var json = JSONWriter()
        json.object { json in
            json.member("alert_id", id)
            json.member("time", notice.time.text)
            json.member("level", notice.kind.level.name)
            json.object("rule") {
                $0.member("id", notice.kind.rule)
                $0.member("title", notice.kind.title)
            }
            json.member("source", notice.agent.text)
            json.member("host", notice.host)
            json.member("detail", notice.detail)
            json.member("noticed", told.noticed.text)
        }
        return KeptAlert(
            id: named(AlertID.self), rule: notice.kind.rule, title: title,
            level: notice.kind.level.level, host: notice.host, time: notice.time,
            received: told.noticed, alerted: now,
            body: String(decoding: json.bytes, as: UTF8.self))
    }

    var incident: ToldIncident {
        ToldIncident(
            id: named(IncidentID.self), title: title, level: notice.kind.level.level,
            risk: notice.kind.risk, confidence: 90, firstSeen: notice.time,
            lastSeen: told.noticed,
            story: [
                "\(notice.kind.title) on \(notice.host): \(notice.detail).", notice.kind.advice,
            ],
            techniques: notice.kind.techniques, entities: [notice.host],
            alerts: [named(AlertID.self)], details: "{}")
    }

    private func named<Kind>(_ kind: Identifier<Kind>.Type) -> Identifier<Kind> {
        guard let name = Identifier<Kind>(id) else {
            preconditionFailure("32 hex digits are a name")
        }
        return name
    }
}

extension AgentNotice.Kind {
    var rule: String { "kagari-agent-\(rawValue)" }

    fileprivate var title: String {
        switch self {
        case .stopped: "The agent was stopped"
        case .uninstalled: "The agent was uninstalled"
        case .silent: "The agent fell silent"
        case .killed: "The agent was killed"
        case .clock: "The clock was changed"
        case .tampered: "The agent's policy was changed on the host"
        case .gap: "Events of the agent are missing"
        case .drops: "The sensor lost events"
        case .contained: "The host acted by itself, as its policy says"
        }
    }

    fileprivate var risk: Int {
        switch self {
        case .tampered: 80
        case .killed, .uninstalled, .contained: 70
        case .silent, .clock: 50
        case .stopped, .gap, .drops: 40
        }
    }

    fileprivate var level: (level: CaseLevel, name: String) {
        risk >= 70 ? (.high, "high") : (.medium, "medium")
    }

    fileprivate var techniques: [String] {
        switch self {
        case .clock: ["T1070.006"]
        case .gap, .drops, .contained: []
        default: ["T1562.001"]
        }
    }

    fileprivate var advice: String {
        switch self {
        case .stopped, .uninstalled: "Ask who did that, and start it again where nobody was to."
        case .silent, .killed:
            "What happens there meanwhile is seen only when it is back: look at the host by another way."
        case .clock: "Times of this host's events are not to be trusted around then."
        case .tampered: "Somebody with rights over the agent works on that host: look at it now."
        case .gap, .drops:
            "What is missing is named by `kagari agents gaps`; look at the host's own logs."
        case .contained:
            "Look at the alert that it answered. An order to `undo` that order takes it back where it was not meant."
        }
    }
}
