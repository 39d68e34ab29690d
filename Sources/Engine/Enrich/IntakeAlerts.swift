import Sigma

/// What an alert's event says about who did what to what.
extension Intake {
    mutating func alert(_ alert: Alert, index: Int) -> AlertFact {
        let event = alert.event
        let moment = alert.time ?? event.time
        var fact = AlertFact(time: moment?.nanoseconds ?? .min)
        fact.index = index
        fact.rule = alert.rule
        fact.level = UInt8(alert.level.rawValue)
        fact.activity = event.activity
        fact.source = event.source
        fact.host = host(of: event.source)
        if !fact.host.isKnown, !event.source.isHostless, let name = alert.host {
            fact.host = host(ArraySlice(name.utf8), upperCase: event.source == .windows)
        }
        let user = actor(of: event, host: fact.host)
        fact.user = user.text
        fact.isService = user.isService
        if !fact.user.isKnown, !event.source.isCloud, let name = alert.user {
            let told = account(ArraySlice(name.utf8), domain: nil, sid: nil, host: fact.host)
            fact.user = told.text
            fact.isService = told.isService
        }
        fact.subject = process(
            of: event, host: fact.host, textBytesMax: limits.alertTextBytesMax)
        fact.subject.time = fact.time
        fact.subject.user = fact.user
        fact.subject.isService = fact.isService
        fact.subject = fact.subject.identified(in: pool)
        fact.target = reference(.targetGuid, .targetID)
        fact.targetImage = text(sheet.slice(.targetImage), bytesMax: limits.alertTextBytesMax)
        fact.session = fact.subject.session
        readPlaces(of: event, into: &fact)
        readObject(of: event, into: &fact)
        var digest = ContentDigest()
        digest.mix(alert.id)
        digest.mix(fact.subject.identity)
        fact.identity = digest.key
        return fact
    }

    private mutating func readPlaces(of event: RetainedEvent, into fact: inout AlertFact) {
        if event.source.isCloud {
            fact.principal = principal()
            fact.origin = address(sheet.first(.cloudAddress, .ipAddress, .sourceIP))
            fact.accessKey = text(sheet.slice(.accessKey), bytesMax: 128)
            if event.activity == .assumeRole || sheet.has(.issuedKey) {
                fact.issued = issuedPrincipal()
                fact.issuedKey = text(sheet.slice(.issuedKey), bytesMax: 128)
            }
            fact.user = .none
            fact.isService = false
            return
        }
        switch event.activity {
        case .logon, .logonFailure, .logoff:
            fact.session =
                event.source == .windows ? session(.targetLogon) : session(.auditSession)
            fact.origin = address(
                sheet.first(.ipAddress, .remoteAddress, .sourceIP)
                    ?? messageWord(after: "from"))
            fact.logonType = UInt32(
                truncatingIfNeeded: sheet.slice(.logonType).flatMap(Names.number) ?? 0)
            if let name = sheet.slice(.workstation) {
                fact.workstation = host(name, upperCase: true)
            }
        default:
            if fact.session == 0 { fact.session = session(.subjectLogon, .logonID) }
            let ends = flow(of: event)
            fact.port = ends.port
            if event.source.isNetwork || !fact.host.isKnown {
                fact.origin = ends.origin
                fact.destination = ends.destination
            } else if ends.isOutgoing {
                fact.destination = ends.destination
            } else {
                fact.origin = ends.origin
            }
            if event.source == .webserver { fact.origin = ends.origin }
            if !fact.origin.isKnown { fact.origin = address(sheet.slice(.ipAddress)) }
            if event.activity == .processStart, !fact.destination.isKnown {
                fact.destination = addressInCommand(fact.subject.command)
            }
        }
    }

    private mutating func readObject(of event: RetainedEvent, into fact: inout AlertFact) {
        let most = limits.alertTextBytesMax
        func set(_ kind: Entity.Kind, _ slot: Slot, _ fact: inout AlertFact) {
            fact.objectKind = sheet.has(slot) ? kind : nil
            fact.object = pool.intern(sheet.slice(slot) ?? [], bytesMax: most)
        }
        switch event.activity {
        case .fileWrite, .fileDelete, .fileRename: set(.file, .targetFile, &fact)
        case .imageLoad, .driverLoad: set(.file, .imageLoaded, &fact)
        case .registryWrite: set(.registryKey, .registryKey, &fact)
        case .dnsQuery: set(.domain, .domain, &fact)
        case .httpRequest:
            set(.domain, .domain, &fact)
            fact.detail = text(sheet.slice(.url), bytesMax: most)
        case .shareAccess: set(.file, .shareName, &fact)
        case .serviceInstall:
            set(.service, .serviceName, &fact)
            fact.detail = text(sheet.slice(.serviceImage), bytesMax: most)
        case .scheduledTask:
            set(.scheduledTask, .taskName, &fact)
            fact.detail = taskCommand()
        case .scriptBlock: fact.detail = text(sheet.slice(.script), bytesMax: most)
        case .wmi: fact.detail = text(sheet.slice(.wmi), bytesMax: most)
        case .logCleared: fact.detail = text(sheet.slice(.channel), bytesMax: most)
        case .cloudCall, .cloudSignIn, .assumeRole:
            set(.cloudResource, .cloudResource, &fact)
            fact.detail = text(sheet.slice(.cloudAction), bytesMax: most)
        case .accountChange, .groupChange:
            fact.detail = text(sheet.slice(.targetUser), bytesMax: 320)
        case .privilegeUse where event.source == .linux || event.source == .auditd:
            fact.detail = text(sheet.slice(.commandLine), bytesMax: most)
        default:
            if event.source.isCloud {
                fact.detail = text(sheet.slice(.cloudAction), bytesMax: most)
            } else if event.source.isNetwork {
                set(.domain, .domain, &fact)
            } else if event.source == .auditd {
                set(.file, .targetFile, &fact)
            } else if event.source == .windows {
                fact.detail = eventName()
            }
        }
    }

    /// What Windows calls the current event: `Windows Defender event 5001`.
    private mutating func eventName() -> TextID {
        guard let channel = sheet.slice(.channel), let number = sheet.slice(.eventID) else {
            return .none
        }
        let log = channel.prefix { $0 != 0x2f }
        let maker = "Microsoft-Windows-"
        let name = log.starts(with: maker.utf8) ? log.dropFirst(maker.utf8.count) : log
        return pool.intern(
            (Array(name) + Array(" event ".utf8) + Array(number))[...], bytesMax: 160)
    }

    /// The address that a command line fetches from or sends to (`http://203.0.113.5/a`).
    private mutating func addressInCommand(_ command: TextID) -> TextID {
        let line = pool.slice(command)
        guard let scheme = line.indices.first(where: { line[$0...].starts(with: "://".utf8) })
        else { return .none }
        let place = line[(scheme + 3)...].prefix {
            $0 != 0x2f && $0 > 0x20 && $0 != 0x22 && $0 != 0x27
        }
        return address(place)
    }
}
