/// One HTTP request as the protocols see it: no socket, no framing, no compression.
struct IntakeRequest: Sendable {
    enum Method: String, Sendable { case get = "GET", head = "HEAD", post = "POST", put = "PUT" }

    /// Nil for any other method.
    var method: Method?
    /// Percent-decoded parts of the path; empty ones are left out, so `//a/` is `["a"]`.
    var path: [String]
    /// Percent-decoded; the first of a name counts.
    var query: [String: String]
    /// Names in lower case; the first of a name counts.
    var headers: [String: String]
    /// After decompression.
    var body: [UInt8] = []

    /// - Parameter target: path and query as sent, `/a/b?c=d`.
    init(
        method: String, target: String, headers: some Sequence<(String, String)>,
        body: [UInt8] = []
    ) {
        self.method = Method(rawValue: method)
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = (parts.first ?? "").split(separator: "/").map { Self.decoded($0) }
        query = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decoded(sides[0])
            if query[name] == nil { query[name] = sides.count > 1 ? Self.decoded(sides[1]) : "" }
        }
        self.headers = [:]
        for (name, value) in headers {
            let name = name.lowercased()
            if self.headers[name] == nil { self.headers[name] = value }
        }
        self.body = body
    }

    /// `%41` and `+` resolved; what is malformed stays as it is.
    private static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") })
        else { return String(text) }
        let source = Array(text.utf8)
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "%"), index + 2 < source.count,
                let high = Hex.digit(source[index + 1]), let low = Hex.digit(source[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(
                    source[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : source[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

enum Hex {
    /// 0...15, or nil.
    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
