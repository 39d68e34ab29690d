/// What a request offers as its secret, most likely first.
///
/// - Source: RFC 7617 (Basic), RFC 6750 (Bearer); `ApiKey` as Elasticsearch's security API describes it; `Splunk` as
///   its HTTP event collector does.
enum Credential {
    /// A secret is at most this long; a longer one is nobody's.
    static let bytesMax = 512

    /// - Returns: empty where there is none. For Basic the password is the token; for ApiKey the whole, then the key
    ///   of a base64 `id:key`.
    static func candidates(
        in headers: [String: String], query: [String: String], allowsQuery: Bool
    ) -> [String] {
        var found: [String] = []
        if let header = headers["authorization"], let space = header.firstIndex(of: " ") {
            let scheme = header[..<space].lowercased()
            let value = header[header.index(after: space)...].drop { $0 == " " }
            switch scheme {
            case "splunk", "bearer": found = [String(value)]
            case "apikey":
                found = [String(value)]
                if let key = afterColon(value) { found.append(key) }
            case "basic": if let password = afterColon(value) { found = [password] }
            default: break
            }
        }
        if allowsQuery, let token = query["token"] { found.append(token) }
        return found.filter { !$0.isEmpty && $0.utf8.count <= bytesMax }
    }

    private static func afterColon(_ base64: Substring) -> String? {
        guard base64.utf8.count <= bytesMax * 2, let bytes = Base64.decode(base64),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return String(decoding: bytes[(colon + 1)...], as: UTF8.self)
    }
}

/// RFC 4648 §4 and §5, with or without padding.
enum Base64 {
    /// Nil where a character is of neither alphabet, or one is left over.
    static func decode(_ text: Substring) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "=") { break }
            guard let value = value(of: byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return count == 6 ? nil : bytes
    }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
