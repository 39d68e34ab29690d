package import Engine
internal import GRDB
internal import Synchronization
package import Tenancy

/// Events in one SQLite file: always there, for small installs, tests, and where chDB cannot be loaded.
///
/// A row is a key (tenant and sequence), a time and a compact body; one index by tenant and time. Questions walk that
/// index and test bodies as they lie (``RowFilter``), so no part of a filter ever becomes SQL. One writer, four readers.
package final class SQLiteEventStore: EventStore {
    /// Events of one transaction.
    static let transactionEventsMax = 10_000
    static let fileName = "events.sqlite"

    package let name: String
    let pool: DatabasePool
    let limits: EventLimits
    private let lock: Mutex<StoreLock?>
    let shelf = WordShelf()

    /// - Parameter folder: is made where it is missing.
    package init(folder: String, limits: EventLimits = EventLimits()) throws(StoreFailure) {
        try StoreFailure.makeFolder(folder)
        lock = Mutex(try StoreLock(folder: folder))
        self.limits = limits
        do {
            pool = try DatabasePool(
                path: folder + "/" + Self.fileName, configuration: EventSchema.configuration())
            try pool.write(EventSchema.prepare)
            let version = try pool.read {
                try String.fetchOne($0, sql: "SELECT sqlite_version()") ?? ""
            }
            name = "sqlite " + version.split(separator: ".").prefix(2).joined(separator: ".")
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw StoreFailure(sqlite: error)
        }
    }

    package func write(_ events: [StoredEvent]) async throws(StoreFailure) {
        for event in events { try event.check() }
        var start = 0
        while start < events.count {
            let end = min(start + Self.transactionEventsMax, events.count)
            let slice = events[start..<end]
            try await writing { [shelf] database in
                do {
                    try EventWriter.write(slice, to: database, shelf)
                } catch {
                    // Words of a transaction that is undone were never kept.
                    shelf.forget()
                    throw error
                }
            }
            start = end
        }
    }

    package func writtenUpTo(_ tenant: TenantID) async throws(StoreFailure) -> UInt64 {
        try await reading { database in
            let sql = "SELECT written FROM tenants WHERE id = ?"
            return UInt64(try Int64.fetchOne(database, sql: sql, arguments: [tenant.text]) ?? 0)
        }
    }

    package func erase(_ tenant: TenantID, before time: Timestamp) async throws(StoreFailure) {
        while try await eraseSome("tenant = ? AND time < ?", tenant, { [$0, time.nanoseconds] }) {}
    }

    package func erase(
        _ tenant: TenantID, through sequence: UInt64
    ) async throws(StoreFailure) {
        let last = min(sequence, EventLimits.sequenceMax)
        while try await eraseSome(
            "key BETWEEN ? AND ?", tenant,
            { [EventSchema.key($0, 0), EventSchema.key($0, last)] })
        {}
        try await emptyLog()
    }

    package func erase(_ tenant: TenantID) async throws(StoreFailure) {
        while try await eraseSome("tenant = ?", tenant, { [$0] }) {}
        try await writing { [shelf] database in
            guard let number = try EventWriter.number(of: tenant, database) else { return }
            shelf.forget()
            for sql in [
                "DELETE FROM events WHERE tenant = ?", "DELETE FROM words WHERE tenant = ?",
                "DELETE FROM tenants WHERE number = ?",
            ] {
                try database.execute(sql: sql, arguments: [number])
            }
        }
        try await emptyLog()
    }

    /// Pages as they were before stay in the write-ahead log until it is emptied.
    private func emptyLog() async throws(StoreFailure) {
        do {
            try await pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch {
            throw StoreFailure(sqlite: error)
        }
    }

    /// Erases a slice of what holds for `values` of the tenant's number, so that writing may go on between slices; false when none is left.
    private func eraseSome(
        _ condition: String, _ tenant: TenantID,
        _ values: @escaping @Sendable (Int64) -> [Int64]
    ) async throws(StoreFailure) -> Bool {
        try await writing { database in
            guard let number = try EventWriter.number(of: tenant, database) else { return false }
            let sql = """
                DELETE FROM events WHERE key IN (
                    SELECT key FROM events WHERE \(condition) LIMIT \(Self.transactionEventsMax))
                """
            try database.execute(sql: sql, arguments: StatementArguments(values(number)))
            return database.changesCount == Self.transactionEventsMax
        }
    }

    package func close() async throws(StoreFailure) {
        do {
            try pool.close()
        } catch {
            throw StoreFailure(sqlite: error)
        }
        lock.withLock { $0 = nil }
    }

    // MARK: the file

    func reading<Answer: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Answer
    ) async throws(StoreFailure) -> Answer {
        do {
            return try await pool.read(body)
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw StoreFailure(sqlite: error)
        }
    }

    private func writing<Answer: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Answer
    ) async throws(StoreFailure) -> Answer {
        do {
            return try await pool.write(body)
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw StoreFailure(sqlite: error)
        }
    }
}
