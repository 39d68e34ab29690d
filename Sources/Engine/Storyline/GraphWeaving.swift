/// What one alert speaks of, and what tied those things together.
extension StorylineGraph {
    mutating func markInjected() {
        for alert in alerts where alert.activity == .remoteThread {
            let host = pool.foldedKey(of: alert.host)
            if let target = lineage.resolve(
                alert.target, host: host, hostText: alert.host, time: alert.time,
                image: alert.targetImage)
            {
                injected.insert(target)
            }
        }
    }

    /// Threads started in another process that no rule fired on, by programs of no system folder.
    mutating func markQuietInjections() {
        for fact in index.injections where !Hubs.isSystemPath(pool.slice(fact.a)) {
            let host = pool.foldedKey(of: fact.host)
            guard
                let source = lineage.find(fact.process, host: host, time: fact.time, image: fact.a),
                let target = lineage.resolve(
                    fact.other, host: host, hostText: fact.host, time: fact.time, image: fact.b),
                source != target
            else { continue }
            injected.insert(target)
            injectors[target, default: []].append((source, fact.time))
        }
    }

    mutating func weave(alert index: Int) {
        let host = pool.foldedKey(of: alerts[index].host)
        if alerts[index].host.isKnown { anchor(index, to: node(host: host)) }
        var actor = process(of: alerts[index], index: index, host: host)
        let alert = alerts[index]
        if alert.user.isKnown, !alert.isService {
            let user = node(.user, text: alert.user)
            anchor(index, to: user)
            if alert.session != 0 {
                let session = node(session: alert.session, host: host)
                anchor(index, to: session)
                name(session: session, user: alert.user)
                connect(user, session, .loggedOn, time: alert.time, owner: index)
            }
            if let actor, !walksOn(from: actor) {
                connect(user, actor, .ranAs, time: alert.time, owner: index)
            }
            if actor == nil { actor = user }
        }
        if alert.session != 0, alert.host.isKnown {
            touch(session: alert.session, host: host, alert: index)
        }
        weaveTarget(of: alert, index: index, host: host, actor: actor)
        if alert.source.isCloud {
            weaveCloud(alert, index: index)
        } else {
            weaveTraffic(of: alert, index: index, host: host, actor: actor)
            weaveObject(of: alert, index: index, actor: actor)
        }
    }

    private func walksOn(from node: Int) -> Bool {
        let instance = nodes[node].instance
        return instance >= 0 && lineage.instances[instance].parent.isKnown
    }

    private mutating func process(of alert: AlertFact, index: Int, host: ContentKey) -> Int? {
        let subject = alert.subject
        guard alert.host.isKnown,
            let instance = lineage.resolve(
                subject.process, host: host, hostText: alert.host, time: alert.time,
                image: subject.image, command: subject.command)
        else { return nil }
        let process = node(process: instance)
        anchor(index, to: process)
        complete(alert: index, from: instance)
        if !isHub(instance) {
            join(alert: index, node: process)
            enqueue(process, depth: 0)
        }
        return process
    }

    func isHub(_ instance: Int) -> Bool {
        if injected.contains(instance) {
            // What is injected into lsass is there to read secrets; its children stay strangers.
            let name = pool.baseName(of: lineage.instances[instance].image)
            return Names.equalFolded(name, ArraySlice("lsass.exe".utf8))
        }
        let process = lineage.instances[instance]
        let key = FactIndex.key(process.hostKey, UInt64(process.process.pid))
        if process.isPOSIX, index.logonsOfProcess[key] != nil { return false }
        return lineage.isHub(instance, childrenMax: limits.childrenPerHubMax)
    }

    mutating func enqueue(_ node: Int, depth: Int) {
        guard visited.insert(node).inserted else { return }
        queue.append((node, depth))
    }

    private mutating func weaveTarget(
        of alert: AlertFact, index: Int, host: ContentKey, actor: Int?
    ) {
        guard alert.host.isKnown,
            let instance = lineage.resolve(
                alert.target, host: host, hostText: alert.host, time: alert.time,
                image: alert.targetImage)
        else { return }
        let target = node(process: instance)
        anchor(index, to: target)
        let isInjection = alert.activity == .remoteThread || alert.activity == .processTamper
        if let actor {
            connect(
                actor, target, isInjection ? .injected : .accessed, time: alert.time, owner: index)
        }
        if isInjection, !isHub(instance) {
            join(alert: index, node: target)
            enqueue(target, depth: 0)
        }
    }

