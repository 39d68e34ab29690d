/// What ties entities: one fact for each event that does.
extension Intake {
    private static let minuteNanoseconds: Int64 = 60_000_000_000

    /// The tie the current event tells of; nil when it tells of none or lacks a part.
    mutating func link(of event: RetainedEvent) -> LinkFact? {
        let time = event.time?.nanoseconds ?? .min
        switch event.activity {
        case .logon: return logon(of: event, time: time)
        case .explicitCredentials: return explicitCredentials(of: event, time: time)
        case .fileWrite, .fileRename: return write(of: event, time: time)
        case .networkConnect: return connection(of: event, time: time)
        case .remoteThread: return injection(of: event, time: time)
        case .serviceInstall: return service(of: event, time: time)
        case .scheduledTask: return task(of: event, time: time)
        case .assumeRole: return assumption(of: event, time: time)
        case .cloudSignIn, .cloudCall: return use(of: event, time: time)
        default: return nil
        }
    }

    private mutating func logon(of event: RetainedEvent, time: Int64) -> LinkFact? {
        var fact = LinkFact(time: time, host: host(of: event.source), kind: .logon)
        guard fact.host.isKnown else { return use(of: event, time: time) }
        let user = actor(of: event, host: fact.host)
        guard !user.isService else { return machineLogon(of: event) }
        fact.a = user.text
        if event.source == .windows {
            fact.session = session(.targetLogon)
            fact.b = address(sheet.slice(.ipAddress))
            if let name = sheet.slice(.workstation) { fact.c = host(name, upperCase: true) }
            if pool.key(of: fact.c) == pool.key(of: fact.host) { fact.c = .none }
            fact.number = UInt32(
                truncatingIfNeeded: sheet.slice(.logonType).flatMap(Names.number) ?? 0)
            return fact.session == 0 ? nil : fact
        }
        fact.session = session(.auditSession)
        fact.process.pid = pid(sheet.slice(.plainPID))
        fact.b = address(
            sheet.first(.remoteAddress, .sourceIP, .ipAddress) ?? messageWord(after: "from"))
        fact.number = fact.b.isKnown ? 10 : 2
        return fact.session == 0 && !fact.b.isKnown ? nil : fact
    }

    /// A computer's own account logging on over the network tells which address it has.
    private mutating func machineLogon(of event: RetainedEvent) -> LinkFact? {
        guard event.source == .windows, let name = sheet.slice(.targetUser), name.last == 0x24,
            name.count > 1
        else { return nil }
        let own = address(sheet.slice(.ipAddress))
        let owner = host(name.dropLast(), upperCase: true)
        guard own.isKnown, owner.isKnown else { return nil }
        return LinkFact(time: 0, host: owner, kind: .owns, a: own)
    }

    private mutating func explicitCredentials(of event: RetainedEvent, time: Int64) -> LinkFact? {
        var fact = LinkFact(
            time: time, host: host(of: event.source), kind: .explicitCredentials)
        guard let server = sheet.slice(.destinationHost), !server.elementsEqual("localhost".utf8)
        else { return nil }
        fact.c = host(server, upperCase: true)
        fact.process = reference(.processGuid, .processID)
        fact.session = session(.subjectLogon)
        fact.a =
            account(
                sheet.slice(.targetUser), domain: sheet.slice(.targetDomain), sid: nil,
                host: fact.host
            ).text
        return fact.host.isKnown && fact.c.isKnown ? fact : nil
    }

    private mutating func write(of event: RetainedEvent, time: Int64) -> LinkFact? {
        guard let path = sheet.slice(.targetFile) else { return nil }
        let acting = processReference(of: event)
        guard acting.isKnown else { return nil }
        var fact = LinkFact(time: time, host: host(of: event.source), kind: .wrote)
        fact.process = acting
        fact.key = Names.pathKey(path, host: hostKey(fact.host))
        return fact
    }

    private mutating func connection(of event: RetainedEvent, time: Int64) -> LinkFact? {
        let place = host(of: event.source)
        let ends = flow(of: event)
        guard place.isKnown, ends.isOutgoing, ends.destination.isKnown else { return nil }
        let minute = time == .min ? time : time - time % Self.minuteNanoseconds
        var fact = LinkFact(time: minute, host: place, kind: .connected)
        fact.process = processReference(of: event)
        fact.a = ends.destination
        fact.number = ends.port
        if let name = sheet.slice(.destinationHost) { fact.c = host(name, upperCase: true) }
        return fact
    }

    /// That the current event's host has the address it connected from.
    mutating func ownership(of event: RetainedEvent) -> LinkFact? {
        guard event.activity == .networkConnect else { return nil }
        let ends = flow(of: event)
        let own = ends.isOutgoing ? ends.origin : ends.destination
        let place = host(of: event.source)
        guard own.isKnown, place.isKnown else { return nil }
        return LinkFact(time: 0, host: place, kind: .owns, a: own)
    }

    /// Which name a number stands for: `session opened for user deploy(uid=1001)`.
    mutating func naming(of event: RetainedEvent) -> LinkFact? {
        guard event.source == .linux, event.activity == .logon,
            let message = sheet.slice(.message)?.prefix(512)
        else { return nil }
        let mark = "(uid="
        for word in message.split(separator: 0x20) where word.last == 0x29 {
            guard let open = word.firstIndex(of: 0x28), open > word.startIndex,
                word[open...].starts(with: mark.utf8)
            else { continue }
            let number = word[(open + mark.utf8.count)...].dropLast()
            let place = host(of: event.source)
            guard place.isKnown, Names.number(number) != nil else { return nil }
            let name = account(word[..<open], domain: nil, sid: nil, host: place)
            var fact = LinkFact(time: 0, host: place, kind: .named, a: name.text)
            fact.b = account(number, domain: nil, sid: nil, host: place).text
            fact.number = name.isService ? 1 : 0
            return fact.a.isKnown && fact.b.isKnown ? fact : nil
        }
        return nil
    }

