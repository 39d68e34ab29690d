import Foundation
import Store
import Testing

/// The event stores that the conformance suite runs on.
enum EventStoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, chdb

    /// Those that can run here.
    static let here: [EventStoreKind] = missing == nil ? allCases : [.sqlite]

    /// Why chDB cannot run here; nil where it can.
    static let missing: String? =
        if chdbLibrary == nil {
            "chdb-core is not installed: python3 -m venv .tools &&"
                + " .tools/bin/pip install --no-deps chdb-core==26.9.0"
        } else if !FileManager.default.isExecutableFile(atPath: program) {
            "the program kagari is not built beside the tests"
        } else {
            nil
        }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    static let chdbLibrary =
        ProcessInfo.processInfo.environment["KAGARI_CHDB_LIBRARY"]
        ?? EventStoreChoice.library(in: [root + "/.tools"])

    /// The program of the same build as the tests.
    static let program =
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/kagari"

    static func launch(memoryBytes: Int = 400 << 20) throws -> ChdbEventStore.Launch {
        ChdbEventStore.Launch(
            program: program, library: try #require(chdbLibrary), memoryBytes: memoryBytes)
    }

    var testDescription: String { rawValue }

    func open(
        _ folder: TemporaryFolder, limits: EventLimits = .patient
    ) async throws -> any EventStore {
        switch self {
        case .sqlite: try SQLiteEventStore(folder: folder.path, limits: limits)
        case .chdb:
            try await ChdbEventStore(folder: folder.path, launch: try Self.launch(), limits: limits)
        }
    }
}

/// A folder that is gone with its last owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("kagari-events-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

extension EventLimits {
    /// For tests that ask what is answered, not how long it may take: beside others a question waits for its turn.
    static let patient = EventLimits(queryTime: .seconds(900))
}
