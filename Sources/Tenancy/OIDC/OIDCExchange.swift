import FoundationEssentials

/// The request that changes a code into tokens, without its secret.
///
/// - Source: RFC 6749 §4.1.3, §2.3.1; RFC 7636 §4.5.
package struct OIDCExchange: Sendable {
    package struct Request: Hashable, Sendable {
        package let address: String
        /// Of the header `Authorization`; nil where there is none.
        package let authorization: String?
        /// `application/x-www-form-urlencoded`.
        package let body: String
    }

    let address: String
    let proof: OIDCProvider.ClientProof
    let clientID: String
    let fields: [(name: String, value: String)]

    /// - Parameter secret: not looked at where the provider wants none.
    package func request(secret: String) -> Request {
        switch proof {
        case .none:
            Request(
                address: address, authorization: nil,
                body: Percent.query(fields + [("client_id", clientID)]))
        case .post:
            Request(
                address: address, authorization: nil,
                body: Percent.query(
                    fields + [("client_id", clientID), ("client_secret", secret)]))
        case .basic:
            Request(
                address: address,
                authorization: "Basic "
                    + Data("\(Percent.encoded(clientID)):\(Percent.encoded(secret))".utf8)
                    .base64EncodedString(),
                body: Percent.query(fields))
        }
    }
}

extension OIDCExchange: Hashable, CustomStringConvertible, CustomReflectable {
    package static func == (left: Self, right: Self) -> Bool {
        left.address == right.address && left.proof == right.proof
            && left.clientID == right.clientID
            && Percent.query(left.fields) == Percent.query(right.fields)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(Percent.query(fields)) }

    // The fields hold a code and its verifier, so they are not told.
    package var description: String { "exchange at \(address)" }
    package var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}
