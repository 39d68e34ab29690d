import Collect
import Engine

/// All that a reader gave.
struct Reading {
    /// One line of text, or one element of an array, as a worker would see it.
    struct Line: Equatable {
        var source: String
        var number: UInt64
        var offset: UInt64
        var text: String
    }

    var blocks: [Block] = []
    var sources: [RunResult.Source] = []
    var unparsed: [RunResult.Unparsed] = []
    var unparsedByReason: [String: UInt64] = [:]
    var consumed: UInt64 = 0
    var total: UInt64?

    init(
        _ paths: [String], format: RecordFormat? = nil, carve: Bool = false, blockBytes: Int? = nil,
        standardInput: Int32 = 0, _ change: (inout ReadLimits) -> Void = { _ in }
    ) {
        var limits = ReadLimits()
        if let blockBytes { limits.blockBytes = blockBytes }
        change(&limits)
        var reader = InputReader(
            paths: paths, options: ReadOptions(format: format, carve: carve, limits: limits),
            standardInput: standardInput)
        while let block = reader.nextBlock() {
            blocks.append(block)
            // Storage that comes back must not shine through in the next block.
            if blocks.count % 2 == 0 { reader.recycle([UInt8](repeating: 0xee, count: 5000)) }
        }
        sources = reader.sources
        unparsed = reader.unparsed
        unparsedByReason = reader.unparsedByReason
        consumed = reader.bytesOfInputConsumed
        total = reader.totalBytesKnown
    }

    /// Every line with its number and place, empty ones left out.
    var lines: [Line] {
        var lines: [Line] = []
        for block in blocks {
            var start = 0
            var number = block.firstLine
            while start < block.bytes.count {
                let end = block.bytes[start...].firstIndex(of: 0x0a) ?? block.bytes.count
                if end > start {
                    lines.append(
                        Line(
                            source: sources[block.source].path, number: number,
                            offset: block.offset + UInt64(start),
                            text: String(decoding: block.bytes[start..<end], as: UTF8.self)))
                }
                number += 1
                start = end + 1
            }
        }
        return lines
    }

    var texts: [String] { lines.map(\.text) }
    var formats: [RecordFormat?] { sources.map(\.format) }
    var problems: [String] { sources.compactMap(\.problem) }
    /// The last part of each source's path.
    var names: [String] {
        sources.map { String($0.path.split(separator: "/").last ?? "") }
    }

    /// The lines a text has, numbered and placed, as if from `source`.
    static func lines(of text: String, source: String) -> [Line] {
        var lines: [Line] = []
        var offset: UInt64 = 0
        for (index, part) in text.utf8.split(separator: 0x0a, omittingEmptySubsequences: false)
            .enumerated()
        {
            if !part.isEmpty {
                lines.append(
                    Line(
                        source: source, number: UInt64(index + 1), offset: offset,
                        text: String(decoding: part, as: UTF8.self)))
            }
            offset += UInt64(part.count) + 1
        }
        return lines
    }
}
