/// One alert's event as a clause: who did what to what.
extension IncidentWriter {
    func deed(of fact: AlertFact) -> String {
        if fact.source.isCloud { return cloudDeed(of: fact) }
        let actor = actor(of: fact)
        let object = shown(fact.object, bytesMax: 160)
        let target = name(fact.targetImage)
        switch fact.activity {
        case .processStart: return start(of: fact)
        case .processAccess: return "\(actor) opened \(target.isEmpty ? "a process" : target)"
        case .remoteThread:
            return "\(actor) started a thread in \(target.isEmpty ? "a process" : target)"
        case .processTamper: return "the image of \(actor) was replaced in memory"
        case .imageLoad: return "\(actor) loaded \(object)"
        case .driverLoad: return "driver \(object) was loaded"
        case .fileWrite: return "\(actor) wrote \(object)"
        case .fileRename: return "\(actor) renamed \(object)"
        case .fileDelete: return "\(actor) deleted \(object)"
        case .registryWrite: return "\(actor) set \(object)"
        case .pipe: return "\(actor) used a named pipe"
        case .dnsQuery: return "\(actor) asked for the name \(object)"
        case .httpRequest:
            let page = fact.detail.isKnown ? " \(shown(fact.detail, bytesMax: 160))" : " a page"
            if fact.source == .webserver, fact.origin.isKnown {
                return "\(shown(fact.origin, bytesMax: 64)) asked the web server for\(page)"
            }
            return "\(actor) asked for\(page)\(towards(fact))\(came(fact))"
        case .networkConnect: return "\(actor) connected\(towards(fact))\(came(fact))"
        case .logon: return "\(user(of: fact)) logged on\(came(fact))\(kind(of: fact))"
        case .logonFailure:
            return "\(user(of: fact)) failed to log on\(came(fact))\(kind(of: fact))"
        case .logoff: return "\(user(of: fact)) logged off"
        case .explicitCredentials: return "\(actor) used another account's credentials"
        case .serviceInstall: return "service \(object) was installed\(running(fact))"
        case .scheduledTask: return "task \(object) was registered\(running(fact))"
        case .scriptBlock:
            return "PowerShell ran \(quoted(fact.detail))"
        case .accountChange: return "\(user(of: fact)) changed \(changed(fact, "account"))"
        case .groupChange: return "\(user(of: fact)) changed \(changed(fact, "group"))"
        case .shareAccess: return "\(user(of: fact)) reached share \(object)\(came(fact))"
        case .wmi: return "WMI was used by \(actor)\(running(fact))"
        case .logCleared: return "\(user(of: fact)) cleared the log\(running(fact))"
        case .privilegeUse where fact.detail.isKnown:
            return "\(user(of: fact)) ran \(quoted(fact.detail)) with another account's rights"
        case .privilegeUse: return "\(user(of: fact)) was given special rights"
        default:
            if fact.source.isNetwork {
                return "\(shown(fact.origin, bytesMax: 64)) spoke\(towards(fact))"
            }
            if fact.object.isKnown { return "\(actor) accessed \(object)" }
            if fact.detail.isKnown {
                let name = shown(fact.detail, bytesMax: 100)
                return actor == Self.unknownActor
                    ? "\(name) was logged" : "\(name) was logged of \(actor)"
            }
            return actor == Self.unknownActor ? "something happened" : "\(actor) acted"
        }
    }

    private func changed(_ fact: AlertFact, _ kind: String) -> String {
        guard fact.detail.isKnown else { return kind == "account" ? "an account" : "a \(kind)" }
        return "\(kind) \(shown(fact.detail, bytesMax: 120))"
    }

    private func start(of fact: AlertFact) -> String {
        let parent = name(fact.subject.parentImage)
        let line = fact.subject.command.isKnown ? fact.subject.command : fact.subject.image
        let who = fact.user.isKnown ? " (user \(userName(fact)))" : ""
        let command = quoted(line)
        return parent.isEmpty
            ? "\(command) was started\(who)" : "\(parent)\(who) started \(command)"
    }

    private func cloudDeed(of fact: AlertFact) -> String {
        let principal =
            fact.principal.isKnown
            ? label(ofPrincipal: fact.principal) : (fact.origin.isKnown ? "someone" : "a service")
        let action = shown(fact.detail, bytesMax: 100)
        let object = fact.object.isKnown ? " on \(shown(fact.object, bytesMax: 120))" : ""
        switch fact.activity {
        case .cloudSignIn:
            return "\(principal) signed in\(came(fact))"
        case .assumeRole:
            let role = fact.issued.isKnown ? " \(label(ofPrincipal: fact.issued))" : " a role"
            return "\(principal) assumed\(role)\(came(fact))"
        default:
            return action.isEmpty
                ? "\(principal) acted\(object)\(came(fact))"
                : "\(principal) called \(action)\(object)\(came(fact))"
        }
    }

    private func label(ofPrincipal text: TextID) -> String {
        let slice = graph.pool.slice(text)
        guard slice.starts(with: "arn:".utf8), let colon = slice.lastIndex(of: 0x3a) else {
            return shown(text, bytesMax: 120)
        }
        return Words.plain(String(decoding: slice[(colon + 1)...], as: UTF8.self))
    }

    private static let unknownActor = "a process"

    private func actor(of fact: AlertFact) -> String {
        let image = name(fact.subject.image)
        let who = fact.user.isKnown ? " (user \(userName(fact)))" : ""
        if !image.isEmpty { return image + who }
        return fact.user.isKnown ? userName(fact) : Self.unknownActor
    }

    private func user(of fact: AlertFact) -> String {
        fact.user.isKnown ? userName(fact) : "someone"
    }

    private func userName(_ fact: AlertFact) -> String {
        let name = accountName(fact.user)
        return fact.isService ? name.uppercased() : name
    }

    private func name(_ path: TextID) -> String {
        let name = String(decoding: graph.pool.baseName(of: path), as: UTF8.self)
        return Words.bounded(Words.plain(name), bytesMax: 80)
    }

    private func shown(_ text: TextID, bytesMax: Int) -> String {
        Words.bounded(Words.plain(graph.pool.string(text)), bytesMax: bytesMax)
    }

    private func quoted(_ text: TextID) -> String {
        text.isKnown ? "“\(shown(text, bytesMax: 200))”" : "a script"
    }

    private func towards(_ fact: AlertFact) -> String {
        guard fact.destination.isKnown else {
            return fact.object.isKnown ? " to \(shown(fact.object, bytesMax: 120))" : ""
        }
        let port = fact.port == 0 ? "" : " port \(fact.port)"
        return " to \(shown(fact.destination, bytesMax: 64))\(port)"
    }

    private func came(_ fact: AlertFact) -> String {
        if fact.origin.isKnown { return " from \(shown(fact.origin, bytesMax: 64))" }
        return fact.workstation.isKnown ? " from \(shown(fact.workstation, bytesMax: 64))" : ""
    }

    private func kind(of fact: AlertFact) -> String {
        switch fact.logonType {
        case 3: " over the network"
        case 9: " with new credentials"
        case 10: " by remote desktop"
        default: ""
        }
    }

    private func running(_ fact: AlertFact) -> String {
        fact.detail.isKnown ? " (\(shown(fact.detail, bytesMax: 160)))" : ""
    }
}
