/// Reads events into facts: finds who, where and what under the names that each kind of log uses,
/// and keeps their texts once.
struct Intake: Sendable {
    struct Account: Sendable {
        var text = TextID.none
        var isService = true
    }

    private static let cacheMax = 65_536

    var sheet = FieldSheet()
    var pool = TextPool()
    private var hosts: [ContentKey: TextID] = [:]
    private var accounts: [ContentKey: Account] = [:]
    let limits: StorylineLimits

    init(limits: StorylineLimits) { self.limits = limits }

    /// Takes over a pool into which all live texts were moved.
    mutating func replacePool(with other: TextPool) {
        pool = other
        hosts.removeAll(keepingCapacity: true)
        accounts.removeAll(keepingCapacity: true)
    }

    // MARK: places and people

    /// The host the current event tells of; a network sensor or a cloud is not one.
    mutating func host(of kind: SourceKind) -> TextID {
        switch kind {
        case .windows, .sysmonLinux, .kagariEndpoint, .auditd, .linux, .macos, .webserver, .cef,
            .leef, .generic,
            .unknown:
            guard let name = kind == .auditd ? sheet.slice(.host) : sheet.first(.host, .plainHost)
            else { return .none }
            return host(name, upperCase: kind == .windows)
        default: return .none
        }
    }

    mutating func host(_ name: ArraySlice<UInt8>, upperCase: Bool) -> TextID {
        var name = name
        while name.first == 0x5c { name = name.dropFirst() }
        guard !name.isEmpty, name.count <= 255, name.first != 0x3f else { return .none }
        var digest = ContentDigest()
        digest.mix(upperCase ? 1 : 2)
        digest.mix(name.span)
        if let known = hosts[digest.key] { return known }
        let id = pool.intern(
            Names.host(name, upperCase: upperCase)[...], bytesMax: limits.alertTextBytesMax)
        if hosts.count >= Self.cacheMax { hosts.removeAll(keepingCapacity: true) }
        hosts[digest.key] = id
        return id
    }

    mutating func account(
        _ name: ArraySlice<UInt8>?, domain: ArraySlice<UInt8>?, sid: ArraySlice<UInt8>?,
        host: TextID
    ) -> Account {
        guard let name, !name.isEmpty, name.count <= 320 else { return Account() }
        var digest = ContentDigest()
        digest.mix(pool.key(of: host))
        digest.mix(name.span)
        for part in [domain ?? [], sid ?? []] { digest.mix(part.span) }
        if let known = accounts[digest.key] { return known }
        var (realm, plain) = Names.account(name, domain: domain)
        let isService = Hubs.isServiceAccount(domain: realm, name: plain, sid: sid)
        let local = pool.slice(host)
        if realm.isEmpty || realm == [0x2e] || realm.elementsEqual("workgroup".utf8)
            || Names.equalFolded(realm[...], local)
        {
            realm = Array(local)
        }
        let text = realm.isEmpty ? plain : realm + [0x5c] + plain
        let account = Account(
            text: plain.isEmpty ? .none : pool.intern(text[...], bytesMax: 320),
            isService: isService)
        if accounts.count >= Self.cacheMax { accounts.removeAll(keepingCapacity: true) }
        accounts[digest.key] = account
        return account
    }

    /// The account in whose name the current event happened.
    mutating func actor(of event: RetainedEvent, host: TextID) -> Account {
        let towards: Bool
        switch event.activity {
        case .logon, .logonFailure, .logoff: towards = true
        default: towards = !sheet.has(.subjectUser) && !sheet.has(.user)
        }
        if towards, sheet.has(.targetUser) {
            return account(
                sheet.slice(.targetUser), domain: sheet.slice(.targetDomain),
                sid: sheet.slice(.targetSID), host: host)
        }
        // A 4688 with another target account tells of a process started in that other name.
        if event.activity == .processStart, let target = sheet.slice(.targetUser),
            sheet.has(.newProcessID)
        {
            return account(
                target, domain: sheet.slice(.targetDomain), sid: sheet.slice(.targetSID), host: host
            )
        }
        if let subject = sheet.slice(.subjectUser) {
            return account(
                subject, domain: sheet.slice(.subjectDomain), sid: sheet.slice(.subjectSID),
                host: host)
        }
        if event.source == .auditd || event.source == .linux {
            let named = sheet.first(.account, .user) ?? messageAccount()
            if let named, named.first != 0x22 {
                return account(named, domain: nil, sid: nil, host: host)
            }
            return account(sheet.slice(.auditUser), domain: nil, sid: nil, host: host)
        }
        return account(sheet.first(.user, .sourceUser), domain: nil, sid: nil, host: host)
    }

    mutating func address(_ text: ArraySlice<UInt8>?) -> TextID {
        guard let text, text.count <= 64 else { return .none }
        var digest = ContentDigest()
        digest.mix(3)
        digest.mix(text.span)
        if let known = hosts[digest.key] { return known }
        var id = TextID.none
        if let plain = Names.address(text), !Hubs.isAddress(plain) {
            id = pool.intern(plain[...], bytesMax: 64)
        }
        if hosts.count >= Self.cacheMax { hosts.removeAll(keepingCapacity: true) }
        hosts[digest.key] = id
        return id
    }

    mutating func text(_ value: ArraySlice<UInt8>?, bytesMax: Int) -> TextID {
        value.map { pool.intern($0, bytesMax: bytesMax) } ?? .none
    }

