internal import Engine
internal import FoundationEssentials
internal import GRDB
internal import Tenancy

/// Puts events into rows, within one transaction of the writer.
enum EventWriter {
    static func write(
        _ events: ArraySlice<StoredEvent>, to database: Database, _ shelf: WordShelf
    ) throws {
        let insert = try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO events(key, tenant, time, body) VALUES (?, ?, ?, ?)")
        var first = events.startIndex
        while first < events.endIndex {
            // Neighbours of one tenant share its word book.
            let tenant = events[first].tenant
            let end = events[first...].firstIndex { $0.tenant != tenant } ?? events.endIndex
            try write(events[first..<end], of: tenant, insert, database, shelf)
            first = end
        }
    }

    private static func write(
        _ events: ArraySlice<StoredEvent>, of tenant: TenantID, _ insert: Statement,
        _ database: Database, _ shelf: WordShelf
    ) throws {
        let number = try number(of: tenant, database) ?? add(tenant, database)
        var (book, room) = try shelf.take(number, database)
        var body: [UInt8] = []
        var highest: UInt64 = 0
        for event in events {
            body.removeAll(keepingCapacity: true)
            EventRow.append(event, book: &book, room: &room, to: &body)
            insert.setUncheckedArguments([
                EventSchema.key(number, event.sequence), number, event.time.nanoseconds,
                Data(body),
            ])
            try insert.execute()
            highest = max(highest, event.sequence)
        }
        if book.kept < book.words.count {
            let insert = try database.cachedStatement(
                sql: "INSERT INTO words(tenant, number, word) VALUES (?, ?, ?)")
            for index in book.kept..<book.words.count {
                try insert.execute(arguments: [number, index, Data(book.words[index])])
            }
            book.markKept()
        }
        // Before the commit, so that whoever reads the rows finds their words.
        shelf.put(book, room: room, for: number)
        try database.cachedStatement(
            sql: "UPDATE tenants SET written = max(written, ?) WHERE number = ?"
        ).execute(arguments: [Int64(highest), number])
    }

    /// Nil where the tenant has no events yet.
    static func number(of tenant: TenantID, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT number FROM tenants WHERE id = ?"),
            arguments: [tenant.text])
    }

    private static func add(_ tenant: TenantID, _ database: Database) throws -> Int64 {
        try database.execute(
            sql: "INSERT INTO tenants(id, written) VALUES (?, 0)", arguments: [tenant.text])
        let number = database.lastInsertedRowID
        guard number <= EventSchema.tenantsMax else {
            throw StoreFailure(.tooLarge, "the event store has 32,767 tenants; it takes no more")
        }
        return number
    }
}
