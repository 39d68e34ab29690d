internal import Collect
package import Engine
package import Sigma
package import Store
internal import Synchronization

/// The versions of content (rules and mappings) that the log names, and the one that is wanted now.
///
/// A version is named by a digest over all its files, and kept as a compiled snapshot, so that a log is replayed with the rules it was read with though their
/// files have changed since. Rules are read from folders: the provider's for all tenants, and a tenant's own laid over them.
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
        var loader = RuleLoader(options: .init(validateRegex: Self.refusal))
        var hash = StableHash()
        hash.add("kagari content 1")
        for folder in folders.rules {
            let listing = RuleFolder.files(at: folder)
            for problem in listing.problems {
                loader.addUnreadable(path: problem.path, message: problem.failure.description)
            }
            for file in listing.files where !file.path.hasSuffix(".test.yml") {
                loader.add(path: file.path, bytes: file.bytes)
                hash.add(file.bytes)
            }
        }
        var mappings: [Mapping] = []
        let listing = RuleFolder.files(at: folders.mappings)
        for file in listing.files {
            hash.add(file.bytes)
            do {
                mappings.append(
                    try MappingReader.read(
                        path: file.path, text: String(decoding: file.bytes, as: UTF8.self)))
            } catch {
                throw StoreFailure(
                    .refused,
                    "A mapping cannot be read; mend it, or take the folder of the release.",
                    cause: "\(error)")
            }
        }
        guard !mappings.isEmpty else {
            throw StoreFailure(
                .missing, "There are no mappings in \(folders.mappings); name the folder `Content`."
            )
        }
        let name = hash.text()
        let collection = loader.finish()
        let rules = find(name) ?? RuleSet(collection, mappings: mappings)
        remember(name, rules)
        try keep(name, rules)
        return Loaded(name: name, rules: rules, problems: collection.problems)
    }

    /// The rules of a version; nil where it is not kept, or was kept by another version of the program.
    package func rules(of name: String) -> RuleSet? {
        if let rules = find(name) { return rules }
        guard ContentName.isName(name),
            let bytes = StateFiles.read(file(name), bytesMax: RuleSet.snapshotBytesMax),
            let rules = try? RuleSet(snapshot: SnapshotSource(bytes), key: key(name))
        else { return nil }
        remember(name, rules)
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

    private func keep(_ name: String, _ rules: RuleSet) throws(StoreFailure) {
        guard !StateFiles.exists(file(name)) else { return }
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

    private func file(_ name: String) -> String { "\(path)/\(name).rules" }

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
