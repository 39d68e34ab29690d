package import Engine
package import Tenancy

/// Records of one source, in the order in which they came, that a listener hands in.
package struct Delivery: Sendable {
    package struct Record: Sendable {
        /// As received; framing of the transport taken off.
        package var bytes: [UInt8]
        package var format: RecordFormat
        /// Digest over source and the id that the sender gave; nil when it gave none.
        package var key: RecordKey?
        /// When and where, by the sender's word outside of the bytes.
        package var time: Timestamp?
        package var host: String?
        /// What else the sender said outside of the bytes (index, source type, channel …), as the text of one JSON
        /// object; empty where it said nothing. At most ``IntakeLimits/labelBytesMax``.
        package var labels: [UInt8]

        package init(
            bytes: [UInt8], format: RecordFormat, key: RecordKey? = nil, time: Timestamp? = nil,
            host: String? = nil, labels: [UInt8] = []
        ) {
            self.bytes = bytes
            self.format = format
            self.key = key
            self.time = time
            self.host = host
            self.labels = labels
        }
    }

    package var binding: SourceBinding
    package var records: [Record]

    package init(binding: SourceBinding, records: [Record]) {
        self.binding = binding
        self.records = records
    }
}

/// What a credential stands for: one source of one tenant, and nothing else.
package struct SourceBinding: Hashable, Sendable {
    package let tenant: TenantID
    package let source: LogSourceID

    package init(tenant: TenantID, source: LogSourceID) {
        self.tenant = tenant
        self.source = source
    }
}
