import Crypto
import Glibc
import Testing

@testable import Act

extension HostPath {
    static let sample: HostPath = {
        guard let path = try? HostPath("/a") else { preconditionFailure("a plain path is refused") }
        return path
    }()
}

@Suite struct `The journal` {
    private func bytes(_ path: String) throws -> [UInt8] {
        try #require(try JournalFolder.read(path, bytesMax: 1 << 24))
    }

    private func put(_ bytes: [UInt8], _ path: String) throws {
        let file = try #require(Descriptor(open(path, O_WRONLY | O_TRUNC)))
        try file.write(bytes[...])
    }

    private func quarantined() throws -> (Scratch, ActionDesk, String) {
        let scratch = try Scratch()
        try scratch.write("/tmp/evil", "evil")
        let desk = try scratch.desk()
        let receipt = try desk.execute(
            Scratch.order(Scratch.quarantine("/tmp/evil")), at: 1_000)
        #expect(receipt.outcome == .done)
        return (scratch, desk, scratch.journal + "/orders/order-1/journal")
    }

    @Test func `is refused whole when any byte of it was changed`() throws {
        let (scratch, desk, path) = try quarantined()
        let right = try bytes(path)
        for index in stride(from: 0, to: right.count, by: 7) {
            var changed = right
            changed[index] ^= 1
            try put(changed, path)
            guard changed.last == 0x0A else { continue }
            #expect(throws: ActFailure.self) { try desk.undo("order-1", reason: "r", at: 1_001) }
            #expect(desk.damage().count == 1)
        }
        #expect(scratch.read("/tmp/evil") == nil)
        try put(right, path)
        #expect(try desk.undo("order-1", reason: "r", at: 1_001).isRestored)
    }

    @Test func `loses a line that a crash left half, and nothing else`() throws {
        let (scratch, desk, path) = try quarantined()
        let right = try bytes(path)
        try put(right + Array("0123 half a li".utf8), path)
        #expect(desk.damage().isEmpty)
        #expect(try bytes(path) == right)
        #expect(try desk.undo("order-1", reason: "r", at: 1_001).isRestored)
        #expect(scratch.text("/tmp/evil") == "evil")
    }

    @Test func `of one order does not stand for another's`() throws {
        let (scratch, desk, path) = try quarantined()
        let other = scratch.journal + "/orders/order-2"
        mkdir(other, 0o700)
        close(open(other + "/journal", O_CREAT | O_WRONLY, 0o600))
        try put(try bytes(path), other + "/journal")
        #expect(desk.damage().map(\.order) == ["order-2"])
    }

    @Test func `keeps contents from being read, and says when they were changed`() throws {
        let (scratch, desk, _) = try quarantined()
        let path = scratch.journal + "/orders/order-1/0.before"
        let right = try bytes(path)
        #expect(!String(decoding: right, as: UTF8.self).contains("evil"))
        for index in right.indices {
            var changed = right
            changed[index] ^= 1
            try put(changed, path)
            let receipt = try desk.undo("order-1", reason: "r", at: 1_001)
            #expect(receipt.outcome == .stuck)
            #expect(scratch.read("/tmp/evil") == nil)
        }
        try put(Array(right.dropLast(20)), path)
        #expect(try desk.undo("order-1", reason: "r", at: 1_001).outcome == .stuck)
        try put(right, path)
        #expect(try desk.recover(at: 1_002).map(\.outcome) == [.undone])
        #expect(scratch.text("/tmp/evil") == "evil")
    }

    @Test func `is for its owner alone`() throws {
        let (scratch, _, path) = try quarantined()
        for file in [path, scratch.journal + "/key", scratch.journal + "/orders/order-1/0.before"] {
            var status = stat()
            #expect(stat(file, &status) == 0 && status.st_mode & 0o077 == 0)
        }
        chmod(scratch.journal + "/key", 0o640)
        #expect(throws: ActFailure.self) { try scratch.desk() }
    }

    @Test func `signs receipts that hold, and no others`() throws {
        let (scratch, desk, _) = try quarantined()
        defer { withExtendedLifetime(scratch) {} }
        let receipt = try #require(try desk.receipts().first)
        let key = Array(Scratch.hostKey.publicKey.rawRepresentation)
        #expect(ActionReceipt.isSigned(receipt.body, signature: receipt.signature, hostKey: key))
        var changed = receipt.body
        changed[9] ^= 1
        #expect(!ActionReceipt.isSigned(changed, signature: receipt.signature, hostKey: key))
    }
}
