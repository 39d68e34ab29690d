internal import Crypto

/// Takes lines out of a text that others share, or puts others in their place, and can take that back, also after others changed the text.
///
/// - A line is what stands before a line feed, with it; the last one may lack it. Bytes are never changed otherwise: no
///   carriage return, zero byte or missing last line feed is repaired.
/// - Limits: 1,000 lines an edit, texts of 4 MiB.
package struct LineEdit: Hashable, Sendable {
    package static let linesMax = 1_000
    package static let textBytesMax = 4 << 20

    package struct Part: Hashable, Sendable {
        /// Its place in the earlier text, from 0.
        package var index: Int
        package var old: [UInt8]
        /// Nil where the line is taken out.
        package var new: [UInt8]?
        /// SHA-256 of the nearest lines before and after it that stayed; nil at the ends.
        var previous: [UInt8]?
        var next: [UInt8]?
    }

    /// In the order of their places.
    package private(set) var parts: [Part]
    /// SHA-256 of the text as the edit left it.
    private var left: [UInt8]

    /// - Parameter decide: for each line without its line feed: the line to stand in its place, nil to take it out,
    ///   or itself to let it be.
    /// - Returns: nil where nothing changes.
    package static func of(
        _ text: [UInt8], _ decide: ([UInt8]) -> [UInt8]?
    ) throws(ActFailure) -> (edit: LineEdit, text: [UInt8])? {
        guard text.count <= textBytesMax else {
            throw ActFailure(.limit, "a text to edit has more than \(textBytesMax) bytes")
        }
        let lines = Self.lines(of: text)
        var kept: [(old: [UInt8], new: [UInt8]?)] = []
        for line in lines {
            let bare = Self.bare(line)
            let decided = decide(bare)
            let ending = Array(line[bare.count...])
            kept.append((line, decided.map { $0 + ending }))
        }
        var parts: [Part] = []
        for (index, line) in kept.enumerated() where line.new != line.old {
            let before = kept[..<index].last { $0.new == $0.old }?.old
            let after = kept[(index + 1)...].first { $0.new == $0.old }?.old
            parts.append(
                Part(
                    index: index, old: line.old, new: line.new, previous: before.map(digest),
                    next: after.map(digest)))
        }
        guard !parts.isEmpty else { return nil }
        guard parts.count <= linesMax else {
            throw ActFailure(.limit, "an edit changes more than \(linesMax) lines")
        }
        let left = Array(kept.compactMap(\.new).joined())
        return (LineEdit(parts: parts, left: Array(SHA256.hash(data: left))), left)
    }

    /// Puts the old lines back into a text that may have changed since; everything else in it stays as it is.
    ///
    /// A line taken out goes behind the line it followed, else before the one that followed it, else to the place it had. A replaced
    /// line is replaced back where it still stands as it was left.
    ///
    /// - Returns: nil where a replaced line is no more as it was left: then only a person can say what should be.
    package func undone(in text: [UInt8]) -> [UInt8]? {
        var lines = Self.lines(of: text)
        if left.elementsEqual(SHA256.hash(data: text)) {
            for part in parts where part.new != nil { lines[shifted(part)] = part.old }
            for part in parts where part.new == nil { lines.insert(part.old, at: part.index) }
            return Array(lines.joined())
        }
        for part in parts {
            if let new = part.new {
                if let at = lines.firstIndex(where: { Self.bare($0) == Self.bare(new) }) {
                    lines[at] = Self.bare(part.old) + lines[at][Self.bare(lines[at]).count...]
                } else if !lines.contains(where: { Self.bare($0) == Self.bare(part.old) }) {
                    return nil
                }
            }
        }
        var next = lines.startIndex
        for part in parts where part.new == nil {
            let place = place(of: part, in: lines, from: next)
            Self.insert(part.old, at: place, into: &lines)
            next = place + 1
        }
        return Array(lines.joined())
    }

    /// Where a replaced line stands in the text as the edit left it.
    private func shifted(_ part: Part) -> Int {
        part.index - parts.count { $0.new == nil && $0.index < part.index }
    }

    private func place(of part: Part, in lines: [[UInt8]], from start: Int) -> Int {
        // Lines taken out one after another share their neighbours: the later one goes behind the earlier one.
        if start > 0, part.index > 0,
            lines[start - 1] == parts.last(where: { $0.index == part.index - 1 })?.old
        {
            return start
        }
        if let previous = part.previous {
            let at = nearest(previous, in: lines, to: part.index - 1)
            if let at, at + 1 >= start { return at + 1 }
        } else if part.index == 0 || start > 0 {
            return start
        }
        if let next = part.next, let at = nearest(next, in: lines, to: part.index), at >= start {
            return at
        }
        return max(start, min(part.index, lines.count))
    }

    private func nearest(_ wanted: [UInt8], in lines: [[UInt8]], to index: Int) -> Int? {
        lines.indices.filter { Self.digest(lines[$0]) == wanted }
            .min { abs($0 - index) < abs($1 - index) }
    }

    private static func insert(_ line: [UInt8], at place: Int, into lines: inout [[UInt8]]) {
        var line = line
        // A last line without its end must not run into what comes behind it.
        if place > 0, lines[place - 1].last != lineFeed { lines[place - 1].append(lineFeed) }
        if place < lines.count, line.last != lineFeed { line.append(lineFeed) }
        lines.insert(line, at: place)
    }

    private static let lineFeed = UInt8(ascii: "\n")

    static func lines(of text: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        for (index, byte) in text.enumerated() where byte == lineFeed {
            lines.append(Array(text[start...index]))
            start = index + 1
        }
        if start < text.count { lines.append(Array(text[start...])) }
        return lines
    }

    static func bare(_ line: [UInt8]) -> [UInt8] {
        line.last == lineFeed ? Array(line.dropLast()) : line
    }

    private static func digest(_ line: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: bare(line)))
    }
}

extension LineEdit {
    var json: JSONValue {
        func hex(_ bytes: [UInt8]?) -> JSONValue? { bytes.map { .string(Hex.text($0)) } }
        let items = parts.map { part in
            JSONValue.members([
                "index": .integer(Int64(part.index)), "old": hex(part.old),
                "new": hex(part.new), "previous": hex(part.previous), "next": hex(part.next),
            ])
        }
        return .members(["left": hex(left), "parts": .array(items)])
    }

    init(json: JSONValue) throws(ActFailure) {
        let damaged = ActFailure(.damaged, "a kept edit is not what was written")
        guard let items = json["parts"]?.items, let left = json["left"]?.text.flatMap(Hex.bytes)
        else { throw damaged }
        self.left = left
        parts = []
        for item in items {
            func bytes(_ name: String) -> [UInt8]? { item[name]?.text.flatMap(Hex.bytes) }
            guard let index = item["index"]?.whole, let old = bytes("old") else { throw damaged }
            parts.append(
                Part(
                    index: Int(index), old: old, new: bytes("new"), previous: bytes("previous"),
                    next: bytes("next")))
        }
    }
}
