internal import Crypto
package import Engine

/// Signs requests to AWS.
///
/// - Source: AWS General Reference, "Signature Version 4 signing process".
package struct SignatureV4: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// Percent-encoded, from the first slash on.
        package var path: String
        /// Decoded names and values.
        package var query: [(name: String, value: String)] = []
        /// With `host`; names in lower case, each once.
        package var headers: [String: String]
        package var body: [UInt8] = []

        package init(
            method: String, path: String, query: [(name: String, value: String)] = [],
            headers: [String: String], body: [UInt8] = []
        ) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.body = body
        }
    }

    let region: String
    let service: String

    package init(region: String, service: String) {
        self.region = region
        self.service = service
    }

    /// - Returns: the headers to add; all of the request's own are signed with them.
    package func headers(
        for request: Request, by credentials: AWSCredentials, at now: Timestamp
    ) -> [String: String] {
        let time = Self.time(now)
        var added = ["x-amz-date": time]
        let digest = Self.hex(SHA256.hash(data: request.body))
        if service == "s3" { added["x-amz-content-sha256"] = digest }
        if let token = credentials.sessionToken { added["x-amz-security-token"] = token }
        let signed = request.headers.merging(added) { $1 }.sorted { $0.key < $1.key }
        let names = signed.map(\.key).joined(separator: ";")
        let canonical = [
            request.method, request.path, Self.query(request.query),
            signed.map { "\($0.key):\(Self.trimmed($0.value))\n" }.joined(), names, digest,
        ].joined(separator: "\n")
        let day = String(time.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let toSign = [
            "AWS4-HMAC-SHA256", time, scope, Self.hex(SHA256.hash(data: Array(canonical.utf8))),
        ].joined(separator: "\n")
        var key = Array("AWS4\(credentials.secret)".utf8)
        for part in [day, region, service, "aws4_request", toSign] {
            key = Array(
                HMAC<SHA256>.authenticationCode(
                    for: Array(part.utf8), using: SymmetricKey(data: key)))
        }
        added["authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(credentials.keyID)/\(scope), "
            + "SignedHeaders=\(names), Signature=\(Self.hex(key))"
        return added
    }

    /// `20150830T123600Z`.
    static func time(_ now: Timestamp) -> String {
        String(now.text.prefix(19).filter { $0 != "-" && $0 != ":" }) + "Z"
    }

    static func query(_ items: [(name: String, value: String)]) -> String {
        items.map { (encoded($0.name), encoded($0.value)) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// All but letters, digits, `-`, `.`, `_` and `~` as `%XX`.
    ///
    /// - Parameter keepingSlashes: for a path.
    package static func encoded(_ text: String, keepingSlashes: Bool = false) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: bytes.append(byte)
            case 0x2f where keepingSlashes: bytes.append(byte)
            default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Without blanks at the ends, and one for several within.
    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
