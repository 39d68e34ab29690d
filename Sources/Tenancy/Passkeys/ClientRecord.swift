import FoundationEssentials

/// What the browser says was asked, of whom.
///
/// - Source: WebAuthn level 2 §5.8.1.
struct ClientRecord: Sendable {
    static let bytesMax = 4_096

    let type: String
    let challenge: [UInt8]
    let origin: String
    let isCrossOrigin: Bool

    private struct Form: Decodable {
        var type: String
        var challenge: String
        var origin: String
        var crossOrigin: Bool?
    }

    /// Nil where it is too long, no JSON, or lacks a member.
    init?(_ json: [UInt8]) {
        guard json.count <= Self.bytesMax,
            let form = try? JSONDecoder().decode(Form.self, from: Data(json)),
            let challenge = Base64URL.bytes(form.challenge)
        else { return nil }
        type = form.type
        self.challenge = challenge
        origin = form.origin
        isCrossOrigin = form.crossOrigin ?? false
    }
}
