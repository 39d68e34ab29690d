internal import CSIMD

/// Strings with escapes, which are copied into the arena as they are resolved.
extension JSONScanner {
    /// Copies the string at the cursor (after its opening quote) into the arena, escapes resolved,
    /// and moves past the closing quote.
    mutating func unescaped(_ event: inout EventBuffer) -> (start: Int, count: Int)? {
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
            let copied = unsafe kagari_string_unescape(event.arenaEnd + written, at, limit)
            written += copied.written
            unsafe at += copied.taken
            let left = unsafe limit - at
            if unsafe left < 2 && limit < end && (left == 0 || at.pointee == UInt8(ascii: "\\")) {
                continue
            }
            guard left > 0 else {
                unsafe problem = .unexpectedEnd
                return nil
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
            // Simple escapes are resolved with the copy; this one is longer, or none.
            guard let length = unsafe unicodeEscape(to: event.arenaEnd + written) else {
                return nil
            }
            written += length
        }
    }

    /// Reads an array of texts, whose bracket is at `at`, as one value with blanks between them.
    ///
    /// - Returns: false when it is empty or anything else; nothing has been read then.
    mutating func words(
        _ place: inout UnsafePointer<UInt8>, _ node: UInt32, _ event: inout EventBuffer
    ) -> Bool {
        let lineBefore = unsafe line
        let problemBefore = unsafe problem
        let start = event.beginValue()
        unsafe at = place + 1
        while true {
            unsafe skipBlank()
            guard unsafe at < end, unsafe at.pointee == UInt8(ascii: "\"") else { break }
            unsafe at += 1
            guard unsafe unescaped(&event) != nil else { break }
            unsafe skipBlank()
            guard unsafe at < end else { break }
            if unsafe at.pointee == UInt8(ascii: "]") {
                unsafe at += 1
                // The blanks between them stand nowhere in the record.
                unsafe arenaDiffers = true
                event.place(
                    node, start: start, count: event.arenaMark - start, .string, inSource: false)
                unsafe place = at
                return true
            }
            guard unsafe at.pointee == UInt8(ascii: ",") else { break }
            unsafe at += 1
            event.put(UInt8(ascii: " "))
        }
        unsafe line = lineBefore
        unsafe problem = problemBefore
        return false
    }

    private mutating func tooLong() -> (start: Int, count: Int)? {
        unsafe problem = .tooLong
        return nil
    }

    /// Resolves one `\u` escape; writes at most 4 bytes (room is 16 past the run).
    private mutating func unicodeEscape(to target: UnsafeMutablePointer<UInt8>) -> Int? {
        guard unsafe end - at >= 2 else {
            unsafe problem = .unexpectedEnd
            return nil
        }
        guard unsafe at[1] == UInt8(ascii: "u"), let unit = unsafe hexUnit(at: 2) else {
            unsafe problem = .badEscape
            return nil
        }
        unsafe arenaDiffers = true
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
