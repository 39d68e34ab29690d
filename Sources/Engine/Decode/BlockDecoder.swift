/// Makes decoders for blocks and keeps what they have learned from block to block.
///
/// A closed set, so that the call is a switch; the existential decoders serve formats that are far
/// from the hot path.
struct DecoderShelf {
    private enum Turn { case evtx, json, syslog, text, carve }

    /// For times without a year, where a block does not tell when its source was written.
    private let referenceTime: Timestamp?
    private let carves: Bool
    private var turn = Turn.evtx
    private var evtx = EVTXDecoder()
    private var json = JSONDecoder()
    private var syslog: SyslogDecoder?
    private var text: (any RecordDecoder)?
    private var carver: EVTXCarver?

    init(referenceTime: Timestamp?, carves: Bool) {
        self.referenceTime = referenceTime
        self.carves = carves
    }

    mutating func begin(_ block: Block) {
        let reference = block.modified ?? referenceTime
        turn = .text
        switch block.format {
        case .evtx where carves:
            // A new one each time: what one block taught it must not depend on which worker got
            // which block.
            carver = EVTXCarver(offset: block.offset)
            turn = .carve
        case .evtx:
            evtx.begin(offset: block.offset)
            turn = .evtx
        case .json, .jsonArray:
            json = JSONDecoder(firstLine: block.firstLine, blockOffset: block.offset)
            turn = .json
        case .syslog:
            syslog = SyslogDecoder(block, referenceTime: reference)
            turn = .syslog
        case .auditd: text = AuditdDecoder(block)
        case .journal: text = JournalDecoder(block)
        case .zeekTSV: text = ZeekTSVDecoder(block)
        case .accessLog: text = AccessLogDecoder(block)
        case .cef: text = CEFDecoder(block, referenceTime: reference)
        case .leef: text = LEEFDecoder(block, referenceTime: reference)
        case .csv: text = CSVDecoder(block)
        case .keyValue: text = KeyValueDecoder(block)
        }
    }

    @inline(__always)
    mutating func next(
        in bytes: Span<UInt8>, into event: inout EventBuffer
    ) throws(DecodeFailure) -> Bool {
        switch turn {
        case .evtx: return try evtx.next(in: bytes, into: &event)
        case .json: return try json.next(in: bytes, into: &event)
        case .syslog: return try syslog?.next(in: bytes, into: &event) ?? false
        case .text: return try text?.next(in: bytes, into: &event) ?? false
        case .carve: return try carver?.next(in: bytes, into: &event) ?? false
        }
    }

    /// What the message of the last syslog record is.
    var payload: SyslogDecoder.Payload { syslog?.payload ?? .text }

    /// Records of a carved block that were seen whole, but whose template is nowhere.
    var unresolved: Int { turn == .carve ? carver?.unresolved ?? 0 : 0 }
}
