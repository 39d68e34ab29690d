import Sigma

/// Where an incident began.
extension IncidentWriter {
    /// The earliest necessary node: from the earliest alert that speaks of something, back along
    /// causal edges, each time to the earliest cause, until nothing caused it.
    func rootNode(of draft: Draft) -> Int? {
        var causes: [Int: [StorylineGraph.Edge]] = [:]
        for edge in draft.edges where carries(edge) { causes[edge.to, default: []].append(edge) }
        guard
            let start = draft.alerts.lazy.compactMap({ self.actor(of: $0) }).first
                ?? draft.alerts.lazy.compactMap({ graph.anchors[$0].last { !self.isHub($0) } })
                .first
        else { return nil }
        var node = start
        var visited: Set<Int> = [node]
        for _ in 0..<limits.ancestorsMax * 4 {
            let open = causes[node]?.filter { !visited.contains($0.from) && !isHub($0.from) }
            // What acted says more than the address it acted from.
            guard
                let cause = open?.first(where: { graph.nodes[$0.from].kind != .address })
                    ?? open?.first
            else { break }
            node = cause.from
            visited.insert(node)
        }
        return node
    }

    /// An account or a host is where something happened, not what made it happen.
    private func carries(_ edge: StorylineGraph.Edge) -> Bool {
        let kind = graph.nodes[edge.from].kind
        guard kind != .user, kind != .host else { return false }
        switch edge.reason {
        case .accessed, .called, .resolved, .ranOn: return false
        case .connected: return graph.nodes[edge.to].kind != .address
        default: return true
        }
    }

    /// What acted, when that can be told apart from everyone else's doings.
    private func actor(of alert: Int) -> Int? {
        let order: [Entity.Kind] = [
            .process, .session, .cloudPrincipal, .service, .scheduledTask,
        ]
        for kind in order {
            let found = graph.anchors[alert].first { graph.nodes[$0].kind == kind && !isHub($0) }
            if let found { return found }
        }
        return nil
    }

    /// Where nothing of its own acted: the hub that did, else from where, in whose name or on what.
    private func bystander(of alert: Int) -> Int? {
        let order: [Entity.Kind] = [.process, .address, .user, .host]
        for kind in order {
            let found = graph.anchors[alert].first { graph.nodes[$0].kind == kind }
            if let found { return found }
        }
        return graph.anchors[alert].first
    }

    private func isHub(_ node: Int) -> Bool {
        let instance = graph.nodes[node].instance
        return instance >= 0 && graph.isHub(instance)
    }

    // MARK: title

    func title(of draft: Draft, root: Int?, tactics: [Tactic]) -> String {
        let rules = Set(draft.alerts.map { graph.alerts[$0].rule })
        let place = places(of: draft)
        var title: String
        if rules.count == 1, let rule = rules.first {
            title = self.rules.indices.contains(rule) ? self.rules[rule].title : "Alert"
        } else if let first = tactics.first, let last = tactics.last, first != last {
            title = "\(first.name) to \(last.name)"
        } else {
            title = tactics.first?.name ?? "Suspicious activity"
        }
        if !place.isEmpty { title += " on \(place)" }
        if let root, rules.count > 1 {
            title += origin(of: draft, root: root)
        }
        return Words.bounded(Words.plain(title), bytesMax: 160)
    }

    /// `, from winword.exe`; whose doing it was, where a number is all that is known of the root.
    private func origin(of draft: Draft, root: Int) -> String {
        let node = graph.nodes[root]
        let isNumber = node.kind == .session && !isNamed(session: root)
        guard isNumber else {
            let label = label(of: root)
            return node.kind == .host || label.isEmpty ? "" : ", from \(label)"
        }
        let user = draft.nodes.first { graph.nodes[$0].kind == .user }
        return user.map { ", by \(label(of: $0))" } ?? ""
    }

    private func places(of draft: Draft) -> String {
        var names: [String] = []
        var known: Set<String> = [""]
        for kind in [Entity.Kind.host, .cloudPrincipal, .address] where names.isEmpty {
            names = draft.nodes.filter { graph.nodes[$0].kind == kind }.map { label(of: $0) }
                .filter { known.insert($0).inserted }
        }
        switch names.count {
        case 0: return ""
        case 1...2: return names.joined(separator: " and ")
        default: return "\(names[0]) and \(names.count - 1) more"
        }
    }
}
