internal import Engine
internal import FoundationEssentials
internal import Logging
internal import Store
internal import Tenancy
internal import Watch
internal import Wire

// What hosts did by themselves, as the policy lets them.
extension AgentHub {
    /// Ids of orders that hosts give themselves begin so; the server gives none like it.
    static let standingPrefix = "standing-"

    /// Writes a standing order down with its receipt, in the name of who set the policy, and tells people.
    ///
    /// - Returns: false where the ledger refused; then the agent tells it again.
    func keep(standing receipt: WireOrderReceipt, _ key: Key, host: String) async -> Bool {
        let now = setting.clock()
        guard let told = StandingReceipt(receipt, agent: key.agent) else {
            setting.log.warning(
                "an agent told of an order that it did not give itself",
                metadata: ["agent": "\(key.agent)", "tenant": "\(key.tenant)"])
            return true
        }
        do throws(StoreFailure) {
            let reading = try setting.scope(.read, .orders, in: key.tenant)
            let known = try await setting.ledger.value(
                OrderRecord.self, told.order, of: key.tenant, in: reading)
            guard known == nil else { return true }
            let scope = try setting.scope(.create, .orders, in: key.tenant)
            var record = OrderRecord(
                id: told.order, tenant: key.tenant, agent: key.agent,
                owner: policy(of: key.tenant)?.owner ?? scope.principal, expires: now,
                action: told.action)
            record.state = .answered
            record.answered = now
            record.body = Base64URL.text(Array(receipt.orderBody))
            record.receipt = Base64URL.text(Array(receipt.body))
            record.receiptSignature = Base64URL.text(Array(receipt.signature))
            try await setting.ledger.create(record, now: now, in: scope)
        } catch {
            setting.log.error("a standing order cannot be kept", metadata: ["cause": "\(error)"])
            return false
        }
        await setting.notice(
            AgentNotice(
                .contained, agent: key.agent, host: host, time: now,
                detail: "\(told.kind), \(told.outcome), by \(told.cause); order \(told.order)"),
            key.tenant)
        return true
    }
}

/// What a host says it did by itself, read strictly: it is the word of a machine that may not be its owner's any more.
private struct StandingReceipt {
    static let bodyBytesMax = 48 << 10

    var order: String
    /// The action's JSON.
    var action: String
    var kind: String
    var outcome: String
    var cause: String

    init?(_ receipt: WireOrderReceipt, agent: LogSourceID) {
        guard receipt.order.hasPrefix(AgentHub.standingPrefix),
            Identifier<OrderRecord>(receipt.order) != nil,
            receipt.orderBody.count <= Self.bodyBytesMax, receipt.body.count <= Self.bodyBytesMax,
            let body = Self.json(receipt.orderBody), body["order"]?.text == receipt.order,
            body["host"]?.text == agent.text, let action = body["action"],
            let kind = action["kind"]?.text, AgentPolicyText.containmentKinds.contains(kind),
            let cause = body["audit_receipt"]?.text, let told = Self.json(receipt.body)
        else { return nil }
        order = receipt.order
        self.action = action.string
        self.kind = kind
        self.cause = cause
        outcome = told["outcome"]?.text ?? "nothing known of its end"
    }

    private static func json(_ bytes: Data) -> CanonicalJSON? {
        try? CanonicalJSON(reading: String(decoding: bytes, as: UTF8.self))
    }
}
