extension OCSFDraft {
    /// The members that belong to the class. Each class's requirements are met whatever is missing.
    mutating func body(_ choice: OCSFChoice, user: String?) {
        switch choice.kind {
        case .processActivity: processBody(user: user)
        case .fileActivity: fileBody(user: user)
        case .moduleActivity: moduleBody(user: user)
        case .kernelExtensionActivity: driverBody(user: user)
        case .registryKeyActivity, .registryValueActivity: registryBody(choice, user: user)
        case .scheduledJobActivity: jobBody(user: user)
        case .windowsServiceActivity: serviceBody(user: user)
        case .scriptActivity: scriptBody(user: user)
        case .eventLogActivity: logBody(user: user)
        case .networkActivity, .smbActivity: networkBody()
        case .dnsActivity: dnsBody()
        case .httpActivity: httpBody()
        case .authentication: authenticationBody(user: user)
        case .authorizeSession: privilegeBody(user: user)
        case .accountChange: accountBody(user: user)
        case .groupManagement: groupBody(user: user)
        case .apiActivity: apiBody(user: user)
        case .baseEvent, .detectionFinding, .incidentFinding: message()
        }
    }

    private var log: String { fields.event.source.rawValue }

    private mutating func message() {
        json.present("message", fields.take("Message", "message", "msg", "MESSAGE"))
    }

    // MARK: who did it

    /// The process that acts, and the user it acts for.
    private mutating func takeActor(user: String?) -> (OCSFProcess?, OCSFUser?) {
        let account = takeSubject() ?? OCSFUser(account: fields.take("User", "user") ?? user)
        let process = OCSFProcess(
            image: fields.take("Image", "ProcessName", "exe", "process.executable", "comm"),
            commandLine: fields.take("CommandLine", "cmdline", "proctitle"),
            pid: fields.takeInteger("ProcessId", "pid", "ProcessID"),
            uid: fields.take("ProcessGuid", "process.entity_id"))
        return (process, account)
    }

    /// The `Subject…` fields of Windows security events.
    private mutating func takeSubject() -> OCSFUser? {
        let name = fields.take("SubjectUserName")
        let domain = fields.take("SubjectDomainName")
        let uid = fields.take("SubjectUserSid")
        return OCSFUser(account: name, domain: domain, uid: uid)
    }

    private mutating func takeTarget() -> OCSFUser? {
        let name = fields.take("TargetUserName")
        let domain = fields.take("TargetDomainName")
        let uid = fields.take("TargetUserSid", "TargetSid")
        return OCSFUser(account: name, domain: domain, uid: uid)
    }

    private mutating func writeActor(user: String?) {
        let (process, account) = takeActor(user: user)
        actor(process: process, user: account, log: log)
    }

    // MARK: processes

    private mutating func processBody(user: String?) {
        if fields.peek("TargetImage", "TargetProcessId") != nil { return targetProcessBody() }
        // In Security 4688 `ProcessId` is the creator; the new process has its own field.
        let isCreation = fields.peek("NewProcessId", "NewProcessName") != nil
        let parent = OCSFProcess(
            image: fields.take("ParentImage", "ParentProcessName"),
            commandLine: fields.take("ParentCommandLine"),
            pid: isCreation
                ? fields.takeInteger("ProcessId") : fields.takeInteger("ParentProcessId", "ppid"),
            uid: fields.take("ParentProcessGuid"),
            user: OCSFUser(account: fields.take("ParentUser")))
        let subject = takeSubject()
        let account = OCSFUser(account: fields.take("User", "user")) ?? subject
        let process = OCSFProcess(
            image: fields.take("Image", "NewProcessName", "exe", "process.executable", "comm"),
            commandLine: fields.take("CommandLine", "ProcessCommandLine", "cmdline", "proctitle"),
            pid: isCreation
                ? fields.takeInteger("NewProcessId") : fields.takeInteger("ProcessId", "pid"),
            uid: fields.take("ProcessGuid", "process.entity_id"),
            hashes: fields.take("Hashes", "sha256"), user: account ?? OCSFUser(account: user),
            workingDirectory: fields.take("CurrentDirectory", "cwd"),
            integrity: fields.take("IntegrityLevel"))
        actor(process: parent, user: subject ?? account ?? OCSFUser(account: user), log: log)
        self.process("process", process, parent: parent)
    }

    /// One process acts on another: access, remote thread.
    private mutating func targetProcessBody() {
        let source = OCSFProcess(
            image: fields.take("SourceImage", "Image"),
            pid: fields.takeInteger("SourceProcessId", "ProcessId"),
            uid: fields.take("SourceProcessGuid", "SourceProcessGUID", "ProcessGuid"))
        let target = OCSFProcess(
            image: fields.take("TargetImage"), pid: fields.takeInteger("TargetProcessId"),
            uid: fields.take("TargetProcessGuid", "TargetProcessGUID"),
            user: OCSFUser(account: fields.take("TargetUser")))
        actor(process: source, user: OCSFUser(account: fields.take("SourceUser", "User")), log: log)
        process("process", target)
        json.present("actual_permissions", fields.takeInteger("GrantedAccess"))
    }

