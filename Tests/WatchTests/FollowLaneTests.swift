import Collect
import Engine
import Foundation
import Listen
import Logging
import NIOCore
import NIOPosix
import Store
import Synchronization
import Tenancy
import Testing

@testable import Watch

@Suite struct `A followed file` {
    private static let binding = SourceBinding(tenant: WatchKit.acme, source: WatchKit.source)

    private static func lane(
        _ kit: WatchKit, _ path: String, _ loop: any EventLoop,
        take: @escaping @Sendable (Delivery) async throws(IntakeRefusal) -> [IntakeOutcome],
        pause: @escaping @Sendable (Duration) async -> Void = { _ in }
    ) throws -> FollowLane {
        try FollowLane(
            FollowPlan(binding: binding, patterns: [path]),
            FollowLane.Setting(
                folder: kit.data.follow(WatchKit.acme), take: take,
                cadence: .init(clock: { WatchKit.now }, pause: pause), loop: loop,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                chance: { 1 }))
    }

    private static func write(_ lines: Range<Int>, to path: String) throws {
        let text = lines.map { "{\"EventID\":4625,\"Channel\":\"Security\",\"n\":\($0)}\n" }
            .joined()
        let before = (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
        try (before + Data(text.utf8)).write(to: URL(fileURLWithPath: path))
    }

    @Test func `is in the archive once, also where its place was lost before it was written down`()
        async throws
    {
        let kit = try WatchKit()
        defer { kit.remove() }
        let path = kit.folder + "/app.log"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        let events = MemoryEventStore()
        try await kit.run(events: events) { running in
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let watch = running.watch
            let state = kit.data.follow(WatchKit.acme) + "/\(WatchKit.source).follow"
            let take: @Sendable (Delivery) async throws(IntakeRefusal) -> [IntakeOutcome] = {
                delivery throws(IntakeRefusal) in try await watch.take(delivery)
            }
            let handle = try #require(FileHandle(forWritingAtPath: path))
            func add(_ numbers: Range<Int>) throws {
                for number in numbers {
                    try handle.write(
                        contentsOf: Data(
                            "{\"EventID\":4625,\"Channel\":\"Security\",\"n\":\(number)}\n".utf8))
                }
            }
            try add(0..<10)
            try await Self.lane(kit, path, loop, take: take).turn()
            let before = try Data(contentsOf: URL(fileURLWithPath: state))
            try add(10..<20)
            try await Self.lane(kit, path, loop, take: take).turn()
            // The crash came between the archive and the checkpoint.
            try before.write(to: URL(fileURLWithPath: state))
            try await Self.lane(kit, path, loop, take: take).turn()
            try add(20..<25)
            try await Self.lane(kit, path, loop, take: take).turn()
            try await running.settle()
        }
        let kept = events.all(of: WatchKit.acme)
        #expect(kept.count == 25)
        let place = StoredEvent.Field(name: "kagari.labels.path", value: path)
        #expect(kept.allSatisfy { $0.fields.contains(place) })
    }

    @Test func `waits while it is refused, and skips nothing`() async throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        try kit.data.make()
        let path = kit.folder + "/app.log"
        try Self.write(0..<5_000, to: path)
        let kept = Mutex<[[UInt8]]>([])
        let turns = Mutex(0)
        let refusals: [IntakeRefusal] = [
            .busy(retryAfterSeconds: 1), .overQuota(retryAfterSeconds: 9), .closed, .storage,
        ]
        let lane = try Self.lane(
            kit, path, MultiThreadedEventLoopGroup.singleton.next(),
            take: { delivery throws(IntakeRefusal) in
                let turn = turns.withLock { turn in
                    defer { turn += 1 }
                    return turn
                }
                if turn % 5 < refusals.count { throw refusals[turn % 5] }
                kept.withLock { $0 += delivery.records.map(\.bytes) }
                return delivery.records.map { _ in .stored }
            })
        await lane.turn()
        #expect(kept.withLock { $0.count } == 5_000)
        #expect(Set(kept.withLock { $0 }).count == 5_000)
        #expect(await lane.tally.records == 5_000)
    }

    @Test func `with a state that is damaged is read anew, and the damaged one is kept`()
        async throws
    {
        let kit = try WatchKit()
        defer { kit.remove() }
        try kit.data.make()
        let folder = kit.data.follow(WatchKit.acme)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: folder + "/windows.follow"))
        let path = kit.folder + "/app.log"
        try Self.write(0..<3, to: path)
        let lane = try Self.lane(
            kit, path, MultiThreadedEventLoopGroup.singleton.next(),
            take: { delivery throws(IntakeRefusal) in delivery.records.map { _ in .stored } })
        await lane.turn()
        #expect(await lane.tally.records == 3)
        #expect(FileManager.default.fileExists(atPath: folder + "/windows.follow.damaged"))
    }

    @Test func `is named as tenant, source and path`() {
        let plan = FollowPlan("acme/windows=/var/log/a=b/*.log")
        #expect(plan?.binding == Self.binding)
        #expect(plan?.patterns == ["/var/log/a=b/*.log"])
        for text in ["acme=/x", "acme/windows=", "acme/windows", "Acme/windows=/x", "a/b/c=/x"] {
            #expect(FollowPlan(text) == nil)
        }
        let joined = FollowPlan.joined(
            ["acme/windows=/a", "acme/linux=/b", "acme/windows=/c"].compactMap { FollowPlan($0) })
        #expect(joined.map(\.patterns) == [["/a", "/c"], ["/b"]])
    }
}
