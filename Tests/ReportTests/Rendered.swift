import Engine
import Foundation
import Report
import Sigma

/// A run rendered as one piece, with arguments that never change.
enum Rendered {
    static func options(_ format: ReportFormat, width: Int = 100, colour: Bool = false)
        -> ReportOptions
    {
        ReportOptions(
            format: format, width: width, colour: colour, techniques: MadeRun.techniques,
            madeAt: "2026-11-23 06:00 UTC",
            commandLine: "kagari scan evidence --rules sigma --format \(format.rawValue)")
    }

    static func bytes(
        _ run: RunResult, _ format: ReportFormat, width: Int = 100, colour: Bool = false,
        statistics: RunStatistics? = MadeRun.statistics,
        _ change: (inout ReportOptions) -> Void = { _ in }
    ) throws -> [UInt8] {
        var options = options(format, width: width, colour: colour)
        change(&options)
        var bytes: [UInt8] = []
        try Reporter(options: options).write(run, statistics: statistics) { bytes += $0 }
        return bytes
    }

    static func text(
        _ run: RunResult, _ format: ReportFormat, width: Int = 100,
        _ change: (inout ReportOptions) -> Void = { _ in }
    ) throws -> String {
        String(decoding: try bytes(run, format, width: width, change), as: UTF8.self)
    }
}

enum Folder {
    private static let environment = ProcessInfo.processInfo.environment

    /// Where reports are written for looking at them; nil when nobody asked.
    static var scratch: String? { environment["KAGARI_REPORT_OUT"] }
    static var writesGoldens: Bool { environment["KAGARI_GOLDEN"] == "write" }

    static func fixture(_ name: String) -> String {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return here.appendingPathComponent("Fixtures/\(name)").path
    }

    static func read(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}
