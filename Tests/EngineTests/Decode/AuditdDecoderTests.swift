import Testing

@testable import Engine

@Suite struct `Auditd decoder` {
    private func lines(_ serials: [(Int, String)], second: (Int) -> Int = { _ in 0 }) -> [UInt8] {
        var text = ""
        for (index, (serial, type)) in serials.enumerated() {
            text += "type=\(type) msg=audit(\(1_700_000_000 + second(index)).000:\(serial)): "
            text += "item=\(index)\n"
        }
        return Array(text.utf8)
    }

    private func records(_ events: [String]) -> [Int] {
        events.map { $0.split(separator: "\n").count { $0.hasPrefix("item=") } }
    }

    @Test func `records of one serial become one event, however they are mixed`() {
        let bytes = lines([
            (2, "SYSCALL"), (1, "SYSCALL"), (2, "PATH"), (1, "PATH"), (1, "PROCTITLE"),
            (2, "PROCTITLE"),
        ])
        #expect(records(TextDecoding.events(.auditd, bytes)) == [3, 3])
    }

    @Test func `a record that comes two seconds late starts its event anew`() {
        let bytes = lines([(1, "SYSCALL"), (2, "SYSCALL"), (1, "PATH")]) { $0 == 1 ? 3 : 0 }
        #expect(records(TextDecoding.events(.auditd, bytes)) == [1, 1, 1])
    }

    @Test func `no more than the stated number of events wait`() {
        let count = AuditdQueue.eventsMax + 1
        var serials = (0..<count).map { ($0, "SYSCALL") }
        serials.append((count - 1, "PATH"))
        serials.append((0, "PATH"))
        let events = TextDecoding.events(.auditd, lines(serials))
        #expect(events.count == count + 1)
        #expect(records(events).max() == 2)
    }

    @Test func `a node's event is not joined with another node's`() {
        let bytes = Array(
            """
            node=a type=SYSCALL msg=audit(1700000000.000:1): item=0
            node=b type=PATH msg=audit(1700000000.000:1): item=1

            """.utf8)
        #expect(records(TextDecoding.events(.auditd, bytes)) == [1, 1])
    }

    @Test func `a block is cut where an event ends`() {
        let bytes = lines([(1, "SYSCALL"), (1, "PATH"), (2, "SYSCALL"), (2, "PATH"), (2, "CWD")])
        let third = bytes.indices.filter { bytes[$0] == 10 }[1] + 1
        let fifth = bytes.indices.filter { bytes[$0] == 10 }[3] + 1
        #expect(AuditdDecoder.cut(bytes.span, before: fifth) == third)
        #expect(AuditdDecoder.cut(bytes.span, before: third - 1) == third - 1)
    }

    @Test(arguments: [
        ("c000003e", 59, "execve"), ("c000003e", 322, "execveat"), ("c000003e", 175, "init_module"),
        ("40000003", 11, "execve"), ("c00000b7", 221, "execve"), ("c00000b7", 203, "connect"),
        ("c000003e", 435, "clone3"), ("c000003e", 450, "set_mempolicy_home_node"),
    ])
    func `system calls have their names`(arch: String, number: Int, name: String) throws {
        let code = try #require(UInt32(arch, radix: 16))
        #expect(AuditdSyscalls.name(arch: code, number: number).map { "\($0)" } == name)
    }

    @Test(arguments: [("c000003e", -1), ("c000003e", 335), ("c000003e", 99_999), ("0", 59)])
    func `unknown system calls have none`(arch: String, number: Int) throws {
        let code = try #require(UInt32(arch, radix: 16))
        #expect(AuditdSyscalls.name(arch: code, number: number) == nil)
    }
}

@Suite struct `Journal decoder` {
    @Test func `a block is cut where an entry ends`() {
        let binary = "MESSAGE\n\u{5}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}a\n\nbc\n"
        let bytes = Array("_PID=1\n\n\(binary)_PID=2\n\n_PID=3\n".utf8)
        let firstEnd = 8
        let secondEnd = bytes.count - 7
        #expect(JournalDecoder.cut(bytes.span, before: secondEnd) == secondEnd)
        #expect(JournalDecoder.cut(bytes.span, before: secondEnd - 1) == firstEnd)
        #expect(JournalDecoder.cut(bytes.span, before: 4) == 4)
        #expect(TextDecoding.events(.journal, bytes).count == 3)
    }
}
