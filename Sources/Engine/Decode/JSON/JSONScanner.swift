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

    let base: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    var at: UnsafePointer<UInt8>
    var line: UInt64
    var problem: Reason?
    /// The arena has text that a search over the source would miss: a `\u` escape may spell any.
    var arenaDiffers = false

    var offset: Int { unsafe at - base }

    init(base: UnsafePointer<UInt8>, count: Int, at start: Int, line: UInt64) {
        precondition(count <= Int(UInt32.max), "a block is addressed by 32 bits")
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
            event.arenaHidesText = unsafe arenaDiffers
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

    private mutating func object(into event: inout EventBuffer) -> Bool {
        let levels = unsafe event.paths.levels
        return unsafe walk(levels, &event)
    }

    mutating func skipBlank() {
        var at = unsafe self.at
        unsafe skipBlank(&at)
        unsafe self.at = at
    }

    @inline(__always)
    mutating func skipBlank(_ at: inout UnsafePointer<UInt8>) {
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
}
