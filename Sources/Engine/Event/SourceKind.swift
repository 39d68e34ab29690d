/// What kind of log a record is, whatever format carried it. Mappings in `Content/mappings/` are
/// written per kind (`source:`), in the raw values used here.
package enum SourceKind: String, Sendable, CaseIterable {
    case windows
    case sysmonLinux = "sysmon-linux"
    /// Kagari's own sensor on an endpoint.
    case kagariEndpoint = "kagari-endpoint"
    case auditd
    /// sshd, sudo, su, cron, login and others as told by syslog or journald.
    case linux
    case macos
    case zeek, suricata
    case cloudtrail
    case azureActivity = "azure-activity"
    case azureSignin = "azure-signin"
    case azureAudit = "azure-audit"
    case m365
    case googleWorkspace = "google-workspace"
    case gcpAudit = "gcp-audit"
    case okta, kubernetes, github
    case webserver
    case cef, leef
    /// Recognised as JSON, CSV or key=value, but no mapping knows it.
    case generic
    case unknown
}

/// What an event says happened, as the storyline understands it. Set by `activity:` in a mapping.
package enum Activity: String, Sendable, CaseIterable {
    case other
    case processStart = "process-start"
    case processEnd = "process-end"
    case imageLoad = "image-load"
    case driverLoad = "driver-load"
    case remoteThread = "remote-thread"
    case processAccess = "process-access"
    case processTamper = "process-tamper"
    case fileWrite = "file-write"
    case fileDelete = "file-delete"
    case fileRename = "file-rename"
    case registryWrite = "registry-write"
    case pipe
    case networkConnect = "network-connect"
    case dnsQuery = "dns-query"
    case httpRequest = "http-request"
    case logon
    case logonFailure = "logon-failure"
    case logoff
    case explicitCredentials = "explicit-credentials"
    case privilegeUse = "privilege-use"
    case serviceInstall = "service-install"
    case scheduledTask = "scheduled-task"
    case scriptBlock = "script-block"
    case accountChange = "account-change"
    case groupChange = "group-change"
    case shareAccess = "share-access"
    case wmi
    case logCleared = "log-cleared"
    case cloudCall = "cloud-call"
    case cloudSignIn = "cloud-sign-in"
    case assumeRole = "assume-role"
}

extension SourceKind {
    var isCloud: Bool {
        switch self {
        case .cloudtrail, .azureActivity, .azureSignin, .azureAudit, .m365, .googleWorkspace,
            .gcpAudit, .okta, .kubernetes, .github:
            true
        default: false
        }
    }

    var isNetwork: Bool { self == .zeek || self == .suricata }

    /// Where the host named by a record is a sensor's or nobody's, not the one attacked.
    var isHostless: Bool { isCloud || isNetwork }
}
