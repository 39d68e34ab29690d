extension PackedWriter {
    package mutating func add(_ mappings: [Mapping]) {
        add(count: mappings.count)
        for mapping in mappings {
            add(mapping.source)
            add(mapping.classFields)
            add(count: mapping.recognise.count)
            for fields in mapping.recognise { add(fields) }
            add(count: mapping.paths.count)
            for path in mapping.paths {
                add(path.parts)
                add(path.field)
            }
            add(mapping.timeFields)
            add(mapping.recordField)
            add(mapping.hostFields)
            add(mapping.userFields)
            add(count: mapping.entries.count)
            for entry in mapping.entries {
                add(entry.logsource)
                add(count: entry.when.count)
                for (field, values) in entry.when.sorted(by: { $0.key < $1.key }) {
                    add(field)
                    add(values)
                }
                add(entry.activity)
                add(entry.fields)
                add(entry.isExtra)
            }
        }
    }
}

extension PackedReader {
    package mutating func mappings() throws(PackedFailure) -> [Mapping] {
        var mappings: [Mapping] = []
        for _ in 0..<(try count(bytesEach: 32)) { mappings.append(try mapping()) }
        return mappings
    }

    private mutating func mapping() throws(PackedFailure) -> Mapping {
        let source = try text()
        let classFields = try texts()
        guard classFields.count <= 2 else { throw .invalid }
        var recognise: [[String]] = []
        for _ in 0..<(try count(bytesEach: 4)) { recognise.append(try texts()) }
        var paths: [Mapping.Path] = []
        for _ in 0..<(try count(bytesEach: 8)) {
            let parts = try texts()
            paths.append(Mapping.Path(parts: parts, field: try text()))
        }
        let timeFields = try texts()
        let recordField = try optionalText()
        let hostFields = try texts()
        let userFields = try texts()
        var entries: [Mapping.Entry] = []
        for _ in 0..<(try count(bytesEach: 12)) { entries.append(try mappingEntry()) }
        return Mapping(
            source: source, classFields: classFields, recognise: recognise, paths: paths,
            timeFields: timeFields, recordField: recordField, hostFields: hostFields,
            userFields: userFields, entries: entries)
    }

    private mutating func mappingEntry() throws(PackedFailure) -> Mapping.Entry {
        let logsource = try logsource()
        var when: [String: [String]] = [:]
        for _ in 0..<(try count(bytesEach: 8)) {
            let field = try text()
            when[field] = try texts()
        }
        let activity = try optionalText()
        let fields = try textPairs()
        return Mapping.Entry(
            logsource: logsource, when: when, activity: activity, fields: fields,
            isExtra: try flag())
    }
}
