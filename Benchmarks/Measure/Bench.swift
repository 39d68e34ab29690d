import ArgumentParser
import Collect
import Engine
import Foundation
import Sigma

/// One rule set under measurement, with its worker and what its rounds took.
final class Bench {
    private let name: String
    private let rules: RuleSet
    private var worker: Worker
    private let loading: Double
    private let building: Double
    private var first = 0.0
    private var records: UInt64 = 0
    private var unparsed: UInt64 = 0
    private var alerts = 0
    private var counts: [Int: Int] = [:]
    /// CPU seconds of each round.
    private var taken: [Measure.Phase: [Double]] = [:]

    /// CPU seconds of the process so far.
    static var seconds: Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    init(_ name: String, _ collection: RuleCollection, _ mappings: [Mapping], loading: Double) {
        let started = Self.seconds
        self.name = name
        self.loading = loading
        rules = RuleSet(collection, mappings: mappings)
        worker = Worker(rules: rules)
        building = Self.seconds - started
    }

    /// The block without the lines on which something fires or that the storyline keeps; nil when
    /// none is left.
    func silent(in block: Block) throws -> Block? {
        guard block.format == .json else { throw ValidationError("--silent takes JSON lines only") }
        let outcome = worker.process(block)
        var loud = Set(outcome.alerts.map(\.event.reference.offset))
        loud.formUnion(outcome.observations.map(\.reference.offset))
        loud.formUnion(outcome.occurrences.map(\.event.reference.offset))
        var kept = block
        kept.bytes = []
        var offset = block.offset
        for line in block.bytes.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        {
            if !line.isEmpty, !loud.contains(offset) {
                kept.bytes += line
                kept.bytes.append(UInt8(ascii: "\n"))
            }
            offset += UInt64(line.count) + 1
        }
        guard !kept.bytes.isEmpty else { return nil }
        let again = worker.process(kept)
        guard again.alerts.isEmpty, again.observations.isEmpty else {
            throw ValidationError("--silent needs one record a line")
        }
        return kept
    }

    /// The first pass, in which event classes are compiled; counts what is found.
    func warm(_ blocks: [Block]) {
        let started = Self.seconds
        for block in blocks {
            let outcome = worker.process(block)
            records += outcome.records
            unparsed += outcome.unparsedByReason.values.reduce(0, +)
            alerts += outcome.alerts.count
            for alert in outcome.alerts { counts[alert.rule, default: 0] += 1 }
        }
        first = Self.seconds - started
    }

    func round(_ phase: Measure.Phase, _ blocks: [Block], _ paths: [String]) {
        measure(.read, phase) { worker in
            var reader = InputReader(paths: paths.sorted())
            while let block = reader.nextBlock() {
                _ = worker.parseOnly(block)
                reader.recycle(block.bytes)
            }
        }
        measure(.parse, phase) { worker in
            var seen: UInt64 = 0
            for block in blocks { seen += worker.parseOnly(block) }
            precondition(seen >= records, "every pass reads the same records")
        }
        measure(.match, phase) { worker in
            var fired = 0
            for block in blocks { fired += worker.matchOnly(block) }
            precondition(fired >= alerts, "the same rules fire again")
        }
        measure(.whole, phase) { worker in
            var made = 0
            for block in blocks { made += worker.wholeOnly(block) }
            precondition(made == alerts, "the same alerts are made again")
        }
    }

    private func measure(
        _ step: Measure.Phase, _ wanted: Measure.Phase, _ body: (inout Worker) -> Void
    ) {
        guard wanted.includes(step) else { return }
        let started = Self.seconds
        body(&worker)
        taken[step, default: []].append(Self.seconds - started)
    }

    /// Nanoseconds an event: the median over the rounds.
    private func nanoseconds(_ phase: Measure.Phase) -> Double? {
        guard let all = taken[phase]?.sorted(), !all.isEmpty, records > 0 else { return nil }
        return all[all.count / 2] / Double(records) * 1e9
    }

    /// What was measured, as one JSON object.
    func line(_ blocks: [Block]) -> String {
        var json = JSONWriter()
        json.object { object in
            object.member("set", name)
            object.member("rules", rules.rules.count)
            object.member("blocks", blocks.count)
            object.member("bytes", blocks.reduce(0) { $0 + $1.bytes.count })
            object.member("records", records)
            object.member("unparsed", unparsed)
            object.member("alerts", alerts)
            object.member("classes", rules.compiledClasses)
            object.member("table_bytes", rules.compiledBytes)
            object.member("load_us", Int(loading * 1e6))
            object.member("build_us", Int(building * 1e6))
            object.member("first_us", Int(first * 1e6))
            for phase in Measure.Phase.allCases {
                guard let figure = nanoseconds(phase) else { continue }
                object.member("\(phase.rawValue)_ns", Int(figure.rounded()))
            }
        }
        return String(decoding: json.bytes, as: UTF8.self) + "\n"
    }

    /// `id<TAB>count` of every rule that fired, a line each.
    var table: String {
        counts.map { "\(rules.metadata[$0.key].id)\t\($0.value)\n" }.sorted().joined()
    }
}
