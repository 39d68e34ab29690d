import Console
import Engine
import Foundation
import Store
import Tenancy
import Watch

/// What a new data folder begins with: a tenant, a source, and a token that is shown once.
struct FirstStart {
    let ledger: Ledger

    /// Whoever may start the service may do everything in it.
    static let operatorName = LocalKey.operatorName

    /// - Parameter intake: where senders reach the service; nil where they do not.
    func run(demo: Bool, intake: String?) async throws {
        let scope = try Self.scope(Permission(.read, .tenants))
        let known = try await ledger.values(TenantRecord.self, in: scope).map(\.value.tenantID)
            .filter { $0 != Ledger.provider }
        if known.isEmpty, let main = TenantID("main"), let first = LogSourceID("first") {
            try await make(main, name: "Main")
            let token = try await Self.makeSource(first, of: main, type: "http", in: ledger)
            Machine.tell(
                """
                kagari: this data folder is new: made the tenant `main` and its source `first`.
                kagari: its token, shown this once: \(token)

                """)
            if let intake {
                Machine.tell(
                    """
                    kagari: try it:
                      curl \(intake)/services/collector/event \\
                        -H 'Authorization: Splunk \(token)' -d '{"event":{"message":"hello"}}'

                    """)
            }
        }
        if demo, let tenant = TenantID("demo"), !known.contains(tenant) {
            try await make(tenant, name: "Demonstration")
        }
    }

    /// Keeps the key of this machine's commands in `path`, readable by the service's own user alone.
    func keepLocalKey(in path: String) async throws {
        var random = SystemRandomNumberGenerator()
        let kept = (try? String(contentsOfFile: path, encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let token = try await LocalKey.renew(
            kept: kept, in: ledger, now: Machine.now, using: &random)
        guard let token else { return }
        let folder = (path as NSString).deletingLastPathComponent
        let name = (path as NSString).lastPathComponent
        try StateFiles.write(Array((token.reveal() + "\n").utf8), as: name, in: folder, mode: 0o600)
    }

    private func make(_ tenant: TenantID, name: String) async throws {
        try await ledger.create(
            TenantRecord(id: tenant, name: name), now: Machine.now,
            in: Self.scope(Permission(.create, .tenants)))
    }

    /// - Returns: the token, which is kept nowhere.
    static func makeSource(
        _ source: LogSourceID, of tenant: TenantID, type: String, in ledger: Ledger
    ) async throws -> String {
        var random = SystemRandomNumberGenerator()
        let token = SecretToken(.intake, using: &random)
        try await ledger.create(
            SourceRecord(
                id: source, tenant: tenant, name: source.text, type: type,
                tokenDigest: LedgerDigest(token.digest.bytes)),
            now: Machine.now, in: scope(Permission(.create, .sources), in: tenant))
        return token.reveal()
    }

    static func scope(
        _ permission: Permission, in tenant: TenantID = Ledger.provider
    ) throws -> TenantScope {
        guard let id = PrincipalID(operatorName) else {
            throw UserError("the operator has no name")
        }
        let person = Principal(
            id: id, name: "Operator of this machine", grants: [.init(.providerAdmin, in: .all)])
        do {
            return try Policy().authorize(person, to: permission, in: [tenant])
        } catch {
            throw UserError("the operator may not \(permission) in \(tenant)")
        }
    }
}
