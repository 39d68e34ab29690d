import Engine
package import Tenancy

/// What may happen next to one incident. It decides; the ledger writes.
package struct IncidentCase: Hashable, Sendable {
    /// Why something may not be done, for a person.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
        init(_ description: String) { self.description = description }
    }

    /// What is to be written.
    struct Draft: Hashable, Sendable {
        let kind: EntryKind
        let body: CanonicalJSON
    }

    package var state = CaseState.new
    package var assignee: PrincipalID?
    package var verdict: Verdict?
    package var verdictReason: String?
    /// Whether the verdict was given since the incident was last opened.
    package var verdictHolds = false
    package var mergedInto: IncidentID?
    package var times: Set<CaseTime> = []
    package var tags: Set<String> = []
    package var tasks: [Int64: Bool] = [:]
    package var comments: [Int64: Written] = [:]
    package var evidenceCount = 0

    /// Who wrote a comment, and how often.
    package struct Written: Hashable, Sendable {
        package let author: PrincipalID
        package let versions: Int
    }

    package init() {}

    /// Nil where it is so already.
    func judge(_ act: CaseAct, by person: PrincipalID) throws(Refusal) -> Draft? {
        if let mergedInto {
            throw Refusal("This incident is part of \(mergedInto) now; work on that one.")
        }
        switch act {
        case .see:
            guard state == .new || !times.contains(.seen) else { return nil }
            return Draft(kind: .incidentSeen, body: .object([:]))
        case .assign(let principal): return try assign(principal)
        case .decide(let verdict, let reason): return try decide(verdict, reason)
        case .close: return try close()
        case .reopen(let reason):
            guard state == .closed else { throw Refusal("Only a closed incident is reopened.") }
            try Self.check(reason, "reason", LedgerLimits.reasonBytesMax)
            return Draft(kind: .incidentReopened, body: .object(["reason": .text(reason)]))
        case .comment, .editComment: return try comment(act, by: person)
        case .addTask, .setTask: return try task(act)
        case .addEvidence(let note): return try evidence(note)
        case .tag, .untag: return try tag(act)
        case .record(let time, let moment):
            guard time >= .contained else {
                throw Refusal("\(time.name) is recorded by the service itself.")
            }
            guard !times.contains(time) else {
                throw Refusal("\(time.name) is recorded already and never overwritten.")
            }
            return Draft(
                kind: .incidentTimed,
                body: .object([
                    "time": .text(time.name), "at": .integer(moment.nanoseconds),
                ]))
        }
    }

    private func assign(_ principal: PrincipalID?) throws(Refusal) -> Draft? {
        guard state != .closed else { throw Refusal("A closed incident has no work to assign.") }
        guard principal != assignee else { return nil }
        return Draft(
            kind: .incidentAssigned, body: .object(["assignee": .text(principal?.text)]))
    }

    private func decide(_ verdict: Verdict, _ reason: String) throws(Refusal) -> Draft? {
        try Self.check(reason, "reason", LedgerLimits.reasonBytesMax)
        if verdictHolds, verdict == self.verdict, reason == verdictReason { return nil }
        return Draft(
            kind: .incidentDecided,
            body: .object(["verdict": .text(verdict.rawValue), "reason": .text(reason)]))
    }

    private func close() throws(Refusal) -> Draft? {
        guard state != .closed else { return nil }
        guard verdict != nil else { throw Refusal("Give a verdict with its reason, then close.") }
        guard verdictHolds else {
            throw Refusal("It was reopened after its verdict; give a verdict anew, then close.")
        }
        let undone = tasks.values.count { !$0 }
        guard undone == 0 else {
            throw Refusal("\(undone) of its tasks are not done; do them, then close.")
        }
        return Draft(kind: .incidentClosed, body: .object([:]))
    }

    private func comment(_ act: CaseAct, by person: PrincipalID) throws(Refusal) -> Draft? {
        switch act {
        case .comment(let text):
            try Self.check(text, "comment", LedgerLimits.commentBytesMax)
            guard comments.count < LedgerLimits.commentsMax else {
                throw Refusal("An incident holds \(LedgerLimits.commentsMax) comments.")
            }
            let id = (comments.keys.max() ?? 0) + 1
            return Self.comment(id: id, version: 1, text)
        case .editComment(let id, let text):
            try Self.check(text, "comment", LedgerLimits.commentBytesMax)
            guard let row = comments[id] else { throw Refusal("There is no comment \(id).") }
            guard row.author == person else {
                throw Refusal("Only who wrote a comment changes it; write another.")
            }
            guard row.versions < LedgerLimits.commentVersionsMax else {
                throw Refusal("A comment has \(LedgerLimits.commentVersionsMax) versions.")
            }
            return Self.comment(id: id, version: row.versions + 1, text)
        default: return nil
        }
    }

    private static func comment(id: Int64, version: Int, _ text: String) -> Draft {
        Draft(
            kind: .commentWritten,
            body: .object([
                "id": .integer(id), "version": .integer(Int64(version)), "text": .text(text),
            ]))
    }

    private func task(_ act: CaseAct) throws(Refusal) -> Draft? {
        switch act {
        case .addTask(let title):
            try Self.check(title, "task", LedgerLimits.titleBytesMax)
            guard state != .closed else { throw Refusal("Reopen the incident to add a task.") }
            guard tasks.count < LedgerLimits.tasksMax else {
                throw Refusal("An incident holds \(LedgerLimits.tasksMax) tasks.")
            }
            let id = (tasks.keys.max() ?? 0) + 1
            return Draft(
                kind: .taskAdded, body: .object(["id": .integer(id), "title": .text(title)]))
        case .setTask(let id, let done):
            guard let was = tasks[id] else { throw Refusal("There is no task \(id).") }
            guard was != done else { return nil }
            guard state != .closed else { throw Refusal("Reopen the incident to change a task.") }
            return Draft(
                kind: .taskSet, body: .object(["id": .integer(id), "done": .flag(done)]))
        default: return nil
        }
    }

    private func evidence(_ note: EvidenceNote) throws(Refusal) -> Draft? {
        try Self.check(note.note, "note", LedgerLimits.reasonBytesMax)
        guard evidenceCount < LedgerLimits.evidenceMax else {
            throw Refusal("An incident holds \(LedgerLimits.evidenceMax) pieces of evidence.")
        }
        guard (1...LedgerLimits.evidenceSequencesMax).contains(note.sequences.count),
            zip(note.sequences, note.sequences.dropFirst()).allSatisfy({ $0 < $1 }),
            note.sequences.allSatisfy({ $0 <= UInt64(Int64.max) })
        else {
            throw Refusal(
                "Evidence names 1 to \(LedgerLimits.evidenceSequencesMax) records, ascending.")
        }
        return Draft(
            kind: .evidenceAdded,
            body: .object([
                "id": .integer(Int64(evidenceCount + 1)), "note": .text(note.note),
                "digest": .text(note.digest.description),
                "sequences": .list(note.sequences.map { .integer(Int64($0)) }),
            ]))
    }

    private func tag(_ act: CaseAct) throws(Refusal) -> Draft? {
        switch act {
        case .tag(let tag):
            try Self.check(tag, "tag", LedgerLimits.tagBytesMax)
            guard !tags.contains(tag) else { return nil }
            guard tags.count < LedgerLimits.tagsMax else {
                throw Refusal("An incident holds \(LedgerLimits.tagsMax) tags.")
            }
            return Draft(kind: .tagAdded, body: .object(["tag": .text(tag)]))
        case .untag(let tag):
            guard tags.contains(tag) else { return nil }
            return Draft(kind: .tagRemoved, body: .object(["tag": .text(tag)]))
        default: return nil
        }
    }

    /// - Throws: ``Refusal`` where `text` is blank or longer than `bytesMax`.
    static func check(_ text: String, _ what: String, _ bytesMax: Int) throws(Refusal) {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw Refusal("The \(what) is empty; say it.")
        }
        guard text.utf8.count <= bytesMax else {
            throw Refusal("The \(what) is longer than \(bytesMax) bytes.")
        }
    }
}

extension CaseTime: Comparable {
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
