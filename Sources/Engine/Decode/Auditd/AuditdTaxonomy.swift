/// What the records of one audit event say together, in Sigma's taxonomy.
///
/// - Output: `auditd_class`, which picks the log source, and by class
///   - `execve`: `Image` (exe), `CommandLine` (the arguments with a space between), `ProcessId`,
///     `ParentProcessId`, `User` (enriched name, `root` for 0, else the number),
///     `CurrentDirectory`, `LogonId` (auid);
///   - `file-create`, `file-delete`, `file-rename`: the same but for the command line, and
///     `TargetFilename`, made absolute with the event's working directory;
///   - `connect`: `Image`, `ProcessId`, `User`, `DestinationIp`, `DestinationPort`, `Initiated`;
///   - `logon`, `logon-failure`, `session-start`, `session-end`, `user-command`, `account`, `group`:
///     `TargetUserName` (acct, else id), `IpAddress` (addr), `Outcome`; a user command's
///     `SubjectUserName`, `CommandLine`, `CurrentDirectory`, `Image`, `ProcessId`;
///   - `service`, `path`, `syscall`, `other`: nothing more.
/// - A system call that failed (`success=no`) started no process and made no file: its class is
///   `syscall`, its fields stay.
struct AuditdTaxonomy {
    private(set) var syscallNumber: Int?
    /// The system call's name where an interpreted log has it in place of the number.
    private(set) var syscallText: Range<Int>?
    private(set) var arch: UInt32?
    private var kinds: Set = []
    private var userID: AuditdToken?
    private var exe, pid, ppid, uid, uidName, auid, cwd, acct, addr, cmd, title: AuditdToken?
    private var name: AuditdToken?
    private var nameType = Change.none
    /// `success` of the system call, and `res` of a message from user space.
    private var success, result: Bool?
    private var inProgress = false
    private var isConnect = false
    private var socket: Range<Int>?
    private var created, deleted: AuditdToken?

    struct Set: OptionSet {
        var rawValue: UInt32
    }

    enum Kind: UInt32 {
        case syscall, execve, path, cwd, socket, title, avc, login, auth, sessionStart, sessionEnd
        case command, account, group, service, other

        init(_ bytes: Span<UInt8>, _ type: Range<Int>) {
            for (name, kind) in Self.known where bytes.equals(name, type) {
                self = kind
                return
            }
            self = .other
        }

        private static let known: [(StaticString, Kind)] = [
            ("SYSCALL", .syscall), ("PATH", .path), ("CWD", .cwd), ("PROCTITLE", .title),
            ("EXECVE", .execve), ("SOCKADDR", .socket), ("AVC", .avc), ("USER_AVC", .avc),
            ("USER_LOGIN", .login), ("USER_AUTH", .auth), ("USER_ERR", .auth),
            ("USER_START", .sessionStart), ("USER_END", .sessionEnd),
            ("USER_LOGOUT", .sessionEnd), ("USER_CMD", .command), ("ADD_USER", .account),
            ("DEL_USER", .account), ("USER_MGMT", .account), ("USER_CHAUTHTOK", .account),
            ("ACCT_LOCK", .account), ("ACCT_UNLOCK", .account), ("ADD_GROUP", .group),
            ("DEL_GROUP", .group), ("GRP_MGMT", .group), ("GRP_CHAUTHTOK", .group),
            ("SERVICE_START", .service), ("SERVICE_STOP", .service),
        ]
    }

    private enum Change { case none, created, deleted }

    private func has(_ kind: Kind) -> Bool { kinds.contains(Set(rawValue: 1 << kind.rawValue)) }

    // MARK: noting

    mutating func note(_ kind: Kind) { kinds.insert(Set(rawValue: 1 << kind.rawValue)) }

    mutating func note(_ token: AuditdToken, _ kind: Kind, _ bytes: Span<UInt8>) {
        switch kind {
        case .syscall: noteSyscall(token, bytes)
        case .path:
            if bytes.equals("name", token.name) { name = token }
            if bytes.equals("nametype", token.name) {
                nameType =
                    bytes.equals("CREATE", token.value)
                    ? .created : bytes.equals("DELETE", token.value) ? .deleted : .none
            }
        case .cwd: if bytes.equals("cwd", token.name) { cwd = token }
        case .socket: if bytes.equals("saddr", token.name) { socket = token.value }
        case .title: if bytes.equals("proctitle", token.name) { title = token }
        case .execve, .avc: break
        default: noteUser(token, bytes)
        }
    }

