import Foundation
import Testing

@testable import Sense

/// What only a kernel can show. Skipped where it takes no programs or this is not root.
@Suite(.serialized) struct `The sensor on this machine` {
    static let refusal: String? = {
        guard getuid() == 0 else { return "this is not root" }
        let report = SensorProbe.run().report
        return report.tier == .c ? report.reason : nil
    }()

    @Test(.enabled(if: refusal == nil, "no programs here: \(refusal ?? "")"))
    func `tells a program, its file and its end`() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("kagari-live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var settings = Sensor.Settings()
        settings.places = [WatchedPlace(folder.path)]
        // No packets: a control group that is none.
        settings.controlGroup = "/none"
        // Hashing is slow in a debug build, and other programs of this machine may be large.
        settings.hashCountMax = 1 << 20
        settings.packageFolder = nil
        var text: [UInt8] = []
        let sensor = try Sensor(settings, agent: UInt32(getpid()), take: { text += $0 })
        let made = folder.appendingPathComponent("made").path
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "echo x > \(made); exit 3"]
        try shell.run()
        shell.waitUntilExit()
        sensor.poll(milliseconds: 200)
        sensor.finish()
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        let pid = "\"pid\":\(shell.processIdentifier),"
        func told(_ event: String, _ part: String) -> Bool {
            lines.contains {
                $0.contains("\"kagari_event\":\"\(event)\"") && $0.contains(pid)
                    && $0.contains(part)
            }
        }
        #expect(told("process_start", "exit 3\""))
        #expect(told("process_start", "\"sha256\":\""))
        #expect(told("file_create", "\"path\":\"\(made)\""))
        #expect(told("process_end", "\"exit_code\":3"))
        #expect(sensor.statistics.malformed == 0)
    }
}
