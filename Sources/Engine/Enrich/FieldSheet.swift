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
    private struct Place: Sendable {
        var name: String
        var slot: UInt8
        var rank: UInt8
    }

    private static let absent = UInt16.max
    private static let bucketCount = 1024
    /// Names by a digest of their count and outer bytes: cheaper than hashing, and few share one.
    private static let buckets: [[Place]] = {
        var buckets = [[Place]](repeating: [], count: bucketCount)
        for (slot, names) in slotNames {
            for (rank, name) in names.enumerated() {
                buckets[bucket(of: name)].append(
                    Place(name: name, slot: slot.rawValue, rank: UInt8(rank)))
            }
        }
        return buckets
    }()

    private static func bucket(of name: String) -> Int {
        let bytes = name.utf8
        guard let first = bytes.first, let last = bytes.last else { return 0 }
        return (bytes.count &* 89 &+ Int(first) &* 31 &+ Int(last)) & (bucketCount - 1)
    }

    /// Which slot each field of events with these names fills. Events of one kind have the same
    /// names in the same order, so one comparison each replaces the search.
    private struct Layout: Sendable {
        var names: [String] = []
        var slots: [UInt8] = []
        var ranks: [UInt8] = []
    }

    private static let layoutCount = 256
    private static let nothing = UInt8.max

    private let buckets = Self.buckets
    private var layouts = [Layout](repeating: Layout(), count: layoutCount)
    private var fields = [UInt16](repeating: absent, count: Slot.allCases.count)
    private var ranks = [UInt8](repeating: .max, count: Slot.allCases.count)
    private var used: [UInt8] = []
    private(set) var event = RetainedEvent.empty

    mutating func read(_ event: RetainedEvent) {
        for slot in used {
            fields[Int(slot)] = Self.absent
            ranks[Int(slot)] = .max
        }
        used.removeAll(keepingCapacity: true)
        self.event = event
        let count = min(event.fields.count, Int(Self.absent))
        guard count > 0 else { return }
        let layout = layout(of: event, count: count)
        for index in 0..<count {
            let slot = Int(layouts[layout].slots[index])
            guard slot != Int(Self.nothing) else { continue }
            let rank = layouts[layout].ranks[index]
            guard rank < ranks[slot] else { continue }
            let field = event.fields[index]
            if field.kind == .null || field.count == 0 { continue }
            if field.count == 1, event.slice(of: field).first == 0x2d { continue }
            if fields[slot] == Self.absent { used.append(UInt8(slot)) }
            fields[slot] = UInt16(index)
            ranks[slot] = rank
        }
    }

    private mutating func layout(of event: RetainedEvent, count: Int) -> Int {
        let outer = event.fields[0].name.utf8.count &+ event.fields[count - 1].name.utf8.count &* 3
        let place = (count &* 37 &+ outer) & (Self.layoutCount - 1)
        let isKnown =
            layouts[place].names.count == count
            && (0..<count).allSatisfy { layouts[place].names[$0] == event.fields[$0].name }
        if isKnown { return place }
        var layout = Layout()
        for index in 0..<count {
            let name = event.fields[index].name
            let found = buckets[Self.bucket(of: name)].first { $0.name == name }
            layout.names.append(name)
            layout.slots.append(found?.slot ?? Self.nothing)
            layout.ranks.append(found?.rank ?? 0)
        }
        layouts[place] = layout
        return place
    }

    /// Gives the event back, so that its memory is not held until the next one.
    mutating func clear() { event = .empty }

    func has(_ slot: Slot) -> Bool { fields[Int(slot.rawValue)] != Self.absent }

    func slice(_ slot: Slot) -> ArraySlice<UInt8>? {
        let index = fields[Int(slot.rawValue)]
        // After `clear()` no field of the last event is there any more.
        guard index != Self.absent, Int(index) < event.fields.count else { return nil }
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

extension RetainedEvent {
    fileprivate static let empty = RetainedEvent(
        reference: RecordReference(source: 0, record: 0, offset: 0, order: 0), time: nil, [])
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
