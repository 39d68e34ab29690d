import Store
import Tenancy
import Testing

@testable import Watch

@Suite struct `The live feed` {
    private static let acme = TenantID("acme")!

    private static func subjects(_ count: Int) -> [Feed.Change.Subject] {
        (0..<count).map { .incident(IncidentID("i\($0)")!) }
    }

    /// What a stream that has ended holds.
    private static func all(_ stream: AsyncStream<Feed.Event>) async -> [Feed.Event] {
        var events: [Feed.Event] = []
        for await event in stream { events.append(event) }
        return events
    }

    @Test func `lets a follower go that falls behind, and goes on for the others`() async throws {
        let feed = Feed(first: 0)
        let slow = try #require(feed.follow(after: nil))
        feed.publish(Self.subjects(Feed.waitingMax), of: Self.acme)
        let other = try #require(feed.follow(after: UInt64(Feed.waitingMax)))
        feed.publish(Self.subjects(3), of: Self.acme)
        let kept = await Self.all(slow)
        #expect(kept.count == Feed.waitingMax)
        guard case .change(let last)? = kept.last else {
            Issue.record("the last is no change")
            return
        }
        #expect(last.id == UInt64(Feed.waitingMax))
        // Back with the last id it had, it misses nothing.
        let back = try #require(feed.follow(after: last.id))
        feed.close()
        #expect(await Self.all(back).count == 3)
        #expect(await Self.all(other).count == 3)
    }

    @Test func `says that changes were missed where more came than may wait`() async throws {
        let feed = Feed(first: 0)
        feed.publish(Self.subjects(Feed.waitingMax + 1), of: Self.acme)
        let far = try #require(feed.follow(after: 0))
        let near = try #require(feed.follow(after: 1))
        feed.publish(Self.subjects(1), of: Self.acme)
        feed.close()
        let events = await Self.all(far)
        #expect(events.first == .missed && events.count == 2)
        // As much as may wait was there already: the next one lets it go.
        #expect(await Self.all(near).count == Feed.waitingMax)
    }

    @Test func `takes nobody after its end`() {
        let feed = Feed(first: 0)
        feed.close()
        #expect(feed.follow(after: nil) == nil)
    }
}
