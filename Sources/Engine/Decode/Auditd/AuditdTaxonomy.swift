/// What the records of one audit event say together, in Sigma's taxonomy.
///
/// - Output: `auditd_class`, which picks the log source, and by class
///   - `execve`: `Image` (exe), `CommandLine` (the arguments with a space between), `ProcessId`,
///     `ParentProcessId`, `User` (enriched name, `root` for 0, else the number),
///     `CurrentDirectory`, `LogonId` (auid);
///   - `file-create`, `file-overwrite`, `file-write`, `file-delete`, `file-rename`: the same but for the command line, and
///     `TargetFilename`, made absolute with the event's working directory;
///   - `connect`: `Image`, `ProcessId`, `User`, `DestinationIp`, `DestinationPort`, `Initiated`;
///   - `logon`, `logon-failure`, `session-start`, `session-end`, `user-command`, `account`, `group`:
///     `TargetUserName` (acct, else id), `IpAddress` (addr), `Outcome`; a user command's
///     `SubjectUserName`, `CommandLine`, `CurrentDirectory`, `Image`, `ProcessId`;
///   - `service`, `path`, `syscall`, `other`: nothing more.
/// - A system call that failed (`success=no`) started no process and made no file: its class is
///   `syscall`, its fields stay.
struct AuditdTaxonomy {
    private(set) var call = AuditdCall()
    private var kinds: Set = []
    private var userID: AuditdToken?
    private var exe, pid, ppid, uid, uidName, auid, cwd, acct, addr, cmd, title: AuditdToken?
    private var name: AuditdToken?
    private var nameType = Change.none
    /// `res` of a message from user space.
    private var result: Bool?
    private var socket: Range<Int>?
    private var created, deleted, opened: AuditdToken?

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

    private enum Change { case none, normal, created, deleted }

    private func has(_ kind: Kind) -> Bool { kinds.contains(Set(rawValue: 1 << kind.rawValue)) }

    // MARK: noting

    mutating func note(_ kind: Kind) { kinds.insert(Set(rawValue: 1 << kind.rawValue)) }

    mutating func note(_ token: AuditdToken, _ kind: Kind, _ bytes: Span<UInt8>) {
        switch kind {
        case .syscall: noteSyscall(token, bytes)
        case .path:
            if bytes.equals("name", token.name) { name = token }
            if Self.isNameType(bytes, token.name) { nameType = Self.change(bytes, token.value) }
        case .cwd: if bytes.equals("cwd", token.name) { cwd = token }
        case .socket: if bytes.equals("saddr", token.name) { socket = token.value }
        case .title: if bytes.equals("proctitle", token.name) { title = token }
        case .execve, .avc: break
        default: noteUser(token, bytes)
        }
    }

    /// RHEL 7's kernel has `objtype` for what all others call `nametype`.
    static func isNameType(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
        bytes.equals("nametype", name) || bytes.equals("objtype", name)
    }

    private static func change(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Change {
        if bytes.equals("CREATE", value) { return .created }
        if bytes.equals("DELETE", value) { return .deleted }
        return bytes.equals("NORMAL", value) ? .normal : .none
    }

    mutating func endRecord(_ kind: Kind) {
        if kind == .path, nameType == .created { created = created ?? name }
        if kind == .path, nameType == .deleted { deleted = deleted ?? name }
        if kind == .path, nameType == .normal { opened = name }
        name = nil
        nameType = .none
    }

    private mutating func noteSyscall(_ token: AuditdToken, _ bytes: Span<UInt8>) {
        if call.note(token, bytes) { return }
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

    // MARK: appending

    private func connects(_ bytes: Span<UInt8>) -> Bool {
        // A non-blocking connect "fails" with EINPROGRESS and is made all the same.
        has(.socket) && (call.success != false || call.inProgress) && call.isNamed("connect", bytes)
    }

    private func category(_ bytes: Span<UInt8>) -> StaticString {
        if has(.syscall) || has(.execve) || has(.path) {
            if connects(bytes) { return "connect" }
            guard call.success != false else { return "syscall" }
            if has(.execve) { return "execve" }
            if created != nil { return deleted != nil ? "file-rename" : "file-create" }
            if deleted != nil { return "file-delete" }
            guard has(.path) else { return "syscall" }
            switch call.writing(bytes) {
            case .overwrite: return "file-overwrite"
            case .write: return "file-write"
            case .none: return "path"
            }
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
        event.append(names.kind, category(bytes))
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
        if has(.execve), call.success != false {
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
        } else if call.success != false, let file = created ?? deleted ?? written(bytes) {
            appendPath(file, names, bytes, &event)
        } else if let socket, connects(bytes) {
            AuditdSocket.append(bytes, socket, names, &event)
        }
    }

    private func written(_ bytes: Span<UInt8>) -> AuditdToken? {
        call.writing(bytes) == .none ? nil : opened
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
