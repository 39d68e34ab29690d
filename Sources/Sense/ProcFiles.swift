/// Processes as /proc tells them: for those that were there before the agent, and for what the table lost.
package enum ProcFiles {
    /// The first 16 hexadecimal digits of the kernel's random boot id; zeros where there is none.
    package static var bootID: [UInt8] {
        let text = SystemFile.read("/proc/sys/kernel/random/boot_id", countMax: 64) ?? []
        let digits = text.filter { $0 != UInt8(ascii: "-") && $0 > 0x20 }
        return digits.count >= 16
            ? Array(digits.prefix(16)) : [UInt8](repeating: UInt8(ascii: "0"), count: 16)
    }

    package static func seed(_ table: inout ProcessTable) {
        for name in SystemFile.names(in: "/proc") {
            guard let pid = UInt32(name), let entry = entry(pid) else { continue }
            table.set(entry)
        }
        linkParents(&table)
    }

    /// /proc tells the parent's number alone; its start is in its own entry.
    private static func linkParents(_ table: inout ProcessTable) {
        for name in SystemFile.names(in: "/proc") {
            guard let pid = UInt32(name), var entry = table.current(pid),
                let parent = table.current(entry.parent.pid)
            else { continue }
            entry.parent = parent.key
            table.set(entry)
        }
    }

    /// Nil where the process is gone.
    package static func entry(_ pid: UInt32) -> ProcessEntry? {
        guard let line = SystemFile.read("/proc/\(pid)/stat", countMax: 4_096),
            let status = Status(line)
        else { return nil }
        var entry = ProcessEntry(
            key: ProcessKey(pid: pid, ticks: status.startTicks),
            parent: ProcessKey(pid: status.parent, ticks: 0))
        entry.executable = program(SystemFile.link("/proc/\(pid)/exe") ?? [])
        if entry.executable.isEmpty { entry.executable = [91] + status.name + [93] }
        let command =
            SystemFile.read("/proc/\(pid)/cmdline", countMax: ProcessTable.commandCountMax) ?? []
        entry.commandLine = joined(command)
        entry.uid = owner(pid)
        return entry
    }

    /// A file in memory is `/memfd:NAME (deleted)` here and `memfd:NAME` where the kernel programs walk it.
    static func program(_ path: [UInt8]) -> [UInt8] {
        let end = Array(" (deleted)".utf8)
        guard path.starts(with: "/memfd:".utf8), path.suffix(end.count).elementsEqual(end) else {
            return path
        }
        return Array(path.dropFirst().dropLast(end.count))
    }

    private static func owner(_ pid: UInt32) -> UInt32 {
        let status = SystemFile.read("/proc/\(pid)/status", countMax: 2_048) ?? []
        for line in status.split(separator: UInt8(ascii: "\n"))
        where line.starts(with: "Uid:".utf8) {
            let digits = line.dropFirst(4).drop { $0 < 0x21 }.prefix { $0 > 0x20 }
            return UInt32(String(decoding: digits, as: UTF8.self)) ?? 0
        }
        return 0
    }

    /// Arguments, each with its zero, as one line with blanks between them.
    package static func joined(_ arguments: some Sequence<UInt8>) -> [UInt8] {
        var line = arguments.map { $0 == 0 ? UInt8(ascii: " ") : $0 }
        while line.last == UInt8(ascii: " ") { line.removeLast() }
        return line
    }

    /// What `/proc/PID/stat` says. The name may hold anything, brackets too, so it ends at the last one.
    struct Status {
        let name: [UInt8]
        let parent: UInt32
        /// Hundredths of a second since boot.
        let startTicks: UInt64

        init?(_ line: [UInt8]) {
            guard let open = line.firstIndex(of: UInt8(ascii: "(")),
                let close = line.lastIndex(of: UInt8(ascii: ")")), open < close
            else { return nil }
            name = Array(line[(open + 1)..<close])
            let words = line[(close + 1)...].split(separator: UInt8(ascii: " "))
            guard words.count > 19,
                let parent = UInt32(String(decoding: words[1], as: UTF8.self)),
                let start = UInt64(String(decoding: words[19], as: UTF8.self))
            else { return nil }
            self.parent = parent
            startTicks = start
        }
    }
}
