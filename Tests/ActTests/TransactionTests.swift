import Testing

@testable import Act

@Suite struct `A transaction` {
    private static let change = FileChange(
        path: .sample, before: nil, after: nil, edit: nil)

    /// The entries that lead to each phase.
    private static let ways: [(phase: ActionTransaction.Phase, entries: [JournalEntry])] = {
        let imaged = JournalEntry.imaged(
            effects: [.file(change)], before: "b", notes: [], at: 1)
        let applied = [imaged, .applying(at: 2), .applied(at: 3)]
        let held = applied + [.held(after: "a", until: nil, notes: [], at: 4)]
        let undoing = held + [.undoing(reason: "r", at: 5)]
        return [
            (.ordered, []), (.imaged, [imaged]), (.applying, Array(applied.prefix(2))),
            (.applied, applied), (.held, held), (.undoing, undoing),
            (.undone, undoing + [.undone(state: "b", notes: [], at: 6)]),
            (.closed, [.closed(reason: "r", at: 1)]),
        ]
    }()

    private func transaction(_ entries: [JournalEntry]) throws -> ActionTransaction {
        var transaction = ActionTransaction(
            try Scratch.order(Scratch.quarantine("/a")), at: 1)
        for entry in entries { try transaction.take(entry) }
        return transaction
    }

    @Test func `reaches every phase by its entries`() throws {
        #expect(Set(Self.ways.map(\.phase)) == Set(ActionTransaction.Phase.allCases))
        for way in Self.ways { #expect(try transaction(way.entries).phase == way.phase) }
    }

    @Test func `takes an entry only where it can come`() throws {
        let may: [String: Set<ActionTransaction.Phase>] = [
            "imaged": [.ordered], "applying": [.imaged], "applied": [.applying],
            "held": [.applied], "undoing": [.applying, .applied, .held], "undone": [.undoing],
            "closed": [.ordered, .imaged],
        ]
        let entries = Self.ways.flatMap(\.entries)
        for way in Self.ways {
            for entry in entries {
                var transaction = try transaction(way.entries)
                let isTaken = (try? transaction.take(entry)) != nil
                #expect(
                    isTaken == may[entry.kind]!.contains(way.phase), "\(entry.kind) in \(way.phase)"
                )
            }
        }
    }

    @Test func `goes to an end from every phase, whatever is wanted`() throws {
        for way in Self.ways {
            for aim in [ActionTransaction.Aim.done, .undone] {
                let step = try transaction(way.entries).next(aim)
                let rests: [ActionTransaction.Phase: ActionTransaction.Aim?] = [
                    .held: .done, .undone: nil, .closed: nil,
                ]
                if let resting = rests[way.phase], resting == nil || resting == aim {
                    #expect(step == .rest)
                } else {
                    #expect(step != .rest)
                }
            }
        }
    }

    @Test func `is finished after a crash where it contains, else undone`() throws {
        func aim(_ effect: Effect) throws -> ActionTransaction.Aim {
            try transaction([
                .imaged(effects: [effect], before: "b", notes: [], at: 1), .applying(at: 2),
            ]).aimAfterCrash
        }
        let process = { (verb: ProcessEffect.Verb) in
            Effect.processes(ProcessEffect(verb: verb, withTree: false, processes: []))
        }
        #expect(try aim(.file(Self.change)) == .undone)
        #expect(try aim(process(.suspend)) == .undone)
        #expect(try aim(process(.kill)) == .done)
        #expect(try aim(.network(NetworkHold(isIsolation: true, until: nil))) == .done)
    }

    @Test func `is written and read back to the same entries`() throws {
        for entry in Self.ways.flatMap(\.entries) {
            #expect(try JournalEntry(json: JSONReader.value(of: entry.json.bytes)) == entry)
        }
    }
}
