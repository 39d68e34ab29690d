internal import CSIMD
internal import Sigma

/// What a snapshot was made from: a hash over everything that decides the compiled rules.
package struct SnapshotKey: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Why a snapshot is not used; the rules are then read and compiled anew.
package enum SnapshotFailure: Error, Equatable {
    case unreadable
    case notASnapshot
    /// Another version of the format, or a processor that lays tables out otherwise.
    case otherVersion
    case otherContent
    case damaged
    /// The rules go beyond what the format holds; nothing is written.
    case unfit
}

/// Where a snapshot's bytes lie. Only the parts that are needed are asked for.
package struct SnapshotSource: Sendable {
    package let byteCount: Int
    private let bytes: @Sendable (Range<Int>) -> [UInt8]?

    /// - Parameter bytes: gives the bytes of a range within `byteCount`, nil when they cannot be
    ///   read. Every answer is checked against its checksum.
    package init(byteCount: Int, bytes: @escaping @Sendable (Range<Int>) -> [UInt8]?) {
        self.byteCount = byteCount
        self.bytes = bytes
    }

    package init(_ whole: [UInt8]) {
        self.init(byteCount: whole.count) { Array(whole[$0]) }
    }

    func read(_ range: Range<Int>) throws(SnapshotFailure) -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= byteCount, let bytes = bytes(range),
            bytes.count == range.count
        else { throw .unreadable }
        return bytes
    }

    func read(_ section: SnapshotSection) throws(SnapshotFailure) -> [UInt8] {
        let bytes = try read(section.range)
        guard SnapshotSection.checksum(bytes) == section.checksum else { throw .damaged }
        return bytes
    }
}

/// A part of the file with its CRC-32.
struct SnapshotSection: Equatable, Sendable {
    var range: Range<Int>
    var checksum: UInt32

    static func checksum(_ bytes: [UInt8], continuing seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBufferPointer { bytes in
            // An empty array may have no address.
            guard let base = bytes.baseAddress else { return seed }
            return unsafe kagari_crc32(seed, base, bytes.count)
        }
    }
}

/// The end of a snapshot, which says where all else is. See docs/rule-cache.md.
struct SnapshotTrailer {
    static let byteCount = 80
    static let formatVersion: UInt32 = 2
    /// "KAGARIRS", also the file's first bytes.
    static let magic: UInt64 = 0x5352_4952_4147_414b
    static let fileBytesMax = 64 << 20

    var key: SnapshotKey
    var core: SnapshotSection
    var directory: SnapshotSection

    /// Sizes and byte order of what lies in the file as it lies in memory.
    static let layout: UInt64 = {
        var hash = StableHash()
        hash.add(UInt64(UInt32(1).littleEndian))
        for stride in ImageTable.allCases.map(\.stride) { hash.add(UInt64(stride)) }
        for place in RowPlaces.all { hash.add(UInt64(place)) }
        return hash.finish().high
    }()

    var bytes: [UInt8] {
        var writer = PackedWriter()
        writer.add(Self.formatVersion)
        writer.add(Self.layout)
        writer.add(key.high)
        writer.add(key.low)
        for section in [core, directory] {
            writer.add(UInt64(section.range.lowerBound))
            writer.add(UInt64(section.range.count))
            writer.add(section.checksum)
        }
        writer.add(SnapshotSection.checksum(writer.bytes))
        writer.add(Self.magic)
        return writer.bytes
    }

    init(key: SnapshotKey, core: SnapshotSection, directory: SnapshotSection) {
        self.key = key
        self.core = core
        self.directory = directory
    }

    init(_ source: SnapshotSource) throws(SnapshotFailure) {
        guard source.byteCount >= Self.byteCount + 8, source.byteCount <= Self.fileBytesMax else {
            throw .notASnapshot
        }
        let end = source.byteCount - Self.byteCount
        let bytes = try source.read(end..<source.byteCount)
        var reader = PackedReader(bytes)
        guard let parts = try? Self.parts(&reader, end) else { throw .damaged }
        guard parts.magic == Self.magic else { throw .notASnapshot }
        guard parts.checksum == SnapshotSection.checksum(Array(bytes.dropLast(12))) else {
            throw .damaged
        }
        guard parts.version == Self.formatVersion, parts.layout == Self.layout else {
            throw .otherVersion
        }
        self = parts.trailer
    }

    private struct Parts {
        var version: UInt32
        var layout: UInt64
        var trailer: SnapshotTrailer
        var checksum: UInt32
        var magic: UInt64
    }

    private static func parts(
        _ reader: inout PackedReader, _ end: Int
    ) throws(PackedFailure) -> Parts {
        let version = try reader.word()
        let layout = try reader.long()
        let high = try reader.long()
        let key = SnapshotKey(high: high, low: try reader.long())
        let core = try section(&reader, end)
        let directory = try section(&reader, end)
        let checksum = try reader.word()
        return Parts(
            version: version, layout: layout,
            trailer: SnapshotTrailer(key: key, core: core, directory: directory),
            checksum: checksum, magic: try reader.long())
    }

    private static func section(
        _ reader: inout PackedReader, _ end: Int
    ) throws(PackedFailure) -> SnapshotSection {
        let start = try reader.long()
        let count = try reader.long()
        guard start <= UInt64(end), count <= UInt64(end) - start else { throw .invalid }
        return SnapshotSection(
            range: Int(start)..<Int(start + count), checksum: try reader.word())
    }
}
