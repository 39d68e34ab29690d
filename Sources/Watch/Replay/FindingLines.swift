internal import Crypto
package import Engine

/// What a replay found as JSON lines, and a digest over all of them: equal digests are equal findings, byte for byte.
package struct FindingLines: Sendable {
    private var hash = SHA256()
    package private(set) var alerts = 0
    package private(set) var incidents = 0

    package init() {}

    /// - Parameters:
    ///   - since: findings of records received before are counted into neither lines nor digest.
    ///   - write: is given each line, with its line break.
    package mutating func add(
        _ found: Found, since: Timestamp? = nil, _ write: (String) throws -> Void
    ) rethrows {
        for alert in found.alerts where since.map({ alert.received >= $0 }) ?? true {
            alerts += 1
            try line("{\"alert\":\(FindingText.json(of: alert))}\n", write)
        }
        for change in found.incidents {
            switch change {
            case .told(let told):
                incidents += 1
                try line(Self.text(of: told), write)
            case .merged(let from, let into):
                try line("{\"merged\":{\"from\":\"\(from)\",\"into\":\"\(into)\"}}\n", write)
            }
        }
    }

    private mutating func line(_ text: String, _ write: (String) throws -> Void) rethrows {
        hash.update(data: Array(text.utf8))
        try write(text)
    }

    private static func text(of told: LiveIncident) -> String {
        let incident = told.incident
        var json = JSONWriter()
        json.object { json in
            json.object("incident") { json in
                json.member("incident_id", incident.id)
                json.member("title", incident.title)
                json.member("risk", incident.risk)
                json.member("confidence", incident.confidence)
                json.member("story", incident.story)
                json.member("alert_ids", told.alertIDs)
            }
        }
        return String(decoding: json.bytes, as: UTF8.self) + "\n"
    }

    /// 64 hex digits of SHA-256 over all lines so far.
    package var digest: String {
        hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
