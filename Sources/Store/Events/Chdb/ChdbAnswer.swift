internal import CADBC

/// Rows of an answer as they cross from the engine's process: the number of columns, then for each chunk 1, the number
/// of rows and the columns one after another; 0 ends. A cell is 0 for null, 1 and a signed number, 2 and a number, or 3,
/// a length and the bytes of a text.
struct ChdbAnswer {
    enum Cell: Hashable, Sendable {
        case null
        case signed(Int64)
        case unsigned(UInt64)
        case text([UInt8])
    }

    static let columnsMax = 64
    /// Bytes of one answer.
    static let bytesMax = 256 << 20

    // MARK: in the engine

    static func read(_ stream: inout ArrowArrayStream) throws(StoreFailure) -> [UInt8] {
        guard let getSchema = unsafe stream.get_schema, let getNext = unsafe stream.get_next else {
            return [0, 0]
        }
        var schema = unsafe ArrowSchema()
        defer { unsafe schema.release?(&schema) }
        guard unsafe getSchema(&stream, &schema) == 0 else { throw unsafe failure(&stream) }
        let formats = unsafe (0..<Int(schema.n_children)).map { index in
            unsafe schema.children[index]?.pointee.format?[0] ?? 0
        }
        var bytes: [UInt8] = []
        Bytes.append(formats.count, to: &bytes)
        while true {
            var chunk = unsafe ArrowArray()
            guard unsafe getNext(&stream, &chunk) == 0 else { throw unsafe failure(&stream) }
            guard unsafe chunk.release != nil else { break }
            defer { unsafe chunk.release?(&chunk) }
            Bytes.append(1, to: &bytes)
            unsafe Bytes.append(Int(chunk.length), to: &bytes)
            for (index, format) in formats.enumerated() {
                guard let column = unsafe chunk.children[index] else { throw unexpected }
                unsafe try append(
                    column.pointee, format, Int(chunk.offset), Int(chunk.length), to: &bytes)
            }
            guard bytes.count <= bytesMax else {
                throw StoreFailure(.limit, "the answer has more than 256 MiB; ask for less")
            }
        }
        Bytes.append(0, to: &bytes)
        return bytes
    }

    /// Layouts: Arrow columnar format, "Fixed-size primitive" and "Variable-size binary".
    private static func append(
        _ column: ArrowArray, _ format: CChar, _ offset: Int, _ count: Int, to bytes: inout [UInt8]
    ) throws(StoreFailure) {
        let from = unsafe offset + Int(column.offset)
        let valid = unsafe column.null_count == 0 ? nil : column.buffers[0]
        let values = unsafe column.buffers[1]
        for row in from..<(from + count) {
            if let valid = unsafe valid,
                unsafe valid.load(fromByteOffset: row / 8, as: UInt8.self) >> (row % 8) & 1 == 0
            {
                bytes.append(0)
                continue
            }
            switch UInt8(bitPattern: format) {
            case UInt8(ascii: "l"), UInt8(ascii: "L"):
                guard let values = unsafe values else { throw unexpected }
                bytes.append(format == 0x6C ? 1 : 2)
                let number = unsafe values.load(fromByteOffset: row * 8, as: UInt64.self)
                if format == 0x6C {
                    Bytes.append(signed: Int64(bitPattern: number), to: &bytes)
                } else {
                    Bytes.append(number, to: &bytes)
                }
            case UInt8(ascii: "u"), UInt8(ascii: "z"):
                guard let values = unsafe values else { throw unexpected }
                let start = unsafe Int(values.load(fromByteOffset: row * 4, as: Int32.self))
                let end = unsafe Int(values.load(fromByteOffset: row * 4 + 4, as: Int32.self))
                bytes.append(3)
                Bytes.append(end - start, to: &bytes)
                if let text = unsafe column.buffers[2], end > start {
                    unsafe bytes.append(
                        contentsOf: UnsafeRawBufferPointer(start: text + start, count: end - start))
                }
            default: throw unexpected
            }
        }
    }

    private static func failure(_ stream: inout ArrowArrayStream) -> StoreFailure {
        let text = unsafe stream.get_last_error?(&stream).map { unsafe String(cString: $0) }
        return StoreFailure(chdb: text ?? "", "the event store ended an answer early")
    }

    private static var unexpected: StoreFailure {
        StoreFailure(.refused, "the event store answered in an unexpected form")
    }

    // MARK: in the service

    static func rows(_ bytes: Span<UInt8>) throws(Bytes.Malformed) -> [[Cell]] {
        var position = 0
        let columns = try Bytes.count(bytes, &position, most: columnsMax)
        var rows: [[Cell]] = []
        while try Bytes.number(bytes, &position) == 1 {
            // A cell has a byte at least.
            let count = try Bytes.count(
                bytes, &position, most: columns == 0 ? 0 : bytes.count)
            let first = rows.count
            for _ in 0..<count {
                var row: [Cell] = []
                row.reserveCapacity(columns)
                rows.append(row)
            }
            for _ in 0..<columns {
                for row in first..<(first + count) {
                    rows[row].append(try cell(bytes, &position))
                }
            }
        }
        return rows
    }

    private static func cell(
        _ bytes: Span<UInt8>, _ position: inout Int
    ) throws(Bytes.Malformed) -> Cell {
        switch try Bytes.number(bytes, &position) {
        case 0: return .null
        case 1: return .signed(try Bytes.signed(bytes, &position))
        case 2: return .unsigned(try Bytes.number(bytes, &position))
        case 3:
            let range = try Bytes.range(bytes, &position)
            return .text(
                unsafe bytes.extracting(range).withUnsafeBufferPointer { unsafe Array($0) })
        default: throw Bytes.Malformed()
        }
    }
}
