package import Sigma

/// One rule fired on one record, or one correlation on several.
///
/// `id` is 32 hex digits of a hash over (rule id, rule revision, ids of the records), so the same
/// input gives the same id on any machine.
package struct Alert: Sendable {
    /// Why it fired: the field, its value and the rule's own words.
    package struct Match: Hashable, Sendable {
        package var selection: String
        /// Nil for a keyword.
        package var field: String?
        /// At most 1 KiB; longer values are cut around the match.
        package var value: String
        /// What the rule asked, e.g. `|endswith \rundll32.exe`.
        package var asked: String

        package init(selection: String, field: String?, value: String, asked: String) {
            self.selection = selection
            self.field = field
            self.value = value
            self.asked = asked
        }
    }

    package var id: String
    /// Index into the run's ``RuleSet/metadata``.
    package var rule: Int
    package var level: Level
    package var time: Timestamp?
    package var host: String?
    package var user: String?
    package var matched: [Match]
    /// The record it fired on; for a correlation the last one needed.
    package var event: RetainedEvent
    /// The other records of a correlation, in order.
    package var others: [RecordReference]

    package init(
        id: String, rule: Int, level: Level, time: Timestamp?, host: String?, user: String?,
        matched: [Match], event: RetainedEvent, others: [RecordReference] = []
    ) {
        self.id = id
        self.rule = rule
        self.level = level
        self.time = time
        self.host = host
        self.user = user
        self.matched = matched
        self.event = event
        self.others = others
    }
}
