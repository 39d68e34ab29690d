import ArgumentParser
import Foundation
import Store
import Watch

/// Settings of what is kept, and how long.
struct KeepingOptions: ParsableArguments {
    @Option(help: "Which engine keeps events for search: auto, chdb or sqlite. [auto]")
    var eventStore: String?
    @Option(
        help: ArgumentHelp("chDB's library, _chdb.abi3.so; found by itself in .venv and .tools."))
    var chdbLibrary: String?
    @Option(help: ArgumentHelp("What one question to chDB may take. [400]", valueName: "MiB"))
    var eventStoreMemory: Int?
    @Option(
        help: ArgumentHelp(
            "Days that records are kept, where a tenant's own record says nothing. [for ever]",
            valueName: "days"))
    var retentionDays: Int?
    @Option(
        help: ArgumentHelp(
            "What one tenant's archive may take on disk; the oldest goes first. [no end]",
            valueName: "MiB"))
    var retentionSize: Int?
    @Option(help: "Whether closed segments are packed tighter while there is time: on or off. [on]")
    var compaction: String?

    static let names = [
        "event-store", "chdb-library", "event-store-memory", "retention-days", "retention-size",
        "compaction",
    ]

    var flags: [String: [String]] {
        let given = [
            "event-store": eventStore, "chdb-library": chdbLibrary,
            "event-store-memory": eventStoreMemory.map { "\($0)" },
            "retention-days": retentionDays.map { "\($0)" },
            "retention-size": retentionSize.map { "\($0)" }, "compaction": compaction,
        ]
        return given.compactMapValues { $0.map { [$0] } }
    }
}

/// What is kept, and how long; checked.
struct KeepingPlan {
    static let memoryMegabytes = 64...65_536
    let engine: EventStoreChoice.Engine
    let library: String?
    let memoryBytes: Int
    let house: HouseRules

    init(_ settings: Configuration) throws {
        let engines = EventStoreChoice.Engine.allCases.map(\.rawValue)
        engine =
            try settings.choice("event-store", of: engines)
            .flatMap(EventStoreChoice.Engine.init) ?? .best
        library = settings.text("chdb-library")
        memoryBytes =
            (try settings.number("event-store-memory", in: Self.memoryMegabytes) ?? 400) << 20
        house = HouseRules(
            retentionDays: try settings.number("retention-days", in: 1...36_500),
            retentionBytes: try settings.number("retention-size", in: 1...1_000_000_000)
                .map { UInt64($0) << 20 },
            compacts: try settings.choice("compaction", of: ["on", "off"]) != "off")
    }

    /// Where a checkout and its neighbours keep what pip installed.
    static func toolFolders(_ content: Content) -> [String] {
        let checkout = (content.folder as NSString).deletingLastPathComponent
        let places = [checkout, "."].map { $0.isEmpty ? "." : $0 }
        return places.flatMap { ["\($0)/.venv", "\($0)/.tools"] }
    }

    func eventStores(in data: DataFolder, content: Content) -> EventStoreChoice {
        EventStoreChoice(
            folder: data.events, engine: engine, library: library,
            toolFolders: Self.toolFolders(content), program: "/proc/self/exe",
            memoryBytes: memoryBytes)
    }
}
