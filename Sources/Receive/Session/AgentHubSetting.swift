package import Engine
internal import FoundationEssentials
package import Listen
package import Logging
package import NIOCore
package import Store
package import Tenancy
package import Watch

/// What the hub works with.
package struct AgentHubSetting: Sendable {
    package var address: ListenAddress
    package var authority: AgentAuthority
    package var ledger: Ledger
    package var scopes: ServiceScopes
    /// Makes records durable; see `IntakeDesk`.
    package var take: @Sendable (Delivery) async -> Result<[IntakeOutcome], IntakeRefusal>
    /// Puts a notice into the tenant's log.
    package var notice: @Sendable (AgentNotice, TenantID) async -> Void
    /// Where a tenant's progress is kept.
    package var folder: @Sendable (TenantID) -> String
    /// Of connections, and of the disk.
    package var group: any EventLoopGroup
    package var diskLoops: any EventLoopGroup
    package var clock: @Sendable () -> Timestamp
    package var random: @Sendable () -> UInt64
    package var log: Logger
    /// How long an agent's certificate lasts.
    package var certificateSeconds = 14.0 * 86_400
    /// Gone so long without a word, an agent is told of. Dead connections are known within 15 s, so this is within a minute.
    package var silentSeconds: Int64 = 30
    package var healthSeconds: UInt32 = 15
    package var agentsMax = 10_000

    package init(
        address: ListenAddress, authority: AgentAuthority, ledger: Ledger, scopes: ServiceScopes,
        take: @escaping @Sendable (Delivery) async -> Result<[IntakeOutcome], IntakeRefusal>,
        notice: @escaping @Sendable (AgentNotice, TenantID) async -> Void,
        folder: @escaping @Sendable (TenantID) -> String, group: any EventLoopGroup,
        diskLoops: any EventLoopGroup, clock: @escaping @Sendable () -> Timestamp,
        random: @escaping @Sendable () -> UInt64, log: Logger
    ) {
        self.address = address
        self.authority = authority
        self.ledger = ledger
        self.scopes = scopes
        self.take = take
        self.notice = notice
        self.folder = folder
        self.group = group
        self.diskLoops = diskLoops
        self.clock = clock
        self.random = random
        self.log = log
    }

    func scope(
        _ action: Permission.Action, _ resource: Permission.Resource, in tenant: TenantID
    ) throws(StoreFailure) -> TenantScope {
        try scopes.scope(Permission(action, resource), in: tenant)
    }
}

extension Timestamp {
    var date: Date { Date(timeIntervalSince1970: Double(nanoseconds) / 1e9) }
    func adding(seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: nanoseconds + seconds * 1_000_000_000)
    }
}
