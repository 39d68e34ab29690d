package import Sigma

/// From alerts to incidents: what belongs to one attack, told once.
///
/// Feed it every event that says something happened (``observe(_:)``) and every alert
/// (``add(_:index:)``), in any order; ``incidents()`` answers from the set of all of it, so that the
/// order of arrival, and arrival twice, change nothing.
///
/// - Cost: an event that leaves nothing costs one branch; a process start one pass over its fields.
/// - Bounds: ``StorylineLimits``; what is beyond is counted in ``leftOut``.
package struct Storyline: Sendable {
    var rules: [RuleMetadata]
    let limits: StorylineLimits
    var intake: Intake
    var processes: FactSet<ProcessFact>
    var links: FactSet<LinkFact>
    var traffic: FactSet<LinkFact>
    var alerts: [AlertFact] = []
    var alertCount = 0
    var alertsLeftOut: UInt64 = 0
    private var textCountMax = 1 << 19
    /// Events learned from lately, so that an alert's event is not read twice. Their facts are in
    /// the set already, so which ones are remembered cannot be seen in the result.
    private var learned = [ContentKey](repeating: .none, count: 8192)

    package init(rules: [RuleMetadata], limits: StorylineLimits = .init()) {
        self.rules = rules
        self.limits = limits
        intake = Intake(limits: limits)
        processes = FactSet(
            countMax: limits.processesMax, perHostMax: limits.processesPerHostMax)
        links = FactSet(countMax: limits.linksMax, perHostMax: limits.linksPerHostMax)
        traffic = FactSet(countMax: limits.trafficMax, perHostMax: limits.trafficPerHostMax)
    }

    /// Facts and alerts that the limits left no room for. An upper bound: one that came twice may
    /// be counted twice.
    package var leftOut: (processes: UInt64, links: UInt64, traffic: UInt64, alerts: UInt64) {
        (processes.leftOut, links.leftOut, traffic.leftOut, alertsLeftOut)
    }

    /// Learns from an event, whether or not a rule fires on it.
    package mutating func observe(_ event: RetainedEvent) {
        switch event.activity {
        case .processStart, .logon, .explicitCredentials, .fileWrite, .fileRename,
            .networkConnect, .remoteThread, .serviceInstall, .scheduledTask, .assumeRole,
            .cloudSignIn, .cloudCall:
            break
        default: return
        }
        let key = Self.key(of: event)
        intake.sheet.read(event)
        learn(from: event)
        intake.sheet.clear()
        learned[Int(key.low % 8192)] = key
    }

    private static func key(of event: RetainedEvent) -> ContentKey {
        var digest = ContentDigest()
        digest.mix(UInt64(bitPattern: Int64(event.reference.source)))
        digest.mix(event.reference.record)
        digest.mix(event.reference.offset)
        digest.mix(event.reference.order)
        digest.mix(UInt64(bitPattern: event.time?.nanoseconds ?? .min))
        digest.mix(UInt64(event.fields.count) << 32 ^ UInt64(event.byteCount))
        return digest.key
    }

    /// Takes an alert and what its event tells.
    ///
    /// - Parameter index: the alert's position in the run; what `finish()` answers by.
    package mutating func add(_ alert: Alert, index: Int) {
        precondition(index >= 0 && index < Int.max, "an alert's index is its place in the run")
        intake.sheet.read(alert.event)
        let key = Self.key(of: alert.event)
        if learned[Int(key.low % 8192)] != key { learn(from: alert.event) }
        alerts.append(intake.alert(alert, index: index))
        alertCount = max(alertCount, index + 1)
        intake.sheet.clear()
        if alerts.count >= limits.alertsMax + limits.alertsMax / 4 + 1 { settleAlerts() }
    }

    private mutating func learn(from event: RetainedEvent) {
        if event.activity == .processStart {
            let host = intake.host(of: event.source)
            var fact = intake.process(
                of: event, host: host, textBytesMax: limits.observedTextBytesMax)
            guard fact.process.isKnown, host.isKnown else { return }
            let user = intake.actor(of: event, host: host)
            fact.user = user.text
            fact.isService = user.isService
            processes.insert(fact.identified(in: intake.pool))
        } else if let link = intake.link(of: event) {
            switch link.kind {
            case .wrote, .connected, .used, .owns: traffic.insert(link.identified(in: intake.pool))
            default: links.insert(link.identified(in: intake.pool))
            }
            if let own = intake.ownership(of: event) {
                traffic.insert(own.identified(in: intake.pool))
            }
            if event.activity == .assumeRole || event.activity == .logon { learnUse(event) }
        }
        if let name = intake.naming(of: event) { links.insert(name.identified(in: intake.pool)) }
        if processes.isOverfull || links.isOverfull || traffic.isOverfull
            || intake.pool.count > textCountMax
        {
            settle()
        }
    }

    private mutating func learnUse(_ event: RetainedEvent) {
        guard event.source.isCloud else { return }
        var twin = event
        twin.activity = .cloudCall
        if let use = intake.link(of: twin) { traffic.insert(use.identified(in: intake.pool)) }
    }

    private mutating func settleAlerts() {
        // Which are kept depends on the alerts alone: the most severe, then the newest.
        alerts.sort {
            ($1.level, $1.time, $1.identity, $0.index) < ($0.level, $0.time, $0.identity, $1.index)
        }
        var last = (identity: ContentKey.none, index: -1)
        alerts.removeAll { alert in
            let isKnown = last == (alert.identity, alert.index)
            last = (alert.identity, alert.index)
            return isKnown
        }
        if alerts.count > limits.alertsMax {
            alertsLeftOut += UInt64(alerts.count - limits.alertsMax)
            alerts.removeSubrange(limits.alertsMax...)
        }
    }

    /// Lets go of what is beyond the limits, and of the texts nobody refers to any more.
    private mutating func settle() {
        settleAlerts()
        processes.settle(pool: intake.pool)
        links.settle(pool: intake.pool)
        traffic.settle(pool: intake.pool)
        var pool = TextPool()
        processes.move(from: intake.pool, to: &pool)
        links.move(from: intake.pool, to: &pool)
        traffic.move(from: intake.pool, to: &pool)
        for index in alerts.indices {
            alerts[index] = alerts[index].moved(from: intake.pool, to: &pool)
        }
        intake.replacePool(with: pool)
        textCountMax = max(textCountMax, pool.count * 2)
    }

    /// The incidents of all that came so far, and for each alert index the incident it is part of.
    package mutating func incidents() -> (incidents: [Incident], incidentOfAlert: [Int?]) {
        settle()
        let facts = StorylineFacts(
            pool: intake.pool, processes: processes.elements, links: links.elements,
            traffic: traffic.elements, alerts: alerts, alertCount: alertCount)
        return IncidentWriter(facts: facts, rules: rules, limits: limits).write()
    }

    package consuming func finish() -> (incidents: [Incident], incidentOfAlert: [Int?]) {
        incidents()
    }
}

/// Everything the storyline is made from; a set, in no order that matters.
struct StorylineFacts: Sendable {
    var pool: TextPool
    var processes: [ProcessFact]
    var links: [LinkFact]
    var traffic: [LinkFact]
    var alerts: [AlertFact]
    /// How many alerts the run has, those left out included.
    var alertCount: Int
}
