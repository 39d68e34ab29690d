internal import Sigma

/// What one kind of log calls its fields, where that is more than its decoder knows.
///
/// JSON and tables are decoded before their kind is known: under the names of Windows events, which
/// are most, and otherwise under the path as it stands. This gives them their kind's own names.
struct PathNaming: Sendable {
    private let paths: PathRules
    /// Names that the decoder gave for Windows' sake → what they are here.
    private let taken: [String: String]

    init(_ mapping: Mapping, decoded: PathRules) {
        paths = PathRules([mapping])
        var asked = mapping.paths.map { $0.parts.joined(separator: ".") }
        asked += mapping.recognise.flatMap { $0 } + mapping.classFields + mapping.timeFields
        asked += mapping.hostFields + mapping.userFields
        for entry in mapping.entries { asked += entry.fields.values.sorted() }
        var taken: [String: String] = [:]
        for name in asked {
            let found = decoded.field(of: name).name
            if found != name, taken[found] == nil { taken[found] = paths.field(of: name).name }
        }
        self.taken = taken
    }

    func name(of decoded: String) -> String { taken[decoded] ?? paths.field(of: decoded).name }

    /// The names under which the decoder may have left the field that is `name` here.
    static func origins(of name: String, in mapping: Mapping, decoded: PathRules) -> [String] {
        var origins = [name, decoded.field(of: name).name]
        for path in mapping.paths where path.field == name {
            origins.append(decoded.field(of: path.parts.joined(separator: ".")).name)
        }
        var unique: [String] = []
        for origin in origins where !unique.contains(origin) { unique.append(origin) }
        return unique
    }
}

/// The new names of one kind for the ids of one worker, filled as ids are met.
struct RenameTable {
    private let naming: PathNaming
    /// By id: the new id plus one; 0 where it has not been asked yet.
    private var table: [UInt32] = []

    init(_ naming: PathNaming) { self.naming = naming }

    mutating func rename(_ event: inout EventBuffer) {
        while let unknown = event.rename(by: table) {
            let id = Int(unknown.rawValue)
            if id >= table.count {
                table += Array(repeating: 0, count: id + 1 - table.count)
            }
            let name = naming.name(of: event.names.name(unknown))
            let new = unknown == FieldNames.overflow ? unknown : event.names.intern(name)
            table[id] = new.rawValue + 1
        }
    }
}
