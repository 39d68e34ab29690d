internal import Engine
internal import Tenancy

/// Gathers the records of one frame as columns, so that what repeats stands together and compresses away.
///
/// docs/archive.md has the layout.
struct FrameColumns {
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let key = Flags(rawValue: 1)
        static let time = Flags(rawValue: 2)
        static let host = Flags(rawValue: 4)
        static let control = Flags(rawValue: 8)
        static let labels = Flags(rawValue: 16)
        static let all: Flags = [.key, .time, .host, .control, .labels]
    }

    private(set) var count = 0
    private(set) var keyedCount = 0
    private(set) var received: ClosedRange<Timestamp>?
    private(set) var eventTimes: ClosedRange<Timestamp>?

    private var strings: [UInt8] = []
    // By bytes: two texts that Swift holds equal may differ in theirs, and both are evidence.
    private var stringIndexes: [[UInt8]: Int] = [:]
    private var flags: [UInt8] = []
    private var sources: [UInt8] = []
    private var contents: [UInt8] = []
    private var receipts: [UInt8] = []
    private var times: [UInt8] = []
    private var hosts: [UInt8] = []
    private var keys: [UInt8] = []
    private var labels = LabelColumn()
    private var lengths: [UInt8] = []
    private var text: [UInt8] = []
    // Most records say what the one before said; comparing is cheaper than looking up.
    private var lastSource: (id: LogSourceID, index: Int)?
    private var lastFormat: (format: RecordFormat, index: Int)?
    private var lastHost: (host: String, index: Int)?
    private var lastReceived: Int64 = 0

    /// Whether a frame that holds something has room for one more.
    func hasRoom(for record: PendingRecord) -> Bool {
        // 64: more than the columns take for a record whose strings are in the table.
        count == 0
            || count < ArchiveLimits.frameRecordsMax
                && text.count + keys.count + strings.count + labels.byteCount + 64 * (count + 1)
                    + record.bytes.count + record.envelope.labels.count
                    + ArchiveLimits.hostBytesMax <= ArchiveLimits.frameBytesMax
    }

    mutating func add(_ record: PendingRecord) {
        var flags: Flags = []
        sources.append(varint: UInt64(index(of: record.source)))
        if case .control = record.content { flags.insert(.control) }
        contents.append(varint: UInt64(index(of: record.content)))
        receipts.append(zigzag: record.received.nanoseconds &- lastReceived)
        lastReceived = record.received.nanoseconds
        if let time = record.envelope.time {
            flags.insert(.time)
            times.append(zigzag: time.nanoseconds &- record.received.nanoseconds)
            eventTimes = Self.widen(eventTimes, by: time)
        }
        if let host = record.envelope.host {
            flags.insert(.host)
            hosts.append(varint: UInt64(index(of: host)))
        }
        if let key = record.key {
            flags.insert(.key)
            keys.append(little: key.high)
            keys.append(little: key.low)
            keyedCount += 1
        }
        if !record.envelope.labels.isEmpty {
            flags.insert(.labels)
            labels.add(record.envelope.labels)
        }
        lengths.append(varint: UInt64(record.bytes.count))
        text += record.bytes
        self.flags.append(flags.rawValue)
        received = Self.widen(received, by: record.received)
        count += 1
    }

    /// All columns, then the bytes of all records.
    var encoded: [UInt8] {
        var table: [UInt8] = []
        table.append(varint: UInt64(stringIndexes.count))
        let columns =
            [table, strings, flags, sources, contents, receipts, times, hosts, keys]
            + labels.encoded
        let columnsCount = columns.reduce(lengths.count) { $0 + $1.count }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(columnsCount + text.count + 10)
        bytes.append(varint: UInt64(columnsCount))
        for column in columns { bytes += column }
        bytes += lengths
        bytes += text
        return bytes
    }

    private static func widen(
        _ range: ClosedRange<Timestamp>?, by time: Timestamp
    ) -> ClosedRange<Timestamp> {
        guard let range else { return time...time }
        return min(range.lowerBound, time)...max(range.upperBound, time)
    }

    private mutating func index(of source: LogSourceID) -> Int {
        if let lastSource, lastSource.id == source { return lastSource.index }
        let index = index(ofString: source.text)
        lastSource = (source, index)
        return index
    }

    private mutating func index(of content: ArchivedRecord.Content) -> Int {
        switch content {
        case .control(let kind): return index(ofString: kind)
        case .record(let format):
            if let lastFormat, lastFormat.format == format { return lastFormat.index }
            let index = index(ofString: format.rawValue)
            lastFormat = (format, index)
            return index
        }
    }

    private mutating func index(of host: String) -> Int {
        if let lastHost, lastHost.host.utf8.elementsEqual(host.utf8) { return lastHost.index }
        let index = index(ofString: host)
        lastHost = (host, index)
        return index
    }

    private mutating func index(ofString string: String) -> Int {
        let bytes = Array(string.utf8)
        if let index = stringIndexes[bytes] { return index }
        let index = stringIndexes.count
        stringIndexes[bytes] = index
        strings.append(varint: UInt64(bytes.count))
        strings += bytes
        return index
    }
}

extension FrameColumns {
    /// The keys of a frame's records with their times of receipt, in order.
    ///
    /// - Parameter plain: at least the frame's columns.
    static func keys(
        in plain: [UInt8], of header: FrameHeader
    ) throws(FrameDamage) -> [(key: RecordKey, received: Timestamp)] {
        let columns = try Columns(plain, of: header)
        var keys: [(RecordKey, Timestamp)] = []
        for index in 0..<header.recordCount {
            if let key = columns.keys[index] { keys.append((key, columns.received[index])) }
        }
        return keys
    }