    // MARK: files and modules

    private mutating func fileBody(user: String?) {
        let path = fields.take(
            "TargetFilename", "MountTarget", "PipeName", "ObjectName", "FileName", "file.path",
            "name", "path")
        let hashes = fields.take("Hashes", "Hash", "Contents")
        let isPipe = fields.event.activity == .pipe
        writeActor(user: user)
        file("file", path: path ?? "unknown", type: isPipe ? 6 : 1, hashes: hashes)
    }

    private mutating func moduleBody(user: String?) {
        let path = fields.take("ImageLoaded", "ModulePath", "FileName") ?? "unknown"
        let hashes = fields.take("Hashes")
        writeActor(user: user)
        json.object("module") {
            $0.object("file") { $0.fileOnly(path: path, hashes: hashes) }
            $0.member("load_type_id", 1)
        }
        observe("module.file.path", .filePath, path)
        for hash in OCSFHash.list(hashes) {
            observe("module.file.hashes.value", .hash, hash.value)
        }
    }

    private mutating func driverBody(user: String?) {
        let path =
            fields.take("ImageLoaded", "DriverName", "ServiceFileName", "TargetImage") ?? "unknown"
        let hashes = fields.take("Hashes")
        writeActor(user: user)
        json.object("driver") { $0.object("file") { $0.fileOnly(path: path, hashes: hashes) } }
        observe("driver.file.path", .filePath, path)
    }

    private mutating func registryBody(_ choice: OCSFChoice, user: String?) {
        let path = fields.take("TargetObject", "ObjectName") ?? "unknown"
        let own = fields.take("ObjectValueName")
        let value = fields.take("Details", "NewValue")
        writeActor(user: user)
        if choice.kind == .registryKeyActivity {
            json.object("reg_key") { $0.member("path", path) }
            observe("reg_key.path", .registryKeyPath, path)
            return
        }
        // Sysmon writes key and value as one path; Security 4657 has them apart.
        let name = own ?? OCSF.baseName(path)
        let cut = path.lastIndex(of: "\\")
        let key = own == nil ? cut.map { String(path[..<$0]) } ?? path : path
        json.object("reg_value") {
            $0.member("path", key)
            $0.member("name", name)
            $0.present("reg_string_data", value)
        }
        observe("reg_value.path", .registryKeyPath, key)
    }

    // MARK: jobs, services, scripts, logs

    private mutating func jobBody(user: String?) {
        let name = fields.take("TaskName", "taskname", "ServiceName") ?? "unknown"
        let command = fields.take("Command", "TaskContent", "ActionName", "cmd")
        json.object("job") {
            $0.member("name", name)
            $0.present("cmd_line", command)
        }
        writeActor(user: user)
    }

    private mutating func serviceBody(user: String?) {
        let name = fields.take("ServiceName", "param1") ?? "unknown"
        let path = fields.take("ServiceFileName", "ImagePath")
        let account = fields.take("ServiceAccount", "AccountName")
        writeActor(user: user)
        json.object("win_service") {
            $0.member("name", name)
            $0.member("cmd_line", path ?? "unknown")
            $0.present("service_start_name", account)
        }
        observe("win_service.cmd_line", .commandLine, path)
    }

    private mutating func scriptBody(user: String?) {
        let content = fields.take("ScriptBlockText", "script", "Payload") ?? ""
        let path = fields.take("Path", "ScriptName")
        let uid = fields.take("ScriptBlockId")
        let isPowerShell = fields.event.source == .windows
        writeActor(user: user)
        json.object("script") {
            $0.object("script_content") { $0.member("value", content) }
            $0.member("type_id", isPowerShell ? 2 : 0)
            $0.present("uid", uid)
            if let path { $0.object("file") { $0.fileOnly(path: path, hashes: nil) } }
        }
        observe("script.file.path", .filePath, path)
    }

    private mutating func logBody(user: String?) {
        let name = fields.take("Channel", "LogFileCleared", "log_name") ?? log
        json.member("log_name", name)
        writeActor(user: user)
    }
}

extension JSONWriter {
    fileprivate mutating func fileOnly(path: String, hashes: String?) {
        member("name", OCSF.baseName(path))
        member("path", path)
        member("type_id", 1)
        let list = OCSFHash.list(hashes)
        guard !list.isEmpty else { return }
        array("hashes") { json in
            for hash in list {
                json.object {
                    $0.member("algorithm_id", hash.algorithm)
                    $0.member("algorithm", hash.name)
                    $0.member("value", hash.value)
                }
            }
        }
    }
}
