package import Engine
package import Tenancy

/// A record that was received and has no sequence yet.
package struct PendingRecord: Hashable, Sendable {
    package var received: Timestamp
    package var source: LogSourceID
    package var content: ArchivedRecord.Content
    /// Nil where the sender gave the record no id; then it is never taken for a duplicate.
    package var key: RecordKey?
    package var envelope: ArchivedRecord.Envelope
    /// At most ``ArchiveLimits/recordBytesMax``.
    package var bytes: [UInt8]

    package init(
        received: Timestamp, source: LogSourceID, content: ArchivedRecord.Content,
        key: RecordKey? = nil, envelope: ArchivedRecord.Envelope = ArchivedRecord.Envelope(),
        bytes: [UInt8]
    ) {
        self.received = received
        self.source = source
        self.content = content
        self.key = key
        self.envelope = envelope
        self.bytes = bytes
    }
}

/// What became of one record that was handed to the archive.
package enum AppendOutcome: Hashable, Sendable {
    /// It is durable under this sequence.
    case stored(UInt64)
    /// A record with its key is durable already, or stands earlier in the same call.
    case duplicate
}
