/// What the messages of Linux logon and privilege programs say, as fields.
///
/// - Input: a program's name and its message, from syslog or journald.
/// - Output, each absent when the message does not say it: `service` (always; ``LinuxService``),
///   `action` (`login`, `login-failed`, `session-opened`, `session-closed`, `sudo`, `sudo-failed`,
///   `su`, `su-failed`, `account-added`, `account-changed`, `account-removed`, `group-changed`,
///   `cron-job`, `crontab-changed`), `Outcome` (`success`, `failure`), `TargetUserName`,
///   `SubjectUserName`, `IpAddress`, `IpPort`, `AuthMethod`, `CommandLine`, `GroupName`, and sudo's
///   own `TTY`, `PWD`, `USER`, `GROUP`, `ENV`, `COMMAND`.
/// - A name that a stranger may choose (a failed logon's) is cut at the last ` from `: the address
///   behind it is sshd's own, one before it may be forged.
/// - Source: OpenSSH `auth.c` and `auth2.c`, sudoers(5) LOG FORMAT, Linux-PAM pam_unix(8), shadow
///   and util-linux `su`, cron(8).
struct LinuxMessage {
    private var names: Names?

    /// - Parameter inSource: Whether `bytes` is the block of `event`, so that values may be ranges
    ///   of it; else they are copied.
    mutating func append(
        _ bytes: Span<UInt8>, program: Range<Int>?, message: Range<Int>, inSource: Bool,
        _ event: inout EventBuffer
    ) {
        let names = self.names ?? Names(&event.names)
        self.names = names
        let service = LinuxService(bytes, program: program, message: message)
        event.append(names.service, service.text)
        let reader = LinuxMessageReader(
            bytes: bytes, message: Self.unrepeated(bytes, bytes.trimmed(message)),
            inSource: inSource, names: names)
        if reader.pam(&event) { return }
        switch service {
        case .sshd: reader.sshd(&event)
        case .sudo: reader.sudo(&event)
        case .cron: reader.cron(&event)
        case .auth: reader.auth(&event)
        default: break
        }
    }

    /// The inside of `message repeated 5 times: [ … ]`, as rsyslog folds equal lines.
    private static func unrepeated(_ bytes: Span<UInt8>, _ message: Range<Int>) -> Range<Int> {
        guard bytes.has("message repeated ", at: message.lowerBound, before: message.upperBound),
            let open = bytes.position(of: " times: [", in: message),
            bytes[message.upperBound - 1] == 0x5d
        else { return message }
        return bytes.trimmed(open + 9..<message.upperBound - 1)
    }

    struct Names {
        let service, action, outcome, target, subject, address, port, method, commandLine,
            group: FieldID
        let tty, pwd, user, userGroup, environment, command: FieldID

        init(_ names: inout FieldNames) {
            service = names.intern("service")
            action = names.intern("action")
            outcome = names.intern("Outcome")
            target = names.intern("TargetUserName")
            subject = names.intern("SubjectUserName")
            address = names.intern("IpAddress")
            port = names.intern("IpPort")
            method = names.intern("AuthMethod")
            commandLine = names.intern("CommandLine")
            group = names.intern("GroupName")
            tty = names.intern("TTY")
            pwd = names.intern("PWD")
            user = names.intern("USER")
            userGroup = names.intern("GROUP")
            environment = names.intern("ENV")
            command = names.intern("COMMAND")
        }
    }
}
