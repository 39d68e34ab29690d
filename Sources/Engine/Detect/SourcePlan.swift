internal import Sigma

/// One mapping, its names turned into field ids. See docs/mappings.md.
struct SourcePlan: Sendable {
    struct Entry: Sendable {
        var logsource: Logsource
        /// For each class field the folded values accepted; nil accepts all.
        var when: [Set<[UInt8]>?]
        var activity: Activity?
        var fields: [String: FieldID]
        var isExtra: Bool
    }

    var kind: SourceKind
    var classFields: [FieldID]
    /// This kind when of one list each field is there, under any of its names.
    var recognise: [[[FieldID]]]
    var timeFields: [FieldID]
    var recordField: FieldID?
    var hostFields: [FieldID]
    var userFields: [FieldID]
    var entries: [Entry]
    /// For each class field the folded values that rules or entries can tell apart.
    var knownValues: [Set<[UInt8]>]

    /// - Parameters:
    ///   - decoded: how decoders name what they read.
    ///   - extras: whether entries marked `extra` count.
    init(
        _ mapping: Mapping, kind: SourceKind, names: inout FieldNames, decoded: PathRules,
        extras: Bool
    ) {
        self.kind = kind
        classFields = mapping.classFields.map { names.intern($0) }
        recognise = mapping.recognise.map { list in
            list.map { name in
                kind == .windows
                    ? [names.intern(name)]
                    : PathNaming.origins(of: name, in: mapping, decoded: decoded)
                        .map { names.intern($0) }
            }
        }
        timeFields = mapping.timeFields.map { names.intern($0) }
        recordField = mapping.recordField.map { names.intern($0) }
        hostFields = mapping.hostFields.map { names.intern($0) }
        userFields = mapping.userFields.map { names.intern($0) }
        entries = []
        knownValues = mapping.classFields.map { _ in [] }
        for entry in mapping.entries where extras || !entry.isExtra {
            var when: [Set<[UInt8]>?] = []
            for (position, field) in mapping.classFields.enumerated() {
                let values = entry.when[field].map { Set($0.map { CaseFolding.fold($0) }) }
                when.append(values)
                if let values { knownValues[position].formUnion(values) }
            }
            entries.append(
                Entry(
                    logsource: entry.logsource, when: when,
                    activity: entry.activity.flatMap(Activity.init(rawValue:)),
                    fields: entry.fields.mapValues { names.intern($0) }, isExtra: entry.isExtra))
        }
    }

    /// Adds the exact values that rules ask of class fields, so that classes tell them apart.
    mutating func learnValues(from expression: Expression, names: FieldNames) {
        switch expression {
        case .all(let parts), .any(let parts):
            for part in parts { learnValues(from: part, names: names) }
        case .not(let part): learnValues(from: part, names: names)
        case .test(let predicate):
            guard let name = predicate.field, let id = names.find(name),
                let position = classFields.firstIndex(of: id),
                case .text(let pattern) = predicate.test, !pattern.cased,
                case .exact(let literal) = pattern.shape
            else { return }
            knownValues[position].insert(literal)
        }
    }

    /// The entries an event with these class values belongs to, native ones first.
    func entries(for values: [ClassKey.Value]) -> [Entry] {
        let fitting = entries.filter { entry in
            zip(entry.when, values).allSatisfy { accepted, value in
                guard let accepted else { return true }
                if case .known(let text) = value { return accepted.contains(text) }
                return false
            }
        }
        return fitting.filter { !$0.isExtra } + fitting.filter(\.isExtra)
    }
}
