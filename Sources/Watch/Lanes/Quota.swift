package import Engine

/// What one tenant may send: events a second, with a burst of ten seconds, and bytes a day (UTC).
///
/// It decides; whoever takes deliveries asks it first. Beyond the quota nothing is taken, and the sender is told when to come again.
package struct Quota: Sendable {
    static let burstSeconds: Int64 = 10
    private static let second: Int64 = 1_000_000_000
    private static let day = 86_400 * second

    private let eventsPerSecondMax: Int?
    private let bytesPerDayMax: Int?
    /// Events that may come now, in billionths, so that no fraction is lost.
    private var credit: Int64
    private var at: Timestamp?
    private var dayOfBytes: Int64 = .min
    private var bytesToday = 0

    package init(eventsPerSecondMax: Int?, bytesPerDayMax: Int?) {
        self.eventsPerSecondMax = eventsPerSecondMax.map { min(max(1, $0), 1_000_000) }
        self.bytesPerDayMax = bytesPerDayMax
        credit = Int64(self.eventsPerSecondMax ?? 0) * Self.burstSeconds * Self.second
    }

    /// Nil where the delivery may come in, which is then counted; else seconds until it is worth trying again.
    ///
    /// A delivery larger than a whole burst is let in when the credit is full, and what it owes is paid before the next.
    package mutating func take(events: Int, bytes: Int, now: Timestamp) -> Int? {
        let day = now.nanoseconds / Self.day
        if day != dayOfBytes {
            dayOfBytes = day
            bytesToday = 0
        }
        if let most = bytesPerDayMax, bytesToday > 0, bytesToday + bytes > most {
            return Int(((day + 1) * Self.day - now.nanoseconds) / Self.second) + 1
        }
        if let rate = eventsPerSecondMax.map(Int64.init) {
            let full = rate * Self.burstSeconds * Self.second
            let passed = max(0, min(now.nanoseconds - (at ?? now).nanoseconds, 3600 * Self.second))
            credit = min(full, credit + passed * rate)
            at = now
            let cost = Int64(events) * Self.second
            guard credit >= min(cost, full) else {
                return Int((min(cost, full) - credit) / (rate * Self.second)) + 1
            }
            credit -= cost
        }
        bytesToday += bytes
        return nil
    }
}
