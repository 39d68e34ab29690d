import Engine
import HTTPTypes
import Store
import Tenancy

/// What people do to incidents. Each change names the revision it was decided on, and answers with the next.
enum CaseEndpoints {
    static let all: [Endpoint] = [
        act("see", "Note that somebody looks at it", .object([])) { _ in .see },
        act(
            "assign", "Give it to somebody, or to nobody",
            .object([.must("assignee", .optional(.identifier))])
        ) { call in .assign(call.body["assignee"]?.text.flatMap { PrincipalID($0) }) },
        act(
            "verdict", "Say what it was, and why",
            .object([
                .must("verdict", .choice(Verdict.allCases.map(\.rawValue))),
                .must("reason", reason),
            ])
        ) { call in
            .decide(
                Verdict(rawValue: call.text("verdict")) ?? .undetermined,
                reason: call.text("reason"))
        },
        act("close", "Close it; needs a verdict", .object([])) { _ in .close },
        act("reopen", "Open it again", .object([.must("reason", reason)])) { call in
            .reopen(reason: call.text("reason"))
        },
        act(
            "comments", "Write a comment",
            .object([.must("text", .text(bytesMax: LedgerLimits.commentBytesMax))])
        ) { call in .comment(call.text("text")) },
        act(
            "comments/{number}", "Write a comment of one's own anew",
            .object([.must("text", .text(bytesMax: LedgerLimits.commentBytesMax))])
        ) { call in .editComment(try call.number("number"), call.text("text")) },
        act(
            "tasks", "Add a task",
            .object([.must("title", .text(bytesMax: LedgerLimits.titleBytesMax))])
        ) { call in .addTask(call.text("title")) },
        act(
            "tasks/{number}", "Say whether a task is done", .object([.must("done", .flag)])
        ) { call in .setTask(try call.number("number"), done: call.body["done"]?.flag ?? false) },
        act(
            "evidence", "Name records that prove something",
            .object([
                .must("note", .text(bytesMax: LedgerLimits.reasonBytesMax)),
                .must("sha256", .text(bytesMax: 64)),
                .must(
                    "sequences",
                    .list(
                        .integer(0...Int64.max), countMax: LedgerLimits.evidenceSequencesMax)),
            ]), evidence),
        act("tags", "Add a tag", .object([.must("tag", tag)])) { call in .tag(call.text("tag")) },
        act("untag", "Take a tag away", .object([.must("tag", tag)])) { call in
            .untag(call.text("tag"))
        },
        act(
            "times", "Say when it was contained, eradicated, restored",
            .object([.must("time", .choice(["T5", "T6", "T7"])), .must("at", .time)])
        ) { call in
            let time = CaseTime.allCases.first { $0.name == call.text("time") }
            guard let time, let at = call.time("at") else { throw Cursor.wrong }
            return .record(time, at)
        },
        merge, split, undo,
    ]

    private static let reason = Shape.text(bytesMax: LedgerLimits.reasonBytesMax)
    private static let tag = Shape.text(bytesMax: LedgerLimits.tagBytesMax)
    private static let outcome = Shape.object([
        .must("revision", IncidentShapes.revision),
        .must("position", .optional(.integer(0...Int64.max))),
    ])

    private static func act(
        _ name: String, _ summary: String, _ body: Shape,
        _ make: @escaping @Sendable (Call) throws -> CaseAct
    ) -> Endpoint {
        let decides = ["verdict", "close", "reopen"].contains(name)
        let permission = Permission(decides ? .decide : .update, .incidents)
        return Endpoint(
            method: .post, path: "/api/v1/incidents/{tenant}/{incident}/\(name)",
            summary: summary, right: .tenant(permission), body: body, isConditional: true,
            answer: outcome
        ) { call in
            let outcome = try await call.ledger.perform(
                make(call), on: call.incident(), ifRevision: call.revision, now: call.now,
                in: call.scope())
            return Answer(
                [
                    "revision": .count(outcome.revision),
                    "position": outcome.receipt.map { .count($0.position) } ?? .null,
                ], revision: outcome.revision)
        }
    }

    private static func evidence(_ call: Call) throws -> CaseAct {
        guard let digest = LedgerDigest(hex: call.text("sha256")) else {
            throw Shape.wrong("/sha256", "It is 64 hex digits in lower case.")
        }
        let sequences = (call.body["sequences"]?.list ?? []).compactMap(\.integer)
        return .addEvidence(
            EvidenceNote(
                note: call.text("note"), digest: digest, sequences: sequences.map(UInt64.init)))
    }

    private static let merge = Endpoint(
        method: .post, path: "/api/v1/incidents/{tenant}/{incident}/merge",
        summary: "Make it a part of another", right: .tenant(Permission(.update, .incidents)),
        body: .object([.must("into", .identifier), .must("reason", reason)]), answer: receipt
    ) { call in
        guard let into = IncidentID(call.text("into")) else { throw Cursor.wrong }
        let key = try call.incident()
        let receipt = try await call.ledger.merge(
            key.incident, into: into, of: key.tenant, reason: call.text("reason"),
            now: call.now, in: call.scope())
        return Answer(["position": .count(receipt.position)])
    }

    private static let receipt = Shape.object([.must("position", .integer(0...Int64.max))])

    private static let split = Endpoint(
        method: .post, path: "/api/v1/incidents/{tenant}/{incident}/split",
        summary: "Take alerts out into a new incident",
        right: .tenant(Permission(.update, .incidents)),
        body: .object([
            .must("alerts", .list(.identifier, countMax: LedgerLimits.splitAlertsMax)),
            .must("title", .text(bytesMax: LedgerLimits.titleBytesMax)), .must("reason", reason),
        ]), status: 201,
        answer: .object([
            .must("incident", .identifier), .must("position", .integer(0...Int64.max)),
        ])
    ) { call in
        let alerts = (call.body["alerts"]?.texts ?? []).compactMap { AlertID($0) }
        let (made, receipt) = try await call.ledger.split(
            alerts, from: call.incident(), title: call.text("title"),
            reason: call.text("reason"), now: call.now, in: call.scope())
        return Answer([
            "incident": .text(made.text), "position": .count(receipt.position),
        ])
    }

    private static let undo = Endpoint(
        method: .post, path: "/api/v1/tenants/{tenant}/joins/{position}/undo",
        summary: "Take back a merge or a split",
        right: .tenant(Permission(.update, .incidents)),
        body: .object([.must("reason", reason)]), answer: receipt
    ) { call in
        let receipt = try await call.ledger.undo(
            UInt64(try call.number("position")), of: call.name("tenant"),
            reason: call.text("reason"), now: call.now, in: call.scope())
        return Answer(["position": .count(receipt.position)])
    }
}
