/// An absolute path on the endpoint, as bytes: names need not be UTF-8, and an attacker's may well not be.
///
/// - Shape: `/` and parts without `.`, `..`, empty parts and zero bytes; at most 4,095 bytes.
/// - In JSON: a text where it is UTF-8, else `{"hex": "2f62…"}`.
package struct HostPath: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let bytesMax = 4095
    package let bytes: [UInt8]

    /// - Throws: ``ActFailure`` `refused` where it is no such path.
    package init(_ bytes: [UInt8]) throws(ActFailure) {
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain =
            bytes.first == UInt8(ascii: "/") && bytes.count > 1 && bytes.count <= Self.bytesMax
            && !bytes.contains(0)
            && parts.dropFirst().allSatisfy {
                !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
            }
        guard isPlain else {
            throw ActFailure(
                .refused,
                "\(String(decoding: bytes.prefix(200), as: UTF8.self)) is not an absolute path without `.`, `..` and `//`"
            )
        }
        self.bytes = bytes
    }

    package init(_ text: String) throws(ActFailure) { try self.init(Array(text.utf8)) }

    package init(json: JSONValue?) throws(ActFailure) {
        if let text = json?.text {
            try self.init(text)
        } else if let bytes = json?["hex"]?.text.flatMap(Hex.bytes) {
            try self.init(bytes)
        } else {
            throw ActFailure(.refused, "a path is a text, or {\"hex\": …}")
        }
    }

    package var json: JSONValue {
        if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
        return .members(["hex": .string(Hex.text(bytes))])
    }

    /// For people; bytes that are not UTF-8 are replaced.
    package var description: String { String(decoding: bytes, as: UTF8.self) }

    package var name: [UInt8] {
        Array(bytes[(bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...])
    }

    /// The folder it stands in, relative to the root, `.` for the root itself.
    var folderFromRoot: [UInt8] {
        let folder = bytes[..<(bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0)].dropFirst()
        return folder.isEmpty ? Array(".".utf8) : Array(folder)
    }

    package func appending(_ name: [UInt8]) throws(ActFailure) -> HostPath {
        try HostPath(bytes + [UInt8(ascii: "/")] + name)
    }

    package static func < (one: HostPath, other: HostPath) -> Bool {
        one.bytes.lexicographicallyPrecedes(other.bytes)
    }
}
