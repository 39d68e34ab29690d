internal import GRDB

/// The tables of the SQLite event store.
enum EventSchema {
    /// Of `PRAGMA user_version`. A file of another version is refused: events are made again from the archive.
    static let version = 1
    /// Tenants that one file can number.
    static let tenantsMax: Int64 = 32_767

    static let statements = """
        CREATE TABLE tenants(
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            written INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE words(
            tenant INTEGER NOT NULL,
            number INTEGER NOT NULL,
            word BLOB NOT NULL,
            PRIMARY KEY (tenant, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE events(
            key INTEGER PRIMARY KEY,
            tenant INTEGER NOT NULL,
            time INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE INDEX events_by_time ON events(tenant, time);
        """

    /// Tenant and sequence in one number, so that an event's identity is the row's own.
    static func key(_ tenant: Int64, _ sequence: UInt64) -> Int64 {
        precondition(tenant <= tenantsMax && sequence <= EventLimits.sequenceMax)
        return tenant << 48 | Int64(sequence)
    }

    static func sequence(ofKey key: Int64) -> UInt64 {
        UInt64(key) & EventLimits.sequenceMax
    }

    static func prepare(_ database: Database) throws {
        switch try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0 {
        case version: break
        case 0:
            try database.execute(sql: statements)
            try database.execute(sql: "PRAGMA user_version = \(version)")
        case let other:
            throw StoreFailure(
                .refused,
                "the event store was made by another version of Kagari (its tables are of version"
                    + " \(other), this one knows \(version)); remove the folder and rebuild it")
        }
    }

    static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.maximumReaderCount = 4
        // What is written at once is bounded, so waiting ends.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // A power cut may take the last commits, never the file's order; they are replayed.
            try database.execute(
                sql: """
                    PRAGMA synchronous = NORMAL;
                    PRAGMA cache_size = -8192;
                    PRAGMA journal_size_limit = 67108864;
                    PRAGMA secure_delete = ON;
                    PRAGMA temp_store = FILE;
                    """)
        }
        return configuration
    }
}

extension StoreFailure {
    /// What SQLite refused.
    init(sqlite error: any Error) {
        guard let error = error as? DatabaseError else {
            self.init(.refused, "the event store was interrupted", cause: "\(error)")
            return
        }
        // GRDB's description holds the statement's values; the message does not.
        let cause = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "")"
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.diskFull, "the disk of the event store is full; make room", cause: cause)
        case .SQLITE_READONLY:
            self.init(.readOnly, "the event store cannot be written", cause: cause)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(
                .damaged, "the event store is damaged; remove its folder and rebuild it",
                cause: cause)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.locked, "another program has the event store's file", cause: cause)
        case .SQLITE_CANTOPEN:
            self.init(.missing, "the event store's file cannot be opened", cause: cause)
        case .SQLITE_TOOBIG: self.init(.tooLarge, "an event is too large", cause: cause)
        case .SQLITE_MISUSE:
            self.init(.refused, "the event store is closed", cause: cause)
        default: self.init(.refused, "the event store refused", cause: cause)
        }
    }
}
