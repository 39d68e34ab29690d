internal import Sigma

/// The engine as the watch runs it: the same findings as a scan's, step by step, without an end.
///
/// It is fed one tenant's log in the order of the log: what workers found in each record (``absorb(_:of:)``) and, at the places where the log says
/// so, that it is time to tell (``tick(at:)``), that rules were replaced, or which alerts are suppressed. All of it is a function of that log, so a
/// replay gives the same bytes; and all it remembers is a value, so a copy of it can be written away while it goes on.
package struct LiveEngine: Sendable {
    /// Raised whenever what is written changes its form or its meaning.
    package static let stateVersion: UInt64 = 1

    /// What the log knows of a record beside its bytes.
    package struct Receipt: Sendable {
        package var received: Timestamp
        /// When it happened, by the sender's word outside of the record.
        package var time: Timestamp?
        package var host: String?

        package init(received: Timestamp, time: Timestamp? = nil, host: String? = nil) {
            self.received = received
            self.time = time
            self.host = host
        }
    }

    let options: LiveOptions
    package private(set) var rules: RuleSet
    var shelf: KnownRules
    var storyline: Storyline
    var correlations: CorrelationStage?
    var book = IncidentBook()
    var alerts: [HeldAlert] = []
    package var suppressions: [Suppression] = []
    /// Whether a tick would find something to tell.
    package private(set) var isUnsettled = false

    package init(rules: RuleSet, options: LiveOptions) {
        self.options = options
        self.rules = rules
        shelf = KnownRules(rules)
        storyline = Storyline(rules: shelf.all, limits: options.storyline)
        correlations = CorrelationStage(
            rules, latenessSeconds: options.latenessSeconds, salt: options.salt)
    }

    /// Whether a tick would tell something: alerts wait to be joined, or matches wait for time to pass.
    package var wantsTick: Bool { isUnsettled || correlations?.waits == true }

    package var heldAlertCount: Int { alerts.count }

    /// Takes what a worker found in one record, in the order of the log.
    ///
    /// - Returns: the alerts of its rules, and those of correlations that it completed.
    package mutating func absorb(
        _ outcome: consuming BlockOutcome, of receipt: Receipt
    ) -> [LiveAlert] {
        var found: [LiveAlert] = []
        for event in outcome.observations { storyline.observe(timed(event, receipt)) }
        for alert in outcome.alerts {
            var alert = alert
            alert.event = timed(alert.event, receipt)
            alert.time = alert.event.time
            alert.host = alert.host ?? receipt.host
            found.append(keep(alert, receipt.received))
        }
        for occurrence in outcome.occurrences {
            var occurrence = occurrence
            occurrence.event = timed(occurrence.event, receipt)
            // A record dated into the future would make all others late.
            occurrence.event.time = min(occurrence.event.time ?? receipt.received, receipt.received)
            occurrence.host = occurrence.host ?? receipt.host
            correlations?.add(occurrence)
        }
        return found + takeCorrelated(receipt.received)
    }

    /// Says that it is `now`, by the log's word, and tells what has become of incidents.
    package mutating func tick(at now: Timestamp) -> LiveFindings {
        var findings = LiveFindings()
        correlations?.advance(to: now)
        findings.alerts = takeCorrelated(now)
        if isUnsettled {
            let (incidents, _) = storyline.incidents()
            findings.incidents = book.settle(incidents, ids: alerts.map(\.id))
            isUnsettled = false
        }
        retire(before: now)
        return findings
    }

    /// From here on these rules are in force. Correlations that are the same go on with what they hold.
    package mutating func replace(rules: RuleSet) {
        self.rules = rules
        shelf.put(rules)
        storyline.rules = shelf.all
        var next = CorrelationStage(
            rules, latenessSeconds: options.latenessSeconds, salt: options.salt)
        if let correlations { next?.adopt(correlations) }
        correlations = next
    }

    /// Takes up what was written, the rules in force aside.
    mutating func takeUp(
        _ known: [RuleMetadata], _ state: inout StateReader
    ) throws(StateReader.Failure) {
        shelf = KnownRules(known, inForce: rules)
        isUnsettled = try state.flag()
        suppressions = try state.list { state throws(StateReader.Failure) in
            try Suppression(from: &state)
        }
        alerts = try state.list { state throws(StateReader.Failure) in
            HeldAlert(id: try state.text(), received: try state.signed())
        }
        book = try IncidentBook(from: &state)
        storyline = try Storyline(from: &state, rules: shelf.all, limits: options.storyline)
        guard storyline.alertCount <= alerts.count else {
            throw state.failure("the storyline knows of more alerts than are held")
        }
        if try state.flag() {
            guard correlations != nil else { throw state.failure("the state is of other rules") }
            try correlations?.read(from: &state)
        }
    }

    private func timed(_ event: RetainedEvent, _ receipt: Receipt) -> RetainedEvent {
        guard event.time == nil else { return event }
        var event = event
        event.time = receipt.time ?? receipt.received
        return event
    }

    private mutating func takeCorrelated(_ received: Timestamp) -> [LiveAlert] {
        guard let made = correlations?.takeAlerts(), !made.isEmpty else { return [] }
        return made.map { keep($0, received) }
    }

    private mutating func keep(_ alert: Alert, _ received: Timestamp) -> LiveAlert {
        let rule = rules.metadata[alert.rule]
        let by = suppressions.first { $0.covers(alert, ruleID: rule.id, received: received) }
        guard by == nil else { return LiveAlert(alert: alert, rule: rule, suppressedBy: by?.id) }
        var known = alert
        known.rule = shelf.place(alert.rule)
        storyline.add(known, index: alerts.count)
        alerts.append(HeldAlert(id: alert.id, received: received.nanoseconds))
        isUnsettled = true
        return LiveAlert(alert: alert, rule: rule, suppressedBy: nil)
    }

    /// Lets go of alerts that are older than the horizon, or more than may be held; their incidents stay as they were told last.
    private mutating func retire(before now: Timestamp) {
        let horizon = now.nanoseconds.adding(clamped: -options.horizonNanoseconds)
        let old = alerts.prefix { $0.received < horizon }.count
        let beyond = max(old, alerts.count - options.alertsMax)
        // Numbering anew costs as much as there is, so it waits until it is worth it.
        guard beyond > 0, beyond * 4 >= alerts.count else { return }
        let count = alerts.count - beyond
        let place = { (index: Int) in index >= beyond ? index - beyond : nil }
        storyline.renumberAlerts(count: count, place)
        book.renumberAlerts(count: count, place)
        alerts.removeFirst(beyond)
    }
}

