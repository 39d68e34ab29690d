/// Why one record could not be read, and where.
package struct DecodeFailure: Error, Equatable, Sendable {
    /// Byte offset within the block.
    package var offset: Int
    /// A short fixed phrase, so that failures can be counted by it; never holds the record's data.
    package var reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

/// A part of one source that can be decoded on its own: whole lines, or one EVTX chunk.
package struct Block: Sendable {
    /// Bits of ``RecordReference/order`` that tell records of one block apart. The others hold the block's sequence: 2⁴² of them.
    package static let indexBits: UInt64 = 22

    /// Index into the run's list of sources.
    package var source: Int
    /// Position of this block in the run; alerts are ordered by it.
    package var sequence: UInt64
    package var bytes: [UInt8]
    /// Offset of `bytes[0]` in the (decompressed) source.
    package var offset: UInt64
    /// 1-based number of the first line in this block.
    package var firstLine: UInt64
    package var format: RecordFormat
    /// Header text a later block of the same source needs (CSV header line, Zeek `#fields` …).
    package var preamble: [UInt8]
    /// When the source was last written, for times without a year; nil when that is not known.
    package var modified: Timestamp?
    /// Where the records end; behind them may stand what was said of them, as one JSON object. Nil where nothing was.
    package private(set) var recordsEnd: Int?

    package init(
        source: Int, sequence: UInt64, bytes: [UInt8], offset: UInt64, firstLine: UInt64,
        format: RecordFormat, preamble: [UInt8] = [], modified: Timestamp? = nil
    ) {
        self.source = source
        self.sequence = sequence
        self.bytes = bytes
        self.offset = offset
        self.firstLine = firstLine
        self.format = format
        self.preamble = preamble
        self.modified = modified
    }

    /// The name under which the fields of labels stand: `kagari.labels.index`.
    package static let labelsName = "kagari.labels"

    /// Lays what was said of all records of the block behind them, so that their events have it as fields, too.
    ///
    /// - Parameter labels: the text of a JSON object; anything else adds no fields.
    package mutating func add(labels: [UInt8]) {
        guard !labels.isEmpty, recordsEnd == nil else { return }
        recordsEnd = bytes.count
        bytes.reserveCapacity(bytes.count + labels.count + Self.labelsName.utf8.count + 5)
        bytes += "{\"\(Self.labelsName)\":".utf8
        bytes += labels
        bytes.append(UInt8(ascii: "}"))
    }
}

/// How records are laid out in bytes. `--input-format` takes the raw values.
package enum RecordFormat: String, Sendable, CaseIterable {
    case evtx
    /// JSON values, one a line or one after another; each object is a record.
    case json
    /// One JSON document whose records are in an array: top level, or under `Records`, `value` …
    case jsonArray = "json-array"
    case syslog
    case auditd
    /// systemd's export format.
    case journal
    case zeekTSV = "zeek-tsv"
    case accessLog = "access-log"
    case cef, leef, csv
    case keyValue = "key-value"
}

extension RecordFormat {
    /// Records are lines written for people, so that keywords ask the whole line too.
    var isText: Bool {
        switch self {
        case .syslog, .auditd, .accessLog, .cef, .leef, .keyValue: true
        case .evtx, .json, .jsonArray, .journal, .zeekTSV, .csv: false
        }
    }
}

/// Reads the records of one block, one a call.
///
/// Value types; `next` is called until it returns false. A decoder that throws has already moved
/// past the bad record, so the caller counts the failure and calls again.
package protocol RecordDecoder {
    /// - Returns: false at the end of the block; true when `event` holds the next record.
    mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool
}
