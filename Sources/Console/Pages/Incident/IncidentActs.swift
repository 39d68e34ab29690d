import Engine
import Hummingbird
import Store
import Tenancy

/// What forms of an incident's page do to it.
enum IncidentActs {
    static func answer(_ call: PageCall) async throws -> Response {
        let tenant = call.part("tenant")
        guard let tenantID = TenantID(tenant), let id = IncidentID(call.part("incident")) else {
            throw Problem(.missing, "There is no such incident.")
        }
        let key = IncidentKey(id, of: tenantID)
        let back = "/incidents/\(tenant)/\(id.text)" + call.query.text
        do {
            let place = try await perform(call, on: key)
            return call.away(to: place.map { "/incidents/\(tenant)/\($0.text)" } ?? back)
        } catch {
            let problem = Problem(any: error, logger: call.context.logger)
            // Whoever sees nothing of it is not told more by having acted.
            guard problem.kind != .missing, problem.kind != .forbidden else { throw problem }
            return try await IncidentPage.show(Dossier(call), wrong: problem)
        }
    }

    /// - Returns: the incident to show then; nil for the same.
    private static func perform(
        _ call: PageCall, on key: IncidentKey
    ) async throws -> IncidentID? {
        let form = call.form
        switch form["act"] ?? "" {
        case "merge":
            guard let into = form["into"].flatMap({ IncidentID($0) }) else {
                throw Problem(.invalid, "There is no such incident.")
            }
            _ = try await call.ledger.merge(
                key.incident, into: into, of: key.tenant, reason: form["reason"] ?? "",
                now: call.now, in: call.scope(Permission(.update, .incidents), in: key.tenant.text)
            )
            return into
        case "split":
            let (made, _) = try await call.ledger.split(
                form.all("alert").compactMap { AlertID($0) }, from: key,
                title: form["title"] ?? "", reason: form["reason"] ?? "", now: call.now,
                in: call.scope(Permission(.update, .incidents), in: key.tenant.text))
            return made
        case "undo":
            guard let position = form["position"].flatMap({ UInt64($0) }) else {
                throw Problem(.invalid, "Say what is taken back.")
            }
            _ = try await call.ledger.undo(
                position, of: key.tenant, reason: form["reason"] ?? "", now: call.now,
                in: call.scope(Permission(.update, .incidents), in: key.tenant.text))
            return nil
        default:
            try await act(call, on: key)
            return nil
        }
    }

    /// Only the first step is bound to the revision that was seen.
    private static func act(_ call: PageCall, on key: IncidentKey) async throws {
        var revision = call.form["revision"].flatMap { UInt64($0) }
        guard revision != nil else {
            throw Problem(.invalid, "Say which revision you saw.")
        }
        for step in try await steps(call, on: key) {
            let scope = try await call.scope(step.permission, in: key.tenant.text)
            do throws(StoreFailure) {
                revision = try await call.ledger.perform(
                    step, on: key, ifRevision: revision, now: call.now, in: scope
                ).revision
            } catch {
                guard error.code == .conflict else { throw error }
                throw Problem(.changed, "It is another revision now; read it again.")
            }
        }
    }

    private static func steps(
        _ call: PageCall, on key: IncidentKey
    ) async throws -> [CaseAct] {
        let form = call.form
        switch form["act"] ?? "" {
        case "claim": return [.assign(call.principal.mandate?.owner ?? call.principal.id)]
        case "assign":
            guard let asked = form["assignee"] else { break }
            let person = PrincipalID(asked)
            guard asked == "-" || person != nil else { break }
            return [.assign(asked == "-" ? nil : person)]
        case "verdict":
            guard let verdict = form["verdict"].flatMap(Verdict.init) else {
                throw Problem(.invalid, "Choose a verdict.")
            }
            let decide = CaseAct.decide(verdict, reason: form["reason"] ?? "")
            return form["then"] == "close" ? [decide, .close] : [decide]
        case "close": return [.close]
        case "reopen": return [.reopen(reason: form["reason"] ?? "")]
        case "comment": return [.comment(form["text"] ?? "")]
        case "task": return [.addTask(form["title"] ?? "")]
        case "task-set":
            guard let id = form["task"].flatMap({ Int64($0) }) else { break }
            return [.setTask(id, done: form["done"] == "1")]
        case "tag": return [.tag(form["tag"] ?? "")]
        case "untag": return [.untag(form["tag"] ?? "")]
        case "time":
            let time = CaseTime.allCases.first { $0.name == form["time"] }
            guard let time else { break }
            return [.record(time, call.now)]
        case "evidence": return [try await evidence(call, key)]
        default: break
        }
        throw Problem(.invalid, "That is no act on an incident.")
    }

    /// A record as evidence: its digest is taken here, of the bytes that are kept.
    private static func evidence(
        _ call: PageCall, _ key: IncidentKey
    ) async throws -> CaseAct {
        guard let sequence = call.form["sequence"].flatMap({ UInt64($0) }) else {
            throw Problem(.invalid, "Name a record.")
        }
        let scope = try await call.scope(Permission(.read, .events), in: key.tenant.text)
        guard let record = try await call.parts.desk.record(sequence, of: key.tenant, in: scope)
        else { throw Problem(.invalid, "The record is not kept any more.") }
        return .addEvidence(
            EvidenceNote(
                note: call.form["note"] ?? "", digest: LedgerDigest(of: record.bytes),
                sequences: [sequence]))
    }
}
