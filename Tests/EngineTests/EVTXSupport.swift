import Engine
import TestKit

/// What a decoder said of some bytes.
struct EVTXReading {
    struct Event: Equatable {
        var number: UInt64
        var offset: UInt64
        var time: Timestamp?
        var fields: [Field]

        struct Field: Equatable, CustomStringConvertible {
            var name: String
            /// Nil for null.
            var text: String?
            var kind: ValueKind

            var description: String { "\(name)=\(text.map { "'\($0)'" } ?? "null") \(kind)" }
        }

        /// Values under `name`, in order; null as nil.
        subscript(name: String) -> [String?] {
            fields.filter { $0.name == name }.map(\.text)
        }

        func kind(_ name: String) -> ValueKind? { fields.first { $0.name == name }?.kind }

        /// What follows System's fields.
        var data: [Field] {
            Array(fields.drop { $0.name != "Security_UserID" }.dropFirst())
        }
    }

    var events: [Event] = []
    var failures: [DecodeFailure] = []
    var warnings = EVTXWarnings()

    /// Reads a file chunk by chunk with one decoder.
    init(file: [UInt8]) {
        self.init(
            chunks: EVTX.chunkRanges(fileCount: file.count).map {
                (Array(file[$0]), UInt64($0.lowerBound))
            })
    }

    init(chunks: [([UInt8], UInt64)]) {
        var decoder = EVTXDecoder()
        var buffer = EventBuffer(names: FieldNames())
        for (chunk, offset) in chunks {
            decoder.begin(offset: offset)
            read(chunk, with: &decoder, &buffer)
        }
        warnings = decoder.warnings
    }

    init(carving bytes: [UInt8], counts: (EVTXCarver) -> Void = { _ in }) {
        var carver = EVTXCarver()
        var buffer = EventBuffer(names: FieldNames())
        read(bytes, with: &carver, &buffer)
        warnings = carver.warnings
        counts(carver)
    }

    /// Calls are bounded: a decoder that never ends fails the test and does not hang it.
    private mutating func read(
        _ bytes: [UInt8], with decoder: inout some RecordDecoder, _ buffer: inout EventBuffer
    ) {
        for _ in 0..<bytes.count + 2 {
            do {
                guard try decoder.next(in: bytes.span, into: &buffer) else { return }
                events.append(Self.event(of: buffer))
            } catch {
                failures.append(error)
            }
        }
        failures.append(DecodeFailure(offset: -1, reason: "the decoder does not end"))
    }

    private static func event(of buffer: borrowing EventBuffer) -> Event {
        var fields: [Event.Field] = []
        for index in 0..<buffer.fieldCount {
            let field = buffer.field(at: index)
            let text = buffer.withBytes(of: field) { String(decoding: $0, as: UTF8.self) }
            fields.append(
                .init(
                    name: buffer.names.name(field.name), text: field.kind == .null ? nil : text,
                    kind: field.kind))
        }
        return Event(
            number: buffer.recordNumber, offset: buffer.recordOffset, time: buffer.time,
            fields: fields)
    }

    /// Reads one record that has `value` as the only `Data`, named X.
    static func data(_ value: EVTXValue) -> [Event.Field] {
        EVTXReading(file: EVTXWriter().record(data: [("X", value)]).bytes()).events.first?.data
            ?? []
    }
}
