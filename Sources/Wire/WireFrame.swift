/// One frame: four bytes of length, big-endian, that count what follows; the version; the kind; the payload.
package struct WireFrame: Hashable, Sendable {
    /// Length, version, kind.
    package static let headBytes = 6
    static let version: UInt8 = 1

    package let kind: WireKind
    /// A protobuf message of the kind.
    package let payload: [UInt8]

    package init(_ kind: WireKind, _ payload: [UInt8]) {
        self.kind = kind
        self.payload = payload
    }

    package var byteCount: Int { Self.headBytes + payload.count }

    package var bytes: [UInt8] {
        let length = UInt32(2 + payload.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: length >> UInt32(shift)))
        }
        bytes.append(Self.version)
        bytes.append(kind.rawValue)
        bytes += payload
        return bytes
    }
}

/// Cuts a stream into frames. The same bytes give the same frames however they come.
///
/// It holds what came of one frame that is not whole, so at most the largest frame that is allowed, and what came with it.
package struct WireFrameReader: Sendable {
    private var bytes: [UInt8] = []
    private var start = 0

    package init() {}

    package var waitingBytes: Int { bytes.count - start }

    package mutating func add(_ more: some Collection<UInt8>) {
        // Moved to the front only when most was read, so that each byte is moved a bounded number of times.
        if start > 64 << 10, start > bytes.count / 2 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next frame; nil where it has not come whole.
    ///
    /// - Parameter bytesMax: of the frame, by its kind; nil where the kind may not come now.
    /// - Throws: ``WireViolation`` as soon as the head shows it, before the payload is waited for.
    package mutating func next(
        bytesMax: (WireKind) -> Int?
    ) throws(WireViolation) -> WireFrame? {
        guard waitingBytes >= 4 else { return nil }
        let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[start + $1]) }
        guard length >= 2 else { throw .length }
        guard length <= WireLimits.telemetryFrameBytesMax else { throw .tooLarge }
        guard waitingBytes >= WireFrame.headBytes else { return nil }
        guard bytes[start + 4] == WireFrame.version else { throw .version }
        guard let kind = WireKind(rawValue: bytes[start + 5]) else { throw .kind }
        guard let bytesMax = bytesMax(kind) else { throw .unexpected(kind) }
        guard length + 4 <= bytesMax else { throw .tooLarge }
        guard waitingBytes >= length + 4 else { return nil }
        let payload = Array(bytes[(start + WireFrame.headBytes)..<(start + 4 + length)])
        start += 4 + length
        if start == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.count <= 64 << 10)
            start = 0
        }
        return WireFrame(kind, payload)
    }
}

/// What a peer did that the protocol does not have. The connection ends with it.
package enum WireViolation: Error, Hashable, Sendable {
    case length, tooLarge, version, kind
    /// A kind that may not come from that side, or not now.
    case unexpected(WireKind)
    /// The payload is no message of its kind, or breaks a bound of it.
    case malformed(WireKind)
    /// More than the window allows.
    case credit
    /// More control frames than are consumed.
    case flood
}

extension WireViolation: CustomStringConvertible {
    package var description: String {
        switch self {
        case .length: "a frame shorter than its head"
        case .tooLarge: "a frame larger than is allowed there"
        case .version: "a frame of no known version"
        case .kind: "a frame of no known kind"
        case .unexpected(let kind): "a frame `\(kind)` where none may come"
        case .malformed(let kind): "a frame `\(kind)` that is not well formed"
        case .credit: "more than the window allows"
        case .flood: "more control frames than can be taken"
        }
    }
}
