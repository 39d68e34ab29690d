/// What an order asks for. Each is taken back by an order to `undo` it, by the end of its lease, or by hand.
package enum Action: Equatable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case quarantineFile = "quarantine_file"
        case suspendProcesses = "suspend_processes"
        case killProcesses = "kill_processes"
        case isolateHost = "isolate_host"
        case blockNetwork = "block_network"
        case disableUser = "disable_user"
        case endSessions = "end_sessions"
        case revokeKeys = "revoke_keys"
        case removePersistence = "remove_persistence"
        case restoreFiles = "restore_files"
        case undo
    }

    /// With a digest only where it is the one of every file.
    case quarantineFile(paths: [HostPath], digest: String?)
    case processes(ProcessEffect.Verb, [ProcessIdentity], withTree: Bool)
    case isolateHost([Reach])
    case blockNetwork(ranges: [AddressRange], domains: [DomainName])
    /// `force` also where it takes the last way in as root.
    case disableUser(String, force: Bool)
    case endSessions(String)
    /// Nil for all keys of the user.
    case revokeKeys(String, keys: [String]?, force: Bool)
    case removePersistence([PersistenceRemoval], force: Bool)
    /// All files that were copied before these processes opened them, as they were then.
    case restoreFiles([ProcessIdentity])
    case undo(order: String)

    package static let pathsMax = 1_000

    package var kind: Kind {
        switch self {
        case .quarantineFile: .quarantineFile
        case .processes(.suspend, _, _): .suspendProcesses
        case .processes(.kill, _, _): .killProcesses
        case .isolateHost: .isolateHost
        case .blockNetwork: .blockNetwork
        case .disableUser: .disableUser
        case .endSessions: .endSessions
        case .revokeKeys: .revokeKeys
        case .removePersistence: .removePersistence
        case .restoreFiles: .restoreFiles
        case .undo: .undo
        }
    }

    package init(json: JSONValue) throws(ActFailure) {
        let fields = Fields(json, of: "an action")
        let name = try fields.text("kind", bytesMax: 64)
        guard let kind = Kind(rawValue: name) else {
            throw ActFailure(.refused, "this agent knows no action `\(name)`; update it")
        }
        switch kind {
        case .quarantineFile: self = try Self.quarantine(fields)
        case .suspendProcesses: self = try Self.processes(.suspend, fields)
        case .killProcesses: self = try Self.processes(.kill, fields)
        case .isolateHost: self = try Self.isolate(fields)
        case .blockNetwork: self = try Self.block(fields)
        case .disableUser:
            try fields.only(["kind", "user", "force"])
            self = .disableUser(try Self.user(fields), force: try fields.truth("force"))
        case .endSessions:
            try fields.only(["kind", "user"])
            self = .endSessions(try Self.user(fields))
        case .revokeKeys: self = try Self.revoke(fields)
        case .removePersistence: self = try Self.persistence(fields)
        case .restoreFiles:
            try fields.only(["kind", "processes"])
            self = .restoreFiles(try Self.identities(fields))
        case .undo:
            try fields.only(["kind", "order"])
            self = .undo(order: try fields.text("order", bytesMax: 64))
        }
    }

    private static func user(_ fields: Fields) throws(ActFailure) -> String {
        let name = try fields.text("user", bytesMax: 256)
        guard
            !name.utf8.contains(where: {
                $0 <= 0x20 || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/")
            })
        else { throw ActFailure(.refused, "`user` is no user's name") }
        return name
    }

    private static func quarantine(_ fields: Fields) throws(ActFailure) -> Action {
        try fields.only(["kind", "paths", "sha256"])
        var paths: [HostPath] = []
        for item in try fields.items("paths", 1...pathsMax) {
            let path = try HostPath(json: item)
            guard !paths.contains(path) else { throw ActFailure(.refused, "\(path) stands twice") }
            paths.append(path)
        }
        let digest = try fields.textIfThere("sha256", bytesMax: 64)
        guard digest.map({ $0.utf8.count == 64 && Hex.bytes($0) != nil }) ?? true else {
            throw ActFailure(.refused, "`sha256` of an action is 64 hexadecimal digits")
        }
        return .quarantineFile(paths: paths, digest: digest?.lowercased())
    }

    private static func processes(
        _ verb: ProcessEffect.Verb, _ fields: Fields
    ) throws(ActFailure) -> Action {
        try fields.only(["kind", "processes", "tree"])
        return .processes(verb, try identities(fields), withTree: try fields.truth("tree"))
    }

    private static func identities(_ fields: Fields) throws(ActFailure) -> [ProcessIdentity] {
        var found: [ProcessIdentity] = []
        for item in try fields.items("processes", 1...ProcessEffect.processesMax) {
            let identity = try ProcessIdentity(json: item)
            if !found.contains(identity) { found.append(identity) }
        }
        return found
    }

    private static func isolate(_ fields: Fields) throws(ActFailure) -> Action {
        try fields.only(["kind", "allow"])
        var reach: [Reach] = []
        if fields.json["allow"] != nil {
            for item in try fields.items("allow", 0...NetworkHold.itemsMax) {
                reach.append(try Reach(json: item))
            }
        }
        return .isolateHost(reach)
    }

    private static func block(_ fields: Fields) throws(ActFailure) -> Action {
        try fields.only(["kind", "addresses", "domains"])
        var ranges: [AddressRange] = []
        var domains: [DomainName] = []
        if fields.json["addresses"] != nil {
            for item in try fields.items("addresses", 1...NetworkHold.itemsMax) {
                ranges.append(try AddressRange(item.text ?? ""))
            }
        }
        if fields.json["domains"] != nil {
            for item in try fields.items("domains", 1...NetworkHold.itemsMax) {
                domains.append(try DomainName(item.text ?? ""))
            }
        }
        guard !ranges.isEmpty || !domains.isEmpty else {
            throw ActFailure(.refused, "a block names `addresses` or `domains`")
        }
        return .blockNetwork(ranges: ranges, domains: domains)
    }

    private static func revoke(_ fields: Fields) throws(ActFailure) -> Action {
        try fields.only(["kind", "user", "keys", "force"])
        var keys: [String]?
        if fields.json["keys"] != nil {
            var named: [String] = []
            for item in try fields.items("keys", 1...LineEdit.linesMax) {
                guard let key = item.text, !key.isEmpty else {
                    throw ActFailure(.refused, "a key is its base64 text, as in authorized_keys")
                }
                named.append(key)
            }
            keys = named
        }
        return .revokeKeys(try user(fields), keys: keys, force: try fields.truth("force"))
    }

    private static func persistence(_ fields: Fields) throws(ActFailure) -> Action {
        try fields.only(["kind", "items", "force"])
        var items: [PersistenceRemoval] = []
        for item in try fields.items("items", 1...pathsMax) {
            items.append(try PersistenceRemoval(json: item))
        }
        return .removePersistence(items, force: try fields.truth("force"))
    }
}
