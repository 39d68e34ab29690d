package import Engine
package import Tenancy

/// Events kept for search. Derived from the archive: it may be thrown away and made anew.
package protocol EventStore: Sendable {
    /// As people know it: `chdb 26.9`, `sqlite 3.40`.
    var name: String { get }

    /// Keeps events; one that is there already, by tenant and sequence, is not kept twice.
    func write(_ events: [StoredEvent]) async throws(StoreFailure)

    /// The sequence up to which all of a tenant's events were written; 0 where there are none.
    func writtenUpTo(_ tenant: TenantID) async throws(StoreFailure) -> UInt64

    func events(
        matching query: EventQuery, in scope: TenantScope
    ) async throws(StoreFailure) -> EventPage

    func count(matching query: EventQuery, in scope: TenantScope) async throws(StoreFailure)
        -> UInt64

    /// Counts for each `width` of time, empty ones left out, earliest first; at most 2,000.
    func histogram(
        of query: EventQuery, width: Duration, in scope: TenantScope
    ) async throws(StoreFailure) -> [(start: Timestamp, count: UInt64)]

    /// The most frequent values of a field, most frequent first, then by value.
    func topValues(
        of field: String, matching query: EventQuery, limit: Int, in scope: TenantScope
    ) async throws(StoreFailure) -> [(value: String, count: UInt64)]

    /// Lets go of a tenant's events before a time.
    func erase(_ tenant: TenantID, before time: Timestamp) async throws(StoreFailure)

    /// Lets go of a tenant's events up to a sequence, that one included.
    func erase(_ tenant: TenantID, through sequence: UInt64) async throws(StoreFailure)

    /// Lets go of all of a tenant's events.
    func erase(_ tenant: TenantID) async throws(StoreFailure)

    /// Writes what is held back, and lets go of files.
    func close() async throws(StoreFailure)
}
