/// The decoder of a block, whichever its format is. A closed set, so that the call is a switch;
/// the existential decoders serve formats that are far from the hot path.
enum BlockDecoder {
    case evtx
    case json(JSONDecoder)
    case text(any RecordDecoder)
}

/// Makes decoders for blocks and keeps what they have learned from block to block.
struct DecoderShelf {
    /// For times without a year.
    private let referenceTime: Timestamp?
    private var evtx = EVTXDecoder()
    private var current = BlockDecoder.evtx

    init(referenceTime: Timestamp?) { self.referenceTime = referenceTime }

    mutating func begin(_ block: Block) {
        switch block.format {
        case .evtx:
            evtx.begin(offset: block.offset)
            current = .evtx
        case .json, .jsonArray:
            current = .json(JSONDecoder(firstLine: block.firstLine, blockOffset: block.offset))
        case .syslog: current = .text(SyslogDecoder(block, referenceTime: referenceTime))
        case .auditd: current = .text(AuditdDecoder(block))
        case .journal: current = .text(JournalDecoder(block))
        case .zeekTSV: current = .text(ZeekTSVDecoder(block))
        case .accessLog: current = .text(AccessLogDecoder(block))
        case .cef: current = .text(CEFDecoder(block, referenceTime: referenceTime))
        case .leef: current = .text(LEEFDecoder(block, referenceTime: referenceTime))
        case .csv: current = .text(CSVDecoder(block))
        case .keyValue: current = .text(KeyValueDecoder(block))
        }
    }

    @inline(__always)
    mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        switch current {
        case .evtx: return try evtx.next(in: bytes, into: &event)
        case .json(var decoder):
            defer { current = .json(decoder) }
            return try decoder.next(in: bytes, into: &event)
        case .text(var decoder):
            defer { current = .text(decoder) }
            return try decoder.next(in: bytes, into: &event)
        }
    }
}
