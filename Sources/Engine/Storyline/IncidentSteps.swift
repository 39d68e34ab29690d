import Sigma

/// One sentence of a story, before it is known which ones stay.
struct StoryStep {
    var text: String
    var weight: Int
    var order: Int
}

/// The steps of an incident by time: each deed once, with the rules that fired on it.
extension IncidentWriter {
    /// Alerts that one sentence tells.
    private struct Deed {
        /// The first of them.
        var alert: Int
        var rules: [Int] = []
        var count = 0
        /// Like deeds on other things, told with this one.
        var others = 0
        var last: Int64
    }

    /// Like deeds further apart than this are told apart.
    private static let likeGapNanoseconds: Int64 = 900_000_000_000

    func steps(of draft: Draft, withDate: Bool) -> [StoryStep] {
        let deeds = merged(deeds(of: draft))
        var shown: Set<Tactic> = []
        var places: Set<ContentKey> = []
        var steps: [StoryStep] = deeds.enumerated().map { order, deed in
            let fact = graph.alerts[deed.alert]
            let tactics = Set(
                deed.rules.flatMap { rules.indices.contains($0) ? tags[$0].tactics : [] })
            let place = fact.host.isKnown ? fact.host : fact.principal
            let isNewPlace =
                place.isKnown && places.insert(graph.pool.foldedKey(of: place)).inserted
            let isNew = !tactics.subtracting(shown).isEmpty || isNewPlace
            shown.formUnion(tactics)
            let level =
                deed.rules.compactMap {
                    rules.indices.contains($0) ? rules[$0].level.rawValue : nil
                }.max() ?? 0
            let more = deed.others > 0 ? ", and \(deed.others) more like it" : ""
            return StoryStep(
                text: when(fact, withDate: withDate) + self.deed(of: fact) + more
                    + because(deed.rules, count: deed.count),
                weight: level * 2 + (isNew ? 1 : 0), order: order * 3)
        }
        steps += crossings(of: draft, withDate: withDate, orders: deeds.map(\.alert))
        return steps.sorted { $0.order < $1.order }
    }

    private func deeds(of draft: Draft) -> [Deed] {
        var deeds: [Deed] = []
        var placeOfKey: [ContentKey: Int] = [:]
        for alert in draft.graphed {
            let key = deedKey(of: alert)
            let place = placeOfKey[key] ?? deeds.count
            if place == deeds.count {
                deeds.append(Deed(alert: alert, last: graph.alerts[alert].time))
                placeOfKey[key] = place
            }
            deeds[place].count += 1
            deeds[place].last = graph.alerts[alert].time
            let rule = graph.alerts[alert].rule
            if !deeds[place].rules.contains(rule) { deeds[place].rules.append(rule) }
        }
        return deeds
    }

    /// Alerts of one deed (the same process or actor doing the same to the same) are one sentence.
    private func deedKey(of alert: Int) -> ContentKey {
        let fact = graph.alerts[alert]
        let actor = actor(ofDeed: alert)
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
        if actor == nil {
            digest.mix(graph.pool.foldedKey(of: fact.user))
            fact.subject.process.mix(into: &digest)
            digest.mix(graph.pool.foldedKey(of: fact.subject.image))
            digest.mix(graph.pool.foldedKey(of: fact.subject.command))
        }
        return digest.key
    }

    private func actor(ofDeed alert: Int) -> Int? {
        graph.anchors[alert].first {
            graph.nodes[$0].kind == .process || graph.nodes[$0].kind == .cloudPrincipal
        }
    }

    /// Many files written, values set or programs stopped one after another are told once.
    private func merged(_ deeds: [Deed]) -> [Deed] {
        var kept: [Deed] = []
        var placesOfKey: [ContentKey: [Int]] = [:]
        for deed in deeds {
            let key = likeKey(of: deed)
            let time = graph.alerts[deed.alert].time
            let place = placesOfKey[key]?.last {
                // A correlation adds its rule to one of them alone.
                let (few, many) = (Set(kept[$0].rules), Set(deed.rules))
                return (few.isSubset(of: many) || many.isSubset(of: few))
                    && Lineage.distance(kept[$0].last, time) <= Self.likeGapNanoseconds
            }
            guard let place else {
                placesOfKey[key, default: []].append(kept.count)
                kept.append(deed)
                continue
            }
            for rule in deed.rules where !kept[place].rules.contains(rule) {
                kept[place].rules.append(rule)
            }
            kept[place].others += 1
            kept[place].count += deed.count
            kept[place].last = max(kept[place].last, deed.last)
        }
        return kept
    }

    /// The same for deeds of one actor and one kind, whatever they are done to.
    private func likeKey(of deed: Deed) -> ContentKey {
        let fact = graph.alerts[deed.alert]
        let pool = graph.pool
        var digest = ContentDigest()
        digest.mix(fact.activity.rawValue)
        digest.mix(pool.foldedKey(of: fact.host))
        if fact.activity == .processStart {
            digest.mix(pool.baseName(of: fact.subject.parentImage).span, folding: true)
            digest.mix(pool.baseName(of: fact.subject.image).span, folding: true)
            fact.subject.parent.mix(into: &digest)
            digest.mix(pool.foldedKey(of: fact.user))
        } else if let actor = actor(ofDeed: deed.alert) {
            digest.mix(UInt64(bitPattern: Int64(actor)))
        } else {
            digest.mix(pool.foldedKey(of: fact.user))
            digest.mix(pool.foldedKey(of: fact.origin))
        }
        if fact.source.isCloud { digest.mix(pool.foldedKey(of: fact.detail)) }
        return digest.key
    }

    /// Steps from host to host that no alert tells of itself.
    private func crossings(of draft: Draft, withDate: Bool, orders: [Int]) -> [StoryStep] {
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
            // How it came from one machine to the next matters more than one more sign of it.
            let weight = edge.reason == .loggedOnFrom && from.kind != .address ? 7 : 5
            return StoryStep(
                text: capital(stamp + text) + ".", weight: weight, order: order * 3 - 3 + rank)
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
}
