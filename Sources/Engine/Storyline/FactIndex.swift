/// The links, found by what they speak of. Lists are in order of time, then identity.
struct FactIndex {
    /// Hosts with alerts, each with the spelling that sorts first.
    private(set) var alertHosts: [ContentKey: TextID] = [:]
    private(set) var logonOfSession: [ContentKey: LinkFact] = [:]
    private(set) var logonsOfProcess: [ContentKey: [LinkFact]] = [:]
    private(set) var remoteLogons: [ContentKey: [LinkFact]] = [:]
    private(set) var injections: [LinkFact] = []
    private(set) var services: [ContentKey: [LinkFact]] = [:]
    private(set) var tasks: [ContentKey: [LinkFact]] = [:]
    /// What a service or task runs, by the key of its node; the latest that was told.
    private(set) var commandOfStarter: [ContentKey: TextID] = [:]
    /// Uses of other credentials and connections, by the host or address they went to.
    private(set) var credentials: [ContentKey: [LinkFact]] = [:]
    private(set) var writes: [ContentKey: [LinkFact]] = [:]
    private(set) var connections: [ContentKey: [LinkFact]] = [:]
    /// By principal or by access key that was got.
    private(set) var assumptions: [ContentKey: [LinkFact]] = [:]
    /// Indices of alerts on a host, by time.
    private(set) var alertsOfHost: [ContentKey: [Int]] = [:]
    private var addressesByHost: [ContentKey: [ContentKey]] = [:]
    private var owners: [ContentKey: Set<ContentKey>] = [:]
    private var accountsOfAddress: [ContentKey: Set<ContentKey>] = [:]
    /// Mail domains of those who came from an address.
    private var realmsOfAddress: [ContentKey: Set<ContentKey>] = [:]
    /// Hosts that connected to an address, with alerts or without.
    private var visitorsOfAddress: [ContentKey: Set<ContentKey>] = [:]

    init(facts: StorylineFacts, alerts: [AlertFact]) {
        let pool = facts.pool
        for (index, alert) in alerts.enumerated() where alert.host.isKnown {
            let key = pool.foldedKey(of: alert.host)
            alertsOfHost[key, default: []].append(index)
            guard let known = alertHosts[key] else {
                alertHosts[key] = alert.host
                continue
            }
            if pool.slice(alert.host).lexicographicallyPrecedes(pool.slice(known)) {
                alertHosts[key] = alert.host
            }
        }
        var hosts: [TextID: ContentKey] = [:]
        for fact in (facts.links + facts.traffic).sorted(by: {
            ($0.time, $0.identity) < ($1.time, $1.identity)
        }) {
            if hosts[fact.host] == nil { hosts[fact.host] = pool.foldedKey(of: fact.host) }
            add(fact, host: hosts[fact.host] ?? .none, pool: pool)
        }
        for alert in alerts where alert.origin.isKnown {
            let account = alert.principal.isKnown ? alert.principal : alert.user
            guard account.isKnown, alert.activity != .logonFailure else { continue }
            use(of: alert.origin, by: account, pool: pool)
        }
        for (address, claims) in owners where claims.count == 1 {
            for host in claims { addressesByHost[host, default: []].append(address) }
        }
        for host in Array(addressesByHost.keys) { addressesByHost[host]?.sort() }
    }

    static func key(_ host: ContentKey, _ number: UInt64) -> ContentKey {
        var digest = ContentDigest()
        digest.mix(host)
        digest.mix(number)
        return digest.key
    }

    static func key(_ host: ContentKey, _ other: ContentKey) -> ContentKey {
        var digest = ContentDigest()
        digest.mix(host)
        digest.mix(other)
        return digest.key
    }

    private mutating func use(of address: TextID, by account: TextID, pool: TextPool) {
        let key = pool.foldedKey(of: address)
        accountsOfAddress[key, default: []].insert(pool.personKey(of: account))
        if let realm = pool.mailRealmKey(of: account) {
            realmsOfAddress[key, default: []].insert(realm)
        }
    }

