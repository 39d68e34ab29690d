internal import Crypto
internal import Glibc

/// Where orders become effects: each goes through the steps of ``ActionTransaction``, its journal before its hands.
///
/// A desk keeps nothing in memory: every call takes the journal's lock, reads the journal, and leaves it whole. So the agent and a
/// command by hand may work in turn, and a restart changes nothing. Calls block; an agent makes them on a thread of its own.
package struct ActionDesk: Sendable {
    /// Orders kept, also those that ended; the oldest ended ones are let go first.
    package static let ordersMax = 1_024

    package let endpoint: Endpoint
    let folder: String
    let key: JournalKey
    private let signer: [UInt8]

    var transactions: String { folder + "/orders" }
    var copies: CopyShelf { CopyShelf(folder: folder + "/copies", key: key) }
    var images: ImageStore { ImageStore(folder: transactions, key: key) }

    /// - Parameters:
    ///   - folder: the journal; made where it is not there, for root alone.
    ///   - hostKey: 32 bytes, Ed25519: signs receipts.
    package init(
        folder: String, endpoint: Endpoint, hostKey: [UInt8]
    ) throws(ActFailure) {
        guard (try? Curve25519.Signing.PrivateKey(rawRepresentation: hostKey)) != nil else {
            throw ActFailure(.refused, "the host's key is not an Ed25519 key of 32 bytes")
        }
        self.folder = folder
        self.endpoint = endpoint
        signer = hostKey
        try JournalFolder.make(folder + "/orders")
        let lock = try DeskLock(folder)
        key = try JournalKey(folder: folder)
        withExtendedLifetime(lock) {}
    }

    func receipt(of transaction: ActionTransaction) throws(ActFailure) -> ActionReceipt {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: signer) else {
            throw ActFailure(.refused, "the host's key is not an Ed25519 key of 32 bytes")
        }
        return try ActionReceipt(of: transaction, signer: key)
    }

    /// Ed25519 by this host's key.
    func signature(over bytes: [UInt8]) throws(ActFailure) -> [UInt8] {
        do {
            let key = try Curve25519.Signing.PrivateKey(rawRepresentation: signer)
            return Array(try key.signature(for: bytes))
        } catch { throw ActFailure(.system, "the host's key does not sign: \(error)") }
    }

    /// What an order would touch; changes nothing.
    package func preview(_ order: ActionOrder, at now: Int64) throws(ActFailure) -> Plan {
        try Planner(endpoint: endpoint, copies: copies, images: nil).plan(order, at: now)
    }

    /// Does what is ordered, or answers with what became of it when it was ordered before.
    ///
    /// - Returns: the receipt: done, or undone where it failed on the way, or refused where nothing was touched.
    /// - Throws: ``ActFailure`` where the order's key was used for another order, or the journal cannot be read or written.
    package func execute(_ order: ActionOrder, at now: Int64) throws(ActFailure) -> ActionReceipt {
        if case .undo(let target) = order.action {
            return try undo(target, reason: "ordered by \(order.id)", at: now)
        }
        let lock = try DeskLock(folder)
        defer { withExtendedLifetime(lock) {} }
        let known = try all()
        if let earlier = known.first(where: {
            $0.transaction.order.idempotency == order.idempotency
                || $0.transaction.order.id == order.id
        }) {
            guard earlier.transaction.order.asksTheSame(as: order) else {
                throw ActFailure(
                    .refused,
                    "the id or the idempotency key of \(order.id) was used for another order")
            }
            return try receipt(of: earlier.transaction)
        }
        try makeRoom(known)
        var work = ActionWork(
            desk: self, log: try TransactionLog.begin(order.id, in: transactions, key: key),
            transaction: ActionTransaction(order, at: now), now: now)
        try work.begin()
        try work.run(to: .done)
        return try receipt(of: work.transaction)
    }

    /// Takes an action back, also after a restart. What was never touched or is undone already stays so.
    ///
    /// - Throws: ``ActFailure`` `unsupported` where it cannot be taken back; `changed` where somebody else's change is in the way, and the
    ///   action holds on.
    package func undo(
        _ order: String, reason: String, at now: Int64
    ) throws(ActFailure) -> ActionReceipt {
        let lock = try DeskLock(folder)
        defer { withExtendedLifetime(lock) {} }
        guard var work = try work(on: order, at: now) else {
            throw ActFailure(.missing, "no action with the order \(order) is kept here")
        }
        guard work.transaction.isReversible || work.transaction.phase == .closed else {
            throw ActFailure(
                .unsupported, "ended processes do not come back: \(order) cannot be undone")
        }
        try work.undo(because: reason)
        return try receipt(of: work.transaction)
    }

    /// Brings every interrupted action to its end, and puts held network holds back into the kernel. Call it at each start.
    package func recover(at now: Int64) throws(ActFailure) -> [ActionReceipt] {
        let lock = try DeskLock(folder)
        defer { withExtendedLifetime(lock) {} }
        var receipts: [ActionReceipt] = []
        for (_, transaction) in try all() where transaction.next(transaction.aimAfterCrash) != .rest
        {
            guard var work = try work(on: transaction.order.id, at: now) else { continue }
            try work.run(to: transaction.aimAfterCrash, because: "interrupted")
            receipts.append(try receipt(of: work.transaction))
        }
        try network.heal(try holds(), at: now)
        return receipts
    }

    /// Ends leases that ran out, and puts right what somebody changed in the table. Cheap where nothing of the network holds.
    ///
    /// - Returns: the receipts of what was released, and whether the table had been changed by somebody else.
    package func tick(
        at now: Int64
    ) throws(ActFailure) -> (released: [ActionReceipt], healed: Bool) {
        let lock = try DeskLock(folder)
        defer { withExtendedLifetime(lock) {} }
        var released: [ActionReceipt] = []
        for (_, transaction) in try all() where transaction.phase == .held {
            guard let until = transaction.until, until <= now, transaction.isReversible,
                var work = try work(on: transaction.order.id, at: now)
            else { continue }
            do {
                try work.undo(because: "its lease ended")
                released.append(try receipt(of: work.transaction))
            } catch {
                try work.note(.failed(reason: error.message, at: now))
                released.append(try receipt(of: work.transaction))
            }
        }
        let holds = try holds()
        guard !holds.isEmpty || !released.isEmpty else { return ([], false) }
        return (released, try network.heal(holds, at: now))
    }

    /// In the order in which they came.
    package func receipts() throws(ActFailure) -> [ActionReceipt] {
        let lock = try DeskLock(folder)
        defer { withExtendedLifetime(lock) {} }
        var receipts: [ActionReceipt] = []
        for (_, transaction) in try all() { receipts.append(try receipt(of: transaction)) }
        return receipts
    }
}

/// Held while a desk works: by one program at a time.
final class DeskLock {
    private let file: Descriptor

    init(_ folder: String) throws(ActFailure) {
        let path = folder + "/lock"
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
        guard let file = Descriptor(unsafe open(path, flags, 0o600)) else {
            throw SystemProblem.failure("cannot use \(folder)")
        }
        while flock(file.number, LOCK_EX) != 0 {
            guard errno == EINTR else { throw SystemProblem.failure("cannot lock \(path)") }
        }
        self.file = file
    }
}
