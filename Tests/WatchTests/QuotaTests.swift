import Engine
import TestKit
import Testing

@testable import Watch

@Suite struct `A tenant's quota` {
    private func at(_ seconds: Double) -> Timestamp {
        Timestamp(nanoseconds: 86_400_000_000_000 * 20_000 + Int64(seconds * 1e9))
    }

    @Test func `lets a burst of ten seconds in, then says when to come again`() {
        var quota = Quota(eventsPerSecondMax: 100, bytesPerDayMax: nil)
        #expect(quota.take(events: 1000, bytes: 1, now: at(0)) == nil)
        #expect(quota.take(events: 100, bytes: 1, now: at(0)) == 2)
        #expect(quota.take(events: 100, bytes: 1, now: at(1)) == nil)
        #expect(quota.take(events: 1, bytes: 1, now: at(1)) == 1)
    }

    @Test func `never lets more in than its rate and one burst`() {
        var random = SplitMix64(seed: 3)
        var quota = Quota(eventsPerSecondMax: 50, bytesPerDayMax: nil)
        var taken = 0
        var now = 0.0
        for _ in 0..<5000 {
            now += Double(random.next() % 1000) / 5000
            let events = Int(random.next() % 40) + 1
            if quota.take(events: events, bytes: 1, now: at(now)) == nil { taken += events }
            #expect(Double(taken) <= 500 + now * 50 + 1)
        }
        #expect(Double(taken) > now * 50 * 0.9)
    }

    @Test func `takes a delivery larger than a burst when nothing is owed`() {
        var quota = Quota(eventsPerSecondMax: 10, bytesPerDayMax: nil)
        #expect(quota.take(events: 5000, bytes: 1, now: at(0)) == nil)
        #expect(quota.take(events: 1, bytes: 1, now: at(1)) != nil)
    }

    @Test func `counts bytes by day, and the wait is until midnight`() {
        var quota = Quota(eventsPerSecondMax: nil, bytesPerDayMax: 1000)
        #expect(quota.take(events: 1, bytes: 900, now: at(0)) == nil)
        #expect(quota.take(events: 1, bytes: 200, now: at(86_300)) == 101)
        #expect(quota.take(events: 1, bytes: 200, now: at(86_400)) == nil)
    }

    @Test func `without bounds takes everything`() {
        var quota = Quota(eventsPerSecondMax: nil, bytesPerDayMax: nil)
        for _ in 0..<100 { #expect(quota.take(events: 1 << 20, bytes: 1 << 30, now: at(0)) == nil) }
    }
}