    private mutating func add(_ fact: LinkFact, host: ContentKey, pool: TextPool) {
        let matters = alertHosts[host] != nil
        if fact.kind == .connected, !Hubs.isPrivate(pool.slice(fact.a)) {
            visitorsOfAddress[pool.foldedKey(of: fact.a), default: []].insert(host)
        }
        switch fact.kind {
        case .owns: owners[pool.foldedKey(of: fact.a), default: []].insert(host)
        case .used: use(of: fact.b, by: fact.a, pool: pool)
        case .assumed:
            for text in [fact.b, fact.c] where text.isKnown {
                assumptions[pool.foldedKey(of: text), default: []].append(fact)
            }
        case .logon:
            if fact.b.isKnown, fact.a.isKnown { use(of: fact.b, by: fact.a, pool: pool) }
            if fact.b.isKnown, fact.c.isKnown {
                owners[pool.foldedKey(of: fact.b), default: []].insert(pool.foldedKey(of: fact.c))
            }
            guard matters else { return }
            if fact.session != 0 {
                let key = Self.key(host, fact.session)
                let known = logonOfSession[key]
                if known == nil || (!(known?.b.isKnown ?? false) && fact.b.isKnown) {
                    logonOfSession[key] = fact
                }
            }
            if fact.process.pid != .max {
                let key = Self.key(host, UInt64(fact.process.pid))
                logonsOfProcess[key, default: []].append(fact)
            }
            if fact.isRemoteLogon { remoteLogons[host, default: []].append(fact) }
        case .explicitCredentials where matters:
            credentials[pool.foldedKey(of: fact.c), default: []].append(fact)
        case .service where matters:
            services[host, default: []].append(fact)
            commandOfStarter[pool.key(of: fact.a, host: host)] = fact.b
        case .task where matters:
            tasks[host, default: []].append(fact)
            commandOfStarter[pool.key(of: fact.a, host: host)] = fact.b
        case .injected where matters: injections.append(fact)
        case .wrote where matters: writes[fact.key, default: []].append(fact)
        case .connected where matters:
            for text in [fact.a, fact.c] where text.isKnown {
                connections[pool.foldedKey(of: text), default: []].append(fact)
            }
        default: break
        }
    }

    /// The one host known to have an address; nil when several claim it.
    func owner(of address: ContentKey) -> ContentKey? {
        guard let claims = owners[address], claims.count == 1 else { return nil }
        return claims.first
    }

    /// Addresses known to be a host's own.
    func addresses(of host: ContentKey) -> [ContentKey] { addressesByHost[host] ?? [] }

    /// True when more people came from an address than one attack explains, or people of two
    /// organisations.
    func isShared(address: ContentKey, accountsMax: Int) -> Bool {
        accountsOfAddress[address].map { $0.count > accountsMax } ?? false
            || realmsOfAddress[address].map { $0.count > 1 } ?? false
    }

    /// True when more hosts go to an address than one attack explains.
    func isFrequented(address: ContentKey, hostsMax: Int) -> Bool {
        visitorsOfAddress[address].map { $0.count > hostsMax } ?? false
    }
}

extension LinkFact {
    /// A logon that began on another machine, named or not.
    var isRemoteLogon: Bool { b.isKnown || c.isKnown || number == 3 || number == 10 }
}

extension TextPool {
    /// The key of something that only its host has, known by its name.
    func key(of name: TextID, host: ContentKey) -> ContentKey {
        var digest = ContentDigest()
        digest.mix(host)
        digest.mix(slice(name).span, folding: true)
        return digest.key
    }

    /// The name alone of `domain\name`, `name@domain`, `arn:…:user/name` or
    /// `arn:…:assumed-role/role/name@domain`, folded.
    func personKey(of account: TextID) -> ContentKey {
        var digest = ContentDigest()
        digest.mix(personName(of: account))
        return digest.key
    }

    /// The first label of a mail address's domain; nil for an account that is not one.
    func mailRealmKey(of account: TextID) -> ContentKey? {
        let text = slice(account)
        guard !text.starts(with: "arn:".utf8), let at = text.lastIndex(of: 0x40) else {
            return nil
        }
        var digest = ContentDigest()
        let realm = text[(at + 1)...].prefix { $0 != 0x2e }
        digest.mix(realm.span, folding: true)
        return digest.key
    }

    func personName(of account: TextID) -> String {
        let text = slice(account)
        var name = text
        if text.starts(with: "arn:".utf8), let slash = text.lastIndex(of: 0x2f) {
            name = text[(slash + 1)...]
        } else if let slash = text.lastIndex(of: 0x5c) {
            name = text[(slash + 1)...]
        }
        if let at = name.firstIndex(of: 0x40) { name = name[name.startIndex..<at] }
        return String(decoding: name.map(Names.lower), as: UTF8.self)
    }
}
