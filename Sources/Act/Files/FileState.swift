internal import Crypto

/// All of a file that an action may change and an undo must bring back. Where the inode lies is no part of it.
///
/// - `accessed` is kept and restored, but does not count for equality: whoever reads the file changes it.
/// - Of a symbolic link: owner, `modified` and where it points to; size and content are those of its target's name.
package struct FileState: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable { case file, link }

    package struct Moment: Hashable, Sendable {
        package var seconds: Int64
        package var nanoseconds: Int64
    }

    package struct Attribute: Hashable, Sendable {
        package var name: [UInt8]
        package var value: [UInt8]
    }

    package var kind: Kind
    /// The lower 12 bits: permissions, set-user-id, set-group-id, sticky.
    package var mode: UInt32
    package var owner: UInt32
    package var group: UInt32
    package var bytes: Int64
    /// SHA-256 of the content, in hexadecimal digits.
    package var digest: String
    /// Extended attributes in order of their names; access control lists and capabilities are among them.
    package var attributes: [Attribute]
    package var modified: Moment
    package var accessed: Moment
    /// Immutable (0x10) and append-only (0x20).
    package var flags: UInt32

    /// Equal in everything but when it was last read.
    package func isSame(as other: FileState) -> Bool {
        var one = self
        one.accessed = other.accessed
        return one == other
    }

    /// Equal but for the flags, which are cleared before and set after everything else.
    func isSameButFlags(as other: FileState) -> Bool {
        var one = self
        one.flags = other.flags
        return one.isSame(as: other)
    }
}

extension FileState {
    package var json: JSONValue {
        .members([
            "kind": .string(kind.rawValue), "mode": .integer(Int64(mode)),
            "uid": .integer(Int64(owner)), "gid": .integer(Int64(group)),
            "bytes": .integer(bytes), "sha256": .string(digest),
            "attributes": .array(
                attributes.map {
                    .array([.string(Hex.text($0.name)), .string(Hex.text($0.value))])
                }),
            "modified": .array([.integer(modified.seconds), .integer(modified.nanoseconds)]),
            "accessed": .array([.integer(accessed.seconds), .integer(accessed.nanoseconds)]),
            "flags": .integer(Int64(flags)),
        ])
    }

    package init(json: JSONValue) throws(ActFailure) {
        func number(_ name: String) throws(ActFailure) -> Int64 {
            guard let value = json[name]?.whole else { throw Self.damaged }
            return value
        }
        func moment(_ name: String) throws(ActFailure) -> Moment {
            guard let parts = json[name]?.items, parts.count == 2, let seconds = parts[0].whole,
                let nanoseconds = parts[1].whole
            else { throw Self.damaged }
            return Moment(seconds: seconds, nanoseconds: nanoseconds)
        }
        guard let kind = json["kind"]?.text.flatMap(Kind.init), let digest = json["sha256"]?.text,
            let pairs = json["attributes"]?.items
        else { throw Self.damaged }
        self.kind = kind
        self.digest = digest
        mode = UInt32(truncatingIfNeeded: try number("mode"))
        owner = UInt32(truncatingIfNeeded: try number("uid"))
        group = UInt32(truncatingIfNeeded: try number("gid"))
        bytes = try number("bytes")
        flags = UInt32(truncatingIfNeeded: try number("flags"))
        modified = try moment("modified")
        accessed = try moment("accessed")
        attributes = []
        for pair in pairs {
            guard let parts = pair.items, parts.count == 2,
                let name = parts[0].text.flatMap(Hex.bytes),
                let value = parts[1].text.flatMap(Hex.bytes)
            else { throw Self.damaged }
            attributes.append(Attribute(name: name, value: value))
        }
    }

    private static var damaged: ActFailure {
        ActFailure(.damaged, "a kept file state is not what was written")
    }
}

/// A SHA-256 over what an action is about, to compare before, after and undone.
package enum StateHash {
    package static func of(_ path: HostPath, _ state: FileState?) -> [UInt8] {
        var still = state
        still?.accessed = FileState.Moment(seconds: 0, nanoseconds: 0)
        let value = JSONValue.array([path.json, still?.json ?? .null])
        return Array(SHA256.hash(data: value.bytes))
    }

    package static func of(_ parts: [[UInt8]]) -> String {
        Hex.text(SHA256.hash(data: Array(parts.joined())))
    }
}
