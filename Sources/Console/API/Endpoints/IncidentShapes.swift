import Engine
import Store
import Tenancy

/// Incidents as the API shows them.
enum IncidentShapes {
    static let revision = Shape.integer(0...Int64.max)

    private static let summaryFields: [Shape.Field] = [
        .must("tenant", .identifier), .must("id", .identifier),
        .must("title", .text(bytesMax: LedgerLimits.titleBytesMax)),
        .must("level", .choice(CaseLevel.allCases.map(\.name))),
        .must("risk", .integer(0...100)), .must("confidence", .integer(0...100)),
        .must("state", .choice(CaseState.allCases.map(\.rawValue))),
        .must("first_seen", .optional(.time)), .must("last_seen", .optional(.time)),
        .must("alert_count", .integer(0...Int64.max)), .must("assignee", .optional(.identifier)),
        .must("verdict", .optional(.choice(Verdict.allCases.map(\.rawValue)))),
        .must("verdict_reason", .optional(.text(bytesMax: LedgerLimits.reasonBytesMax))),
        .must("verdict_by", .optional(.identifier)), .must("merged_into", .optional(.identifier)),
        .must("times", .object(CaseTime.allCases.map { .may($0.name, .time) })),
        .must("created", .time), .must("changed", .time), .must("revision", revision),
    ]

    static let summary = Shape.object(summaryFields)

    static let view = Shape.object(
        summaryFields + [
            .must("story", texts), .must("techniques", texts), .must("entities", texts),
            .must("details", .anything), .must("tags", texts),
            .must("comments", .list(.anything, countMax: LedgerLimits.commentsMax)),
            .must("tasks", .list(.anything, countMax: LedgerLimits.tasksMax)),
            .must("evidence", .list(.anything, countMax: LedgerLimits.evidenceMax)),
            .must("joins", .list(.anything, countMax: 1_000_000)),
        ])

    private static let texts = Shape.list(.text(bytesMax: 1 << 20), countMax: 1_000_000)
}

extension IncidentSummary {
    fileprivate var members: [JSON.Member] {
        [
            .init("tenant", .text(key.tenant.text)), .init("id", .text(key.incident.text)),
            .init("title", .text(title)), .init("level", .text(level.name)),
            .init("risk", .integer(Int64(risk))), .init("confidence", .integer(Int64(confidence))),
            .init("state", .text(state.rawValue)), .init("first_seen", .time(firstSeen)),
            .init("last_seen", .time(lastSeen)),
            .init("alert_count", .integer(Int64(alertCount))),
            .init("assignee", .text(orNull: assignee?.text)),
            .init("verdict", .text(orNull: verdict?.rawValue)),
            .init("verdict_reason", .text(orNull: verdictReason)),
            .init("verdict_by", .text(orNull: verdictBy?.text)),
            .init("merged_into", .text(orNull: mergedInto?.text)),
            .init(
                "times",
                .object(
                    CaseTime.allCases.compactMap { time in
                        times[time].map { JSON.Member(time.name, .time($0)) }
                    })), .init("created", .time(created)), .init("changed", .time(changed)),
            .init("revision", .count(revision)),
        ]
    }

    var json: JSON { .object(members) }
}

extension IncidentView {
    var json: JSON {
        .object(
            summary.members + [
                .init("story", .texts(story)), .init("techniques", .texts(techniques)),
                .init("entities", .texts(entities)), .init("details", .verbatim(details)),
                .init("tags", .texts(tags)), .init("comments", .list(comments.map(\.json))),
                .init("tasks", .list(tasks.map(\.json))),
                .init("evidence", .list(evidence.map(\.json))),
                .init("joins", .list(joins.map(\.json))),
            ])
    }
}

extension IncidentView.Comment {
    fileprivate var json: JSON {
        [
            "id": .integer(id),
            "versions": .list(
                versions.map { version in
                    [
                        "author": .text(version.author.text), "time": .time(version.time),
                        "text": .text(version.text),
                    ]
                }),
        ]
    }
}

extension IncidentView.Task {
    fileprivate var json: JSON {
        [
            "id": .integer(id), "title": .text(title), "author": .text(author.text),
            "created": .time(created), "done": .time(done),
            "done_by": .text(orNull: doneBy?.text),
        ]
    }
}

extension IncidentView.Evidence {
    fileprivate var json: JSON {
        [
            "id": .integer(id), "note": .text(note.note),
            "sha256": .text(note.digest.description),
            "sequences": .list(note.sequences.map { .count($0) }), "author": .text(author.text),
            "created": .time(created),
        ]
    }
}

extension IncidentView.Join {
    fileprivate var json: JSON {
        [
            "kind": .text(kind), "position": .count(position), "incident": .text(incident.text),
            "into": .text(into.text), "undone": .flag(isUndone),
        ]
    }
}

/// Alerts as the API shows them.
enum AlertShapes {
    static let summary = Shape.object(fields)
    static let whole = Shape.object(fields + [.must("body", .anything)])

    private static let fields: [Shape.Field] = [
        .must("tenant", .identifier), .must("id", .identifier),
        .must("rule", .text(bytesMax: 1 << 20)), .must("title", .text(bytesMax: 1 << 20)),
        .must("level", .choice(CaseLevel.allCases.map(\.name))),
        .must("host", .optional(.text(bytesMax: 1 << 20))),
        .must("user", .optional(.text(bytesMax: 1 << 20))), .must("time", .optional(.time)),
        .must("received", .time), .must("alerted", .time),
        .must("suppression", .optional(.text(bytesMax: 1 << 20))),
        .must("incident", .optional(.identifier)),
    ]
}

extension AlertSummary {
    fileprivate var members: [JSON.Member] {
        [
            .init("tenant", .text(tenant.text)), .init("id", .text(id.text)),
            .init("rule", .text(rule)), .init("title", .text(title)),
            .init("level", .text(level.name)), .init("host", .text(orNull: host)),
            .init("user", .text(orNull: user)), .init("time", .time(time)),
            .init("received", .time(received)), .init("alerted", .time(alerted)),
            .init("suppression", .text(orNull: suppression)),
            .init("incident", .text(orNull: incident?.text)),
        ]
    }

    var json: JSON { .object(members) }
    func json(body: String) -> JSON { .object(members + [.init("body", .verbatim(body))]) }
}

/// Entries of the record as the API shows them.
enum LedgerShapes {
    static let entry = Shape.object([
        .must("tenant", .identifier), .must("position", .integer(0...Int64.max)),
        .must("time", .time), .must("actor", .identifier),
        .must("kind", .choice(EntryKind.allCases.map(\.rawValue))),
        .must("subject", .text(bytesMax: 256)), .must("hash", .text(bytesMax: 64)),
        .must("body", .optional(.anything)),
    ])
}

extension LedgerEntry {
    var json: JSON {
        [
            "tenant": .text(tenant.text), "position": .count(position), "time": .time(time),
            "actor": .text(actor.text), "kind": .text(kind.rawValue), "subject": .text(subject),
            "hash": .text(hash.description), "body": body.map { .verbatim($0.text) } ?? .null,
        ]
    }
}
