import Engine
import Foundation
import Sigma
import Store
import Testing

@testable import Watch

@Suite struct `Content versions` {
    private static let folders = ContentShelf.Folders(
        rules: [WatchKit.content + "/Content/rules/linux"],
        mappings: WatchKit.content + "/Content/mappings")

    @Test func `are there for another build of the program, which compiles them anew`() throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let first = try ContentShelf(path: kit.data.content, programVersion: "first")
            .load(Self.folders)
        let second = ContentShelf(path: kit.data.content, programVersion: "second")
        let rules = try #require(second.rules(of: first.name))
        #expect(rules.metadata.map(\.id) == first.rules.metadata.map(\.id))
        #expect(rules.ruleCount > 20)
    }

    @Test func `are the same for whoever reads the same files from elsewhere`() throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let shelf = ContentShelf(path: kit.data.content, programVersion: "test")
        let copy = kit.folder + "/rules"
        try FileManager.default.copyItem(atPath: Self.folders.rules[0], toPath: copy)
        let other = ContentShelf.Folders(rules: [copy], mappings: Self.folders.mappings)
        #expect(try shelf.load(other).name == shelf.load(Self.folders).name)
    }

    @Test(arguments: [0, 8, 9, 4_000])
    func `whose kept files were changed are not taken`(place: Int) throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let first = try ContentShelf(path: kit.data.content, programVersion: "first")
            .load(Self.folders)
        let path = "\(kit.data.content)/\(first.name).sources"
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[min(place, bytes.count - 1)] ^= 0x10
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let second = ContentShelf(path: kit.data.content, programVersion: "second")
        #expect(second.rules(of: first.name) == nil)
    }

    @Test func `that are named by nothing are not looked for outside of the folder`() throws {
        let kit = try WatchKit()
        defer { kit.remove() }
        let shelf = ContentShelf(path: kit.data.content, programVersion: "test")
        #expect(shelf.rules(of: "../../etc/passwd") == nil)
        #expect(shelf.rules(of: String(repeating: "0", count: 32)) == nil)
    }
}
