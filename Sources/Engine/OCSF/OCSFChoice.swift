/// Which class and activity an event is told as.
struct OCSFChoice {
    var kind: OCSFClass
    var activity: Int
    var activityName: String?
    var needsCloud = false

    /// - Parameter fields: only looked at.
    init(_ fields: OCSFFields, host: String?) {
        let event = fields.event
        (kind, activity, activityName) = Self.choose(fields, event.activity, event.source)
        // A class that needs a place to say what happened falls back where the event has none.
        if !Self.isTold(kind, fields, host: host) {
            (kind, activity, activityName) = (.baseEvent, OCSF.other, event.activity.rawValue)
        }
        needsCloud = event.source.isRunByOthers
    }

    private static func choose(
        _ fields: OCSFFields, _ activity: Activity, _ source: SourceKind
    ) -> (OCSFClass, Int, String?) {
        switch activity {
        case .processStart: (.processActivity, 1, "Launch")
        case .processEnd: (.processActivity, 2, "Terminate")
        case .processAccess: (.processActivity, 3, "Open")
        case .remoteThread: (.processActivity, 4, "Inject")
        case .processTamper: (.processActivity, OCSF.other, "Tamper")
        case .imageLoad: (.moduleActivity, 1, "Load")
        case .driverLoad: (.kernelExtensionActivity, 1, "Load")
        case .fileWrite: (.fileActivity, 1, "Create")
        case .fileDelete: (.fileActivity, 4, "Delete")
        case .fileRename: (.fileActivity, 5, "Rename")
        case .pipe:
            fields.peek("EventID") == "18"
                ? (.fileActivity, 14, "Open") : (.fileActivity, 1, "Create")
        case .registryWrite: registry(fields)
        case .networkConnect: (.networkActivity, 1, "Open")
        case .dnsQuery:
            fields.peek("kagari_event") == "dns_answer"
                ? (.dnsActivity, 2, "Response") : (.dnsActivity, 1, "Query")
        case .httpRequest: http(fields)
        case .shareAccess: (.smbActivity, 2, "File Open")
        case .logon, .logonFailure, .explicitCredentials, .cloudSignIn:
            (.authentication, 1, "Logon")
        case .logoff: (.authentication, 2, "Logoff")
        case .privilegeUse: (.authorizeSession, 1, "Assign Privileges")
        case .accountChange: account(fields)
        case .groupChange: group(fields)
        case .serviceInstall: (.windowsServiceActivity, 1, "Create")
        case .scheduledTask: job(fields)
        case .scriptBlock: (.scriptActivity, 1, "Execute")
        case .logCleared: (.eventLogActivity, 1, "Clear")
        case .cloudCall, .assumeRole: api(fields)
        case .wmi, .other: bySource(fields, source)
        }
    }

    private static func bySource(
        _ fields: OCSFFields, _ source: SourceKind
    ) -> (OCSFClass, Int, String?) {
        switch source {
        case .zeek, .suricata: (.networkActivity, 6, "Traffic")
        case .webserver: http(fields)
        case .cloudtrail, .azureActivity, .azureAudit, .m365, .googleWorkspace, .gcpAudit, .okta,
            .kubernetes, .github:
            api(fields)
        case .azureSignin: (.authentication, 1, "Logon")
        case .kagariEndpoint: endpoint(fields)
        default: (.baseEvent, OCSF.other, fields.event.activity == .wmi ? "WMI" : "Other")
        }
    }

    /// Events of Kagari's sensor that mean nothing to the storyline.
    private static func endpoint(_ fields: OCSFFields) -> (OCSFClass, Int, String?) {
        let event = fields.peek("kagari_event") ?? "Other"
        return switch event {
        case "process_fork": (.processActivity, 1, "Launch")
        case "file_write": (.fileActivity, 3, "Update")
        case "file_attribute": (.fileActivity, 6, "Set Attributes")
        case "file_mode", "file_owner": (.fileActivity, 7, "Set Security")
        case "folder_create": (.fileActivity, 1, "Create")
        case "folder_delete": (.fileActivity, 4, "Delete")
        case "mount": (.fileActivity, 12, "Mount")
        case "unmount": (.fileActivity, 13, "Unmount")
        case "network_accept": (.networkActivity, 1, "Open")
        case "network_listen": (.networkActivity, 7, "Listen")
        case "tls_hello": (.networkActivity, 6, "Traffic")
        case "kernel_module_unload": (.kernelExtensionActivity, 2, "Unload")
        default: (.baseEvent, OCSF.other, event)
        }
    }

