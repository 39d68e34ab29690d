internal import Collect
package import Engine
package import Sigma
package import Store

/// The files that one content version is made of: from them any build of the program makes its rules again.
package struct ContentSources: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        package var path: String
        package var bytes: [UInt8]
    }

    /// In the order in which they were read.
    package private(set) var rules: [File] = []
    package private(set) var mappings: [File] = []
    /// What could not be read at all.
    package private(set) var unreadable: [File] = []

    private static let form = "kagari content sources 1"
    /// Of what ``packed`` makes.
    static let packedBytesMax = 128 << 20
    /// A path and two counts.
    private static let filesMax = 400_000

    /// Reads the folders.
    package init(_ folders: ContentShelf.Folders) {
        for folder in folders.rules {
            let listing = RuleFolder.files(at: folder)
            for problem in listing.problems {
                unreadable.append(
                    File(path: problem.path, bytes: Array(problem.failure.description.utf8)))
            }
            for file in listing.files where !file.path.hasSuffix(".test.yml") {
                rules.append(File(path: file.path, bytes: file.bytes))
            }
        }
        mappings = RuleFolder.files(at: folders.mappings).files.map {
            File(path: $0.path, bytes: $0.bytes)
        }
    }

    /// The version's name: a digest over all files, whatever they are called.
    package var name: String {
        var hash = StableHash()
        hash.add("kagari content 1")
        for file in rules { hash.add(file.bytes) }
        for file in mappings { hash.add(file.bytes) }
        return hash.text()
    }

    /// - Throws: where a mapping cannot be read.
    package func compile() throws(StoreFailure) -> (rules: RuleSet, problems: [RuleProblem]) {
        var loader = RuleLoader(options: .init(validateRegex: ContentShelf.refusal))
        for file in unreadable {
            loader.addUnreadable(
                path: file.path, message: String(decoding: file.bytes, as: UTF8.self))
        }
        for file in rules { loader.add(path: file.path, bytes: file.bytes) }
        var read: [Mapping] = []
        for file in mappings {
            do {
                read.append(
                    try MappingReader.read(
                        path: file.path, text: String(decoding: file.bytes, as: UTF8.self)))
            } catch {
                throw StoreFailure(
                    .refused,
                    "A mapping cannot be read; mend it, or take the folder of the release.",
                    cause: "\(error)")
            }
        }
        let collection = loader.finish()
        return (RuleSet(collection, mappings: read), collection.problems)
    }
}

extension ContentSources {
    package var packed: [UInt8] {
        get throws(StoreFailure) {
            var writer = StateWriter()
            writer.add(Self.form)
            for files in [rules, mappings] {
                writer.add(list: files) { writer, file in
                    writer.add(file.path)
                    writer.add(file.bytes)
                }
            }
            return try PackedText.pack(writer.bytes)
        }
    }

    /// Nil where these are no sources of the version `name`, whole and unchanged.
    package init?(packed: [UInt8], name: String) {
        guard let bytes = PackedText.unpack(packed) else { return nil }
        var reader = StateReader(bytes)
        do throws(StateReader.Failure) {
            guard try reader.text() == Self.form else { return nil }
            rules = try reader.list { reader throws(StateReader.Failure) in try File(&reader) }
            mappings = try reader.list { reader throws(StateReader.Failure) in try File(&reader) }
        } catch { return nil }
        guard reader.isAtEnd, rules.count + mappings.count <= Self.filesMax, self.name == name
        else { return nil }
    }
}

extension ContentSources.File {
    fileprivate init(_ reader: inout StateReader) throws(StateReader.Failure) {
        path = try reader.text()
        bytes = try reader.blob()
    }
}
