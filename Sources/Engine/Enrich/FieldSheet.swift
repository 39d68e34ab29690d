/// What a field is to the storyline, whatever its source calls it.
enum Slot: UInt8, CaseIterable {
    case eventID, channel, host, plainHost
    case processGuid, processID, image, commandLine
    case parentGuid, parentID, parentImage, parentCommand
    case newProcessID, newProcessName, processName, parentProcessName, executionID
    case sourceGuid, sourceID, sourceImage, targetGuid, targetID, targetImage
    case user, sourceUser, subjectUser, subjectDomain, subjectSID, subjectLogon
    case targetUser, targetDomain, targetSID, targetLogon, logonID, logonType, failure
    case ipAddress, workstation, sourceIP, destinationIP, destinationHost, destinationPort,
        initiated
    case targetFile, registryKey, imageLoaded, hashes, domain, url, script, shareName
    case serviceName, serviceImage, taskName, taskContent, wmi
    case exe, comm, plainPID, parentPID, auditSession, auditUser, account, remoteAddress, remoteHost
    case program, message, a0, a1, a2, a3, a4, a5, a6, a7
    case principal, principalName, accessKey, identityType, cloudAddress, cloudAction, cloudResource
    case roleARN, roleSession, issuedKey, issuedARN
}

/// The fields of one event, found in one pass over their names.
///
/// A slot has several names, best first. Values that are empty, null or `-` count as absent.
struct FieldSheet: Sendable {
    private struct Place {
        var slot: UInt8
        var rank: UInt8
    }

    private static let absent = UInt16.max
    private static let places: [String: Place] = {
        var places: [String: Place] = [:]
        for (slot, names) in slotNames {
            for (rank, name) in names.enumerated() {
                places[name] = Place(slot: slot.rawValue, rank: UInt8(rank))
            }
        }
        return places
    }()

    private let places = Self.places
    private var fields = [UInt16](repeating: absent, count: Slot.allCases.count)
    private var ranks = [UInt8](repeating: .max, count: Slot.allCases.count)
    private(set) var event: RetainedEvent?

    mutating func read(_ event: RetainedEvent) {
        for index in fields.indices { fields[index] = Self.absent }
        for index in ranks.indices { ranks[index] = .max }
        for index in event.fields.indices where index < Int(Self.absent) {
            let field = event.fields[index]
            guard field.kind != .null, field.count > 0, let place = places[field.name] else {
                continue
            }
            let slot = Int(place.slot)
            guard place.rank < ranks[slot] else { continue }
            if field.count == 1, event.slice(of: field).first == 0x2d { continue }
            fields[slot] = UInt16(index)
            ranks[slot] = place.rank
        }
        self.event = event
    }

    /// Gives the event back, so that its memory is not held until the next one.
    mutating func clear() { event = nil }

    func has(_ slot: Slot) -> Bool { fields[Int(slot.rawValue)] != Self.absent }

    func slice(_ slot: Slot) -> ArraySlice<UInt8>? {
        let index = fields[Int(slot.rawValue)]
        guard index != Self.absent, let event else { return nil }
        return event.slice(of: event.fields[Int(index)])
    }

    func first(_ slots: Slot...) -> ArraySlice<UInt8>? {
        for slot in slots {
            if let value = slice(slot) { return value }
        }
        return nil
    }

    func text(_ slot: Slot) -> String? {
        slice(slot).map { String(decoding: $0, as: UTF8.self) }
    }
}

