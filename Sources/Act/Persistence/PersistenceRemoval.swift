/// One foothold to be taken away: a file, lines of a file that others share, or a right that a file has.
package struct PersistenceRemoval: Hashable, Sendable {
    package enum Part: Hashable, Sendable {
        case wholeFile
        /// These lines, exactly as they stand, without their line ends.
        case lines([[UInt8]])
        /// The set-user-id and set-group-id bits.
        case elevation
        /// File capabilities.
        case capabilities
    }

    package var path: HostPath
    package var part: Part

    package init(path: HostPath, part: Part) {
        self.path = path
        self.part = part
    }

    package init(json: JSONValue) throws(ActFailure) {
        let fields = Fields(json, of: "an item")
        try fields.only(["path", "lines", "part"])
        path = try HostPath(json: json["path"])
        if json["lines"] != nil {
            var lines: [[UInt8]] = []
            for item in try fields.items("lines", 1...LineEdit.linesMax) {
                guard
                    let line = item.text.map({ Array($0.utf8) })
                        ?? item["hex"]?.text.flatMap(Hex.bytes),
                    !line.isEmpty, !line.contains(UInt8(ascii: "\n"))
                else {
                    throw ActFailure(
                        .refused, "a line is a text without line ends, or {\"hex\": …}")
                }
                lines.append(line)
            }
            part = .lines(lines)
            return
        }
        switch try fields.textIfThere("part", bytesMax: 32) ?? "file" {
        case "file": part = .wholeFile
        case "elevation": part = .elevation
        case "capabilities": part = .capabilities
        default: throw ActFailure(.refused, "`part` of an item is file, elevation or capabilities")
        }
    }
}
