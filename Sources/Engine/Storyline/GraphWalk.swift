/// Back from the processes that alerts speak of to what made them possible.
extension StorylineGraph {
    mutating func walk() {
        while walked < queue.count {
            let (node, depth) = queue[walked]
            walked += 1
            walk(process: node, depth: depth)
        }
    }

    private mutating func walk(process node: Int, depth: Int) {
        let instance = nodes[node].instance
        guard instance >= 0 else { return }
        let process = lineage.instances[instance]
        let own = element(of: node)
        for (source, time) in injectors[instance] ?? [] where !isHub(source) {
            let above = self.node(process: source)
            connect(above, node, .injected, time: time, owner: own)
            join(node: node, node: above)
            enqueue(above, depth: depth + 1)
        }
        weaveWriter(
            of: Names.pathKey(pool.slice(process.image), host: process.hostKey), into: node,
            before: process.start, owner: own, reason: .wroteThenRan)
        weaveScripts(of: process, node: node)
        if let parent = lineage.parent(of: instance) {
            if !lineage.instances[parent].image.isKnown {
                // Nothing is known of it but perhaps that it served a logon.
                if !weaveLogon(ofProcess: parent, into: node) {
                    weaveShell(of: process, node: node)
                }
            } else if !isHub(parent) {
                guard depth < limits.ancestorsMax else { return }
                let above = self.node(process: parent)
                connect(above, node, .spawned, time: process.start, owner: own)
                join(node: node, node: above)
                enqueue(above, depth: depth + 1)
                weaveLogon(ofProcess: parent, into: above)
                if lineage.instances[parent].session != process.session {
                    weaveSession(of: process, node: node)
                }
                return
            }
            weaveStarter(of: process, node: node, parent: lineage.instances[parent])
        }
        weaveLogon(ofProcess: instance, into: node)
        weaveSession(of: process, node: node)
    }

    /// Scripts and libraries that a command line names and someone wrote shortly before.
    private mutating func weaveScripts(of process: Lineage.Instance, node: Int) {
        guard process.command.isKnown else { return }
        let line = pool.slice(process.command)
        var found = 0
        for word in line.split(whereSeparator: {
            $0 == 0x20 || $0 == 0x22 || $0 == 0x2c || $0 == 0x27
        })
        where word.count > 4 && (word.contains(0x5c) || word.contains(0x2f)) && word.contains(0x2e)
        {
            found += 1
            guard found <= 8 else { return }
            weaveWriter(
                of: Names.pathKey(word, host: process.hostKey), into: node, before: process.start,
                owner: element(of: node), reason: .wroteThenRan)
        }
    }

    /// Which service or task made a hub start this process.
    private mutating func weaveStarter(
        of process: Lineage.Instance, node: Int, parent: Lineage.Instance
    ) {
        let own = element(of: node)
        let parentName = String(
            decoding: pool.baseName(of: parent.image).map(Names.lower), as: UTF8.self)
        let line = pool.slice(process.command.isKnown ? process.command : process.image)
        if parentName == "services.exe" {
            let service = starter(
                among: index.services[process.hostKey], line: line, image: process.image,
                at: process.start, seconds: 600)
            if let service {
                let object = self.node(.service, text: service.a, host: service.host)
                connect(object, node, .spawned, time: process.start, owner: own)
                join(node: node, node: object)
                weaveInstall(object, host: process.hostKey, fact: service, owner: own)
            }
        } else if ["svchost.exe", "taskeng.exe", "taskhostw.exe", "cron", "crond"]
            .contains(parentName)
        {
            let task = starter(
                among: index.tasks[process.hostKey], line: line, image: process.image,
                at: process.start, seconds: limits.preparationSeconds)
            if let task {
                let object = self.node(.scheduledTask, text: task.a, host: task.host)
                connect(object, node, .spawned, time: process.start, owner: own)
                join(node: node, node: object)
                weaveInstall(object, host: process.hostKey, fact: task, owner: own)
            }
        }
    }

    private func starter(
        among facts: [LinkFact]?, line: ArraySlice<UInt8>, image: TextID, at time: Int64,
        seconds: Int64
    ) -> LinkFact? {
        let name = pool.baseName(of: image).map(Names.lower)
        guard name.count > 2 else { return nil }
        return facts?.latest(
            until: Lineage.later(time, by: 10_000_000_000),
            within: Self.nanoseconds(seconds: seconds)
        ) { fact in
            let command = pool.slice(fact.b)
            return !command.isEmpty
                && (Names.contains(command, folded: name)
                    || Names.contains(line, folded: command.map(Names.lower)))
        }
    }

    /// A service or task that an alert tells of: who installed it from where.
    mutating func weaveInstall(_ object: Int, alert: Int) {
        let fact = alerts[alert]
        let host = pool.foldedKey(of: fact.host)
        let kind: LinkFact.Kind = fact.objectKind == .service ? .service : .task
        let install = LinkFact(
            time: fact.time, host: fact.host, kind: kind, session: fact.session, a: fact.object,
            b: fact.detail)
        weaveInstall(object, host: host, fact: install, owner: alert)
    }

