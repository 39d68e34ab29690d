import Collect
import Engine
import Foundation
import Report

/// One import: reads, sends, counts.
struct ImportRun {
    /// Places told of; further ones are only counted.
    static let placesMax = 20
    /// Of one request; a record beyond goes alone.
    static let requestBytesMax = 8 << 20
    static let requestRecordsMax = 10_000

    private var reader: InputReader
    private let journal: ImportJournal?
    private let started: ContinuousClock.Instant
    private let progress: ProgressDisplay
    private var read = 0
    private var stored = 0
    private var duplicates = 0
    private var refused = 0
    private var unreadable: UInt64 = 0
    private var places: [String] = []

    init(
        paths: [String], format: RecordFormat?, journal: ImportJournal?,
        started: ContinuousClock.Instant
    ) {
        reader = InputReader(paths: paths.sorted(), options: ReadOptions(format: format))
        self.journal = journal
        self.started = started
        progress = ProgressDisplay(started: started)
    }

    mutating func run(into sink: any ImportSink) async throws {
        var splitter = BlockRecords()
        defer { progress.clear() }
        while let block = reader.nextBlock() {
            let path = reader.sources[block.source].path
            let (records, bad) = splitter.records(of: block)
            read += records.count
            unreadable += UInt64(bad.count)
            for one in bad { note("\(path) at byte \(one.offset): \(one.reason)") }
            let mark = ImportJournal.mark(of: block)
            if let journal, journal.holds(mark) {
                duplicates += records.count
            } else if try await send(records, path, into: sink) {
                try journal?.add(mark)
            }
            progress.show(
                records: UInt64(read), consumed: reader.bytesOfInputConsumed,
                total: reader.totalBytesKnown)
            reader.recycle(block.bytes)
        }
        for source in reader.sources where source.problem != nil && !source.isPassedOver {
            note("\(source.path): \(source.problem ?? "")")
        }
        for one in reader.unparsed {
            note("\(reader.sources[one.source].path) at byte \(one.offset): \(one.reason)")
        }
        unreadable += reader.unparsedByReason.values.reduce(0, +)
    }

    /// - Returns: whether all of them are kept.
    private mutating func send(
        _ records: [BlockRecords.Record], _ path: String, into sink: any ImportSink
    ) async throws -> Bool {
        var isWhole = true
        for part in Self.parts(records) {
            do {
                let answer = try await sink.send(Array(part), from: path)
                stored += answer.stored
                duplicates += answer.duplicate
            } catch let refusal as ImportRefusal {
                isWhole = false
                guard part.count > 1 else {
                    refused += 1
                    note("\(path) at byte \(part[part.startIndex].offset): \(refusal.reason)")
                    continue
                }
                // One of them may be what is refused; the others shall not suffer for it.
                for record in part { _ = try await send([record], path, into: sink) }
            }
        }
        return isWhole
    }

    static func parts(_ records: [BlockRecords.Record]) -> [ArraySlice<BlockRecords.Record>] {
        var parts: [ArraySlice<BlockRecords.Record>] = []
        var start = 0
        var bytes = 0
        for (index, record) in records.enumerated() {
            let isFull =
                bytes + record.bytes.count > requestBytesMax || index - start == requestRecordsMax
            if index > start, isFull {
                parts.append(records[start..<index])
                start = index
                bytes = 0
            }
            bytes += record.bytes.count
        }
        if start < records.count { parts.append(records[start...]) }
        return parts
    }

    private mutating func note(_ place: String) {
        if places.count < Self.placesMax { places.append(place) }
    }

    var isIncomplete: Bool {
        refused > 0 || unreadable > 0
            || reader.sources.contains { $0.problem != nil && !$0.isPassedOver }
    }

    func tell() {
        for place in places { Machine.tell("kagari: \(VisibleText(place).text)\n") }
        var writer = JSONWriter()
        let problems = reader.sources.count { $0.problem != nil && !$0.isPassedOver }
        writer.object { line in
            line.member("sources", reader.sources.count)
            line.member("read", read)
            line.member("stored", stored)
            line.member("already_there", duplicates)
            line.member("refused", refused)
            line.member("unreadable", unreadable)
            line.member("inputs_unreadable", problems)
        }
        writer.lineBreak()
        Machine.say(String(decoding: writer.bytes, as: UTF8.self))
    }
}
