internal import Engine
internal import Sigma

/// What the engine on the host found.
struct HostAlert: Sendable {
    var id: String
    var ruleID: String
    var ruleTitle: String
    var level: Level
    /// When it happened.
    var time: Timestamp
    /// Of the record it fired on, in the spool.
    var sequence: UInt64
    /// That record's fields, by their names in Sigma's taxonomy.
    var event: RetainedEvent

    /// As it is kept and sent.
    func record(at time: Timestamp) -> SpoolRecord {
        var json = JSONWriter()
        json.object { json in
            json.member("kagari", "host-alert")
            json.member("alert_id", id)
            json.member("rule_id", ruleID)
            json.member("rule", ruleTitle)
            json.member("level", level.name)
            json.member("time", self.time.text)
            json.member("sequence", Int64(clamping: sequence))
        }
        return SpoolRecord(content: json.bytes, time: time, value: .high)
    }
}

extension HostAlert {
    init(_ live: LiveAlert, at time: Timestamp) {
        self.init(
            id: live.alert.id, ruleID: live.rule.id, ruleTitle: live.rule.title,
            level: live.rule.level, time: live.alert.time ?? time, sequence: live.sequence,
            event: live.alert.event)
    }
}
