import ArgumentParser
import Engine
import Foundation
import Store
import Tenancy
import Watch

/// Reads a tenant's log again and tells what it finds.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Reads a tenant's archive again and tells what is found in it.",
        discussion: """
            The same log and the same rules give the same lines, byte for byte, with any number of \
            threads; the digest over all lines is told at the end. With --rules the question is \
            what these rules would have found. The service may run meanwhile.
            """)

    @Option(help: ArgumentHelp("The data folder.", valueName: "folder")) var data = "var"
    @Option(help: ArgumentHelp("Whose log.", valueName: "tenant")) var tenant: String
    @Option(help: ArgumentHelp("Tell only what was received from then on.", valueName: "time"))
    var from: String?
    @Option(help: ArgumentHelp("Read only what was received before.", valueName: "time"))
    var to: String?
    @Option(
        parsing: .singleValue,
        help: ArgumentHelp("Rules instead of those the log names.", valueName: "path"))
    var rules: [String] = []
    @Option(help: "Threads that match.") var threads = ProcessInfo.processInfo.activeProcessorCount
    @Flag(help: "Only the last line, with the digest.") var quiet = false

    func validate() throws {
        guard threads >= 1, threads <= 256 else { throw ValidationError("--threads is 1 to 256") }
    }

    func run() async throws {
        guard let tenant = TenantID(tenant) else {
            throw UserError("`\(tenant)` is no name of a tenant")
        }
        let since = try from.map(Self.time)
        let until = try to.map(Self.time)
        let data = DataFolder(path: data)
        do {
            let key = try KeyFolder(data.keys).load(for: tenant)
            let folder = ArchiveFolder(path: data.archive(tenant), tenant: tenant, key: key)
            let shelf = ContentShelf(
                path: data.content, programVersion: ServiceHost.programVersion)
            let given = try rules.isEmpty ? nil : chosen(shelf)
            var replay = Replay(
                Detection(of: tenant, noRules: given ?? ContentShelf.noRules) { name in
                    given ?? shelf.rules(of: name)
                }, threads: threads)
            var lines = FindingLines()
            let quiet = quiet
            try await replay.run(try folder.reader(from: 1), until: until) { found in
                lines.add(found, since: since) { if !quiet { Machine.say($0) } }
            }
            for gap in replay.gaps {
                Machine.tell(
                    "kagari: records \(gap.first) to \(gap.last) are not there: \(gap.cause)\n")
            }
            Machine.say(
                "{\"records\":\(replay.records),\"alerts\":\(lines.alerts),\"incidents_told\":"
                    + "\(lines.incidents),\"digest\":\"\(lines.digest)\"}\n")
        } catch let failure as StoreFailure {
            throw UserError(failure.description)
        }
    }

    private func chosen(_ shelf: ContentShelf) throws -> RuleSet {
        let content = try Content.find()
        return try shelf.load(.init(rules: rules, mappings: content.mappingFolder)).rules
    }

    private static func time(_ text: String) throws -> Timestamp {
        guard let time = TimestampText.parse(text) else {
            throw UserError("`\(text)` is no time; write it like 2026-03-12T09:00:00Z")
        }
        return time
    }
}
