/// One line of an action's journal. Times are seconds since 1970, UTC.
package enum JournalEntry: Equatable, Sendable {
    /// The order as it came, and its signature.
    case ordered(body: [UInt8], signature: [UInt8], at: Int64)
    /// All that will be touched, as it is now and as it shall be; contents are in the image store.
    case imaged(effects: [Effect], before: String, notes: [String], at: Int64)
    case applying(at: Int64)
    /// More that is about to be touched, found while applying: processes that were started meanwhile.
    case widened(effect: Int, processes: [ProcessState], at: Int64)
    case applied(at: Int64)
    /// Verified: the action holds, until the lease ends where there is one.
    case held(after: String, until: Int64?, notes: [String], at: Int64)
    case undoing(reason: String, at: Int64)
    /// Verified: `state` is the hash of what is there now, equal to `before` where everything is as it was.
    case undone(state: String, notes: [String], at: Int64)
    /// Nothing was touched, and nothing will be.
    case closed(reason: String, at: Int64)
    /// An attempt failed; it is tried again at the next start.
    case failed(reason: String, at: Int64)

    package var kind: String {
        switch self {
        case .ordered: "ordered"
        case .imaged: "imaged"
        case .applying: "applying"
        case .widened: "widened"
        case .applied: "applied"
        case .held: "held"
        case .undoing: "undoing"
        case .undone: "undone"
        case .closed: "closed"
        case .failed: "failed"
        }
    }
}

extension JournalEntry {
    var json: JSONValue {
        func texts(_ notes: [String]) -> JSONValue { .array(notes.map { .string($0) }) }
        let name = JSONValue.string(kind)
        switch self {
        case .ordered(let body, let signature, let at):
            return .members([
                "kind": name, "body": .string(Hex.text(body)),
                "signature": .string(Hex.text(signature)), "at": .integer(at),
            ])
        case .imaged(let effects, let before, let notes, let at):
            return .members([
                "kind": name, "effects": .array(effects.map(\.json)), "before": .string(before),
                "notes": texts(notes), "at": .integer(at),
            ])
        case .applying(let at), .applied(let at):
            return .members(["kind": name, "at": .integer(at)])
        case .widened(let effect, let processes, let at):
            return .members([
                "kind": name, "effect": .integer(Int64(effect)),
                "processes": .array(processes.map(\.json)), "at": .integer(at),
            ])
        case .held(let after, let until, let notes, let at):
            return .members([
                "kind": name, "after": .string(after), "until": until.map { .integer($0) },
                "notes": texts(notes), "at": .integer(at),
            ])
        case .undoing(let reason, let at), .closed(let reason, let at), .failed(let reason, let at):
            return .members(["kind": name, "reason": .string(reason), "at": .integer(at)])
        case .undone(let state, let notes, let at):
            return .members([
                "kind": name, "state": .string(state), "notes": texts(notes), "at": .integer(at),
            ])
        }
    }

    init(json: JSONValue) throws(ActFailure) {
        let damaged = ActFailure(.damaged, "a line of a journal is not what was written")
        guard let kind = json["kind"]?.text, let at = json["at"]?.whole else { throw damaged }
        func text(_ name: String) throws(ActFailure) -> String {
            guard let text = json[name]?.text else { throw damaged }
            return text
        }
        func bytes(_ name: String) throws(ActFailure) -> [UInt8] {
            guard let bytes = Hex.bytes(try text(name)) else { throw damaged }
            return bytes
        }
        let notes = (json["notes"]?.items ?? []).compactMap(\.text)
        switch kind {
        case "ordered":
            self = .ordered(body: try bytes("body"), signature: try bytes("signature"), at: at)
        case "imaged":
            guard let items = json["effects"]?.items else { throw damaged }
            var effects: [Effect] = []
            for item in items { effects.append(try Effect(json: item)) }
            self = .imaged(effects: effects, before: try text("before"), notes: notes, at: at)
        case "applying": self = .applying(at: at)
        case "widened":
            guard let effect = json["effect"]?.whole, let items = json["processes"]?.items else {
                throw damaged
            }
            var processes: [ProcessState] = []
            for item in items { processes.append(try ProcessState(json: item)) }
            self = .widened(effect: Int(effect), processes: processes, at: at)
        case "applied": self = .applied(at: at)
        case "held":
            let until = json["until"]?.whole
            self = .held(after: try text("after"), until: until, notes: notes, at: at)
        case "undoing": self = .undoing(reason: try text("reason"), at: at)
        case "undone": self = .undone(state: try text("state"), notes: notes, at: at)
        case "closed": self = .closed(reason: try text("reason"), at: at)
        case "failed": self = .failed(reason: try text("reason"), at: at)
        default: throw damaged
        }
    }
}
