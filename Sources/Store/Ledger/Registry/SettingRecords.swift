package import Engine
package import Tenancy

/// Where a tenant wants to be told. Its signing secret is kept apart.
package struct WebhookRecord: RegistryValue {
    package static let kind = RegistryKind.webhook

    package let id: String
    package let tenant: TenantID
    package var name: String
    package var url: String
    /// Names of what it is told, e.g. `incident.new`; at most 64.
    package var events: [String]
    package var isDisabled: Bool

    package init(
        id: String, tenant: TenantID, name: String, url: String, events: [String],
        isDisabled: Bool = false
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.url = url
        self.events = events
        self.isDisabled = isDisabled
    }

    package func objection(at now: Timestamp) -> String? {
        if url.utf8.count > 2048 { return "A webhook's address has at most 2,048 bytes." }
        if events.count > 64 { return "A webhook is told of at most 64 kinds of events." }
        return Self.checked(name, "name")
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "name": .text(name),
            "url": .text(url), "events": .texts(events), "disabled": .flag(isDisabled),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text, let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let name = json["name"]?.text, let url = json["url"]?.text,
            let events = json["events"]?.texts
        else { return nil }
        self.init(
            id: id, tenant: tenant, name: name, url: url, events: events,
            isDisabled: json["disabled"]?.flag ?? false)
    }
}

/// A question worth asking again: its owner's own, or shared with everybody who may search in the tenant.
package struct SavedSearchRecord: RegistryValue {
    package static let kind = RegistryKind.search
    package static let queryBytesMax = 64 << 10
    /// Of one tenant, whoever they belong to.
    package static let perTenantMax = 500

    package let id: String
    package let tenant: TenantID
    package var name: String
    package var query: String
    package let owner: PrincipalID
    package var isShared: Bool

    package init(
        id: String, tenant: TenantID, name: String, query: String, owner: PrincipalID,
        isShared: Bool = false
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.query = query
        self.owner = owner
        self.isShared = isShared
    }

    package func objection(at now: Timestamp) -> String? {
        if query.utf8.count > Self.queryBytesMax {
            return "A search has at most \(Self.queryBytesMax) bytes."
        }
        return Self.checked(name, "name")
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "name": .text(name),
            "query": .text(query), "owner": .text(owner.text), "shared": .flag(isShared),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text, let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let name = json["name"]?.text, let query = json["query"]?.text,
            let owner = json["owner"]?.text.flatMap(PrincipalID.init)
        else { return nil }
        self.init(
            id: id, tenant: tenant, name: name, query: query, owner: owner,
            isShared: json["shared"]?.flag ?? false)
    }
}

/// Alerts that a tenant does not want to be woken for: kept, counted, and in no incident of their own.
package struct SuppressionRecord: RegistryValue {
    /// A field of the event has this value.
    package struct Condition: Hashable, Sendable {
        package var field: String
        package var value: String

        package init(field: String, value: String) {
            self.field = field
            self.value = value
        }
    }

    package static let kind = RegistryKind.suppression
    package static let daysMax: Int64 = 366

    package let id: String
    package let tenant: TenantID
    package let rule: String
    /// All must hold; none covers every alert of the rule.
    package var conditions: [Condition]
    package let owner: PrincipalID
    package var reason: String
    package var expires: Timestamp

    package init(
        id: String, tenant: TenantID, rule: String, conditions: [Condition], owner: PrincipalID,
        reason: String, expires: Timestamp
    ) {
        self.id = id
        self.tenant = tenant
        self.rule = rule
        self.conditions = conditions
        self.owner = owner
        self.reason = reason
        self.expires = expires
    }

    package func objection(at now: Timestamp) -> String? {
        let days = (expires.nanoseconds - now.nanoseconds) / 86_400_000_000_000
        if expires <= now || days > Self.daysMax {
            return "A suppression expires, within \(Self.daysMax) days; renew it then."
        }
        if conditions.count > LedgerLimits.conditionsMax {
            return "A suppression has at most \(LedgerLimits.conditionsMax) conditions."
        }
        if reason.utf8.count > LedgerLimits.reasonBytesMax {
            return "The reason is longer than \(LedgerLimits.reasonBytesMax) bytes."
        }
        if !reason.contains(where: { !$0.isWhitespace }) { return "The reason is empty; say it." }
        for condition in conditions {
            if let objection = Self.checked(condition.field, "field") { return objection }
            if condition.value.utf8.count > LedgerLimits.reasonBytesMax {
                return "A value is longer than \(LedgerLimits.reasonBytesMax) bytes."
            }
        }
        return Self.checked(rule, "rule")
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "tenant": .text(tenant.text), "rule": .text(rule),
            "conditions": .list(
                conditions.map {
                    .object(["field": .text($0.field), "value": .text($0.value)])
                }), "owner": .text(owner.text), "reason": .text(reason),
            "expires": .integer(expires.nanoseconds),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text, let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let rule = json["rule"]?.text, let list = json["conditions"]?.list,
            let owner = json["owner"]?.text.flatMap(PrincipalID.init),
            let reason = json["reason"]?.text, let expires = json["expires"]?.integer
        else { return nil }
        let conditions = list.compactMap { item in
            item["field"]?.text.flatMap { field in
                item["value"]?.text.map { Condition(field: field, value: $0) }
            }
        }
        guard conditions.count == list.count else { return nil }
        self.init(
            id: id, tenant: tenant, rule: rule, conditions: conditions, owner: owner,
            reason: reason, expires: Timestamp(nanoseconds: expires))
    }
}
