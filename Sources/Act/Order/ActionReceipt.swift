internal import Crypto

/// What became of an order, signed by this host's key.
package struct ActionReceipt: Equatable, Sendable {
    package enum Outcome: String, Sendable, CaseIterable {
        case done, undone
        /// Nothing was touched.
        case refused
        /// Neither end could be reached; it is tried again, and a person should look.
        case stuck
    }

    package let order: String
    package let outcome: Outcome
    /// Hashes of what the action is about before it, after it and undone; nil where it did not come that far.
    package let before: String?
    package let after: String?
    package let undone: String?
    /// Why it was refused, undone or is stuck.
    package let reason: String?
    package let notes: [String]
    package let until: Int64?
    /// The exact bytes that were signed (JSON, one line), and the Ed25519 signature over them.
    package let body: [UInt8]
    package let signature: [UInt8]

    /// Everything is as it was before.
    package var isRestored: Bool { undone != nil && undone == before }

    init(
        of transaction: ActionTransaction, signer: Curve25519.Signing.PrivateKey
    ) throws(ActFailure) {
        order = transaction.order.id
        outcome =
            switch transaction.phase {
            case .held: .done
            case .undone: .undone
            case .closed: .refused
            case .ordered, .imaged, .applying, .applied, .undoing: .stuck
            }
        before = transaction.before
        after = transaction.after
        undone = transaction.undone
        reason = transaction.failure ?? transaction.reason
        notes = transaction.notes
        until = transaction.until
        let times = [transaction.heldAt, transaction.endedAt].map { time -> JSONValue? in
            time.map { .integer($0) }
        }
        func text(_ value: String?) -> JSONValue? { value.map { .string($0) } }
        let order = transaction.order
        body =
            JSONValue.members([
                "order": .string(order.id), "order_sha256": .string(FileDraft.digest(order.body)),
                "tenant": .string(order.tenant), "host": .string(order.host),
                "action": .string(order.action.kind.rawValue),
                "idempotency": .string(order.idempotency),
                "audit_receipt": .string(order.auditReceipt), "outcome": .string(outcome.rawValue),
                "before": text(before), "after": text(after), "undone": text(undone),
                "restored": transaction.phase == .undone ? .bool(undone == before) : nil,
                "reason": text(reason), "notes": .array(notes.map { .string($0) }),
                "ordered_at": .integer(transaction.orderedAt), "held_at": times[0],
                "ended_at": times[1], "lease_until": until.map { .integer($0) },
            ]).bytes
        do { signature = Array(try signer.signature(for: body)) } catch {
            throw ActFailure(.system, "the receipt could not be signed: \(error)")
        }
    }

    /// Whether a receipt was signed by the host with this key (32 bytes, Ed25519).
    package static func isSigned(
        _ body: [UInt8], signature: [UInt8], hostKey: [UInt8]
    ) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: hostKey) else {
            return false
        }
        return key.isValidSignature(signature, for: body)
    }
}
