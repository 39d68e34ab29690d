/// Processes: programs started, processes made, ends.
extension EventLines {
    mutating func start(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let file = ExecutedFile(bytes)
        let key = ProcessKey(pid: record.pid, start: record.start)
        let parent = ProcessKey(pid: record.parentPID, start: record.parentStart)
        var entry = ProcessEntry(key: key, parent: parent)
        entry.uid = record.uid
        WalkedPath.append(record.part(1), of: bytes, to: &entry.executable)
        let line = commandLine(record.part(0), bytes)
        entry.commandLine = Array(line.prefix(ProcessTable.commandCountMax))
        table.set(entry)

        begin("process_start", record.time)
        writer.object("process")
        identity("id", key)
        writer.number("pid", record.pid)
        writer.text("name", bytes.extracting(bytes.text(96..<112)))
        writer.text("executable", entry.executable)
        if !line.isEmpty { writer.text("command_line", line) }
        arguments(record.part(0), bytes)
        path("working_directory", record.part(2), bytes)
        calledAs(record, entry.executable, bytes)
        credentials(record, file)
        place(record, file, bytes)
        content(record, file, entry.executable)
        environment(record.part(3), bytes)
        writer.end()
        self.parent(parent)
        ancestors(of: entry)
        end(record)
    }

    private func commandLine(_ range: Range<Int>, _ bytes: Span<UInt8>) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(range.count)
        var end = range.upperBound
        while end > range.lowerBound, bytes[end - 1] == 0 { end -= 1 }
        for index in range.lowerBound..<end {
            line.append(bytes[index] == 0 ? UInt8(ascii: " ") : bytes[index])
        }
        return line
    }

    /// One by one, only where the line alone does not tell where one ends.
    private mutating func arguments(_ range: Range<Int>, _ bytes: Span<UInt8>) {
        var isPlain = true
        var before: UInt8 = 0
        for index in range {
            let byte = bytes[index]
            if byte == UInt8(ascii: " ") || byte == 0 && before == 0 { isPlain = false }
            before = byte
        }
        guard !isPlain else { return }
        writer.array("arguments")
        var start = range.lowerBound
        for index in range where bytes[index] == 0 {
            writer.element()
            writer.quoted(bytes.extracting(start..<index))
            start = index + 1
        }
        if start < range.upperBound {
            writer.element()
            writer.quoted(bytes.extracting(start..<range.upperBound))
        }
        writer.endArray()
    }

    /// The name that was called where it is not the file that runs: a link, a script, a relative path.
    private mutating func calledAs(
        _ record: KernelRecord, _ executable: [UInt8], _ bytes: Span<UInt8>
    ) {
        let name = bytes.extracting(bytes.text(record.part(4)))
        let interpreter = bytes.extracting(bytes.text(record.part(7)))
        if name.count > 0, !same(name, executable.span) { writer.text("called_as", name) }
        if name.count > 0, interpreter.count > 0, !same(name, interpreter) {
            writer.text("script", name)
        }
    }

    private func same(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count where one[index] != other[index] { return false }
        return true
    }

    private mutating func credentials(_ record: KernelRecord, _ file: ExecutedFile) {
        user("user", record.uid)
        writer.number("uid", record.uid)
        writer.number("gid", record.gid)
        if record.euid != record.uid {
            writer.number("euid", record.euid)
            user("effective_user", record.euid)
        }
        if file.login != .max {
            writer.number("login_uid", file.login)
            user("login_user", file.login)
        }
        writer.hex("capabilities", UInt64(bitPattern: record.value[3]))
        if file.mode & 0o6000 != 0 {
            writer.word("set_id", file.mode & 0o4000 != 0 ? "user" : "group")
        }
    }

    private mutating func place(
        _ record: KernelRecord, _ file: ExecutedFile, _ bytes: Span<UInt8>
    ) {
        writer.number("session", file.session)
        let terminal = bytes.text(record.part(5))
        if !terminal.isEmpty { writer.text("terminal", bytes.extracting(terminal)) }
        let group = bytes.text(record.part(6))
        if !group.isEmpty {
            writer.text("control_group", bytes.extracting(group))
            if let container = container(group, bytes) {
                writer.text("container", bytes.extracting(container))
            }
        }
        let own = ownSpaces
        guard
            file.mountSpace != own.mount || file.pidSpace != own.pid || file.netSpace != own.net
                || file.userSpace != own.user
        else { return }
        writer.object("namespaces")
        if file.mountSpace != own.mount { writer.number("mount", file.mountSpace) }
        if file.pidSpace != own.pid { writer.number("pid", file.pidSpace) }
        if file.netSpace != own.net { writer.number("network", file.netSpace) }
        if file.userSpace != own.user { writer.number("user", file.userSpace) }
        writer.end()
    }

    /// Engines name a container's control group with its id: 64 hexadecimal digits.
    private func container(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int>? {
        var start = range.lowerBound
        for index in range.lowerBound...range.upperBound {
            let isDigit =
                index < range.upperBound
                && (bytes[index] >= 0x30 && bytes[index] <= 0x39
                    || bytes[index] >= 0x61 && bytes[index] <= 0x66)
            if isDigit { continue }
            if index - start == 64 { return start..<index }
            start = index + 1
        }
        return nil
    }

    private mutating func content(
        _ record: KernelRecord, _ file: ExecutedFile, _ executable: [UInt8]
    ) {
        let identity = SystemFile.Identity(
            device: UInt64(file.device), inode: file.inode, size: record.value[0],
            changed: record.value[1], written: record.value[2])
        if let hash = sha256(identity, pid: record.pid, path: executable) {
            writer.text("sha256", hash)
        }
        writer.number("size", record.value[0])
        writer.number("file_owner", file.owner)
        if file.links == 0 {
            writer.word(
                "file_state",
                executable.starts(with: "memfd:".utf8) ? "memory" : "deleted")
            return
        }
        if let owner = packageOwner(of: executable) {
            if let owner { writer.text("package", owner) } else { writer.truth("packaged", false) }
        }
    }

    /// Names that tell how code gets into a program, how somebody came in, and what a shell keeps. Others may be secrets.
    private mutating func environment(_ range: Range<Int>, _ bytes: Span<UInt8>) {
        var isOpen = false
        var start = range.lowerBound
        for index in range where bytes[index] == 0 {
            defer { start = index + 1 }
            guard let equals = (start..<index).first(where: { bytes[$0] == UInt8(ascii: "=") })
            else { continue }
            let name = bytes.extracting(start..<equals)
            guard Self.isTold(name) else { continue }
            if !isOpen { writer.object("environment") }
            isOpen = true
            writer.member(name, bytes.extracting(equals + 1..<index))
        }
        if isOpen { writer.end() }
    }

    private static func isTold(_ name: Span<UInt8>) -> Bool {
        var text: [UInt8] = []
        for index in 0..<min(name.count, 64) { text.append(name[index]) }
        if text.starts(with: "LD_".utf8) || text.starts(with: "SSH_".utf8)
            || text.starts(with: "SUDO_".utf8)
        {
            return true
        }
        return toldNames.contains(text)
    }

    private static let toldNames: Set<[UInt8]> = Set(
        [
            "BASH_ENV", "GCONV_PATH", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PERL5OPT",
            "PERL5LIB", "NODE_OPTIONS", "HISTFILE", "HISTSIZE", "HISTFILESIZE", "HISTCONTROL",
        ].map { Array($0.utf8) })

    mutating func ancestors(of entry: ProcessEntry) {
        var found: [ProcessEntry] = []
        table.forEachAncestor(of: entry) { found.append($0) }
        guard !found.isEmpty else { return }
        writer.array("ancestors")
        for ancestor in found {
            writer.element()
            writer.begin()
            identity("id", ancestor.key)
            if !ancestor.executable.isEmpty { writer.text("executable", ancestor.executable) }
            writer.end()
        }
        writer.endArray()
    }

    mutating func fork(_ record: KernelRecord) {
        let parent = ProcessKey(pid: record.pid, start: record.start)
        let child = ProcessKey(
            pid: UInt32(truncatingIfNeeded: record.value[0]),
            start: UInt64(bitPattern: record.value[1]))
        // A parent that was there before us is read once, so that its children have a name.
        _ = entry(
            parent, parent: ProcessKey(pid: record.parentPID, start: record.parentStart),
            uid: record.uid)
        table.fork(parent, child: child, uid: record.uid)
        guard forksAreTold else { return }
        begin("process_fork", record.time)
        writer.object("process")
        identity("id", child)
        writer.number("pid", child.pid)
        writer.end()
        self.parent(parent)
        end(record)
    }

    mutating func exit(_ record: KernelRecord, _ bytes: Span<UInt8>) {
        let key = ProcessKey(pid: record.pid, start: record.start)
        let status = UInt64(bitPattern: record.value[0])
        begin("process_end", record.time)
        context(record, bytes)
        if status & 0x7f != 0 {
            writer.number("signal", status & 0x7f)
        } else {
            writer.number("exit_code", status >> 8 & 0xff)
        }
        writer.number("lived_ms", (max(record.time, record.start) - record.start) / 1_000_000)
        end(record)
        table.exit(key, time: record.time)
    }
}
