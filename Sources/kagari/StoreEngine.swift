import ArgumentParser
import Foundation
import Store

/// `kagari store-engine`: the event store's own process. Started by the service, never by hand.
struct ServeStoreEngine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store-engine", abstract: "Serves the event store to the service.",
        shouldDisplay: false)

    @Option(help: "Path of chDB's library.")
    var library: String

    @Option(help: "Where the tables are.")
    var folder: String

    @Option(help: "Sockets to serve, from descriptor 3 on.")
    var links: Int

    @Option(help: "What one statement may take.")
    var memoryBytes: Int

    func run() throws {
        Foundation.exit(
            StoreEngine.serve(
                library: library, folder: folder, links: links, memoryBytes: memoryBytes))
    }
}