    /// How many bytes of the plain frame hold its columns, by its first ten.
    static func columnsEnd(_ plain: [UInt8]) throws(FrameDamage) -> Int {
        var reader = PackedReader(plain, in: 0..<plain.count)
        let count = try reader.count(upTo: ArchiveLimits.framePlainBytesMax)
        return reader.at + count
    }

    static func records(
        in plain: [UInt8], of header: FrameHeader
    ) throws(FrameDamage) -> [ArchivedRecord] {
        let columns = try Columns(plain, of: header)
        var text = PackedReader(plain, in: columns.end..<plain.count)
        var records: [ArchivedRecord] = []
        records.reserveCapacity(header.recordCount)
        for index in 0..<header.recordCount {
            let range = try text.take(columns.lengths[index])
            records.append(
                ArchivedRecord(
                    sequence: header.firstSequence + UInt64(index),
                    received: columns.received[index], source: columns.sources[index],
                    content: columns.contents[index], key: columns.keys[index],
                    envelope: ArchivedRecord.Envelope(
                        time: columns.times[index], host: columns.hosts[index],
                        labels: columns.labels[index]),
                    bytes: Array(plain[range])))
        }
        guard text.at == plain.count else { throw .records }
        return records
    }
}

/// The columns of one frame, each as long as the frame has records.
private struct Columns {
    var sources: [LogSourceID] = []
    var contents: [ArchivedRecord.Content] = []
    var received: [Timestamp] = []
    var times: [Timestamp?] = []
    var hosts: [String?] = []
    var keys: [RecordKey?] = []
    var labels: [[UInt8]] = []
    var lengths: [Int] = []
    /// Where the records' bytes begin.
    let end: Int

    init(_ plain: [UInt8], of header: FrameHeader) throws(FrameDamage) {
        end = try FrameColumns.columnsEnd(plain)
        guard end <= plain.count else { throw .records }
        var reader = PackedReader(plain, in: 0..<end)
        _ = try reader.varint()
        let count = header.recordCount
        let strings = try Self.strings(&reader, count: count)
        let flags = try (0..<count).map { _ throws(FrameDamage) in
            let byte = try reader.byte()
            guard byte & ~FrameColumns.Flags.all.rawValue == 0 else { throw FrameDamage.records }
            return FrameColumns.Flags(rawValue: byte)
        }
        try readNames(&reader, flags: flags, strings: strings)
        try readTimes(&reader, flags: flags)
        for flag in flags {
            hosts.append(flag.contains(.host) ? try Self.string(&reader, strings) : nil)
        }
        for flag in flags {
            guard flag.contains(.key) else {
                keys.append(nil)
                continue
            }
            let high = try reader.little(UInt64.self)
            keys.append(RecordKey(high: high, low: try reader.little(UInt64.self)))
        }
        labels = try LabelColumn.read(&reader, has: flags.map { $0.contains(.labels) })
        for _ in 0..<count {
            lengths.append(try reader.count(upTo: ArchiveLimits.recordBytesMax))
        }
        guard reader.at == end else { throw .records }
    }

    private static func strings(
        _ reader: inout PackedReader, count: Int
    ) throws(FrameDamage) -> [String] {
        // A record brings at most a source, a format and a host.
        let stringCount = try reader.count(upTo: 3 * count)
        var strings: [String] = []
        for _ in 0..<stringCount {
            let length = try reader.count(upTo: ArchiveLimits.hostBytesMax)
            let range = try reader.take(length)
            strings.append(String(decoding: reader.bytes[range], as: UTF8.self))
        }
        return strings
    }

    private static func string(
        _ reader: inout PackedReader, _ strings: [String]
    ) throws(FrameDamage) -> String {
        let index = try reader.count(upTo: Int.max)
        guard index < strings.count else { throw .records }
        return strings[index]
    }

    private mutating func readNames(
        _ reader: inout PackedReader, flags: [FrameColumns.Flags], strings: [String]
    ) throws(FrameDamage) {
        // Checked once for each string, not once for each record.
        let ids = strings.map { LogSourceID($0) }
        let formats = strings.map { RecordFormat(rawValue: $0) }
        for _ in flags {
            let index = try reader.count(upTo: Int.max)
            guard index < ids.count, let id = ids[index] else { throw .records }
            sources.append(id)
        }
        for flag in flags {
            let index = try reader.count(upTo: Int.max)
            guard index < strings.count else { throw .records }
            if flag.contains(.control) {
                contents.append(.control(strings[index]))
            } else if let format = formats[index] {
                contents.append(.record(format))
            } else {
                throw .unknown
            }
        }
    }

    private mutating func readTimes(
        _ reader: inout PackedReader, flags: [FrameColumns.Flags]
    ) throws(FrameDamage) {
        var last: Int64 = 0
        for _ in flags {
            last = last &+ (try reader.zigzag())
            received.append(Timestamp(nanoseconds: last))
        }
        for (index, flag) in flags.enumerated() {
            guard flag.contains(.time) else {
                times.append(nil)
                continue
            }
            let distance = try reader.zigzag()
            times.append(Timestamp(nanoseconds: received[index].nanoseconds &+ distance))
        }
    }
}
