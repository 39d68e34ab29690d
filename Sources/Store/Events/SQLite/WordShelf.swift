internal import FoundationEssentials
internal import GRDB
internal import Synchronization

/// The word books of all tenants, in memory: at any time they hold every word that a committed row uses.
final class WordShelf: Sendable {
    /// Words of all tenants together; further ones are written out in their rows.
    static let wordsMax = 262_144

    private struct State {
        var books: [Int64: WordBook] = [:]
        /// Room for further words.
        var room = WordShelf.wordsMax
    }

    private let state = Mutex(State())

    /// A copy to read rows with. Take it after the transaction that reads has begun, so that it is not older.
    func book(of tenant: Int64, _ database: Database) throws -> WordBook {
        if let book = state.withLock({ $0.books[tenant] }) { return book }
        return try load(tenant, database)
    }

    /// Takes the book out to add to it; ``put(_:room:for:)`` brings it back.
    func take(_ tenant: Int64, _ database: Database) throws -> (book: WordBook, room: Int) {
        let book = try book(of: tenant, database)
        return (book, state.withLock { $0.room })
    }

    func put(_ book: WordBook, room: Int, for tenant: Int64) {
        state.withLock {
            $0.books[tenant] = book
            $0.room = room
        }
    }

    /// Reads all books anew when they are next asked for.
    func forget() { state.withLock { $0 = State() } }

    private func load(_ tenant: Int64, _ database: Database) throws -> WordBook {
        var words: [[UInt8]] = []
        let sql = "SELECT word FROM words WHERE tenant = ? ORDER BY number"
        let rows = try Row.fetchCursor(database, sql: sql, arguments: [tenant])
        while let row = try rows.next() {
            words.append(try row.withUnsafeData(atIndex: 0) { Array($0 ?? .init()) })
        }
        let loaded = WordBook(words: words)
        return state.withLock { state in
            // Whoever was first may have added words since.
            if let book = state.books[tenant] { return book }
            state.books[tenant] = loaded
            state.room -= loaded.words.count
            return loaded
        }
    }
}
