package import Engine
package import Receive
package import Report
package import Store
package import Tenancy

/// What the console asks of the running watch, beside its ledger and its events. The program gives it.
package protocol WatchDesk: Sendable {
    /// A record as it was received; nil where there is none of that sequence.
    ///
    /// - Parameter scope: allows `read events`.
    func record(
        _ sequence: UInt64, of tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> RawRecord?

    /// - Parameter scope: allows `read sources`; of its tenants only.
    func sourceHealth(in scope: TenantScope) async throws(StoreFailure) -> [SourceHealth]

    /// Whose a client certificate is already; nil where it is nobody's.
    ///
    /// - Parameter fingerprint: SHA-256 of its DER bytes, 64 lower-case hex digits.
    func binding(forCertificate fingerprint: String) -> (tenant: TenantID, source: LogSourceID)?

    /// - Parameter scope: allows `read rules`; of its tenants only.
    func rules(in scope: TenantScope) async throws(StoreFailure) -> [RuleInForce]

    /// One rule in force, with what it asks; nil where the tenant has none of that id.
    ///
    /// - Parameter scope: allows `read rules` in `tenant`.
    func rule(
        _ id: String, of tenant: TenantID, in scope: TenantScope
    ) async throws(StoreFailure) -> RuleReading?

    /// What is wrong with rule files, at most ``RuleFault/perTenantMax`` a tenant.
    ///
    /// - Parameter scope: allows `read rules`; of its tenants only.
    func ruleFaults(in scope: TenantScope) async throws(StoreFailure) -> [RuleFault]

    /// Loads rules anew; those in force stay where one of the new ones is wrong.
    ///
    /// - Parameter scope: allows `update rules` in `kagari-provider`.
    /// - Returns: how many are in force, and why some are not.
    func reloadRules(in scope: TenantScope) async throws(StoreFailure) -> RuleReload

    /// ATT&CK techniques by id (`T1059.001`); empty where the content has none.
    var techniques: [String: Technique] { get }

    /// How each tenant's log is worked on.
    ///
    /// - Parameter scope: allows `read health`; of its tenants only.
    func lanes(in scope: TenantScope) async throws(StoreFailure) -> [LaneHealth]

    /// The machine and what listens on it. For whoever may `read health` in the provider; the caller has made sure.
    func machine() async -> MachineHealth

    /// What is not well; empty where everything works. Asked by `/readyz`; answers at once.
    func complaints() async -> [String]

    /// What `/metrics` shows beside the console's own.
    func figures() async -> [Figure]

    /// Those on hosts; nil where the server takes none.
    var agents: AgentHub? { get }
}

extension WatchDesk {
    package var agents: AgentHub? { nil }
}

package struct RawRecord: Sendable {
    package let source: LogSourceID
    package let received: Timestamp
    /// What the sender said of it beside, the text of a JSON object; empty where it said nothing.
    package let labels: [UInt8]
    /// As the sender wrote them; may be of any encoding.
    package let bytes: [UInt8]

    package init(
        source: LogSourceID, received: Timestamp, labels: [UInt8], bytes: [UInt8]
    ) {
        self.source = source
        self.received = received
        self.labels = labels
        self.bytes = bytes
    }
}

package struct RuleReload: Hashable, Sendable {
    package let inForce: Int
    package let faults: [String]

    package init(inForce: Int, faults: [String]) {
        self.inForce = inForce
        self.faults = faults
    }
}

/// One number of `/metrics`.
package struct Figure: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case counter, gauge
    }

    /// `kagari_` and letters, digits and `_`.
    package let name: String
    package let explanation: String
    package let kind: Kind
    package let labels: [Label]
    package let value: Int64

    package struct Label: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(
        _ name: String, _ kind: Kind, _ explanation: String, labels: [Label] = [], value: Int64
    ) {
        self.name = name
        self.explanation = explanation
        self.kind = kind
        self.labels = labels
        self.value = value
    }
}
