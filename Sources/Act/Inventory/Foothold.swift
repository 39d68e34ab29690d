internal import Crypto

/// One file that starts something by itself, as it is.
package struct Foothold: Hashable, Sendable {
    /// Texts up to this size are remembered line by line.
    static let textBytesMax = 256 << 10
    static let linesMax = 4_096

    package var place: AutorunPlace
    package var path: HostPath
    package var kind: FileState.Kind
    package var digest: String
    package var bytes: Int64
    package var mode: UInt32
    package var owner: UInt32
    package var group: UInt32
    /// Capabilities in hexadecimal; nil where there are none.
    package var capabilities: String?
    /// The first 8 bytes of each line's SHA-256, in hexadecimal: tells which lines are new without keeping them. Nil where the
    /// file is no text or too large.
    package var lines: [String]?

    init(place: AutorunPlace, path: HostPath, look: FileLook) throws(ActFailure) {
        self.place = place
        self.path = path
        let state = look.state
        (kind, digest, bytes) = (state.kind, state.digest, state.bytes)
        (mode, owner, group) = (state.mode, state.owner, state.group)
        capabilities = state.attributes.first { $0.name.elementsEqual("security.capability".utf8) }
            .map { Hex.text($0.value) }
        guard place != .elevated, let file = look.file, bytes <= Self.textBytesMax else { return }
        let text = try file.readAll(bytesMax: Self.textBytesMax)
        let all = LineEdit.lines(of: text)
        guard !text.contains(0), all.count <= Self.linesMax else { return }
        lines = all.map { Self.mark(LineEdit.bare($0)) }
    }

    static func mark(_ line: [UInt8]) -> String { Hex.text(SHA256.hash(data: line).prefix(8)) }

    var key: String { "\(place.rawValue) \(path.json.line)" }

    package var json: JSONValue {
        .members([
            "place": .string(place.rawValue), "path": path.json, "kind": .string(kind.rawValue),
            "sha256": .string(digest), "bytes": .integer(bytes), "mode": .integer(Int64(mode)),
            "uid": .integer(Int64(owner)), "gid": .integer(Int64(group)),
            "capabilities": capabilities.map { .string($0) },
            "lines": lines.map { .array($0.map { .string($0) }) },
        ])
    }

    package init(json: JSONValue) throws(ActFailure) {
        let fields = Fields(json, of: "a foothold")
        guard let place = AutorunPlace(rawValue: try fields.text("place", bytesMax: 32)),
            let kind = FileState.Kind(rawValue: try fields.text("kind", bytesMax: 8))
        else {
            throw ActFailure(
                .refused, "a foothold of an unknown kind; is the file of a newer agent?")
        }
        self.place = place
        self.kind = kind
        path = try HostPath(json: json["path"])
        digest = try fields.text("sha256", bytesMax: 64)
        bytes = try fields.whole("bytes", 0...Int64.max)
        mode = UInt32(try fields.whole("mode", 0...0o7777))
        owner = UInt32(try fields.whole("uid", 0...Int64(UInt32.max)))
        group = UInt32(try fields.whole("gid", 0...Int64(UInt32.max)))
        capabilities = try fields.textIfThere("capabilities", bytesMax: 256)
        lines = json["lines"]?.items?.compactMap(\.text)
    }
}
