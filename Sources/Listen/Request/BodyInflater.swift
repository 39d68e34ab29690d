internal import CZlib

/// Undoes a body's compression piece by piece, within limits.
///
/// - Source: RFC 1952 (gzip, members one after another), RFC 1950 and RFC 1951 (`deflate` with and without its
///   wrapping, since senders disagree).
/// - Bounds: `bytesMax` out in all; after 1 MiB out, `ratioMax` bytes out for each byte in.
@safe
final class BodyInflater {
    enum Wrapping: Sendable { case gzip, deflate }

    enum Failure: Error, Hashable {
        case damaged
        case truncated
        /// More comes out than the limit allows.
        case tooLarge
        /// It grows as no log does.
        case bomb
        case memory
    }

    private let wrapping: Wrapping
    private let bytesMax: Int
    private let ratioMax: Int
    // zlib keeps the address of this structure, so it must not move.
    private var state: UnsafeMutablePointer<z_stream>?
    private var bytesIn = 0
    private(set) var bytesOut = 0
    private var isBetweenMembers = false
    private var hasEnded = false

    init(_ wrapping: Wrapping, bytesMax: Int, ratioMax: Int) {
        self.wrapping = wrapping
        self.bytesMax = bytesMax
        self.ratioMax = ratioMax
    }

    deinit { end() }

    /// Adds what `input` unpacks to.
    func inflate(_ input: [UInt8], into output: inout [UInt8]) throws(Failure) {
        guard !input.isEmpty else { return }
        bytesIn += input.count
        if unsafe state == nil { try begin(with: input[0]) }
        var at = 0
        // Output may be held back although all input was used.
        var isPending = false
        while at < input.count || isPending {
            if !isPending { try beginMember(with: input[at]) }
            let (status, used, produced, room) = step(input, at, into: &output)
            at += used
            bytesOut += produced
            isPending = status == Z_OK && produced == room
            switch status {
            case Z_OK, Z_BUF_ERROR:
                guard used + produced > 0 || at == input.count else { throw .damaged }
            case Z_STREAM_END:
                if wrapping == .gzip { isBetweenMembers = true } else { hasEnded = true }
            default: throw .damaged
            }
            if bytesOut > bytesMax { throw .tooLarge }
            if bytesOut > 1 << 20, bytesOut / ratioMax > bytesIn { throw .bomb }
        }
    }

    private func beginMember(with first: UInt8) throws(Failure) {
        if hasEnded { throw .damaged }
        guard isBetweenMembers else { return }
        guard first == 0x1f else { throw .damaged }
        _ = unsafe inflateReset(state)
        isBetweenMembers = false
    }

    /// - Throws: where the last member did not end.
    func finish() throws(Failure) {
        if unsafe state != nil, !isBetweenMembers, !hasEnded { throw .truncated }
    }

    private func begin(with first: UInt8) throws(Failure) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // A zlib wrapping begins with method 8 in its low bits; a bare stream with an 8 there would be a
        // stored block of an impossible kind.
        let windowBits: Int32 = wrapping == .gzip ? 15 + 16 : first & 0x0f == 8 ? 15 : -15
        let status = unsafe inflateInit2_(
            stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else {
            unsafe stream.deallocate()
            throw .memory
        }
        unsafe state = stream
    }

    private func end() {
        guard let state = unsafe state else { return }
        unsafe inflateEnd(state)
        unsafe state.deallocate()
        unsafe self.state = nil
    }

    /// One call of zlib: both arrays outlive it, and it is told their exact lengths.
    private func step(
        _ input: [UInt8], _ start: Int, into output: inout [UInt8]
    ) -> (status: Int32, used: Int, produced: Int, room: Int) {
        let room = min(max(16 << 10, (input.count - start) * 4), 256 << 10)
        guard let state = unsafe state else { return (Z_STREAM_ERROR, 0, 0, room) }
        var status: Int32 = Z_OK
        var used = 0
        var produced = 0
        output.append(addingCapacity: room) { span in
            unsafe span.withUnsafeMutableBufferPointer { buffer, initialized in
                unsafe input.withUnsafeBufferPointer { input in
                    guard let from = input.baseAddress, let to = buffer.baseAddress else { return }
                    unsafe state.pointee.next_in = UnsafeMutablePointer(mutating: from + start)
                    unsafe state.pointee.avail_in = UInt32(input.count - start)
                    unsafe state.pointee.next_out = to + initialized
                    unsafe state.pointee.avail_out = UInt32(room)
                    status = unsafe CZlib.inflate(state, Z_NO_FLUSH)
                    used = unsafe input.count - start - Int(state.pointee.avail_in)
                    produced = unsafe room - Int(state.pointee.avail_out)
                    initialized += produced
                }
            }
        }
        return (status, used, produced, room)
    }
}
