package import Engine
package import Tenancy

/// One record as it was received, and what is known of its receipt: the truth that everything else is made from.
package struct ArchivedRecord: Hashable, Sendable {
    /// What else the sender said about the record, outside of its bytes.
    package struct Envelope: Hashable, Sendable {
        /// When it happened, by the sender's word.
        package var time: Timestamp?
        /// Where it happened, by the sender's word; at most 255 bytes.
        package var host: String?
        /// What else it said (index, source type, path …), as the text of one JSON object of at most 8 KiB; empty where it said nothing.
        package var labels: [UInt8]

        package init(time: Timestamp? = nil, host: String? = nil, labels: [UInt8] = []) {
            self.time = time
            self.host = host
            self.labels = labels
        }
    }

    /// What the bytes are.
    package enum Content: Hashable, Sendable {
        /// A log record in this format.
        case record(RecordFormat)
        /// Something the engine takes into account from here on: the kind of control, e.g. `content-version`.
        case control(String)
    }

    /// 1 for a tenant's first record, then without gaps.
    package var sequence: UInt64
    package var received: Timestamp
    package var source: LogSourceID
    package var content: Content
    /// Digest of the id that the sender gave the record; nil when it gave none. Two records of a tenant with one key are one record.
    package var key: RecordKey?
    package var envelope: Envelope
    /// At most 16 MiB.
    package var bytes: [UInt8]

    package init(
        sequence: UInt64, received: Timestamp, source: LogSourceID, content: Content,
        key: RecordKey? = nil, envelope: Envelope = Envelope(), bytes: [UInt8]
    ) {
        self.sequence = sequence
        self.received = received
        self.source = source
        self.content = content
        self.key = key
        self.envelope = envelope
        self.bytes = bytes
    }
}
