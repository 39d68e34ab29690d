import Engine
import Sigma

/// The processes of one incident as nested lists, a tree for each host.
///
/// - Bounds: at most ``nodesMax`` processes and ``depthMax`` levels; the rest is counted.
struct ProcessTree {
    static let nodesMax = 250
    static let depthMax = 16
    private static let ancestorsMax = 1024

    private let findings: Findings
    private let entities: [Entity]
    private var children: [Int: [Int]] = [:]
    private var roots: [Int] = []
    private var processes = 0

    init(_ article: IncidentArticle) {
        findings = article.findings
        entities = article.incident.entities
        var indexOf: [EntityID: Int] = [:]
        for (index, entity) in entities.enumerated() where entity.kind == .process {
            indexOf[entity.id] = index
            processes += 1
        }
        var parentOf: [Int: Int] = [:]
        for spawnedOnly in [true, false] {
            for edge in article.incident.edges where (edge.reason == .spawned) == spawnedOnly {
                guard let parent = indexOf[edge.from], let child = indexOf[edge.to],
                    parent != child, parentOf[child] == nil,
                    !Self.isAncestor(child, of: parent, parentOf)
                else { continue }
                guard spawnedOnly || Self.makesProcess.contains(edge.reason) else { continue }
                parentOf[child] = parent
                children[parent, default: []].append(child)
            }
        }
        for (index, entity) in entities.enumerated()
        where entity.kind == .process && parentOf[index] == nil {
            roots.append(index)
        }
    }

    private static let makesProcess: Set<CausalEdge.Reason> = [
        .wroteThenRan, .remoteService, .remoteTask, .remoteWMI, .injected,
    ]

    private static func isAncestor(_ node: Int, of other: Int, _ parentOf: [Int: Int]) -> Bool {
        var at: Int? = other
        // Longer chains are made to waste time; refusing the link costs one branch of the tree.
        for _ in 0..<ancestorsMax {
            guard let here = at else { return false }
            if here == node { return true }
            at = parentOf[here]
        }
        return true
    }

    func write(to html: inout HTMLWriter) {
        guard processes > 1, !children.isEmpty else { return }
        var left = Self.nodesMax
        html.element("div", [.class("part")]) { part in
            part.element("h4", text: "Processes")
            var rootsOf: [String: [Int]] = [:]
            var hosts: [String] = []
            for root in roots {
                let host = entities[root].host ?? ""
                if rootsOf[host] == nil { hosts.append(host) }
                rootsOf[host, default: []].append(root)
            }
            for host in hosts where left > 0 {
                if !host.isEmpty { part.element("p", [.class("mute")], text: host) }
                part.element("ul", [.class("tree")]) {
                    for root in rootsOf[host] ?? [] {
                        item(root, depth: 0, &left, &$0)
                    }
                }
            }
            if left == 0 {
                part.element(
                    "p", [.class("note")],
                    text: "and \(processes - Self.nodesMax) more processes; --format json has all.")
            }
        }
    }

    private func item(_ index: Int, depth: Int, _ left: inout Int, _ html: inout HTMLWriter) {
        guard left > 0 else { return }
        left -= 1
        let below = children[index] ?? []
        html.element("li") { item in
            line(entities[index], &item)
            guard !below.isEmpty else { return }
            guard depth + 1 < Self.depthMax else {
                item.element("p", [.class("note")], text: "and its children, not shown this deep")
                return
            }
            item.element("ul") {
                for child in below { self.item(child, depth: depth + 1, &left, &$0) }
            }
        }
    }

    private func line(_ entity: Entity, _ html: inout HTMLWriter) {
        func fact(_ name: String) -> String? { entity.facts.first { $0.name == name }?.value }
        html.element("b", text: entity.label)
        let about = [
            fact("pid").map { "pid \($0)" }, fact("user"),
            entity.firstSeen.map { TimeRange.clock($0) },
        ]
        html.element(
            "span", [.class("mute")], text: "  " + about.compactMap { $0 }.joined(separator: " · "))
        let groups = findings.groupedByRule(entity.alerts)
        for group in groups.prefix(3) {
            html.text(" ")
            html.badge(group.level)
            html.text(" ")
            html.element(
                "a", [.link(to: "rule-\(group.rule)")], text: findings.title(ofRule: group.rule))
            if group.alerts.count > 1 { html.text(" ×\(group.alerts.count)") }
        }
        if groups.count > 3 {
            html.text(" and \(Figures.counted(groups.count - 3, "more rule"))")
        }
        if let command = fact("command line") {
            html.element("code") { $0.value(command, bytesMax: 600) }
        }
    }
}
