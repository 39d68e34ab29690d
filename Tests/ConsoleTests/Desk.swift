import Engine
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Store
import Synchronization
import Tenancy
import TestKit

@testable import Console

/// A console over a real ledger and a real event store in a folder of its own, with a clock that stands.
final class Desk: Sendable {
    static let start = Timestamp(nanoseconds: 1_764_000_000_000_000_000)

    let parts: ConsoleParts
    let clock: Mutex<Timestamp>

    init(perMinute: Int = 10_000) async throws {
        let folder = try Folder.make()
        let ledger = try await Ledger.open(
            in: folder, keys: Self.keys(), now: Self.start, random: SplitMix64(seed: 7))
        let clock = SharedClock()
        let settings = ConsoleSettings(
            origins: ["http://127.0.0.1"], requestsPerMinute: perMinute,
            feedLifetime: .milliseconds(600),
            passwordCost: try #require(PasswordVerifier.Cost(logN: 10, r: 8, p: 1)))
        parts = try ConsoleParts(
            ledger: ledger, events: SQLiteEventStore(folder: folder + "/events"),
            desk: StillWatch(), settings: settings, now: { clock.now },
            random: SplitMix64(seed: 11))
        self.clock = Mutex(Self.start)
    }

    private static func keys() throws -> LedgerKeys {
        try #require(
            LedgerKeys(
                signing: [UInt8](repeating: 3, count: 32),
                sealing: [UInt8](repeating: 4, count: 32)))
    }
}
