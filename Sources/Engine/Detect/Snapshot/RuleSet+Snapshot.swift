internal import Sigma

extension RuleSet {
    /// A snapshot holds at most as many bytes; classes beyond are left out.
    package static let snapshotBytesMax = SnapshotTrailer.fileBytesMax

    /// The set that ``writeSnapshot(key:to:)`` wrote down: it answers as the one it was made from.
    ///
    /// - Parameters:
    ///   - source: may hold any bytes. It is asked for more as event classes are met; a class that
    ///     cannot be read then is compiled from the rules.
    ///   - key: what the snapshot must have been made from.
    package convenience init(
        snapshot source: SnapshotSource, key: SnapshotKey
    ) throws(SnapshotFailure) {
        let trailer = try SnapshotTrailer(source)
        guard trailer.key == key else { throw .otherContent }
        let core = try source.read(trailer.core)
        let directory = try source.read(trailer.directory)
        guard let core = try? SnapshotCore(core), let names = core.fieldNames(),
            let stored = try? StoredPrograms(
                directory: directory, source: source,
                limits: ImageCheck.Limits(
                    ruleCount: core.rules.count, nameCount: names.count,
                    regexCount: core.patterns.count)),
            let sources = Self.sources(of: core, names: names)
        else { throw .damaged }
        self.init(core, names: names, sources: sources, stored: stored)
    }

    /// How many classes the snapshot held that this set was made from.
    package var storedClasses: Int { stored?.keys.count ?? 0 }

    /// The sources as the mappings give them; nil where that does not fit the names or values.
    private static func sources(of core: SnapshotCore, names: FieldNames) -> [SourcePlan]? {
        var names = names
        let count = names.count
        var sources = RuleSet.plans(
            core.mappings, extras: core.extras, names: &names
        ).sources
        guard names.count == count, sources.count == core.knownValues.count else { return nil }
        for (index, known) in core.knownValues.enumerated() {
            guard known.count == sources[index].knownValues.count else { return nil }
            for (position, values) in known.enumerated() {
                sources[index].knownValues[position].formUnion(values)
            }
        }
        return sources
    }

    /// Writes down rules, mappings and all programs compiled so far, or held by the snapshot this
    /// set was made from.
    ///
    /// - Parameter sink: takes the file's bytes, part by part.
    /// - Returns: how many bytes and classes were written.
    @discardableResult
    package func writeSnapshot(
        key: SnapshotKey, to sink: ([UInt8]) throws -> Void
    ) throws -> (bytes: Int, classes: Int) {
        guard let core = packedCore else { throw SnapshotFailure.unfit }
        var magic = PackedWriter()
        magic.add(SnapshotTrailer.magic)
        try sink(magic.bytes)
        var at = magic.bytes.count
        let room = Self.snapshotBytesMax - core.count - SnapshotTrailer.byteCount - (1 << 20)
        var places: [(key: ClassKey, section: SnapshotSection)] = []
        for (key, program) in programsToStore() where places.count < StoredPrograms.classesMax {
            guard let parts = packedProgram(key, program) else { continue }
            let count = parts.reduce(0) { $0 + $1.count }
            guard count <= room - at else { continue }
            let checksum = parts.reduce(0) { SnapshotSection.checksum($1, continuing: $0) }
            for part in parts { try sink(part) }
            places.append((key, SnapshotSection(range: at..<at + count, checksum: checksum)))
            at += count
        }
        let directory = StoredPrograms.directory(places)
        guard
            at + core.count + directory.count + SnapshotTrailer.byteCount
                <= Self.snapshotBytesMax
        else { throw SnapshotFailure.unfit }
        try sink(core)
        try sink(directory)
        let middle = at + core.count
        let trailer = SnapshotTrailer(
            key: key,
            core: SnapshotSection(range: at..<middle, checksum: SnapshotSection.checksum(core)),
            directory: SnapshotSection(
                range: middle..<middle + directory.count,
                checksum: SnapshotSection.checksum(directory)))
        try sink(trailer.bytes)
        return (middle + directory.count + SnapshotTrailer.byteCount, places.count)
    }

    /// Classes in an order of their own, so that the same set gives the same file.
    private func programsToStore() -> [(key: ClassKey, program: ClassProgram?)] {
        let compiled = compiledPrograms
        var keys = Set(compiled.keys)
        if let stored { keys.formUnion(stored.keys) }
        let named = keys.map { key in
            var writer = PackedWriter()
            writer.add(key)
            return (name: writer.bytes, key: key)
        }
        return named.sorted { $0.name.lexicographicallyPrecedes($1.name) }
            .map { ($0.key, compiled[$0.key]) }
    }

    private func packedProgram(_ key: ClassKey, _ program: ClassProgram?) -> [[UInt8]]? {
        if let program {
            return StoredPrograms.head(of: program).map { [$0, program.image.bytes] }
        }
        return stored?.packed(key).map { [$0] }
    }
}
