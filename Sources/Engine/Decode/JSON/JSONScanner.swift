internal import CSIMD

/// The walk over one JSON object. See ``JSONDecoder`` for what it accepts.
///
/// ≤ 500 ns for a 1.2 KB event on one core; `Benchmarks/` holds the figure.
@unsafe
struct JSONScanner {
    enum Reason: String {
        case notAnObject = "not a JSON object"
        case unexpectedEnd = "JSON ends inside a record"
        case expectedKey = "expected a key"
        case expectedColon = "expected a colon"
        case expectedCommaOrEnd = "expected a comma or the end"
        case unknownValue = "not a JSON value"
        case badNumber = "malformed number"
        case badEscape = "malformed escape"
        case controlCharacter = "control character in a string"
        case tooDeep = "nested too deeply"
        case tooLong = "string too long"
    }

    enum Outcome {
        case end
        case record(Range<Int>, line: UInt64)
        case failure(offset: Int, Reason)
    }

    private let base: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    private var at: UnsafePointer<UInt8>
    private(set) var line: UInt64
    private var problem: Reason?
    /// A `\u` escape may spell a byte that a search over the source would then miss.
    private var sawUnicodeEscape = false

    var offset: Int { unsafe at - base }

    init(base: UnsafePointer<UInt8>, count: Int, at start: Int, line: UInt64) {
        unsafe self.base = base
        unsafe end = base + count
        unsafe at = base + start
        unsafe self.line = line
    }

    mutating func record(into event: inout EventBuffer) -> Outcome {
        while true {
            unsafe skipBlank()
            guard unsafe at < end else { return .end }
            let byte = unsafe at.pointee
            // Separators of an enclosing array.
            guard
                byte == UInt8(ascii: ",") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
            else { break }
            unsafe at += 1
        }
        let start = unsafe offset
        let startLine = unsafe line
        guard unsafe at.pointee == UInt8(ascii: "{") else {
            unsafe problem = .notAnObject
            return unsafe failed(at: start, began: start, on: startLine)
        }
        unsafe at += 1
        if unsafe object(into: &event) {
            event.arenaHidesText = unsafe sawUnicodeEscape
            return unsafe .record(start..<offset, line: startLine)
        }
        return unsafe failed(at: offset, began: start, on: startLine)
    }

    /// Moves to where the next record may begin, so that one bad record costs one record: the first
    /// line behind the record's own start that begins with a brace, for a record that was cut short
    /// runs into the next; else the line behind the failure.
    private mutating func failed(at place: Int, began start: Int, on startLine: UInt64) -> Outcome {
        var candidate = unsafe base + start
        var passed: UInt64 = 0
        while unsafe candidate < at {
            if unsafe candidate.pointee == 0x0A {
                passed += 1
                if unsafe candidate + 1 < end, unsafe candidate[1] == UInt8(ascii: "{") {
                    unsafe at = candidate + 1
                    unsafe line = startLine + passed
                    return .failure(offset: place, unsafe problem ?? .unexpectedEnd)
                }
            }
            unsafe candidate += 1
        }
        while unsafe at < end, unsafe at.pointee != 0x0A { unsafe at += 1 }
        return .failure(offset: place, unsafe problem ?? .unexpectedEnd)
    }

    // MARK: structure

    /// An object or array being read: its node, and the node whose key came last in it.
    private struct Level {
        var node: UInt32
        var previous: UInt32
        var isArray: Bool
    }

