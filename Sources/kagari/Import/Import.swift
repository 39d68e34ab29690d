import ArgumentParser
import Collect
import Engine
import Foundation
import Logging
import Tenancy
import Watch

/// `kagari import`: files and folders into the watch.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings files, folders and archives into the watch.",
        discussion: """
            Reads what `kagari scan` reads. With a token the records go to the running service \
            (--to); without one, and while no service runs, straight into the data folder, where \
            they are looked at too. Whatever is brought in twice is kept once, and an import that \
            was broken off goes on where it was: run it again.

              KAGARI_TOKEN=kgi_… kagari import --tenant main --source dc01 Security.evtx logs/
              kagari import --data var --tenant main --source archive old.tar.gz

            At the end one line of JSON says how many records were read, stored, there already, \
            refused and unreadable. Exit code: 0 all was brought in, 1 wrong usage or given up, \
            2 something was refused or could not be read.
            """)

    @Argument(help: ArgumentHelp("What to read; `-` is standard input.", valueName: "path"))
    var paths: [String]
    @Option(help: ArgumentHelp("Whose records.", valueName: "tenant")) var tenant: String?
    @Option(help: ArgumentHelp("The source within the tenant.", valueName: "source"))
    var source: String?
    @Option(help: ArgumentHelp("The service's intake. [http://127.0.0.1:8088]", valueName: "url"))
    var to: String?
    @Option(
        help: ArgumentHelp(
            "Its token; better in KAGARI_TOKEN, where nobody sees it.", valueName: "token"))
    var token: String?
    @Option(help: ArgumentHelp("A certificate to trust, PEM.", valueName: "file"))
    var ca: String?
    @Option(
        help: ArgumentHelp("The data folder, where no service runs. [var]", valueName: "folder"))
    var data: String?
    @Option(help: "Take every input for this format, whatever it looks like.")
    var inputFormat: RecordFormat?
    @Flag(help: "Send everything, also what an earlier run is known to have brought in.")
    var again = false

    func run() async throws {
        let token = self.token ?? ProcessInfo.processInfo.environment["KAGARI_TOKEN"]
        let named = try names()
        if let token, !token.isEmpty {
            guard data == nil else {
                throw UserError("--data is for an import without a token; leave one of them out")
            }
            let sink = try HTTPSink(to ?? "http://127.0.0.1:8088", token: token, ca: ca)
            do {
                let owner = try await sink.owner()
                try check(owner, named)
                let journal =
                    try again
                    ? nil
                    : ImportJournal(
                        folder: ImportJournal.homeFolder, name: [sink.address, token])
                try await bring(into: sink, journal)
            } catch {
                try? await sink.close()
                throw error
            }
            return try await sink.close()
        }
        guard to == nil else { throw UserError("--to needs the token; set KAGARI_TOKEN") }
        guard let tenant = named.tenant, let source = named.source else {
            throw UserError("without a token, --tenant and --source say whose records these are")
        }
        let folder = DataFolder(path: data ?? "var")
        try await LocalImport(data: folder, tenant: tenant, source: source).run { sink in
            let journal =
                try again
                ? nil
                : ImportJournal(
                    folder: folder.tenant(tenant) + "/follow", name: [source.text])
            try await bring(into: sink, journal)
        }
    }

    private func names() throws -> (tenant: TenantID?, source: LogSourceID?) {
        let tenant = try self.tenant.map { text in
            guard let tenant = TenantID(text) else {
                throw UserError("--tenant: `\(text)` is no name of a tenant")
            }
            return tenant
        }
        let source = try self.source.map { text in
            guard let source = LogSourceID(text) else {
                throw UserError("--source: `\(text)` is no name of a source")
            }
            return source
        }
        return (tenant, source)
    }

    /// A token stands for one source; another one that was named would be a mistake.
    private func check(
        _ owner: HTTPSink.Owner, _ named: (tenant: TenantID?, source: LogSourceID?)
    ) throws {
        let isOther =
            named.tenant.map { $0.text != owner.tenant } ?? false
            || named.source.map { $0.text != owner.source } ?? false
        guard !isOther else {
            throw UserError(
                "the token is of the source \(owner.tenant)/\(owner.source), not of the one named; "
                    + "nothing was sent")
        }
    }

    private func bring(into sink: any ImportSink, _ journal: ImportJournal?) async throws {
        var run = ImportRun(
            paths: paths, format: inputFormat, journal: journal, started: ContinuousClock.now)
        try await run.run(into: sink)
        run.tell()
        if run.isIncomplete { throw ExitCode(2) }
    }
}

/// Where an import's records go.
protocol ImportSink: Sendable {
    /// Keeps the records for good; waits while there is no room for them.
    ///
    /// - Throws: ``ImportRefusal`` where these records are not taken, and others may be; anything else ends the import.
    ///
    /// - Parameter path: where they were read, as the user would name it.
    func send(
        _ records: [BlockRecords.Record], from path: String
    ) async throws -> (stored: Int, duplicate: Int)
}

/// How long an import waits before it tries or looks again.
enum ImportPace {
    /// A service that restarts is there again within a few of these.
    static let unreachable = Duration.seconds(1)
    /// The lane tells nobody when it has caught up, so it is asked.
    static let look = Duration.milliseconds(50)

    /// As the service asked for; a minute at most, since it may have room sooner than a quota says.
    static func asked(_ seconds: Int) -> Duration { .seconds(min(max(1, seconds), 60)) }
}

struct ImportRefusal: Error {
    /// What the service said.
    var reason: String
}
