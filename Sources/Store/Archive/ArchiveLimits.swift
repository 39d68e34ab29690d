/// What an archive bounds. The format's own bounds are the same for every archive; the rest is set where it is opened.
package struct ArchiveLimits: Hashable, Sendable {
    /// The longest record.
    package static let recordBytesMax = 16 << 20
    /// Host of an envelope.
    package static let hostBytesMax = 255
    /// Labels of an envelope.
    package static let labelBytesMax = 8 << 10
    /// Name of a control.
    package static let controlBytesMax = 64
    /// Records of one frame.
    package static let frameRecordsMax = 65_536
    /// What one frame holds before compression, unless one record alone is longer.
    package static let frameBytesMax = 4 << 20
    /// Nothing that claims more than this is read: the longest record with its columns.
    static let framePlainBytesMax = recordBytesMax + (64 << 10)
    /// What one call of append may bring: bytes of its records.
    package static let appendBytesMax = 64 << 20
    /// What one call of append may bring: records.
    package static let appendRecordsMax = 262_144
    /// Entries of a segment's index.
    static let indexEntriesMax = 1 << 20
    /// Torn tails kept for evidence; the oldest beyond them are let go.
    package static let tornFilesMax = 16

    /// A segment is closed when it is this long; one call of append may go beyond.
    package var segmentBytesMax: UInt64
    /// A segment is closed when it is this old.
    package var segmentAgeMax: Duration
    /// Keys that are remembered: the latest of these…
    package var keysMax: Int
    /// …that are not older than this.
    package var keyAgeMax: Duration
    /// zstd's level for frames as they are written: 1...19.
    package var level: Int32

    package init(
        segmentBytesMax: UInt64 = 64 << 20, segmentAgeMax: Duration = .seconds(86_400),
        keysMax: Int = 1_000_000, keyAgeMax: Duration = .seconds(86_400), level: Int32 = 3
    ) {
        self.segmentBytesMax = max(segmentBytesMax, 4096)
        self.segmentAgeMax = segmentAgeMax
        self.keysMax = min(max(1, keysMax), 1 << 24)
        self.keyAgeMax = keyAgeMax
        self.level = min(max(1, level), 19)
    }
}

/// How long a tenant's records are kept. Nil is without an end.
package struct Retention: Hashable, Sendable {
    /// By receipt.
    package var ageMax: Duration?
    /// Of segments on disk.
    package var bytesMax: UInt64?

    package init(ageMax: Duration? = nil, bytesMax: UInt64? = nil) {
        self.ageMax = ageMax
        self.bytesMax = bytesMax
    }
}
