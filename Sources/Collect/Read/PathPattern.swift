/// A path with wildcards, for when no shell has expanded it.
///
/// `*` and `?` stand for any bytes and any one character within a name, `[a-z]` and `[!a-z]` for
/// one ASCII character of a set, `**` as a whole name for any number of folders. Names that start
/// with a dot need a dot in the pattern.
struct PathPattern {
    static let depthMax = 128

    let parts: [[UInt8]]
    let isAbsolute: Bool

    /// - Returns: nil when the path has no wildcard.
    init?(_ path: [UInt8]) {
        guard path.contains(where: { $0 == 0x2a || $0 == 0x3f || $0 == 0x5b }) else { return nil }
        var parts: [[UInt8]] = []
        for part in path.split(separator: 0x2f) {
            // Two in a row mean what one means, and would try each folder many times.
            if part == [0x2a, 0x2a], parts.last == [0x2a, 0x2a] { continue }
            parts.append(Array(part))
        }
        self.parts = parts
        isAbsolute = path.first == 0x2f
    }

    /// What matches, sorted by bytes; at most `limit` paths.
    func matches(limit: Int) -> [[UInt8]] {
        var found: [[UInt8]] = []
        expand(isAbsolute ? [0x2f] : [], part: 0, depth: 0, limit: limit, into: &found)
        found.sort { $0.lexicographicallyPrecedes($1) }
        // `**/**` reaches a file on more than one way.
        var unique: [[UInt8]] = []
        for path in found where path != unique.last { unique.append(path) }
        return unique
    }

    private func expand(
        _ base: [UInt8], part: Int, depth: Int, limit: Int, into found: inout [[UInt8]]
    ) {
        guard part < parts.count else {
            if !base.isEmpty { found.append(base) }
            return
        }
        guard found.count < limit, depth <= Self.depthMax else { return }
        let pattern = parts[part]
        let isWild = pattern.contains { $0 == 0x2a || $0 == 0x3f || $0 == 0x5b }
        guard isWild else {
            let path = Self.join(base, pattern)
            if (try? FileStatus(path: path, followsLink: true)) != nil {
                expand(path, part: part + 1, depth: depth + 1, limit: limit, into: &found)
            }
            return
        }
        let isDeep = pattern == [0x2a, 0x2a]
        if isDeep, part + 1 < parts.count {
            expand(base, part: part + 1, depth: depth, limit: limit, into: &found)
        }
        let names = (try? DirectoryListing.names(in: base.isEmpty ? [0x2e] : base)) ?? []
        for name in names where name.first != 0x2e || pattern.first == 0x2e {
            let path = Self.join(base, name)
            let kind = (try? FileStatus(path: path, followsLink: false))?.kind
            if isDeep {
                if kind == .folder {
                    expand(path, part: part, depth: depth + 1, limit: limit, into: &found)
                } else if part + 1 == parts.count, kind == .file {
                    found.append(path)
                }
            } else if Self.matches(name, pattern), part + 1 == parts.count || kind != .file {
                expand(path, part: part + 1, depth: depth + 1, limit: limit, into: &found)
            }
        }
    }

    static func join(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
        if folder.isEmpty { return name }
        return folder.last == 0x2f ? folder + name : folder + [0x2f] + name
    }

    /// Whether one name fits one part of a pattern, in time |name| × |pattern| at worst.
    static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var at = 0
        var index = 0
        var star: (pattern: Int, name: Int)?
        while at < name.count {
            if index < pattern.count, pattern[index] == 0x2a {
                star = (index, at)
                index += 1
            } else if index < pattern.count, let step = one(pattern, &index, name, at) {
                at += step
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                index = last.pattern + 1
                at = last.name + 1
            } else {
                return false
            }
        }
        while index < pattern.count, pattern[index] == 0x2a { index += 1 }
        return index == pattern.count
    }

    /// Matches one character; on success moves `index` past what stood for it.
    ///
    /// - Returns: how many bytes of the name it took; nil when it does not match.
    private static func one(
        _ pattern: [UInt8], _ index: inout Int, _ name: [UInt8], _ at: Int
    ) -> Int? {
        switch pattern[index] {
        case 0x3f:
            index += 1
            var count = 1
            while at + count < name.count, name[at + count] & 0xc0 == 0x80 { count += 1 }
            return count
        case 0x5b:
            guard let close = pattern[(index + 1)...].dropFirst().firstIndex(of: 0x5d) else {
                break
            }
            var set = pattern[(index + 1)..<close]
            let isNegated = set.first == 0x21 || set.first == 0x5e
            if isNegated { set = set.dropFirst() }
            var isMember = false
            var member = set.startIndex
            while member < set.endIndex {
                if member + 2 < set.endIndex, set[member + 1] == 0x2d {
                    if set[member] <= name[at], name[at] <= set[member + 2] { isMember = true }
                    member += 3
                } else {
                    if set[member] == name[at] { isMember = true }
                    member += 1
                }
            }
            guard isMember != isNegated else { return nil }
            index = close + 1
            return 1
        default: break
        }
        guard pattern[index] == name[at] else { return nil }
        index += 1
        return 1
    }
}
