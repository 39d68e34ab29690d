/// What is done to what; the rows of the access matrix.
package struct Permission: Hashable, Sendable, Codable, CustomStringConvertible {
    /// `rules` are lists and indicators too; `people` are accounts, their grants and sessions; `tokens` are intake
    /// tokens and API keys; `tenants` are tenants and their groups, retention and quotas.
    package enum Resource: String, Sendable, CaseIterable, Codable {
        case events, sources, alerts, incidents, suppressions, rules, reports, webhooks, ledger
        case people, tokens, tenants, health, agents, orders
    }

    package enum Action: String, Sendable, CaseIterable, Codable {
        /// `decide` gives verdicts, `ingest` hands in records, `export` takes everything along.
        case read, create, update, delete, decide, ingest, export

        /// Whether it leaves things as they are.
        package var isReading: Bool { self == .read || self == .export }
    }

    package let action: Action
    package let resource: Resource

    package init(_ action: Action, _ resource: Resource) {
        self.action = action
        self.resource = resource
    }

    /// As `read events`.
    package init?(text: some StringProtocol) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let action = Action(rawValue: String(words[0])),
            let resource = Resource(rawValue: String(words[1]))
        else { return nil }
        self.init(action, resource)
    }

    package var description: String { "\(action.rawValue) \(resource.rawValue)" }

    /// Every pair of action and resource, those that no role has included.
    package static let all: [Permission] = Resource.allCases.flatMap { resource in
        Action.allCases.map { Permission($0, resource) }
    }
}