    mutating func endRecord(_ kind: Kind) {
        if kind == .path, nameType == .created { created = created ?? name }
        if kind == .path, nameType == .deleted { deleted = deleted ?? name }
        name = nil
        nameType = .none
    }

    private mutating func noteSyscall(_ token: AuditdToken, _ bytes: Span<UInt8>) {
        let key = token.name
        if bytes.equals("exe", key) {
            exe = token
        } else if bytes.equals("pid", key) {
            pid = token
        } else if bytes.equals("ppid", key) {
            ppid = token
        } else if bytes.equals("uid", key) {
            uid = token
        } else if bytes.equals("UID", key) {
            uidName = token
        } else if bytes.equals("auid", key) {
            auid = token
        } else if bytes.equals("success", key) {
            success = bytes.equals("yes", token.value)
        } else if bytes.equals("exit", key) {
            inProgress =
                bytes.equals("-115", token.value)
                || bytes.has(
                    "EINPROGRESS", at: token.value.lowerBound, before: token.value.upperBound)
        } else if bytes.equals("arch", key) {
            arch = Self.arch(bytes, token.value)
        } else if bytes.equals("syscall", key) {
            var text = TextScanner(bytes, token.value)
            syscallNumber = text.number(1, 5)
            if syscallNumber == nil { syscallText = token.value }
            if bytes.equals("connect", token.value) { isConnect = true }
        } else if bytes.equals("SYSCALL", key) {
            if bytes.equals("connect", token.value) { isConnect = true }
        }
    }

    private mutating func noteUser(_ token: AuditdToken, _ bytes: Span<UInt8>) {
        let key = token.name
        if bytes.equals("acct", key) {
            acct = token
        } else if bytes.equals("id", key) {
            userID = token
        } else if bytes.equals("uid", key) {
            uid = uid ?? token
        } else if bytes.equals("UID", key) {
            uidName = uidName ?? token
        } else if bytes.equals("addr", key) {
            if !bytes.equals("?", token.value) { addr = token }
        } else if bytes.equals("cmd", key) {
            cmd = token
        } else if bytes.equals("cwd", key) {
            cwd = token
        } else if bytes.equals("exe", key) {
            exe = exe ?? token
        } else if bytes.equals("pid", key) {
            pid = pid ?? token
        } else if bytes.equals("res", key) || bytes.equals("result", key) {
            result =
                bytes.equals("success", token.value) || bytes.equals("1", token.value)
                || bytes.equals("yes", token.value)
        }
    }

    private static func arch(_ bytes: Span<UInt8>, _ value: Range<Int>) -> UInt32? {
        if bytes.equals("x86_64", value) { return 0xc000_003e }
        if bytes.equals("aarch64", value) { return 0xc000_00b7 }
        guard (1...8).contains(value.count) else { return nil }
        var code: UInt32 = 0
        for index in value {
            guard let digit = Ascii.hex(bytes[index]) else { return nil }
            code = code << 4 | UInt32(digit)
        }
        return code
    }

    // MARK: appending

    private var syscallIsConnect: Bool {
        if isConnect { return true }
        guard let syscallNumber, let arch,
            let name = AuditdSyscalls.name(arch: arch, number: syscallNumber)
        else { return false }
        return unsafe name.utf8CodeUnitCount == 7 && name.utf8Start[0] == UInt8(ascii: "c")
            && name.utf8Start[1] == UInt8(ascii: "o") && name.utf8Start[6] == UInt8(ascii: "t")
    }

    private var category: StaticString {
        if has(.syscall) || has(.execve) || has(.path) {
            // A non-blocking connect "fails" with EINPROGRESS and is made all the same.
            if has(.socket), syscallIsConnect, success != false || inProgress { return "connect" }
            guard success != false else { return "syscall" }
            if has(.execve) { return "execve" }
            if created != nil { return deleted != nil ? "file-rename" : "file-create" }
            if deleted != nil { return "file-delete" }
            return has(.path) ? "path" : "syscall"
        }
        if has(.login) { return result == false ? "logon-failure" : "logon" }
        if has(.auth), result == false { return "logon-failure" }
        if has(.sessionStart) { return "session-start" }
        if has(.sessionEnd) { return "session-end" }
        if has(.command) { return "user-command" }
        if has(.account) { return "account" }
        if has(.group) { return "group" }
        return has(.service) ? "service" : "other"
    }

