import Foundation
import Testing

@testable import Sense

@Suite struct `Files of the system` {
    private func scratch(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("kagari-sense-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func `say which package has a program, with and without a leading usr`() throws {
        try scratch { folder in
            try "/.\n/bin/bash\n/usr/share/doc/bash\n".write(
                to: folder.appendingPathComponent("bash.list"), atomically: true, encoding: .utf8)
            try "/usr/bin/id\n".write(
                to: folder.appendingPathComponent("coreutils:amd64.list"), atomically: true,
                encoding: .utf8)
            let owners = PackageOwners(folder: folder.path)
            #expect(owners.owner(of: Array("/usr/bin/bash".utf8)) == Array("bash".utf8))
            #expect(owners.owner(of: Array("/bin/id".utf8)) == Array("coreutils".utf8))
            #expect(owners.owner(of: Array("/tmp/id".utf8)) == nil)
            #expect(owners.owner(of: Array("/usr/share/doc/bash".utf8)) == nil)
            #expect(owners.isThere)
        }
    }

    @Test func `say nothing of packages where there are none`() {
        #expect(!PackageOwners(folder: "/none").isThere)
    }

    @Test func `name accounts, the first of several with one number, and notice a change`() throws {
        try scratch { folder in
            let file = folder.appendingPathComponent("passwd")
            try "root:x:0:0::/root:/bin/sh\ntoor:x:0:0:::\nbad line\n".write(
                to: file, atomically: true, encoding: .utf8)
            var accounts = Accounts(path: file.path)
            #expect(accounts[0] == Array("root".utf8))
            #expect(accounts[1_000] == nil)
            try "amy:x:1000:1000:::\n".write(to: file, atomically: true, encoding: .utf8)
            accounts.refresh()
            #expect(accounts[1_000] == Array("amy".utf8))
            #expect(accounts[0] == nil)
        }
    }

    @Test func `are hashed only while they are the ones that ran`() throws {
        try scratch { folder in
            let file = folder.appendingPathComponent("tool")
            try "abc".write(to: file, atomically: true, encoding: .utf8)
            var identity = try #require(SystemFile.identity(file.path))
            let hash = SystemFile.digest(file.path, of: identity, countMax: 3)
            #expect(
                hash.map { String(decoding: hexText($0).prefix(8), as: UTF8.self) } == "ba7816bf")
            #expect(SystemFile.digest(file.path, of: identity, countMax: 2) == nil)
            identity.written += 1
            #expect(SystemFile.digest(file.path, of: identity, countMax: 3) == nil)
        }
    }

    @Test func `give names for addresses until too many others came`() throws {
        var names = AddressNames()
        func learn(_ index: Int) throws {
            let data = [UInt8(index >> 16), UInt8(index >> 8 & 255), UInt8(index & 255), 1]
            let bytes = DNSPackets.answered([DNSPackets.record(1, data)])
            names.learn(try DNSMessage(bytes.span, 0..<bytes.count))
        }
        for index in 0..<AddressNames.countMax { try learn(index) }
        #expect(names[Array("0.0.0.1".utf8)] == Array("evil.org".utf8))
        try learn(AddressNames.countMax)
        #expect(names[Array("0.0.0.1".utf8)] == nil)
        #expect(names[Array("0.0.1.1".utf8)] != nil)
    }
}
