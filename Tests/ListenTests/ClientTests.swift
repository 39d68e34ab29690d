import Foundation
import Synchronization
import Testing

@testable import Listen

/// Real clients against real listeners: `KAGARI_CLIENTS` names the Python of an environment that has them.
@Suite struct `Real clients` {
    private static let python = ProcessInfo.processInfo.environment["KAGARI_CLIENTS"]

    @Test(.enabled(if: python != nil)) func `store what they sent, once`() async throws {
        let names: [StreamSettings.Wire] = [.syslogTCP, .syslogUDP, .lumberjack]
        var listeners = Dictionary(
            uniqueKeysWithValues: names.map { ($0.rawValue, SourceBinding.acme) })
        listeners["http"] = .acme
        let desk = KeptDesk(listeners: listeners)
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "kagari-clients-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await Service.with(desk: desk, streams: names) { service in
            let stored = folder.appending(path: "stored.jsonl")
            let (output, status) = try await run(service, folder, stored)
            print(output)
            for (name, tally) in await service.server.tallies { print(name, tally) }
            #expect(status == 0)
        }
    }

    /// The judge asks what is stored by `cat` of a file that is written anew while it runs.
    private func run(
        _ service: Service, _ folder: URL, _ stored: URL
    ) async throws -> (output: String, status: Int32) {
        let judge = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Judges/clients_judge.py")
        let log = folder.appending(path: "judge.log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.python ?? "")
        process.arguments = [
            judge.path, "--token", "secret", "--http", "\(service.ports["http"] ?? 0)",
            "--syslog-tcp", "\(service.ports["syslog-tcp"] ?? 0)",
            "--syslog-udp", "\(service.ports["syslog-udp"] ?? 0)",
            "--lumberjack", "\(service.ports["lumberjack"] ?? 0)",
            "--stored", "cat \(stored.path)",
        ]
        let handle = try FileHandle(forWritingTo: log)
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        while process.isRunning {
            let lines = service.desk.records.map(\.text).joined(separator: "\n")
            try Data(lines.utf8).write(to: stored, options: .atomic)
            try await Task.sleep(for: .milliseconds(200))
        }
        return (try String(contentsOf: log, encoding: .utf8), process.terminationStatus)
    }
}
