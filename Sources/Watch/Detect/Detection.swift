package import Engine
package import Store
package import Tenancy

/// One tenant's log, read in its order: records in, findings and searchable events out.
///
/// The watch and a replay run the same value, so that what was found can be found again. It has no clock and no disk: when something is, the
/// log says.
package struct Detection: ~Copyable {
    /// Reads the rules of a content version; nil where they are not there any more.
    package typealias RulesOf = (String) -> RuleSet?

    package private(set) var engine: LiveEngine
    private var worker: Worker
    private var habits: SourceHabits
    /// The content in force, as the log named it; empty before it named any.
    package private(set) var content: String
    /// The last record taken.
    package private(set) var sequence: UInt64
    private let tenant: TenantID
    private let rulesOf: RulesOf
    private let noRules: RuleSet
    /// Control records that could not be followed, by reason.
    package private(set) var refusals: [String: Int] = [:]

    /// At the beginning of the log.
    ///
    /// - Parameter noRules: in force until the log names some.
    package init(
        of tenant: TenantID, noRules: RuleSet, rulesOf: @escaping RulesOf
    ) {
        self.tenant = tenant
        self.rulesOf = rulesOf
        self.noRules = noRules
        content = ""
        sequence = 0
        habits = SourceHabits()
        engine = LiveEngine(rules: noRules, options: LiveOptions(salt: tenant.text))
        worker = Worker(rules: noRules, options: WorkerOptions(salt: tenant.text))
    }

    /// Goes on where another one stopped.
    package init(
        of tenant: TenantID, from state: EngineState, noRules: RuleSet,
        rulesOf: @escaping RulesOf
    ) throws(StateReader.Failure) {
        var reader = StateReader(state.bytes)
        guard let rules = state.content.isEmpty ? noRules : rulesOf(state.content) else {
            throw reader.failure("the content \(state.content) is not kept any more")
        }
        let habits = try SourceHabits(from: &reader)
        let engine = try LiveEngine(
            from: &reader, rules: rules, options: LiveOptions(salt: tenant.text))
        self.tenant = tenant
        self.rulesOf = rulesOf
        self.noRules = noRules
        content = state.content
        sequence = state.sequence
        self.habits = habits
        self.engine = engine
        worker = Worker(rules: rules, options: WorkerOptions(salt: tenant.text))
    }

    /// All that it would need to go on from here. A copy of values: cheap, and written while this goes on.
    package var state: State {
        State(content: content, sequence: sequence, engine: engine, habits: habits)
    }

    package struct State: Sendable {
        let content: String
        let sequence: UInt64
        let engine: LiveEngine
        let habits: SourceHabits

        /// Takes as long as there is much to write.
        package var written: EngineState {
            var writer = StateWriter()
            habits.write(to: &writer)
            engine.write(to: &writer)
            return EngineState(content: content, sequence: sequence, bytes: writer.bytes)
        }
    }

    /// What ids of alerts are made from beside rule and record.
    var salt: String { tenant.text }

    var silentSources: Set<LogSourceID> { habits.silentNow }

    /// Whether a tick would tell something.
    package var wantsTick: Bool { engine.wantsTick }

    /// Takes the next record of the log.
    ///
    /// - Precondition: sequences rise.
    package mutating func take(_ record: ArchivedRecord, into found: inout Found) {
        precondition(record.sequence > sequence, "a log is read in its order")
        sequence = record.sequence
        found.through = sequence
        switch record.content {
        case .record(let format): read(record, format, &found)
        case .control(let kind): follow(kind, record, &found)
        }
    }

    /// Takes the next record of the log, matched already by a worker of the rules in force; what it says is not kept for search.
    package mutating func take(
        _ record: ArchivedRecord, matched outcome: consuming BlockOutcome, into found: inout Found
    ) {
        precondition(record.sequence > sequence, "a log is read in its order")
        sequence = record.sequence
        found.through = sequence
        absorb(outcome, of: record, &found)
    }

    private mutating func absorb(
        _ outcome: consuming BlockOutcome, of record: ArchivedRecord, _ found: inout Found
    ) {
        found.records += 1
        habits.met(record.source, at: record.received)
        let receipt = LiveEngine.Receipt(
            received: record.received, time: record.envelope.time, host: record.envelope.host)
        found.alerts += engine.absorb(outcome, of: receipt).map {
            Found.Alert(alert: $0, received: record.received)
        }
    }

    private mutating func read(
        _ record: ArchivedRecord, _ format: RecordFormat, _ found: inout Found
    ) {
        let outcome = EventReading.decode(record, format, &worker, tenant, &found)
        absorb(outcome, of: record, &found)
    }

    /// Reads for search alone: from the log's beginning with no content yet, else with the content that is in force here.
    func eventReading(from first: UInt64) -> EventReading {
        EventReading(
            of: tenant, rules: first == 1 ? noRules : engine.rules, rulesOf: rulesOf)
    }

    private mutating func follow(
        _ kind: String, _ record: ArchivedRecord, _ found: inout Found
    ) {
        switch Control(kind, record.bytes) {
        case .tick:
            let findings = engine.tick(at: record.received)
            found.alerts += findings.alerts.map {
                Found.Alert(alert: $0, received: record.received)
            }
            found.incidents += findings.incidents
            found.silences += habits.silent(at: record.received)
        case .content(let name):
            guard let rules = rulesOf(name) else {
                refusals["content is not kept any more", default: 0] += 1
                return
            }
            content = name
            engine.replace(rules: rules)
            worker = Worker(rules: rules, options: WorkerOptions(salt: tenant.text))
        case .suppressions(let suppressions):
            engine.suppressions = suppressions
        case .agent(let notice): found.notices.append(.init(notice, noticed: record.received))
        case nil:
            refusals["a control record of no known kind", default: 0] += 1
        }
    }
}

/// What an engine remembered at one place of the log.
package struct EngineState: Sendable {
    package var content: String
    package var sequence: UInt64
    package var bytes: [UInt8]

    package init(content: String, sequence: UInt64, bytes: [UInt8]) {
        self.content = content
        self.sequence = sequence
        self.bytes = bytes
    }
}

extension Block {
    /// One record of a log, as decoders take it. Its number is its sequence.
    init(_ record: ArchivedRecord, _ format: RecordFormat) {
        self.init(
            source: 0, sequence: record.sequence, bytes: record.bytes, offset: 0,
            firstLine: record.sequence, format: format, modified: record.received)
        add(labels: record.envelope.labels)
    }
}
