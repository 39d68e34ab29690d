/// Writes an event as OCSF 1.8.0: the class follows from what the event says happened.
///
/// Pure. Fields that have a place in the class go there; the rest is in `unmapped` under its own
/// name, and the record as received in `raw_data`, so nothing is lost. docs/ocsf.md has the table.
package struct OCSFEvent {
    /// Bytes of `raw_data` at most.
    package static let rawBytesMax = 64 << 10

    private let productVersion: String

    package init(productVersion: String) { self.productVersion = productVersion }

    /// - Parameters:
    ///   - uid: stable name of the record, e.g. `path#record`.
    ///   - host, user: as the run knows them; nil where it does not.
    /// - Returns: one JSON object in UTF-8, without a line feed.
    package func bytes(
        of event: RetainedEvent, uid: String, host: String?, user: String?
    ) -> [UInt8] {
        var draft = OCSFDraft(event)
        let choice = OCSFChoice(draft.fields, host: host)
        draft.json.beginObject()
        let own = draft.fields.peek(OCSFNames.host)
        if host == nil || own == host { _ = draft.fields.take(OCSFNames.host) }
        let device = host ?? own
        head(choice, event, &draft)
        metadata(choice, event, uid: uid, hasDevice: device != nil, &draft)
        if let device {
            draft.device(device, source: event.source)
        } else if choice.kind.hasDevice {
            draft.device("unknown", source: event.source)
        }
        if choice.needsCloud { draft.cloud(event.source) }
        draft.body(choice, user: user)
        tail(event, &draft)
        draft.json.endObject()
        return draft.json.bytes
    }

    private func head(_ choice: OCSFChoice, _ event: RetainedEvent, _ draft: inout OCSFDraft) {
        draft.json.classification(
            choice.kind, activity: choice.activity, named: choice.activityName, severity: 1)
        // The schema demands a time; where the record has none, metadata.labels says so.
        draft.json.member("time", event.time.map(OCSF.milliseconds) ?? 0)
    }

    private func metadata(
        _ choice: OCSFChoice, _ event: RetainedEvent, uid: String, hasDevice: Bool,
        _ draft: inout OCSFDraft
    ) {
        let code = draft.fields.take("EventID", "event_id", "type")
        let log = draft.fields.take("Channel", "log_name", "_path")
        let provider = draft.fields.take("Provider_Name", "SourceName", "Provider")
        var profiles: [String] = []
        if choice.needsCloud { profiles.append("cloud") }
        if hasDevice || choice.kind.hasDevice { profiles.append("host") }
        draft.json.object("metadata") { json in
            json.product(version: productVersion)
            json.member("uid", uid)
            json.present("event_code", code)
            json.member("log_name", log ?? event.source.rawValue)
            json.present("log_provider", provider)
            json.member("original_event_uid", String(event.reference.record))
            json.present("original_time", event.time?.text)
            if !profiles.isEmpty { json.member("profiles", profiles) }
            if event.time == nil { json.member("labels", ["time-unknown"]) }
        }
    }

    private func tail(_ event: RetainedEvent, _ draft: inout OCSFDraft) {
        draft.json.observables(draft.observables)
        let rest = draft.fields.rest()
        if !rest.isEmpty {
            draft.json.object("unmapped") { json in
                for (name, values) in rest {
                    if values.count == 1 {
                        json.member(name, values[0])
                    } else {
                        json.member(name, values)
                    }
                }
            }
        }
        guard !event.raw.isEmpty else { return }
        let raw = String(decoding: event.raw.prefix(Self.rawBytesMax), as: UTF8.self)
        draft.json.member("raw_data", raw)
        draft.json.member("raw_data_size", event.raw.count)
    }
}

