/// How one kind of log is turned into what rules ask for. See docs/mappings.md for the file format.
package struct Mapping: Sendable {
    /// A `SourceKind` raw value.
    package var source: String
    /// At most two fields; events with equal values meet the same rules.
    package var classFields: [String]
    /// A JSON object is of this kind when every field of one list is present.
    package var recognise: [[String]]
    package var paths: [Path]
    package var timeFields: [String]
    package var recordField: String?
    package var hostFields: [String]
    package var userFields: [String]
    package var entries: [Entry]

    /// One JSON path, split at its dots, and the field it becomes.
    package struct Path: Sendable, Hashable {
        package var parts: [String]
        /// `*` stands for what the last `*` of the path stood for, spaces removed.
        package var field: String
    }

    /// Events that belong to one Sigma log source.
    package struct Entry: Sendable {
        package var logsource: Logsource
        /// Class field → accepted values, compared as text without regard to ASCII case.
        package var when: [String: [String]]
        /// An `Activity` raw value.
        package var activity: String?
        /// What a rule asks for → what the event calls it.
        package var fields: [String: String]
        package var isExtra: Bool
    }
}

/// Why a mapping file was refused, with its place.
package struct MappingProblem: Error, Sendable, CustomStringConvertible {
    package var location: SourceLocation
    package var message: String
    package var description: String { "\(location): \(message)" }
}
