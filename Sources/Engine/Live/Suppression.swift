/// Says which alerts of a rule nobody needs to see, until when, by whose word.
///
/// A suppressed alert is kept and counted; it joins no incident.
package struct Suppression: Hashable, Sendable {
    /// One field and the values meant: `*` stands for any text, case does not count.
    package struct Condition: Hashable, Sendable {
        /// `host`, `user`, or a field of the record.
        package var field: String
        package var pattern: String

        package init(field: String, pattern: String) {
            self.field = field
            self.pattern = pattern
        }
    }

    package var id: String
    /// Nil where any rule is meant.
    package var ruleID: String?
    /// All of them must hold; an absent field does not.
    package var conditions: [Condition]
    package var expires: Timestamp

    package init(id: String, ruleID: String?, conditions: [Condition], expires: Timestamp) {
        self.id = id
        self.ruleID = ruleID
        self.conditions = conditions
        self.expires = expires
    }

    /// - Parameter received: when the record came; the engine has no other clock.
    func covers(_ alert: Alert, ruleID: String, received: Timestamp) -> Bool {
        guard received < expires, self.ruleID == nil || self.ruleID == ruleID else { return false }
        return conditions.allSatisfy { condition in
            let value =
                switch condition.field {
                case "host": alert.host ?? alert.event["host"]
                case "user": alert.user ?? alert.event["user"]
                default: alert.event[condition.field]
                }
            guard let value else { return false }
            return Self.matches(value, condition.pattern)
        }
    }

    /// `*` matches any run of bytes; letters of ASCII match in either case. Takes time in proportion to value × stars at most.
    static func matches(_ value: String, _ pattern: String) -> Bool {
        let value = Array(value.utf8.map(folded))
        let pattern = Array(pattern.utf8.map(folded))
        var at = 0
        var asked = 0
        var star: (asked: Int, at: Int)?
        while at < value.count {
            if asked < pattern.count, pattern[asked] == 0x2A {
                star = (asked, at)
                asked += 1
            } else if asked < pattern.count, pattern[asked] == value[at] {
                at += 1
                asked += 1
            } else if let last = star {
                star = (last.asked, last.at + 1)
                at = last.at + 1
                asked = last.asked + 1
            } else {
                return false
            }
        }
        return pattern[asked...].allSatisfy { $0 == 0x2A }
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        0x41...0x5A ~= byte ? byte | 0x20 : byte
    }

    package func write(to state: inout StateWriter) {
        state.add(id)
        state.add(ruleID) { $0.add($1) }
        state.add(list: conditions) { state, condition in
            state.add(condition.field)
            state.add(condition.pattern)
        }
        state.add(expires.nanoseconds)
    }

    package init(from state: inout StateReader) throws(StateReader.Failure) {
        self.init(
            id: try state.text(),
            ruleID: try state.optional { state throws(StateReader.Failure) in try state.text() },
            conditions: try state.list { state throws(StateReader.Failure) in
                Condition(field: try state.text(), pattern: try state.text())
            },
            expires: Timestamp(nanoseconds: try state.signed()))
    }
}
