internal import CSIMD

/// The bytes of one chunk, every access checked. All unsafe code of this folder is in this file.
///
/// Proof of safety, once for all: a value lives only inside ``lend(_:_:)``, while the span it was
/// made of is borrowed, so `base` stays valid; every method compares its range with `count` before
/// it forms an address, in arithmetic that cannot overflow since offsets are at most `count`.
@safe
struct EVTXBytes {
    private let base: UnsafeRawPointer
    let count: Int

    /// Calls `body` with the bytes; nil when there are none.
    @inline(__always)
    static func lend<Result, Failure: Error>(
        _ span: Span<UInt8>, _ body: (EVTXBytes) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        try unsafe span.withUnsafeBufferPointer { buffer throws(Failure) -> Result? in
            guard let start = buffer.baseAddress else { return nil }
            return try body(unsafe EVTXBytes(base: UnsafeRawPointer(start), count: buffer.count))
        }
    }

    private init(base: UnsafeRawPointer, count: Int) {
        unsafe self.base = unsafe base
        self.count = count
    }

    @inline(__always)
    func holds(_ size: Int, at offset: Int) -> Bool {
        offset >= 0 && size >= 0 && offset <= count && size <= count - offset
    }

    // MARK: numbers; what is not there reads as zero

    @inline(__always)
    private func load<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, _ offset: Int
    ) -> Number {
        guard holds(MemoryLayout<Number>.size, at: offset) else { return 0 }
        return unsafe Number(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: type))
    }

    @inline(__always) func u8(orZero offset: Int) -> UInt8 { load(UInt8.self, offset) }
    @inline(__always) func u16(orZero offset: Int) -> UInt16 { load(UInt16.self, offset) }
    @inline(__always) func u32(orZero offset: Int) -> UInt32 { load(UInt32.self, offset) }
    @inline(__always) func u64(orZero offset: Int) -> UInt64 { load(UInt64.self, offset) }

    /// A little-endian number of `size` bytes, of which at most eight count.
    @inline(__always)
    func number(at offset: Int, size: Int) -> UInt64 {
        switch size {
        case 4: return UInt64(load(UInt32.self, offset))
        case 8: return load(UInt64.self, offset)
        case 2: return UInt64(load(UInt16.self, offset))
        case 1: return UInt64(load(UInt8.self, offset))
        default:
            var value: UInt64 = 0
            for index in 0..<min(max(size, 0), 8) {
                value |= UInt64(load(UInt8.self, offset &+ index)) << UInt64(index * 8)
            }
            return value
        }
    }

    func isZero(at offset: Int, size: Int) -> Bool {
        guard holds(size, at: offset) else { return true }
        for index in offset..<offset + size where u8(orZero: index) != 0 { return false }
        return true
    }

    // MARK: text

    /// Whether the `size` bytes at `offset` are those of `other` from `start`.
    func equals(_ offset: Int, size: Int, _ other: [UInt8], from start: Int) -> Bool {
        guard holds(size, at: offset), start >= 0, start <= other.count,
            size <= other.count - start
        else { return false }
        return unsafe other.withUnsafeBufferPointer { buffer in
            // An empty array has no address, and then `size` is zero.
            guard size > 0, let first = buffer.baseAddress else { return true }
            let mine = unsafe (base + offset).assumingMemoryBound(to: UInt8.self)
            return unsafe kagari_equal(mine, first + start, size)
        }
    }

    /// A copy of `size` bytes, for names that outlive the chunk.
    func append(_ offset: Int, size: Int, to other: inout [UInt8]) {
        guard holds(size, at: offset) else { return }
        unsafe other.append(contentsOf: UnsafeRawBufferPointer(start: base + offset, count: size))
    }

    /// UTF-16LE as UTF-8, up to the first NUL; lone surrogates become U+FFFD.
    @inline(__always)
    func putUTF16(_ offset: Int, units: Int, into event: inout EventBuffer) {
        guard units > 0, units <= count, holds(units * 2, at: offset) else { return }
        let from = unsafe (base + offset).assumingMemoryBound(to: UInt8.self)
        // The C function writes at most three bytes a unit, for which there is room.
        unsafe event.put(atMost: units * 3) { unsafe kagari_utf16le_to_utf8(from, units, $0) }
    }

    /// The same into `text` from `start`, where there must be room for three bytes a unit.
    ///
    /// - Returns: how many bytes were written.
    func writeUTF16(_ offset: Int, units: Int, into text: inout [UInt8], from start: Int) -> Int {
        guard units > 0, units <= count, holds(units * 2, at: offset), start >= 0,
            start <= text.count, units * 3 <= text.count - start
        else { return 0 }
        let from = unsafe (base + offset).assumingMemoryBound(to: UInt8.self)
        return unsafe text.withUnsafeMutableBufferPointer { room in
            guard let first = room.baseAddress else { return 0 }
            return unsafe kagari_utf16le_to_utf8(from, units, first + start)
        }
    }

    /// The same, for names.
    func appendUTF16(_ offset: Int, units: Int, to text: inout [UInt8]) {
        guard units > 0, units <= count, holds(units * 2, at: offset) else { return }
        let start = text.count
        text.append(contentsOf: repeatElement(0, count: units * 3))
        let written = writeUTF16(offset, units: units, into: &text, from: start)
        text.removeLast(units * 3 - written)
    }

    /// Windows-1252 as UTF-8, without NULs, which pad such values.
    func putANSI(_ offset: Int, size: Int, into event: inout EventBuffer) {
        guard size > 0, holds(size, at: offset) else { return }
        let from = unsafe (base + offset).assumingMemoryBound(to: UInt8.self)
        // The C function writes at most three bytes for one.
        unsafe event.put(atMost: size * 3) { unsafe kagari_windows1252_to_utf8(from, size, $0) }
    }

    /// Bytes as pairs of upper-case hexadecimal digits.
    func putHex(_ offset: Int, size: Int, into event: inout EventBuffer) {
        guard size > 0, holds(size, at: offset) else { return }
        let from = unsafe (base + offset).assumingMemoryBound(to: UInt8.self)
        unsafe event.put(atMost: size * 2) { room in
            unsafe kagari_hex_upper(from, size, room)
            return size * 2
        }
    }

    // MARK: checks

    func crc32(_ range: Range<Int>, from seed: UInt32 = 0) -> UInt32 {
        guard holds(range.count, at: range.lowerBound) else { return 0 }
        let from = unsafe (base + range.lowerBound).assumingMemoryBound(to: UInt8.self)
        return unsafe kagari_crc32(seed, from, range.count)
    }

    /// Where the four bytes of a record's signature next stand, from `offset`, in steps of `step`.
    func nextRecordSignature(from offset: Int, to end: Int, step: Int) -> Int? {
        var at = max(offset, 0)
        let end = min(end, count)
        while at <= end - EVTX.recordBytesMin {
            if u32(orZero: at) == EVTX.recordSignature { return at }
            at += step
        }
        return nil
    }
}