    private mutating func weaveInstall(_ object: Int, host: ContentKey, fact: LinkFact, owner: Int)
    {
        let reason: CausalEdge.Reason = fact.kind == .service ? .remoteService : .remoteTask
        var session = fact.session
        if session == 0 {
            let near = index.remoteLogons[host]?.latest(
                until: fact.time, within: 120_000_000_000, where: { $0.session != 0 })
            session = near?.session ?? 0
        }
        guard session != 0, let logon = index.logonOfSession[FactIndex.key(host, session)],
            logon.isRemoteLogon
        else { return }
        let node = self.node(session: session, host: host)
        connect(node, object, reason, time: fact.time, owner: owner)
        components.join(owner, element(of: node))
        weave(logon: logon, session: node)
    }

    // MARK: sessions

    /// An alert happened in a session: one that began elsewhere ties it to where that was.
    mutating func touch(session: UInt64, host: ContentKey, alert: Int) {
        guard let logon = index.logonOfSession[FactIndex.key(host, session)],
            logon.isRemoteLogon
        else { return }
        let node = self.node(session: session, host: host)
        anchor(alert, to: node)
        join(alert: alert, node: node)
        weave(logon: logon, session: node)
    }

    private mutating func weaveSession(of process: Lineage.Instance, node: Int) {
        guard process.session != 0,
            let logon = index.logonOfSession[FactIndex.key(process.hostKey, process.session)],
            logon.isRemoteLogon
        else { return }
        let session = self.node(session: process.session, host: process.hostKey)
        let parent = pool.baseName(of: process.parentImage).map(Names.lower)
        let image = pool.baseName(of: process.image).map(Names.lower)
        let reason: CausalEdge.Reason
        if parent.elementsEqual("wmiprvse.exe".utf8) {
            reason = .remoteWMI
        } else if parent.elementsEqual("wsmprovhost.exe".utf8)
            || image.elementsEqual("wsmprovhost.exe".utf8)
        {
            reason = .remoteShell
        } else {
            reason = .ranAs
        }
        connect(session, node, reason, time: process.start, owner: element(of: node))
        join(node: node, node: session)
        weave(logon: logon, session: session)
    }

    /// A server's process for one connection (`sshd`), known by its id.
    @discardableResult
    private mutating func weaveLogon(ofProcess instance: Int, into node: Int) -> Bool {
        let process = lineage.instances[instance]
        guard process.isPOSIX, process.process.pid != .max,
            let logons = index.logonsOfProcess[
                FactIndex.key(process.hostKey, UInt64(process.process.pid))]
        else { return false }
        let logon =
            logons.last {
                process.start == .min || $0.time <= Lineage.later(process.start, by: 60_000_000_000)
            }
            ?? logons.first
        guard let logon, logon.b.isKnown else { return false }
        weave(served: logon, host: process, into: node)
        return true
    }

    private mutating func weave(
        served logon: LinkFact, host process: Lineage.Instance, into node: Int
    ) {
        var digest = ContentDigest()
        digest.mix(process.hostKey)
        digest.mix(logon.identity)
        let session = self.node(
            .session, digest.key, host: process.host, text: logon.a, session: logon.session)
        connect(session, node, .ranAs, time: logon.time, owner: element(of: node))
        join(node: node, node: session)
        weave(logon: logon, session: session)
    }

    /// The shell of a logon whose serving process is another than the one that accepted it: the
    /// first program of the same account, and of no other logon of it in those seconds.
    private mutating func weaveShell(of process: Lineage.Instance, node: Int) {
        guard process.isPOSIX, process.start != .min, process.user.isKnown,
            index.logonOfSession[FactIndex.key(process.hostKey, process.session)] == nil,
            let logons = index.remoteLogons[process.hostKey]
        else { return }
        let reach = Self.nanoseconds(seconds: limits.shellSeconds)
        let latest = Lineage.later(process.start, by: 1_000_000_000)
        let end = TimeSearch.place(after: latest, count: logons.count) { logons[$0].time }
        let near = logons[max(0, end - TimeSearch.candidatesMax)..<end].filter {
            $0.b.isKnown && $0.a == process.user
                && Lineage.distance($0.time, process.start) <= reach
        }
        guard let logon = near.first, near.allSatisfy({ $0.b == logon.b }) else { return }
        weave(served: logon, host: process, into: node)
    }

    private mutating func weave(logon: LinkFact, session: Int) {
        guard knownSessions.insert(session).inserted else { return }
        let own = element(of: session)
        if logon.b.isKnown {
            let address = node(.address, text: logon.b)
            connect(address, session, .loggedOnFrom, time: logon.time, owner: own)
        }
        if logon.a.isKnown {
            connect(
                node(.user, text: logon.a), session, .loggedOn, time: logon.time, owner: own)
        }
        sessionLogons.append((session, logon))
    }
}
