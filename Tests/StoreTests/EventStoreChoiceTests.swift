import Foundation
import Store
import Tenancy
import Testing

@Suite struct `The choice of an event store` {
    @Test func `falls to SQLite and says why`() async throws {
        let folder = try TemporaryFolder()
        let choice = EventStoreChoice(
            folder: folder.path, toolFolders: [folder.path], program: "/bin/false")
        let opened = try await choice.open()
        #expect(opened.store.name.hasPrefix("sqlite 3."))
        #expect(
            opened.reason.hasSuffix(
                "since chDB does not run here: the library _chdb.abi3.so of chdb-core is not"
                    + " installed; get it with `./kagari store fetch`, or choose"
                    + " `event-store: sqlite`"))
        try await opened.store.close()
    }

    @Test func `says it of a library that was named and is not there`() async throws {
        let folder = try TemporaryFolder()
        let choice = EventStoreChoice(
            folder: folder.path, library: folder.path + "/none.so", program: "/bin/false")
        let opened = try await choice.open()
        #expect(opened.store.name.hasPrefix("sqlite 3."))
        #expect(opened.reason.contains("/none.so cannot be read; get it with"))
        try await opened.store.close()
    }

    @Test func `does not fall where chDB was asked for`() async throws {
        let folder = try TemporaryFolder()
        let choice = EventStoreChoice(
            folder: folder.path, engine: .chdb, toolFolders: [], program: "/bin/false")
        let failure = await #expect(throws: StoreFailure.self) { _ = try await choice.open() }
        #expect(failure?.code == .missing)
    }

    @Test(
        .enabled(if: EventStoreKind.missing == nil, Comment(rawValue: EventStoreKind.missing ?? ""))
    )
    func `takes chDB where it passes its trial`() async throws {
        let folder = try TemporaryFolder()
        let choice = EventStoreChoice(
            folder: folder.path, library: EventStoreKind.chdbLibrary,
            program: EventStoreKind.program)
        let opened = try await choice.open()
        #expect(opened.store.name == "chdb 26.9")
        #expect(opened.reason == "events are kept in chdb 26.9, which passed its trial")
        await #expect(throws: StoreFailure.self) { _ = try await choice.open() }
        try await opened.store.close()
    }
}
