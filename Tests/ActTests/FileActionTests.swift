import Glibc
import Testing

@testable import Act

@Suite struct `Quarantine` {
    private func desk(_ scratch: Scratch) throws -> ActionDesk { try scratch.desk() }

    @Test func `takes a file away and gives it back as it was`() throws {
        let scratch = try Scratch()
        var content = [UInt8](repeating: 0, count: 300_001)
        for index in content.indices { content[index] = UInt8(truncatingIfNeeded: index &* 31) }
        try scratch.write("/opt/evil", content, mode: 0o751)
        let times = [timespec(tv_sec: 1, tv_nsec: 2), timespec(tv_sec: 3, tv_nsec: 4)]
        utimensat(AT_FDCWD, scratch.root + "/opt/evil", times, 0)
        let before = try #require(try scratch.state("/opt/evil"))
        let desk = try desk(scratch)
        let receipt = try desk.execute(Scratch.order(Scratch.quarantine("/opt/evil")), at: 1_000)
        #expect(receipt.outcome == .done)
        #expect(try scratch.state("/opt/evil") == nil)
        #expect(try scratch.desk().undo("order-1", reason: "wrong", at: 1_001).isRestored)
        #expect(try scratch.state("/opt/evil") == before)
        #expect(scratch.read("/opt/evil") == content)
        #expect(try RootFolder(scratch.root).names(in: HostPath("/opt")).count == 1)
    }

    @Test func `is done once, whoever often it is ordered`() throws {
        let scratch = try Scratch()
        try scratch.write("/opt/evil", "evil")
        let desk = try desk(scratch)
        let order = try Scratch.order(Scratch.quarantine("/opt/evil"))
        let first = try desk.execute(order, at: 1_000)
        #expect(try desk.execute(order, at: 1_500) == first)
        let other = try Scratch.order(Scratch.quarantine("/opt/b"), id: "order-2", key: "order-1")
        #expect(throws: ActFailure.self) { try desk.execute(other, at: 1_000) }
        let again = try Scratch.order(
            Scratch.quarantine("/opt/evil"), id: "order-3", key: "order-1")
        #expect(try desk.execute(again, at: 1_000) == first, "asked again under the same key")
        #expect(try desk.receipts().count == 1)
    }

    @Test func `refuses what it could not give back, and touches nothing`() throws {
        let scratch = try Scratch()
        try scratch.write("/opt/real/evil", "evil")
        symlink("real", scratch.root + "/opt/link")
        symlink("real/evil", scratch.root + "/opt/name")
        link(scratch.root + "/opt/real/evil", scratch.root + "/opt/twin")
        mkfifo(scratch.root + "/opt/pipe", 0o600)
        let desk = try desk(scratch)
        for (number, path) in ["link/evil", "name", "twin", "pipe", "real", "none"].enumerated() {
            let order = try Scratch.order(Scratch.quarantine("/opt/" + path), id: "o\(number)")
            #expect(throws: ActFailure.self) { try desk.preview(order, at: 1_000) }
            let receipt = try desk.execute(order, at: 1_000)
            #expect(receipt.outcome == .refused, "\(path)")
        }
        #expect(try RootFolder(scratch.root).names(in: HostPath("/opt")).count == 5)
        #expect(scratch.text("/opt/real/evil") == "evil")
    }

    @Test func `takes only the file whose digest was meant`() throws {
        let scratch = try Scratch()
        try scratch.write("/opt/evil", "evil")
        let digest = FileDraft.digest(Array("other".utf8))
        let action = #"{"kind":"quarantine_file","paths":["/opt/evil"],"sha256":"\#(digest)"}"#
        #expect(try desk(scratch).execute(Scratch.order(action), at: 1_000).outcome == .refused)
        #expect(scratch.text("/opt/evil") == "evil")
    }

    @Test func `does not overwrite what came to its place, and can be undone once that is gone`()
        throws
    {
        let scratch = try Scratch()
        try scratch.write("/opt/evil", "evil")
        let desk = try desk(scratch)
        _ = try desk.execute(Scratch.order(Scratch.quarantine("/opt/evil")), at: 1_000)
        try scratch.write("/opt/evil", "somebody's")
        #expect(throws: ActFailure.self) { try desk.undo("order-1", reason: "r", at: 1_001) }
        #expect(scratch.text("/opt/evil") == "somebody's")
        #expect(try desk.receipts().map(\.outcome) == [.done])
        unlink(scratch.root + "/opt/evil")
        #expect(try desk.undo("order-1", reason: "r", at: 1_002).isRestored)
        #expect(scratch.text("/opt/evil") == "evil")
    }

    @Test func `ends with its lease`() throws {
        let scratch = try Scratch()
        try scratch.write("/opt/evil", "evil")
        let desk = try desk(scratch)
        let order = try Scratch.order(Scratch.quarantine("/opt/evil"), lease: 60)
        _ = try desk.execute(order, at: 1_000)
        #expect(try desk.tick(at: 1_059).released.isEmpty)
        #expect(try desk.tick(at: 1_060).released.map(\.outcome) == [.undone])
        #expect(scratch.text("/opt/evil") == "evil")
    }

    @Test func `is refused where the host's policy leaves it out`() throws {
        let scratch = try Scratch()
        try scratch.write("/opt/evil", "evil")
        let desk = try scratch.desk(allowed: [.isolateHost])
        let receipt = try desk.execute(Scratch.order(Scratch.quarantine("/opt/evil")), at: 1_000)
        #expect(receipt.outcome == .refused)
        #expect(scratch.text("/opt/evil") == "evil")
    }

    @Test(arguments: 0..<8)
    func `stopped after any step ends done or undone at the next start`(steps: Int) throws {
        let scratch = try Scratch()
        try scratch.write("/opt/evil", "evil", mode: 0o4711)
        try scratch.write("/opt/second", "second")
        let before = try [scratch.state("/opt/evil"), scratch.state("/opt/second")]
        let desk = try desk(scratch)
        let order = try Scratch.order(Scratch.quarantine("/opt/evil", "/opt/second"))
        var work = ActionWork(
            desk: desk,
            log: try TransactionLog.begin("order-1", in: desk.transactions, key: desk.key),
            transaction: ActionTransaction(order, at: 1_000), now: 1_000)
        try work.begin()
        var way = ActionWork.Way(aim: .done)
        for _ in 0..<steps { _ = try work.advance(&way) }
        _ = try scratch.desk().recover(at: 1_001)
        let outcome = try #require(try scratch.desk().receipts().first?.outcome)
        #expect(outcome == (steps >= 4 ? .done : steps >= 2 ? .undone : .refused))
        if outcome == .done {
            #expect(try scratch.desk().undo("order-1", reason: "r", at: 1_002).isRestored)
        }
        #expect(try [scratch.state("/opt/evil"), scratch.state("/opt/second")] == before)
    }
}
