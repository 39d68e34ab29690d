internal import Glibc

/// What a desk reads back from its journal.
extension ActionDesk {
    typealias Kept = (log: TransactionLog, transaction: ActionTransaction)

    /// All orders in the order in which they came. The server signed each; the journal's seal stands for that here.
    /// Those whose journal was changed are left out, see ``damage()``.
    func all() throws(ActFailure) -> [Kept] {
        var kept: [Kept] = []
        for id in JournalFolder.names(in: transactions) {
            do throws(ActFailure) {
                if let one = try read(id) { kept.append(one) }
            } catch  where error.code == .damaged || error.code == .refused {
                continue
            }
        }
        return kept.sorted {
            ($0.transaction.orderedAt, $0.transaction.order.id)
                < ($1.transaction.orderedAt, $1.transaction.order.id)
        }
    }

    /// Journals that are not what was written, with what is wrong. Nothing is done or undone by them; while there is one, the network
    /// table is left as it is, since what it should hold is not known.
    package func damage() -> [(order: String, problem: String)] {
        JournalFolder.names(in: transactions).compactMap { id in
            do throws(ActFailure) {
                _ = try read(id)
                return nil
            } catch { return (id, error.message) }
        }
    }

    private func read(_ id: String) throws(ActFailure) -> Kept? {
        guard let (log, entries) = try TransactionLog.read(id, in: transactions, key: key) else {
            return nil
        }
        guard case .ordered(let body, let signature, let at) = entries[0] else {
            throw ActFailure(.damaged, "the journal of \(id) does not begin with its order")
        }
        let order = try ActionOrder(body, signature: signature)
        guard order.id == id else {
            throw ActFailure(.damaged, "the journal of \(id) holds another order")
        }
        var transaction = ActionTransaction(order, at: at)
        for entry in entries.dropFirst() { try transaction.take(entry) }
        return (log, transaction)
    }

    func work(on id: String, at now: Int64) throws(ActFailure) -> ActionWork? {
        guard JournalFolder.names(in: transactions).contains(id),
            let (log, transaction) = try read(id)
        else { return nil }
        return ActionWork(desk: self, log: log, transaction: transaction, now: now)
    }

    /// What of the network holds now: of actions that hold, or are on the way there.
    func holds(without order: String? = nil) throws(ActFailure) -> [NetworkHold] {
        if let broken = damage().first { throw ActFailure(.damaged, broken.problem) }
        var holds: [NetworkHold] = []
        for (_, transaction) in try all() where transaction.order.id != order {
            guard [.applying, .applied, .held].contains(transaction.phase) else { continue }
            for case .network(let hold) in transaction.effects { holds.append(hold) }
        }
        return holds
    }

    /// Lets the oldest ended orders go where there are too many.
    func makeRoom(_ known: [Kept]) throws(ActFailure) {
        guard known.count >= Self.ordersMax else { return }
        let ended = known.filter { [.undone, .closed].contains($0.transaction.phase) }
        guard let oldest = ended.first?.transaction.order.id else {
            throw ActFailure(
                .limit, "\(known.count) actions hold; undo some of them before you order more")
        }
        let place = "\(transactions)/\(oldest)"
        for name in JournalFolder.names(in: place) { unsafe unlink("\(place)/\(name)") }
        guard unsafe rmdir(place) == 0 else {
            throw SystemProblem.failure("cannot remove \(place)")
        }
    }
}
