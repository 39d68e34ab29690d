package import Engine
package import Tenancy

/// One decoded record as it is searched: derived from the archive, and made again from it at any time.
package struct StoredEvent: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var tenant: TenantID
    /// Of the record in the tenant's archive; with the tenant it is the event's identity.
    package var sequence: UInt64
    /// When it happened; when it was received, where the record does not say.
    package var time: Timestamp
    package var received: Timestamp
    package var source: LogSourceID
    /// What kind of log it is, e.g. `windows/process_creation/sysmon`; empty where nothing is known.
    package var kind: String
    package var host: String?
    package var user: String?
    /// In the order of the record; names may repeat. At most 4,096.
    package var fields: [Field]

    package init(
        tenant: TenantID, sequence: UInt64, time: Timestamp, received: Timestamp,
        source: LogSourceID, kind: String, host: String?, user: String?, fields: [Field]
    ) {
        self.tenant = tenant
        self.sequence = sequence
        self.time = time
        self.received = received
        self.source = source
        self.kind = kind
        self.host = host
        self.user = user
        self.fields = fields
    }
}
