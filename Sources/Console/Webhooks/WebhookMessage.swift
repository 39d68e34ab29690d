import Crypto
import Engine
import FoundationEssentials
import Store
import Tenancy

/// What a webhook is told of one change, and the proof that it comes from here.
///
/// - Source: Standard Webhooks 1.0.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature`, scheme `v1`).
struct WebhookMessage: Sendable {
    static let secretBytes = 32

    /// The same whenever it is sent again, so that receivers can leave out what they have.
    let id: String
    let body: [UInt8]

    init(_ change: IncidentChange, _ summary: IncidentSummary?, to webhook: WebhookRecord) {
        id = "msg_\(webhook.id)_\(change.ordinal)"
        var told: [JSON.Member] = [
            .init("tenant", .text(change.key.tenant.text)),
            .init("incident", .text(change.key.incident.text)),
            .init("actor", .text(change.actor.text)),
        ]
        if let summary {
            told += [
                .init("title", .text(summary.title)), .init("level", .text(summary.level.name)),
                .init("risk", .integer(Int64(summary.risk))),
                .init("state", .text(summary.state.rawValue)),
            ]
        }
        let json: JSON = [
            "type": .text(Self.type(of: change.kind)), "timestamp": .time(change.time),
            "data": .object(told),
        ]
        body = Array(json.string.utf8)
    }

    static func type(of kind: EntryKind) -> String { "incident." + kind.rawValue }

    /// Everything that a webhook can be told of.
    static let types = EntryKind.allCases.filter(\.isOfIncidents).map(type)

    func headers(secret: [UInt8], now: Timestamp) -> [(String, String)] {
        let seconds = now.nanoseconds / 1_000_000_000
        let signature = Self.signature(id: id, seconds: seconds, body: body, secret: secret)
        return [
            ("Content-Type", "application/json"), ("User-Agent", "Kagari"),
            ("webhook-id", id), ("webhook-timestamp", String(seconds)),
            ("webhook-signature", signature),
        ]
    }

    static func signature(
        id: String, seconds: Int64, body: [UInt8], secret: [UInt8]
    ) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(id).\(seconds).".utf8) + body, using: SymmetricKey(data: secret))
        return "v1," + Data(code).base64EncodedString()
    }

    /// As it is shown, once.
    static func text(ofSecret secret: [UInt8]) -> String {
        "whsec_" + Data(secret).base64EncodedString()
    }
}
