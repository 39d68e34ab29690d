import Sigma

/// The incident in sentences: what happened in sum, then step by step, then how far it went.
extension IncidentWriter {
    func story(of draft: Draft, root: Int?, reached: [Tactic]) -> [String] {
        let days = Set(draft.alerts.map { day(graph.alerts[$0].time) })
        let steps = steps(of: draft, withDate: days.count > 1)
        let most = max(1, limits.sentencesMax - 3)
        var kept = steps
        if steps.count > most {
            // The most severe steps stay, and among equals the first to show a tactic.
            kept = Array(
                steps.sorted { ($1.weight, $0.order) < ($0.weight, $1.order) }.prefix(most)
            ).sorted { $0.order < $1.order }
        }
        var story = [opening(of: draft, root: root, days: days)]
        story += kept.map(\.text)
        if steps.count > kept.count {
            story.append(
                "\(Words.count(steps.count - kept.count, "lesser step")) left out of this account.")
        }
        story.append(reach(of: draft, tactics: reached))
        return story.map { Words.bounded($0, bytesMax: 600) }
    }

    private struct Step {
        var text: String
        var weight: Int
        var order: Int
    }

    // MARK: what happened, who, how far

    private func opening(of draft: Draft, root: Int?, days: Set<String>) -> String {
        let times = draft.alerts.map { graph.alerts[$0].time }.filter { $0 != .min }
        let rules = Set(draft.alerts.map { graph.alerts[$0].rule }).count
        var text =
            "\(Words.count(draft.alerts.count, "alert")) of \(Words.count(rules, "rule"))"
        if let first = times.min(), let last = times.max() {
            let from = "\(day(first)) \(clock(first))"
            if first == last || from == "\(day(last)) \(clock(last))" {
                text += " at \(from)"
            } else {
                let until = day(first) == day(last) ? clock(last) : "\(day(last)) \(clock(last))"
                text += " from \(from) to \(until)"
            }
            text += " UTC"
        }
        if let root {
            let kind = graph.nodes[root].kind
            let host = hostName(
                graph.pool.foldedKey(of: graph.nodes[root].host), or: graph.nodes[root].host)
            let place = kind != .host && !host.isEmpty ? " on \(host)" : ""
            let name = [noun(of: kind), label(of: root)].filter { !$0.isEmpty }
            text += "; it goes back to \(name.joined(separator: " "))\(place)"
        }
        return text + "."
    }

    private func noun(of kind: Entity.Kind) -> String {
        switch kind {
        case .address: "address"
        case .user: "user"
        case .host: "host"
        case .cloudPrincipal: "principal"
        case .service: "service"
        case .scheduledTask: "task"
        case .domain: "domain"
        case .file: "file"
        default: ""
        }
    }

    private func reach(of draft: Draft, tactics: [Tactic]) -> String {
        func labels(_ kind: Entity.Kind) -> [String] {
            var known: Set<String> = [""]
            return draft.nodes.filter { graph.nodes[$0].kind == kind }.map { label(of: $0) }
                .filter { known.insert($0).inserted }
        }
        var parts: [String] = []
        for (kind, one) in [
            (Entity.Kind.host, "host"), (.user, "account"), (.cloudPrincipal, "cloud principal"),
        ] {
            let names = labels(kind)
            if !names.isEmpty {
                parts.append("\(Words.count(names.count, one)) (\(Words.list(names)))")
            }
        }
        let affected = parts.isEmpty ? "" : "Affected: \(parts.joined(separator: ", ")). "
        guard let last = tactics.last else {
            return affected + "No tactic is named by the rules that fired."
        }
        if tactics.count == 1 { return affected + "It showed \(last.name) only." }
        return affected
            + "It went as far as \(last.name), over \(Words.list(tactics.map(\.name), most: 14))."
    }

    // MARK: steps

    private func steps(of draft: Draft, withDate: Bool) -> [Step] {
        struct Group {
            var alert: Int
            var rules: [Int] = []
            var count = 0
        }
        var groups: [Group] = []
        var placeOfKey: [ContentKey: Int] = [:]
        for alert in draft.graphed {
            let key = deedKey(of: alert)
            let place = placeOfKey[key] ?? groups.count
            if place == groups.count {
                groups.append(Group(alert: alert))
                placeOfKey[key] = place
            }
            groups[place].count += 1
            let rule = graph.alerts[alert].rule
            if !groups[place].rules.contains(rule) { groups[place].rules.append(rule) }
        }
        var shown: Set<Tactic> = []
        var steps: [Step] = groups.enumerated().map { order, group in
            let fact = graph.alerts[group.alert]
            let tactics = Set(
                group.rules.flatMap { rules.indices.contains($0) ? tags[$0].tactics : [] })
            let isNew = !tactics.subtracting(shown).isEmpty
            shown.formUnion(tactics)
            let level =
                group.rules.compactMap {
                    rules.indices.contains($0) ? rules[$0].level.rawValue : nil
                }.max() ?? 0
            return Step(
                text: when(fact, withDate: withDate) + deed(of: fact)
                    + because(group.rules, count: group.count),
                weight: level * 2 + (isNew ? 1 : 0), order: order * 3)
        }
        steps += crossings(of: draft, withDate: withDate, orders: groups.map(\.alert))
        return steps.sorted { $0.order < $1.order }
    }