    /// Key or value: Sysmon 12 and Security 4657 tell them apart, as does a value's own field.
    private static func registry(_ fields: OCSFFields) -> (OCSFClass, Int, String?) {
        switch fields.peek("EventType") {
        case "CreateKey": return (.registryKeyActivity, 1, "Create")
        case "DeleteKey": return (.registryKeyActivity, 4, "Delete")
        case "RenameKey", "RenameValue": return (.registryKeyActivity, 5, "Rename")
        case "DeleteValue": return (.registryValueActivity, 4, "Delete")
        default: break
        }
        if fields.peek("Details", "NewValue", "ObjectValueName") != nil {
            return (.registryValueActivity, 2, "Set")
        }
        return (.registryKeyActivity, 3, "Modify")
    }

    private static func http(_ fields: OCSFFields) -> (OCSFClass, Int, String?) {
        let verb = fields.peek("cs-method", "method", "http.http_method", "http_method", "verb")
        let activity: (Int, String) =
            switch verb?.uppercased() {
            case "CONNECT": (1, "Connect")
            case "DELETE": (2, "Delete")
            case "GET": (3, "Get")
            case "HEAD": (4, "Head")
            case "OPTIONS": (5, "Options")
            case "POST": (6, "Post")
            case "PUT": (7, "Put")
            case "TRACE": (8, "Trace")
            case "PATCH": (9, "Patch")
            default: (OCSF.other, "Other")
            }
        return (.httpActivity, activity.0, activity.1)
    }

    private static func account(_ fields: OCSFFields) -> (OCSFClass, Int, String?) {
        let activity: (Int, String) =
            switch fields.peek("EventID") {
            case "4720": (1, "Create")
            case "4722": (2, "Enable")
            case "4723": (3, "Password Change")
            case "4724": (4, "Password Reset")
            case "4725": (5, "Disable")
            case "4726": (6, "Delete")
            case "4740": (9, "Lock")
            case "4767": (12, "Unlock")
            default: (OCSF.other, "Other")
            }
        return (.accountChange, activity.0, activity.1)
    }

    private static func group(_ fields: OCSFFields) -> (OCSFClass, Int, String?) {
        let activity: (Int, String) =
            switch fields.peek("EventID") {
            case "4728", "4732", "4756", "4746", "4751", "4761": (3, "Add User")
            case "4729", "4733", "4757", "4747", "4752", "4762": (4, "Remove User")
            case "4730", "4734", "4758", "4748", "4753", "4763": (5, "Delete")
            case "4727", "4731", "4754", "4744", "4749", "4759": (6, "Create")
            default: (OCSF.other, "Other")
            }
        return (.groupManagement, activity.0, activity.1)
    }

    private static func job(_ fields: OCSFFields) -> (OCSFClass, Int, String?) {
        let activity: (Int, String) =
            switch fields.peek("EventID") {
            case "4698", "106": (1, "Create")
            case "4702", "140": (2, "Update")
            case "4699", "141": (3, "Delete")
            case "4700": (4, "Enable")
            case "4701", "142": (5, "Disable")
            case "129", "200": (6, "Start")
            default: (OCSF.other, "Other")
            }
        return (.scheduledJobActivity, activity.0, activity.1)
    }

    private static func api(_ fields: OCSFFields) -> (OCSFClass, Int, String?) {
        let whole = fields.peek(OCSFNames.operation) ?? ""
        // `storage.objects.get`, `MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE`: the verb stands last.
        let last =
            whole.split { $0 == "." || $0 == "/" || $0 == " " }.last.map(String.init) ?? whole
        for word in [last.lowercased(), whole.lowercased()] {
            for (activity, name, beginnings) in verbs
            where beginnings.contains(where: word.hasPrefix) {
                return (.apiActivity, activity, name)
            }
        }
        return (.apiActivity, OCSF.other, "Other")
    }

    private static let verbs: [(Int, String, [String])] = [
        (1, "Create", ["create", "put", "add", "insert", "run", "register", "import", "upload"]),
        (
            2, "Read",
            ["get", "list", "describe", "read", "head", "lookup", "search", "watch", "view"]
        ),
        (3, "Update", ["update", "modify", "set", "attach", "patch", "write", "enable", "change"]),
        (4, "Delete", ["delete", "remove", "terminate", "detach", "destroy", "revoke", "purge"]),
    ]

    /// What a class cannot do without.
    private static func isTold(
        _ kind: OCSFClass, _ fields: OCSFFields, host: String?
    ) -> Bool {
        switch kind {
        case .authorizeSession: return fields.peek("PrivilegeList", "privileges") != nil
        case .scriptActivity: return fields.peek("ScriptBlockText", "script", "Payload") != nil
        case .networkActivity, .dnsActivity, .smbActivity:
            let places = OCSFNames.source + OCSFNames.destination + OCSFNames.host
            return host != nil || fields.peek(places) != nil
        default: return true
        }
    }
}
