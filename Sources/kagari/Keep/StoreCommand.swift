import ArgumentParser
import Engine
import Store
import Tenancy
import Watch

/// `kagari store`: the events that can be searched, which can be made anew from the archive.
struct StoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "Shows and rebuilds what searches look into.",
        discussion: """
            Events for search are derived from the archive and can be thrown away. `./kagari store fetch` gets chDB, the engine for \
            large stores.
            """,
        subcommands: [StoreStatus.self, StoreRebuild.self])
}

/// How the commands of the store open it: as the service would.
struct StoreOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Settings as the service reads them, in YAML.", valueName: "file"))
    var config: String?
    @OptionGroup var data: DataOptions
    @OptionGroup(title: "What is kept") var keeping: KeepingOptions

    func plan(_ content: Content) throws -> (DataFolder, EventStoreChoice) {
        let settings = try Configuration.of(keeping.flags, config: config)
        let folder = try data.folder()
        let plan = try KeepingPlan(settings)
        return (folder, plan.eventStores(in: folder, content: content))
    }
}

struct StoreStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says which engine keeps events and how far it is.",
        discussion: "Where the service runs it has the store; then ask the console or /metrics.")

    @OptionGroup var options: StoreOptions

    func run() async throws {
        try await Keep.run {
            let (data, choice) = try options.plan(try Content.find())
            guard !DataLock.isHeld(data) else {
                throw UserError(
                    "the service runs in \(data.path) and has the store; its start says which engine"
                        + " it is, /metrics how far (kagari_search_lag_records)")
            }
            let opened = try await choice.open()
            var lines: [CanonicalJSON] = []
            var text = "\(opened.reason)\n"
            for tenant in data.archivedTenants {
                let written = try await opened.store.writtenUpTo(tenant)
                let last = try ArchiveListing(folder: data.archive(tenant), tenant: tenant)
                    .lastSequence
                text += "\(tenant): searchable up to \(written) of \(last)\n"
                lines.append(
                    .object([
                        "tenant": .text(tenant.text), "searchable": .integer(Int64(written)),
                        "archived": .integer(Int64(last)),
                    ]))
            }
            try await opened.store.close()
            options.data.answer(
                .object([
                    "engine": .text(opened.store.name), "reason": .text(opened.reason),
                    "tenants": .list(lines),
                ]), text)
        }
    }
}

struct StoreRebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Makes searchable events anew from the archive.",
        discussion: """
            Needs the data folder for itself: stop the service first. Stopped half-way, the service goes on from there at its next start. \
            Exit code 2: some of the archive could not be read; the rest is searchable.
            """)

    @OptionGroup var options: StoreOptions
    @Option(help: "One tenant; all without it.") var tenant: String?

    func run() async throws {
        try await Keep.run {
            let (data, choice) = try options.plan(try Content.find())
            let lock = try DataLock(data)
            defer { lock.release() }
            let opened = try await choice.open()
            Machine.tell("kagari: \(opened.reason)\n")
            let shelf = ContentShelf(
                path: data.content, programVersion: ServiceHost.programVersion)
            var gaps = 0
            for tenant in try data.tenants(named: tenant) {
                gaps += try await rebuild(tenant, data, opened.store, shelf)
            }
            try await opened.store.close()
            guard gaps == 0 else { throw ExitCode(2) }
        }
    }

    private func rebuild(
        _ tenant: TenantID, _ data: DataFolder, _ store: any EventStore, _ shelf: ContentShelf
    ) async throws -> Int {
        let last = try ArchiveListing(folder: data.archive(tenant), tenant: tenant).lastSequence
        let progress = WorkProgress("rebuilding \(tenant)")
        var rebuild = EventRebuild(of: try data.archiveFolder(of: tenant), into: store) {
            shelf.rules(of: $0)
        }
        try await rebuild.run { progress.show("record \($0) of \(last)") }
        progress.clear()
        let lost = rebuild.gaps.filter { $0.cause != .removed }
        for gap in lost {
            Machine.tell(
                "kagari: \(tenant): records \(gap.first) to \(gap.last) are not there: "
                    + "\(gap.cause)\n")
        }
        options.data.answer(
            .object([
                "tenant": .text(tenant.text), "records": .integer(Int64(rebuild.records)),
                "events": .integer(Int64(rebuild.events)), "gaps": .integer(Int64(lost.count)),
            ]), "\(tenant): \(rebuild.records) records, \(rebuild.events) events searchable\n")
        return lost.count
    }
}
