package import Engine
package import Sigma
package import Store
internal import Synchronization

/// The versions of content (rules and mappings) that the log names, and the one that is wanted now.
///
/// A version is named by a digest over all its files, and kept with them (`NAME.sources`) and as a compiled snapshot (`NAME.rules`), so that a log is
/// replayed with the rules it was read with though their files and the program have changed since. Rules are read from folders: the provider's for all tenants, and a tenant's own laid over them.
package final class ContentShelf: Sendable {
    /// What rules a tenant has, and where they lie.
    package struct Folders: Hashable, Sendable {
        /// Folders or files of rules.
        package var rules: [String]
        package var mappings: String

        package init(rules: [String], mappings: String) {
            self.rules = rules
            self.mappings = mappings
        }
    }

    /// What reading the folders came to.
    package struct Loaded: Sendable {
        package var name: String
        package var rules: RuleSet
        /// Everything that kept documents from being loaded.
        package var problems: [RuleProblem]
    }

    static let versionsInMemory = 4

    private let path: String
    /// What a snapshot is good for: one program's form of it.
    private let programVersion: String
    private let known = Mutex<[(name: String, rules: RuleSet)]>([])

    /// - Parameter path: where versions are kept.
    package init(path: String, programVersion: String) {
        self.path = path
        self.programVersion = programVersion
    }

    /// Reads the folders, and keeps what is read as a version.
    ///
    /// - Throws: where nothing could be read at all, or nothing can be kept.
    package func load(_ folders: Folders) throws(StoreFailure) -> Loaded {
        let sources = ContentSources(folders)
        guard !sources.mappings.isEmpty else {
            throw StoreFailure(
                .missing, "There are no mappings in \(folders.mappings); name the folder `Content`."
            )
        }
        let name = sources.name
        let compiled = try sources.compile()
        let rules = find(name) ?? compiled.rules
        remember(name, rules)
        try keep(sources, as: name)
        if !StateFiles.exists(snapshotFile(name)) { try keep(rules, as: name) }
        return Loaded(name: name, rules: rules, problems: compiled.problems)
    }

    /// The rules of a version; nil where it is not kept.
    ///
    /// Its snapshot is taken where this program made it; else the rules are compiled anew from the files that are kept beside.
    package func rules(of name: String) -> RuleSet? {
        if let rules = find(name) { return rules }
        guard ContentName.isName(name) else { return nil }
        if let bytes = StateFiles.read(snapshotFile(name), bytesMax: RuleSet.snapshotBytesMax),
            let rules = try? RuleSet(snapshot: SnapshotSource(bytes), key: key(name))
        {
            remember(name, rules)
            return rules
        }
        guard
            let packed = StateFiles.read(
                sourcesFile(name), bytesMax: ContentSources.packedBytesMax),
            let sources = ContentSources(packed: packed, name: name),
            let rules = try? sources.compile().rules
        else { return nil }
        remember(name, rules)
        // Only spares the next start the compiling.
        try? keep(rules, as: name)
        return rules
    }

    /// Rules of nothing, in force until a log names some.
    package static let noRules = RuleSet(RuleCollection(), mappings: [])

    private func find(_ name: String) -> RuleSet? {
        known.withLock { $0.first { $0.name == name }?.rules }
    }

    private func remember(_ name: String, _ rules: RuleSet) {
        known.withLock { known in
            known.removeAll { $0.name == name }
            known.append((name, rules))
            if known.count > Self.versionsInMemory { known.removeFirst() }
        }
    }

    private func keep(_ sources: ContentSources, as name: String) throws(StoreFailure) {
        guard !StateFiles.exists(sourcesFile(name)) else { return }
        let packed = try sources.packed
        guard packed.count <= ContentSources.packedBytesMax else {
            throw StoreFailure(
                .tooLarge,
                "The files of the rules are \(packed.count) bytes when they are packed; a content "
                    + "version holds \(ContentSources.packedBytesMax).")
        }
        try StateFiles.makeFolder(path)
        try StateFiles.write(packed, as: "\(name).sources", in: path)
    }

    private func keep(_ rules: RuleSet, as name: String) throws(StoreFailure) {
        try StateFiles.makeFolder(path)
        var bytes: [UInt8] = []
        do {
            try rules.writeSnapshot(key: key(name)) { bytes += $0 }
        } catch {
            throw StoreFailure(
                .tooLarge, "The rules are more than a content version can hold.", cause: "\(error)")
        }
        try StateFiles.write(bytes, as: "\(name).rules", in: path)
    }

    private func snapshotFile(_ name: String) -> String { "\(path)/\(name).rules" }
    private func sourcesFile(_ name: String) -> String { "\(path)/\(name).sources" }

    private func key(_ name: String) -> SnapshotKey {
        var hash = StableHash()
        hash.add(programVersion)
        hash.add(name)
        let (high, low) = hash.finish()
        return SnapshotKey(high: high, low: low)
    }

    static let refusal: @Sendable (RegexPattern) -> String? = { pattern in
        do throws(RegexFailure) {
            _ = try LinearRegex(pattern)
            return nil
        } catch {
            return error.description
        }
    }
}
