internal import Engine
internal import Tenancy

/// What stands in the column `body` of one event.
///
/// `received − time` (zigzag), source, kind, host, user (words), the number of fields, the fields' names (words), the
/// lengths of their values, then all values one behind the other, so that one pass searches them all.
/// A word is a number: 0 and its text follow, 1 is absent, any other is the word book's number plus 2.
struct EventRow {
    enum Word: Equatable {
        case absent
        case number(Int)
        /// Where the text stands in the row.
        case text(Range<Int>)
    }

    struct Field {
        var name: Word
        var value: Range<Int>
    }

    private(set) var receivedAfter: Int64 = 0
    private(set) var source = Word.absent
    private(set) var kind = Word.absent
    private(set) var host = Word.absent
    private(set) var user = Word.absent
    /// In the order of their values.
    private(set) var fields: [Field] = []
    private(set) var values = 0..<0

    /// Reads another row in place of the one before; keeps its room.
    mutating func read(_ bytes: Span<UInt8>) throws(Bytes.Malformed) {
        var position = 0
        receivedAfter = try Bytes.signed(bytes, &position)
        source = try Self.word(bytes, &position)
        kind = try Self.word(bytes, &position)
        host = try Self.word(bytes, &position)
        user = try Self.word(bytes, &position)
        let count = try Bytes.count(bytes, &position, most: EventLimits.fieldsMax)
        fields.removeAll(keepingCapacity: true)
        for _ in 0..<count {
            fields.append(Field(name: try Self.word(bytes, &position), value: 0..<0))
        }
        for index in 0..<count {
            let length = try Bytes.count(bytes, &position, most: bytes.count)
            fields[index].value = 0..<length
        }
        let start = position
        for index in 0..<count {
            let end = position + fields[index].value.count
            guard end <= bytes.count else { throw Bytes.Malformed() }
            fields[index].value = position..<end
            position = end
        }
        values = start..<position
        guard position == bytes.count else { throw Bytes.Malformed() }
    }

    private static func word(
        _ bytes: Span<UInt8>, _ position: inout Int
    ) throws(Bytes.Malformed) -> Word {
        switch try Bytes.number(bytes, &position) {
        case 0: return .text(try Bytes.range(bytes, &position))
        case 1: return .absent
        case let number: return .number(Int(truncatingIfNeeded: number &- 2))
        }
    }

    // MARK: writing

    static func append(
        _ event: StoredEvent, book: inout WordBook, room: inout Int, to bytes: inout [UInt8]
    ) {
        Bytes.append(
            signed: event.received.nanoseconds &- event.time.nanoseconds, to: &bytes)
        append(word: event.source.text, &book, &room, to: &bytes)
        append(word: event.kind, &book, &room, to: &bytes)
        append(word: event.host, &book, &room, to: &bytes)
        append(word: event.user, &book, &room, to: &bytes)
        Bytes.append(event.fields.count, to: &bytes)
        for field in event.fields { append(word: field.name, &book, &room, to: &bytes) }
        for field in event.fields { Bytes.append(field.value.utf8.count, to: &bytes) }
        for field in event.fields { bytes.append(contentsOf: field.value.utf8) }
    }

    private static func append(
        word: String?, _ book: inout WordBook, _ room: inout Int, to bytes: inout [UInt8]
    ) {
        guard let word else { return bytes.append(1) }
        if let number = book.number(adding: Array(word.utf8), room: &room) {
            Bytes.append(number + 2, to: &bytes)
        } else {
            bytes.append(0)
            Bytes.append(word, to: &bytes)
        }
    }

    // MARK: reading back

    /// Nil where the word is absent or the book does not know it.
    func text(_ word: Word, in bytes: Span<UInt8>, _ book: WordBook) -> String? {
        switch word {
        case .absent: nil
        case .text(let range): Bytes.text(bytes, range)
        case .number(let number):
            book.words.indices.contains(number)
                ? String(decoding: book.words[number], as: UTF8.self) : nil
        }
    }

    func event(
        _ bytes: Span<UInt8>, _ book: WordBook, tenant: TenantID, sequence: UInt64, time: Timestamp
    ) throws(Bytes.Malformed) -> StoredEvent {
        guard let sourceText = text(source, in: bytes, book),
            let source = LogSourceID(sourceText), let kind = text(kind, in: bytes, book)
        else { throw Bytes.Malformed() }
        var named: [StoredEvent.Field] = []
        named.reserveCapacity(fields.count)
        for field in fields {
            guard let name = text(field.name, in: bytes, book) else { throw Bytes.Malformed() }
            named.append(.init(name: name, value: Bytes.text(bytes, field.value)))
        }
        return StoredEvent(
            tenant: tenant, sequence: sequence, time: time,
            received: Timestamp(nanoseconds: time.nanoseconds &+ receivedAfter), source: source,
            kind: kind, host: text(host, in: bytes, book), user: text(user, in: bytes, book),
            fields: named)
    }
}
