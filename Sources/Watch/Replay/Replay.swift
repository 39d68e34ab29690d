package import Engine
package import Store

/// Reads a log again, from its beginning or from a state, with as many threads as are given; what it finds is the same with any number.
///
/// Matching needs no other record, so it is spread over workers; joining is done in the order of the log.
package struct Replay: ~Copyable {
    /// Records read before they are matched and joined.
    static let pieceRecordsMax = 20_000
    static let pieceBytesMax = 16 << 20

    private var detection: Detection
    private let threads: Int
    /// What the archive could not give.
    package private(set) var gaps: [ArchiveGap] = []
    package private(set) var records = 0

    package init(_ detection: consuming Detection, threads: Int) {
        self.detection = detection
        self.threads = max(1, threads)
    }

    /// Reads on to the end of the log, or until a record was received at `until` or later.
    ///
    /// - Parameter told: is given what each piece came to, in order.
    package mutating func run(
        _ reader: ArchiveReader, until: Timestamp? = nil, _ told: (Found) throws -> Void
    ) async throws {
        while true {
            let batch = try reader.next(
                recordsMax: Self.pieceRecordsMax, bytesMax: Self.pieceBytesMax)
            gaps += batch.gaps
            guard !batch.isEmpty else { return }
            var rest = batch.records[...]
            if let until { rest = rest.prefix { $0.received < until } }
            let isLast = rest.count < batch.records.count
            while let first = rest.first {
                var found = Found()
                if case .control = first.content {
                    detection.take(first, into: &found)
                    rest = rest.dropFirst()
                } else {
                    let run = rest.prefix { if case .record = $0.content { true } else { false } }
                    rest = rest.dropFirst(run.count)
                    let outcomes = await Self.matched(run, detection.workers, threads)
                    for (record, outcome) in zip(run, outcomes) {
                        detection.take(record, matched: outcome, into: &found)
                    }
                }
                records += found.records
                try told(found)
            }
            if isLast { return }
        }
    }

    private static func matched(
        _ records: ArraySlice<ArchivedRecord>, _ make: WorkerMaker, _ threads: Int
    ) async -> [BlockOutcome] {
        let share = (records.count + threads - 1) / threads
        let parts = stride(from: records.startIndex, to: records.endIndex, by: share).map {
            records[$0..<min($0 + share, records.endIndex)]
        }
        return await withTaskGroup(of: (Int, [BlockOutcome]).self) { group in
            for (place, part) in parts.enumerated() {
                group.addTask { (place, make.process(part)) }
            }
            var found = [[BlockOutcome]](repeating: [], count: parts.count)
            for await (place, outcomes) in group { found[place] = outcomes }
            return Array(found.joined())
        }
    }
}

/// Makes workers of the rules in force.
struct WorkerMaker: Sendable {
    let rules: RuleSet
    let salt: String

    func process(_ records: ArraySlice<ArchivedRecord>) -> [BlockOutcome] {
        var worker = Worker(rules: rules, options: WorkerOptions(salt: salt))
        return records.map { record in
            guard case .record(let format) = record.content else {
                preconditionFailure("controls are not matched")
            }
            return worker.process(Block(record, format))
        }
    }
}

extension Detection {
    var workers: WorkerMaker { WorkerMaker(rules: engine.rules, salt: salt) }
}
