import Engine
import Store
import Tenancy

/// What led to what in an incident, as the engine told it: read from the details that the ledger keeps.
struct StoryGraph: Sendable {
    struct Node: Sendable {
        let id: String
        /// Nil where a newer program told it.
        let kind: Entity.Kind?
        let label: String
        let host: String?
        let firstSeen: Timestamp?
        let lastSeen: Timestamp?
        let facts: [(name: String, value: String)]
        let alerts: [String]

        func fact(_ name: String) -> String? { facts.first { $0.name == name }?.value }
    }

    struct Edge: Sendable {
        let from: Int
        let to: Int
        let reason: String
        let time: Timestamp?
    }

    private(set) var nodes: [Node] = []
    private(set) var edges: [Edge] = []
    /// In the order of ATT&CK's matrix.
    private(set) var tactics: [Tactic] = []
    /// What it goes back to; a place in ``nodes``.
    private(set) var root: Int?

    /// Empty where there are no details, or none that can be read.
    init(details: String) {
        guard let json = try? CanonicalJSON(reading: details) else { return }
        nodes = (json["entities"]?.list ?? []).compactMap(Self.node)
        let places = Dictionary(
            nodes.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
        edges = (json["edges"]?.list ?? []).compactMap { edge in
            guard let from = edge["from"]?.text.flatMap({ places[$0] }),
                let to = edge["to"]?.text.flatMap({ places[$0] })
            else { return nil }
            return Edge(
                from: from, to: to, reason: edge["reason"]?.text ?? "",
                time: edge["time"]?.text.flatMap { Timestamp(rfc3339: $0) })
        }
        tactics = (json["tactics"]?.texts ?? []).compactMap { Tactic(tag: "attack.\($0)") }
        root = json["root"]?.text.flatMap { places[$0] }
    }

    private static func node(_ json: CanonicalJSON) -> Node? {
        guard let id = json["id"]?.text else { return nil }
        return Node(
            id: id, kind: json["kind"]?.text.flatMap { Entity.Kind(rawValue: $0) },
            label: json["label"]?.text ?? id, host: json["host"]?.text,
            firstSeen: json["first_seen"]?.text.flatMap { Timestamp(rfc3339: $0) },
            lastSeen: json["last_seen"]?.text.flatMap { Timestamp(rfc3339: $0) },
            facts: (json["facts"]?.list ?? []).map {
                ($0["name"]?.text ?? "", $0["value"]?.text ?? "")
            },
            alerts: json["alert_ids"]?.texts ?? [])
    }

    func labels(_ kinds: Set<Entity.Kind>) -> [String] {
        nodes.filter { $0.kind.map(kinds.contains) ?? false }.map(\.label)
    }

    /// The highest level of the alerts on each node; nil where none fired.
    func levels(_ alerts: [AlertSummary]) -> [CaseLevel?] {
        let levels = Dictionary(
            alerts.map { ($0.id.text, $0.level) }, uniquingKeysWith: { max($0, $1) })
        return nodes.map { node in node.alerts.compactMap { levels[$0] }.max() }
    }

    // MARK: - Processes

    /// A process with what it started, by time.
    struct Process: Sendable {
        let node: Int
        let children: [Process]
    }

    static let processDepthMax = 64

    /// Processes by who started them: those that nobody here started come first, by time.
    var processes: [Process] {
        var children: [Int: [Int]] = [:]
        var isChild: Set<Int> = []
        for edge in edges where edge.reason == CausalEdge.Reason.spawned.rawValue {
            guard edge.from != edge.to, isChild.insert(edge.to).inserted else { continue }
            children[edge.from, default: []].append(edge.to)
        }
        var told: Set<Int> = []
        func process(_ node: Int, _ depth: Int) -> Process? {
            guard depth < Self.processDepthMax, told.insert(node).inserted else { return nil }
            let below = (children[node] ?? []).sorted(by: precedes)
            return Process(node: node, children: below.compactMap { process($0, depth + 1) })
        }
        let all = nodes.indices.filter { nodes[$0].kind == .process }.sorted(by: precedes)
        let first = all.filter { !isChild.contains($0) }.compactMap { process($0, 0) }
        // What starts itself in a circle, or lies too deep, is not left out.
        return first + all.filter { !told.contains($0) }.compactMap { process($0, 0) }
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let times = [left, right].map { nodes[$0].firstSeen?.nanoseconds ?? .max }
        return (times[0], left) < (times[1], right)
    }
}
