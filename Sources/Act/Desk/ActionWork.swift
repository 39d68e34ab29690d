/// Carries one transaction from step to step. Nothing is decided here.
struct ActionWork {
    let desk: ActionDesk
    var log: TransactionLog
    var transaction: ActionTransaction
    let now: Int64

    /// Writes the order down: from here on it is known.
    mutating func begin() throws(ActFailure) {
        let order = transaction.order
        try log.append(.ordered(body: order.body, signature: order.signature, at: now))
    }

    /// Writes an entry down and waits for the disk, then lets the transaction know.
    mutating func note(_ entry: JournalEntry) throws(ActFailure) {
        // Asked on a copy first: what cannot come now must not reach the journal.
        var next = transaction
        try next.take(entry)
        try log.append(entry)
        transaction = next
    }

    /// Runs until there is nothing to do towards `aim`; what fails on the way to done goes back to undone.
    mutating func run(
        to aim: ActionTransaction.Aim, because reason: String = ""
    ) throws(ActFailure) {
        var way = Way(aim: aim, reason: reason)
        // Each step leads on in the phase diagram, which has no way back: ten are more than its longest path.
        for _ in 0..<10 { guard try advance(&way) else { return } }
    }

    /// Where a run goes, and why where it goes back.
    struct Way {
        var aim: ActionTransaction.Aim
        var reason = ""
    }

    /// One step.
    ///
    /// - Returns: false where there is none, or it failed and is left for the next start.
    mutating func advance(_ way: inout Way) throws(ActFailure) -> Bool {
        let step = transaction.next(way.aim)
        guard step != .rest else { return false }
        do throws(ActFailure) {
            try take(step, way.reason)
            return true
        } catch {
            if step == .image {
                try note(.closed(reason: error.message, at: now))
                return false
            }
            let isOnTheWay = step == .apply || step == .verify
            guard isOnTheWay, transaction.isReversible, way.aim == .done else {
                try note(.failed(reason: error.message, at: now))
                return false
            }
            way = Way(aim: .undone, reason: error.message)
            return true
        }
    }

    /// - Throws: `changed` where it cannot be undone now; nothing was touched then.
    mutating func undo(because reason: String) throws(ActFailure) {
        if transaction.phase == .held {
            for effect in transaction.effects {
                try EffectHands(desk, transaction, now).mayUndo(effect)
            }
        }
        try run(to: .undone, because: reason)
    }

    private mutating func take(
        _ step: ActionTransaction.Step, _ reason: String
    ) throws(ActFailure) {
        switch step {
        case .rest: return
        case .image:
            let plan = try Planner(
                endpoint: desk.endpoint, copies: desk.copies, images: desk.images
            )
            .plan(transaction.order, at: now)
            let before = try hash(of: plan.effects)
            try note(
                .imaged(effects: plan.effects, before: before.hash, notes: plan.notes, at: now))
        case .beginApply: try note(.applying(at: now))
        case .apply:
            for index in transaction.effects.indices { try apply(index) }
            try note(.applied(at: now))
        case .verify: try verify()
        case .beginUndo: try note(.undoing(reason: reason, at: now))
        case .undo: try undoAll()
        case .close: try note(.closed(reason: reason, at: now))
        }
    }

    private mutating func apply(_ index: Int) throws(ActFailure) {
        let hands = EffectHands(desk, transaction, now)
        switch transaction.effects[index] {
        case .file(let change): try hands.files.bring(change, index, to: .after)
        case .network: try hands.loadNetwork(with: true)
        case .processes(let effect):
            var work = self
            defer { self = work }
            try ProcessReach().apply(effect) { (found) throws(ActFailure) in
                try work.note(.widened(effect: index, processes: found, at: work.now))
            }
        }
    }

    private mutating func verify() throws(ActFailure) {
        let hands = EffectHands(desk, transaction, now)
        for effect in transaction.effects { try hands.verifyHolds(effect) }
        let after = try hash(of: transaction.effects)
        let until = transaction.order.leaseSeconds.map { now + $0 }
        try note(.held(after: after.hash, until: until, notes: after.notes, at: now))
    }

    private mutating func undoAll() throws(ActFailure) {
        var notes: [String] = []
        let hands = EffectHands(desk, transaction, now)
        for (index, effect) in transaction.effects.enumerated().reversed() {
            switch effect {
            case .file(let change):
                if let note = try hands.files.bring(change, index, to: .before) {
                    notes.append(note)
                }
            case .network: try hands.loadNetwork(with: false)
            case .processes(let effect): try ProcessReach().undo(effect)
            }
        }
        let state = try hash(of: transaction.effects)
        try note(.undone(state: state.hash, notes: notes + state.notes, at: now))
    }

    private func hash(of effects: [Effect]) throws(ActFailure) -> (hash: String, notes: [String]) {
        var parts: [[UInt8]] = []
        var notes: [String] = []
        for effect in effects {
            switch effect {
            case .file(let change):
                let state = try EffectHands(desk, transaction, now).look(change.path)
                parts.append(StateHash.of(change.path, state))
            case .network: parts.append(Array(try desk.network.listing().utf8))
            case .processes(let effect):
                let (hash, found) = try ProcessReach().hash(of: effect)
                parts.append(hash)
                notes += found
            }
        }
        return (StateHash.of(parts), notes)
    }
}

/// The hands of one transaction.
struct EffectHands {
    let desk: ActionDesk
    let order: String
    let now: Int64
    let files: FileMove

    init(_ desk: ActionDesk, _ transaction: ActionTransaction, _ now: Int64) {
        self.desk = desk
        self.now = now
        order = transaction.order.id
        files = FileMove(root: desk.endpoint.root, images: desk.images, order: order)
    }

    func look(_ path: HostPath) throws(ActFailure) -> FileState? {
        let folder = try desk.endpoint.root.folder(of: path)
        return try FileLook.look(at: path.name, in: folder, as: path)?.state
    }

    /// - Throws: `changed` where somebody else's change is in the way.
    func mayUndo(_ effect: Effect) throws(ActFailure) {
        guard case .file(let change) = effect else { return }
        let folder = try desk.endpoint.root.folder(of: change.path)
        let look = try FileLook.look(at: change.path.name, in: folder, as: change.path)
        switch change.decision(for: .before, current: look?.state) {
        case .refuse(let reason): throw ActFailure(.changed, reason)
        case .putLinesBack:
            guard let text = try look?.file?.readAll(bytesMax: LineEdit.textBytesMax),
                change.edit?.undone(in: text) != nil
            else {
                throw ActFailure(
                    .changed, "\(change.path): the line changed since; set it right by hand")
            }
        default: return
        }
    }

    func verifyHolds(_ effect: Effect) throws(ActFailure) {
        switch effect {
        case .file(let change):
            let state = try look(change.path)
            let holds = state.map { now in change.after.map { now.isSame(as: $0) } ?? false }
            guard holds ?? (change.after == nil) else {
                throw ActFailure(.changed, "\(change.path) is not as it should be after the action")
            }
        case .network:
            guard try desk.network.isAsExpected(try desk.holds(), at: now) else {
                throw ActFailure(.changed, "the network table is not as it was written")
            }
        case .processes: return
        }
    }

    func loadNetwork(with own: Bool) throws(ActFailure) {
        try desk.network.load(try desk.holds(without: own ? nil : order), at: now)
    }
}
