internal import Crypto
internal import Engine
internal import FoundationEssentials

/// An order that the host gives itself because its policy, which the server signed, has it ready for what was found.
package struct StandingOrder: Hashable, Sendable {
    static let prefix = "standing-"
    /// What is not done by then is not done any more.
    static let lifeSeconds: Int64 = 300
    static let bytesMax = 64 << 10

    /// The same for one alert, entry and version of the policy, so that what is found again after a crash is not done twice.
    package let id: String
    /// Of the policy's entry.
    package let name: String
    /// An order's text, as a server writes it; its `audit_receipt` names the policy, the entry and the alert.
    package let body: [UInt8]

    /// One that was kept.
    init(id: String, name: String, body: [UInt8]) {
        self.id = id
        self.name = name
        self.body = body
    }

    init(
        _ action: ContainmentAction, _ entry: ContainmentEntry, _ alert: HostAlert,
        of policy: ContainmentBook.Origin, at now: Timestamp
    ) {
        let cause = "policy/\(policy.version)/\(entry.name)/\(alert.id)"
        let mark = SHA256.hash(data: Array(cause.utf8)).prefix(8).map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }
        let moment = String(max(0, alert.time.nanoseconds / 1_000_000), radix: 16)
        let order = Self.prefix + moment + "-" + mark.joined()
        id = order
        name = entry.name
        let seconds = now.nanoseconds / 1_000_000_000
        var json = JSONWriter()
        json.object { json in
            json.member("order", order)
            json.member("tenant", policy.tenant)
            json.member("host", policy.agent)
            json.object("action") { action.write(to: &$0) }
            json.member("issued", seconds)
            json.member("expires", seconds + Self.lifeSeconds)
            json.member("idempotency", order)
            json.member("audit_receipt", cause)
            if action.isHeld { json.member("lease_seconds", entry.leaseSeconds) }
        }
        body = json.bytes
    }
}
