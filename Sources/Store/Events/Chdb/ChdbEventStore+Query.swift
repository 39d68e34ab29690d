package import Engine
package import Tenancy

extension ChdbEventStore {
    package func events(
        matching query: EventQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> EventPage {
        try query.filter.check()
        let direction = query.newestFirst ? "DESC" : "ASC"
        // With one tenant this is the table's own order, which is read from its end.
        let order =
            scope.tenants.count == 1
            ? ["tenant", "time", "sequence"] : ["time", "tenant", "sequence"]
        let rows = try await question(
            """
            SELECT toString(tenant), time, sequence, received, toString(source), toString(kind), \
            CAST(host, 'Nullable(String)'), CAST(user, 'Nullable(String)'), toString(names), values \
            FROM events WHERE \(ChdbSQL.condition(query, scope.tenants)) \
            ORDER BY \(order.map { "\($0) \(direction)" }.joined(separator: ", ")) \
            LIMIT \(query.limit + 1)
            """)
        var events: [StoredEvent] = []
        var bytes = 0
        for row in rows {
            if events.count == query.limit || bytes >= limits.pageBytesMax {
                return EventPage(events: events, next: events.last?.cursor)
            }
            let event = try Self.event(row)
            bytes += event.bytes
            events.append(event)
        }
        return EventPage(events: events, next: nil)
    }

    package func count(
        matching query: EventQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> UInt64 {
        try query.filter.check()
        let rows = try await question(
            "SELECT count() FROM events WHERE \(ChdbSQL.condition(query.whole, scope.tenants))")
        return try rows.first?.first?.unsigned() ?? 0
    }

    package func histogram(
        of query: EventQuery, width: Duration, in scope: TenantScope
    ) async throws(StoreFailure) -> [(start: Timestamp, count: UInt64)] {
        try query.filter.check()
        let width = try HistogramWidth(width)
        // The bucket that holds the earliest moment starts there and not before it.
        let earliest = ChdbSQL.number(.min)
        let rows = try await question(
            """
            SELECT if(time >= \(earliest) + into, time - into, \(earliest)) AS start, count() FROM ( \
            SELECT time, toInt64(positiveModulo(time, toInt64(\(width.nanoseconds)))) AS into \
            FROM events WHERE \(ChdbSQL.condition(query.whole, scope.tenants))) \
            GROUP BY start ORDER BY start LIMIT \(EventLimits.histogramBucketsMax + 1)
            """)
        guard rows.count <= EventLimits.histogramBucketsMax else { throw HistogramWidth.tooMany }
        var bars: [(start: Timestamp, count: UInt64)] = []
        for row in rows {
            bars.append((Timestamp(nanoseconds: try row[0].signed()), try row[1].unsigned()))
        }
        return bars
    }

    package func topValues(
        of field: String, matching query: EventQuery, limit: Int, in scope: TenantScope
    ) async throws(StoreFailure) -> [(value: String, count: UInt64)] {
        try EventFilter.exists(field).check()
        try query.filter.check()
        guard limit > 0 else { return [] }
        let rows = try await question(
            """
            SELECT value, number, count() OVER () FROM ( \
            SELECT arrayJoin(\(ChdbSQL.values(of: field))) AS value, count() AS number \
            FROM events WHERE \(ChdbSQL.condition(query.whole, scope.tenants)) GROUP BY value) \
            ORDER BY number DESC, value ASC LIMIT \(min(limit, EventLimits.topValuesMax))
            """)
        guard try rows.first?[2].unsigned() ?? 0 <= UInt64(limits.distinctValuesMax) else {
            throw .tooManyValues
        }
        var values: [(value: String, count: UInt64)] = []
        for row in rows { values.append((try row[0].string(), try row[1].unsigned())) }
        return values
    }

    private static func event(_ row: [ChdbAnswer.Cell]) throws(StoreFailure) -> StoredEvent {
        guard row.count == EventColumns.columns.count,
            let tenant = TenantID(try row[0].string()),
            let source = LogSourceID(try row[4].string())
        else { throw .unreadableEvent }
        let names = parts(try row[8].bytes())
        let values = parts(try row[9].bytes())
        guard names.count == values.count else { throw .unreadableEvent }
        return StoredEvent(
            tenant: tenant, sequence: try row[2].unsigned(),
            time: Timestamp(nanoseconds: try row[1].signed()),
            received: Timestamp(nanoseconds: try row[3].signed()), source: source,
            kind: try row[5].string(), host: try row[6].optional(), user: try row[7].optional(),
            fields: zip(names, values).map { StoredEvent.Field(name: $0, value: $1) })
    }

    /// Texts that each end in ``EventColumns/end``.
    private static func parts(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: EventColumns.end, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
