internal import Sigma

/// The part of a snapshot that every run needs: all about the rules but the compiled programs.
struct SnapshotCore: Sendable {
    /// As it lies in the file, to be written again as it is.
    let bytes: [UInt8]
    let rules: PackedRules
    let correlations: [Correlation]
    let refusedByReason: [String: Int]
    /// In the order in which they count.
    let mappings: [Mapping]
    let extras: Bool
    /// For each source and each of its class fields the values told apart.
    let knownValues: [[[[UInt8]]]]
    /// Field names in the order of their ids, from 1.
    let names: [String]
    let patterns: [RegexPattern]

    init(_ bytes: [UInt8]) throws(PackedFailure) {
        self.bytes = bytes
        var reader = PackedReader(bytes)
        try reader.readStrings()
        rules = try PackedRules(&reader)
        correlations = try reader.correlations()
        var refused: [String: Int] = [:]
        for _ in 0..<(try reader.count(bytesEach: 8)) {
            let reason = try reader.text()
            refused[reason] = Int(try reader.word())
        }
        refusedByReason = refused
        mappings = try reader.mappings()
        extras = try reader.flag()
        var known: [[[[UInt8]]]] = []
        for _ in 0..<(try reader.count(bytesEach: 4)) {
            var fields: [[[UInt8]]] = []
            for _ in 0..<(try reader.count(bytesEach: 4)) {
                var values: [[UInt8]] = []
                for _ in 0..<(try reader.count(bytesEach: 4)) { values.append(try reader.run()) }
                fields.append(values)
            }
            known.append(fields)
        }
        knownValues = known
        names = try reader.texts()
        var patterns: [RegexPattern] = []
        for _ in 0..<(try reader.count(bytesEach: 7)) { patterns.append(try reader.regexPattern()) }
        self.patterns = patterns
        // A class is known by its source in one byte.
        guard reader.isAtEnd, mappings.count <= 255, names.count < FieldNames.countMax else {
            throw .invalid
        }
    }

    /// Nil when the rules do not fit the form.
    static func encode(_ rules: RuleSet) -> [UInt8]? {
        var writer = PackedWriter()
        writer.add(rules.rules)
        writer.add(rules.correlations)
        writer.add(count: rules.refusedByReason.count)
        for (reason, count) in rules.refusedByReason.sorted(by: { $0.key < $1.key }) {
            writer.add(reason)
            writer.add(count: count)
        }
        writer.add(rules.mappings)
        writer.add(rules.extras)
        writer.add(count: rules.sources.count)
        for source in rules.sources {
            writer.add(count: source.knownValues.count)
            for values in source.knownValues {
                writer.add(count: values.count)
                for value in values.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                    writer.add(bytes: value)
                }
            }
        }
        let names = rules.names
        writer.add((1..<max(1, names.count)).map { names.name(FieldID(rawValue: UInt32($0))) })
        writer.add(count: rules.regexes.shelf.count)
        for pattern in rules.regexes.shelf.patterns { writer.add(pattern) }
        return writer.isUnfit ? nil : writer.packedStrings + writer.bytes
    }

    /// The catalogue with each name under its old id; nil when names repeat.
    func fieldNames() -> FieldNames? {
        var catalogue = FieldNames()
        for (index, name) in names.enumerated() where catalogue.intern(name).rawValue != index + 1 {
            return nil
        }
        return catalogue
    }
}
