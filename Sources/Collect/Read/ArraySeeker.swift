/// Finds where the array under a path of keys opens, in JSON that comes piece after piece.
struct ArraySeeker {
    private static let keyBytesMax = 128

    private let path: [[UInt8]]
    private var depth = 0
    /// How many keys of the path lead to the innermost object that is on it.
    private var matched = 0
    private var isInString = false
    private var isEscaped = false
    /// The last string read directly within an object on the path.
    private var text: [UInt8] = []
    private var key: [UInt8]?

    init(_ path: [String]) { self.path = path.map { Array($0.utf8) } }

    /// Reads on in `bytes[0..<end]`.
    ///
    /// - Returns: the position after the array's opening bracket; call ``leaveArray()`` once the
    ///   array's own closing bracket has been read, then go on. Nil when all was read.
    mutating func seek(_ bytes: [UInt8], to end: Int) -> Int? {
        for index in 0..<end where add(bytes[index]) { return index + 1 }
        return nil
    }

    mutating func leaveArray() { close() }

    /// - Returns: whether this byte opens the array.
    private mutating func add(_ byte: UInt8) -> Bool {
        if isInString {
            addToString(byte)
            return false
        }
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            text.removeAll(keepingCapacity: true)
        case UInt8(ascii: ":"):
            key = isOnPath ? text : nil
        case UInt8(ascii: ","):
            key = nil
        case UInt8(ascii: "{"):
            if depth > 0, isOnPath, matched < path.count, key == path[matched] { matched += 1 }
            depth += 1
            key = nil
        case UInt8(ascii: "["):
            let isWanted =
                path.isEmpty
                ? depth == 0 : isOnPath && matched == path.count - 1 && key == path[matched]
            depth += 1
            key = nil
            return isWanted
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            close()
        default: break
        }
        return false
    }

    /// Directly within the object that the keys so far lead to.
    private var isOnPath: Bool { depth == matched + 1 }

    private mutating func close() {
        depth = max(depth - 1, 0)
        matched = min(matched, max(depth - 1, 0))
        key = nil
    }

    private mutating func addToString(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
            return
        }
        if isOnPath, text.count < Self.keyBytesMax { text.append(byte) }
    }
}