/// How one tenant's engine works.
package struct LiveOptions: Sendable {
    /// The tenant, in the ids of its alerts.
    package var salt: String
    /// How long a correlation waits for records that come late. Those that come later still count while their window is held.
    package var latenessSeconds = 1
    /// How long after its receipt an alert may still be joined with others.
    package var horizonNanoseconds: Int64 = 7 * 86_400 * 1_000_000_000
    /// Alerts held for joining; beyond it, the oldest are let go first.
    package var alertsMax = 100_000
    package var storyline = StorylineLimits()

    package init(salt: String) { self.salt = salt }
}

/// An alert that the storyline holds, by its place.
struct HeldAlert: Sendable {
    var id: String
    var received: Int64
}

/// Every rule that was in force and may have made an alert that is held: rules come and go, alerts name them by their place here.
struct KnownRules: Sendable {
    private(set) var all: [RuleMetadata] = []
    private var places: [Name: Int] = [:]
    private var inForce: [Int] = []

    private struct Name: Hashable {
        var id: String
        var revision: UInt64
    }

    init(_ rules: RuleSet) { put(rules) }

    /// - Parameter known: all that were known, in their places.
    init(_ known: [RuleMetadata], inForce rules: RuleSet) {
        for rule in known { _ = learn(rule) }
        put(rules)
    }

    mutating func put(_ rules: RuleSet) { inForce = rules.metadata.map { learn($0) } }

    /// - Parameter index: of the rule in the set in force.
    func place(_ index: Int) -> Int { inForce[index] }

    mutating func learn(_ rule: RuleMetadata) -> Int {
        let name = Name(id: rule.id, revision: rule.revision)
        if let place = places[name] {
            // The rule in force says more of itself than what was written of it.
            all[place] = rule
            return place
        }
        places[name] = all.count
        all.append(rule)
        return all.count - 1
    }
}
