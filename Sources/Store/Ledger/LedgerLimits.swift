/// The bounds of everything the ledger takes in; docs/ledger.md states them too.
package enum LedgerLimits {
    /// One entry's body, canonical JSON.
    package static let bodyBytesMax = 1 << 20
    /// Nesting of arrays and objects in a body.
    package static let bodyDepthMax = 32
    /// A name, a title, a login, a tag's bound is its own.
    package static let titleBytesMax = 512
    /// A reason for a verdict, a merge, a suppression.
    package static let reasonBytesMax = 4096
    package static let commentBytesMax = 64 << 10
    package static let commentVersionsMax = 100
    package static let tagBytesMax = 64
    /// For each incident.
    package static let commentsMax = 1000
    package static let tasksMax = 500
    package static let evidenceMax = 500
    package static let tagsMax = 32
    /// Record sequences of one piece of evidence.
    package static let evidenceSequencesMax = 1000
    package static let conditionsMax = 16
    /// Alerts, or incidents, handed over in one call.
    package static let findingsMax = 10_000
    /// Alerts moved by one split.
    package static let splitAlertsMax = 10_000
    /// Rows of one page.
    package static let pageMax = 500
    /// Tenants of one scope, in a query: SQLite binds at most 32,766 values.
    package static let tenantsMax = 10_000
    /// Marks noted in one call.
    package static let marksMax = 10_000
    package static let secretBytesMax = 16 << 10
    /// How many merges an incident may be away from the one that took it in.
    package static let mergeDepthMax = 64
    /// Bytes of one line of an export: the body may be escaped.
    package static let exportLineBytesMax = 8 << 20
}