/// The digits of values, written straight into the event.
enum EVTXDigits {
    /// `value` in decimal, after `-` when `negative`.
    @inline(__always)
    static func decimal(_ value: UInt64, negative: Bool, into event: inout EventBuffer) {
        if value < 10 && !negative { return event.put(0x30 + UInt8(truncatingIfNeeded: value)) }
        var digits = 1
        var limit: UInt64 = 10
        // The largest 64-bit number has 20 digits, and 10 to the 20th is none.
        while digits < 20 && value >= limit {
            digits += 1
            limit = limit &* 10
        }
        let sign = negative ? 1 : 0
        unsafe event.put(atMost: digits + sign) { room in
            if negative { unsafe room[0] = 0x2d }
            var rest = value
            var at = digits + sign
            repeat {
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                at -= 1
                unsafe room[at] = 0x30 + UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while at > sign
            return digits + sign
        }
    }

    /// The moment that a field's text says, when it says one.
    static func timestamp(_ field: EventField, in event: borrowing EventBuffer) -> Timestamp? {
        unsafe event.withBytes(of: field) { unsafe EVTXTime.timestamp(text: $0.span) }
    }

    /// `0x` and the value in lower-case hexadecimal without leading zeros.
    static func hexadecimal(_ value: UInt64, into event: inout EventBuffer) {
        unsafe event.put(atMost: 18) { room in
            let digits = max(1, (64 - value.leadingZeroBitCount + 3) / 4)
            unsafe room[0] = 0x30
            unsafe room[1] = 0x78
            var rest = value
            for index in stride(from: digits + 1, to: 1, by: -1) {
                let digit = UInt8(truncatingIfNeeded: rest & 15)
                unsafe room[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
                rest >>= 4
            }
            return digits + 2
        }
    }

    /// A GUID in the usual grouping, upper case, no braces; `low` holds its first eight bytes.
    static func guid(low: UInt64, high: UInt64, into event: inout EventBuffer) {
        unsafe event.put(atMost: 36) { room in
            unsafe kagari_guid_upper(low, high, room)
            return 36
        }
    }

    /// The last `width` digits of a number; those of 0 for a negative one.
    @inline(__always)
    private static func digits(_ value: Int, _ room: UnsafeMutablePointer<UInt8>, _ width: Int) {
        var rest = UInt64(max(value, 0))
        for index in stride(from: width - 1, through: 0, by: -1) {
            unsafe room[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// `yyyy-mm-ddThh:mm:ss.ffffffZ`; a year beyond 9999 keeps its last four digits.
    static func time(
        year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, microsecond: Int,
        into event: inout EventBuffer
    ) {
        unsafe event.put(atMost: 27) { room in
            unsafe digits(year, room + 0, 4)
            unsafe digits(month, room + 5, 2)
            unsafe digits(day, room + 8, 2)
            unsafe digits(hour, room + 11, 2)
            unsafe digits(minute, room + 14, 2)
            unsafe digits(second, room + 17, 2)
            unsafe digits(microsecond, room + 20, 6)
            unsafe room[4] = 0x2d
            unsafe room[7] = 0x2d
            unsafe room[10] = 0x54
            unsafe room[13] = 0x3a
            unsafe room[16] = 0x3a
            unsafe room[19] = 0x2e
            unsafe room[26] = 0x5a
            return 27
        }
    }
}
