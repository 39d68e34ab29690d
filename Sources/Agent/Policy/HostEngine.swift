internal import Engine
internal import Sigma
internal import Wire

/// The engine on the host: the rules of the policy, looked for in each record that is kept, so that there are alerts while the host is cut off.
///
/// It is the server's engine over the host's own records. What it finds becomes a record of the highest value, which is sent with the others:
///
///     {"kagari":"host-alert","alert_id":…,"rule_id":…,"rule":…,"level":…,"time":…,"sequence":…}
///
/// Rules are those of the policy; those of its names that begin with `mappings/` are mappings. A class, as a worker is never copied.
final class HostEngine {
    static let mappingPrefix = "mappings/"
    /// Alerts held for joining with others.
    static let alertsMax = 10_000
    /// How often correlations are asked, by the records' time of keeping.
    static let tickSeconds: Int64 = 10

    private var engine: LiveEngine
    private var worker: Worker
    private var ticked = Timestamp(nanoseconds: 0)
    private(set) var alertCount: UInt64 = 0
    let ruleCount: Int
    /// Rules that were refused, and mappings that could not be read.
    let problemCount: Int

    /// Nil where the policy has no rule.
    init?(_ policy: WirePolicy) {
        var loader = RuleLoader()
        var mappings: [Mapping] = []
        var unread = 0
        for rule in policy.rules {
            if rule.name.hasPrefix(Self.mappingPrefix) {
                if let mapping = try? MappingReader.read(path: rule.name, text: rule.text) {
                    mappings.append(mapping)
                } else {
                    unread += 1
                }
            } else {
                loader.add(path: rule.name, text: rule.text)
            }
        }
        let collection = loader.finish()
        let rules = RuleSet(collection, mappings: mappings)
        ruleCount = rules.ruleCount + rules.correlations.count
        problemCount = unread + collection.problems.count
        guard ruleCount > 0 else { return nil }
        var options = LiveOptions(salt: policy.tenant)
        options.alertsMax = Self.alertsMax
        engine = LiveEngine(rules: rules, options: options)
        worker = Worker(rules: rules, options: WorkerOptions(salt: policy.tenant))
    }

    /// Looks at records that are kept.
    ///
    /// - Parameter first: the sequence of the first.
    func look(at records: [SpoolRecord], first: UInt64) -> [HostAlert] {
        var found: [HostAlert] = []
        for (index, record) in records.enumerated() {
            let sequence = first + UInt64(index)
            let block = Block(
                source: 0, sequence: sequence, bytes: record.content, offset: 0,
                firstLine: sequence, format: RecordFormat(rawValue: record.format) ?? .json,
                modified: record.time)
            let receipt = LiveEngine.Receipt(received: record.time)
            let alerts = engine.absorb(worker.process(block), of: receipt)
            found += alerts.map { HostAlert($0, at: record.time) }
        }
        if let last = records.last?.time,
            last.nanoseconds - ticked.nanoseconds >= Self.tickSeconds * 1_000_000_000
        {
            ticked = last
            found += engine.tick(at: last).alerts.map { HostAlert($0, at: last) }
        }
        alertCount += UInt64(found.count)
        return found
    }
}
