/// What an order will touch, and how far it reaches: made by looking alone, changing nothing.
package struct Plan {
    var effects: [Effect] = []
    /// What a person should know before it is done.
    package var notes: [String] = []
    /// What it touches, one line each.
    package var reach: [String] = []

    /// Nothing can be taken back where this is false.
    package var isReversible: Bool { effects.allSatisfy(\.isReversible) }
}

struct Planner {
    let endpoint: Endpoint
    /// Where guards keep their copies; see ``FileGuard``.
    let copies: CopyShelf
    /// Nil for a preview.
    let images: ImageStore?

    private var accounts: AccountFiles { AccountFiles(root: endpoint.root) }

    func plan(_ order: ActionOrder, at now: Int64) throws(ActFailure) -> Plan {
        guard endpoint.allowed.contains(order.action.kind) else {
            throw ActFailure(
                .refused, "this host's policy does not allow `\(order.action.kind.rawValue)`")
        }
        let until = order.leaseSeconds.map { now + $0 }
        switch order.action {
        case .quarantineFile(let paths, let digest):
            let wish: FileAim.Wish = digest.map { .removeExactly($0) } ?? .remove
            return try files(paths.map { FileAim(path: $0, wish: wish) }, order, now)
        case .processes(let verb, let wanted, let withTree):
            return try processes(verb, wanted, withTree: withTree)
        case .isolateHost(let reach): return try isolation(reach, until)
        case .blockNetwork(let ranges, let domains): return try block(ranges, domains, until)
        case .disableUser(let name, let force): return try disable(name, force, order, now)
        case .endSessions(let name): return try sessions(name)
        case .revokeKeys(let name, let keys, let force):
            return try revoke(name, keys, force, order, now)
        case .removePersistence(let items, let force):
            return try persistence(items, force, order, now)
        case .restoreFiles(let processes): return try restoration(processes, order, now)
        case .undo:
            throw ActFailure(.refused, "an undo is no plan of its own; hand it to `undo`")
        }
    }

    private func files(
        _ aims: [FileAim], _ order: ActionOrder, _ now: Int64
    ) throws(ActFailure) -> Plan {
        let imaging = FileImaging(root: endpoint.root, images: images, order: order.id, now: now)
        let (changes, notes) = try imaging.image(aims)
        guard !changes.isEmpty else {
            throw ActFailure(.missing, "nothing to do: " + notes.joined(separator: "; "))
        }
        var plan = Plan(effects: changes.map(Effect.file), notes: notes)
        for change in changes {
            let bytes = change.before?.bytes ?? 0
            if let edit = change.edit {
                plan.reach.append(
                    "\(change.path): \(edit.parts.count) lines of a text of \(bytes) bytes")
            } else if change.after == nil {
                plan.reach.append(
                    "\(change.path): the whole, \(bytes) bytes, SHA-256 \(change.before?.digest ?? "")"
                )
            } else {
                plan.reach.append("\(change.path): its rights alone")
            }
        }
        return plan
    }

    private func processes(
        _ verb: ProcessEffect.Verb, _ wanted: [ProcessIdentity], withTree: Bool
    ) throws(ActFailure) -> Plan {
        let (found, notes) = try ProcessReach().find(wanted, withTree: withTree)
        let effect = ProcessEffect(verb: verb, withTree: withTree, processes: found)
        return Plan(
            effects: [.processes(effect)], notes: notes,
            reach: found.map { "process \($0.identity.pid) (\($0.name))" })
    }

    private func isolation(_ reach: [Reach], _ until: Int64?) throws(ActFailure) -> Plan {
        guard !endpoint.server.isEmpty || !reach.isEmpty else {
            throw ActFailure(
                .refused, "isolating would cut off the server too; name its address first")
        }
        var plan = Plan(effects: [
            .network(NetworkHold(isIsolation: true, reach: reach, until: until))
        ])
        let open = (endpoint.server + reach).map { one in
            one.port.map { "\(one.range) port \($0)" } ?? "\(one.range)"
        }
        plan.reach = [
            "every connection of this host but those with \(open.joined(separator: ", "))"
        ]
        if until == nil { plan.notes.append("without a lease: it holds until it is undone") }
        return plan
    }

    private func block(
        _ ranges: [AddressRange], _ domains: [DomainName], _ until: Int64?
    ) throws(ActFailure) -> Plan {
        for range in ranges {
            if range.prefix < (range.isV4 ? 8 : 16) {
                throw ActFailure(
                    .refused, "\(range) is too much of the world; isolate the host instead")
            }
            if let server = endpoint.server.first(where: {
                range.contains($0.range) || $0.range.contains(range)
            }) {
                throw ActFailure(.refused, "\(range) holds the server's \(server.range)")
            }
            if range.bytes.first == 127 && range.isV4 {
                throw ActFailure(.refused, "\(range) is this host itself")
            }
        }
        let hold = NetworkHold(isIsolation: false, ranges: ranges, domains: domains, until: until)
        return Plan(
            effects: [.network(hold)],
            notes: domains.isEmpty
                ? [] : ["of a domain, addresses are blocked as answers name them"],
            reach: ranges.map(\.description) + domains.map { "\($0.text) and all below it" })
    }

