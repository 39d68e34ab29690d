package import Sigma

/// What one run over some input found: all that a report needs.
package struct RunResult: Sendable {
    package struct Source: Sendable {
        /// As the user would name it; members of archives as `archive.zip!member`.
        package var path: String
        package var format: RecordFormat?
        package var records: UInt64
        package var unparsed: UInt64
        /// Why the source could not be read at all; nil when it was.
        package var problem: String?
        /// Met on the way (in a folder or an archive) and no log: the problem is told, but nothing
        /// that was asked for failed.
        package var isPassedOver: Bool

        package init(
            path: String, format: RecordFormat? = nil, records: UInt64 = 0, unparsed: UInt64 = 0,
            problem: String? = nil, isPassedOver: Bool = false
        ) {
            self.path = path
            self.format = format
            self.records = records
            self.unparsed = unparsed
            self.problem = problem
            self.isPassedOver = isPassedOver
        }
    }

    /// One record that could not be read.
    package struct Unparsed: Sendable {
        package var source: Int
        package var offset: UInt64
        package var reason: String
        /// Its first bytes, at most 256.
        package var bytes: [UInt8]

        package init(source: Int, offset: UInt64, reason: String, bytes: [UInt8]) {
            self.source = source
            self.offset = offset
            self.reason = reason
            self.bytes = bytes
        }
    }

    package var sources: [Source] = []
    /// Rules and correlations in force; `Alert.rule` is an index into this.
    package var rules: [RuleMetadata] = []
    /// By order of the records, then rule.
    package var alerts: [Alert] = []
    /// Most severe first: by risk, then first seen, then id.
    package var incidents: [Incident] = []
    /// Incident of each alert, by index into ``alerts``; nil when it stands alone.
    package var incidentOfAlert: [Int?] = []
    package var unparsed: [Unparsed] = []
    package var unparsedByReason: [String: UInt64] = [:]
    package var records: UInt64 = 0
    package var bytes: UInt64 = 0

    package init() {}
}
