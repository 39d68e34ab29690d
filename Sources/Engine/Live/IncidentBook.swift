internal import Sigma

/// Which alert belongs to which incident, over time.
///
/// The storyline tells at each tick what belongs together, as if it were asked for the first time. This book gives that names which stay: an
/// incident keeps its id while alerts join it; of several that turn out to be one, the one opened first stays; of one that falls
/// apart, the part with its earliest alert keeps the id. What it answers depends on the ticks before and on nothing else.
struct IncidentBook: Sendable {
    private struct Case: Sendable {
        var id: String
        /// Cases are older the smaller this is.
        var ordinal: Int
        /// Digest of what was told of it last.
        var told: (high: UInt64, low: UInt64) = (0, 0)
    }

    /// By alert index; nil where an alert is part of no incident.
    private var caseOfAlert: [Int?] = []
    /// By ordinal.
    private var cases: [Int: Case] = [:]
    private var caseCount = 0

    /// - Parameters:
    ///   - incidents: what the storyline tells now; alerts by index.
    ///   - ids: the id of each alert, by index.
    mutating func settle(_ incidents: [Incident], ids: [String]) -> [StorylineChange] {
        while caseOfAlert.count < ids.count { caseOfAlert.append(nil) }
        let told = incidents.filter { !$0.alerts.isEmpty }
            .map { (incident: $0, first: $0.alerts.min() ?? 0) }
            .sorted { $0.first < $1.first }
        // Where each case goes on: with its earliest alert.
        var heir: [Int: Int] = [:]
        var earliest: [Int: Int] = [:]
        for (place, entry) in told.enumerated() {
            for alert in entry.incident.alerts {
                guard let owner = caseOfAlert[alert] else { continue }
                if alert < earliest[owner, default: .max] {
                    earliest[owner] = alert
                    heir[owner] = place
                }
            }
        }
        var heirs = Array(repeating: [Int](), count: told.count)
        for (owner, place) in heir { heirs[place].append(owner) }
        var changes: [StorylineChange] = []
        for (place, entry) in told.enumerated() {
            let owners = heirs[place].sorted()
            let survivor = owners.first ?? open(entry.incident.id)
            for lost in owners.dropFirst() {
                if let from = cases.removeValue(forKey: lost)?.id, let into = cases[survivor]?.id {
                    changes.append(.merged(from: from, into: into))
                }
            }
            for alert in entry.incident.alerts { caseOfAlert[alert] = survivor }
            if let change = tell(entry.incident, as: survivor, ids: ids) { changes.append(change) }
        }
        return changes
    }

    private mutating func open(_ wanted: String) -> Int {
        var id = wanted
        var turn: UInt64 = 1
        while cases.values.contains(where: { $0.id == id }) {
            var hash = StableHash()
            hash.add(wanted)
            hash.add(turn)
            id = hash.text()
            turn += 1
        }
        cases[caseCount] = Case(id: id, ordinal: caseCount)
        caseCount += 1
        return caseCount - 1
    }

    /// The incident under its lasting id; nil where nothing about it is new.
    private mutating func tell(
        _ incident: Incident, as ordinal: Int, ids: [String]
    ) -> StorylineChange? {
        var incident = incident
        incident.id = cases[ordinal]?.id ?? incident.id
        var place: [Int: Int] = [:]
        for (new, old) in incident.alerts.enumerated() { place[old] = new }
        let alertIDs = incident.alerts.map { ids[$0] }
        incident.alerts = Array(alertIDs.indices)
        for index in incident.entities.indices {
            incident.entities[index].alerts = incident.entities[index].alerts.compactMap {
                place[$0]
            }
        }
        var hash = StableHash()
        hash.add(incident.title)
        hash.add(UInt64(incident.level.rawValue))
        hash.add(UInt64(incident.risk) << 8 | UInt64(incident.confidence))
        for sentence in incident.story { hash.add(sentence) }
        for id in alertIDs { hash.add(id) }
        hash.add(UInt64(incident.entities.count) << 32 | UInt64(incident.edges.count))
        let digest = hash.finish()
        if let told = cases[ordinal]?.told, told == digest { return nil }
        cases[ordinal]?.told = digest
        return .told(LiveIncident(incident: incident, alertIDs: alertIDs))
    }

    /// Lets go of alerts for which `place` is nil, numbers the others by it, and forgets cases without alerts.
    mutating func renumberAlerts(count: Int, _ place: (Int) -> Int?) {
        var moved = [Int?](repeating: nil, count: count)
        for (old, owner) in caseOfAlert.enumerated() {
            if let new = place(old) { moved[new] = owner }
        }
        caseOfAlert = moved
        let live = Set(moved.compactMap { $0 })
        cases = cases.filter { live.contains($0.key) }
    }

    func write(to state: inout StateWriter) {
        state.add(caseCount)
        state.add(list: cases.values.sorted { $0.ordinal < $1.ordinal }) { state, known in
            state.add(known.id)
            state.add(known.ordinal)
            state.addWord(known.told.high)
            state.addWord(known.told.low)
        }
        state.add(list: caseOfAlert) { state, owner in state.add(owner ?? -1) }
    }

    init() {}

    init(from state: inout StateReader) throws(StateReader.Failure) {
        caseCount = try state.int()
        let known = try state.list { state throws(StateReader.Failure) in
            Case(
                id: try state.text(), ordinal: try state.int(),
                told: (try state.word(), try state.word()))
        }
        for one in known { cases[one.ordinal] = one }
        caseOfAlert = try state.list { state throws(StateReader.Failure) in
            let owner = try state.int()
            return owner < 0 ? nil : owner
        }
    }
}
