/// Where a record came from: enough to find it again.
package struct RecordReference: Hashable, Sendable {
    /// Index into the run's list of sources (files, or members of archives).
    package var source: Int
    /// EVTX EventRecordID, else the 1-based line.
    package var record: UInt64
    /// Byte offset in the (decompressed) source.
    package var offset: UInt64
    /// Position in the run's total order: block sequence × 2²² + index in block. (Records beyond the
    /// 4,194,303rd of one block share its place.)
    package var order: UInt64

    package init(source: Int, record: UInt64, offset: UInt64, order: UInt64) {
        self.source = source
        self.record = record
        self.offset = offset
        self.order = order
    }
}

/// An event copied out of its buffer: what an alert shows as evidence and the storyline learns from.
package struct RetainedEvent: Sendable {
    package struct Field: Sendable {
        package var name: String
        var start: UInt32
        var count: UInt32
        package var kind: ValueKind
    }

    package var reference: RecordReference
    package var time: Timestamp?
    package private(set) var fields: [Field]
    private var bytes: [UInt8]
    /// The record as received; empty when it has no contiguous text form (EVTX).
    package var raw: [UInt8]
    /// Which log this is, e.g. product windows, category process_creation, service sysmon.
    package var source: SourceKind = .unknown
    package var activity: Activity = .other

    package init(
        reference: RecordReference, time: Timestamp?, fields: [Field], bytes: [UInt8], raw: [UInt8]
    ) {
        self.reference = reference
        self.time = time
        self.fields = fields
        self.bytes = bytes
        self.raw = raw
    }

    /// For tests and made events.
    package init(
        reference: RecordReference, time: Timestamp?, _ pairs: [(String, String)],
        source: SourceKind = .unknown, activity: Activity = .other
    ) {
        self.init(reference: reference, time: time, fields: [], bytes: [], raw: [])
        for (name, value) in pairs {
            fields.append(
                Field(
                    name: name, start: UInt32(bytes.count), count: UInt32(value.utf8.count),
                    kind: .string))
            bytes.append(contentsOf: value.utf8)
        }
        self.source = source
        self.activity = activity
    }

    /// The bytes of a value as they are, without making a `String`.
    package func slice(of field: Field) -> ArraySlice<UInt8> {
        let start = Int(field.start)
        return bytes[start..<start + Int(field.count)]
    }

    /// Invalid UTF-8 is replaced.
    package func text(of field: Field) -> String {
        let start = Int(field.start)
        return String(decoding: bytes[start..<start + Int(field.count)], as: UTF8.self)
    }

    /// About what it holds in memory.
    var byteCount: Int { bytes.count + raw.count + fields.count * 40 }

    /// Where it is and when it was, its content let go.
    var withoutEvidence: RetainedEvent {
        var event = RetainedEvent(reference: reference, time: time, fields: [], bytes: [], raw: [])
        event.source = source
        event.activity = activity
        return event
    }

    /// What makes this record itself: its number and all its fields. Says nothing of where the file
    /// lay, so that the same log gives the same ids anywhere.
    package var identity: (high: UInt64, low: UInt64) {
        var hash = StableHash()
        hash.add(reference.record)
        hash.add(bytes)
        for field in fields { hash.add(UInt64(field.count)) }
        return hash.finish()
    }

    /// The first value under this name; nil when absent or null.
    package subscript(name: String) -> String? {
        for field in fields where field.name == name && field.kind != .null {
            return text(of: field)
        }
        return nil
    }

    /// The first present and non-empty value under one of the names.
    package func first(of names: String...) -> String? {
        for name in names {
            if let value = self[name], !value.isEmpty { return value }
        }
        return nil
    }
}
