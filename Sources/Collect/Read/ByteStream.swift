/// Bytes that come piece after piece: what a file, a decompressor and a member of an archive are to
/// whoever reads them.
protocol ByteStream: AnyObject {
    /// Fills `buffer[start...]`, or a part of it.
    ///
    /// - Precondition: `start < buffer.count`.
    /// - Returns: how many bytes came; 0 only at the end, and then at each further call.
    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int
}

extension ByteStream {
    /// Reads until the buffer is full or the stream ends.
    ///
    /// - Returns: how many bytes came in all.
    func fill(_ buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        var end = start
        while end < buffer.count {
            let count = try read(into: &buffer, from: end)
            if count == 0 { break }
            end += count
        }
        return end - start
    }

    /// Reads exactly `count` bytes; nil when the stream ends before.
    func take(_ count: Int) throws(ReadFailure) -> [UInt8]? {
        var bytes = [UInt8].zeros(count)
        return try fill(&bytes, from: 0) == count ? bytes : nil
    }

    /// All that is left, at most `limit` bytes; nil when there is more.
    func rest(limit: Int) throws(ReadFailure) -> [UInt8]? {
        var bytes: [UInt8] = []
        var filled = 0
        while true {
            if filled == bytes.count {
                if filled > limit { return nil }
                let more = min(max(64 << 10, filled), limit + 1 - filled)
                bytes.resize(to: filled + more)
            }
            let count = try read(into: &bytes, from: filled)
            if count == 0 { break }
            filled += count
        }
        // A copy of its own size: small files would otherwise hold on to the room for large ones.
        return Array(bytes[0..<filled])
    }
}

/// Bytes already in memory.
final class MemoryStream: ByteStream {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into buffer: inout [UInt8], from start: Int) -> Int {
        let count = min(buffer.count - start, bytes.count - position)
        buffer.overwrite(at: start, with: bytes, position..<position + count)
        position += count
        return count
    }
}

/// A stream whose first bytes have been looked at and are given out again.
final class PeekedStream: ByteStream {
    let head: [UInt8]
    /// The head is all there is.
    let isWhole: Bool
    private let rest: any ByteStream
    private var position = 0
    /// Met while peeking; thrown once the head has been given out.
    private var failure: ReadFailure?

    init(_ stream: any ByteStream, headBytes: Int) {
        var head = [UInt8].zeros(headBytes)
        var filled = 0
        var isWhole = false
        do throws(ReadFailure) {
            while filled < headBytes {
                let count = try stream.read(into: &head, from: filled)
                if count == 0 {
                    isWhole = true
                    break
                }
                filled += count
            }
        } catch {
            failure = error
            isWhole = true
        }
        head.removeLast(headBytes - filled)
        self.head = head
        self.isWhole = isWhole
        rest = stream
    }

    func skip(_ count: Int) { position = min(position + count, head.count) }

    func read(into buffer: inout [UInt8], from start: Int) throws(ReadFailure) -> Int {
        if position < head.count {
            let count = min(buffer.count - start, head.count - position)
            buffer.overwrite(at: start, with: head, position..<position + count)
            position += count
            return count
        }
        if let failure { throw failure }
        return isWhole ? 0 : try rest.read(into: &buffer, from: start)
    }
}

/// What has been read of one input on disk, and what it grew to; shared by the streams over it.
final class Tally {
    /// Bytes as they lie on disk.
    var consumed: UInt64 = 0
    /// Bytes that came out of decompressors, over all members and layers.
    var expanded: UInt64 = 0
    /// Size on disk, where known; what has been consumed otherwise.
    var size: UInt64?
    private let limits: ReadLimits

    init(limits: ReadLimits) { self.limits = limits }

    /// Counts `bytes` that a decompressor gave.
    ///
    /// - Parameter streamTotal: what this stream gave so far, these included.
    /// - Throws: when the input grows past what ``ReadLimits`` allows.
    func expand(by bytes: Int, streamTotal: UInt64) throws(ReadFailure) {
        expanded += UInt64(bytes)
        if streamTotal > limits.memberBytesMax {
            throw ReadFailure(
                .limit,
                "holds more than \(limits.memberBytesMax) bytes; unpack it and read the file itself"
            )
        }
        guard expanded > limits.expansionFreeBytes else { return }
        let base = max(size ?? consumed, 1)
        if expanded / base > limits.expansionRatioMax {
            throw ReadFailure(
                .limit,
                "grows to more than \(limits.expansionRatioMax) times its size, as decompression "
                    + "bombs do; unpack it and read the file itself if you trust it")
        }
    }
}
