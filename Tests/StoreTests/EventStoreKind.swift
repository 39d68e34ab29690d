import Foundation
import Store
import Testing

/// The event stores that the conformance suite runs on.
enum EventStoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite

    static let here = allCases

    var testDescription: String { rawValue }

    func open(
        _ folder: TemporaryFolder, limits: EventLimits = EventLimits()
    ) async throws -> any EventStore {
        switch self {
        case .sqlite: try SQLiteEventStore(folder: folder.path, limits: limits)
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
