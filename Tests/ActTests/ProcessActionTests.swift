import Glibc
import Testing

@testable import Act

/// A shell with children, ended at the end.
final class ProcessTree {
    let root: ProcessIdentity
    private let input: Descriptor?

    /// Lets a script that waits go on.
    func go() { try? input?.write(Array("go\n".utf8)[...]) }

    /// Only its end is left.
    var isOver: Bool { ProcessTable.row(root.pid)?.isGone ?? true }

    /// `count` processes below the shell.
    init(_ script: String, count: Int, waitsForInput: Bool = false) throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (Descriptor(ends[0]), Descriptor(ends[1]))
        input = waitsForInput ? writing : nil
        var pid: pid_t = 0
        let words: [UnsafeMutablePointer<CChar>?] =
            ["sh", "-c", script].map { (word: String) in strdup(word) } + [nil]
        defer { words.forEach { free($0) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        for number in 0...2 {
            posix_spawn_file_actions_addopen(&actions, Int32(number), "/dev/null", O_RDWR, 0)
        }
        if waitsForInput, let reading {
            posix_spawn_file_actions_adddup2(&actions, reading.number, 0)
        }
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let problem = posix_spawn(&pid, "/bin/sh", &actions, &attributes, words, nil)
        posix_spawnattr_destroy(&attributes)
        posix_spawn_file_actions_destroy(&actions)
        root = try #require(problem == 0 ? ProcessTable.row(pid) : nil).identity
        var waits = 0
        while try below.count < count, waits < 2_000 {
            poll(nil, 0, 5)
            waits += 1
        }
    }

    var below: [ProcessTable.Row] {
        get throws { ProcessTable.descendants(of: [root.pid], in: try ProcessTable.all()) }
    }

    var letters: [UInt8] {
        get throws {
            ([ProcessTable.row(root.pid)].compactMap(\.self) + (try below)).map(\.letter)
        }
    }

    /// Whether anything of its group is left that runs, also what lost its parent.
    var isAlive: Bool {
        get throws {
            try ProcessTable.all().contains { getpgid($0.identity.pid) == root.pid && !$0.isGone }
        }
    }

    deinit {
        let rows = (try? below) ?? []
        for row in rows { kill(row.identity.pid, SIGKILL) }
        kill(-root.pid, SIGKILL)
        waitpid(root.pid, nil, 0)
    }
}

@Suite struct `Processes` {
    private static let script = "sleep 1000 & setsid sh -c 'sleep 1000 & wait' & wait"

    private func action(_ verb: String, _ tree: ProcessTree) -> String {
        #"{"kind":"\#(verb)_processes","tree":true,"processes":[\#(tree.root.json.line)]}"#
    }

    @Test func `are held with all they started, and go on after an undo by another desk`() throws {
        let scratch = try Scratch()
        let tree = try ProcessTree(Self.script, count: 3)
        let receipt = try scratch.desk().execute(
            Scratch.order(action("suspend", tree)), at: 1_000)
        #expect(receipt.outcome == .done)
        #expect(try tree.letters == Array("TTTT".utf8))
        #expect(try scratch.desk().examine(at: 1_000).allSatisfy(\.problems.isEmpty))
        #expect(try scratch.desk().undo("order-1", reason: "r", at: 1_001).isRestored)
        #expect(try tree.letters.allSatisfy { $0 != UInt8(ascii: "T") })
    }

    @Test func `that were stopped before stay so after an undo`() throws {
        let scratch = try Scratch()
        let tree = try ProcessTree(Self.script, count: 3)
        let sleeper = try #require(try tree.below.first { $0.name == "sleep" })
        kill(sleeper.identity.pid, SIGSTOP)
        _ = try scratch.desk().execute(Scratch.order(action("suspend", tree)), at: 1_000)
        #expect(try scratch.desk().undo("order-1", reason: "r", at: 1_001).isRestored)
        #expect(ProcessTable.row(sleeper.identity.pid)?.isStopped == true)
        #expect(ProcessTable.row(tree.root.pid)?.isStopped == false)
    }

    @Test func `are ended with all they started, which cannot be undone`() throws {
        let scratch = try Scratch()
        // Starts new ones as fast as it can while it is being stopped.
        let tree = try ProcessTree(
            "i=0; while [ $i -lt 300 ]; do sleep 1000 & i=$((i+1)); done; wait", count: 20)
        let receipt = try scratch.desk().execute(Scratch.order(action("kill", tree)), at: 1_000)
        #expect(receipt.outcome == .done, "\(receipt)")
        #expect(try !tree.isAlive)
        #expect(throws: ActFailure.self) {
            try scratch.desk().undo("order-1", reason: "r", at: 1_001)
        }
    }

    @Test func `that have another's number are left alone`() throws {
        let scratch = try Scratch()
        let tree = try ProcessTree("sleep 1000 & wait", count: 1)
        let other = ProcessIdentity(pid: tree.root.pid, start: tree.root.start + 1)
        let action = #"{"kind":"kill_processes","processes":[\#(other.json.line)]}"#
        #expect(try scratch.desk().execute(Scratch.order(action), at: 1_000).outcome == .refused)
        #expect(ProcessTable.row(tree.root.pid)?.isGone == false)
    }

    @Test func `never are process 1, the kernel's or this one`() throws {
        let scratch = try Scratch()
        for pid in [1, 2, getpid()] {
            guard let row = ProcessTable.row(pid) else { continue }
            let action = #"{"kind":"kill_processes","processes":[\#(row.identity.json.line)]}"#
            let order = try Scratch.order(action, id: "o\(pid)")
            #expect(try scratch.desk().execute(order, at: 1_000).outcome == .refused)
        }
    }

    @Test func `have the same identity from nanoseconds as from ticks`() {
        let identity = ProcessIdentity(pid: 5, startNanoseconds: 12_349_999_999)
        #expect(identity == ProcessIdentity(pid: 5, start: 1_234))
    }
}
