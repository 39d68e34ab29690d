import Engine
import Sigma

/// The part of an incident's graph that a person can take in: leaves alike are folded into one
/// node, and past ``nodesMax`` what matters least is left out and counted.
struct StorylineGraph {
    struct Node {
        var label: String
        var kind: Entity.Kind
        var detail: String
        /// The band it is drawn in: its host, or what is not on a host.
        var lane: String
        /// Nanoseconds; `.max` where unknown.
        var time: Int64
        var level: Level?
        var alerts: Int
        var isRoot: Bool
        /// Entities it stands for; 1 unless folded.
        var members = 1
        /// Neighbours that are left out.
        var hidden = 0
    }

    struct Link {
        var from: Int
        var to: Int
        var reasons: [CausalEdge.Reason]

        /// The earliest reason, and how many more there are.
        var text: String {
            let first = reasons.first?.rawValue ?? ""
            return reasons.count > 1 ? "\(first) +\(reasons.count - 1)" : first
        }
    }

    private(set) var nodes: [Node] = []
    private(set) var links: [Link] = []
    /// Entities with links or alerts that no node stands for.
    private(set) var leftOut = 0

    /// - Parameter nodesMax: nodes drawn at most; folding comes first.
    init(_ incident: Incident, findings: Findings, nodesMax: Int) {
        var draft = Draft(incident, findings)
        draft.foldActors()
        draft.foldLeaves()
        let kept = draft.keep(nodesMax)
        var place: [Int: Int] = [:]
        for index in kept.sorted(by: { draft.comesBefore($0, $1) }) {
            place[index] = nodes.count
            nodes.append(draft.nodes[index])
        }
        for (key, reasons) in draft.links.sorted(by: { $0.key < $1.key }) {
            switch (place[key.from], place[key.to]) {
            case (let from?, let to?): links.append(Link(from: from, to: to, reasons: reasons))
            case (let from?, nil): nodes[from].hidden += 1
            case (nil, let to?): nodes[to].hidden += 1
            case (nil, nil): break
            }
        }
        leftOut = draft.alive.subtracting(kept).reduce(0) { $0 + draft.nodes[$1].members }
    }

    /// What the picture does not show, for below it; empty when it shows everything.
    var note: String {
        var parts: [String] = []
        let folded = nodes.filter { $0.members > 1 }
        if !folded.isEmpty { parts.append("Dashed boxes stand for several entities alike") }
        if leftOut > 0 {
            parts.append(
                "and \(Figures.counted(leftOut, "more entity", "more entities")), in the list below"
            )
        }
        return parts.isEmpty ? "" : parts.joined(separator: "; ") + "."
    }
}

private struct LinkKey: Hashable, Comparable {
    var from: Int
    var to: Int

    static func < (left: LinkKey, right: LinkKey) -> Bool {
        left.from != right.from ? left.from < right.from : left.to < right.to
    }
}

/// The whole graph while it is being reduced.
private struct Draft {
    /// Leaves alike become one node from this number on.
    static let foldFrom = 3

    var nodes: [StorylineGraph.Node] = []
    var links: [LinkKey: [CausalEdge.Reason]] = [:]
    var alive: Set<Int> = []
    private var ids: [EntityID] = []

    init(_ incident: Incident, _ findings: Findings) {
        var indexOf: [EntityID: Int] = [:]
        for entity in incident.entities {
            indexOf[entity.id] = nodes.count
            ids.append(entity.id)
            // Whose hands did it is context; a mark belongs on what was done.
            let isContext = [.host, .user, .session].contains(entity.kind)
            let alerts = isContext ? [] : entity.alerts.compactMap(findings.alert)
            let pid = entity.facts.first { $0.name == "pid" }.map { "pid \($0.value)" }
            nodes.append(
                StorylineGraph.Node(
                    label: entity.label, kind: entity.kind,
                    detail: pid ?? entity.kind.words,
                    lane: Self.lane(of: entity), time: entity.firstSeen?.nanoseconds ?? .max,
                    level: alerts.map(\.level).max(), alerts: alerts.count,
                    isRoot: entity.id == incident.root))
        }
        let byTime = incident.edges.enumerated().sorted {
            let left = $0.element.time?.nanoseconds ?? .max
            let right = $1.element.time?.nanoseconds ?? .max
            return left != right ? left < right : $0.offset < $1.offset
        }
        for (_, edge) in byTime {
            guard let from = indexOf[edge.from], let to = indexOf[edge.to], from != to else {
                continue
            }
            let key = LinkKey(from: from, to: to)
            if !(links[key] ?? []).contains(edge.reason) {
                links[key, default: []].append(edge.reason)
            }
        }
        for key in links.keys { alive.formUnion([key.from, key.to]) }
        for index in nodes.indices where nodes[index].alerts > 0 || nodes[index].isRoot {
            // A host without links of its own is its lane.
            if nodes[index].kind != .host { alive.insert(index) }
        }
    }

