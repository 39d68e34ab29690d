import Glibc
import Testing

@testable import Act

/// A filesystem of its own on a loop device, unmounted at the end.
final class LoopMount {
    static let isThere =
        geteuid() == 0 && ["mount", "umount", "mkfs.ext4"].allSatisfy { Tool.path(of: $0) != nil }
    let path: String

    init(_ scratch: Scratch) throws {
        path = scratch.root + "/mount"
        mkdir(path, 0o755)
        let image = scratch.folder + "/image"
        let file = try #require(Descriptor(open(image, O_CREAT | O_WRONLY, 0o600)))
        try #require(ftruncate(file.number, 16 << 20) == 0)
        try #require(try Tool.run(["mkfs.ext4", "-q", image]).code == 0)
        try #require(try Tool.run(["mount", "-o", "loop", image, path]).code == 0)
    }

    deinit { _ = try? Tool.run(["umount", path]) }
}

@Suite(
    .enabled(
        if: LoopMount.isThere, "needs root and mkfs.ext4: copies before damage are NOT tested here")
)
struct `Copies before damage` {
    /// Runs a script as another process while a guard answers; the guard has ended when this returns, since this
    /// thread could not open anything on the mount without waiting for itself.
    private func run(
        _ script: String, _ world: World, limits: CopyLimits = CopyLimits(), isTrusted: Bool = false
    ) throws -> (process: ProcessIdentity, counts: CopyCounts) {
        var files = try FileGuard(mount: world.mount.path, desk: world.desk, limits: limits)
        let place = "cd \(world.mount.path); "
        let process = try ProcessTree("read go; " + place + script, count: 0, waitsForInput: true)
        process.go()
        while !process.isOver {
            try files.turn(timeoutMilliseconds: 20, at: 1_000) { _, _ in isTrusted }
        }
        return (process.root, files.counts)
    }

    private struct World {
        let scratch: Scratch
        let mount: LoopMount
        let desk: ActionDesk

        init() throws {
            scratch = try Scratch()
            mount = try LoopMount(scratch)
            try scratch.write("/mount/a", "one", mode: 0o640)
            try scratch.write("/mount/b", "four", mode: 0o600)
            desk = try ActionDesk(
                folder: scratch.journal, endpoint: Endpoint(), hostKey: Scratch.hostBytes)
        }

        func restore(_ process: ProcessIdentity, id: String = "order-1") throws -> ActionReceipt {
            let action = #"{"kind":"restore_files","processes":[\#(process.json.line)]}"#
            return try desk.execute(Scratch.order(action, id: id), at: 1_000)
        }
    }

    @Test func `give back what a process destroyed, and only that`() throws {
        let world = try World()
        let (scratch, desk) = (world.scratch, world.desk)
        let bystander = try run("echo new >> b", world)
        let attacker = try run("echo x > a; mv a a.locked; echo y > a.locked", world)
        #expect(bystander.counts.copied == 1 && attacker.counts.copied == 1)
        #expect(attacker.counts.uncovered == 0)
        #expect(try world.restore(attacker.process).outcome == .done)
        #expect(scratch.text("/mount/a") == "one")
        #expect(scratch.text("/mount/b") == "fournew\n")
        #expect(try desk.undo("order-1", reason: "r", at: 1_001).isRestored)
        #expect(scratch.text("/mount/a") == nil)
        #expect(try world.restore(bystander.process, id: "o2").outcome == .done)
        #expect(scratch.text("/mount/b") == "four")
    }

    @Test func `are the earliest, over a restart of the guard too`() throws {
        let world = try World()
        let first = try run("echo x > a", world)
        let second = try run("echo z > a", world)
        #expect(try world.restore(second.process).outcome == .done)
        #expect(world.scratch.text("/mount/a") == "x\n")
        #expect(try world.restore(first.process, id: "o2").outcome == .done)
        #expect(world.scratch.text("/mount/a") == "one")
    }

    @Test
    func `are not made for trusted programs, large files or without room, and that is counted`()
        throws
    {
        let world = try World()
        let trusted = try run("echo x >> a", world, isTrusted: true).counts
        #expect(trusted.trusted == 1 && trusted.copied == 0)
        var limits = CopyLimits()
        limits.fileBytesMax = 4
        let large = try run("echo 5 >> b; echo x >> a; cat b", world, limits: limits).counts
        // `a` has 5 bytes by now, `b` the 4 that are still copied when it is first opened; cat is another process.
        #expect(large.tooLarge == 2 && large.copied == 1, "\(large)")
        limits = CopyLimits()
        limits.storeBytesMax = 3
        let full = try run("echo x >> a", world, limits: limits).counts
        #expect(full.noRoom == 1 && full.uncovered == 1 && full.copied == 0)
    }

    @Test func `that were changed are not given back, and keep no other file from it`() throws {
        let world = try World()
        let attacker = try run("echo x > a; echo x > b", world)
        try world.scratch.write("/mount/.kagari-copies/1", "two", mode: 0o600)
        let receipt = try world.restore(attacker.process)
        #expect(receipt.outcome == .done && receipt.notes.count == 1)
        #expect(world.scratch.text("/mount/a") == "x\n" && world.scratch.text("/mount/b") == "four")
    }

    @Test func `are never made on the root`() throws {
        let scratch = try Scratch()
        #expect(throws: ActFailure.self) { try FileGuard(mount: "/", desk: scratch.desk()) }
    }
}
