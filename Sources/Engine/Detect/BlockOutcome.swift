/// What one worker found in one block, to be taken in block order by the ordered stage.
package struct BlockOutcome: Sendable {
    package var source: Int
    package var sequence: UInt64
    package var records: UInt64 = 0
    package var bytes: Int = 0
    package var alerts: [Alert] = []
    /// Events the storyline learns from although nothing fired on them.
    package var observations: [RetainedEvent] = []
    /// Matches of rules that correlations refer to.
    package var occurrences: [RuleOccurrence] = []
    package var unparsed: [RunResult.Unparsed] = []
    package var unparsedByReason: [String: UInt64] = [:]
    package var truncatedFields: UInt64 = 0
}

/// A rule matched a record; what correlations count.
package struct RuleOccurrence: Sendable {
    /// Index into ``RuleSet/rules``.
    package var rule: Int
    package var event: RetainedEvent
    package var host: String?
    package var user: String?
}
