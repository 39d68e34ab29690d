/// A field's name as a small integer, good within one ``FieldNames`` and its copies.
package struct FieldID: Hashable, Sendable {
    package var rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
}

/// Field names ↔ small integers.
///
/// A catalogue is filled with the names that rules and mappings use, then copied into each worker,
/// which adds the names it meets. An id below ``sharedCount`` (set by ``share()``) therefore means
/// the same in every worker; ids above it are private to one worker and never leave it.
/// Names compare byte for byte: Sigma field names are case-sensitive.
///
/// - Bounds: at most ``countMax`` names; further ones all become ``overflow``, whose values stay
///   searchable by keyword but cannot be asked for by name.
package struct FieldNames: Sendable {
    package static let countMax = 65_536
    package static let overflow = FieldID(rawValue: 0)

    private var names: [String] = ["…"]
    private var hashes: [UInt64] = [0]
    private var table: [UInt32] = Array(repeating: 0, count: 1024)
    package private(set) var sharedCount = 1

    package init() {}

    package var count: Int { names.count }

    package func name(_ id: FieldID) -> String { names[Int(id.rawValue)] }

    /// The id of a name that is known already.
    package func find(_ name: String) -> FieldID? {
        var name = name
        return name.withUTF8 { unsafe find($0, hash: Self.hash($0)) }
    }

    package mutating func intern(_ name: String) -> FieldID {
        var name = name
        return name.withUTF8 { unsafe intern($0) }
    }

    package mutating func intern(_ name: Span<UInt8>) -> FieldID {
        unsafe name.withUnsafeBufferPointer { unsafe intern($0) }
    }

    package mutating func intern(_ name: UnsafeBufferPointer<UInt8>) -> FieldID {
        let hash = unsafe Self.hash(name)
        if let known = unsafe find(name, hash: hash) { return known }
        guard names.count < Self.countMax else { return Self.overflow }
        let id = UInt32(names.count)
        unsafe names.append(String(decoding: name, as: UTF8.self))
        hashes.append(hash)
        if names.count * 2 > table.count { grow() } else { place(id, hash: hash) }
        return FieldID(rawValue: id)
    }

    /// Marks all names so far as shared between workers.
    package mutating func share() { sharedCount = names.count }

    private func find(_ name: UnsafeBufferPointer<UInt8>, hash: UInt64) -> FieldID? {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != 0 {
            let id = Int(table[slot])
            if hashes[id] == hash, unsafe names[id].utf8.elementsEqual(name) {
                return FieldID(rawValue: UInt32(id))
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private mutating func place(_ id: UInt32, hash: UInt64) {
        let mask = table.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while table[slot] != 0 { slot = (slot + 1) & mask }
        table[slot] = id
    }

    private mutating func grow() {
        table = Array(repeating: 0, count: table.count * 2)
        for id in 1..<names.count { place(UInt32(id), hash: hashes[id]) }
    }

    /// FNV-1a, 64 bit; finished so that low bits are good.
    package static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in bytes.indices {
            unsafe hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01b3
        }
        return hash ^ (hash >> 32)
    }
}
