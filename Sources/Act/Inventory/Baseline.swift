/// What starts by itself on a host at one moment, to compare a later one with.
package struct Baseline: Sendable {
    package static let bytesMax = 64 << 20

    /// Seconds since 1970, UTC.
    package var at: Int64
    package var footholds: [Foothold]

    package init(at: Int64, footholds: [Foothold]) {
        self.at = at
        self.footholds = footholds
    }

    /// One line a foothold, the first line saying when.
    package var bytes: [UInt8] {
        let head = JSONValue.members(["baseline": .integer(1), "at": .integer(at)])
        return ([head] + footholds.map(\.json)).flatMap { $0.bytes + [0x0A] }
    }

    /// - Throws: ``ActFailure`` with the line that is none.
    package init(_ bytes: [UInt8]) throws(ActFailure) {
        guard bytes.count <= Self.bytesMax else {
            throw ActFailure(.limit, "a baseline has more than \(Self.bytesMax) bytes")
        }
        let lines = bytes.split(separator: 0x0A)
        guard let first = lines.first, let head = try? JSONReader.value(of: Array(first)),
            head["baseline"]?.whole == 1, let at = head["at"]?.whole
        else { throw ActFailure(.refused, "line 1 is not the head of a baseline") }
        self.at = at
        footholds = []
        for (index, line) in lines.dropFirst().enumerated() {
            do throws(ActFailure) {
                footholds.append(try Foothold(json: try JSONReader.value(of: Array(line))))
            } catch {
                throw ActFailure(.refused, "line \(index + 2) of the baseline: \(error.message)")
            }
        }
    }

    package struct Difference: Sendable {
        package var added: [Foothold] = []
        package var removed: [Foothold] = []
        package var changed: [(before: Foothold, after: Foothold)] = []

        package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }
    }

    /// What is other in `later`.
    package func difference(to later: Baseline) -> Difference {
        let before = Dictionary(footholds.map { ($0.key, $0) }) { one, _ in one }
        let after = Dictionary(later.footholds.map { ($0.key, $0) }) { one, _ in one }
        var difference = Difference()
        for foothold in later.footholds {
            guard let earlier = before[foothold.key] else {
                difference.added.append(foothold)
                continue
            }
            if earlier != foothold { difference.changed.append((earlier, foothold)) }
        }
        difference.removed = footholds.filter { after[$0.key] == nil }
        return difference
    }
}

extension Baseline.Difference {
    /// The removals that would bring a host back to the baseline: new files go, new lines go, new rights go. What a baseline does not
    /// keep (text that was removed or replaced) is said instead of being guessed.
    ///
    /// - Parameter root: where the changed files are read.
    package func removals(
        in root: RootFolder
    ) throws(ActFailure) -> (removals: [PersistenceRemoval], beyond: [String]) {
        var removals: [PersistenceRemoval] = []
        var beyond: [String] = removed.map { "\($0.path) is gone; a baseline keeps no contents" }
        for one in added {
            guard one.place == .elevated else {
                removals.append(PersistenceRemoval(path: one.path, part: .wholeFile))
                continue
            }
            if one.mode & 0o6000 != 0 { removals.append(.init(path: one.path, part: .elevation)) }
            if one.capabilities != nil {
                removals.append(.init(path: one.path, part: .capabilities))
            }
        }
        for (before, after) in changed {
            if after.mode & ~before.mode & 0o6000 != 0 {
                removals.append(.init(path: after.path, part: .elevation))
            }
            guard before.digest != after.digest else { continue }
            guard let old = before.lines, let new = after.lines else {
                beyond.append(
                    "\(after.path) has other content; bring it back from its package or a backup")
                continue
            }
            let known = Set(old)
            let text = try AccountFiles(root: root).text(after.path) ?? []
            let lines = LineEdit.lines(of: text).map(LineEdit.bare)
                .filter { !$0.isEmpty && !known.contains(Foothold.mark($0)) }
            if !lines.isEmpty { removals.append(.init(path: after.path, part: .lines(lines))) }
            if !known.isSubset(of: Set(new)) {
                beyond.append("\(after.path) lost lines; bring them back from a backup")
            }
        }
        return (removals, beyond)
    }
}

extension PersistenceRemoval {
    package var json: JSONValue {
        switch part {
        case .wholeFile: return .members(["path": path.json])
        case .elevation: return .members(["path": path.json, "part": .string("elevation")])
        case .capabilities: return .members(["path": path.json, "part": .string("capabilities")])
        case .lines(let lines):
            let texts = lines.map { line in
                String(validating: line, as: UTF8.self).map { JSONValue.string($0) }
                    ?? .members(["hex": .string(Hex.text(line))])
            }
            return .members(["path": path.json, "lines": .array(texts)])
        }
    }
}

/// A baseline as a file anywhere.
package enum InventoryFile {
    /// Nil where there is no such file.
    package static func read(_ path: String) throws(ActFailure) -> [UInt8]? {
        try JournalFolder.read(path, bytesMax: Baseline.bytesMax)
    }
}
