import GRDB

/// The way from any earlier version of the tables to this one: forward only, one transaction.
enum LedgerMigrations {
    /// Step n leads from version n to version n + 1. A step that was released is never changed.
    static let steps: [@Sendable (Database) throws -> Void] = [
        { db in try db.execute(sql: LedgerSchema.version1) }
    ]

    static var version: Int { steps.count }

    static func version(of db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }

    /// - Throws: ``StoreFailure`` of code `refused` where the file was written by a later version.
    static func migrate(_ db: Database) throws {
        let found = try version(of: db)
        guard found <= version else {
            throw StoreFailure(
                .refused,
                "The ledger has version \(found), this program knows \(version); start the newer program."
            )
        }
        for step in steps[found...] { try step(db) }
        if found < version { try db.execute(sql: "PRAGMA user_version = \(version)") }
    }
}
