package import Store
package import Tenancy

/// Where things lie in the data folder.
///
///     DATA/keys/TENANT.key            the tenant's key; destroying it is the proof of deletion
///     DATA/keys/local.api-key             the API key of commands on the same machine
///     DATA/tls/                       the server's own certificate authority
///     DATA/tenants/TENANT/archive/    the truth
///     DATA/tenants/TENANT/engine/     snapshots of the engine, which can be made anew
///     DATA/tenants/TENANT/rules/      the tenant's own rules, laid over the provider's
///     DATA/tenants/TENANT/follow/     how far files were followed
///     DATA/tenants/TENANT/agents/     how far each agent got
///     DATA/keys/agents/                   the authority of agents, and the key of policies and orders
///     DATA/content/                   content versions that logs name
///     DATA/events/                    searchable events, which can be made anew
///     DATA/lock                       held by whoever writes here
///     DATA/ledger/                    cases, people, the record of every act
package struct DataFolder: Hashable, Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package var keys: String { path + "/keys" }
    /// The API key of commands on the same machine.
    package var localKey: String { keys + "/local.api-key" }
    /// The server's own certificate authority.
    package var tls: String { path + "/tls" }
    package var content: String { path + "/content" }
    package var events: String { path + "/events" }
    package var ledger: String { path + "/ledger" }
    package var ledgerKeys: String { keys + "/ledger.key" }
    package var tenants: String { path + "/tenants" }
    package var lock: String { path + "/lock" }
    package func tenant(_ tenant: TenantID) -> String { "\(path)/tenants/\(tenant)" }
    package func archive(_ tenant: TenantID) -> String { self.tenant(tenant) + "/archive" }
    package func engine(_ tenant: TenantID) -> String { self.tenant(tenant) + "/engine" }
    package func rules(_ tenant: TenantID) -> String { self.tenant(tenant) + "/rules" }
    package func follow(_ tenant: TenantID) -> String { self.tenant(tenant) + "/follow" }
    package func agents(_ tenant: TenantID) -> String { self.tenant(tenant) + "/agents" }
    /// The authority of agents, and the key of policies and orders.
    package var agentKeys: String { keys + "/agents" }
    package func key(_ tenant: TenantID) -> String { "\(keys)/\(tenant).key" }

    /// Makes every folder that a server needs.
    package func make() throws(StoreFailure) {
        for folder in [content, events, ledger] { try StateFiles.makeFolder(folder) }
        try StateFiles.makeFolder(keys, mode: 0o700)
    }
}