    /// - Parameter forEachRecord: Calls its argument with every record of the event, in order.
    func append(
        _ names: AuditdNames, _ bytes: Span<UInt8>, _ event: inout EventBuffer,
        _ forEachRecord: ((AuditdRecord) -> Void) -> Void
    ) {
        let category = category
        event.append(names.kind, category)
        guard has(.syscall) || has(.execve) || has(.path) else {
            appendUser(names, bytes, &event)
            return
        }
        exe?.append(names.image, bytes, &event)
        pid?.append(names.processID, bytes, &event)
        ppid?.append(names.parentProcessID, bytes, &event)
        if let uidName {
            uidName.append(names.user, bytes, &event)
        } else if let uid {
            if bytes.equals("0", uid.value) {
                event.append(names.user, "root")
            } else {
                uid.append(names.user, bytes, &event)
            }
        }
        if has(.execve), success != false {
            cwd?.append(names.directory, bytes, &event)
            auid?.append(names.logonID, bytes, &event)
            let start = event.beginValue()
            var first = true
            var last = -1
            forEachRecord { record in
                guard bytes.equals("EXECVE", record.type) else { return }
                Self.putArguments(record, bytes, &first, &last, &event)
            }
            if first, let title { title.put(bytes, &event) }
            event.endValue(names.commandLine, from: start)
        } else if let file = created ?? deleted, success != false {
            appendPath(file, names, bytes, &event)
        } else if success != false || inProgress, has(.socket), syscallIsConnect, let socket {
            AuditdSocket.append(bytes, socket, names, &event)
        }
    }

    /// Puts `a0`, `a1` … with a space between; the pieces of a long one without.
    private static func putArguments(
        _ record: AuditdRecord, _ bytes: Span<UInt8>, _ first: inout Bool, _ last: inout Int,
        _ event: inout EventBuffer
    ) {
        let end = bytes.position(of: 0x1d, in: record.body) ?? record.body.upperBound
        var text = TextScanner(bytes, record.body.lowerBound..<end)
        while let token = AuditdToken.next(&text, isExecve: true) {
            guard let number = AuditdToken.argument(bytes, token.name) else { continue }
            if !first, number != last { event.put(Ascii.space) }
            token.put(bytes, &event)
            first = false
            last = number
        }
    }

    private func appendPath(
        _ file: AuditdToken, _ names: AuditdNames, _ bytes: Span<UInt8>, _ event: inout EventBuffer
    ) {
        let isAbsolute =
            file.form == .hex
            ? bytes.has("2F", at: file.value.lowerBound, before: file.value.upperBound)
            : bytes.has("/", at: file.value.lowerBound, before: file.value.upperBound)
        guard !isAbsolute, let cwd else {
            file.append(names.target, bytes, &event)
            return
        }
        let start = event.beginValue()
        cwd.put(bytes, &event)
        let isRoot = bytes.equals("/", cwd.value)
        if !isRoot { event.put(Ascii.slash) }
        var file = file
        if file.form == .plain,
            bytes.has("./", at: file.value.lowerBound, before: file.value.upperBound)
        {
            file.value = file.value.lowerBound + 2..<file.value.upperBound
        }
        file.put(bytes, &event)
        event.endValue(names.target, from: start)
    }

    private func appendUser(
        _ names: AuditdNames, _ bytes: Span<UInt8>, _ event: inout EventBuffer
    ) {
        (acct ?? userID)?.append(names.targetUser, bytes, &event)
        addr?.append(names.address, bytes, &event)
        if let result { event.append(names.outcome, result ? "success" : "failure") }
        if has(.command) {
            (uidName ?? uid)?.append(names.subject, bytes, &event)
            cmd?.append(names.commandLine, bytes, &event)
            cwd?.append(names.directory, bytes, &event)
            exe?.append(names.image, bytes, &event)
            pid?.append(names.processID, bytes, &event)
        }
    }
}