    private mutating func injection(of event: RetainedEvent, time: Int64) -> LinkFact? {
        var fact = LinkFact(time: time, host: host(of: event.source), kind: .injected)
        fact.process = reference(.sourceGuid, .sourceID)
        fact.other = reference(.targetGuid, .targetID)
        fact.a = text(sheet.slice(.sourceImage), bytesMax: limits.observedTextBytesMax)
        fact.b = text(sheet.slice(.targetImage), bytesMax: limits.observedTextBytesMax)
        return fact.process.isKnown && fact.other.isKnown ? fact : nil
    }

    private mutating func service(of event: RetainedEvent, time: Int64) -> LinkFact? {
        var fact = LinkFact(time: time, host: host(of: event.source), kind: .service)
        fact.a = text(sheet.slice(.serviceName), bytesMax: limits.observedTextBytesMax)
        fact.b = text(sheet.slice(.serviceImage), bytesMax: limits.alertTextBytesMax)
        fact.session = session(.subjectLogon)
        return fact.a.isKnown ? fact : nil
    }

    private mutating func task(of event: RetainedEvent, time: Int64) -> LinkFact? {
        var fact = LinkFact(time: time, host: host(of: event.source), kind: .task)
        fact.a = text(sheet.slice(.taskName), bytesMax: limits.observedTextBytesMax)
        fact.b = taskCommand()
        fact.session = session(.subjectLogon)
        return fact.a.isKnown ? fact : nil
    }

    /// The `<Command>` and `<Arguments>` of a task's XML, or the text itself when it is not XML.
    mutating func taskCommand() -> TextID {
        guard let content = sheet.slice(.taskContent)?.prefix(65_536) else { return .none }
        guard content.first == 0x3c else {
            return pool.intern(content, bytesMax: limits.alertTextBytesMax)
        }
        var command: [UInt8] = []
        for name in ["Command", "Arguments"] {
            guard let part = Names.element(name, of: content) else { continue }
            if !command.isEmpty { command.append(0x20) }
            command.append(contentsOf: part)
        }
        return pool.intern(command[...], bytesMax: limits.alertTextBytesMax)
    }

    private mutating func assumption(of event: RetainedEvent, time: Int64) -> LinkFact? {
        var fact = LinkFact(time: time, kind: .assumed)
        fact.a = principal()
        fact.b = issuedPrincipal()
        fact.c = text(sheet.slice(.issuedKey), bytesMax: 128)
        return fact.a.isKnown && (fact.b.isKnown || fact.c.isKnown) ? fact : nil
    }

    private mutating func use(of event: RetainedEvent, time: Int64) -> LinkFact? {
        let hour = time == .min ? time : time - time % (60 * Self.minuteNanoseconds)
        var fact = LinkFact(time: hour, kind: .used)
        fact.a = principal()
        fact.b = address(sheet.first(.cloudAddress, .ipAddress, .sourceIP))
        return fact.a.isKnown && fact.b.isKnown ? fact : nil
    }

    // MARK: cloud

    /// Who called: an ARN as written, a mail address in lower case.
    mutating func principal() -> TextID {
        if let kind = sheet.slice(.identityType), kind.elementsEqual("AWSService".utf8) {
            return .none
        }
        guard let name = sheet.first(.principal, .principalName), name.count <= 512 else {
            return .none
        }
        if Hubs.isNobody(principal: name) { return .none }
        let isARN = name.starts(with: "arn:".utf8)
        return pool.intern(isARN ? name : name.map(Names.lower)[...], bytesMax: 512)
    }

    /// `arn:aws:sts::1:assumed-role/R/s`, as the answer says or as made from role and session name.
    mutating func issuedPrincipal() -> TextID {
        if let arn = sheet.slice(.issuedARN) { return pool.intern(arn, bytesMax: 512) }
        guard let role = sheet.text(.roleARN), let session = sheet.text(.roleSession) else {
            return .none
        }
        let parts = role.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, let name = parts[5].split(separator: "/").last else {
            return .none
        }
        return pool.intern(
            ArraySlice("arn:\(parts[1]):sts::\(parts[4]):assumed-role/\(name)/\(session)".utf8),
            bytesMax: 512)
    }

    // MARK: traffic

    struct Flow {
        var origin = TextID.none
        var destination = TextID.none
        var port: UInt32 = 0
        var isOutgoing = true
    }

    mutating func flow(of event: RetainedEvent) -> Flow {
        var flow = Flow()
        flow.origin = address(sheet.slice(.sourceIP))
        flow.destination = address(sheet.slice(.destinationIP))
        flow.port = UInt32(
            truncatingIfNeeded: sheet.slice(.destinationPort).flatMap(Names.number) ?? 0)
        if let direction = sheet.slice(.initiated) {
            let text = String(decoding: direction.map(Names.lower), as: UTF8.self)
            flow.isOutgoing = text != "false" && text != "inbound" && text != "%%14592"
        }
        return flow
    }

    /// One key for a host however its name is written.
    func hostKey(_ host: TextID) -> ContentKey {
        guard host.isKnown else { return .none }
        var digest = ContentDigest()
        digest.mix(pool.slice(host).span, folding: true)
        return digest.key
    }
}