    private mutating func weaveObject(of alert: AlertFact, index: Int, actor: Int?) {
        guard let kind = alert.objectKind, alert.object.isKnown else { return }
        let object: Int
        switch kind {
        case .domain: object = node(.domain, text: alert.object)
        default: object = node(kind, text: alert.object, host: alert.host)
        }
        anchor(index, to: object)
        let reason: CausalEdge.Reason
        switch alert.activity {
        case .imageLoad, .driverLoad: reason = .loaded
        case .fileDelete: reason = .deleted
        case .dnsQuery: reason = .resolved
        case .httpRequest: reason = .downloaded
        case .shareAccess: reason = .accessed
        case .serviceInstall, .scheduledTask: reason = .persisted
        case .other: reason = kind == .domain ? .resolved : .accessed
        default: reason = kind == .domain ? .resolved : .wrote
        }
        if let actor { connect(actor, object, reason, time: alert.time, owner: index) }
        switch kind {
        case .service, .scheduledTask:
            join(alert: index, node: object)
            weaveInstall(object, alert: index)
        case .file where alert.activity == .imageLoad || alert.activity == .driverLoad:
            weaveWriter(
                of: nodes[object].key, into: object, before: alert.time, owner: index,
                reason: .wrote)
        default: break
        }
    }

    /// Ties a file to whoever wrote it last before it was used.
    mutating func weaveWriter(
        of path: ContentKey, into node: Int, before time: Int64, owner: Int,
        reason: CausalEdge.Reason
    ) {
        let write = index.writes[path]?.latest(
            until: Lineage.later(time, by: Lineage.toleranceNanoseconds), within: preparation)
        guard let write,
            let writer = lineage.resolve(
                write.process, host: pool.foldedKey(of: write.host), hostText: write.host,
                time: write.time, image: .none),
            !isHub(writer), lineage.instances[writer].image.isKnown
        else { return }
        let source = self.node(process: writer)
        guard source != node else { return }
        connect(source, node, reason, time: write.time, owner: owner)
        components.join(owner, element(of: source))
        enqueue(source, depth: 0)
    }

    private mutating func weaveTraffic(
        of alert: AlertFact, index: Int, host: ContentKey, actor: Int?
    ) {
        if alert.destination.isKnown {
            let address = node(.address, text: alert.destination)
            anchor(index, to: address)
            if let actor {
                connect(actor, address, .connected, time: alert.time, owner: index)
            } else if alert.origin.isKnown {
                let origin = node(.address, text: alert.origin)
                connect(origin, address, .connected, time: alert.time, owner: index)
            }
        }
        guard alert.origin.isKnown else { return }
        let origin = node(.address, text: alert.origin)
        anchor(index, to: origin)
        let isLogon = alert.activity == .logon || alert.activity == .logonFailure
        if isLogon, alert.user.isKnown, !alert.isService {
            let user = node(.user, text: alert.user)
            connect(origin, user, .loggedOnFrom, time: alert.time, owner: index)
        } else if alert.host.isKnown {
            connect(origin, node(host: host), .connected, time: alert.time, owner: index)
        }
    }

    private mutating func weaveCloud(_ alert: AlertFact, index: Int) {
        guard alert.principal.isKnown else {
            if alert.origin.isKnown { anchor(index, to: node(.address, text: alert.origin)) }
            return
        }
        let principal = node(.cloudPrincipal, text: alert.principal)
        anchor(index, to: principal)
        if alert.origin.isKnown {
            let origin = node(.address, text: alert.origin)
            anchor(index, to: origin)
            connect(origin, principal, .signedInFrom, time: alert.time, owner: index)
        }
        if alert.object.isKnown {
            let resource = node(.cloudResource, text: alert.object)
            anchor(index, to: resource)
            connect(principal, resource, .called, time: alert.time, owner: index)
        }
        if alert.issued.isKnown {
            let issued = node(.cloudPrincipal, text: alert.issued)
            anchor(index, to: issued)
            connect(principal, issued, .assumedRole, time: alert.time, owner: index)
        }
        weaveAssumptions(of: alert, index: index, principal: principal)
    }

    /// Walks back from a role to who assumed it, and on from there.
    private mutating func weaveAssumptions(of alert: AlertFact, index: Int, principal: Int) {
        var current = alert.principal
        var currentNode = principal
        var key = alert.accessKey
        for _ in 0..<8 {
            let byKey = key.isKnown ? assumption(of: key, before: alert.time) : nil
            guard let step = byKey ?? assumption(of: current, before: alert.time),
                step.a != current
            else { return }
            let source = node(.cloudPrincipal, text: step.a)
            connect(source, currentNode, .assumedRole, time: step.time, owner: index)
            assumed.append((step.a, step.time, index))
            anchor(index, to: source)
            current = step.a
            currentNode = source
            key = .none
        }
    }

    private func assumption(of text: TextID, before time: Int64) -> LinkFact? {
        index.assumptions[pool.foldedKey(of: text)]?.latest(
            until: Lineage.later(time, by: Lineage.toleranceNanoseconds), within: preparation)
    }

    private var preparation: Int64 { Self.nanoseconds(seconds: limits.preparationSeconds) }

    static func nanoseconds(seconds: Int64) -> Int64 {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product
    }
}
