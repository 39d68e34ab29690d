internal import Engine
internal import Tenancy

/// The first 256 bytes of a segment file; docs/archive.md has the table.
struct SegmentHeader: Hashable, Sendable {
    static let byteCount = 256
    static let magic: [UInt8] = [0x89, 0x4B, 0x53, 0x45, 0x47, 0x0D, 0x0A, 0x1A]
    static let version: UInt32 = 1
    static let idByteCount = 16

    /// What was there before ``SegmentCompaction`` wrote the segment anew.
    struct Replaced: Hashable, Sendable {
        /// Where the chain ended; the segment after continues from it.
        var chain: ChainHash
        var lastSequence: UInt64
    }

    var tenant: TenantID
    /// Made by chance; a sender cannot know it. Always ``idByteCount`` bytes.
    var id: [UInt8]
    var firstSequence: UInt64
    var created: Timestamp
    /// Nil where the frames are plain.
    var keyID: KeyID?
    /// Where the chain of the segment before ended.
    var link: ChainHash
    /// Nil in a segment as the writer left it.
    var replaced: Replaced?

    /// Stands at the beginning of each frame, so that no record can pass for a frame.
    var mark: [UInt8] { Array(id[0..<8]) }

    var encoded: [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(little: Self.version)
        bytes.append(little: UInt32(keyID == nil ? 0 : 1) | UInt32(replaced == nil ? 0 : 2))
        bytes += id
        bytes.append(little: firstSequence)
        bytes.append(little: created.nanoseconds)
        bytes += keyID?.bytes ?? [UInt8](repeating: 0, count: KeyID.byteCount)
        let name = Array(tenant.text.utf8)
        bytes += name + [UInt8](repeating: 0, count: 64 - name.count)
        bytes += link.bytes
        bytes += (replaced?.chain ?? .start).bytes
        bytes.append(little: replaced?.lastSequence ?? 0)
        bytes += [UInt8](repeating: 0, count: Self.byteCount - 4 - bytes.count)
        bytes.append(little: CRC32C.of(bytes))
        return bytes
    }

    /// The hash that the first frame's chain continues from, and part of what a seal covers.
    var digest: ChainHash { ChainHash(of: [encoded[...]]) }

    init(
        tenant: TenantID, id: [UInt8], firstSequence: UInt64, created: Timestamp, keyID: KeyID?,
        link: ChainHash, replaced: Replaced? = nil
    ) {
        precondition(id.count == Self.idByteCount, "a segment's id has 16 bytes")
        self.tenant = tenant
        self.id = id
        self.firstSequence = firstSequence
        self.created = created
        self.keyID = keyID
        self.link = link
        self.replaced = replaced
    }

    /// - Throws: ``FrameDamage/segment`` for whatever the writer would not have written.
    init(_ bytes: [UInt8]) throws(FrameDamage) {
        guard bytes.count == Self.byteCount, Array(bytes[0..<8]) == Self.magic,
            bytes.little(UInt32.self, at: 8) == Self.version,
            bytes.little(UInt32.self, at: 252) == CRC32C.of(bytes[0..<252])
        else { throw .segment }
        let flags = bytes.little(UInt32.self, at: 12)
        let name = bytes[64..<128].prefix { $0 != 0 }
        guard flags <= 3, let tenant = TenantID(String(decoding: name, as: UTF8.self)),
            let link = ChainHash(Array(bytes[128..<160])),
            let chain = ChainHash(Array(bytes[160..<192])),
            bytes.little(UInt64.self, at: 32) > 0
        else { throw .segment }
        self.init(
            tenant: tenant, id: Array(bytes[16..<32]),
            firstSequence: bytes.little(UInt64.self, at: 32),
            created: Timestamp(nanoseconds: bytes.little(Int64.self, at: 40)),
            keyID: flags & 1 == 0 ? nil : KeyID(Array(bytes[48..<64])), link: link,
            replaced: flags & 2 == 0
                ? nil : Replaced(chain: chain, lastSequence: bytes.little(UInt64.self, at: 192)))
    }
}

/// The name of a segment's file and of those beside it.
struct SegmentName: Hashable, Comparable, Sendable {
    static let suffix = ".kseg"
    let firstSequence: UInt64

    init(firstSequence: UInt64) { self.firstSequence = firstSequence }

    /// Nil for every other file.
    init?(_ file: String) {
        guard file.hasSuffix(Self.suffix), file.utf8.count == 20 + Self.suffix.utf8.count,
            let sequence = UInt64(file.prefix(20)), sequence > 0
        else { return nil }
        firstSequence = sequence
    }

    private var digits: String {
        let text = String(firstSequence)
        return String(repeating: "0", count: 20 - text.count) + text
    }

    var segment: String { digits + Self.suffix }
    var index: String { digits + ".kidx" }
    /// Written under this name, then renamed.
    var unfinished: String { digits + ".unfinished" }

    func torn(at offset: UInt64) -> String { "\(digits).\(offset).torn" }

    static func < (left: Self, right: Self) -> Bool { left.firstSequence < right.firstSequence }
}
