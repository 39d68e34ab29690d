internal import Glibc

/// Opens the best event store there is: chDB where it can be loaded and passes its trial, else SQLite.
package struct EventStoreChoice: Sendable {
    package enum Engine: String, Sendable, CaseIterable {
        /// chDB where it works, SQLite where not.
        case best = "auto"
        /// chDB, or no start at all.
        case chdb
        case sqlite
    }

    /// How chDB's library is got.
    package static let cure =
        "get it with `./kagari store fetch`, or choose `event-store: sqlite`"

    /// A folder of the store's own; each engine has one of its own within.
    package var folder: String
    package var engine: Engine
    /// Path of `_chdb.abi3.so`; nil looks for it below `toolFolders`.
    package var library: String?
    /// Where a virtual environment of Python may be that holds chdb-core, e.g. `.tools`.
    package var toolFolders: [String]
    /// The program that serves the engine, as its own process.
    package var program: String
    package var programArguments: [String]
    /// What one statement of chDB may take.
    package var memoryBytes: Int
    package var limits: EventLimits

    package init(
        folder: String, engine: Engine = .best, library: String? = nil,
        toolFolders: [String] = [".tools"], program: String,
        programArguments: [String] = ["store-engine"], memoryBytes: Int = 400 << 20,
        limits: EventLimits = EventLimits()
    ) {
        self.folder = folder
        self.engine = engine
        self.library = library
        self.toolFolders = toolFolders
        self.program = program
        self.programArguments = programArguments
        self.memoryBytes = memoryBytes
        self.limits = limits
    }

    package struct Opened: Sendable {
        package let store: any EventStore
        /// One sentence: which engine runs, and why the other does not.
        package let reason: String
        /// SQLite runs because chDB could not.
        package let isFallback: Bool
    }

    package func open() async throws(StoreFailure) -> Opened {
        guard engine != .sqlite else {
            return try sqlite(because: "it was asked for", isFallback: false)
        }
        do throws(StoreFailure) {
            let launch = ChdbEventStore.Launch(
                program: program, arguments: programArguments, library: try findLibrary(),
                memoryBytes: memoryBytes)
            let store = try await ChdbEventStore(
                folder: folder + "/chdb", launch: launch, limits: limits)
            return Opened(
                store: store, reason: "events are kept in \(store.name), which passed its trial",
                isFallback: false)
        } catch {
            // Somebody else's store is no reason to begin another one beside it.
            guard engine == .best, error.code != .locked else { throw error }
            return try sqlite(
                because: "chDB does not run here: \(error)", isFallback: true)
        }
    }

    private func findLibrary() throws(StoreFailure) -> String {
        if let library {
            guard unsafe access(library, R_OK) == 0 else {
                throw StoreFailure(.missing, "\(library) cannot be read; \(Self.cure)")
            }
            return library
        }
        guard let found = Self.library(in: toolFolders) else {
            throw StoreFailure(
                .missing, "the library _chdb.abi3.so of chdb-core is not installed; \(Self.cure)")
        }
        return found
    }

    /// Every store that has a folder here, whichever engine is chosen now: what was kept in the other one is still there.
    ///
    /// - Throws: also where there is a folder of chDB and it cannot be opened.
    package func openAll() async throws(StoreFailure) -> [any EventStore] {
        var choice = self
        var stores: [any EventStore] = []
        for (name, engine) in [("chdb", Engine.chdb), ("sqlite", Engine.sqlite)]
        where unsafe access("\(folder)/\(name)", F_OK) == 0 {
            choice.engine = engine
            stores.append(try await choice.open().store)
        }
        return stores
    }

    private func sqlite(
        because reason: String, isFallback: Bool
    ) throws(StoreFailure) -> Opened {
        let store = try SQLiteEventStore(folder: folder + "/sqlite", limits: limits)
        return Opened(
            store: store, reason: "events are kept in \(store.name), since \(reason)",
            isFallback: isFallback)
    }

    /// Looks where pip puts it: `lib/python3.*/site-packages/chdb`.
    package static func library(in folders: [String]) -> String? {
        for folder in folders {
            let libraries = folder + "/lib"
            for version in names(in: libraries).sorted() where version.hasPrefix("python3") {
                let path = "\(libraries)/\(version)/site-packages/chdb/_chdb.abi3.so"
                if unsafe access(path, R_OK) == 0 { return path }
            }
        }
        return nil
    }

    private static func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // The name ends in a zero within the entry (readdir(3)).
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            names.append(name)
        }
        return names
    }
}
