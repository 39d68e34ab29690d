/// An access key of AWS. Its secret is never written: a description holds the key's name alone.
package struct AWSCredentials: Sendable, CustomStringConvertible, CustomReflectable {
    package let keyID: String
    let secret: String
    /// Of keys that were lent for a time.
    let sessionToken: String?

    /// Nil where a part is empty, or is longer than such a part ever is.
    package init?(keyID: String, secret: String, sessionToken: String? = nil) {
        let parts = [keyID, secret, sessionToken ?? "none"]
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.count <= 8192 && Self.isPlain($0) }) else {
            return nil
        }
        self.keyID = keyID
        self.secret = secret
        self.sessionToken = sessionToken
    }

    /// Reads the file that AWS's own tools keep: `[PROFILE]`, then `aws_access_key_id = …`, `aws_secret_access_key = …` and, where there is
    /// one, `aws_session_token = …`.
    package init?(file text: String, profile: String) {
        var isOurs = false
        var values: [Substring: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0 == " " || $0 == "\t" }
            if line.hasPrefix("[") {
                let name = line.dropFirst().prefix { $0 != "]" }
                isOurs = name.filter { $0 != " " } == profile
            } else if isOurs, let equals = line.firstIndex(of: "=") {
                let name = line[..<equals].prefix { $0 != " " && $0 != "\t" }
                let value = line[line.index(after: equals)...].filter { $0 != " " && $0 != "\t" }
                values[name] = String(value)
            }
        }
        guard let keyID = values["aws_access_key_id"],
            let secret = values["aws_secret_access_key"]
        else { return nil }
        self.init(keyID: keyID, secret: secret, sessionToken: values["aws_session_token"])
    }

    /// Nothing that could end a header's line.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    package var description: String { "access key \(keyID)" }
    package var customMirror: Mirror { Mirror(self, children: ["keyID": keyID]) }
}
