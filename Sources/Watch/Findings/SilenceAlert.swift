internal import Engine
internal import Store
internal import Tenancy

/// A source that fell silent, as the alert and the incident that people see.
struct SilenceAlert {
    static let rule = "kagari-source-silent"
    static let risk = 40

    private let silence: Silence
    private let id: String

    init(_ silence: Silence, of tenant: TenantID) {
        self.silence = silence
        var hash = StableHash()
        hash.add(tenant.text)
        hash.add(Self.rule)
        hash.add(silence.source.text)
        hash.add(UInt64(bitPattern: silence.since.nanoseconds))
        id = hash.text()
    }

    private var title: String { "Source \(silence.source) fell silent" }

    func alert(now: Timestamp) -> KeptAlert {
        var json = JSONWriter()
        json.object { json in
            json.member("alert_id", id)
            json.member("time", silence.since.text)
            json.member("level", "medium")
            json.object("rule") {
                $0.member("id", Self.rule)
                $0.member("title", "A log source fell silent beyond its habit")
            }
            json.member("source", silence.source.text)
            json.member("last_record", silence.since.text)
            json.member("noticed", silence.noticed.text)
        }
        return KeptAlert(
            id: named(AlertID.self), rule: Self.rule, title: title, level: .medium,
            time: silence.since, received: silence.noticed, alerted: now,
            body: String(decoding: json.bytes, as: UTF8.self))
    }

    var incident: ToldIncident {
        ToldIncident(
            id: named(IncidentID.self), title: title, level: .medium, risk: Self.risk,
            confidence: 90, firstSeen: silence.since, lastSeen: silence.noticed,
            story: [
                "Nothing came from the source \(silence.source) since \(silence.since.text).",
                "That is longer than this source is usually silent. What happens there is not seen: "
                    + "look whether the sender runs and reaches this server.",
            ],
            techniques: [], entities: [silence.source.text], alerts: [named(AlertID.self)],
            details: "{}")
    }

    private func named<Kind>(_ kind: Identifier<Kind>.Type) -> Identifier<Kind> {
        guard let name = Identifier<Kind>(id) else {
            preconditionFailure("32 hex digits are a name")
        }
        return name
    }
}
