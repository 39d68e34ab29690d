import Testing

@testable import Sense

@Suite struct `The process table` {
    private func entry(_ pid: UInt32, _ start: UInt64, parent: ProcessKey) -> ProcessEntry {
        var entry = ProcessEntry(key: ProcessKey(pid: pid, ticks: start), parent: parent)
        entry.executable = Array("/bin/\(pid)".utf8)
        return entry
    }

    private let none = ProcessKey(pid: 0, ticks: 0)

    @Test func `takes no process for another with the same number`() {
        var table = ProcessTable()
        table.set(entry(7, 100, parent: none))
        #expect(table[ProcessKey(pid: 7, ticks: 100)] != nil)
        #expect(table[ProcessKey(pid: 7, ticks: 101)] == nil)
        table.set(entry(7, 200, parent: none))
        #expect(table[ProcessKey(pid: 7, ticks: 100)] == nil)
    }

    @Test func `gives a child what its parent is`() {
        var table = ProcessTable()
        let parent = ProcessKey(pid: 7, ticks: 100)
        table.set(entry(7, 100, parent: none))
        table.fork(parent, child: ProcessKey(pid: 8, ticks: 150), uid: 5)
        let child = table[ProcessKey(pid: 8, ticks: 150)]
        #expect(child?.executable == Array("/bin/7".utf8))
        #expect(child?.parent == parent)
        #expect(child?.uid == 5)
    }

    @Test func `keeps what ended for ten seconds`() {
        var table = ProcessTable()
        table.set(entry(7, 100, parent: none))
        let key = ProcessKey(pid: 7, ticks: 100)
        table.exit(key, time: 5)
        table.forget(before: 5 + ProcessTable.keptNanoseconds)
        #expect(table[key] != nil)
        table.forget(before: 6 + ProcessTable.keptNanoseconds)
        #expect(table[key] == nil)
    }

    @Test func `lets the oldest of too many that ended go`() {
        var table = ProcessTable()
        for pid in 0...UInt32(ProcessTable.endedMax) {
            table.set(entry(pid, 1, parent: none))
            table.exit(ProcessKey(pid: pid, ticks: 1), time: 1)
        }
        #expect(table.count == ProcessTable.endedMax)
        #expect(table[ProcessKey(pid: 0, ticks: 1)] == nil)
        #expect(table[ProcessKey(pid: 1, ticks: 1)] != nil)
    }

    @Test func `counts what does not fit`() {
        var table = ProcessTable()
        for pid in 0..<UInt32(ProcessTable.countMax) { table.set(entry(pid, 1, parent: none)) }
        #expect(table.forgotten == 0)
        table.set(entry(UInt32(ProcessTable.countMax), 1, parent: none))
        #expect(table.forgotten == 1)
        #expect(table.count == ProcessTable.countMax)
        table.set(entry(3, 2, parent: none))
        #expect(table.forgotten == 1)
    }

    @Test func `tells ancestors up to the sixteenth, and ends in a circle`() {
        var table = ProcessTable()
        var last = none
        for pid in 1...20 as ClosedRange<UInt32> {
            table.set(entry(pid, 1, parent: last))
            last = ProcessKey(pid: pid, ticks: 1)
        }
        var pids: [UInt32] = []
        table.forEachAncestor(of: entry(21, 1, parent: last)) { pids.append($0.key.pid) }
        #expect(pids == (5...20).reversed())
        table.set(entry(1, 1, parent: ProcessKey(pid: 1, ticks: 1)))
        pids = []
        table.forEachAncestor(of: entry(2, 1, parent: ProcessKey(pid: 1, ticks: 1))) {
            pids.append($0.key.pid)
        }
        #expect(pids == [1])
    }

    @Test(arguments: [
        ("/memfd:x (deleted)", "memfd:x"), ("/usr/bin/id", "/usr/bin/id"),
        ("/tmp/x (deleted)", "/tmp/x (deleted)"), ("/memfd:x", "/memfd:x"),
    ])
    func `names a program in memory as the kernel does`(path: String, wanted: String) {
        let named = ProcFiles.program(Array(path.utf8))
        #expect(String(decoding: named, as: UTF8.self) == wanted)
    }

    @Test func `reads a status line whose name has brackets and blanks in it`() {
        let line = "42 (a) b (c) S 7 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4377350 1 2"
        let status = ProcFiles.Status(Array(line.utf8))
        #expect(status?.parent == 7)
        #expect(status?.startTicks == 4_377_350)
        #expect(status?.name == Array("a) b (c".utf8))
        #expect(ProcFiles.Status(Array("42 (a S 7".utf8)) == nil)
    }
}