    private static func lane(of entity: Entity) -> String {
        switch entity.kind {
        case .address, .domain: return "Network"
        case .cloudPrincipal, .cloudResource: return "Cloud"
        default:
            guard let host = entity.host, !host.isEmpty else { return "Not tied to one host" }
            let isAddress = host.contains(":") || host.allSatisfy { $0.isNumber || $0 == "." }
            return isAddress ? host : String(host.prefix { $0 != "." })
        }
    }

    func comesBefore(_ left: Int, _ right: Int) -> Bool {
        if nodes[left].time != nodes[right].time { return nodes[left].time < nodes[right].time }
        return ids[left] != ids[right] ? ids[left] < ids[right] : left < right
    }

    /// A user who does nothing but run processes is told in their boxes.
    mutating func foldActors() {
        let neighbours = linksOfNodes()
        for index in alive.sorted()
        where nodes[index].kind == .user && nodes[index].alerts == 0 && !nodes[index].isRoot {
            let keys = neighbours[index] ?? []
            guard keys.allSatisfy({ $0.from == index && links[$0] == [.ranAs] }) else { continue }
            let name = nodes[index].label.split(separator: "\\").last.map(String.init)
            for key in keys {
                nodes[key.to].detail += " · \(name ?? nodes[index].label)"
                links[key] = nil
            }
            alive.remove(index)
        }
    }

    private struct LeafKey: Hashable {
        var neighbour: Int
        var isChild: Bool
        var kind: Entity.Kind
        var lane: String
        var reasons: [CausalEdge.Reason]
        /// Leaves that fired are folded only with their like.
        var label: String?
    }

    private func linksOfNodes() -> [Int: [LinkKey]] {
        var neighbours: [Int: [LinkKey]] = [:]
        for key in links.keys.sorted() {
            neighbours[key.from, default: []].append(key)
            neighbours[key.to, default: []].append(key)
        }
        return neighbours
    }

    mutating func foldLeaves() {
        let neighbours = linksOfNodes()
        var groups: [LeafKey: [Int]] = [:]
        for index in alive where !nodes[index].isRoot {
            guard let keys = neighbours[index], keys.count == 1, let key = keys.first,
                let reasons = links[key]
            else { continue }
            let isChild = key.to == index
            groups[
                LeafKey(
                    neighbour: isChild ? key.from : key.to, isChild: isChild,
                    kind: nodes[index].kind, lane: nodes[index].lane, reasons: reasons,
                    label: nodes[index].alerts > 0 ? nodes[index].label : nil), default: []
            ].append(index)
        }
        for (_, members) in groups where members.count >= Self.foldFrom {
            fold(members.sorted(by: comesBefore), neighbours)
        }
    }

    private mutating func fold(_ members: [Int], _ neighbours: [Int: [LinkKey]]) {
        guard let first = members.first else { return }
        let labels = Set(members.map { nodes[$0].label })
        let words = nodes[first].kind.words
        let name = nodes[first].label
        nodes[first].label =
            labels.count == 1 ? "\(members.count) × \(name)" : "\(members.count) \(plural(words))"
        nodes[first].detail = labels.count == 1 ? words : "\(name), …"
        nodes[first].members = members.count
        for member in members.dropFirst() {
            nodes[first].alerts += nodes[member].alerts
            nodes[first].level = [nodes[first].level, nodes[member].level].compactMap { $0 }.max()
            alive.remove(member)
            for key in neighbours[member] ?? [] { links[key] = nil }
        }
    }

    private func plural(_ words: String) -> String {
        if words.hasSuffix("s") { return words + "es" }
        return words.hasSuffix("y") && words != "registry key"
            ? words.dropLast() + "ies" : words + "s"
    }

    /// The nodes that matter most, each with the chain that leads to it.
    func keep(_ limit: Int) -> Set<Int> {
        guard alive.count > limit else { return alive }
        var parent: [Int: Int] = [:]
        for key in links.keys.sorted(by: { comesBefore($0.from, $1.from) })
        where parent[key.to] == nil {
            parent[key.to] = key.from
        }
        var degree: [Int: Int] = [:]
        for key in links.keys {
            degree[key.from, default: 0] += 1
            degree[key.to, default: 0] += 1
        }
        func weight(_ index: Int) -> Int {
            let node = nodes[index]
            if node.isRoot { return .max }
            return ((node.level?.rawValue ?? -1) + 1) * 1000 + min(node.alerts, 99) * 5
                + min(degree[index] ?? 0, 400)
        }
        let weights = Dictionary(uniqueKeysWithValues: alive.map { ($0, weight($0)) })
        let ranked = alive.sorted {
            let (left, right) = (weights[$0] ?? 0, weights[$1] ?? 0)
            return left != right ? left > right : comesBefore($0, $1)
        }
        var kept: Set<Int> = []
        for index in ranked {
            var chain = [index]
            while let up = parent[chain[chain.count - 1]], !chain.contains(up), !kept.contains(up),
                chain.count < 8
            { chain.append(up) }
            let new = chain.filter { alive.contains($0) && !kept.contains($0) }
            if kept.count + new.count <= limit { kept.formUnion(new) }
            if kept.count >= limit { break }
        }
        return kept
    }
}
