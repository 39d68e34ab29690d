/// One message while it is read; see ``LinuxMessage`` for what its fields mean.
struct LinuxMessageReader: ~Escapable {
    let bytes: Span<UInt8>
    let message: Range<Int>
    let inSource: Bool
    let names: LinuxMessage.Names

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>, message: Range<Int>, inSource: Bool, names: LinuxMessage.Names) {
        self.bytes = bytes
        self.message = message
        self.inSource = inSource
        self.names = names
    }

    // MARK: pieces

    func put(_ name: FieldID, _ range: Range<Int>, _ event: inout EventBuffer) {
        guard !range.isEmpty else { return }
        if inSource {
            event.append(name, sourceRange: range)
        } else {
            event.append(name, bytes.extracting(range))
        }
    }

    func act(_ action: StaticString, success: Bool?, _ event: inout EventBuffer) {
        event.append(names.action, action)
        if let success { event.append(names.outcome, success ? "success" : "failure") }
    }

    func starts(_ text: StaticString) -> Bool {
        bytes.has(text, at: message.lowerBound, before: message.upperBound)
    }

    /// What follows `text` where the message begins with it.
    func after(_ text: StaticString) -> Range<Int>? {
        guard starts(text) else { return nil }
        return message.lowerBound + text.utf8CodeUnitCount..<message.upperBound
    }

    /// What follows the first `text` in `range`.
    func after(_ text: StaticString, in range: Range<Int>) -> Range<Int>? {
        guard let found = bytes.position(of: text, in: range) else { return nil }
        return found + text.utf8CodeUnitCount..<range.upperBound
    }

    /// `range` up to the first of `stops`, or all of it.
    func until(_ stops: StaticString, _ range: Range<Int>) -> Range<Int> {
        var end = range.lowerBound
        while end < range.upperBound {
            let byte = bytes[end]
            for index in 0..<stops.utf8CodeUnitCount where unsafe stops.utf8Start[index] == byte {
                return range.lowerBound..<end
            }
            end += 1
        }
        return range
    }

    func lastPosition(of text: StaticString, in range: Range<Int>) -> Int? {
        var index = range.upperBound - text.utf8CodeUnitCount
        while index >= range.lowerBound {
            if bytes.has(text, at: index, before: range.upperBound) { return index }
            index -= 1
        }
        return nil
    }

    /// Puts `USER from ADDRESS port PORT …`.
    func putOrigin(_ range: Range<Int>, lastFrom: Bool, _ event: inout EventBuffer) {
        let from =
            lastFrom
            ? lastPosition(of: " from ", in: range) : bytes.position(of: " from ", in: range)
        guard let from else {
            put(names.target, bytes.trimmed(range), &event)
            return
        }
        put(names.target, range.lowerBound..<from, &event)
        putAddress(from + 6..<range.upperBound, &event)
    }

    /// Puts `ADDRESS port PORT`.
    func putAddress(_ range: Range<Int>, _ event: inout EventBuffer) {
        var address = until(" ", range)
        // Before OpenSSH 7.5: `Received disconnect from ADDRESS: 11: …`.
        if !address.isEmpty, bytes[address.upperBound - 1] == Ascii.colon {
            address = address.lowerBound..<address.upperBound - 1
        }
        put(names.address, address, &event)
        if let port = after(" port ", in: range) { put(names.port, until(" :[", port), &event) }
    }

    // MARK: PAM

    /// `pam_unix(sshd:session): …` from any program. False when it is none.
    func pam(_ event: inout EventBuffer) -> Bool {
        guard let body = starts("pam_") ? after("): ", in: message) : oldPamBody else {
            return false
        }
        if let rest = after("session opened for user ", in: body) {
            act("session-opened", success: true, &event)
            put(names.target, until(" (", rest), &event)
            if let by = after(" by ", in: rest) { put(names.subject, until("(", by), &event) }
        } else if let rest = after("session closed for user ", in: body) {
            act("session-closed", success: nil, &event)
            put(names.target, until(" ", rest), &event)
        } else if bytes.contains("authentication failure", in: body) {
            act("login-failed", success: false, &event)
            putPamPairs(body, &event)
        } else if let rest = after("password changed for ", in: body) {
            act("account-changed", success: true, &event)
            put(names.target, until(" ", rest), &event)
        } else if bytes.contains("check pass; user unknown", in: body) {
            act("login-failed", success: false, &event)
        }
        return true
    }

    /// Before Linux-PAM 0.99 the module stood in the tag: `sshd(pam_unix)[7]: session opened …`.
    private var oldPamBody: Range<Int>? {
        let isPam =
            starts("authentication failure;") || isPamSummary || starts("check pass; user unknown")
            || starts("session opened for user ") || starts("session closed for user ")
        return isPam ? message : nil
    }

    /// `PAM 5 more authentication failures; logname= …`
    private var isPamSummary: Bool {
        starts("PAM ") && bytes.contains(" more authentication failure", in: message)
    }

    /// `logname=x uid=0 euid=0 tty=ssh ruser=y rhost=1.2.3.4  user=root`
    private func putPamPairs(_ body: Range<Int>, _ event: inout EventBuffer) {
        if let value = after(" ruser=", in: body) { put(names.subject, until(" ", value), &event) }
        if let value = after(" rhost=", in: body) { put(names.address, until(" ", value), &event) }
        if let value = after(" user=", in: body) { put(names.target, until(" ", value), &event) }
    }

    // MARK: sshd

    private static let unknownUser: [StaticString] = ["invalid user ", "illegal user "]
    private static let peerUser: [StaticString] = ["authenticating user ", "invalid user "]

    func sshd(_ event: inout EventBuffer) {
        if let rest = after("Accepted ") {
            act("login", success: true, &event)
            putMethod(rest, lastFrom: false, &event)
        } else if let rest = after("Failed ") {
            act("login-failed", success: false, &event)
            putMethod(rest, lastFrom: true, &event)
        } else if let rest = after("Invalid user ") ?? after("Illegal user ") {
            act("login-failed", success: false, &event)
            putOrigin(rest, lastFrom: true, &event)
        } else if let rest = after("maximum authentication attempts exceeded for ", in: message) {
            act("login-failed", success: false, &event)
            putOrigin(withoutInvalid(rest), lastFrom: true, &event)
        } else if let rest = after("Disconnected from user ") {
            act("session-closed", success: nil, &event)
            put(names.target, until(" ", rest), &event)
            if let address = after(" ", in: rest) { putAddress(address, &event) }
        } else if let rest = after("Connection closed by ") ?? after("Connection reset by ")
            ?? after("Disconnected from ") ?? after("Received disconnect from ")
            ?? after("error: Received disconnect from ")
            ?? after("Did not receive identification string from ")
        {
            putPeer(rest, &event)
        } else if let rest = after("User "), let end = bytes.position(of: " from ", in: rest),
            bytes.contains("not allowed because", in: rest)
        {
            act("login-failed", success: false, &event)
            put(names.target, rest.lowerBound..<end, &event)
            put(names.address, until(" ", end + 6..<rest.upperBound), &event)
        }
    }

    /// `password for [invalid user ]root from …`
    private func putMethod(_ range: Range<Int>, lastFrom: Bool, _ event: inout EventBuffer) {
        guard let rest = after(" for ", in: range) else { return }
        put(names.method, range.lowerBound..<rest.lowerBound - 5, &event)
        putOrigin(withoutInvalid(rest), lastFrom: lastFrom, &event)
    }

    private func withoutInvalid(_ range: Range<Int>) -> Range<Int> {
        for prefix in Self.unknownUser
        where bytes.has(prefix, at: range.lowerBound, before: range.upperBound) {
            return range.lowerBound + prefix.utf8CodeUnitCount..<range.upperBound
        }
        return range
    }

    /// `[authenticating user|invalid user NAME ]ADDRESS port PORT`
    private func putPeer(_ range: Range<Int>, _ event: inout EventBuffer) {
        var rest = range
        for prefix in Self.peerUser
        where bytes.has(prefix, at: rest.lowerBound, before: rest.upperBound) {
            let tail = rest.lowerBound + prefix.utf8CodeUnitCount..<rest.upperBound
            guard let port = lastPosition(of: " port ", in: tail),
                let space = lastPosition(of: " ", in: tail.lowerBound..<port)
            else { return }
            put(names.target, tail.lowerBound..<space, &event)
            rest = space + 1..<rest.upperBound
        }
        putAddress(rest, &event)
    }
}
