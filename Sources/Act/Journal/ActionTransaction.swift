/// One action from its order to its end. It decides what comes next from what its journal holds; its caller acts, and writes each
/// entry down (and waits for the disk) before it hands it in.
///
/// ```
/// ordered ─▶ imaged ─▶ applying ─▶ applied ─▶ held
///    │          │          └──────────┴─────────┴─▶ undoing ─▶ undone
///    └──────────┴─▶ closed (nothing was touched)
/// ```
///
/// Everything that may be touched is in the journal before it is touched, so whoever reads `applying` or `undoing` after a crash knows
/// all that can have changed, and both ends can be reached from there. `held`, `undone` and `closed` are the only places to rest.
package struct ActionTransaction: Sendable {
    package enum Phase: String, Sendable, CaseIterable {
        case ordered, imaged, applying, applied, held, undoing, undone, closed
    }

    package enum Aim: Sendable { case done, undone }

    package enum Step: Equatable, Sendable {
        case image, beginApply, apply, verify, beginUndo, undo, close, rest
    }

    package let order: ActionOrder
    package let orderedAt: Int64
    package private(set) var phase = Phase.ordered
    package private(set) var effects: [Effect] = []
    /// Hashes of what the action is about; nil before it was looked at.
    package private(set) var before: String?
    package private(set) var after: String?
    package private(set) var undone: String?
    /// When a lease ends; nil where there is none.
    package private(set) var until: Int64?
    package private(set) var heldAt: Int64?
    package private(set) var endedAt: Int64?
    /// Why it was undone or closed, and the last attempt that failed.
    package private(set) var reason: String?
    package private(set) var failure: String?
    package private(set) var notes: [String] = []

    init(_ order: ActionOrder, at now: Int64) {
        self.order = order
        orderedAt = now
    }

    /// False for what cannot be taken back: then an interrupted action is finished, not undone.
    package var isReversible: Bool { effects.allSatisfy(\.isReversible) }

    /// Where an interrupted action goes: containment is finished (an attacker must not escape it by pulling the plug),
    /// everything else goes back.
    package var aimAfterCrash: Aim {
        switch phase {
        case .held: .done
        case .applying, .applied: effects.contains(where: \.isFinishedAfterCrash) ? .done : .undone
        default: .undone
        }
    }

    package func next(_ aim: Aim) -> Step {
        switch (phase, aim) {
        case (.ordered, .done): .image
        case (.imaged, .done): .beginApply
        case (.ordered, .undone), (.imaged, .undone): .close
        case (.applying, .done): .apply
        case (.applied, .done): .verify
        case (.applying, .undone): isReversible ? .beginUndo : .apply
        case (.applied, .undone): isReversible ? .beginUndo : .verify
        case (.held, .undone): isReversible ? .beginUndo : .rest
        case (.held, .done), (.undone, _), (.closed, _): .rest
        case (.undoing, _): .undo
        }
    }

    /// - Throws: ``ActFailure`` `damaged` where the entry cannot come now.
    package mutating func take(_ entry: JournalEntry) throws(ActFailure) {
        switch (entry, phase) {
        case (.imaged(let effects, let before, let notes, _), .ordered):
            self.effects = effects
            self.before = before
            self.notes += notes
            phase = .imaged
        case (.applying, .imaged): phase = .applying
        case (.widened(let index, let processes, _), .applying):
            guard effects.indices.contains(index) else { throw misplaced(entry) }
            effects[index].widen(by: processes)
        case (.applied, .applying): phase = .applied
        case (.held(let after, let until, let notes, let at), .applied):
            self.after = after
            self.until = until
            self.notes += notes
            heldAt = at
            phase = .held
        case (.undoing(let reason, _), .applying), (.undoing(let reason, _), .applied),
            (.undoing(let reason, _), .held):
            self.reason = reason
            phase = .undoing
        case (.undone(let state, let notes, let at), .undoing):
            undone = state
            self.notes += notes
            endedAt = at
            failure = nil
            phase = .undone
        case (.closed(let reason, let at), .ordered), (.closed(let reason, let at), .imaged):
            self.reason = reason
            endedAt = at
            phase = .closed
        case (.failed(let reason, _), _): failure = reason
        default: throw misplaced(entry)
        }
    }

    private func misplaced(_ entry: JournalEntry) -> ActFailure {
        ActFailure(
            .damaged,
            "the journal of \(order.id) says `\(entry.kind)` after `\(phase.rawValue)`; it was changed by hand"
        )
    }
}
