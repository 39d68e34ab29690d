package import Engine

/// What one tenant handed in, by day (UTC), since the service started. Whoever keeps it adds it to what was before.
package struct UsageBook: Sendable {
    /// Days held; the oldest goes.
    static let daysMax = 8
    private static let day: Int64 = 86_400_000_000_000

    package struct Day: Hashable, Sendable {
        /// Since 1970.
        package let number: Int64
        /// Made durable; what was kept before is not counted again.
        package internal(set) var records: Int64
        package internal(set) var bytes: Int64
    }

    package private(set) var days: [Day] = []

    package init() {}

    /// A clock that was set back counts into the day that it says, while that is held.
    package mutating func count(records: Int, bytes: Int, at now: Timestamp) {
        let number = now.nanoseconds / Self.day
        guard let index = days.firstIndex(where: { $0.number == number }) else {
            days.append(Day(number: number, records: Int64(records), bytes: Int64(bytes)))
            days.sort { $0.number < $1.number }
            if days.count > Self.daysMax { days.removeFirst() }
            return
        }
        days[index].records += Int64(records)
        days[index].bytes += Int64(bytes)
    }
}
