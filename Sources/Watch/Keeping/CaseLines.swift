internal import Engine
internal import FoundationEssentials
internal import Store
internal import Tenancy

// What leaves with a tenant, as JSON: names as in docs/ledger.md, times as RFC 3339 in UTC.

extension ArchivedRecord {
    /// Everything that is kept of a record: `text` where it is UTF-8, else `base64`.
    var exported: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "sequence": .integer(Int64(clamping: sequence)), "received": .text(received.text),
            "source": .text(source.text),
        ]
        switch content {
        case .record(let format): members["format"] = .text(format.rawValue)
        case .control(let kind): members["control"] = .text(kind)
        }
        members["key"] = key.map {
            .text(Self.hexadecimal($0.high) + Self.hexadecimal($0.low))
        }
        members["time"] = envelope.time.map { .text($0.text) }
        members["host"] = envelope.host.map { .text($0) }
        if !envelope.labels.isEmpty {
            members["labels"] = .text(String(decoding: envelope.labels, as: UTF8.self))
        }
        if let text = String(validating: bytes, as: UTF8.self) {
            members["text"] = .text(text)
        } else {
            members["base64"] = .text(Data(bytes).base64EncodedString())
        }
        return .object(members)
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension AlertSummary {
    /// - Parameter body: the alert as it was handed over, JSON text.
    func exported(_ body: String) -> CanonicalJSON {
        .object([
            "id": .text(id.text), "rule": .text(rule), "title": .text(title),
            "level": .text(level.name), "host": .optional(host), "user": .optional(user),
            "time": .optional(time?.text), "received": .text(received.text),
            "alerted": .text(alerted.text), "suppression": .optional(suppression),
            "incident": .optional(incident?.text), "body": .text(body),
        ])
    }
}

extension IncidentView {
    var exported: CanonicalJSON {
        var times: [String: CanonicalJSON] = [:]
        for (time, value) in summary.times { times[time.name] = .text(value.text) }
        return .object([
            "id": .text(summary.key.incident.text), "title": .text(summary.title),
            "level": .text(summary.level.name), "risk": .integer(Int64(summary.risk)),
            "confidence": .integer(Int64(summary.confidence)),
            "state": .text(summary.state.rawValue),
            "assignee": .optional(summary.assignee?.text),
            "verdict": .optional(summary.verdict?.rawValue),
            "verdict_reason": .optional(summary.verdictReason),
            "verdict_by": .optional(summary.verdictBy?.text),
            "first_seen": .optional(summary.firstSeen?.text),
            "last_seen": .optional(summary.lastSeen?.text),
            "created": .text(summary.created.text), "changed": .text(summary.changed.text),
            "times": .object(times), "story": .list(story.map { .text($0) }),
            "techniques": .list(techniques.map { .text($0) }),
            "entities": .list(entities.map { .text($0) }),
            "tags": .list(tags.map { .text($0) }), "details": .text(details),
            "comments": .list(comments.map(\.exported)), "tasks": .list(tasks.map(\.exported)),
            "evidence": .list(evidence.map(\.exported)), "joins": .list(joins.map(\.exported)),
        ])
    }
}

extension IncidentView.Comment {
    /// Every version; an edit hides nothing.
    fileprivate var exported: CanonicalJSON {
        .object([
            "id": .integer(id),
            "versions": .list(
                versions.map {
                    .object([
                        "author": .text($0.author.text), "time": .text($0.time.text),
                        "text": .text($0.text),
                    ])
                }),
        ])
    }
}

extension IncidentView.Task {
    fileprivate var exported: CanonicalJSON {
        .object([
            "id": .integer(id), "title": .text(title), "author": .text(author.text),
            "created": .text(created.text), "done": .optional(done?.text),
            "done_by": .optional(doneBy?.text),
        ])
    }
}

extension IncidentView.Evidence {
    fileprivate var exported: CanonicalJSON {
        .object([
            "id": .integer(id), "note": .text(note.note),
            "sha256": .text(note.digest.description),
            "records": .list(note.sequences.map { .integer(Int64(clamping: $0)) }),
            "author": .text(author.text), "created": .text(created.text),
        ])
    }
}

extension IncidentView.Join {
    fileprivate var exported: CanonicalJSON {
        .object([
            "kind": .text(kind), "position": .integer(Int64(clamping: position)),
            "incident": .text(incident.text), "into": .text(into.text),
            "undone": .flag(isUndone),
        ])
    }
}

extension CanonicalJSON {
    fileprivate static func optional(_ text: String?) -> CanonicalJSON {
        text.map { .text($0) } ?? .null
    }
}
