internal import CSIMD

/// The walk itself. Its place is a variable of its own rather than the scanner's, so that it stays
/// in a register; the scanner's is set where a slower path takes over.
///
/// About 120 instructions a member; `./dev prove speed` counts them.
extension JSONScanner {
    /// An object or array being read: its node, the node whose key came last in it, and the one
    /// whose key is expected next (0 = none).
    struct Level {
        var node: UInt32
        var previous: UInt32
        var predicted: UInt32
        /// Where it begins in the block, and how many fields the event had then.
        var start: UInt32
        var firstField: UInt32
        var close: UInt8
    }

    private enum Step { case member, done, failure }

    mutating func walk(
        _ levels: UnsafeMutablePointer<Level>, _ event: inout EventBuffer
    ) -> Bool {
        var at = unsafe self.at
        var depth = 0
        var level = unsafe Level(
            node: PathTrie.root, previous: 0,
            predicted: event.paths.nodes[Int(PathTrie.root)].inside, start: 0, firstField: 0,
            close: UInt8(ascii: "}"))
        unsafe skipBlank(&at)
        var isEmpty = unsafe at < end && at.pointee == level.close
        while true {
            if !isEmpty {
                var node = level.node
                if level.close == UInt8(ascii: "}") {
                    guard let found = unsafe key(&at, &level, &event) else { return false }
                    node = found
                }
                guard unsafe at < end else { return unsafe stop(at, .unexpectedEnd) }
                let byte = unsafe at.pointee
                if byte == UInt8(ascii: "\"") {
                    guard unsafe string(&at, node, &event) else { return false }
                } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                    let inner = unsafe event.paths.nodes + Int(node)
                    if byte == UInt8(ascii: "["),
                        unsafe inner.pointee.traits.contains(.joined),
                        unsafe words(&at, node, &event)
                    {
                        // The array is behind us, one value.
                    } else {
                        guard depth + 1 < JSONDecoder.depthMax else {
                            return unsafe stop(at, .tooDeep)
                        }
                        unsafe levels[depth] = level
                        depth += 1
                        // What closes stands two behind what opens, in both pairs.
                        level = unsafe Level(
                            node: node, previous: 0, predicted: inner.pointee.inside,
                            start: UInt32(truncatingIfNeeded: at - base),
                            firstField: UInt32(truncatingIfNeeded: event.fieldCount),
                            close: byte + 2)
                        unsafe at += 1
                        unsafe skipBlank(&at)
                        isEmpty = unsafe at < end && at.pointee == level.close
                        if !isEmpty { continue }
                    }
                } else {
                    guard unsafe scalar(byte, &at, node, level.close, &event) else { return false }
                }
            }
            isEmpty = false
            switch unsafe next(&at, &level, &depth, levels, &event) {
            case .member: continue
            case .done:
                unsafe self.at = at
                return true
            case .failure: return false
            }
        }
    }

    /// What follows a value: a comma and the next member, or the end of one or more levels.
    @inline(__always)
    private mutating func next(
        _ at: inout UnsafePointer<UInt8>, _ level: inout Level, _ depth: inout Int,
        _ levels: UnsafeMutablePointer<Level>, _ event: inout EventBuffer
    ) -> Step {
        while unsafe at < end {
            let byte = unsafe at.pointee
            if byte == UInt8(ascii: ",") {
                unsafe at += 1
                if unsafe at < end && at.pointee <= 0x20 { unsafe skipBlank(&at) }
                return .member
            }
            if byte == level.close {
                unsafe at += 1
                if depth == 0 { return .done }
                depth -= 1
                if byte == UInt8(ascii: "}"),
                    unsafe !event.paths.nodes[Int(level.node)].traits.isDisjoint(with: [
                        .text, .pair,
                    ])
                {
                    unsafe finish(level, at, inArray: levels[depth].close != byte, &event)
                }
                level = unsafe levels[depth]
                continue
            }
            let before = unsafe at
            unsafe skipBlank(&at)
            if unsafe at == before {
                _ = unsafe stop(at, .expectedCommaOrEnd)
                return .failure
            }
        }
        _ = unsafe stop(at, .unexpectedEnd)
        return .failure
    }

    /// Adds what an object is beyond its members.
    private func finish(
        _ level: Level, _ at: UnsafePointer<UInt8>, inArray: Bool, _ event: inout EventBuffer
    ) {
        let traits = unsafe event.paths.nodes[Int(level.node)].traits
        if traits.contains(.pair), inArray {
            event.appendPair(under: level.node, from: Int(level.firstField))
        } else if traits.contains(.text) {
            event.place(
                level.node, start: Int(level.start), count: unsafe at - base - Int(level.start),
                .string, inSource: true)
        }
    }

    private mutating func stop(_ at: UnsafePointer<UInt8>, _ reason: Reason) -> Bool {
        unsafe self.at = at
        unsafe problem = reason
        return false
    }

    // MARK: keys

    /// Moves past a key and its colon, to the value.
    @inline(__always)
    private mutating func key(
        _ at: inout UnsafePointer<UInt8>, _ level: inout Level, _ event: inout EventBuffer
    ) -> UInt32? {
        var found = level.predicted
        let node = unsafe event.paths.nodes + Int(found)
        let count = unsafe Int(node.pointee.tokenCount)
        if count > 0, unsafe end - at >= count + 16,
            unsafe kagari_token(at, event.paths.keys + Int(node.pointee.tokenStart), count)
        {
            unsafe at += count
            level.predicted = unsafe node.pointee.following
        } else {
            unsafe self.at = at
            guard let other = unsafe unpredictedKey(&level, &event) else { return nil }
            found = other
            unsafe at = self.at
        }
        level.previous = found
        if unsafe at < end && at.pointee <= 0x20 { unsafe skipBlank(&at) }
        return found
    }

    private mutating func unpredictedKey(
        _ level: inout Level, _ event: inout EventBuffer
    ) -> UInt32? {
        guard unsafe at < end else { return unsafe missing(.unexpectedEnd) }
        guard unsafe at.pointee == UInt8(ascii: "\"") else { return unsafe missing(.expectedKey) }
        unsafe at += 1
        let start = unsafe at
        let count = unsafe kagari_string_run(at, end)
        guard unsafe count < end - at else { return unsafe missing(.unexpectedEnd) }
        let node: UInt32
        if unsafe at[count] == UInt8(ascii: "\"") {
            unsafe at += count + 1
            node = unsafe event.pathNode(
                under: level.node, key: UnsafeBufferPointer(start: start, count: count))
        } else {
            // A key with escapes: unescape it into the arena, where it stays unused afterwards.
            guard let (from, length) = unsafe unescaped(&event) else { return nil }
            node = event.pathNode(under: level.node, arenaKeyAt: from, count: length)
        }
        unsafe skipBlank()
        guard unsafe at < end, unsafe at.pointee == UInt8(ascii: ":") else {
            return unsafe missing(.expectedColon)
        }
        unsafe at += 1
        event.paths.expect(node, after: level.previous, under: level.node)
        level.predicted = unsafe event.paths.nodes[Int(node)].following
        return node
    }

    private mutating func missing(_ reason: Reason) -> UInt32? {
        unsafe problem = reason
        return nil
    }

    // MARK: values

    @inline(__always)
    private mutating func string(
        _ at: inout UnsafePointer<UInt8>, _ node: UInt32, _ event: inout EventBuffer
    ) -> Bool {
        let text = unsafe at + 1
        let count = unsafe kagari_string_run(text, end)
        guard unsafe count < end - text else { return unsafe stop(text, .unexpectedEnd) }
        if unsafe text[count] == UInt8(ascii: "\"") {
            unsafe event.place(node, start: text - base, count: count, .string, inSource: true)
            unsafe at = text + count + 1
            return true
        }
        unsafe self.at = text
        guard let (from, length) = unsafe unescaped(&event) else { return false }
        event.place(node, start: from, count: length, .string, inSource: false)
        unsafe at = self.at
        return true
    }

    @inline(__always)
    private mutating func scalar(
        _ byte: UInt8, _ at: inout UnsafePointer<UInt8>, _ node: UInt32, _ close: UInt8,
        _ event: inout EventBuffer
    ) -> Bool {
        let start = unsafe at
        // Most numbers are whole and without a sign.
        if byte &- UInt8(ascii: "1") < 9 {
            repeat { unsafe at += 1 } while unsafe at < end && at.pointee &- UInt8(ascii: "0") < 10
            if unsafe at < end, unsafe at.pointee == UInt8(ascii: ",") || at.pointee == close {
                unsafe event.place(
                    node, start: start - base, count: at - start, .number, inSource: true)
                return true
            }
            unsafe at = start
        }
        unsafe self.at = start
        guard let kind = unsafe literal(byte) else { return false }
        unsafe at = self.at
        unsafe event.place(
            node, start: start - base, count: kind == .null ? 0 : at - start, kind,
            inSource: true)
        return true
    }

    private mutating func literal(_ byte: UInt8) -> ValueKind? {
        switch byte {
        case UInt8(ascii: "t"): if unsafe take("true") { return .boolean }
        case UInt8(ascii: "f"): if unsafe take("false") { return .boolean }
        case UInt8(ascii: "n"): if unsafe take("null") { return .null }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            if unsafe number() { return .number }
            unsafe problem = .badNumber
            return nil
        default: break
        }
        unsafe problem = .unknownValue
        return nil
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
}
