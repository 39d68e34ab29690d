/// One record of the ring as the kernel programs wrote it: its head decoded, its parts as ranges of its bytes.
///
/// - Layout: `kagari_event.h`, in the machine's own byte order (only little-endian machines so far).
/// - Bounds: 128 bytes of head and at most 20,480 bytes of body; ranges never leave the bytes given.
package struct KernelRecord: Sendable {
    package enum Kind: UInt16, Sendable, CaseIterable {
        case exec = 1
        case fork, exit
        case open = 10
        case path, paths, file
        case connect = 20
        case accept, listen
        case dns = 30
        case tls
        case call = 40
        case mount
    }

    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }
        package static let cut = Flags(rawValue: 1)
        package static let deep = Flags(rawValue: 2)
        package static let created = Flags(rawValue: 4)
        package static let truncated = Flags(rawValue: 8)
        package static let ingress = Flags(rawValue: 16)
        package static let thread = Flags(rawValue: 32)
    }

    /// Why bytes are no record. It cannot happen while program and kernel object are of one build.
    package enum Failure: Error, Equatable, Sendable {
        case short(count: Int)
        case unknownKind(UInt16)
        case partsBeyondEnd(needed: Int, count: Int)
    }

    package static let headCount = 128
    package static let executionCount = 48
    package static let flowCount = 40
    package static let partCount = 8

    package let kind: Kind
    package let flags: Flags
    /// Nanoseconds since boot, suspended time counted.
    package let time: UInt64
    package let pid: UInt32
    package let thread: UInt32
    package let start: UInt64
    package let parentStart: UInt64
    package let parentPID: UInt32
    package let uid: UInt32
    package let euid: UInt32
    package let gid: UInt32
    package let value: InlineArray<4, Int64>
    package let controlGroup: UInt64
    private let ends: InlineArray<8, Int>

    package init(_ bytes: Span<UInt8>) throws(Failure) {
        guard bytes.count >= Self.headCount else { throw .short(count: bytes.count) }
        let rawKind = bytes.load16(0)
        guard let kind = Kind(rawValue: rawKind) else { throw .unknownKind(rawKind) }
        self.kind = kind
        flags = Flags(rawValue: bytes.load16(2))
        time = bytes.load64(8)
        pid = bytes.load32(16)
        thread = bytes.load32(20)
        start = bytes.load64(24)
        parentStart = bytes.load64(32)
        parentPID = bytes.load32(40)
        uid = bytes.load32(44)
        euid = bytes.load32(48)
        gid = bytes.load32(52)
        value = InlineArray { Int64(bitPattern: bytes.load64(56 + 8 * $0)) }
        controlGroup = bytes.load64(88)
        var end = Self.headCount + Self.detailCount(of: kind)
        var ends = InlineArray<8, Int>(repeating: end)
        for part in 0..<Self.partCount {
            end += Int(bytes.load16(112 + 2 * part))
            ends[part] = end
        }
        guard end <= bytes.count else {
            throw .partsBeyondEnd(needed: end, count: bytes.count)
        }
        self.ends = ends
    }

    private static func detailCount(of kind: Kind) -> Int {
        switch kind {
        case .exec: executionCount
        case .connect, .accept, .listen, .dns, .tls: flowCount
        default: 0
        }
    }

    /// Where part `index` stands, without the zero that ends a text.
    package func part(_ index: Int) -> Range<Int> {
        let start =
            index == 0 ? Self.headCount + Self.detailCount(of: kind) : ends[index - 1]
        return start..<ends[index]
    }
}

/// What an EXEC record says of the file that is run.
package struct ExecutedFile: Sendable {
    package let inode: UInt64
    package let device: UInt32
    package let mode: UInt32
    package let links: UInt32
    package let owner: UInt32
    package let session: UInt32
    package let login: UInt32
    package let mountSpace, pidSpace, netSpace, userSpace: UInt32

    /// - Parameter bytes: a record of kind `exec`, which is long enough for it.
    package init(_ bytes: Span<UInt8>) {
        let at = KernelRecord.headCount
        inode = bytes.load64(at)
        device = bytes.load32(at + 8)
        mode = bytes.load32(at + 12)
        links = bytes.load32(at + 16)
        owner = bytes.load32(at + 20)
        session = bytes.load32(at + 24)
        login = bytes.load32(at + 28)
        mountSpace = bytes.load32(at + 32)
        pidSpace = bytes.load32(at + 36)
        netSpace = bytes.load32(at + 40)
        userSpace = bytes.load32(at + 44)
    }
}

/// Who talks to whom.
package struct Flow: Sendable {
    package let source, target: Range<Int>
    package let sourcePort, targetPort: UInt16
    package let isIPv6: Bool
    /// IPPROTO_*.
    package let transport: UInt8

    /// - Parameter bytes: a record of a kind that has a flow, which is long enough for it.
    package init(_ bytes: Span<UInt8>) {
        let at = KernelRecord.headCount
        isIPv6 = bytes.load16(at + 36) == 10
        let count = isIPv6 ? 16 : 4
        source = at..<at + count
        target = at + 16..<at + 16 + count
        sourcePort = bytes.load16(at + 32)
        targetPort = bytes.load16(at + 34)
        transport = bytes[at + 38]
    }
}

extension Span<UInt8> {
    func load16(_ at: Int) -> UInt16 { UInt16(self[at]) | UInt16(self[at + 1]) << 8 }
    func load32(_ at: Int) -> UInt32 { UInt32(load16(at)) | UInt32(load16(at + 2)) << 16 }
    func load64(_ at: Int) -> UInt64 { UInt64(load32(at)) | UInt64(load32(at + 4)) << 32 }

    /// The range up to the first zero.
    func text(_ range: Range<Int>) -> Range<Int> {
        for index in range where self[index] == 0 { return range.lowerBound..<index }
        return range
    }
}
