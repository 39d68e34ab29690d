internal import Crypto

/// What the server asks this host to do. It exists only where its signature, host and time hold.
package struct ActionOrder: Equatable, Sendable {
    /// 1...64 letters, digits, `-` and `_`: names the journal's folder.
    package let id: String
    package let tenant: String
    package let host: String
    package let action: Action
    /// Seconds since 1970, UTC.
    package let issued: Int64
    package let expires: Int64
    /// Two orders with the same key are one: the second is answered with the first one's receipt.
    package let idempotency: String
    /// The server's proof that the order is in its ledger.
    package let auditReceipt: String
    /// Nil where the action holds until it is undone.
    package let leaseSeconds: Int64?
    /// The exact bytes that were signed, and the signature.
    package let body: [UInt8]
    package let signature: [UInt8]

    package static let bodyBytesMax = 256 << 10
    /// A clock may be this far behind the server's.
    package static let clockSlackSeconds: Int64 = 120
    /// An order may be valid at most this long.
    package static let lifeSecondsMax: Int64 = 7 * 86_400
    package static let leaseSecondsMax: Int64 = 90 * 86_400

    /// - Parameters:
    ///   - serverKey: 32 bytes, Ed25519.
    ///   - signature: 64 bytes over exactly `body`.
    ///   - now: seconds since 1970, UTC.
    /// - Throws: ``ActFailure`` `refused` or `limit`, with what does not hold.
    package static func verify(
        _ body: [UInt8], signature: [UInt8], serverKey: [UInt8], host: String, now: Int64
    ) throws(ActFailure) -> ActionOrder {
        let order = try signed(body, signature: signature, serverKey: serverKey)
        guard order.host == host else {
            throw ActFailure(.refused, "the order is for another host, not for \(host)")
        }
        guard order.expires > order.issued, order.expires - order.issued <= lifeSecondsMax else {
            throw ActFailure(.refused, "an order is valid for at most \(lifeSecondsMax) s")
        }
        guard now < order.expires else {
            throw ActFailure(
                .refused, "the order ended at \(order.expires), it is \(now); order it again")
        }
        guard order.issued <= now + clockSlackSeconds else {
            throw ActFailure(
                .refused,
                "the order is of the future (\(order.issued), it is \(now)); set the clock")
        }
        return order
    }

    /// An order that this host gives itself by a policy that the server signed; who calls has judged that policy.
    ///
    /// - Parameter hostKey: 32 bytes, Ed25519: signs it, so that the journal shows who wrote it.
    package static func standing(
        _ body: [UInt8], host: String, hostKey: [UInt8]
    ) throws(ActFailure) -> ActionOrder {
        guard body.count <= bodyBytesMax,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: hostKey),
            let signature = try? key.signature(for: body)
        else { throw ActFailure(.refused, "a standing order that cannot be signed") }
        let order = try ActionOrder(body, signature: Array(signature))
        guard order.host == host else {
            throw ActFailure(.refused, "the order is for another host, not for \(host)")
        }
        return order
    }

    /// One order given twice: the same bytes, or another order under the same key that asks for the same.
    func asksTheSame(as other: ActionOrder) -> Bool {
        body == other.body
            || id != other.id && idempotency == other.idempotency && tenant == other.tenant
                && host == other.host && action == other.action
                && leaseSeconds == other.leaseSeconds
    }

    /// An order read back from the journal: its time has been judged when it came.
    static func signed(
        _ body: [UInt8], signature: [UInt8], serverKey: [UInt8]
    ) throws(ActFailure) -> ActionOrder {
        guard body.count <= bodyBytesMax else {
            throw ActFailure(.limit, "an order has at most \(bodyBytesMax) bytes")
        }
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: serverKey),
            key.isValidSignature(signature, for: body)
        else { throw ActFailure(.refused, "the order is not signed by the server's key") }
        return try ActionOrder(body, signature: signature)
    }

    /// Reads the body; who calls has the signature judged.
    init(_ body: [UInt8], signature: [UInt8]) throws(ActFailure) {
        let json = try JSONReader.value(of: body)
        let fields = Fields(json, of: "an order")
        try fields.only([
            "order", "tenant", "host", "action", "issued", "expires", "idempotency",
            "audit_receipt", "lease_seconds",
        ])
        id = try fields.text("order", bytesMax: 64)
        let isName = id.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A)
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
        guard isName else {
            throw ActFailure(.refused, "an order's id has only letters, digits, `-` and `_`")
        }
        tenant = try fields.text("tenant", bytesMax: 128)
        host = try fields.text("host", bytesMax: 256)
        idempotency = try fields.text("idempotency", bytesMax: 128)
        auditReceipt = try fields.text("audit_receipt", bytesMax: 4096)
        issued = try fields.whole("issued", 0...Int64(1) << 40)
        expires = try fields.whole("expires", 0...Int64(1) << 40)
        leaseSeconds = try fields.wholeIfThere("lease_seconds", 1...Self.leaseSecondsMax)
        guard let action = json["action"] else {
            throw ActFailure(.refused, "an order has an `action`")
        }
        self.action = try Action(json: action)
        self.body = body
        self.signature = signature
    }
}

/// Reads members of an object and says which one is wrong.
struct Fields {
    let json: JSONValue
    let what: String

    init(_ json: JSONValue, of what: String) {
        self.json = json
        self.what = what
    }

    /// What an agent does not know it must not pass over: it could be the condition that matters.
    func only(_ names: Set<String>) throws(ActFailure) {
        for name in json.names where !names.contains(name) {
            throw ActFailure(
                .refused, "\(what) has no member `\(name)`; is this agent too old for it?")
        }
    }

    func text(_ name: String, bytesMax: Int) throws(ActFailure) -> String {
        guard let text = json[name]?.text, !text.isEmpty, text.utf8.count <= bytesMax else {
            throw ActFailure(.refused, "`\(name)` of \(what) is a text of 1 to \(bytesMax) bytes")
        }
        return text
    }

    func textIfThere(_ name: String, bytesMax: Int) throws(ActFailure) -> String? {
        json[name] == nil ? nil : try text(name, bytesMax: bytesMax)
    }

    func whole(_ name: String, _ range: ClosedRange<Int64>) throws(ActFailure) -> Int64 {
        guard let value = json[name]?.whole, range.contains(value) else {
            throw ActFailure(
                .refused,
                "`\(name)` of \(what) is a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    func wholeIfThere(_ name: String, _ range: ClosedRange<Int64>) throws(ActFailure) -> Int64? {
        json[name] == nil ? nil : try whole(name, range)
    }

    func truth(_ name: String) throws(ActFailure) -> Bool {
        guard let value = json[name] else { return false }
        guard let truth = value.truth else {
            throw ActFailure(.refused, "`\(name)` of \(what) is true or false")
        }
        return truth
    }

    func items(_ name: String, _ range: ClosedRange<Int>) throws(ActFailure) -> [JSONValue] {
        guard let items = json[name]?.items, range.contains(items.count) else {
            throw ActFailure(
                .refused,
                "`\(name)` of \(what) is an array of \(range.lowerBound) to \(range.upperBound) items"
            )
        }
        return items
    }
}
