internal import Engine

/// Lumberjack, version 2 (and the frames of version 1): what Beats and Logstash speak to a Logstash.
///
/// - Source: elastic/go-lumber and logstash-input-beats, "PROTOCOL": `2W` number of events; `2J` sequence, length,
///   JSON; `2D` sequence, pairs; `2C` length, zlib of frames; answered with `2A` sequence.
/// - A window, or as much of a large one as ``batchBytesMax``, is acknowledged when it is durable.
/// - Bounds: events of a window, of a frame's length, of what a compressed frame unpacks to; no compressed frame within
///   another.
struct LumberjackSource: StreamSource {
    /// `2A` with sequence 0: nothing is acknowledged, the connection lives.
    static let keepAlive: [UInt8]? = Array("2A".utf8) + [0, 0, 0, 0]

    /// Events that make a batch before their window is whole.
    static let batchBytesMax = 8 << 20
    static let pairsMax = 4_096

    private let limits: IntakeLimits
    private var frames = ByteQueue()
    /// Of the compressed frame being read.
    private var unpacked = ByteQueue()
    /// Events of the window that are still to come.
    private var expected = 0
    private var records: [Delivery.Record] = []
    private var recordBytes = 0
    private var sequence = 0

    init(limits: IntakeLimits) { self.limits = limits }

    var waitingBytes: Int { frames.count + unpacked.count + recordBytes }

    mutating func add(_ bytes: [UInt8]) { frames.add(bytes) }

    mutating func batch() throws(StreamFailure) -> StreamBatch? {
        while true {
            if !records.isEmpty, expected == 0 || recordBytes >= Self.batchBytesMax {
                return takeBatch()
            }
            if !unpacked.isEmpty {
                guard let frame = try frame(in: &unpacked), try take(frame, isNested: true) else {
                    throw .malformed
                }
            } else {
                guard let frame = try frame(in: &frames) else { return nil }
                _ = try take(frame, isNested: false)
            }
        }
    }

    /// A window that breaks off is not acknowledged, so its sender sends it again: nothing of it is kept.
    mutating func last() -> StreamBatch? { nil }

    private mutating func takeBatch() -> StreamBatch {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: sequence >> (24 - 8 * $0)) }
        let batch = StreamBatch(
            records: records, acknowledgement: Array("2A".utf8) + bytes)
        records = []
        recordBytes = 0
        return batch
    }

    private enum Frame {
        case window(Int)
        case event(sequence: Int, [UInt8])
        case compressed([UInt8])
    }

    /// The next frame; nil where it has not come whole.
    private func frame(in queue: inout ByteQueue) throws(StreamFailure) -> Frame? {
        guard queue.count >= 2 else { return nil }
        guard queue[0] == UInt8(ascii: "2") || queue[0] == UInt8(ascii: "1") else {
            throw .malformed
        }
        switch queue[1] {
        case UInt8(ascii: "W"):
            guard queue.count >= 6 else { return nil }
            let count = queue.number32(at: 2)
            queue.drop(6)
            return .window(count)
        case UInt8(ascii: "J"):
            guard queue.count >= 10 else { return nil }
            let sequence = queue.number32(at: 2)
            let length = queue.number32(at: 6)
            guard length <= limits.recordBytesMax else { throw .tooLarge }
            guard queue.count >= 10 + length else { return nil }
            let bytes = queue.slice(10..<10 + length)
            queue.drop(10 + length)
            return .event(sequence: sequence, bytes)
        case UInt8(ascii: "D"): return try pairs(in: &queue)
        case UInt8(ascii: "C"):
            guard queue.count >= 6 else { return nil }
            let length = queue.number32(at: 2)
            guard length <= limits.bodyBytesMax else { throw .tooLarge }
            guard queue.count >= 6 + length else { return nil }
            let bytes = queue.slice(6..<6 + length)
            queue.drop(6 + length)
            return .compressed(bytes)
        default: throw .malformed
        }
    }

    /// Names and values, each behind its length; they become one JSON object.
    private func pairs(in queue: inout ByteQueue) throws(StreamFailure) -> Frame? {
        guard queue.count >= 10 else { return nil }
        let sequence = queue.number32(at: 2)
        let count = queue.number32(at: 6)
        guard count <= Self.pairsMax else { throw .tooLarge }
        var at = 10
        var object = JSONObjectBytes()
        for _ in 0..<count {
            var texts: [[UInt8]] = []
            for _ in 0..<2 {
                guard queue.count >= at + 4 else { return nil }
                let length = queue.number32(at: at)
                guard length <= limits.recordBytesMax, at <= limits.recordBytesMax else {
                    throw .tooLarge
                }
                guard queue.count >= at + 4 + length else { return nil }
                texts.append(queue.slice(at + 4..<at + 4 + length))
                at += 4 + length
            }
            var value: [UInt8] = []
            JSONBytes.appendString(texts[1], to: &value)
            object.add((texts[0], value))
        }
        queue.drop(at)
        return .event(sequence: sequence, object.finished)
    }

    /// - Returns: true always; failures are thrown.
    private mutating func take(_ frame: Frame, isNested: Bool) throws(StreamFailure) -> Bool {
        switch frame {
        case .window(let count):
            guard !isNested, expected == 0 else { throw .malformed }
            guard count <= limits.windowEventsMax else { throw .tooLarge }
            expected = count
        case .event(let sequence, let bytes):
            guard expected > 0 else { throw .malformed }
            expected -= 1
            self.sequence = sequence
            recordBytes += bytes.count
            records.append(Delivery.Record(bytes: bytes, format: .json))
        case .compressed(let bytes):
            guard !isNested else { throw .malformed }
            var output: [UInt8] = []
            let inflater = BodyInflater(
                .deflate, bytesMax: limits.bodyBytesMax, ratioMax: limits.inflationRatioMax)
            do throws(BodyInflater.Failure) {
                try inflater.inflate(bytes, into: &output)
                try inflater.finish()
            } catch {
                throw error == .tooLarge || error == .bomb ? .tooLarge : .damaged
            }
            unpacked.add(output)
        }
        return true
    }
}
