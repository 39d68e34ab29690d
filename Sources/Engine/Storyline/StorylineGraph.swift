/// Entities and the causal edges between them, around the alerts of a set of facts.
///
/// Everything is visited in the order of the alerts' times and identities, and every choice among
/// several is made by time and content, so equal sets give equal graphs.
struct StorylineGraph {
    struct Node {
        var kind: Entity.Kind
        var key: ContentKey
        var host = TextID.none
        var text = TextID.none
        /// Index in the lineage; -1 for what is not a process.
        var instance = -1
        var session: UInt64 = 0
    }

    struct Edge {
        var from: Int
        var to: Int
        var reason: CausalEdge.Reason
        var time: Int64
        /// The element of ``components`` that the edge belongs to.
        var owner: Int
    }

    let limits: StorylineLimits
    let pool: TextPool
    /// By time, then identity.
    private(set) var alerts: [AlertFact]
    let index: FactIndex
    var lineage: Lineage
    var components: Components
    private(set) var nodes: [Node] = []
    private(set) var edges: [Edge] = []
    /// Nodes that each alert speaks of.
    private(set) var anchors: [[Int]]
    private var nodeOfKey: [ContentKey: Int] = [:]

    // Work in progress of the walk.
    var queue: [(node: Int, depth: Int)] = []
    var walked = 0
    var visited: Set<Int> = []
    var injected: Set<Int> = []
    /// By target: who injected into it although no rule said so.
    var injectors: [Int: [(source: Int, time: Int64)]] = [:]
    var sessionLogons: [(node: Int, logon: LinkFact)] = []
    var knownSessions: Set<Int> = []
    var assumed: [(source: TextID, time: Int64, alert: Int)] = []
    /// Connections of processes in a story, by the address they went to.
    var storyConnections: [ContentKey: [(time: Int64, process: Int)]] = [:]

    init(facts: StorylineFacts, limits: StorylineLimits) {
        self.limits = limits
        pool = facts.pool
        let names = AccountNames(links: facts.links, pool: facts.pool)
        alerts = facts.alerts.map(names.naming).sorted {
            ($0.time, $0.identity) < ($1.time, $1.identity)
        }
        index = FactIndex(facts: facts, alerts: alerts)
        let hosts = index.alertHosts
        let pool = facts.pool
        let relevant = facts.processes.filter { hosts[pool.foldedKey(of: $0.host)] != nil }
            .map(names.naming)
        lineage = Lineage(facts: relevant + alerts.map(\.subject), pool: facts.pool)
        components = Components(count: alerts.count)
        anchors = Array(repeating: [], count: alerts.count)
    }

    /// Joins what is joined by cause, then by shared keys, then by nearness.
    mutating func weave() {
        markInjected()
        markQuietInjections()
        for alert in alerts.indices { weave(alert: alert) }
        walk()
        crossHosts()
        group()
    }

    // MARK: nodes and edges

    /// What a process is known to run as is also true of an event that does not say so.
    mutating func complete(alert index: Int, from instance: Int) {
        let process = lineage.instances[instance]
        if !alerts[index].user.isKnown, process.user.isKnown {
            alerts[index].user = process.user
            alerts[index].isService = process.isService
        }
        if alerts[index].session == 0 { alerts[index].session = process.session }
        if !alerts[index].subject.image.isKnown { alerts[index].subject.image = process.image }
    }

    func element(of node: Int) -> Int { elements[node] }

    private var elements: [Int] = []

    mutating func node(
        _ kind: Entity.Kind, _ key: ContentKey, host: TextID = .none, text: TextID,
        instance: Int = -1, session: UInt64 = 0
    ) -> Int {
        var digest = ContentDigest()
        digest.mix(kind.rawValue)
        digest.mix(key)
        if let known = nodeOfKey[digest.key] { return known }
        nodes.append(
            Node(
                kind: kind, key: key, host: host, text: text, instance: instance, session: session))
        elements.append(components.add())
        nodeOfKey[digest.key] = nodes.count - 1
        return nodes.count - 1
    }

    mutating func connect(
        _ from: Int, _ to: Int, _ reason: CausalEdge.Reason, time: Int64, owner: Int
    ) {
        guard from != to else { return }
        edges.append(Edge(from: from, to: to, reason: reason, time: time, owner: owner))
    }

    mutating func anchor(_ alert: Int, to node: Int) {
        if !anchors[alert].contains(node) { anchors[alert].append(node) }
    }

    mutating func join(alert: Int, node: Int) { components.join(alert, elements[node]) }

    mutating func join(node: Int, node other: Int) {
        components.join(elements[node], elements[other])
    }

    // MARK: nodes by what they stand for

    mutating func node(process instance: Int) -> Int {
        let process = lineage.instances[instance]
        return node(
            .process, process.key, host: process.host, text: process.image, instance: instance)
    }

    mutating func node(host key: ContentKey) -> Int {
        node(.host, key, text: index.alertHosts[key] ?? .none)
    }

    mutating func node(session number: UInt64, host: ContentKey) -> Int {
        node(
            .session, FactIndex.key(host, number), host: index.alertHosts[host] ?? .none,
            text: .none, session: number)
    }

    /// A session nobody saw begin is named by the first known to have acted in it.
    mutating func name(session node: Int, user: TextID) {
        if !nodes[node].text.isKnown { nodes[node].text = user }
    }

    mutating func node(_ kind: Entity.Kind, text: TextID) -> Int {
        node(kind, pool.foldedKey(of: text), text: text)
    }

    /// A thing that only its host has: a file, a service, a task, a registry key.
    mutating func node(_ kind: Entity.Kind, text: TextID, host: TextID) -> Int {
        let hostKey = pool.foldedKey(of: host)
        if kind == .file {
            return node(
                kind, Names.pathKey(pool.slice(text), host: hostKey), host: host, text: text)
        }
        return node(kind, pool.key(of: text, host: hostKey), host: host, text: text)
    }
}
