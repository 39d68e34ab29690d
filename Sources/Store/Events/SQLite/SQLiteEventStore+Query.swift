package import Engine
internal import GRDB
package import Tenancy

extension SQLiteEventStore {
    package func events(
        matching query: EventQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> EventPage {
        try query.filter.check()
        return try await scanning(query, scope, bodies: true) { [limits] scans in
            var merge = try EventMerge(scans, newestFirst: query.newestFirst)
            var events: [StoredEvent] = []
            var bytes = 0
            while let scan = merge.first {
                if events.count == query.limit || bytes >= limits.pageBytesMax {
                    return EventPage(events: events, next: events.last?.cursor)
                }
                let event = try scan.event()
                bytes += event.bytes
                events.append(event)
                try merge.advance()
            }
            return EventPage(events: events, next: nil)
        }
    }

    package func count(
        matching query: EventQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> UInt64 {
        try query.filter.check()
        return try await scanning(query.whole, scope, bodies: false) { scans in
            var count: UInt64 = 0
            for scan in scans { while try scan.next() { count += 1 } }
            return count
        }
    }

    package func histogram(
        of query: EventQuery, width: Duration, in scope: TenantScope
    ) async throws(StoreFailure) -> [(start: Timestamp, count: UInt64)] {
        try query.filter.check()
        let width = try HistogramWidth(width)
        let counts = try await scanning(query.whole, scope, bodies: false) { scans in
            var counts: [Int64: UInt64] = [:]
            for scan in scans {
                while try scan.next() {
                    counts[width.start(of: scan.time.nanoseconds), default: 0] += 1
                    guard counts.count <= EventLimits.histogramBucketsMax else {
                        throw HistogramWidth.tooMany
                    }
                }
            }
            return counts
        }
        return counts.sorted { $0.key < $1.key }
            .map { (Timestamp(nanoseconds: $0.key), $0.value) }
    }

    package func topValues(
        of field: String, matching query: EventQuery, limit: Int, in scope: TenantScope
    ) async throws(StoreFailure) -> [(value: String, count: UInt64)] {
        try EventFilter.exists(field).check()
        try query.filter.check()
        let counts = try await scanning(query.whole, scope, bodies: true) { [limits] scans in
            var counts: [ArraySlice<UInt8>: UInt64] = [:]
            for scan in scans {
                let name = RowFilter.Name(field, scan.book)
                while try scan.next() {
                    try scan.eachValue(of: name) { value in
                        counts[value, default: 0] += 1
                        guard counts.count <= limits.distinctValuesMax else {
                            throw StoreFailure.tooManyValues
                        }
                    }
                }
            }
            return counts
        }
        let sorted = counts.sorted {
            $0.value == $1.value
                ? $0.key.lexicographicallyPrecedes($1.key) : $0.value > $1.value
        }
        return sorted.prefix(min(max(0, limit), EventLimits.topValuesMax))
            .map { (String(decoding: $0.key, as: UTF8.self), $0.value) }
    }

    /// Begins a walk for each tenant of the scope that has events.
    private func scanning<Answer: Sendable>(
        _ query: EventQuery, _ scope: TenantScope, bodies: Bool,
        _ body: @escaping @Sendable ([EventScan]) throws -> Answer
    ) async throws(StoreFailure) -> Answer {
        let deadline = ContinuousClock.now + limits.queryTime
        return try await reading { [shelf] database in
            var scans: [EventScan] = []
            for tenant in scope.tenants {
                guard let number = try EventWriter.number(of: tenant, database) else { continue }
                scans.append(
                    try EventScan(
                        query, of: tenant, numbered: number, database, shelf, until: deadline,
                        bodies: bodies))
            }
            return try body(scans)
        }
    }
}

/// The walks of several tenants as one, in the order of a query.
private struct EventMerge {
    /// Those with an event at hand; the first of them is the next one.
    private var scans: [EventScan]
    private let newestFirst: Bool

    init(_ all: [EventScan], newestFirst: Bool) throws {
        self.newestFirst = newestFirst
        var scans: [EventScan] = []
        for scan in all where try scan.next() { scans.append(scan) }
        scans.sort { Self.precedes($0, $1, newestFirst) }
        self.scans = scans
    }

    var first: EventScan? { scans.first }

    mutating func advance() throws {
        let scan = scans.removeFirst()
        guard try scan.next() else { return }
        let place = scans.firstIndex { Self.precedes(scan, $0, newestFirst) } ?? scans.count
        scans.insert(scan, at: place)
    }

    private static func precedes(
        _ left: EventScan, _ right: EventScan, _ newestFirst: Bool
    ) -> Bool {
        let isEarlier = (left.time, left.tenant) < (right.time, right.tenant)
        return isEarlier != newestFirst
    }
}

extension EventQuery {
    /// The query without its page.
    var whole: EventQuery {
        var query = self
        query.after = nil
        return query
    }
}

extension StoredEvent {
    var cursor: EventCursor { EventCursor(time: time, tenant: tenant, sequence: sequence) }
}

extension StoreFailure {
    static var tooManyValues: StoreFailure {
        StoreFailure(.limit, "the field has too many different values; ask for fewer events")
    }
}
