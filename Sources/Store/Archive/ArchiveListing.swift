package import Engine
package import Tenancy

/// The segments of one tenant's archive, as their headers and indexes tell; no record is read and no key needed.
package struct ArchiveListing: Sendable {
    package struct Segment: Hashable, Sendable {
        package let file: String
        /// Nil where the segment's header is damaged and has no copy.
        package let sequences: ClosedRange<UInt64>?
        package let created: Timestamp?
        package let latestReceived: Timestamp?
        package let byteCount: UInt64
        package let isSealed: Bool
        package let isCompacted: Bool
    }

    package let tenant: TenantID
    package let segments: [Segment]
    package let removals: [Removal]

    package var byteCount: UInt64 { segments.reduce(0) { $0 + $1.byteCount } }
    /// The last record; 0 where there is none.
    package var lastSequence: UInt64 {
        max(
            segments.compactMap { $0.sequences?.upperBound }.max() ?? 0,
            removals.last?.lastSequence ?? 0)
    }

    /// - Throws: `missing` where there is no such folder; what the disk says.
    package init(folder: String, tenant: TenantID) throws(StoreFailure) {
        let files = SegmentFolder(path: folder, tenant: tenant)
        self.tenant = tenant
        removals = try RemovalLog(files).removals
        var segments: [Segment] = []
        for name in try files.segments() {
            let file = try DiskFile(files.path(name.segment), .read)
            segments.append(try Self.segment(name, file, in: files))
        }
        self.segments = segments
    }

    private static func segment(
        _ name: SegmentName, _ file: DiskFile, in files: SegmentFolder
    ) throws(StoreFailure) -> Segment {
        let size = try file.size()
        guard let header = try files.header(of: name, in: file) else {
            return Segment(
                file: name.segment, sequences: nil, created: nil, latestReceived: nil,
                byteCount: size, isSealed: false, isCompacted: false)
        }
        let index = try SegmentIndex.current(name, header: header, file: file, in: files)
        let last = max(index.lastSequence, header.replaced?.lastSequence ?? 0)
        return Segment(
            file: name.segment,
            sequences: last >= header.firstSequence ? header.firstSequence...last : nil,
            created: header.created, latestReceived: index.latestReceived, byteCount: size,
            isSealed: header.keyID != nil, isCompacted: header.replaced != nil)
    }
}

extension ArchiveVerifier {
    /// Checks one archive, and says where it is after each segment.
    package static func verify(
        folder: String, tenant: TenantID, key: TenantKey?, heads: [ChainHead] = [],
        told: (_ segments: Int, _ records: UInt64) -> Void
    ) throws(StoreFailure) -> ArchiveReport {
        var verifier = try ArchiveVerifier(folder, tenant, key, heads)
        try verifier.run(told)
        return verifier.report
    }
}
