/// Processes as the proc connector tells them: by number alone. Lines are those of the kernel programs with fewer fields; `unread` says that
/// the process was gone before /proc could be read.
extension EventLines {
    mutating func seen(_ event: ProcessConnector.Event, time: UInt64) {
        switch event {
        case .fork(let parent, let child): forked(parent, child, time)
        case .exec(let pid): started(pid, time)
        case .exit(let pid, let status): ended(pid, status, time)
        }
    }

    private mutating func forked(_ parent: UInt32, _ child: UInt32, _ time: UInt64) {
        guard let known = table.current(parent) else { return }
        // The child's start is not told; it is now, and /proc sets it right when it runs a program.
        table.fork(known.key, child: ProcessKey(pid: child, start: time), uid: known.uid)
    }

    private mutating func started(_ pid: UInt32, _ time: UInt64) {
        let before = table.current(pid)
        guard var entry = ProcFiles.entry(pid) else {
            begin("process_start", time)
            writer.object("process")
            writer.number("pid", pid)
            writer.end()
            if let before { parent(before.parent) }
            writer.truth("unread", true)
            writer.endLine()
            return
        }
        if let known = table.current(entry.parent.pid) { entry.parent = known.key }
        table.set(entry)
        begin("process_start", time)
        writer.object("process")
        identity("id", entry.key)
        writer.number("pid", pid)
        writer.text("executable", entry.executable)
        if !entry.commandLine.isEmpty { writer.text("command_line", entry.commandLine) }
        if let folder = SystemFile.link("/proc/\(pid)/cwd") {
            writer.text("working_directory", folder)
        }
        user("user", entry.uid)
        writer.number("uid", entry.uid)
        content(entry)
        writer.end()
        parent(entry.parent)
        ancestors(of: entry)
        writer.endLine()
    }

    private mutating func content(_ entry: ProcessEntry) {
        if let identity = SystemFile.identity("/proc/\(entry.key.pid)/exe"),
            let hash = sha256(identity, pid: entry.key.pid, path: entry.executable)
        {
            writer.text("sha256", hash)
        }
        guard let owner = packageOwner(of: entry.executable) else { return }
        if let owner { writer.text("package", owner) } else { writer.truth("packaged", false) }
    }

    private mutating func ended(_ pid: UInt32, _ status: UInt32, _ time: UInt64) {
        begin("process_end", time)
        writer.object("process")
        let known = table.current(pid)
        if let known {
            identity("id", known.key)
            writer.number("pid", pid)
            if !known.executable.isEmpty { writer.text("executable", known.executable) }
            if !known.commandLine.isEmpty { writer.text("command_line", known.commandLine) }
            user("user", known.uid)
            writer.number("uid", known.uid)
        } else {
            writer.number("pid", pid)
        }
        writer.end()
        if let known { parent(known.parent) }
        if status & 0x7f != 0 {
            writer.number("signal", status & 0x7f)
        } else {
            writer.number("exit_code", status >> 8 & 0xff)
        }
        writer.endLine()
        if let known { table.exit(known.key, time: time) }
    }

    /// The connector says that it lost events, not how many: at least one each time.
    mutating func overflowed(_ times: UInt64, seconds: UInt64, time: UInt64) {
        begin("sensor_drop", time)
        writer.object("sensor")
        writer.number("lost", times)
        writer.truth("at_least", true)
        writer.number("seconds", seconds)
        writer.end()
        writer.endLine()
    }
}
