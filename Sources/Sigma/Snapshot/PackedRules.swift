/// Rules as they lie in packed bytes: what every run needs is read at once, a condition when it is
/// asked for.
package struct PackedRules: Sendable {
    package private(set) var metadata: [RuleMetadata] = []
    private var logsources: [Logsource] = []
    private var emitsAlerts: [Bool] = []
    private var conditions: [Range<Int>] = []
    private let bytes: [UInt8]
    private let strings: [String]

    package init(_ reader: inout PackedReader) throws(PackedFailure) {
        bytes = reader.bytes
        strings = reader.strings
        let count = try reader.count(bytesEach: 32)
        metadata.reserveCapacity(count)
        for _ in 0..<count {
            metadata.append(try reader.metadata())
            logsources.append(try reader.logsource())
            emitsAlerts.append(try reader.flag())
            conditions.append(try reader.range())
        }
    }

    package var count: Int { metadata.count }

    /// A condition that cannot be read never holds.
    package func rule(_ index: Int) -> Rule {
        var reader = PackedReader(bytes, range: conditions[index], strings: strings)
        let condition = (try? reader.expression()) ?? .any([])
        return Rule(
            metadata: metadata[index], logsource: logsources[index], condition: condition,
            emitsAlerts: emitsAlerts[index])
    }
}

extension PackedWriter {
    package mutating func add(_ rules: [Rule]) {
        add(count: rules.count)
        for rule in rules {
            add(rule.metadata)
            add(rule.logsource)
            add(rule.emitsAlerts)
            addPassable { $0.add(rule.condition) }
        }
    }

    mutating func add(_ metadata: RuleMetadata) {
        add(metadata.id)
        add(metadata.name)
        add(metadata.title)
        add(byte: UInt8(clamping: metadata.level.rawValue))
        add(metadata.status)
        add(metadata.author)
        add(metadata.license)
        add(metadata.description)
        add(metadata.tags)
        add(metadata.references)
        add(metadata.falsePositives)
        add(metadata.fields)
        add(metadata.source.path)
        add(count: metadata.source.line)
        add(count: metadata.source.column)
        add(metadata.revision)
    }

    mutating func add(_ logsource: Logsource) {
        add(logsource.product)
        add(logsource.category)
        add(logsource.service)
    }
}

extension PackedReader {
    mutating func metadata() throws(PackedFailure) -> RuleMetadata {
        let id = try text()
        let name = try optionalText()
        let title = try text()
        guard let level = Level(rawValue: Int(try byte())) else { throw .invalid }
        var metadata = RuleMetadata(
            id: id, name: name, title: title, level: level, source: SourceLocation(path: ""))
        metadata.status = try optionalText()
        metadata.author = try optionalText()
        metadata.license = try optionalText()
        metadata.description = try optionalText()
        metadata.tags = try texts()
        metadata.references = try texts()
        metadata.falsePositives = try texts()
        metadata.fields = try texts()
        metadata.source.path = try text()
        metadata.source.line = Int(try word())
        metadata.source.column = Int(try word())
        metadata.revision = try long()
        return metadata
    }

    mutating func logsource() throws(PackedFailure) -> Logsource {
        let product = try optionalText()
        let category = try optionalText()
        return Logsource(product: product, category: category, service: try optionalText())
    }
}
