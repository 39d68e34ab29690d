/// Appends the fields of audit records and notes in ``AuditdTaxonomy`` what they say together.
struct AuditdReader {
    let names: AuditdNames

    init(_ names: inout FieldNames) { self.names = AuditdNames(&names) }

    func append(
        _ record: AuditdRecord, _ bytes: Span<UInt8>, _ taxonomy: inout AuditdTaxonomy,
        _ event: inout EventBuffer
    ) {
        let kind = AuditdTaxonomy.Kind(bytes, record.type)
        taxonomy.note(kind)
        if let node = record.node, event.first(names.node) == nil {
            event.append(names.node, sourceRange: node)
        }
        // 0x1D parts the record from what an enriched log adds to it.
        let end = bytes.position(of: 0x1d, in: record.body) ?? record.body.upperBound
        append(bytes, record.body.lowerBound..<end, kind, &taxonomy, &event)
        append(
            bytes, min(end + 1, record.body.upperBound)..<record.body.upperBound, kind, &taxonomy,
            &event)
        taxonomy.endRecord(kind)
    }

    private func append(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ kind: AuditdTaxonomy.Kind,
        _ taxonomy: inout AuditdTaxonomy, _ event: inout EventBuffer
    ) {
        var text = TextScanner(bytes, range)
        if kind == .avc { readDecision(&text, &event) }
        while let token = AuditdToken.next(&text, isExecve: kind == .execve) {
            if token.form == .nested {
                append(bytes, token.value, kind, &taxonomy, &event)
                continue
            }
            taxonomy.note(token, kind, bytes)
            if kind == .execve, bytes[token.name.upperBound - 1] == UInt8(ascii: "]") {
                // `a1[0]=… a1[1]=…` are pieces of one long argument: joined in the command line,
                // and here under the argument's name piece by piece.
                appendPiece(token, bytes, &event)
            } else if token.form == .hex, bytes.equals("key", token.name) {
                appendKeys(token, bytes, &event)
            } else {
                let field = event.names.intern(bytes.extracting(token.name))
                token.append(field, bytes, &event)
                if kind == .path, bytes.equals("objtype", token.name) {
                    token.append(names.nameType, bytes, &event)
                }
            }
        }
    }

    private func appendPiece(
        _ token: AuditdToken, _ bytes: Span<UInt8>, _ event: inout EventBuffer
    ) {
        var end = token.name.lowerBound
        while end < token.name.upperBound, bytes[end] != UInt8(ascii: "[") { end += 1 }
        let field = event.names.intern(bytes.extracting(token.name.lowerBound..<end))
        token.append(field, bytes, &event)
    }

    /// Several rule keys are written as one, parted by 0x01.
    private func appendKeys(
        _ token: AuditdToken, _ bytes: Span<UInt8>, _ event: inout EventBuffer
    ) {
        var part = token
        var start = token.value.lowerBound
        var index = start
        while index < token.value.upperBound {
            if bytes.equals("01", index..<index + 2) {
                part.value = start..<index
                part.append(names.key, bytes, &event)
                start = index + 2
            }
            index += 2
        }
        part.value = start..<token.value.upperBound
        part.append(names.key, bytes, &event)
    }

    /// `avc:  denied  { read write } for  pid=…`
    private func readDecision(_ text: inout TextScanner, _ event: inout EventBuffer) {
        guard text.take("avc:") else { return }
        text.skipBlanks()
        let decision = text.word()
        event.append(names.decision, sourceRange: decision)
        text.skipBlanks()
        guard text.take(UInt8(ascii: "{")), let inner = text.upTo(UInt8(ascii: "}")) else { return }
        var permissions = TextScanner(text.bytes, inner)
        while true {
            permissions.skipBlanks()
            if permissions.atEnd { return }
            event.append(names.permission, sourceRange: permissions.word())
        }
    }

    /// Adds the system call's name where the log is not enriched.
    func appendSyscallName(
        _ taxonomy: AuditdTaxonomy, _ bytes: Span<UInt8>, _ event: inout EventBuffer
    ) {
        guard event.first(names.syscallName) == nil else { return }
        if let text = taxonomy.call.text {
            event.append(names.syscallName, sourceRange: text)
            return
        }
        guard let name = taxonomy.call.nameByNumber else { return }
        event.append(names.syscallName, name)
    }
}

struct AuditdNames {
    let type, node, key, nameType, decision, permission, syscallName, kind: FieldID
    let image, commandLine, processID, parentProcessID, user, directory, logonID: FieldID
    let target, initiated, destinationIP, destinationPort, targetUser, subject, address,
        outcome: FieldID

    init(_ names: inout FieldNames) {
        type = names.intern("type")
        node = names.intern("node")
        key = names.intern("key")
        nameType = names.intern("nametype")
        decision = names.intern("avc")
        permission = names.intern("permission")
        syscallName = names.intern("SYSCALL")
        kind = names.intern("auditd_class")
        image = names.intern("Image")
        commandLine = names.intern("CommandLine")
        processID = names.intern("ProcessId")
        parentProcessID = names.intern("ParentProcessId")
        user = names.intern("User")
        directory = names.intern("CurrentDirectory")
        logonID = names.intern("LogonId")
        target = names.intern("TargetFilename")
        initiated = names.intern("Initiated")
        destinationIP = names.intern("DestinationIp")
        destinationPort = names.intern("DestinationPort")
        targetUser = names.intern("TargetUserName")
        subject = names.intern("SubjectUserName")
        address = names.intern("IpAddress")
        outcome = names.intern("Outcome")
    }
}
