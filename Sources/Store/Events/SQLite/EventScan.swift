internal import Engine
internal import FoundationEssentials
internal import GRDB
internal import Tenancy

/// Walks the rows of one tenant that a query asks for, in its order.
///
/// Between rows it looks at the time it may take; what a row costs is bounded by the largest event.
final class EventScan {
    /// Rows between two looks at the clock.
    private static let rowsPerLook = 256

    let tenant: TenantID
    private let rows: RowCursor
    private let deadline: ContinuousClock.Instant
    private let filter: RowFilter
    private var untilLook = 1
    let book: WordBook
    private(set) var time = Timestamp(nanoseconds: 0)
    private(set) var sequence: UInt64 = 0
    private(set) var row = EventRow()
    private(set) var bytes: [UInt8] = []

    /// - Parameter bodies: false leaves bodies aside where the filter does not need them.
    init(
        _ query: EventQuery, of tenant: TenantID, numbered number: Int64, _ database: Database,
        _ shelf: WordShelf, until deadline: ContinuousClock.Instant, bodies: Bool
    ) throws {
        self.tenant = tenant
        self.deadline = deadline
        var conditions = ["tenant = ?"]
        var arguments: [Int64] = [number]
        func add(_ condition: String, _ values: Int64...) {
            conditions.append(condition)
            arguments += values
        }
        if let since = query.since { add("time >= ?", since.nanoseconds) }
        if let until = query.until { add("time < ?", until.nanoseconds) }
        if let after = query.after {
            let side = query.newestFirst ? "<" : ">"
            if tenant == after.tenant {
                add(
                    "(time, key) \(side) (?, ?)", after.time.nanoseconds,
                    EventSchema.key(number, after.sequence))
            } else if (after.tenant < tenant) != query.newestFirst {
                add("time \(side)= ?", after.time.nanoseconds)
            } else {
                add("time \(side) ?", after.time.nanoseconds)
            }
        }
        // The first read begins the transaction; a word book taken after it is not older than its rows.
        let needsBodies = bodies || query.filter != .everything
        let direction = query.newestFirst ? "DESC" : "ASC"
        rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT time, key\(needsBodies ? ", body" : "") FROM events
                WHERE \(conditions.joined(separator: " AND "))
                ORDER BY time \(direction), key \(direction)
                """, arguments: StatementArguments(arguments))
        book = try shelf.book(of: number, database)
        filter = RowFilter(query.filter, book)
        readsBodies = needsBodies
    }

    private let readsBodies: Bool

    /// Moves to the next event that the filter lets pass; false at the end.
    func next() throws -> Bool {
        while let found = try rows.next() {
            untilLook -= 1
            if untilLook == 0 {
                untilLook = Self.rowsPerLook
                guard ContinuousClock.now < deadline else { throw StoreFailure.tookTooLong }
            }
            time = Timestamp(nanoseconds: found[0])
            sequence = EventSchema.sequence(ofKey: found[1])
            guard readsBodies else { return true }
            let holds = try found.withUnsafeData(atIndex: 2) { data in
                try read(data ?? Data())
            }
            if holds { return true }
        }
        return false
    }

    private func read(_ data: Data) throws -> Bool {
        let bytes = [UInt8](data)
        do throws(Bytes.Malformed) {
            try row.read(bytes.span)
        } catch {
            throw StoreFailure.unreadableEvent
        }
        self.bytes = bytes
        return filter.holds(row, bytes.span)
    }

    func event() throws -> StoredEvent {
        let bytes = bytes
        do throws(Bytes.Malformed) {
            return try row.event(
                bytes.span, book, tenant: tenant, sequence: sequence, time: time)
        } catch {
            throw StoreFailure.unreadableEvent
        }
    }

    /// Shows each different value of a field of this event once.
    func eachValue(of name: RowFilter.Name, _ visit: (ArraySlice<UInt8>) throws -> Void) rethrows {
        let bytes = bytes
        var seen: [ArraySlice<UInt8>] = []
        _ = filter.anyValue(of: name, row, bytes.span) { text, range in
            var value: [UInt8] = []
            value.reserveCapacity(range.count)
            for index in range { value.append(text[index]) }
            if !seen.contains(value[...]) { seen.append(value[...]) }
            return false
        }
        for value in seen { try visit(value) }
    }
}

extension StoreFailure {
    static var unreadableEvent: StoreFailure {
        StoreFailure(.damaged, "an event of the store cannot be read; rebuild the event store")
    }

    static var tookTooLong: StoreFailure {
        StoreFailure(
            .limit, "the question took longer than it may; ask for less time or a rarer thing")
    }
}
