import Foundation
import Testing

@testable import Console

/// The modules are judged by Node where it is installed; elsewhere the browser's proof (`./dev prove console`) judges them.
@Suite struct `The modules` {
    private static let node: URL? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { URL(fileURLWithPath: "\($0)/node") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private static func run(_ node: URL, _ words: [String]) throws -> (status: Int32, text: String)
    {
        let process = Process()
        process.executableURL = node
        process.arguments = words
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }

    @Test(.enabled(if: node != nil, "node is not installed"))
    func `are well formed, each of them`() throws {
        let node = try #require(Self.node)
        for file in StaticFile.all where file.kind == .module {
            let path = Self.root.appendingPathComponent("Sources/Console/Static/\(file.name)")
            let judged = try Self.run(node, ["--check", path.path])
            #expect(judged.status == 0, "\(judged.text)")
        }
    }

    @Test(.enabled(if: node != nil, "node is not installed"))
    func `pass their own tests`() throws {
        let node = try #require(Self.node)
        let tests = Self.root.appendingPathComponent("Tests/ConsoleTests/Modules")
        for name in try FileManager.default.contentsOfDirectory(atPath: tests.path).sorted()
        where name.hasSuffix(".test.mjs") {
            let judged = try Self.run(
                node, ["--test", tests.appendingPathComponent(name).path])
            #expect(judged.status == 0, "\(judged.text)")
        }
    }
}