    private func disable(
        _ name: String, _ force: Bool, _ order: ActionOrder, _ now: Int64
    ) throws(ActFailure) -> Plan {
        let user = try accounts.user(name)
        try keepsWayIn(force, try accounts.waysIn(), try accounts.waysIn(disabled: user.name))
        let path = try HostPath(AccountFiles.shadow)
        let aim = FileAim(
            path: path,
            wish: .edit { line in AccountFiles.disabled(line, user: name) ?? line })
        var plan = try files([aim], order, now)
        plan.reach.append(
            "user \(name): no sign-in by password or key; sessions that are open go on")
        return plan
    }

    private func keepsWayIn(
        _ force: Bool, _ now: [String], _ then: [String]
    ) throws(ActFailure) {
        guard !force, !now.isEmpty, then.isEmpty else { return }
        throw ActFailure(
            .refused,
            "it would take the last way in as root (\(now.joined(separator: ", "))); order it with `force` if that is meant"
        )
    }

    private func sessions(_ name: String) throws(ActFailure) -> Plan {
        let user = try accounts.user(name)
        guard user.id != 0 else {
            throw ActFailure(.refused, "root's processes are the system's; end them one by one")
        }
        let rows = try ProcessTable.all().filter { $0.user == user.id && !$0.isGone }
        guard !rows.isEmpty else { throw ActFailure(.missing, "\(name) has no process") }
        return try processes(.kill, rows.map(\.identity), withTree: true)
    }

    private func revoke(
        _ name: String, _ keys: [String]?, _ force: Bool, _ order: ActionOrder, _ now: Int64
    ) throws(ActFailure) -> Plan {
        let user = try accounts.user(name)
        if keys == nil {
            try keepsWayIn(force, try accounts.waysIn(), try accounts.waysIn(withoutKeys: name))
        }
        let wanted = keys.map { Set($0.map { Array($0.utf8) }) }
        var aims: [FileAim] = []
        for path in try accounts.keyFiles(of: user) {
            aims.append(
                FileAim(
                    path: path,
                    wish: .edit { line in
                        guard let key = AccountFiles.key(of: line) else { return line }
                        return wanted?.contains(key) ?? true ? nil : line
                    }))
        }
        guard !aims.isEmpty else { throw ActFailure(.missing, "\(name) has no authorized_keys") }
        return try files(aims, order, now)
    }

    private func persistence(
        _ items: [PersistenceRemoval], _ force: Bool, _ order: ActionOrder, _ now: Int64
    ) throws(ActFailure) -> Plan {
        var aims: [FileAim] = []
        for item in items {
            guard
                force || !Self.lifelines.contains(item.path.description) || item.part != .wholeFile
            else {
                throw ActFailure(
                    .refused,
                    "without \(item.path) nobody can sign in; name the lines, or use `force`")
            }
            switch item.part {
            case .wholeFile:
                aims.append(FileAim(path: item.path, wish: .remove, takesLinks: true))
            case .lines(let lines):
                let doomed = Set(lines)
                aims.append(
                    FileAim(path: item.path, wish: .edit { doomed.contains($0) ? nil : $0 }))
            case .elevation:
                aims.append(FileAim(path: item.path, wish: .clearMode(0o6000)))
            case .capabilities:
                let name = Array("security.capability".utf8)
                aims.append(FileAim(path: item.path, wish: .dropAttribute(name)))
            }
        }
        return try files(aims, order, now)
    }

    private func restoration(
        _ processes: [ProcessIdentity], _ order: ActionOrder, _ now: Int64
    ) throws(ActFailure) -> Plan {
        let imaging = FileImaging(root: endpoint.root, images: images, order: order.id, now: now)
        let wanted = try copies.copies(before: Set(processes))
        guard wanted.count <= Action.pathsMax * 2 else {
            throw ActFailure(.limit, "\(wanted.count) files; name fewer processes at once")
        }
        var plan = Plan()
        for copy in wanted {
            do throws(ActFailure) {
                guard
                    let change = try imaging.image(
                        copy.path, becoming: copy.state, from: copy.content, plan.effects.count)
                else { continue }
                plan.effects.append(.file(change))
                plan.reach.append(
                    "\(copy.path): back to \(copy.state.bytes) bytes, SHA-256 \(copy.state.digest)")
            } catch  where [.missing, .unsupported, .damaged, .refused].contains(error.code) {
                // One file that cannot be restored must not keep the others from it.
                plan.notes.append(error.message)
            }
        }
        guard !plan.effects.isEmpty else {
            throw ActFailure(
                .missing,
                "nothing to restore: "
                    + (plan.notes.first ?? "no copy was made before these processes"))
        }
        return plan
    }

    private static let lifelines: Set<String> = [
        "/etc/passwd", "/etc/shadow", "/etc/group", "/etc/sudoers", "/etc/pam.d/common-auth",
        "/etc/pam.d/common-account", "/etc/pam.d/sshd", "/etc/pam.d/login", "/etc/crontab",
    ]
}