    private mutating func object(into event: inout EventBuffer) -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: Level.self, capacity: JSONDecoder.depthMax) {
            unsafe walk($0.baseAddress!, &event)
        }
    }

    private mutating func walk(
        _ levels: UnsafeMutablePointer<Level>, _ event: inout EventBuffer
    ) -> Bool {
        var depth = 0
        unsafe levels[0] = Level(node: PathTrie.root, previous: 0, isArray: false)
        var isFirst = true
        while true {
            unsafe skipBlank()
            guard unsafe at < end else { return unsafe stop(.unexpectedEnd) }
            var byte = unsafe at.pointee
            if byte == (unsafe levels[depth].isArray ? UInt8(ascii: "]") : UInt8(ascii: "}")) {
                unsafe at += 1
                if depth == 0 { return true }
                depth -= 1
                isFirst = false
                continue
            }
            if !isFirst {
                guard byte == UInt8(ascii: ",") else { return unsafe stop(.expectedCommaOrEnd) }
                unsafe at += 1
                unsafe skipBlank()
                guard unsafe at < end else { return unsafe stop(.unexpectedEnd) }
                byte = unsafe at.pointee
            }
            isFirst = false
            var node = unsafe levels[depth].node
            if unsafe !levels[depth].isArray {
                guard byte == UInt8(ascii: "\"") else { return unsafe stop(.expectedKey) }
                guard let found = unsafe key(&levels[depth], &event) else { return false }
                node = found
                unsafe skipBlank()
                guard unsafe at < end, unsafe at.pointee == UInt8(ascii: ":") else {
                    return unsafe stop(.expectedColon)
                }
                unsafe at += 1
                unsafe skipBlank()
                guard unsafe at < end else { return unsafe stop(.unexpectedEnd) }
                byte = unsafe at.pointee
            }
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
                guard depth < JSONDecoder.depthMax else { return unsafe stop(.tooDeep) }
                unsafe levels[depth] = Level(
                    node: node, previous: 0, isArray: byte == UInt8(ascii: "["))
                unsafe at += 1
                isFirst = true
            } else if unsafe !leaf(byte, node, &event) {
                return false
            }
        }
    }

    private mutating func stop(_ reason: Reason) -> Bool {
        unsafe problem = reason
        return false
    }

    @inline(__always)
    private mutating func skipBlank() {
        while unsafe at < end {
            let byte = unsafe at.pointee
            if byte > 0x20 { return }
            if byte == 0x0A {
                unsafe line += 1
            } else if byte != 0x20 && byte != 0x0D && byte != 0x09 {
                return
            }
            unsafe at += 1
        }
    }

    // MARK: keys

    @inline(__always)
    private mutating func key(_ level: inout Level, _ event: inout EventBuffer) -> UInt32? {
        let predicted =
            unsafe level.previous == 0
            ? event.paths.nodes[Int(level.node)].inside
            : event.paths.nodes[Int(level.previous)].following
        if predicted != 0 {
            let node = unsafe event.paths.nodes[Int(predicted)]
            let count = Int(node.keyCount) + 1
            if unsafe end - at > count, node.parent == level.node,
                unsafe kagari_equal(at + 1, event.paths.keys + Int(node.keyStart), count)
            {
                unsafe at += count + 1
                level.previous = predicted
                return predicted
            }
        }
        guard let node = unsafe unpredictedKey(under: level.node, &event) else { return nil }
        if level.previous == 0 {
            unsafe event.paths.nodes[Int(level.node)].inside = node
        } else {
            unsafe event.paths.nodes[Int(level.previous)].following = node
        }
        level.previous = node
        return node
    }

    private mutating func unpredictedKey(
        under parent: UInt32, _ event: inout EventBuffer
    ) -> UInt32? {
        unsafe at += 1
        let start = unsafe at
        let count = unsafe kagari_string_run(at, end)
        guard unsafe count < end - at else {
            unsafe problem = .unexpectedEnd
            return nil
        }
        if unsafe at[count] == UInt8(ascii: "\"") {
            unsafe at += count + 1
            return unsafe event.pathNode(
                under: parent, key: UnsafeBufferPointer(start: start, count: count))
        }
        // A key with escapes: unescape it into the arena, where it stays unused afterwards.
        guard let (from, length) = unsafe unescaped(&event) else { return nil }
        return event.pathNode(under: parent, arenaKeyAt: from, count: length)
    }

    // MARK: values

    @inline(__always)
    private mutating func leaf(_ byte: UInt8, _ node: UInt32, _ event: inout EventBuffer) -> Bool {
        let field = unsafe event.paths.nodes[Int(node)].field
        let primary = unsafe event.paths.nodes[Int(node)].isPrimary
        if byte == UInt8(ascii: "\"") {
            unsafe at += 1
            let count = unsafe kagari_string_run(at, end)
            guard unsafe count < end - at else { return unsafe stop(.unexpectedEnd) }
            if unsafe at[count] == UInt8(ascii: "\"") {
                let start = unsafe at - base
                event.add(
                    field, start: start, count: count, .string, inSource: true, primary: primary)
                unsafe at += count + 1
                return true
            }
            guard let (from, length) = unsafe unescaped(&event) else { return false }
            event.add(
                field, start: from, count: length, .string, inSource: false, primary: primary)
            return true
        }
        return unsafe literal(byte, field, primary, &event)
    }

    private mutating func literal(
        _ byte: UInt8, _ field: FieldID, _ primary: Bool, _ event: inout EventBuffer
    ) -> Bool {
        let start = unsafe at
        let kind: ValueKind
        switch byte {
        case UInt8(ascii: "t"):
            guard unsafe take("true") else { return unsafe stop(.unknownValue) }
            kind = .boolean
        case UInt8(ascii: "f"):
            guard unsafe take("false") else { return unsafe stop(.unknownValue) }
            kind = .boolean
        case UInt8(ascii: "n"):
            guard unsafe take("null") else { return unsafe stop(.unknownValue) }
            event.add(
                field, start: unsafe start - base, count: 0, .null, inSource: true,
                primary: primary)
            return true
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            guard unsafe number() else { return unsafe stop(.badNumber) }
            kind = .number
        default: return unsafe stop(.unknownValue)
        }
        event.add(
            field, start: unsafe start - base, count: unsafe at - start, kind, inSource: true,
            primary: primary)
        return true
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard unsafe end - at >= count, unsafe kagari_equal(at, word.utf8Start, count) else {
            return false
        }
        unsafe at += count
        return true
    }

    private mutating func number() -> Bool {
        if unsafe at.pointee == UInt8(ascii: "-") { unsafe at += 1 }
        guard unsafe at < end else { return false }
        if unsafe at.pointee == UInt8(ascii: "0") {
            unsafe at += 1
        } else if unsafe !digits() {
            return false
        }
        if unsafe at < end, unsafe at.pointee == UInt8(ascii: ".") {
            unsafe at += 1
            guard unsafe digits() else { return false }
        }
        if unsafe at < end, unsafe at.pointee | 0x20 == UInt8(ascii: "e") {
            unsafe at += 1
            if unsafe at < end,
                unsafe at.pointee == UInt8(ascii: "+") || at.pointee == UInt8(ascii: "-")
            {
                unsafe at += 1
            }
            guard unsafe digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = unsafe at
        while unsafe at < end, unsafe at.pointee &- UInt8(ascii: "0") < 10 { unsafe at += 1 }
        return unsafe at > start
    }

    // MARK: escapes

    /// Copies the string at the cursor (after its opening quote) into the arena, escapes resolved,
    /// and moves past the closing quote.
    private mutating func unescaped(_ event: inout EventBuffer) -> (start: Int, count: Int)? {
        // What is written is never longer than what is read, so one reservation of the longest
        // run that can follow is enough; it grows with the string, not with the block.
        var room = min(unsafe end - at, 4096)
        let start = event.arenaMark
        var written = 0
        guard event.reserve(room + 16) else { return unsafe tooLong() }
        while true {
            if room - written < 1024 {
                let wanted = min(unsafe end - at, max(4096, written * 2))
                guard event.reserve(written + wanted + 16) else { return unsafe tooLong() }
                room = written + wanted
            }
            let limit = unsafe at + min(unsafe end - at, room - written)
            let count = unsafe kagari_string_copy(event.arenaEnd + written, at, limit)
            written += count
            unsafe at += count
            if unsafe at == limit {
                if unsafe at == end {
                    unsafe problem = .unexpectedEnd
                    return nil
                }
                continue
            }
            let byte = unsafe at.pointee
            if byte == UInt8(ascii: "\"") {
                unsafe at += 1
                event.commit(written)
                return (start, written)
            }
            guard byte == UInt8(ascii: "\\") else {
                unsafe problem = .controlCharacter
                return nil
            }
            guard let length = unsafe escape(to: event.arenaEnd + written) else { return nil }
            written += length
        }
    }

    private mutating func tooLong() -> (start: Int, count: Int)? {
        unsafe problem = .tooLong
        return nil
    }

    /// Resolves one escape; writes at most 4 bytes (room is 16 past the run).
    @inline(__always)
    private mutating func escape(to target: UnsafeMutablePointer<UInt8>) -> Int? {
        guard unsafe end - at >= 2 else {
            unsafe problem = .unexpectedEnd
            return nil
        }
        let byte = unsafe at[1]
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "/"): unsafe target[0] = byte
        case UInt8(ascii: "n"): unsafe target[0] = 0x0A
        case UInt8(ascii: "r"): unsafe target[0] = 0x0D
        case UInt8(ascii: "t"): unsafe target[0] = 0x09
        case UInt8(ascii: "b"): unsafe target[0] = 0x08
        case UInt8(ascii: "f"): unsafe target[0] = 0x0C
        case UInt8(ascii: "u"):
            unsafe sawUnicodeEscape = true
            return unsafe unicodeEscape(to: target)
        default:
            unsafe problem = .badEscape
            return nil
        }
        unsafe at += 2
        return 1
    }

    private mutating func unicodeEscape(to target: UnsafeMutablePointer<UInt8>) -> Int? {
        guard let unit = unsafe hexUnit(at: 2) else {
            unsafe problem = .badEscape
            return nil
        }
        unsafe at += 6
        var value = unit
        if unit & 0xFC00 == 0xD800, unsafe end - at >= 6, unsafe at[0] == UInt8(ascii: "\\"),
            unsafe at[1] == UInt8(ascii: "u"), let low = unsafe hexUnit(at: 2),
            low & 0xFC00 == 0xDC00
        {
            unsafe at += 6
            value = 0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00)
        } else if unit & 0xF800 == 0xD800 {
            // A lone surrogate is no character; the replacement keeps the rest readable.
            value = 0xFFFD
        }
        if value < 0x80 {
            unsafe target[0] = UInt8(value)
            return 1
        }
        if value < 0x800 {
            unsafe target[0] = UInt8(0xC0 | value >> 6)
            unsafe target[1] = UInt8(0x80 | value & 0x3F)
            return 2
        }
        if value < 0x1_0000 {
            unsafe target[0] = UInt8(0xE0 | value >> 12)
            unsafe target[1] = UInt8(0x80 | value >> 6 & 0x3F)
            unsafe target[2] = UInt8(0x80 | value & 0x3F)
            return 3
        }
        unsafe target[0] = UInt8(0xF0 | value >> 18)
        unsafe target[1] = UInt8(0x80 | value >> 12 & 0x3F)
        unsafe target[2] = UInt8(0x80 | value >> 6 & 0x3F)
        unsafe target[3] = UInt8(0x80 | value & 0x3F)
        return 4
    }

    private func hexUnit(at offset: Int) -> UInt32? {
        guard unsafe end - at >= offset + 4 else { return nil }
        var value: UInt32 = 0
        for index in offset..<offset + 4 {
            let byte = unsafe at[index]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
