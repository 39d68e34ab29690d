package import Engine

/// The single records of blocks, for whoever keeps records one by one.
///
/// Called with the blocks of an ``InputReader`` in their order. The same input gives the same records with the same names, whatever it is called and
/// however it is packed.
package struct BlockRecords {
    package struct Record: Hashable, Sendable {
        /// 32 hex digits: of the source's first record, the place in the source, and the bytes; of an EVTX record, of what it says alone, so that
        /// logs that overlap have each record once.
        package var id: String
        /// Of the record in its source, after decompression.
        package var offset: UInt64
        package var bytes: [UInt8]
        package var format: RecordFormat
    }

    /// A record that could not be told apart.
    package struct Refused: Hashable, Sendable {
        package var offset: UInt64
        package var reason: String
    }

    private var source: Int?
    private var first: [UInt8] = []
    private var header: [UInt8] = []
    private var headerEnd: UInt64 = 0
    private var evtx = EVTXDecoder()
    private var json = JSONWriter()

    package init() {}

    package mutating func records(
        of block: Block
    ) -> (records: [Record], refused: [Refused]) {
        if source != block.source {
            source = block.source
            first = []
            header = []
        }
        if block.format == .evtx { return events(of: block) }
        let cutter = RecordCutter(block.format)
        let pieces = cutter.pieces(
            in: block.bytes, isFirst: block.preamble.isEmpty, isOver: true)
        var records: [Record] = []
        records.reserveCapacity(pieces.count)
        for piece in pieces {
            let offset = block.offset + UInt64(piece.range.lowerBound)
            if piece.isHeader {
                let line = block.bytes[piece.range.lowerBound..<piece.next]
                guard !line.starts(with: "#close".utf8) else { continue }
                header = headerEnd == offset && !header.isEmpty ? header + line : Array(line)
                headerEnd = block.offset + UInt64(piece.next)
                continue
            }
            var bytes = Array(block.bytes[piece.range])
            if cutter.hasHeader { bytes = header + bytes }
            if first.isEmpty { first = bytes }
            var hash = StableHash()
            hash.add("import")
            hash.add(first)
            hash.add(offset)
            hash.add(bytes)
            records.append(
                Record(id: hash.text(), offset: offset, bytes: bytes, format: block.format))
        }
        return (records, [])
    }

    // MARK: EVTX

    /// A chunk's records as JSON objects of their fields, in Sigma's names: alone, a record of a chunk has neither its names nor its templates.
    private mutating func events(of block: Block) -> (records: [Record], refused: [Refused]) {
        var records: [Record] = []
        var refused: [Refused] = []
        var event = EventBuffer(names: FieldNames())
        evtx.begin(offset: block.offset)
        while true {
            do throws(DecodeFailure) {
                guard try evtx.next(in: block.bytes.span, into: &event) else { break }
                let bytes = text(of: event)
                var hash = StableHash()
                hash.add("evtx")
                hash.add(bytes)
                records.append(
                    Record(
                        id: hash.text(), offset: event.recordOffset, bytes: bytes, format: .json))
            } catch {
                refused.append(
                    Refused(
                        offset: block.offset + UInt64(max(0, error.offset)), reason: error.reason))
            }
        }
        return (records, refused)
    }

    private mutating func text(of event: borrowing EventBuffer) -> [UInt8] {
        json.reset()
        json.beginObject()
        for index in 0..<event.fieldCount {
            let field = event.field(at: index)
            guard field.name != FieldNames.overflow else { continue }
            let name = event.names.name(field.name)
            guard field.kind != .null else {
                json.null(name)
                continue
            }
            // The bytes are lent for this call only.
            let value = unsafe event.withBytes(of: field) {
                unsafe String(decoding: $0, as: UTF8.self)
            }
            if field.kind == .number, let number = Int64(value), String(number) == value {
                json.member(name, number)
            } else {
                json.member(name, value)
            }
        }
        json.endObject()
        return json.take()
    }
}
