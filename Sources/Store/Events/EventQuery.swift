package import Engine
package import Tenancy

/// What is asked of the past. The tenants come from the scope, never from the query.
package struct EventQuery: Hashable, Sendable {
    package static let limitMax = 10_000

    /// Half open; nil is without an end.
    package var since: Timestamp?
    package var until: Timestamp?
    package var filter: EventFilter
    package var newestFirst: Bool
    /// 1...``limitMax``.
    package var limit: Int
    /// Where the page before ended.
    package var after: EventCursor?

    package init(
        since: Timestamp? = nil, until: Timestamp? = nil, filter: EventFilter = .everything,
        newestFirst: Bool = true, limit: Int = 100, after: EventCursor? = nil
    ) {
        self.since = since
        self.until = until
        self.filter = filter
        self.newestFirst = newestFirst
        self.limit = min(max(1, limit), Self.limitMax)
        self.after = after
    }
}

/// A condition on one event. Text is compared without regard to ASCII case.
package indirect enum EventFilter: Hashable, Sendable {
    case everything
    /// Some value of the event holds this text.
    case text(String)
    /// A field of this name (`host`, `user`, `source`, `kind` and the record's own names) compares so.
    case field(String, Comparison, String)
    /// There is a field of this name.
    case exists(String)
    case all([EventFilter])
    case any([EventFilter])
    case not(EventFilter)

    package enum Comparison: String, Hashable, Sendable, CaseIterable {
        case equals, contains, startsWith = "starts-with", endsWith = "ends-with"
        /// As numbers; holds only where both are numbers.
        case less, lessOrEqual = "less-or-equal", greater, greaterOrEqual = "greater-or-equal"
    }
}

/// The place of an event in the order of a query.
package struct EventCursor: Hashable, Sendable {
    package var time: Timestamp
    package var tenant: TenantID
    package var sequence: UInt64

    package init(time: Timestamp, tenant: TenantID, sequence: UInt64) {
        self.time = time
        self.tenant = tenant
        self.sequence = sequence
    }
}

package struct EventPage: Sendable {
    package var events: [StoredEvent]
    /// Nil on the last page.
    package var next: EventCursor?

    package init(events: [StoredEvent], next: EventCursor?) {
        self.events = events
        self.next = next
    }
}
