extension OCSFDraft {
    private mutating func takeAccount(_ prefix: IdentityPart) -> OCSFUser? {
        switch prefix {
        case .subject:
            return OCSFUser(
                account: fields.take("SubjectUserName"), domain: fields.take("SubjectDomainName"),
                uid: fields.take("SubjectUserSid"))
        case .target:
            return OCSFUser(
                account: fields.take("TargetUserName"), domain: fields.take("TargetDomainName"),
                uid: fields.take("TargetUserSid", "TargetSid"))
        }
    }

    private enum IdentityPart { case subject, target }

    private static let nobody = OCSFUser(account: "unknown")

    mutating func authenticationBody(user known: String?) {
        let target = takeAccount(.target)
        let subject = takeAccount(.subject)
        let cloud = target == nil ? fields.take(OCSFNames.cloudUser) : nil
        let account =
            target ?? OCSFUser(account: fields.take("user", "User", "acct") ?? cloud ?? known)
            ?? subject ?? Self.nobody
        if let account { user("user", account, at: "user") }
        if let subject { actor(process: nil, user: subject, log: fields.event.source.rawValue) }
        endpoint(
            "src_endpoint",
            OCSFEndpoint(
                fields.take(OCSFNames.source),
                hostname: fields.take("WorkstationName", "Workstation"),
                port: fields.takeInteger("IpPort", "src_port")))
        writeService()
        if let type = fields.takeInteger("LogonType"), Self.logonTypes.contains(type) {
            json.member("logon_type_id", type)
        }
        writeProtocol()
        if let session = fields.take("TargetLogonId", "LogonId", "ses", "correlationId") {
            json.object("session") { $0.member("uid", session) }
        }
        json.member("status_id", didFail ? 2 : 1)
        json.present("status_code", fields.take("Status", "resultType", "errorCode"))
        json.present("status_detail", fields.take("SubStatus", "FailureReason", "errorMessage"))
    }

    private static let logonTypes: Set<Int64> = [0, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13]

    private var didFail: Bool {
        if fields.event.activity == .logonFailure { return true }
        guard fields.event.activity == .cloudSignIn else { return false }
        if let error = fields.peek("errorCode", "resultType", "status.errorCode") {
            return error != "0" && error != "Success"
        }
        return fields.peek("responseElements.ConsoleLogin", "outcome.result", "ResultStatus")
            .map { ["failure", "failed"].contains($0.lowercased()) } ?? false
    }

    /// The schema wants to know where one logged on: a service or an endpoint.
    private mutating func writeService() {
        let service = fields.take(
            "appDisplayName", "eventSource", "Workload", "ServiceName", "program",
            "TargetServerName")
        let host = fields.peek(OCSFNames.host)
        if let service {
            json.object("service") { $0.member("name", service) }
        } else if let host {
            endpoint("dst_endpoint", OCSFEndpoint(host))
        } else {
            json.object("service") { $0.member("name", fields.event.source.rawValue) }
        }
    }

    private mutating func writeProtocol() {
        guard let name = fields.take("AuthenticationPackageName", "AuthenticationProtocol") else {
            return
        }
        let id =
            switch name.uppercased() {
            case let text where text.hasPrefix("NTLM") || text.hasPrefix("MICROSOFT_AUTH"): 1
            case "KERBEROS": 2
            default: OCSF.other
            }
        json.member("auth_protocol_id", id)
        json.member("auth_protocol", id == OCSF.other ? name : id == 1 ? "NTLM" : "Kerberos")
    }

    // MARK: rights and accounts

    mutating func privilegeBody(user known: String?) {
        let privileges = fields.take("PrivilegeList", "privileges") ?? ""
        json.member(
            "privileges",
            privileges.split(whereSeparator: \.isWhitespace).prefix(64).map(String.init))
        let account =
            takeAccount(.subject) ?? OCSFUser(account: fields.take("User", "user") ?? known)
            ?? Self.nobody
        if let account { user("user", account, at: "user") }
        if let session = fields.take("SubjectLogonId") {
            json.object("session") { $0.member("uid", session) }
        }
    }

    mutating func accountBody(user known: String?) {
        let account =
            takeAccount(.target) ?? OCSFUser(account: fields.take("acct", "user", "User") ?? known)
            ?? Self.nobody
        if let account { user("user", account, at: "user") }
        if let subject = takeAccount(.subject) {
            actor(process: nil, user: subject, log: fields.event.source.rawValue)
        }
        endpoint("src_endpoint", OCSFEndpoint(fields.take(OCSFNames.source)))
    }

    mutating func groupBody(user known: String?) {
        // In Windows group events `Target…` is the group and `Member…` is who was added.
        let name = fields.take("TargetUserName", "grp", "group") ?? "unknown"
        let domain = fields.take("TargetDomainName")
        let uid = fields.take("TargetSid")
        json.object("group") {
            $0.member("name", name)
            $0.present("domain", domain)
            $0.present("uid", uid)
        }
        let member = OCSFUser(
            account: fields.take("MemberName", "acct"), uid: fields.take("MemberSid"))
        if let member { user("user", member, at: "user") }
        let subject = takeAccount(.subject) ?? OCSFUser(account: known)
        if let subject { actor(process: nil, user: subject, log: fields.event.source.rawValue) }
    }
}
