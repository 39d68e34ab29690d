import Engine
import Store
import Tenancy

/// An order and its receipt, as people read them.
struct OrderView {
    let id: String
    let made: Timestamp
    let owner: String
    let isStanding: Bool
    let kind: String
    let action: Phrase
    /// What it is done to.
    let subject: String
    let state: Phrase
    let style: String
    let reason: String
    /// It holds: done, not taken back since, its lease not over, and of a kind that can be taken back.
    let canBeUndone: Bool

    /// One that another order of these undid is told as undone.
    static func views(
        of orders: some Sequence<Registered<OrderRecord>>, now: Timestamp
    ) -> [OrderView] {
        let undone = orders.compactMap { one -> String? in
            guard told(one.value)?["outcome"]?.text == "undone" else { return nil }
            return (try? CanonicalJSON(reading: one.value.action))?["order"]?.text
        }
        return orders.map {
            OrderView(
                $0.value, made: $0.created, now: now, isTakenBack: undone.contains($0.value.id))
        }
    }

    private static func told(_ order: OrderRecord) -> CanonicalJSON? {
        order.receipt.flatMap { Base64URL.bytes($0) }
            .flatMap { try? CanonicalJSON(reading: String(decoding: $0, as: UTF8.self)) }
    }

    private init(_ order: OrderRecord, made: Timestamp, now: Timestamp, isTakenBack: Bool) {
        id = order.id
        self.made = made
        owner = order.owner.text
        isStanding = order.id.hasPrefix("standing-")
        let asked = try? CanonicalJSON(reading: order.action)
        kind = asked?["kind"]?.text ?? ""
        action = Self.phrase(of: kind)
        subject = Self.subject(of: asked)
        let told = Self.told(order)
        let outcome = told?["outcome"]?.text
        let until = told?["lease_until"]?.integer
        let isOver = until.map { $0 <= now.nanoseconds / 1_000_000_000 } ?? false
        reason = told?["reason"]?.text ?? until.map { Self.lease(until: $0) } ?? ""
        let isHeld = outcome == "done" && !isTakenBack && !isOver
        (state, style) =
            outcome == "done" && !isHeld
            ? (isTakenBack ? .orderUndone : .orderLeaseOver, "soft")
            : Self.state(of: order, outcome)
        canBeUndone = isHeld && !["kill_processes", "end_sessions", "undo"].contains(kind)
    }

    private static func lease(until seconds: Int64) -> String {
        "until \(Timestamp(nanoseconds: seconds * 1_000_000_000).text)"
    }

    private static func state(
        of order: OrderRecord, _ outcome: String?
    ) -> (phrase: Phrase, style: String) {
        switch (order.state, outcome) {
        case (.answered, "done"): (.orderDone, "good")
        case (.answered, "undone"): (.orderUndone, "good")
        case (.answered, "refused"): (.orderRefused, "alarm")
        case (.answered, _): (.orderStuck, "alarm")
        case (.expired, _): (.orderExpired, "alarm")
        case (.delivered, _): (.orderDelivered, "soft")
        case (.drafted, _), (.queued, _): (.orderWaits, "soft")
        }
    }

    private static func subject(of action: CanonicalJSON?) -> String {
        let lists = ["paths", "addresses", "domains", "keys"].flatMap { name in
            action?[name]?.list?.compactMap(\.text) ?? []
        }
        let processes = (action?["processes"]?.list ?? []).compactMap { process in
            process["pid"]?.integer.map { "pid \($0)" }
        }
        let items = (action?["items"]?.list ?? []).compactMap { $0["path"]?.text }
        let single = ["user", "order"].compactMap { action?[$0]?.text }
        return (lists + processes + items + single).joined(separator: ", ")
    }

    private static func phrase(of kind: String) -> Phrase {
        switch kind {
        case "quarantine_file": .quarantined
        case "suspend_processes": .processesHeld
        case "kill_processes": .killed
        case "isolate_host": .isolate
        case "block_network": .blocked
        case "disable_user": .userDisabled
        case "end_sessions": .sessionsEnded
        case "revoke_keys": .keysRevoked
        case "remove_persistence": .persistenceRemoved
        case "restore_files": .filesRestored
        case "undo": .takenBack
        default: .verbatim(kind)
        }
    }
}
