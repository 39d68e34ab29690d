import Store
import Tenancy

/// What of the queue is shown; it stands in the address, so that it can be kept and sent.
struct QueueFilter: Hashable, Sendable {
    enum State: String, CaseIterable, Sendable {
        case live, new, open, closed, all

        var states: Set<CaseState> {
            switch self {
            case .live: [.new, .open]
            case .new: [.new]
            case .open: [.open]
            case .closed: [.closed]
            case .all: []
            }
        }

        var phrase: Phrase {
            switch self {
            case .live: .stateLive
            case .new: CaseState.new.phrase
            case .open: CaseState.open.phrase
            case .closed: CaseState.closed.phrase
            case .all: .stateAll
            }
        }
    }

    enum Owner: String, CaseIterable, Sendable {
        case anybody, mine, nobody

        var phrase: Phrase {
            switch self {
            case .anybody: .ownerAny
            case .mine: .ownerMine
            case .nobody: .ownerNobody
            }
        }
    }

    /// On one page; the first page of the queue stays below 150 KB with it.
    static let rows = 50
    static let textBytesMax = 256

    var state = State.live
    var levelMin = CaseLevel.informational
    var owner = Owner.anybody
    var text = ""

    /// What is none of ours is passed over: a kept address goes on working.
    init(_ query: PageQuery) {
        state = query["state"].flatMap(State.init) ?? .live
        levelMin = query["level"].flatMap { CaseLevel(name: $0) } ?? .informational
        owner = query["owner"].flatMap(Owner.init) ?? .anybody
        text = String(
            decoding: (query["text"] ?? "").utf8.prefix(Self.textBytesMax), as: UTF8.self)
    }

    var isNarrow: Bool {
        owner != .anybody || !text.isEmpty || levelMin > .informational || state != .live
    }

    func question(of person: PrincipalID, limit: Int, after: IncidentCursor?) -> IncidentQuery {
        IncidentQuery(
            states: state.states, levelMin: levelMin, assignee: owner == .mine ? person : nil,
            isUnassigned: owner == .nobody, text: text.isEmpty ? nil : text, limit: limit,
            after: after)
    }
}
