package import Engine
package import Tenancy

/// What the registry keeps under a name: tenants, people, sources, keys.
package protocol RegistryValue: Hashable, Sendable {
    static var kind: RegistryKind { get }
    /// At most 64 bytes, as of an ``Identifier``.
    var id: String { get }
    /// Whose chain tells of it; `kagari-provider` for what belongs to no customer.
    var tenant: TenantID { get }
    /// Taken once in the whole server for this kind; nil where names may repeat.
    var uniqueName: String? { get }
    /// The digest of its secret, by which it is found; nil where it has none.
    var lookup: LedgerDigest? { get }
    /// Everything, without secrets.
    var json: CanonicalJSON { get }
    /// Nil where `json` is not of this kind.
    init?(json: CanonicalJSON)
    /// Why it may not be kept; nil where it may.
    func objection(at now: Timestamp) -> String?
}

package enum RegistryKind: String, Hashable, Sendable, CaseIterable {
    case tenant, source, principal, passkey, key, session, invitation, webhook, search
    case suppression
    case agent, join, policy, order

    /// What a scope must allow.
    package func permission(_ action: Permission.Action) -> Permission {
        let writing: Permission.Action = action == .read ? .read : .update
        return switch self {
        case .tenant: Permission(action, .tenants)
        case .webhook: Permission(action, .webhooks)
        case .source: Permission(action, .sources)
        case .principal: Permission(action, .people)
        // The service itself signs people in: it may update people and tokens, but make or remove neither.
        case .passkey, .invitation: Permission(writing, .people)
        case .session: Permission(writing, .tokens)
        case .key: Permission(action, .tokens)
        // Whoever may search may keep a search.
        case .search: Permission(.read, .events)
        case .suppression: Permission(action, .suppressions)
        case .agent, .join: Permission(action, .agents)
        // A policy is of all agents: who may change those may make and change it.
        case .policy: Permission(writing, .agents)
        case .order: Permission(action, .orders)
        }
    }

    /// What a scope must allow to see a secret of such a value: more than to read the value.
    package var secretPermission: Permission {
        self == .webhook ? Permission(.update, .tenants) : Permission(.update, .people)
    }
}

/// A value as the registry has it.
package struct Registered<Value: RegistryValue>: Hashable, Sendable {
    package let value: Value
    package let created: Timestamp
    package let changed: Timestamp
    /// 1, then grows with every change; for an ETag.
    package let revision: UInt64
}

extension RegistryValue {
    package var uniqueName: String? { nil }
    package var lookup: LedgerDigest? { nil }
    package func objection(at now: Timestamp) -> String? { nil }
    /// What an entry is about, and what owns a secret.
    var subject: String { "\(Self.kind.rawValue)/\(id)" }

    static func checked(_ name: String, _ what: String) -> String? {
        if !name.contains(where: { !$0.isWhitespace }) { return "The \(what) is empty." }
        if name.utf8.count > LedgerLimits.titleBytesMax {
            return "The \(what) is longer than \(LedgerLimits.titleBytesMax) bytes."
        }
        return nil
    }
}
