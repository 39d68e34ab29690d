internal import Engine
package import Store
internal import Synchronization
package import Tenancy

/// Whom the server knows, in memory: asked at every connection, and of every connection again and again.
package final class AgentDirectory: Sendable {
    package struct Key: Hashable, Sendable {
        package let tenant: TenantID
        package let agent: LogSourceID

        package init(_ tenant: TenantID, _ agent: LogSourceID) {
            self.tenant = tenant
            self.agent = agent
        }
    }

    package enum Verdict: Hashable, Sendable {
        case wanted(AgentRecord)
        case unknown
        case revoked
    }

    private let known = Mutex<[Key: AgentRecord]>([:])

    package init() {}

    package func replace(with records: [AgentRecord]) {
        let found = Dictionary(
            records.map { (Key($0.tenant, $0.source), $0) }, uniquingKeysWith: { $1 })
        known.withLock { $0 = found }
    }

    package func keep(_ record: AgentRecord) {
        known.withLock { $0[Key(record.tenant, record.source)] = record }
    }

    package func record(_ key: Key) -> AgentRecord? { known.withLock { $0[key] } }

    /// - Parameter certificate: SHA-256 of what it showed.
    package func judge(_ key: Key, certificate: LedgerDigest) -> Verdict {
        guard let record = record(key) else { return .unknown }
        guard record.revoked == nil else { return .revoked }
        guard record.certificate == certificate || record.nextCertificate == certificate else {
            return .unknown
        }
        return .wanted(record)
    }
}