private let slotNames: [(Slot, [String])] = [
    (.eventID, ["EventID"]), (.channel, ["Channel"]),
    (.host, ["Computer", "Hostname", "node", "host.name", "_HOSTNAME", "ComputerName", "dvchost"]),
    (.plainHost, ["hostname", "host"]),
    (.processGuid, ["ProcessGuid", "ProcessGUID"]), (.processID, ["ProcessId", "process.pid"]),
    (.image, ["Image", "process.executable"]),
    (.commandLine, ["CommandLine", "ProcessCommandLine", "process.command_line", "_CMDLINE"]),
    (.parentGuid, ["ParentProcessGuid", "ParentProcessGUID"]), (.parentID, ["ParentProcessId"]),
    (.parentImage, ["ParentImage"]), (.parentCommand, ["ParentCommandLine"]),
    (.newProcessID, ["NewProcessId"]), (.newProcessName, ["NewProcessName"]),
    (.processName, ["ProcessName"]), (.parentProcessName, ["ParentProcessName"]),
    (
        .executionID,
        [
            "ExecutionProcessID", "Execution_ProcessID", "Execution.ProcessID", "SystemProcessID",
            "ProcessID",
        ]
    ),
    (.sourceGuid, ["SourceProcessGuid", "SourceProcessGUID"]),
    (.sourceID, ["SourceProcessId"]), (.sourceImage, ["SourceImage"]),
    (.targetGuid, ["TargetProcessGuid", "TargetProcessGUID"]),
    (.targetID, ["TargetProcessId"]), (.targetImage, ["TargetImage"]),
    (.user, ["User", "user", "user.name", "suser", "duser", "cs-username"]),
    (.sourceUser, ["SourceUser"]),
    (.subjectUser, ["SubjectUserName"]), (.subjectDomain, ["SubjectDomainName"]),
    (.subjectSID, ["SubjectUserSid"]), (.subjectLogon, ["SubjectLogonId"]),
    (.targetUser, ["TargetUserName"]), (.targetDomain, ["TargetDomainName"]),
    (.targetSID, ["TargetUserSid", "TargetSid"]), (.targetLogon, ["TargetLogonId"]),
    (.logonID, ["LogonId", "LogonID"]), (.logonType, ["LogonType"]),
    (.failure, ["errorCode", "status.errorCode", "ResultType", "outcome.result"]),
    (.ipAddress, ["IpAddress", "ClientAddress"]),
    (.workstation, ["WorkstationName", "Workstation"]),
    (
        .sourceIP,
        [
            "SourceIp", "id.orig_h", "src_ip", "c-ip", "clientip", "src", "SourceAddress",
            "client_ip",
        ]
    ),
    (.destinationIP, ["DestinationIp", "id.resp_h", "dest_ip", "dst_ip", "dst", "DestAddress"]),
    (.destinationHost, ["DestinationHostname", "host_header", "cs-host", "TargetServerName"]),
    (
        .destinationPort,
        ["DestinationPort", "id.resp_p", "dest_port", "dst_port", "dpt", "DestPort"]
    ),
    (.initiated, ["Initiated", "Direction"]),
    (.url, ["cs-uri-stem", "c-uri", "url", "http.url", "uri", "cs-uri-query", "request"]),
    (.targetFile, ["TargetFilename", "file.path", "name", "Path"]),
    (.registryKey, ["TargetObject", "ObjectName"]), (.imageLoaded, ["ImageLoaded"]),
    (.hashes, ["Hashes", "sha256"]),
    (.domain, ["QueryName", "query", "dns.rrname", "server_name", "tls.sni", "http.hostname"]),
    (.script, ["ScriptBlockText", "Payload"]), (.shareName, ["ShareName"]),
    (.serviceName, ["ServiceName", "Service_Name"]),
    (.serviceImage, ["ImagePath", "ServiceFileName"]),
    (.taskName, ["TaskName"]), (.taskContent, ["TaskContent", "TaskContentNew", "ActionName"]),
    (.wmi, ["Consumer", "Destination", "Query", "Operation_Namespace"]),
    (.exe, ["exe", "_EXE"]), (.comm, ["comm", "_COMM"]), (.plainPID, ["pid", "_PID", "procid"]),
    (.parentPID, ["ppid"]),
    (.auditSession, ["ses", "_AUDIT_SESSION"]), (.auditUser, ["AUID", "auid"]),
    (.account, ["acct", "ACCT"]), (.remoteAddress, ["addr", "ADDR", "saddr", "rhost"]),
    (.remoteHost, ["remote_host"]),
    (.program, ["program", "SYSLOG_IDENTIFIER", "app_name", "appname", "ident", "process"]),
    (.message, ["message", "MESSAGE", "msg", "Message"]),
    (.a0, ["a0"]), (.a1, ["a1"]), (.a2, ["a2"]), (.a3, ["a3"]), (.a4, ["a4"]), (.a5, ["a5"]),
    (.a6, ["a6"]), (.a7, ["a7"]),
    (
        .principal,
        [
            "userIdentity.arn", "properties.userPrincipalName", "userPrincipalName",
            "UserPrincipalName", "properties.initiatedBy.user.userPrincipalName",
            "InitiatedBy.user.userPrincipalName", "initiatedBy.user.userPrincipalName", "caller",
            "Caller", "UserId", "actor.email", "actor.alternateId", "actor.alternateid",
            "protoPayload.authenticationInfo.principalEmail",
            "data.protoPayload.authenticationInfo.principalEmail",
            "gcp.audit.authenticationInfo.principalEmail", "user.username", "actor",
        ]
    ),
    (.principalName, ["userIdentity.userName", "userIdentity.principalId", "properties.appId"]),
    (.accessKey, ["userIdentity.accessKeyId"]), (.identityType, ["userIdentity.type"]),
    (
        .cloudAddress,
        [
            "sourceIPAddress", "properties.ipAddress", "ipAddress", "IPAddress", "callerIpAddress",
            "CallerIpAddress", "ClientIP", "ClientIPAddress", "client.ipAddress",
            "client.ip_address", "protoPayload.requestMetadata.callerIp",
            "data.protoPayload.requestMetadata.callerIp", "sourceIPs", "actor_ip",
        ]
    ),
    (
        .cloudAction,
        [
            "eventName", "protoPayload.methodName", "data.protoPayload.methodName",
            "gcp.audit.method_name", "Operation", "eventType", "eventtype", "operationName",
            "OperationName", "activityDisplayName", "properties.message", "verb", "action",
            "ActivityType",
        ]
    ),
    (
        .cloudResource,
        [
            "requestParameters.bucketName", "requestParameters.userName",
            "requestParameters.instanceId", "requestParameters.functionName",
            "requestParameters.secretId", "protoPayload.resourceName",
            "data.protoPayload.resourceName", "resourceId", "ObjectId", "objectRef.name", "repo",
        ]
    ),
    (.roleARN, ["requestParameters.roleArn"]),
    (.roleSession, ["requestParameters.roleSessionName"]),
    (.issuedKey, ["responseElements.credentials.accessKeyId"]),
    (.issuedARN, ["responseElements.assumedRoleUser.arn"]),
]
