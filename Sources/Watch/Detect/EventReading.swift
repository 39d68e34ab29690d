internal import Engine
internal import Store
internal import Tenancy

/// Turns records of one tenant's log into events for search, as ``Detection`` does, and nothing else: no rule is told of.
///
/// It follows the content versions that the log names, because they say what fields are called.
struct EventReading: ~Copyable {
    private let tenant: TenantID
    private let rulesOf: Detection.RulesOf
    private var worker: Worker

    /// - Parameter rules: those in force before the first record that will be read.
    init(of tenant: TenantID, rules: RuleSet, rulesOf: @escaping Detection.RulesOf) {
        self.tenant = tenant
        self.rulesOf = rulesOf
        worker = Worker(rules: rules, options: WorkerOptions(salt: tenant.text))
    }

    mutating func read(_ record: ArchivedRecord, into found: inout Found) {
        found.through = record.sequence
        switch record.content {
        case .record(let format):
            _ = Self.decode(record, format, &worker, tenant, &found)
            found.records += 1
        case .control(let kind):
            guard case .content(let name) = Control(kind, record.bytes), let rules = rulesOf(name)
            else { return }
            worker = Worker(rules: rules, options: WorkerOptions(salt: tenant.text))
        }
    }

    /// Decodes and matches one record; what it says for search goes to `found`.
    static func decode(
        _ record: ArchivedRecord, _ format: RecordFormat, _ worker: inout Worker,
        _ tenant: TenantID, _ found: inout Found
    ) -> BlockOutcome {
        var events: [StoredEvent] = []
        let outcome = worker.process(Block(record, format)) { event, reading in
            events.append(StoredEvent(event, reading, of: record, tenant: tenant))
        }
        if events.count > 1 { events = [StoredEvent(joining: events)] }
        if outcome.records == 0 {
            let reason = outcome.unparsed.first?.reason ?? "no record in it"
            events.append(StoredEvent(unparsed: record, reason: reason, tenant: tenant))
            found.unparsed[record.source, default: [:]][reason, default: 0] += 1
        }
        found.add(events)
        return outcome
    }
}
