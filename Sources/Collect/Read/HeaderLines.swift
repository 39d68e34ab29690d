internal import Engine

/// The lines that say what the columns of a table are, kept for every later block.
struct HeaderLines {
    static let bytesMax = 1 << 20

    private let format: RecordFormat
    private(set) var preamble: [UInt8] = []
    private var isFirst = true

    init(_ format: RecordFormat) { self.format = format }

    /// Takes note of the headers in a block that has just been cut.
    mutating func read(_ block: [UInt8]) {
        defer { isFirst = false }
        switch format {
        case .csv:
            guard isFirst, let end = RecordBoundary.firstTableRow(in: block) else { return }
            if end <= Self.bytesMax { preamble = Array(block[..<end]) }
        case .zeekTSV:
            readZeek(block)
        default:
            break
        }
    }

    /// Logs that were joined have a header each, so the last one counts: the run of `#` lines
    /// around the last `#fields`.
    private mutating func readZeek(_ block: [UInt8]) {
        var last: Int? = block.starts(with: "#fields", at: 0) ? 0 : nil
        var from = 0
        while let hit = block.firstIndex(of: "\n#fields", in: from..<block.count) {
            last = hit + 1
            from = hit + 1
        }
        guard let fields = last else { return }
        var start = fields
        while start > 0 {
            let lineStart = (block.last(0x0a, in: 0..<start - 1) ?? -1) + 1
            guard block[lineStart] == UInt8(ascii: "#"),
                !block.starts(with: "#close", at: lineStart)
            else { break }
            start = lineStart
        }
        var end = fields
        while end < block.count, block[end] == UInt8(ascii: "#"),
            let newline = block.first(0x0a, in: end..<block.count)
        {
            end = newline + 1
        }
        if end - start <= Self.bytesMax { preamble = Array(block[start..<end]) }
    }
}
