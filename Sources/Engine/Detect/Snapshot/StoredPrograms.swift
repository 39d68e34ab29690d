internal import Sigma

/// The compiled programs of a snapshot: read, checked and laid out when their class is met.
struct StoredPrograms: Sendable {
    static let classesMax = 4096

    private let source: SnapshotSource
    private let places: [ClassKey: SnapshotSection]
    private let limits: ImageCheck.Limits

    /// - Parameter directory: what ``directory(_:)`` made.
    init(
        directory: [UInt8], source: SnapshotSource, limits: ImageCheck.Limits
    ) throws(PackedFailure) {
        var reader = PackedReader(directory)
        var places: [ClassKey: SnapshotSection] = [:]
        for _ in 0..<(try reader.count(bytesEach: 29)) {
            let key = try reader.classKey()
            let start = try reader.long()
            let count = try reader.long()
            guard start <= UInt64(source.byteCount), count <= UInt64(source.byteCount) - start
            else { throw .invalid }
            places[key] = SnapshotSection(
                range: Int(start)..<Int(start + count), checksum: try reader.word())
        }
        guard reader.isAtEnd, places.count <= Self.classesMax else { throw .invalid }
        self.places = places
        self.source = source
        self.limits = limits
    }

    var keys: some Collection<ClassKey> { places.keys }

    /// As it lies in the file; nil when there is none, or it is damaged.
    func packed(_ key: ClassKey) -> [UInt8]? {
        guard let place = places[key] else { return nil }
        return try? source.read(place)
    }

    /// Nil when there is none, or it is damaged; it is compiled then.
    func program(_ key: ClassKey) -> ClassProgram? {
        guard let packed = packed(key) else { return nil }
        return try? Self.unpack(packed, limits: limits)
    }

    static func directory(_ places: [(key: ClassKey, section: SnapshotSection)]) -> [UInt8] {
        var writer = PackedWriter()
        writer.add(count: places.count)
        for (key, section) in places {
            writer.add(key)
            writer.add(UInt64(section.range.lowerBound))
            writer.add(UInt64(section.range.count))
            writer.add(section.checksum)
        }
        return writer.bytes
    }

    // MARK: one program

    /// What stands before the image's bytes, which run to the end.
    static func head(of program: ClassProgram) -> [UInt8]? {
        var writer = PackedWriter()
        writer.add(bytes: Array(program.activity.rawValue.utf8))
        var tables: [[String: FieldID]] = []
        var lists: [[Int]] = []
        for renames in program.renames {
            lists.append(
                renames.map { table in
                    if let known = tables.firstIndex(of: table) { return known }
                    tables.append(table)
                    return tables.count - 1
                })
        }
        writer.add(count: tables.count)
        for table in tables {
            writer.add(count: table.count)
            for (name, field) in table.sorted(by: { $0.key < $1.key }) {
                writer.add(bytes: Array(name.utf8))
                writer.add(field.rawValue)
            }
        }
        writer.add(count: lists.count)
        for list in lists {
            writer.add(count: list.count)
            for table in list { writer.add(count: table) }
        }
        let header = program.image.header
        for start in header.starts { writer.add(start) }
        for count in [
            header.planCount, header.searchCount, header.ruleCount, header.alwaysCount,
            header.atomCount, header.keywordCount,
        ] {
            writer.add(count)
        }
        return writer.isUnfit ? nil : writer.bytes
    }

    static func unpack(
        _ packed: [UInt8], limits: ImageCheck.Limits
    ) throws(PackedFailure) -> ClassProgram {
        var reader = PackedReader(packed)
        let name = String(decoding: try reader.run(), as: UTF8.self)
        guard let activity = Activity(rawValue: name) else { throw .invalid }
        let tables = try renameTables(&reader, limits)
        var renames: [[[String: FieldID]]] = []
        for _ in 0..<(try reader.count(bytesEach: 4)) {
            var list: [[String: FieldID]] = []
            for _ in 0..<(try reader.count(bytesEach: 4)) {
                let table = Int(try reader.word())
                guard table < tables.count else { throw .invalid }
                list.append(tables[table])
            }
            renames.append(list)
        }
        var starts: [UInt32] = []
        for _ in ImageTable.allCases { starts.append(try reader.word()) }
        let header = ImageHeader(
            starts: starts, planCount: try reader.word(), searchCount: try reader.word(),
            ruleCount: try reader.word(), alwaysCount: try reader.word(),
            atomCount: try reader.word(), keywordCount: try reader.word())
        guard renames.count == Int(header.ruleCount) else { throw .invalid }
        let image = try ProgramImage(
            header, bytes: Array(packed[reader.at..<reader.end]), within: limits)
        return ClassProgram(activity: activity, renames: renames, image: image)
    }

    private static func renameTables(
        _ reader: inout PackedReader, _ limits: ImageCheck.Limits
    ) throws(PackedFailure) -> [[String: FieldID]] {
        var tables: [[String: FieldID]] = []
        for _ in 0..<(try reader.count(bytesEach: 4)) {
            var table: [String: FieldID] = [:]
            for _ in 0..<(try reader.count(bytesEach: 8)) {
                let name = String(decoding: try reader.run(), as: UTF8.self)
                let field = try reader.word()
                guard Int(field) < limits.nameCount else { throw .invalid }
                table[name] = FieldID(rawValue: field)
            }
            tables.append(table)
        }
        return tables
    }
}

extension PackedWriter {
    mutating func add(_ key: ClassKey) {
        add(count: key.source)
        add(key.isSeveral)
        add(count: key.values.count)
        for value in key.values {
            switch value {
            case .absent: add(byte: 0)
            case .other: add(byte: 1)
            case .known(let text):
                add(byte: 2)
                add(bytes: text)
            }
        }
    }
}

extension PackedReader {
    mutating func classKey() throws(PackedFailure) -> ClassKey {
        let source = Int(try word())
        let isSeveral = try flag()
        var values: [ClassKey.Value] = []
        for _ in 0..<(try count(bytesEach: 1)) {
            switch try byte() {
            case 0: values.append(.absent)
            case 1: values.append(.other)
            case 2: values.append(.known(try run()))
            default: throw .invalid
            }
        }
        return ClassKey(source: source, values: values, isSeveral: isSeveral)
    }
}
