import Engine
import Foundation
import Store
import Tenancy
import TestKit
import Testing

@Suite(
    .serialized,
    .enabled(if: EventStoreKind.missing == nil, Comment(rawValue: EventStoreKind.missing ?? "")))
struct `The chDB event store` {
    @Test func `loses nothing and doubles nothing when its engine is killed`() async throws {
        let folder = try TemporaryFolder()
        let store = try await ChdbEventStore(
            folder: folder.path, launch: try EventStoreKind.launch())
        let acme = try tenant("acme")
        var random = SplitMix64(seed: 21)
        let events = try (1...24_000).map {
            try StoredEvent.sample(acme, $0, host: "h\($0 % 7)", [("n", "\($0)"), ("m", "v")])
        }
        var killed = 0
        for start in stride(from: 0, to: events.count, by: 2_000) {
            try await store.write(Array(events[start..<start + 2_000]))
            if start / 2_000 % 3 == 1 {
                let pid = try #require(store.enginePID)
                // Before, within or after the insert that the next question waits for.
                let pause = UInt32.random(in: 0...60_000, using: &random)
                async let counted = store.count(matching: EventQuery(), in: scope(acme))
                usleep(pause)
                kill(pid, SIGKILL)
                killed += 1
                #expect(try await counted == UInt64(start + 2_000))
            }
        }
        #expect(killed == 4)
        #expect(try await store.count(matching: EventQuery(), in: scope(acme)) == 24_000)
        #expect(try await store.writtenUpTo(acme) == 24_000)
        let top = try await store.topValues(
            of: "n", matching: EventQuery(), limit: 1, in: scope(acme))
        #expect(top.first?.count == 1)
        try await store.close()
    }

    @Test func `gives up where its engine cannot run, and says so`() async throws {
        let folder = try TemporaryFolder()
        var (nowhere, other) = (try EventStoreKind.launch(), try EventStoreKind.launch())
        nowhere.library = "/nowhere/_chdb.abi3.so"
        other.program = "/bin/false"
        let missing = try await refusal(folder.path, nowhere)
        #expect(missing?.code == .missing)
        let ended = try await refusal(folder.path, other)
        #expect(ended?.message.contains("ended 3 times") == true)
    }

    private func refusal(
        _ folder: String, _ launch: ChdbEventStore.Launch
    ) async throws -> StoreFailure? {
        await #expect(throws: StoreFailure.self) {
            _ = try await ChdbEventStore(folder: folder, launch: launch)
        }
    }

    @Test func `ends its engine with itself`() async throws {
        let folder = try TemporaryFolder()
        let store = try await ChdbEventStore(
            folder: folder.path, launch: try EventStoreKind.launch())
        let pid = try #require(store.enginePID)
        #expect(kill(pid, 0) == 0)
        try await store.close()
        #expect(store.enginePID == nil)
        #expect(kill(pid, 0) != 0)
        let failure = await #expect(throws: StoreFailure.self) {
            try await store.writtenUpTo(tenant("acme"))
        }
        #expect(failure?.code == .refused)
    }

    @Test func `keeps a statement within its memory`() async throws {
        let folder = try TemporaryFolder()
        let store = try await ChdbEventStore(
            folder: folder.path, launch: try EventStoreKind.launch(memoryBytes: 24 << 20))
        let acme = try tenant("acme")
        let value = String(repeating: "v", count: 1 << 20)
        for sequence in 1...8 {
            try await store.write([try .sample(acme, UInt64(sequence), [("n", value)])])
            _ = try await store.writtenUpTo(acme)
        }
        let failure = await #expect(throws: StoreFailure.self) {
            for _ in 0..<8 {
                _ = try await store.events(
                    matching: EventQuery(
                        filter: .all(
                            (0..<40).map { .field("n", .contains, "v\($0 == 0 ? "" : "v")") })),
                    in: scope(acme))
            }
        }
        #expect(failure?.code == .limit)
        #expect(try await store.writtenUpTo(acme) == 8)
        try await store.close()
    }
}
