/// What is done to what; the columns of the access matrix.
package struct Permission: Hashable, Sendable, CustomStringConvertible {
    package enum Resource: String, Sendable, CaseIterable {
        case events, sources, alerts, incidents, suppressions, rules, reports, ledger, people
        case tokens, tenants, health
    }

    package enum Action: String, Sendable, CaseIterable {
        /// `decide` gives verdicts, `ingest` hands in records, `export` takes everything along.
        case read, create, update, delete, decide, ingest, export
    }

    package let action: Action
    package let resource: Resource

    package init(_ action: Action, _ resource: Resource) {
        self.action = action
        self.resource = resource
    }

    package var description: String { "\(action.rawValue) \(resource.rawValue)" }
}
