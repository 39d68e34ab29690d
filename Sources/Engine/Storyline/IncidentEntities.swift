/// The entities of an incident, with their lasting names.
extension IncidentWriter {
    /// `kind:key`; the same for the same content on every run.
    func entityText(_ node: Int) -> String {
        let entity = graph.nodes[node]
        let pool = graph.pool
        let prefix = entity.kind.rawValue + ":"
        switch entity.kind {
        case .process:
            guard graph.lineage.instances.indices.contains(entity.instance) else { return prefix }
            let process = graph.lineage.instances[entity.instance]
            let host = hostName(process.hostKey, or: process.host)
            if process.process.guid != .none {
                return prefix + "\(host)|\(Names.guidText(process.process.guid))"
            }
            let start =
                process.start == .min
                ? "?\(Words.plain(String(decoding: pool.baseName(of: process.image), as: UTF8.self)))"
                : Timestamp(nanoseconds: process.start).text
            return prefix + "\(host)|\(process.process.pid)@\(start)"
        case .session:
            let host = hostName(pool.foldedKey(of: entity.host), or: entity.host)
            if entity.session == 0 { return prefix + "\(host)|\(entity.key.hex)" }
            return prefix + "\(host)|0x\(String(entity.session, radix: 16))"
        case .host: return prefix + hostName(entity.key, or: entity.text)
        case .file, .service, .scheduledTask, .registryKey, .cloudResource:
            let host = hostName(pool.foldedKey(of: entity.host), or: entity.host)
            let folded = String(decoding: pool.slice(entity.text).map(Names.lower), as: UTF8.self)
            return prefix + (host.isEmpty ? "" : host + "|") + Words.plain(folded)
        case .user, .address, .domain, .cloudPrincipal:
            let folded = String(decoding: pool.slice(entity.text).map(Names.lower), as: UTF8.self)
            return prefix + Words.plain(folded)
        }
    }

    func hostName(_ key: ContentKey, or text: TextID) -> String {
        Words.plain(graph.pool.string(graph.index.alertHosts[key] ?? text))
    }

    /// True where it is known whose session it is.
    func isNamed(session node: Int) -> Bool {
        let entity = graph.nodes[node]
        let key = FactIndex.key(graph.pool.foldedKey(of: entity.host), entity.session)
        return (graph.index.logonOfSession[key]?.a ?? entity.text).isKnown
    }

    /// A short name for a person.
    func label(of node: Int) -> String {
        let entity = graph.nodes[node]
        let pool = graph.pool
        switch entity.kind {
        case .process:
            guard graph.lineage.instances.indices.contains(entity.instance) else { return "" }
            let process = graph.lineage.instances[entity.instance]
            let name = String(decoding: pool.baseName(of: process.image), as: UTF8.self)
            return name.isEmpty ? "process \(process.process.pid)" : Words.plain(name)
        case .session:
            let key = FactIndex.key(pool.foldedKey(of: entity.host), entity.session)
            let user = graph.index.logonOfSession[key]?.a ?? entity.text
            if user.isKnown { return "session of \(accountName(user))" }
            return "session 0x\(String(entity.session, radix: 16))"
        case .user:
            return accountName(entity.text)
        case .file, .registryKey:
            return Words.plain(String(decoding: pool.baseName(of: entity.text), as: UTF8.self))
        case .cloudPrincipal:
            let text = pool.slice(entity.text)
            guard text.starts(with: "arn:".utf8), let colon = text.lastIndex(of: 0x3a) else {
                break
            }
            return Words.plain(String(decoding: text[(colon + 1)...], as: UTF8.self))
        case .host: return hostName(entity.key, or: entity.text)
        default: break
        }
        return Words.bounded(Words.plain(pool.string(entity.text)), bytesMax: 120)
    }

    /// The name without its domain.
    func accountName(_ account: TextID) -> String {
        let text = graph.pool.slice(account)
        let name = text.lastIndex(of: 0x5c).map { text[($0 + 1)...] } ?? text
        return Words.bounded(Words.plain(String(decoding: name, as: UTF8.self)), bytesMax: 80)
    }

    func entities(of draft: Draft) -> [Entity] {
        var alertsOf: [Int: [Int]] = [:]
        var first: [Int: Int64] = [:]
        var last: [Int: Int64] = [:]
        func see(_ node: Int, at time: Int64) {
            guard time != .min else { return }
            first[node] = min(first[node] ?? time, time)
            last[node] = max(last[node] ?? time, time)
        }
        for alert in draft.graphed {
            for node in graph.anchors[alert] {
                see(node, at: graph.alerts[alert].time)
                if alertsOf[node, default: []].count < limits.alertsPerEntityMax {
                    alertsOf[node, default: []].append(graph.alerts[alert].index)
                }
            }
        }
        for edge in draft.edges {
            see(edge.from, at: edge.time)
            see(edge.to, at: edge.time)
        }
        return draft.nodes.filter(draft.shown.contains).map { node in
            let entity = graph.nodes[node]
            let hasHost = entity.kind != .host && entity.host.isKnown
            return Entity(
                id: EntityID(text: entityText(node)), kind: entity.kind, label: label(of: node),
                facts: Array(facts(about: node).prefix(limits.factsPerEntityMax)),
                host: hasHost
                    ? hostName(graph.pool.foldedKey(of: entity.host), or: entity.host) : nil,
                firstSeen: first[node].map(Timestamp.init(nanoseconds:)),
                lastSeen: last[node].map(Timestamp.init(nanoseconds:)),
                alerts: alertsOf[node] ?? [])
        }
    }

    private func facts(about node: Int) -> [(name: String, value: String)] {
        let entity = graph.nodes[node]
        let pool = graph.pool
        var facts: [(name: String, value: String)] = []
        func add(_ name: String, _ text: TextID) {
            guard text.isKnown else { return }
            facts.append(
                (
                    name,
                    Words.bounded(
                        Words.plain(pool.string(text)), bytesMax: limits.alertTextBytesMax)
                ))
        }
        switch entity.kind {
        case .process:
            guard graph.lineage.instances.indices.contains(entity.instance) else { return [] }
            let process = graph.lineage.instances[entity.instance]
            add("command line", process.command)
            add("image", process.image)
            if process.process.pid != .max { facts.append(("pid", "\(process.process.pid)")) }
            if process.start != .min {
                facts.append(("started", Timestamp(nanoseconds: process.start).text))
            }
            add("user", process.user)
            if process.session != 0 {
                facts.append(("session", "0x" + String(process.session, radix: 16)))
            }
            add("parent", process.parentImage)
            add("parent command line", process.parentCommand)
        case .session:
            let key = FactIndex.key(pool.foldedKey(of: entity.host), entity.session)
            guard let logon = graph.index.logonOfSession[key] else { return [] }
            add("user", logon.a)
            add("from address", logon.b)
            add("from host", logon.c)
            if logon.number != 0 { facts.append(("logon type", "\(logon.number)")) }
        case .address:
            let kind = Hubs.isPrivate(pool.slice(entity.text)) ? "private" : "public"
            facts.append(("network", kind))
        case .host, .domain: break
        case .user, .cloudPrincipal: add("name", entity.text)
        case .service, .scheduledTask:
            add("command", graph.index.commandOfStarter[entity.key] ?? .none)
        case .file, .registryKey: add("path", entity.text)
        case .cloudResource: add("name", entity.text)
        }
        return facts
    }
}
