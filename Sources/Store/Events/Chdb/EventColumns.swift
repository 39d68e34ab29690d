internal import Engine
internal import Tenancy

/// Events as columns, as they cross to the engine's process and are lent to chDB there without another copy.
///
/// Each column stands at a multiple of eight bytes: what it is (8 bytes: 0 numbers, 1 texts, 2 texts or null), its
/// bytes of text (8 bytes); then for numbers eight bytes a row; for texts one more offset than rows (4 bytes each), for texts
/// or null a bit a row, and the text. In front: the number of rows and of columns, 8 bytes each.
struct EventColumns {
    static let table = "events"

    struct Column: Sendable {
        var name: String
        /// Of Arrow: `l` signed, `L` unsigned, `z` bytes.
        var format: String
        var mayBeNull = false
    }

    static let columns = [
        Column(name: "tenant", format: "z"), Column(name: "time", format: "l"),
        Column(name: "sequence", format: "L"), Column(name: "received", format: "l"),
        Column(name: "source", format: "z"), Column(name: "kind", format: "z"),
        Column(name: "host", format: "z", mayBeNull: true),
        Column(name: "user", format: "z", mayBeNull: true), Column(name: "names", format: "z"),
        Column(name: "values", format: "z"),
    ]

    /// Ends each name and each value; no UTF-8 text holds it.
    static let end: UInt8 = 0xFF

    // MARK: in the service

    static func bytes(of events: [StoredEvent]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(UInt64(events.count), to: &bytes)
        append(UInt64(columns.count), to: &bytes)
        append(texts: events, to: &bytes) { $1.append(contentsOf: $0.tenant.text.utf8) }
        append(numbers: events, to: &bytes) { UInt64(bitPattern: $0.time.nanoseconds) }
        append(numbers: events, to: &bytes) { $0.sequence }
        append(numbers: events, to: &bytes) { UInt64(bitPattern: $0.received.nanoseconds) }
        append(texts: events, to: &bytes) { $1.append(contentsOf: $0.source.text.utf8) }
        append(texts: events, to: &bytes) { $1.append(contentsOf: $0.kind.utf8) }
        append(texts: events, to: &bytes, isThere: { $0.host != nil }) {
            $1.append(contentsOf: ($0.host ?? "").utf8)
        }
        append(texts: events, to: &bytes, isThere: { $0.user != nil }) {
            $1.append(contentsOf: ($0.user ?? "").utf8)
        }
        append(texts: events, to: &bytes) { event, bytes in
            for field in event.fields {
                bytes.append(contentsOf: field.name.utf8)
                bytes.append(end)
            }
        }
        append(texts: events, to: &bytes) { event, bytes in
            for field in event.fields {
                bytes.append(contentsOf: field.value.utf8)
                bytes.append(end)
            }
        }
        return bytes
    }

    private static func append(
        numbers events: [StoredEvent], to bytes: inout [UInt8], _ number: (StoredEvent) -> UInt64
    ) {
        append(0, to: &bytes)
        append(0, to: &bytes)
        for event in events { append(number(event), to: &bytes) }
    }

    private static func append(
        texts events: [StoredEvent], to bytes: inout [UInt8],
        isThere: ((StoredEvent) -> Bool)? = nil, _ add: (StoredEvent, inout [UInt8]) -> Void
    ) {
        append(isThere == nil ? 1 : 2, to: &bytes)
        var text: [UInt8] = []
        var offsets: [UInt8] = [0, 0, 0, 0]
        for event in events {
            add(event, &text)
            append(UInt64(text.count), bytes: 4, to: &offsets)
        }
        append(UInt64(text.count), to: &bytes)
        bytes += offsets
        pad(&bytes)
        if let isThere {
            var bits = [UInt8](repeating: 0, count: (events.count + 7) / 8)
            for (row, event) in events.enumerated() where isThere(event) {
                bits[row / 8] |= 1 << (row % 8)
            }
            bytes += bits
            pad(&bytes)
        }
        bytes += text
        pad(&bytes)
    }

    private static func append(_ number: UInt64, bytes count: Int = 8, to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * index))) }
    }

    private static func pad(_ bytes: inout [UInt8]) {
        while bytes.count % 8 != 0 { bytes.append(0) }
    }

    // MARK: in the engine

    /// Where the parts of one column lie in the message.
    struct Place {
        var rows: Int
        var nullBits: Int?
        var values: Int
        /// Nil for numbers.
        var text: Int?
    }

    /// - Throws: where a part would lie beyond the message, or an offset beyond its text.
    static func places(_ bytes: Span<UInt8>) throws(Bytes.Malformed) -> [Place] {
        var at = 0
        func take(_ count: Int) throws(Bytes.Malformed) -> Int {
            guard count >= 0, count <= bytes.count - at else { throw Bytes.Malformed() }
            defer { at += (count + 7) / 8 * 8 }
            return at
        }
        func number(_ at: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
        }
        let rows = number(try take(8), 8)
        let count = number(try take(8), 8)
        guard rows <= UInt64(bytes.count), count == UInt64(columns.count) else {
            throw Bytes.Malformed()
        }
        var places: [Place] = []
        for column in columns {
            let form = number(try take(8), 8)
            let textBytes = number(try take(8), 8)
            guard form == (column.format != "z" ? 0 : column.mayBeNull ? 2 : 1),
                textBytes <= UInt64(bytes.count)
            else { throw Bytes.Malformed() }
            if form == 0 {
                places.append(Place(rows: Int(rows), values: try take(Int(rows) * 8)))
                continue
            }
            let values = try take((Int(rows) + 1) * 4)
            let bits = form == 2 ? try take((Int(rows) + 7) / 8) : nil
            let text = try take(Int(textBytes))
            var last: UInt64 = 0
            for row in 0...Int(rows) {
                let offset = number(values + row * 4, 4)
                guard offset >= last, offset <= textBytes else { throw Bytes.Malformed() }
                last = offset
            }
            places.append(
                Place(rows: Int(rows), nullBits: bits, values: values, text: text))
        }
        return places
    }
}
