internal import CSIMD
internal import Glibc

// The C helpers behind safe signatures. Each range is checked against the array before its storage
// is handed over, and no pointer outlives its call.

extension [UInt8] {
    func count(of byte: UInt8, in range: Range<Int>) -> Int {
        unsafe withChecked(range) { unsafe Int(kagari_count_byte($0, $1, byte)) }
    }

    func first(_ byte: UInt8, in range: Range<Int>) -> Int? {
        let hit = unsafe withChecked(range) { unsafe kagari_first_byte($0, $1, byte) }
        return hit < 0 ? nil : range.lowerBound + hit
    }

    func last(_ byte: UInt8, in range: Range<Int>) -> Int? {
        let hit = unsafe withChecked(range) { unsafe kagari_last_byte($0, $1, byte) }
        return hit < 0 ? nil : range.lowerBound + hit
    }

    func isZero(in range: Range<Int>) -> Bool {
        unsafe withChecked(range) { unsafe kagari_all_zero($0, $1) != 0 }
    }

    func firstIndex(of needle: StaticString, in range: Range<Int>) -> Int? {
        let hit = unsafe withChecked(range) {
            unsafe kagari_find($0, $1, needle.utf8Start, needle.utf8CodeUnitCount)
        }
        return hit < 0 ? nil : range.lowerBound + hit
    }

    func starts(with text: StaticString, at start: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start >= 0, start <= count, count - start >= length else { return false }
        for index in 0..<length where unsafe self[start + index] != text.utf8Start[index] {
            return false
        }
        return true
    }

    /// Position after the last JSON object or array that ends in `0..<end`, read from a value's
    /// start; nil when none ends.
    func lastJSONValue(before end: Int) -> Int? {
        let hit = unsafe withChecked(0..<end) { unsafe Int(kagari_json_last_value($0, $1)) }
        return hit == 0 ? nil : hit
    }

    private func withChecked<Result>(
        _ range: Range<Int>, _ body: (UnsafePointer<UInt8>, Int) -> Result
    ) -> Result where Result: BitwiseCopyable {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "scans past the buffer")
        return unsafe withUnsafeBufferPointer { bytes in
            // An empty array may have no storage; any address serves for no bytes.
            var none: UInt8 = 0
            guard let base = bytes.baseAddress else { return unsafe body(&none, 0) }
            return unsafe body(base + range.lowerBound, range.count)
        }
    }
}

// Storage is moved and cleared by the C library: the generic ways of the standard library are as fast
// only where they are specialised, and tests run without that.

extension [UInt8] {
    static func zeros(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.resize(to: count)
        return bytes
    }

    /// Gives the array exactly `count` elements: cut, or filled up with zeros.
    mutating func resize(to count: Int) {
        if count <= self.count {
            removeLast(self.count - count)
            return
        }
        let more = count - self.count
        append(addingCapacity: more) { span in
            unsafe span.withUnsafeMutableBufferPointer { buffer, initialized in
                // There is room for `more` elements past the `initialized` ones, so a base too.
                if let base = buffer.baseAddress {
                    unsafe memset(base + initialized, 0, more)
                    initialized += more
                }
            }
        }
    }

    /// Puts a part of another array in place of as many bytes at `start`.
    mutating func overwrite(at start: Int, with other: [UInt8], _ range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= other.count, "copies from outside")
        precondition(start >= 0 && start <= count - range.count, "copies past the buffer")
        guard !range.isEmpty else { return }
        unsafe withUnsafeMutableBytes { to in
            unsafe other.withUnsafeBytes { from in
                if let target = to.baseAddress, let source = from.baseAddress {
                    unsafe memcpy(target + start, source + range.lowerBound, range.count)
                }
            }
        }
    }
}

/// Turns the elements of a JSON array into lines, in place; see `kagari_json_elements`.
struct JSONElements {
    private var state = kagari_json_state()
    /// How far the buffer has been read.
    private(set) var scanned = 0

    struct Found {
        /// Position after the last whole element and its separator; nil when none ended.
        var end: Int?
        /// Position after the array's closing bracket, once met.
        var close: Int?
    }

    mutating func scan(_ bytes: inout [UInt8], to end: Int) -> Found {
        precondition(scanned <= end && end <= bytes.count, "scans past the buffer")
        guard scanned < end else { return Found() }
        let from = scanned
        let result = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            // `scanned < end <= count`, so there is storage.
            unsafe kagari_json_elements(bytes.baseAddress, from, end, &state)
        }
        scanned = Int(result.scanned)
        return Found(
            end: result.end == 0 ? nil : Int(result.end),
            close: result.closed == 0 ? nil : scanned)
    }

    /// The first `count` bytes of the buffer have gone.
    mutating func drop(_ count: Int) { scanned -= count }

    /// Takes the buffer's start for an element's.
    mutating func restart() {
        state = kagari_json_state()
        scanned = 0
    }
}
