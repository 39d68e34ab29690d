/// Names that rotation makes from the name of a log: `app.log.1`, `app.log-20261128.gz`, `app.log.old`.
enum RotationName {
    private static let packed: [[UInt8]] = [".gz", ".zst", ".bz2", ".xz"].map { Array($0.utf8) }
    private static let words: [[UInt8]] = ["old", "bak", "orig", "save"].map { Array($0.utf8) }

    /// Whether `name` may hold what the log `other`, or a rotated form of it, held.
    static func mayHold(_ name: [UInt8], whatWasIn other: [UInt8]) -> Bool {
        guard name != other else { return false }
        let stem = stem(other)
        guard name.count > stem.count, name.starts(with: stem) else { return false }
        return self.stem(name) == stem
    }

    /// Whether rotation made the name of the file at `path`.
    static func isMade(_ path: [UInt8]) -> Bool {
        let name = split(path).name
        return stem(name) != name
    }

    /// What a name may be a copy of comes before it.
    enum Rank: CaseIterable {
        case log, rotated, packed
    }

    static func rank(of path: [UInt8]) -> Rank {
        if unpacked(path) != nil { return .packed }
        return isMade(path) ? .rotated : .log
    }

    /// The log's own path.
    static func log(of path: [UInt8]) -> [UInt8] {
        let name = split(path).name
        return Array(path.dropLast(name.count)) + stem(name)
    }

    /// The path of what was compressed into this one; nil where its name does not say that anything was.
    static func unpacked(_ path: [UInt8]) -> [UInt8]? {
        packed.first { path.count > $0.count && path.suffix($0.count) == $0[...] }
            .map { Array(path.dropLast($0.count)) }
    }

    /// Without what rotation appended.
    static func stem(_ name: [UInt8]) -> [UInt8] {
        var stem = name[...]
        for ending in packed
        where stem.count > ending.count && stem.suffix(ending.count) == ending[...] {
            stem = stem.dropLast(ending.count)
            break
        }
        while let mark = stem.lastIndex(where: { $0 == 0x2e || $0 == 0x2d || $0 == 0x5f }),
            mark > stem.startIndex
        {
            let last = stem[(mark + 1)...]
            let isNumber = (1...20).contains(last.count) && last.allSatisfy { $0 &- 0x30 <= 9 }
            guard isNumber || words.contains(Array(last)) else { break }
            stem = stem[..<mark]
        }
        return Array(stem)
    }

    static func split(_ path: [UInt8]) -> (folder: [UInt8], name: [UInt8]) {
        guard let slash = path.lastIndex(of: 0x2f) else { return ([0x2e], path) }
        return (slash == 0 ? [0x2f] : Array(path[..<slash]), Array(path[(slash + 1)...]))
    }
}
