internal import Engine
internal import Store
internal import Tenancy

extension StoredEvent {
    /// Bytes of a record that could not be read which are kept for search.
    static let unparsedBytesMax = 1024

    /// Longer names, which only paths through a record's own objects have, are cut.
    static let nameBytesMax = 1024

    /// A record as it was decoded.
    init(
        _ event: borrowing EventBuffer, _ reading: Worker.Reading, of record: ArchivedRecord,
        tenant: TenantID
    ) {
        var fields: [Field] = []
        fields.reserveCapacity(event.fieldCount)
        for index in 0..<event.fieldCount {
            let field = event.field(at: index)
            guard field.kind != .null, field.name != FieldNames.overflow else { continue }
            let value = unsafe event.withBytes(of: field) {
                unsafe String(decoding: $0, as: UTF8.self)
            }
            var name = event.names.name(field.name)
            if name.utf8.count > Self.nameBytesMax {
                name = String(decoding: name.utf8.prefix(Self.nameBytesMax - 3), as: UTF8.self)
            }
            fields.append(Field(name: name, value: value))
        }
        var kind = reading.kind.rawValue
        if reading.activity != .other { kind += "/" + reading.activity.rawValue }
        self.init(
            tenant: tenant, sequence: record.sequence,
            time: event.time ?? record.envelope.time ?? record.received,
            received: record.received, source: record.source, kind: kind,
            host: reading.host ?? record.envelope.host, user: reading.user, fields: fields)
    }

    /// Several events that came as one record are kept as one, so that all of it is found.
    init(joining events: [StoredEvent]) {
        precondition(!events.isEmpty, "there is an event to join others to")
        self = events[0]
        fields = Array(events.map(\.fields).joined().prefix(EventBuffer.fieldsMax))
    }

    /// A record that could not be read, so that it is found by its text and by why.
    init(unparsed record: ArchivedRecord, reason: String, tenant: TenantID) {
        let text = String(
            decoding: record.bytes.prefix(Self.unparsedBytesMax), as: UTF8.self)
        self.init(
            tenant: tenant, sequence: record.sequence,
            time: record.envelope.time ?? record.received, received: record.received,
            source: record.source, kind: "unparsed", host: record.envelope.host, user: nil,
            fields: [Field(name: "reason", value: reason), Field(name: "raw", value: text)])
        guard !record.envelope.labels.isEmpty else { return }
        fields.append(
            Field(
                name: Block.labelsName,
                value: String(decoding: record.envelope.labels, as: UTF8.self)))
    }
}
