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

    // MARK: times

    private func day(_ time: Int64) -> String {
        time == .min ? "" : String(Timestamp(nanoseconds: time).text.prefix(10))
    }

    private func clock(_ time: Int64) -> String {
        String(Timestamp(nanoseconds: time).text.dropFirst(11).prefix(5))
    }

    func moment(_ time: Int64, withDate: Bool) -> String {
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
