/// Finds rule files (`.yml`, `.yaml`) in a folder, a zip, a tar or tar.gz, or takes one file.
package enum RuleFolder {
    package static let fileBytesMax = 1 << 20
    package static let filesMax = 200_000
    package static let totalBytesMax = 512 << 20

    package struct File: Sendable {
        /// As the user would name it; members of archives as `archive.zip!member`.
        package var path: String
        package var bytes: [UInt8]
    }

    package struct Problem: Sendable {
        package var path: String
        package var failure: ReadFailure
    }

    /// What was found, sorted by the bytes of the path, and what could not be read.
    package struct Listing: Sendable {
        package var files: [File] = []
        package var problems: [Problem] = []
    }

    /// - Bounds: ``fileBytesMax`` a file, ``filesMax`` files, ``totalBytesMax`` in all; what is
    ///   beyond is a problem. Links are not followed, hidden names not looked at.
    package static func files(at path: String) -> Listing {
        var collector = Collector()
        let list = InputList([path], limits: ReadLimits())
        for entry in list.entries {
            if let problem = entry.problem {
                if problem.code != .unrecognised { collector.fail(entry.name, problem) }
                continue
            }
            if entry.origin == .found, !isRule(entry.name) { continue }
            do throws(ReadFailure) {
                try collector.add(entry)
            } catch {
                collector.fail(entry.name, error)
            }
        }
        collector.listing.files.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        return collector.listing
    }

    static func isRule(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasSuffix(".yml") || name.hasSuffix(".yaml")
    }
}

private struct Collector {
    var listing = RuleFolder.Listing()
    private var totalBytes = 0
    private var isFull = false

    mutating func fail(_ path: String, _ failure: ReadFailure) {
        listing.problems.append(RuleFolder.Problem(path: path, failure: failure))
    }

    mutating func add(_ entry: InputList.Entry) throws(ReadFailure) {
        guard entry.origin != .standardInput else {
            throw ReadFailure(.unsupported, "rules are not read from standard input; name a folder")
        }
        let limits = ReadLimits()
        let tally = Tally(limits: limits)
        let file = try OpenFile(path: entry.path, followsLink: entry.origin == .named)
        if file.status.kind == .file { tally.size = file.status.size }
        var stream: any ByteStream = FileStream(file, tally: tally)
        var isUnpacked = false
        var depth = 0
        let opener = ContainerOpener(limits: limits, tally: tally)
        while true {
            let peeked = PeekedStream(stream, headBytes: Container.headBytes)
            switch try opener.open(
                peeked, file: isUnpacked ? nil : file, depth: depth, isUnpacked: isUnpacked)
            {
            case .plain:
                try keep(peeked, entry.name)
                return
            case .stream(let inner, let level):
                (stream, depth, isUnpacked) = (inner, level, true)
            case .archive(let archive, _):
                try addMembers(of: archive, entry.name)
                return
            }
        }
    }

    private mutating func addMembers(of archive: any Archive, _ name: String) throws(ReadFailure) {
        while let member = try archive.nextMember() {
            guard RuleFolder.isRule(member.name), !Self.isHidden(member.name) else { continue }
            let path = name + "!" + member.name
            switch member.content {
            case .failure(let failure): fail(path, failure)
            case .success(let stream):
                do throws(ReadFailure) {
                    try keep(stream, path)
                } catch {
                    fail(path, error)
                }
            }
        }
    }

    /// As in folders: a part of the path starts with a dot, or a Mac put it there.
    private static func isHidden(_ name: String) -> Bool {
        name.split(separator: "/").contains { $0.hasPrefix(".") && $0 != "." && $0 != ".." }
            || name.hasPrefix("__MACOSX/")
    }

    private mutating func keep(_ stream: any ByteStream, _ path: String) throws(ReadFailure) {
        guard !isFull else { return }
        guard let bytes = try stream.rest(limit: RuleFolder.fileBytesMax) else {
            throw ReadFailure(
                .limit, "has more than \(RuleFolder.fileBytesMax) bytes, which no rule needs")
        }
        guard listing.files.count < RuleFolder.filesMax,
            totalBytes + bytes.count <= RuleFolder.totalBytesMax
        else {
            isFull = true
            throw ReadFailure(
                .limit,
                "more than \(RuleFolder.filesMax) files or \(RuleFolder.totalBytesMax) bytes of "
                    + "rules; the rest was not read, name fewer")
        }
        totalBytes += bytes.count
        listing.files.append(RuleFolder.File(path: path, bytes: bytes))
    }
}
