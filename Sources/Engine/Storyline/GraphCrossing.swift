/// From one host to the next, and from the network's view of a host to the host's own.
extension StorylineGraph {
    private static let minuteNanoseconds: Int64 = 60_000_000_000

    mutating func crossHosts() {
        var next = 0
        while next < sessionLogons.count {
            let (session, logon) = sessionLogons[next]
            next += 1
            cross(session: session, logon: logon)
        }
        for alert in alerts.indices {
            if alerts[alert].source.isNetwork {
                crossFlow(alert)
            } else {
                crossCommand(alert)
                crossConnection(alert)
            }
        }
        gatherStoryConnections()
        for alert in alerts.indices { crossOrigin(alert) }
    }

    /// Who came from a public address: the process of a story that had connected to it tells whose
    /// address it is.
    private mutating func crossOrigin(_ alert: Int) {
        let fact = alerts[alert]
        guard fact.origin.isKnown, fact.source.isCloud || fact.activity == .logon,
            !Hubs.isPrivate(pool.slice(fact.origin))
        else { return }
        let key = pool.foldedKey(of: fact.origin)
        guard let made = storyConnections[key],
            !index.isShared(address: key, accountsMax: limits.accountsPerAddressMax)
        else { return }
        let latest = Lineage.later(fact.time, by: Self.minuteNanoseconds)
        let place = TimeSearch.place(after: latest, count: made.count) { made[$0].time }
        let reach = Self.nanoseconds(seconds: limits.preparationSeconds)
        guard place > 0, Lineage.distance(made[place - 1].time, fact.time) <= reach else { return }
        let (time, process) = made[place - 1]
        connect(
            process, node(.address, text: fact.origin), .connected, time: time, owner: alert)
        components.join(alert, element(of: process))
    }

    /// Connections of processes in a story to public addresses that few hosts go to.
    private mutating func gatherStoryConnections() {
        let origins = Set(
            alerts.filter { $0.origin.isKnown && ($0.source.isCloud || $0.activity == .logon) }
                .map { pool.foldedKey(of: $0.origin) })
        for origin in origins.sorted()
        where !index.isFrequented(address: origin, hostsMax: limits.hostsPerAddressMax) {
            for fact in index.connections[origin] ?? [] {
                guard
                    let instance = lineage.find(
                        fact.process, host: pool.foldedKey(of: fact.host), time: fact.time,
                        image: .none)
                else { continue }
                let process = node(process: instance)
                guard visited.contains(process) else { continue }
                storyConnections[origin, default: []].append((fact.time, process))
            }
        }
    }

    /// Ties a session to what was going on at the host it came from.
    private mutating func cross(session: Int, logon: LinkFact) {
        let here = pool.foldedKey(of: logon.host)
        let named = logon.c.isKnown ? pool.foldedKey(of: logon.c) : nil
        let owner = logon.b.isKnown ? index.owner(of: pool.foldedKey(of: logon.b)) : nil
        let told = owner ?? named
        // An address that belongs to no known host is not one of those that raised alerts.
        if told == nil, logon.b.isKnown { return }
        guard told != here else { return }
        let own = element(of: session)
        if let process = connector(from: told, to: here, at: logon.time) {
            connect(process, session, .loggedOnFrom, time: logon.time, owner: own)
            components.join(own, element(of: process))
            return
        }
        let person = logon.a.isKnown ? pool.personKey(of: logon.a) : nil
        guard let origin = told ?? credentialsOrigin(to: here, person: person, at: logon.time),
            origin != here, index.alertHosts[origin] != nil
        else { return }
        let near =
            nearest(
                on: origin, to: logon.time, before: 240, after: 15,
                where: { pool.personKey(of: $0.user) == person && $0.user.isKnown })
            ?? nearest(on: origin, to: logon.time, before: 60, after: 5, where: { _ in true })
        guard let near else { return }
        connect(node(host: origin), session, .loggedOnFrom, time: logon.time, owner: own)
        components.join(own, near)
    }

