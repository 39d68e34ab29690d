internal import CSIMD
internal import Sigma

/// The values of one event folded for comparison, each at most once, on demand.
///
/// Unsafe: owns its memory; lent buffers are good until ``begin()``.
@safe
struct FoldedValues: ~Copyable {
    private struct Place {
        var epoch: UInt32
        var start: UInt32
        var count: UInt32
    }

    private var places: UnsafeMutablePointer<Place>
    private var memory: UnsafeMutablePointer<UInt8>
    private var capacity = 128 << 10
    private var used = 0
    private var epoch: UInt32 = 0

    init() {
        unsafe places = .allocate(capacity: EventBuffer.fieldsMax)
        unsafe places.initialize(
            repeating: Place(epoch: 0, start: 0, count: 0), count: EventBuffer.fieldsMax)
        unsafe memory = .allocate(capacity: capacity)
    }

    deinit {
        unsafe places.deallocate()
        unsafe memory.deallocate()
    }

    mutating func begin() {
        used = 0
        epoch &+= 1
        if epoch == 0 {
            epoch = 1
            for index in 0..<EventBuffer.fieldsMax { unsafe places[index].epoch = 0 }
        }
    }

    /// The folded bytes of the event's field at `index`; 8 readable bytes follow them.
    @inline(__always)
    mutating func value(
        at index: Int, of event: borrowing EventBuffer
    ) -> UnsafeBufferPointer<UInt8> {
        if unsafe places[index].epoch == epoch {
            return unsafe UnsafeBufferPointer(
                start: memory + Int(places[index].start), count: Int(places[index].count))
        }
        return unsafe fold(index, event)
    }

    private mutating func fold(
        _ index: Int, _ event: borrowing EventBuffer
    ) -> UnsafeBufferPointer<UInt8> {
        let value = unsafe event.bytes(of: event.field(at: index))
        // A letter's fold is at most one byte longer than the letter, which has at least two.
        let room = value.count * 2 + 16
        if used + room > capacity { grow(room) }
        var count = value.count
        if let base = value.baseAddress, unsafe kagari_fold_ascii(memory + used, base, count) != 0 {
            count = unsafe foldWide(value)
        }
        unsafe places[index] = Place(epoch: epoch, start: UInt32(used), count: UInt32(count))
        let start = used
        used += (count + 15) & ~7
        return unsafe UnsafeBufferPointer(start: memory + start, count: count)
    }

    private mutating func foldWide(_ value: UnsafeBufferPointer<UInt8>) -> Int {
        var index = 0
        var written = used
        while index < value.count {
            let byte = unsafe value[index]
            if byte < 0x80 {
                unsafe memory[written] = byte &- 0x41 < 26 ? byte | 0x20 : byte
                index += 1
                written += 1
                continue
            }
            guard let (scalar, length) = unsafe CaseFolding.decode(value, at: index) else {
                unsafe memory[written] = byte
                index += 1
                written += 1
                continue
            }
            index += length
            written += encode(FoldTable.fold(scalar), at: written)
        }
        return written - used
    }

    private func encode(_ scalar: Unicode.Scalar, at place: Int) -> Int {
        var offset = 0
        for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
            unsafe memory[place + offset] = byte
            offset += 1
        }
        return offset
    }

    /// Moves what is folded already; only between events are lent buffers in use, so this makes a
    /// larger memory and keeps the old one's places by copying.
    private mutating func grow(_ room: Int) {
        let larger = max(capacity * 2, used + room)
        let next = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        unsafe next.update(from: memory, count: used)
        unsafe memory.deallocate()
        unsafe memory = next
        capacity = larger
    }
}

/// Simple folds of the scalars below U+0800 as a table; others are looked up each time.
enum FoldTable {
    private static let small: [UInt32] = (0..<0x800).map {
        CaseFolding.fold(Unicode.Scalar(UInt16($0)) ?? " ").value
    }

    @inline(__always)
    static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        if scalar.value < 0x800 { return Unicode.Scalar(small[Int(scalar.value)]) ?? scalar }
        return CaseFolding.fold(scalar)
    }
}
