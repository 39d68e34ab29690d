package import Engine
package import Tenancy

/// A customer. Its own chain tells what happens in it; that it exists is told in the provider's.
package struct TenantRecord: RegistryValue {
    package enum State: String, Hashable, Sendable, CaseIterable {
        case active
        /// Takes in nothing, shows what it has.
        case suspended
        /// Hands over everything, then goes.
        case leaving
        case deleted
    }

    package static let kind = RegistryKind.tenant

    package let tenantID: TenantID
    package var name: String
    /// Tenants of one group are seen together; nil is in none.
    package var group: String?
    package var state: State
    /// Nil is without a quota.
    package var eventsPerSecondMax: Int?
    package var bytesPerDayMax: Int?
    /// Nil keeps everything.
    package var retentionDays: Int?

    package init(
        id: TenantID, name: String, group: String? = nil, state: State = .active,
        eventsPerSecondMax: Int? = nil, bytesPerDayMax: Int? = nil, retentionDays: Int? = nil
    ) {
        tenantID = id
        self.name = name
        self.group = group
        self.state = state
        self.eventsPerSecondMax = eventsPerSecondMax
        self.bytesPerDayMax = bytesPerDayMax
        self.retentionDays = retentionDays
    }

    package var id: String { tenantID.text }
    package var tenant: TenantID { Ledger.provider }

    package func objection(at now: Timestamp) -> String? {
        if let objection = Self.checked(name, "name") { return objection }
        if [eventsPerSecondMax, bytesPerDayMax, retentionDays].contains(where: {
            $0.map { $0 < 1 } ?? false
        }) {
            return "Quotas and retention are at least 1; leave them out for no limit."
        }
        return nil
    }

    package var json: CanonicalJSON {
        .object([
            "id": .text(id), "name": .text(name), "group": .text(group),
            "state": .text(state.rawValue),
            "events_per_second_max": .integer(eventsPerSecondMax.map(Int64.init)),
            "bytes_per_day_max": .integer(bytesPerDayMax.map(Int64.init)),
            "retention_days": .integer(retentionDays.map(Int64.init)),
        ])
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text.flatMap(TenantID.init), let name = json["name"]?.text,
            let state = json["state"]?.text.flatMap(State.init)
        else { return nil }
        self.init(
            id: id, name: name, group: json["group"]?.text, state: state,
            eventsPerSecondMax: json["events_per_second_max"]?.integer.map(Int.init),
            bytesPerDayMax: json["bytes_per_day_max"]?.integer.map(Int.init),
            retentionDays: json["retention_days"]?.integer.map(Int.init))
    }
}

/// Where logs come from, and the token it shows.
package struct SourceRecord: RegistryValue {
    package static let kind = RegistryKind.source

    package let source: LogSourceID
    package let tenant: TenantID
    package var name: String
    /// What it is, e.g. `hec`, `syslog`.
    package var type: String
    /// SHA-256 of its 256-bit token; nil where it is known by a certificate or an address.
    package var tokenDigest: LedgerDigest?
    /// By which it is known, too; nil for none.
    package var certificate: Certificate?
    package var isDisabled: Bool

    /// A client certificate that a source may show instead of a token.
    package struct Certificate: Hashable, Sendable {
        /// SHA-256 of its DER bytes.
        package var digest: LedgerDigest
        /// When it was bound: of two sources with one certificate, the first has it.
        package var since: Timestamp

        package init(digest: LedgerDigest, since: Timestamp) {
            self.digest = digest
            self.since = since
        }
    }

    package init(
        id: LogSourceID, tenant: TenantID, name: String, type: String,
        tokenDigest: LedgerDigest?, certificate: Certificate? = nil, isDisabled: Bool = false
    ) {
        source = id
        self.tenant = tenant
        self.name = name
        self.type = type
        self.tokenDigest = tokenDigest
        self.certificate = certificate
        self.isDisabled = isDisabled
    }

    package var id: String { source.text }
    package var lookup: LedgerDigest? { tokenDigest }
    package func objection(at now: Timestamp) -> String? {
        Self.checked(name, "name") ?? Self.checked(type, "type")
    }

    package var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "id": .text(id), "tenant": .text(tenant.text), "name": .text(name),
            "type": .text(type), "token": .text(tokenDigest?.description),
            "disabled": .flag(isDisabled),
        ]
        if let certificate {
            members["certificate"] = .text(certificate.digest.description)
            members["certificate_since"] = .integer(certificate.since.nanoseconds)
        }
        return .object(members)
    }

    package init?(json: CanonicalJSON) {
        guard let id = json["id"]?.text.flatMap(LogSourceID.init),
            let tenant = json["tenant"]?.text.flatMap(TenantID.init),
            let name = json["name"]?.text, let type = json["type"]?.text
        else { return nil }
        self.init(
            id: id, tenant: tenant, name: name, type: type,
            tokenDigest: json["token"]?.text.flatMap(LedgerDigest.init(hex:)),
            certificate: json["certificate"]?.text.flatMap(LedgerDigest.init(hex:)).map {
                Certificate(
                    digest: $0,
                    since: Timestamp(nanoseconds: json["certificate_since"]?.integer ?? 0))
            },
            isDisabled: json["disabled"]?.flag ?? false)
    }
}
