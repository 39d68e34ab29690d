/// What belongs together without a seen cause: shared keys first, then nearness on a host.
extension StorylineGraph {
    private typealias Point = Components.Point

    mutating func group() {
        joinSessionsAndPrincipals()
        joinAccountsOnHost()
        joinUnattended()
        joinAccountsAcrossHosts()
        let pool = pool
        // One who tries many accounts is one story before his address is looked at.
        joinRepetitions { $0.origin.isKnown ? pool.foldedKey(of: $0.origin) : nil }
        joinAddresses()
        joinRepetitions {
            if $0.host.isKnown { return pool.foldedKey(of: $0.host) }
            return $0.principal.isKnown || $0.origin.isKnown ? nil : ContentKey.none
        }
    }

    private mutating func joinSessionsAndPrincipals() {
        var points = assumed.map {
            Point(key: pool.foldedKey(of: $0.source), time: $0.time, element: $0.alert)
        }
        var hashes: [Point] = []
        for (index, alert) in alerts.enumerated() {
            let host = pool.foldedKey(of: alert.host)
            if alert.session != 0, alert.host.isKnown {
                points.append(
                    Point(
                        key: FactIndex.key(host, alert.session), time: alert.time, element: index))
            }
            for text in [alert.principal, alert.accessKey, alert.issued, alert.issuedKey]
            where text.isKnown {
                points.append(
                    Point(key: pool.foldedKey(of: text), time: alert.time, element: index))
            }
            if alert.subject.hash != .none {
                hashes.append(Point(key: alert.subject.hash, time: alert.time, element: index))
            }
        }
        components.joinRuns(points, gapSeconds: limits.sessionGapSeconds)
        components.joinRuns(
            hashes, gapSeconds: limits.preparationSeconds, storiesMax: limits.storiesPerHubMax)
    }

    private mutating func joinAccountsOnHost() {
        var points: [Point] = []
        for (index, alert) in alerts.enumerated()
        where alert.user.isKnown && !alert.isService && alert.host.isKnown {
            let key = FactIndex.key(
                pool.foldedKey(of: alert.host), pool.foldedKey(of: alert.user))
            points.append(Point(key: key, time: alert.time, element: index))
        }
        components.joinRuns(points, gapSeconds: limits.accountGapSeconds)
    }

    /// Alerts on a host in nobody's name: near ones are one story, and it goes with the nearest
    /// story of a person on that host.
    private mutating func joinUnattended() {
        var attended: Set<Int> = []
        for (index, alert) in alerts.enumerated() where alert.user.isKnown && !alert.isService {
            attended.insert(components.root(of: index))
        }
        var points: [Point] = []
        for (index, alert) in alerts.enumerated()
        where alert.host.isKnown && !attended.contains(components.root(of: index)) {
            points.append(
                Point(key: pool.foldedKey(of: alert.host), time: alert.time, element: index))
        }
        components.joinRuns(points, gapSeconds: limits.hostGapSeconds)
        let neighbours = attendedNeighbours(attended)
        var nearest: [Int: (distance: Int64, alert: Int)] = [:]
        let reach = Self.nanoseconds(seconds: limits.hostGapSeconds)
        for point in points {
            let root = components.root(of: point.element)
            for alert in neighbours[point.element] ?? [] {
                let found = (Lineage.distance(alerts[alert].time, point.time), alert)
                guard found.0 <= reach else { continue }
                if nearest[root].map({ found < $0 }) ?? true { nearest[root] = found }
            }
        }
        for (root, found) in nearest.sorted(by: { $0.key < $1.key }) {
            components.join(root, found.alert)
        }
    }

    /// For each alert in nobody's name the last one before and the first one after it on its host
    /// that belong to a person's story.
    private mutating func attendedNeighbours(_ attended: Set<Int>) -> [Int: [Int]] {
        var neighbours: [Int: [Int]] = [:]
        for list in index.alertsOfHost.values {
            for order in [list, list.reversed()] {
                var last: Int?
                for alert in order {
                    if attended.contains(components.root(of: alert)) {
                        last = alert
                    } else if let last {
                        neighbours[alert, default: []].append(last)
                    }
                }
            }
        }
        return neighbours
    }

    private mutating func joinAccountsAcrossHosts() {
        var points: [Point] = []
        var people: [Point] = []
        for step in assumed where !Hubs.isCommonName(pool.personName(of: step.source)) {
            people.append(
                Point(
                    key: pool.personKey(of: step.source), time: step.time, element: step.alert))
        }
        for (index, alert) in alerts.enumerated() {
            let account = alert.principal.isKnown ? alert.principal : alert.user
            guard account.isKnown, !alert.isService else { continue }
            if alert.user.isKnown {
                points.append(
                    Point(key: pool.foldedKey(of: account), time: alert.time, element: index))
            }
            let name = pool.personName(of: account)
            if !Hubs.isCommonName(name) {
                people.append(
                    Point(key: pool.personKey(of: account), time: alert.time, element: index))
            }
        }
        components.joinRuns(
            points, gapSeconds: limits.accountGapSeconds, storiesMax: limits.storiesPerHubMax)
        components.joinRuns(
            people, gapSeconds: limits.accountGapSeconds, storiesMax: limits.storiesPerHubMax)
    }

    private mutating func joinAddresses() {
        var points: [Point] = []
        for (index, alert) in alerts.enumerated() {
            for (text, isOrigin) in [(alert.origin, true), (alert.destination, false)]
            where text.isKnown {
                let key = pool.foldedKey(of: text)
                // Inside a network, where many go (proxy, controller, file server) says nothing.
                if !isOrigin, Hubs.isPrivate(pool.slice(text)) { continue }
                if isOrigin,
                    self.index.isShared(
                        address: key, accountsMax: limits.accountsPerAddressMax)
                {
                    continue
                }
                points.append(Point(key: key, time: alert.time, element: index))
            }
        }
        components.joinRuns(
            points, gapSeconds: limits.addressGapSeconds, storiesMax: limits.storiesPerHubMax)
    }

    /// Stories of one and the same rule alone, that also share what `key` says.
    private mutating func joinRepetitions(by key: (AlertFact) -> ContentKey?) {
        var ruleOfRoot: [Int: Int] = [:]
        for (index, alert) in alerts.enumerated() {
            let root = components.root(of: index)
            ruleOfRoot[root] = ruleOfRoot[root].map { $0 == alert.rule ? $0 : -1 } ?? alert.rule
        }
        var points: [Point] = []
        for (index, alert) in alerts.enumerated()
        where ruleOfRoot[components.root(of: index)] == alert.rule {
            guard let place = key(alert) else { continue }
            points.append(
                Point(
                    key: FactIndex.key(place, UInt64(truncatingIfNeeded: alert.rule)),
                    time: alert.time, element: index))
        }
        components.joinRuns(points, gapSeconds: limits.repetitionGapSeconds)
    }
}
