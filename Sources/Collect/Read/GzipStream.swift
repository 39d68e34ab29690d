internal import CZlib

/// gzip (RFC 1952), members one after another, or bare deflate (RFC 1951) as zip holds it.
///
/// - Errors: damaged or truncated input after all that could be read before it; growth past the
///   limits. zlib checks each gzip member's CRC-32 and length.
@safe
final class GzipStream: ByteStream {
    enum Wrapping { case gzip, deflate }

    private let source: any ByteStream
    private let tally: Tally
    private let wrapping: Wrapping
    // zlib keeps the address of this structure, so it must not move.
    private let state: UnsafeMutablePointer<z_stream>
    private var input = [UInt8].zeros(64 << 10)
    private var inputStart = 0
    private var inputEnd = 0
    private var inputOffset: UInt64 = 0
    private var total: UInt64 = 0
    private var isDone = false
    /// Why the stream ended early; thrown once all that was good has been given.
    private var failure: ReadFailure?

    init(_ source: any ByteStream, wrapping: Wrapping, tally: Tally) throws(ReadFailure) {
        self.source = source
        self.tally = tally
        self.wrapping = wrapping
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(to: z_stream())
        let windowBits: Int32 = wrapping == .gzip ? 15 + 16 : -15
        let status = unsafe inflateInit2_(
            state, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            throw ReadFailure(.io, "no memory to decompress with", cause: "zlib \(status)")
        }
    }

    deinit {
        unsafe inflateEnd(state)
        unsafe state.deallocate()
    }

    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        while !isDone {
            if inputStart == inputEnd { try refill() }
            if inputStart == inputEnd { throw .truncated("the compressed data", at: inputOffset) }
            let (status, produced) = inflate(into: &buffer, from: start)
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: endMember()
            default: end(damage)
            }
            // What was good is given first; the next call fails.
            if produced > 0 {
                total += UInt64(produced)
                try tally.expand(by: produced, streamTotal: total)
                return produced
            }
        }
        if let failure { throw failure }
        return 0
    }

    private var damage: ReadFailure {
        .damaged("the compressed data is damaged", at: inputOffset + UInt64(inputStart))
    }

    private func end(_ failure: ReadFailure?) {
        isDone = true
        self.failure = failure
    }

    /// Both arrays outlive the call, and zlib is told their exact lengths.
    private func inflate(into buffer: inout [UInt8], from start: Int) -> (Int32, Int) {
        let state = unsafe self.state
        let (status, left, room) = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe buffer.withUnsafeMutableBufferPointer { output in
                let room = min(output.count - start, 1 << 30)
                unsafe state.pointee.next_in = input.baseAddress.map { unsafe $0 + inputStart }
                unsafe state.pointee.avail_in = UInt32(inputEnd - inputStart)
                unsafe state.pointee.next_out = output.baseAddress.map { unsafe $0 + start }
                unsafe state.pointee.avail_out = UInt32(room)
                let status = unsafe CZlib.inflate(state, Z_NO_FLUSH)
                return unsafe (status, Int(state.pointee.avail_in), room)
            }
        }
        inputStart = inputEnd - left
        return unsafe (status, room - Int(state.pointee.avail_out))
    }

    private func refill() throws(ReadFailure) {
        inputOffset += UInt64(inputEnd)
        inputStart = 0
        inputEnd = 0
        inputEnd = try source.read(into: &input, from: 0)
    }

    /// After a member: another one, zeros that fill up a block, or the end.
    private func endMember() {
        guard wrapping == .gzip else { return end(nil) }
        while true {
            if inputStart == inputEnd {
                do throws(ReadFailure) { try refill() } catch { return end(error) }
            }
            guard inputStart < inputEnd else { return end(nil) }
            switch input[inputStart] {
            case 0: inputStart += 1
            case 0x1f:
                unsafe inflateReset(state)
                return
            default: return end(damage)
            }
        }
    }
}

/// CRC-32 of IEEE 802.3, as zip and gzip use it.
struct Checksum {
    private(set) var value: UInt32 = 0

    mutating func add(_ bytes: [UInt8], _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "out of the buffer")
        value = unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return value }
            return unsafe UInt32(
                truncatingIfNeeded: crc32_z(UInt(value), base + range.lowerBound, range.count))
        }
    }
}
