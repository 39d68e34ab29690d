import Engine
import Hummingbird
import Store
import Tenancy

/// What an act on several incidents led to.
struct QueueTold: Sendable {
    struct Refusal: Sendable {
        let incident: String
        let reason: Problem
    }

    var act: QueueActs.Act?
    var done = 0
    var refusals: [Refusal] = []

    init() {}

    /// What stands in the address after all of it was done: `told=claim.3`.
    init(_ query: PageQuery) {
        let words = (query["told"] ?? "").split(separator: ".")
        guard words.count == 2, let act = QueueActs.Act(rawValue: String(words[0])),
            let count = Int(words[1]), (1...QueueActs.picksMax).contains(count)
        else { return }
        (self.act, done) = (act, count)
    }
}

/// Acts on the selected incidents, each judged and written by itself.
enum QueueActs {
    static let picksMax = 500

    enum Act: String, Sendable {
        case claim, assign, verdict, finish, close

        var phrase: Phrase {
            switch self {
            case .claim: .claim
            case .assign: .assign
            case .verdict: .giveVerdict
            case .finish: .giveVerdictAndClose
            case .close: .closeIncident
            }
        }

        var permission: Permission {
            switch self {
            case .claim, .assign: Permission(.update, .incidents)
            case .verdict, .finish, .close: Permission(.decide, .incidents)
            }
        }
    }

    /// One incident as its row was seen.
    private struct Pick {
        let key: IncidentKey
        let revision: UInt64

        init?(_ text: String) {
            let words = text.split(separator: "/", omittingEmptySubsequences: false).map(
                String.init)
            guard words.count == 3, let tenant = TenantID(words[0]),
                let incident = IncidentID(words[1]), let revision = UInt64(words[2])
            else { return nil }
            key = IncidentKey(incident, of: tenant)
            self.revision = revision
        }
    }

    static func answer(_ call: PageCall) async throws -> Response {
        let picks = call.form.all("pick").compactMap { Pick($0) }
        guard !picks.isEmpty else {
            throw Problem(.invalid, "Select at least one incident.")
        }
        guard picks.count <= picksMax else {
            throw Problem(.invalid, "At most \(picksMax) incidents are taken at once.")
        }
        let (act, steps) = try steps(call)
        var told = QueueTold()
        told.act = act
        for pick in picks {
            do {
                try await perform(steps, act, on: pick, call)
                told.done += 1
            } catch {
                let problem = Problem(any: error, logger: call.context.logger)
                told.refusals.append(
                    QueueTold.Refusal(
                        incident: "\(pick.key.tenant.text)/\(pick.key.incident.text)",
                        reason: problem))
            }
        }
        guard told.refusals.isEmpty else {
            return try await QueuePage.show(call, told: told)
        }
        return call.away(to: "/" + call.query.with("told", "\(act.rawValue).\(told.done)"))
    }

    /// What the form asks to be done to each.
    private static func steps(_ call: PageCall) throws(Problem) -> (Act, [CaseAct]) {
        if let assignee = call.form["assign"] {
            let person = assignee == "-" ? nil : PrincipalID(assignee)
            guard assignee == "-" || person != nil else {
                throw Problem(.invalid, "There is no such person.")
            }
            return (.assign, [.assign(person)])
        }
        guard let act = call.form["act"].flatMap(Act.init) else {
            throw Problem(.invalid, "Say what is to be done.")
        }
        switch act {
        case .claim, .assign:
            // What a key does is done for whom it belongs to.
            let person = call.principal.mandate?.owner ?? call.principal.id
            return (.claim, [.assign(person)])
        case .close: return (.close, [.close])
        case .verdict, .finish:
            guard let verdict = call.form["verdict"].flatMap(Verdict.init) else {
                throw Problem(.invalid, "Choose a verdict.")
            }
            let decide = CaseAct.decide(verdict, reason: call.form["reason"] ?? "")
            return (act, act == .finish ? [decide, .close] : [decide])
        }
    }

    /// Only the first step is bound to what was seen; those after it follow on it.
    private static func perform(
        _ steps: [CaseAct], _ act: Act, on pick: Pick, _ call: PageCall
    ) async throws {
        let scope = try await call.scope(act.permission, in: pick.key.tenant.text)
        var revision = pick.revision
        for step in steps {
            do throws(StoreFailure) {
                revision = try await call.ledger.perform(
                    step, on: pick.key, ifRevision: revision, now: call.now, in: scope
                ).revision
            } catch {
                guard error.code == .conflict else { throw error }
                throw Problem(.changed, "It is another revision now; read it again.")
            }
        }
    }
}

extension Markup {
    /// What an act before led to, for eyes and for screen readers.
    mutating func queueTold(_ told: QueueTold) {
        element("div", [.class("told"), .set("id", "told"), .set("role", "status")]) { box in
            guard let act = told.act else { return }
            if told.done > 0 {
                box.element("p", [.class("good")]) { line in
                    line.icon(.check)
                    line.say(.done(act.phrase, told.done))
                }
            }
            guard !told.refusals.isEmpty else { return }
            box.element("p", [.class("wrong")], say: .notDone(told.refusals.count))
            box.element("ul") { list in
                for refusal in told.refusals.prefix(20) {
                    list.element("li") { item in
                        item.element(
                            "a", [.set("href", "/incidents/\(refusal.incident)")],
                            text: refusal.incident)
                        item.text(" — ")
                        let words = ProblemPage.words(of: refusal.reason, id: "")
                        item.say(words.title)
                        item.element(
                            "span", [.class("soft"), .set("lang", "en")],
                            text: " \(refusal.reason.detail)")
                    }
                }
            }
        }
    }
}
