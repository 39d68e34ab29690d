internal import Sigma

/// What a storyline remembers: its facts and the texts they name. What it merely keeps at hand to be quick is not written; it shows in no result.
extension Storyline {
    func write(to state: inout StateWriter) {
        intake.pool.write(to: &state)
        state.add(list: processes.elements) { $1.write(to: &$0) }
        state.add(list: links.elements) { $1.write(to: &$0) }
        state.add(list: traffic.elements) { $1.write(to: &$0) }
        state.add(list: alerts) { $1.write(to: &$0) }
        for count in [processes.leftOut, links.leftOut, traffic.leftOut, alertsLeftOut] {
            state.add(count)
        }
        state.add(alertCount)
    }

    init(
        from state: inout StateReader, rules: [RuleMetadata], limits: StorylineLimits
    ) throws(StateReader.Failure) {
        self.init(rules: rules, limits: limits)
        intake.replacePool(with: try TextPool(from: &state))
        var reader = FactReader(state: state, textCount: intake.pool.count)
        let processes = try reader.list { reader throws(StateReader.Failure) in
            try ProcessFact(from: &reader)
        }
        let links = try reader.list { reader throws(StateReader.Failure) in
            try LinkFact(from: &reader)
        }
        let traffic = try reader.list { reader throws(StateReader.Failure) in
            try LinkFact(from: &reader)
        }
        alerts = try reader.list { reader throws(StateReader.Failure) in
            try AlertFact(from: &reader)
        }
        state = reader.state
        self.processes = FactSet(
            countMax: limits.processesMax, perHostMax: limits.processesPerHostMax,
            elements: processes, leftOut: try state.number())
        self.links = FactSet(
            countMax: limits.linksMax, perHostMax: limits.linksPerHostMax,
            elements: links, leftOut: try state.number())
        self.traffic = FactSet(
            countMax: limits.trafficMax, perHostMax: limits.trafficPerHostMax,
            elements: traffic, leftOut: try state.number())
        alertsLeftOut = try state.number()
        alertCount = try state.int()
        for alert in alerts
        where !(0..<max(0, alertCount) ~= alert.index)
            || !rules.indices.contains(alert.rule)
        {
            throw state.failure("an alert is not among those counted")
        }
    }

    /// Lets go of alerts for which `place` is nil, and numbers the others by it.
    ///
    /// - Parameter count: how many alerts there are then; places lie below it.
    mutating func renumberAlerts(count: Int, _ place: (Int) -> Int?) {
        var kept: [AlertFact] = []
        for alert in alerts {
            guard let index = place(alert.index) else { continue }
            var moved = alert
            moved.index = index
            kept.append(moved)
        }
        alerts = kept
        alertCount = count
    }
}
