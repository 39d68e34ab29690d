/// Whether what was done still holds: the re-scan after an eradication, also after a reboot.
extension ActionDesk {
    package struct Finding: Sendable {
        package let order: String
        package let kind: Action.Kind
        /// What is back or gone, one sentence each; none where all of it holds.
        package let problems: [String]
    }

    /// Looks at every action that holds; changes nothing.
    package func examine(at now: Int64) throws(ActFailure) -> [Finding] {
        let lock = try DeskLock(folder)
        defer { withExtendedLifetime(lock) {} }
        var findings: [Finding] = []
        for (_, transaction) in try all() where transaction.phase == .held {
            var problems: [String] = []
            for effect in transaction.effects {
                do throws(ActFailure) {
                    if let problem = try problem(with: effect, transaction, now) {
                        problems.append(problem)
                    }
                } catch { problems.append(error.message) }
            }
            findings.append(
                Finding(
                    order: transaction.order.id, kind: transaction.order.action.kind,
                    problems: problems))
        }
        return findings
    }

    /// Others may have changed a shared text meanwhile: what counts is that nothing taken out is back.
    private func problem(
        with effect: Effect, _ transaction: ActionTransaction, _ now: Int64
    ) throws(ActFailure) -> String? {
        switch effect {
        case .file(let change): return try problem(with: change)
        case .network:
            return try network.isAsExpected(try holds(), at: now)
                ? nil : "the network table was changed"
        case .processes(let effect):
            return try ProcessReach().problem(with: effect)
        }
    }

    private func problem(with change: FileChange) throws(ActFailure) -> String? {
        let path = change.path
        let look: FileLook?
        do {
            let folder = try endpoint.root.folder(of: path)
            look = try FileLook.look(at: path.name, in: folder, as: path)
        } catch  where error.code == .missing { return nil }
        guard let look else { return nil }
        if let edit = change.edit {
            let text = try look.file?.readAll(bytesMax: LineEdit.textBytesMax) ?? []
            let back = edit.count(backIn: text)
            return back == 0 ? nil : "\(back) of the lines taken out are back in \(path)"
        }
        guard let before = change.before, look.state.digest == before.digest else { return nil }
        guard let after = change.after else { return "\(path) is back" }
        let isBack =
            look.state.mode & ~after.mode & 0o6000 != 0 || look.state.attributes != after.attributes
        return isBack ? "\(path) has its rights back" : nil
    }
}

extension LineEdit {
    /// How many of the lines taken out or replaced stand in a text.
    func count(backIn text: [UInt8]) -> Int {
        let lines = Set(Self.lines(of: text).map(Self.bare))
        return parts.count { lines.contains(Self.bare($0.old)) }
    }
}

extension ProcessReach {
    /// Nil where all are as the action left them, or gone.
    func problem(with effect: ProcessEffect) throws(ActFailure) -> String? {
        let awake = effect.processes.filter { process in
            guard process.boot == boot, let row = ProcessTable.row(process.identity.pid),
                row.identity == process.identity, !row.isGone
            else { return false }
            return effect.verb == .kill || !row.isStopped
        }
        return awake.first.map {
            "\(awake.count) processes go on, e.g. \($0.identity.pid) (\($0.name))"
        }
    }
}