    /// Alerts of one deed (the same process or actor doing the same to the same) are one sentence.
    private func deedKey(of alert: Int) -> ContentKey {
        let fact = graph.alerts[alert]
        let actor = graph.anchors[alert].first {
            graph.nodes[$0].kind == .process || graph.nodes[$0].kind == .cloudPrincipal
        }
        var digest = ContentDigest()
        digest.mix(UInt64(bitPattern: Int64(actor ?? -1)))
        digest.mix(fact.activity.rawValue)
        digest.mix(graph.pool.foldedKey(of: fact.host))
        digest.mix(graph.pool.foldedKey(of: fact.object))
        digest.mix(graph.pool.foldedKey(of: fact.targetImage))
        digest.mix(graph.pool.foldedKey(of: fact.destination))
        let isNamed = fact.activity.isToldByObject || fact.source.isCloud
        if !isNamed { digest.mix(UInt64(fact.rule) | 1 << 63) }
        if fact.source.isCloud { digest.mix(graph.pool.foldedKey(of: fact.detail)) }
        if actor == nil { digest.mix(graph.pool.foldedKey(of: fact.user)) }
        return digest.key
    }

    /// Steps from host to host that no alert tells of itself.
    private func crossings(of draft: Draft, withDate: Bool, orders: [Int]) -> [Step] {
        let known = Set(
            draft.edges.filter {
                $0.reason == .loggedOnFrom && graph.nodes[$0.from].kind != .address
            }.map(\.to))
        let users = Dictionary(
            draft.edges.filter { $0.reason == .loggedOn }.map { ($0.to, $0.from) },
            uniquingKeysWith: { first, _ in first })
        return draft.edges.compactMap { edge in
            let from = graph.nodes[edge.from]
            let to = graph.nodes[edge.to]
            let text: String
            switch edge.reason {
            case .loggedOnFrom where to.kind == .session:
                if from.kind == .address, known.contains(edge.to) { return nil }
                let host = hostName(graph.pool.foldedKey(of: to.host), or: to.host)
                let name = users[edge.to].map { label(of: $0) } ?? "someone"
                let origin = hostName(graph.pool.foldedKey(of: from.host), or: from.host)
                let place = origin.isEmpty ? "" : " on \(origin)"
                text = "\(name) logged on to \(host) from \(label(of: edge.from))\(place)"
            case .remoteWMI, .remoteShell, .remoteService, .remoteTask:
                guard from.kind == .session else { return nil }
                let host = hostName(graph.pool.foldedKey(of: to.host), or: to.host)
                text =
                    "the \(label(of: edge.from)) started \(label(of: edge.to)) on \(host) by "
                    + edge.reason.rawValue
            case .wroteThenRan:
                text =
                    "\(label(of: edge.from)) had written a file that \(label(of: edge.to)) then ran"
            case .assumedRole:
                text = "\(label(of: edge.from)) took on the role \(label(of: edge.to))"
            default: return nil
            }
            let order = orders.firstIndex { graph.alerts[$0].time >= edge.time } ?? orders.count
            let stamp = edge.time == .min ? "" : "At \(moment(edge.time, withDate: withDate)), "
            // Of one moment, the logon is told before what it made possible.
            let rank = edge.reason == .loggedOnFrom ? 1 : 2
            return Step(text: capital(stamp + text) + ".", weight: 5, order: order * 3 - 3 + rank)
        }
    }

    private func when(_ fact: AlertFact, withDate: Bool) -> String {
        let host = hostName(graph.pool.foldedKey(of: fact.host), or: fact.host)
        let place = host.isEmpty ? "" : " on \(host)"
        if fact.time == .min { return host.isEmpty ? "" : "On \(host), " }
        return "At \(moment(fact.time, withDate: withDate))\(place), "
    }

    private func because(_ rules: [Int], count: Int) -> String {
        let known = rules.filter { self.rules.indices.contains($0) }
        let titles = known.map { Words.bounded(Words.plain(self.rules[$0].title), bytesMax: 90) }
        var techniques: [String] = []
        for rule in known {
            for id in tags[rule].techniques where !techniques.contains(id) { techniques.append(id) }
        }
        var text = ": \(Words.list(titles, most: 3))"
        if !techniques.isEmpty { text += " (\(Words.list(techniques, most: 5)))" }
        if count > rules.count { text += ", \(count) alerts" }
        return text + "."
    }

    private func capital(_ text: String) -> String {
        guard let first = text.first else { return text }
        return first.uppercased() + text.dropFirst()
    }

    // MARK: times

    private func day(_ time: Int64) -> String {
        time == .min ? "" : String(Timestamp(nanoseconds: time).text.prefix(10))
    }

    private func clock(_ time: Int64) -> String {
        String(Timestamp(nanoseconds: time).text.dropFirst(11).prefix(5))
    }

    private func moment(_ time: Int64, withDate: Bool) -> String {
        let second = String(Timestamp(nanoseconds: time).text.dropFirst(11).prefix(8))
        return withDate ? "\(day(time)) \(second)" : second
    }
}

extension Activity {
    /// Where actor and object say it all, so that several rules on it are one sentence.
    var isToldByObject: Bool {
        switch self {
        case .processStart, .processAccess, .remoteThread, .fileWrite, .fileDelete, .fileRename,
            .imageLoad, .driverLoad, .registryWrite, .networkConnect, .dnsQuery, .serviceInstall,
            .scheduledTask, .logon, .logonFailure, .logCleared, .shareAccess, .scriptBlock:
            true
        default: false
        }
    }
}
