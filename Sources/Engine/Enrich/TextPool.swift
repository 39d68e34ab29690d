/// A text in a ``TextPool``; ``none`` stands for "not known".
package struct TextID: Hashable, Sendable {
    package var rawValue: UInt32
    package static let none = TextID(rawValue: 0)
    package var isKnown: Bool { rawValue != 0 }
}

/// Texts kept once each, in one array of bytes. Ids depend on arrival and never leave the storyline;
/// whatever must not depend on arrival is compared by ``key(of:)``.
///
/// - Bounds: at most ``bytesMax`` bytes; a further new text becomes ``TextID/none``.
package struct TextPool: Sendable {
    package static let bytesMax = 1 << 30

    private var bytes: [UInt8] = []
    private var starts: [UInt32] = [0, 0]
    private var keys: [ContentKey] = [.none]
    private var index: [ContentKey: UInt32] = [:]

    package init() {}

    package var count: Int { keys.count - 1 }
    package var byteCount: Int { bytes.count }

    /// Keeps the first `bytesMax` bytes of a text, cut at a character boundary of UTF-8.
    package mutating func intern(_ text: ArraySlice<UInt8>, bytesMax: Int) -> TextID {
        guard !text.isEmpty else { return .none }
        var kept = text
        if text.count > bytesMax {
            var end = text.startIndex + bytesMax
            while end > text.startIndex, text[end] & 0xc0 == 0x80 { end -= 1 }
            kept = text[text.startIndex..<end]
        }
        guard !kept.isEmpty else { return .none }
        var digest = ContentDigest()
        digest.mix(kept.span)
        return place(kept, key: digest.key)
    }

    package mutating func intern(_ text: String) -> TextID {
        guard !text.isEmpty else { return .none }
        return intern(ArraySlice(Array(text.utf8)), bytesMax: Self.bytesMax)
    }

    private mutating func place(_ text: ArraySlice<UInt8>, key: ContentKey) -> TextID {
        if let known = index[key] { return TextID(rawValue: known) }
        guard text.count <= Self.bytesMax - bytes.count, keys.count < Int(UInt32.max) else {
            return .none
        }
        let id = UInt32(keys.count)
        bytes.append(contentsOf: text)
        starts.append(UInt32(bytes.count))
        keys.append(key)
        index[key] = id
        return TextID(rawValue: id)
    }

    /// Moves a text into another pool.
    package func copy(_ id: TextID, to other: inout TextPool) -> TextID {
        id.isKnown ? other.place(slice(id), key: key(of: id)) : .none
    }

    package func slice(_ id: TextID) -> ArraySlice<UInt8> {
        let index = Int(id.rawValue)
        return bytes[Int(starts[index])..<Int(starts[index + 1])]
    }

    /// The same for equal texts in any pool; `.none` for no text.
    package func key(of id: TextID) -> ContentKey { keys[Int(id.rawValue)] }

    /// Invalid UTF-8 is replaced; empty when not known.
    package func string(_ id: TextID) -> String { String(decoding: slice(id), as: UTF8.self) }
}
