/// The labels of one frame's records: each text once, and for each record that has one which it is.
///
/// Senders say the same of most of their records, so this costs a byte or two a record.
struct LabelColumn {
    private var texts: [UInt8] = []
    private var indexes: [[UInt8]: Int] = [:]
    private var column: [UInt8] = []
    // Most records say what the one before said; comparing is cheaper than looking up.
    private var last: (text: [UInt8], index: Int)?

    var byteCount: Int { texts.count + column.count }

    mutating func add(_ text: [UInt8]) {
        if let last, last.text == text {
            column.append(varint: UInt64(last.index))
            return
        }
        let index = indexes[text] ?? indexes.count
        if index == indexes.count {
            indexes[text] = index
            texts.append(varint: UInt64(text.count))
            texts += text
        }
        last = (text, index)
        column.append(varint: UInt64(index))
    }

    /// Nothing at all where no record has labels, as in frames that were written before there were any.
    var encoded: [[UInt8]] {
        guard !indexes.isEmpty else { return [] }
        var table: [UInt8] = []
        table.append(varint: UInt64(indexes.count))
        return [table, texts, column]
    }

    /// - Parameter has: for each record of the frame whether it has labels.
    /// - Returns: labels for each record, empty where it has none.
    static func read(
        _ reader: inout PackedReader, has: [Bool]
    ) throws(FrameDamage) -> [[UInt8]] {
        guard has.contains(true) else { return Array(repeating: [], count: has.count) }
        let textCount = try reader.count(upTo: has.count)
        var texts: [[UInt8]] = []
        for _ in 0..<textCount {
            let length = try reader.count(upTo: ArchiveLimits.labelBytesMax)
            texts.append(Array(reader.bytes[try reader.take(length)]))
        }
        var labels: [[UInt8]] = []
        labels.reserveCapacity(has.count)
        for isThere in has {
            guard isThere else {
                labels.append([])
                continue
            }
            let index = try reader.count(upTo: Int.max)
            guard index < texts.count, !texts[index].isEmpty else { throw .records }
            labels.append(texts[index])
        }
        return labels
    }
}
