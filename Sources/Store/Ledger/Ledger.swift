package import Engine
import GRDB
import Synchronization
package import Tenancy

/// Cases, verdicts, people's accounts, and the record of every act: one SQLite file for the server, a hash chain for each tenant.
///
/// Every write is one transaction that appends entries to a chain and changes the tables that the entries say. It is durable when the
/// call returns.
package final class Ledger: Sendable {
    /// Chain and home of what belongs to no customer: tenants, the provider's people, the server itself.
    package static let provider = named(TenantTag.self, "kagari-provider")
    /// Who acts where the service itself does.
    package static let service = named(PrincipalTag.self, "kagari-service")

    let pool: DatabasePool
    package let keys: LedgerKeys
    /// How long a chain goes on without a signed head.
    package let headInterval: Duration
    private let random: Mutex<any RandomNumberGenerator & Sendable>
    private let lock: LedgerLock

    /// Opens `ledger.sqlite` in `folder`, or makes it, and brings its tables to this version.
    ///
    /// - Throws: ``StoreFailure``: `locked` where another process has it open, `missing` where the folder is not there.
    package static func open(
        in folder: String, keys: LedgerKeys, now: Timestamp,
        random: any RandomNumberGenerator & Sendable, headInterval: Duration = .seconds(60)
    ) async throws(StoreFailure) -> Ledger {
        let lock = try LedgerLock(folder: folder)
        let ledger = try Ledger(
            folder: folder, keys: keys, random: random, headInterval: headInterval, lock: lock)
        try await ledger.write { db in
            try LedgerMigrations.migrate(db)
            var transaction = LedgerTransaction(
                db: db, ledger: ledger, actor: Self.service, time: now)
            try transaction.foundProvider()
        }
        return ledger
    }

    package static func path(in folder: String) -> String { "\(folder)/ledger.sqlite" }

    private init(
        folder: String, keys: LedgerKeys, random: any RandomNumberGenerator & Sendable,
        headInterval: Duration, lock: LedgerLock
    ) throws(StoreFailure) {
        self.keys = keys
        self.random = Mutex(random)
        self.headInterval = headInterval
        self.lock = lock
        do {
            pool = try DatabasePool(
                path: Self.path(in: folder), configuration: Self.configuration())
        } catch {
            throw StoreFailure(ledger: error)
        }
    }

    static func configuration(readOnly: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 4
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            guard !readOnly else { return }
            // NORMAL would let the last transactions go at a power cut; what was answered must stay.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA secure_delete = ON")
        }
        return configuration
    }

    /// Signs the chains' heads and lets go of the file.
    package func close(now: Timestamp) async throws(StoreFailure) {
        _ = try await signHeads(now: now)
        do { try pool.close() } catch { throw StoreFailure(ledger: error) }
        lock.release()
    }

    func salt() -> [UInt8] { randomBytes(LedgerEntry.saltBytes) }

    func randomBytes(_ count: Int) -> [UInt8] {
        random.withLock { random in
            (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        }
    }

    // MARK: - Transactions

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFailure) -> Value {
        do { return try await pool.read(body) } catch { throw StoreFailure(ledger: error) }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFailure) -> Value {
        do { return try await pool.write(body) } catch { throw StoreFailure(ledger: error) }
    }

    /// One transaction in somebody's name.
    func act<Value: Sendable>(
        in scope: TenantScope, now: Timestamp,
        _ body: @escaping @Sendable (inout LedgerTransaction) throws -> Value
    ) async throws(StoreFailure) -> Value {
        try await write { db in
            var transaction = LedgerTransaction(
                db: db, ledger: self, actor: scope.principal, time: now)
            let value = try body(&transaction)
            try transaction.signDueHeads()
            return value
        }
    }
}

private func named<Kind>(_: Kind.Type, _ text: String) -> Identifier<Kind> {
    guard let name = Identifier<Kind>(text) else {
        preconditionFailure("a constant name is well formed")
    }
    return name
}

extension TenantScope {
    /// - Throws: ``StoreFailure`` of code `refused` unless this scope allows just that in that tenant.
    func require(_ permission: Permission, in tenant: TenantID) throws(StoreFailure) {
        try require(permission)
        guard covers(tenant) else {
            throw StoreFailure(.refused, "The scope does not reach that tenant.")
        }
    }

    func require(_ permission: Permission) throws(StoreFailure) {
        guard self.permission == permission else {
            throw StoreFailure(
                .refused, "The scope is for ‘\(self.permission)’; this needs ‘\(permission)’.")
        }
        guard tenants.count <= LedgerLimits.tenantsMax else {
            throw StoreFailure(
                .tooLarge, "More than \(LedgerLimits.tenantsMax) tenants in one scope.")
        }
    }
}