    /// The process of a story, at `origin` when that is known, that had just connected to `host`.
    private mutating func connector(
        from origin: ContentKey?, to host: ContentKey, at time: Int64
    ) -> Int? {
        var found: (time: Int64, process: Int)?
        for target in [host] + index.addresses(of: host) {
            let made = index.connections[target] ?? []
            let latest = Lineage.later(time, by: 2 * Self.minuteNanoseconds)
            let end = TimeSearch.place(after: latest, count: made.count) { made[$0].time }
            for fact in made[max(0, end - TimeSearch.candidatesMax)..<end]
            where Lineage.distance(fact.time, time) <= 2 * Self.minuteNanoseconds {
                let from = pool.foldedKey(of: fact.host)
                guard from != host, origin == nil || origin == from,
                    let instance = lineage.find(
                        fact.process, host: from, time: fact.time, image: .none)
                else { continue }
                let process = node(process: instance)
                guard visited.contains(process) else { continue }
                if found.map({ $0.time < fact.time }) ?? true { found = (fact.time, process) }
            }
        }
        return found?.process
    }

    /// The host where someone gave this account's credentials for `host` just then.
    private func credentialsOrigin(
        to host: ContentKey, person: ContentKey?, at time: Int64
    ) -> ContentKey? {
        let used = index.credentials[host]?.latest(
            until: Lineage.later(time, by: 2 * Self.minuteNanoseconds),
            within: 4 * Self.minuteNanoseconds, where: { pool.personKey(of: $0.a) == person })
        return used.map { pool.foldedKey(of: $0.host) }
    }

    /// The alert on a host that is closest in time, an earlier one before a later one.
    func nearest(
        on host: ContentKey, to time: Int64, before: Int64, after: Int64,
        where matches: (AlertFact) -> Bool
    ) -> Int? {
        guard let list = index.alertsOfHost[host] else { return nil }
        let middle = TimeSearch.place(after: time, count: list.count) { alerts[list[$0]].time }
        for alert in list[max(0, middle - TimeSearch.candidatesMax)..<middle].reversed() {
            guard Lineage.distance(alerts[alert].time, time) <= before * Self.minuteNanoseconds
            else { break }
            if matches(alerts[alert]) { return alert }
        }
        for alert in list[middle..<min(list.count, middle + TimeSearch.candidatesMax)] {
            guard Lineage.distance(alerts[alert].time, time) <= after * Self.minuteNanoseconds
            else { break }
            if matches(alerts[alert]) { return alert }
        }
        return nil
    }

    /// A command that names another host which then raised alerts.
    private mutating func crossCommand(_ alert: Int) {
        let fact = alerts[alert]
        guard fact.host.isKnown, fact.subject.command.isKnown, index.alertHosts.count > 1 else {
            return
        }
        let here = pool.foldedKey(of: fact.host)
        var words = 0
        for word in pool.slice(fact.subject.command).split(whereSeparator: { !isNameByte($0) })
        where word.count >= 3 {
            words += 1
            guard words <= 64 else { return }
            let there: ContentKey
            if let address = Names.address(word) {
                guard let owner = index.owner(of: foldedKey(address)) else { continue }
                there = owner
            } else {
                there = foldedKey(Names.host(word, upperCase: false))
            }
            guard there != here, index.alertHosts[there] != nil,
                let near = nearestAfter(
                    fact.time, on: there, within: 15 * Self.minuteNanoseconds, where: { _ in true })
            else { continue }
            let host = node(host: there)
            anchor(alert, to: host)
            if let actor = anchors[alert].first(where: { nodes[$0].kind == .process }) {
                connect(actor, host, reason(of: fact), time: fact.time, owner: alert)
            }
            components.join(alert, near)
        }
    }