    // MARK: processes

    func pid(_ text: ArraySlice<UInt8>?) -> UInt32 {
        guard let text, let number = Names.number(text), number < UInt64(UInt32.max) else {
            return .max
        }
        return UInt32(number)
    }

    func reference(_ guid: Slot, _ id: Slot) -> ProcessReference {
        ProcessReference(
            guid: sheet.slice(guid).map(Names.guid) ?? .none, pid: pid(sheet.slice(id)))
    }

    func session(_ slots: Slot...) -> UInt64 {
        for slot in slots {
            if let text = sheet.slice(slot), let number = Names.number(text),
                !Hubs.isLogon(number)
            {
                return number
            }
        }
        return 0
    }

    /// Which process the current event says acted.
    func processReference(of event: RetainedEvent) -> ProcessReference {
        let isPOSIX =
            event.source == .auditd || event.source == .linux || event.source == .macos
        if isPOSIX, sheet.has(.plainPID) {
            return ProcessReference(pid: pid(sheet.slice(.plainPID)))
        }
        if sheet.has(.newProcessID) {
            return ProcessReference(pid: pid(sheet.slice(.newProcessID)))
        }
        if sheet.has(.sourceGuid) || sheet.has(.sourceID) {
            return reference(.sourceGuid, .sourceID)
        }
        let told = reference(.processGuid, .processID)
        guard !told.isKnown,
            event.activity == .scriptBlock || event.activity == .networkConnect
        else { return told }
        return ProcessReference(pid: pid(sheet.slice(.executionID)))
    }

    /// The acting process as the current event tells of it.
    mutating func process(
        of event: RetainedEvent, host: TextID, textBytesMax: Int
    ) -> ProcessFact {
        var fact = ProcessFact(time: event.time?.nanoseconds ?? .min, host: host)
        fact.isStart = event.activity == .processStart
        fact.isPOSIX = event.source == .auditd || event.source == .linux || event.source == .macos
        switch event.activity {
        case .logon, .logonFailure, .logoff,
            .privilegeUse where !fact.isPOSIX:
            return fact
        default: break
        }
        fact.process = processReference(of: event)
        var image: ArraySlice<UInt8>?
        if fact.isPOSIX {
            fact.parent.pid = pid(sheet.slice(.parentPID))
            fact.session = session(.auditSession)
            image = sheet.first(.exe, .image, .comm)
            fact.command = posixCommand(bytesMax: textBytesMax)
        } else if sheet.has(.newProcessID) {
            fact.parent.pid = pid(sheet.slice(.processID))
            fact.session = session(.targetLogon, .subjectLogon)
            image = sheet.slice(.newProcessName)
        } else if sheet.has(.sourceGuid) || sheet.has(.sourceID) {
            image = sheet.slice(.sourceImage)
        } else {
            fact.parent = reference(.parentGuid, .parentID)
            fact.session = session(.logonID, .subjectLogon)
            image = sheet.first(.image, .processName)
        }
        fact.image = text(image, bytesMax: textBytesMax)
        if !fact.command.isKnown {
            fact.command = text(sheet.slice(.commandLine), bytesMax: textBytesMax)
        }
        fact.parentImage = text(
            sheet.first(.parentImage, .parentProcessName), bytesMax: textBytesMax)
        fact.parentCommand = text(sheet.slice(.parentCommand), bytesMax: textBytesMax)
        if let hashes = sheet.slice(.hashes), let image, !Hubs.isSystemPath(image), fact.isStart {
            var digest = ContentDigest()
            digest.mix(hashes.span, folding: true)
            fact.hash = digest.key
        }
        return fact
    }

    private mutating func posixCommand(bytesMax: Int) -> TextID {
        if let line = sheet.slice(.commandLine) { return text(line, bytesMax: bytesMax) }
        guard let first = sheet.slice(.a0) else { return .none }
        // Syscall arguments are numbers, those of an execve are words.
        guard sheet.slice(.exe) == nil || first.contains(where: { $0 > 0x66 || $0 == 0x2f }) else {
            return .none
        }
        var line = Array(first)
        for slot in [Slot.a1, .a2, .a3, .a4, .a5, .a6, .a7] {
            guard let word = sheet.slice(slot), line.count < bytesMax else { break }
            line.append(0x20)
            line.append(contentsOf: word)
        }
        return pool.intern(line[...], bytesMax: bytesMax)
    }

    // MARK: words of a syslog line

    /// The word after `word` in the current event's message.
    func messageWord(after words: StaticString...) -> ArraySlice<UInt8>? {
        guard let message = sheet.slice(.message) else { return nil }
        let parts = message.prefix(2048).split(separator: 0x20)
        for wanted in words {
            let text = String(describing: wanted)
            for (index, part) in parts.enumerated()
            where index + 1 < parts.count && part.elementsEqual(text.utf8) {
                return parts[index + 1]
            }
        }
        return nil
    }

    private func messageAccount() -> ArraySlice<UInt8>? {
        if let name = messageWord(after: "user", "for"), !name.elementsEqual("invalid".utf8) {
            if let paren = name.firstIndex(of: 0x28) { return name[name.startIndex..<paren] }
            return name
        }
        guard let program = sheet.slice(.program), program.elementsEqual("sudo".utf8),
            let message = sheet.slice(.message)
        else { return nil }
        return message.prefix(64).split(separator: 0x20).first
    }
}