/// Fields that carry the same meaning in several logs, first choice first.
enum OCSFNames {
    static let host = ["Computer", "Hostname", "hostname", "host.name", "host", "node", "HostName"]
    static let source = [
        "SourceIp", "src_ip", "id.orig_h", "SourceAddress", "IpAddress", "sourceIPAddress",
        "callerIpAddress", "ClientIP", "client_ip", "c-ip", "client.ipAddress", "ipAddress",
        "protoPayload.requestMetadata.callerIp", "sourceIPs", "IPAddress", "actor_ip", "addr",
        "src", "SourceNetworkAddress",
    ]
    static let destination = [
        "DestinationIp", "dest_ip", "dst_ip", "id.resp_h", "DestAddress", "dst", "s-ip",
    ]
    static let cloudUser = [
        "userIdentity.userName", "userIdentity.arn", "userIdentity.principalId", "UserId",
        "userPrincipalName", "properties.userPrincipalName", "actor.alternateId", "actor.email",
        "protoPayload.authenticationInfo.principalEmail", "user.username", "user",
        "initiatedBy.user.userPrincipalName", "caller", "identity", "actor",
    ]
    static let operation = [
        "eventName", "operationName", "Operation", "protoPayload.methodName", "methodName",
        "activityDisplayName", "verb", "eventType", "action", "displayMessage",
    ]
    static let service = [
        "eventSource", "protoPayload.serviceName", "Workload", "serviceName", "resourceProvider",
        "loggedByService", "objectRef.resource", "category",
    ]
}

extension JSONWriter {
    /// `class_uid` and what follows from it.
    mutating func classification(
        _ kind: OCSFClass, activity: Int, named name: String?, severity: Int
    ) {
        member("class_uid", kind.rawValue)
        member("class_name", kind.name)
        member("category_uid", kind.categoryUID)
        member("category_name", kind.categoryName)
        member("activity_id", activity)
        present("activity_name", name)
        member("type_uid", kind.typeUID(activity: activity))
        present("type_name", name.map { "\(kind.name): \($0)" })
        member("severity_id", severity)
        member("severity", OCSF.severityName(severity))
    }

    mutating func product(version: String) {
        member("version", OCSF.version)
        object("product") {
            $0.member("name", "Kagari")
            $0.member("vendor_name", "Kagari")
            $0.member("version", version)
        }
    }
}

extension OCSFDraft {
    mutating func device(_ host: String, source: SourceKind) {
        json.object("device") { $0.device(host, source: source) }
        observe(
            OCSF.isAddress(host) ? "device.ip" : "device.hostname",
            OCSF.isAddress(host) ? .address : .hostname, host)
    }

    fileprivate mutating func cloud(_ source: SourceKind) {
        let region = fields.take("awsRegion", "resource.labels.location", "resourceLocation")
        let account = fields.take(
            "recipientAccountId", "userIdentity.accountId", "subscriptionId", "tenantId",
            "OrganizationId", "resource.labels.project_id")
        json.object("cloud") { json in
            json.member("provider", source.cloudProvider)
            json.present("region", region)
            if let account { json.object("account") { $0.member("uid", account) } }
        }
    }
}

extension JSONWriter {
    mutating func device(_ host: String, source: SourceKind) {
        if OCSF.isAddress(host) { member("ip", host) } else { member("hostname", host) }
        member("type_id", 0)
        let system: (name: String, id: Int)? =
            switch source {
            case .windows: ("Windows", 100)
            case .sysmonLinux, .kagariEndpoint, .auditd, .linux: ("Linux", 200)
            case .macos: ("macOS", 300)
            default: nil
            }
        guard let system else { return }
        object("os") {
            $0.member("name", system.name)
            $0.member("type_id", system.id)
        }
    }
}

extension SourceKind {
    var cloudProvider: String {
        switch self {
        case .cloudtrail: "AWS"
        case .azureActivity, .azureSignin, .azureAudit: "Azure"
        case .m365: "Microsoft 365"
        case .googleWorkspace: "Google Workspace"
        case .gcpAudit: "GCP"
        case .okta: "Okta"
        case .github: "GitHub"
        case .kubernetes: "Kubernetes"
        default: "Other"
        }
    }

}

extension SourceKind {
    /// A cloud that others run; a cluster may be one's own.
    var isRunByOthers: Bool { isCloud && self != .kubernetes }
}
