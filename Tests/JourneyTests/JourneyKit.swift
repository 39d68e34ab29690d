import Collect
import Engine
import Foundation
import Report
import Scan
import Sigma
import TestKit
import Testing

/// One log as a case would hold it, a rule that must fire on it, and what its alert must say.
struct Journey: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    /// The log source and detection of the rule, as YAML below `logsource:` and `selection:`.
    var logsource: String
    var selection: String
    var host: String?
    var user: String?
    var time: String?
    var record: UInt64
    /// What the reader must take the file for.
    var format: RecordFormat

    init(
        _ name: String, _ text: String, format: RecordFormat, logsource: String, selection: String,
        host: String? = nil, user: String? = nil, time: String? = nil, record: UInt64 = 1
    ) {
        self.init(
            name, bytes: Array(text.utf8), format: format, logsource: logsource,
            selection: selection, host: host, user: user, time: time, record: record)
    }

    init(
        _ name: String, bytes: [UInt8], format: RecordFormat, logsource: String, selection: String,
        host: String? = nil, user: String? = nil, time: String? = nil, record: UInt64 = 1
    ) {
        self.name = name
        self.bytes = bytes
        self.format = format
        self.logsource = logsource
        self.selection = selection
        self.host = host
        self.user = user
        self.time = time
        self.record = record
    }

    var testDescription: String { name }

    var rule: String {
        """
        title: \(name)
        id: \(id)
        status: test
        level: high
        logsource: {\(logsource)}
        detection:
            selection: {\(selection)}
            condition: selection
        """
    }

    private var id: String {
        var hash = StableHash()
        hash.add(name)
        let text = hash.text()
        return "00000000-0000-4000-8000-" + text.prefix(12)
    }
}

/// Runs whole scans in the process, as the program does.
enum Scanning {
    static let mappings: Result<[Mapping], any Error> = Result {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        return try RuleFolder.files(at: root + "/Content/mappings").files.map {
            try MappingReader.read(path: $0.path, text: String(decoding: $0.bytes, as: UTF8.self))
        }
    }

    static func rules(_ texts: [String]) throws -> RuleSet {
        var loader = RuleLoader()
        for (index, text) in texts.enumerated() { loader.add(path: "\(index).yml", text: text) }
        let collection = loader.finish()
        if let problem = collection.problems.first(where: { $0.severity == .refused }) {
            throw Refused(text: "\(problem.location): \(problem.message)")
        }
        return RuleSet(collection, mappings: try mappings.get())
    }

    struct Refused: Error, CustomStringConvertible {
        var text: String
        var description: String { text }
    }

    static func run(
        _ paths: [String], _ rules: RuleSet, threads: Int = 1, blockBytes: Int? = nil,
        format: RecordFormat? = nil, carve: Bool = false, standardInput: Int32 = 0
    ) async -> RunResult {
        var limits = ReadLimits()
        if let blockBytes { limits.blockBytes = blockBytes }
        let run = ScanRun(
            rules: rules,
            options: WorkerOptions(
                referenceTime: TimestampText.parse("2026-11-23T00:00:00Z"), carves: carve),
            paths: paths, reading: ReadOptions(format: format, carve: carve, limits: limits),
            standardInput: standardInput)
        return await run.run(threads: threads).result
    }

    static func lines(_ result: RunResult) throws -> String {
        var bytes: [UInt8] = []
        try Reporter(options: ReportOptions(format: .jsonl)).write(result) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A folder of its own for one test, gone when the test lets go of it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "kagari-journey-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// - Returns: the file's path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}
