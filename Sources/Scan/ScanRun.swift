package import Collect
package import Engine
internal import Synchronization

/// Reads, decodes, matches and joins: several workers, one order.
///
/// Workers take blocks as they are free and hand in what they found; it is absorbed in the order of
/// the blocks, so that the number of workers changes nothing in the result.
package final class ScanRun: Sendable {
    /// How far a worker may run ahead of the slowest one; bounds what waits to be absorbed.
    private static let blocksAheadMax: UInt64 = 64

    private struct Intake {
        var reader: InputReader
        var given: UInt64 = 0
    }

    private struct Collected {
        var engine: DetectionEngine
        var waiting: [UInt64: BlockOutcome] = [:]
        var next: UInt64 = 0
    }

    package struct Progress: Sendable {
        package var records: UInt64
        package var alerts: Int
        package var consumed: UInt64
        package var total: UInt64?
    }

    private let rules: RuleSet
    private let options: WorkerOptions
    private let intake: Mutex<Intake>
    private let collected: Mutex<Collected>
    private let report: @Sendable (Progress) -> Void

    /// - Parameters:
    ///   - paths: the order they are named in changes nothing.
    ///   - standardInput: the descriptor that `-` stands for.
    package init(
        rules: RuleSet, options: WorkerOptions, paths: [String],
        reading: ReadOptions = ReadOptions(), standardInput: Int32 = 0,
        report: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        self.rules = rules
        self.options = options
        self.report = report
        intake = Mutex(
            Intake(
                reader: InputReader(
                    paths: paths.sorted(), options: reading, standardInput: standardInput)))
        collected = Mutex(Collected(engine: DetectionEngine(rules: rules)))
    }

    package func run(threads: Int) async -> (result: RunResult, truncated: Truncation) {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, threads) { group.addTask { await self.work() } }
        }
        let (sources, unparsed, byReason) = intake.withLock {
            ($0.reader.sources, $0.reader.unparsed, $0.reader.unparsedByReason)
        }
        let engine = collected.withLock { $0.engine }
        let truncated = Truncation(
            fields: engine.truncatedFields, evidence: engine.evidenceLeftOut,
            alerts: engine.alertsLeftOut)
        var result = engine.finish(sources: sources)
        result.unparsed += unparsed
        result.unparsedByReason.merge(byReason, uniquingKeysWith: +)
        return (result, truncated)
    }

    package struct Truncation: Sendable {
        package var fields: UInt64
        package var evidence: UInt64
        package var alerts: UInt64
    }

    private func work() async {
        var worker = Worker(rules: rules, options: options)
        while true {
            let done = collected.withLock { $0.next }
            let step = intake.withLock { intake -> Step in
                if intake.given >= done + Self.blocksAheadMax { return .wait }
                guard let block = intake.reader.nextBlock() else { return .end }
                intake.given = block.sequence + 1
                return .block(block)
            }
            switch step {
            case .wait: await Task.yield()
            case .end: return
            case .block(let block):
                deliver(worker.process(block))
                intake.withLock { $0.reader.recycle(block.bytes) }
            }
        }
    }

    private enum Step {
        case block(Block), wait, end
    }

    private func deliver(_ outcome: BlockOutcome) {
        let (records, alerts) = collected.withLock { collected in
            collected.waiting[outcome.sequence] = outcome
            while let next = collected.waiting.removeValue(forKey: collected.next) {
                collected.engine.absorb(next)
                collected.next += 1
            }
            return (collected.engine.records, collected.engine.alertCount)
        }
        let (consumed, total) = intake.withLock {
            ($0.reader.bytesOfInputConsumed, $0.reader.totalBytesKnown)
        }
        report(Progress(records: records, alerts: alerts, consumed: consumed, total: total))
    }
}