    /// An alert on a connection to a door that administrators use on another host, which then
    /// raised alerts: in the same name or in nobody's.
    private mutating func crossConnection(_ alert: Int) {
        let fact = alerts[alert]
        let isShell = [22, 3389, 5985, 5986].contains(fact.port)
        let isRPC = [135, 139, 445].contains(fact.port) || fact.port >= 49_152
        guard fact.host.isKnown, fact.destination.isKnown, isShell || isRPC,
            let there = index.owner(of: pool.foldedKey(of: fact.destination)),
            there != pool.foldedKey(of: fact.host)
        else { return }
        let person = pool.personKey(of: fact.user)
        let latest = (isShell ? 15 : 2) * Self.minuteNanoseconds
        let near = nearestAfter(fact.time, on: there, within: latest) { other in
            !other.user.isKnown || other.isService || !fact.user.isKnown
                || pool.personKey(of: other.user) == person
        }
        guard let near else { return }
        let host = node(host: there)
        anchor(alert, to: host)
        if let actor = anchors[alert].first(where: { nodes[$0].kind == .process }) {
            connect(actor, host, .connected, time: fact.time, owner: alert)
        }
        components.join(alert, near)
    }

    private func reason(of alert: AlertFact) -> CausalEdge.Reason {
        let line = pool.slice(alert.subject.command)
        func says(_ words: String...) -> Bool {
            words.contains { Names.contains(line, folded: $0.utf8) }
        }
        if says("schtasks", "at.exe", "scheduledtask") { return .remoteTask }
        if says("wmic", "/node:", "wmimethod", "cimmethod", "wmiexec") { return .remoteWMI }
        if says("pssession", "invoke-command", "winrs", "ssh ") { return .remoteShell }
        if says("psexec", "sc ", "sc.exe", "service") { return .remoteService }
        return .connected
    }

    /// The first alert on a host within some time after a moment (or a minute before).
    private func nearestAfter(
        _ time: Int64, on host: ContentKey, within nanoseconds: Int64,
        where matches: (AlertFact) -> Bool
    ) -> Int? {
        guard let list = index.alertsOfHost[host] else { return nil }
        let (early, overflow) = time.subtractingReportingOverflow(Self.minuteNanoseconds + 1)
        let start = TimeSearch.place(after: overflow ? .min : early, count: list.count) {
            alerts[list[$0]].time
        }
        let latest = Lineage.later(time, by: nanoseconds)
        return list[start..<min(list.count, start + TimeSearch.candidatesMax)].first {
            alerts[$0].time <= latest && matches(alerts[$0])
        }
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
        default: false
        }
    }

    private func foldedKey(_ bytes: [UInt8]) -> ContentKey {
        var digest = ContentDigest()
        digest.mix(bytes.span, folding: true)
        return digest.key
    }

    /// What a network sensor saw, tied to the process that made the connection, else to what was
    /// going on at either end.
    private mutating func crossFlow(_ alert: Int) {
        let fact = alerts[alert]
        let ends = [fact.origin, fact.destination].map {
            $0.isKnown ? index.owner(of: pool.foldedKey(of: $0)) : nil
        }
        for end in ends {
            guard let end, let host = index.alertHosts[end] else { continue }
            anchor(alert, to: node(.host, end, text: host))
        }
        if let origin = ends[0], fact.destination.isKnown {
            let made = index.connections[pool.foldedKey(of: fact.destination)]?.latest(
                until: Lineage.later(fact.time, by: 10 * Self.minuteNanoseconds),
                within: 20 * Self.minuteNanoseconds,
                where: { pool.foldedKey(of: $0.host) == origin })
            if let made,
                let instance = lineage.find(
                    made.process, host: origin, time: made.time, image: .none),
                visited.contains(node(process: instance))
            {
                let process = node(process: instance)
                let address = node(.address, text: fact.destination)
                connect(process, address, .connected, time: fact.time, owner: alert)
                components.join(alert, element(of: process))
                return
            }
        }
        for end in ends {
            guard let end else { continue }
            if let near = nearest(
                on: end, to: fact.time, before: 15, after: 15, where: { _ in true })
            {
                components.join(alert, near)
            }
        }
    }
}
