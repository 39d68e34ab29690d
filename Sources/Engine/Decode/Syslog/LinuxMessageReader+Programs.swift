extension LinuxMessageReader {
    // MARK: sudo

    /// `alice : [reason ; ]TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/sh -c x`
    func sudo(_ event: inout EventBuffer) {
        guard let rest = after(" : ", in: message) else { return }
        guard
            bytes.contains("COMMAND=", in: rest) || bytes.contains("USER=", in: rest)
                || bytes.contains("TTY=", in: rest)
        else { return }
        put(names.subject, message.lowerBound..<rest.lowerBound - 3, &event)
        var failed = false
        var part = rest
        while !part.isEmpty {
            if let command = value("COMMAND=", part) {
                // The command is last and may itself hold ` ; `.
                put(names.command, command, &event)
                put(names.commandLine, command, &event)
                break
            }
            let next = bytes.position(of: " ; ", in: part)
            let piece = part.lowerBound..<(next ?? part.upperBound)
            if !putSudoPart(piece, &event), !failed { failed = !piece.isEmpty }
            part = (next.map { $0 + 3 } ?? part.upperBound)..<part.upperBound
        }
        act(failed ? "sudo-failed" : "sudo", success: !failed, &event)
    }

    /// False when the piece is no `NAME=`: then it is the reason of a refusal.
    private func putSudoPart(_ piece: Range<Int>, _ event: inout EventBuffer) -> Bool {
        if let value = value("TTY=", piece) {
            put(names.tty, value, &event)
        } else if let value = value("PWD=", piece) {
            put(names.pwd, value, &event)
        } else if let value = value("USER=", piece) {
            put(names.user, value, &event)
            put(names.target, value, &event)
        } else if let value = value("GROUP=", piece) {
            put(names.userGroup, value, &event)
        } else if let value = value("ENV=", piece) {
            put(names.environment, value, &event)
        } else {
            return value("TSID=", piece) != nil || value("HOST=", piece) != nil
                || value("CHROOT=", piece) != nil
        }
        return true
    }

    private func value(_ name: StaticString, _ piece: Range<Int>) -> Range<Int>? {
        guard bytes.has(name, at: piece.lowerBound, before: piece.upperBound) else { return nil }
        return piece.lowerBound + name.utf8CodeUnitCount..<piece.upperBound
    }

    // MARK: cron

    /// `(root) CMD (run-parts /etc/cron.hourly)`, `(alice) REPLACE (alice)`
    func cron(_ event: inout EventBuffer) {
        guard starts("("), let close = bytes.position(of: ") ", in: message) else { return }
        let user = message.lowerBound + 1..<close
        let rest = close + 2..<message.upperBound
        if let command = value("CMD (", rest) {
            act("cron-job", success: nil, &event)
            put(names.target, user, &event)
            let closed = !command.isEmpty && bytes[command.upperBound - 1] == UInt8(ascii: ")")
            put(
                names.commandLine,
                command.lowerBound..<(closed ? command.upperBound - 1 : command.upperBound), &event)
        } else if let target = value("REPLACE (", rest) ?? value("DELETE (", rest) {
            act("crontab-changed", success: nil, &event)
            put(names.subject, user, &event)
            put(names.target, until(")", target), &event)
        }
    }

    // MARK: su, login, accounts and groups

    func auth(_ event: inout EventBuffer) {
        if su(&event) || accounts(&event) || groups(&event) { return }
        if let rest = after("New session "), let user = after(" of user ", in: rest) {
            act("session-opened", success: true, &event)
            put(names.target, until(". ", user), &event)
        } else if let rest = after("FAILED LOGIN") {
            act("login-failed", success: false, &event)
            if let user = after(" FOR '", in: rest) { put(names.target, until("'", user), &event) }
            if let host = after(" FROM '", in: rest) {
                put(names.address, until("'", host), &event)
            }
        } else if let rest = after("LOGIN ON ") {
            act("login", success: true, &event)
            if let user = after(" BY ", in: rest) { put(names.target, until(" ", user), &event) }
            if let host = after(" FROM ", in: rest) { put(names.address, until(" ", host), &event) }
        } else if starts("ROOT LOGIN") {
            act("login", success: true, &event)
            event.append(names.target, "root")
        } else if let command = after("COMMAND=", in: message) {
            // pkexec: `alice: Executing command [USER=root] [TTY=…] [CWD=…] [COMMAND=/bin/sh]`
            act(starts("Error") ? "sudo-failed" : "sudo", success: nil, &event)
            put(names.subject, until(":", message), &event)
            put(names.commandLine, until("]", command), &event)
            if let user = after("[USER=", in: message) {
                put(names.target, until("]", user), &event)
            }
        }
    }

    /// `(to root) alice on pts/0`, `FAILED SU (to root) alice on pts/0`,
    /// `Successful su for root by alice`, `FAILED su for root by alice`.
    private func su(_ event: inout EventBuffer) -> Bool {
        let failed = starts("FAILED ")
        if let rest = after("(to ") ?? after("FAILED SU (to ") {
            let target = until(")", rest)
            act(failed ? "su-failed" : "su", success: !failed, &event)
            put(names.target, target, &event)
            if let by = after(") ", in: rest) { put(names.subject, until(" ", by), &event) }
            return true
        }
        guard let rest = after("Successful su for ") ?? after("FAILED su for ") else {
            return false
        }
        act(failed ? "su-failed" : "su", success: !failed, &event)
        put(names.target, until(" ", rest), &event)
        if let by = after(" by ", in: rest) { put(names.subject, until(" ", by), &event) }
        return true
    }

    private func accounts(_ event: inout EventBuffer) -> Bool {
        if let rest = after("new user: name=") {
            act("account-added", success: true, &event)
            put(names.target, until(",", rest), &event)
        } else if let rest = after("delete user '") {
            act("account-removed", success: true, &event)
            put(names.target, until("'", rest), &event)
        } else if let rest = after("change user '") ?? after("lock user '")
            ?? after("unlock user '")
        {
            act("account-changed", success: true, &event)
            put(names.target, until("'", rest), &event)
        } else {
            return false
        }
        return true
    }

    private func groups(_ event: inout EventBuffer) -> Bool {
        if let rest = after("add '") ?? after("delete '") {
            // `add 'bob' to group 'sudo'`, `add 'bob' to shadow group 'sudo'`
            act("group-changed", success: true, &event)
            put(names.target, until("'", rest), &event)
            if let group = after("group '", in: rest) {
                put(names.group, until("'", group), &event)
            }
        } else if let rest = after("new group: name=") {
            act("group-changed", success: true, &event)
            put(names.group, until(", ", rest), &event)
        } else if let rest = after("group added to "), let name = after("name=", in: rest) {
            act("group-changed", success: true, &event)
            put(names.group, until(", ", name), &event)
        } else if let rest = after("user "), let added = bytes.position(of: " added by ", in: rest)
        {
            act("group-changed", success: true, &event)
            put(names.target, rest.lowerBound..<added, &event)
            put(names.subject, until(" ", added + 10..<rest.upperBound), &event)
            if let group = after(" to group ", in: rest) {
                put(names.group, until(" ", group), &event)
            }
        } else {
            return false
        }
        return true
    }
}
