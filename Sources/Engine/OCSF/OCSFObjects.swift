/// `user`: at least a name or an identifier.
struct OCSFUser {
    var name: String?
    var domain: String?
    var uid: String?
    var email: String?

    /// `DOMAIN\name`, `name@example.com` or a plain name.
    init?(account: String?, domain: String? = nil, uid: String? = nil) {
        self.domain = domain
        self.uid = uid
        if let account {
            if let slash = account.lastIndex(of: "\\") {
                self.domain = domain ?? String(account[..<slash])
                name = String(account[account.index(after: slash)...])
            } else {
                name = account
                if Self.isMail(account) { email = account }
            }
        }
        if name?.isEmpty ?? true { name = nil }
        guard name != nil || uid != nil else { return nil }
    }

    /// Stricter than mail needs, as strict as the schema's pattern.
    private static func isMail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[1].contains("."),
            parts[1].first != ".", parts[1].last != "."
        else { return false }
        let letters = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
                || "@._-+".utf8.contains($0)
        }
        return letters && !parts[1].contains("_") && !parts[1].contains("+")
    }
}

/// `process`, without its parent.
struct OCSFProcess {
    var image: String?
    var commandLine: String?
    var pid: Int64?
    var uid: String?
    var hashes: String?
    var user: OCSFUser?
    var workingDirectory: String?
    var integrity: String?

    var isKnown: Bool { image != nil || pid != nil || uid != nil || commandLine != nil }
}

/// `network_endpoint`: nil unless it has an address or a name.
struct OCSFEndpoint {
    var address: String?
    var hostname: String?
    var port: Int64?

    init?(_ place: String?, hostname: String? = nil, port: Int64? = nil) {
        self.hostname = hostname
        if var place {
            // IPv4 in IPv6 form, as Windows logs it.
            if place.lowercased().hasPrefix("::ffff:"), place.contains(".") {
                place = String(place.dropFirst(7))
            }
            if OCSF.isAddress(place) { address = place } else { self.hostname = hostname ?? place }
        }
        if let port, (0...65_535).contains(port) { self.port = port }
        guard address != nil || self.hostname != nil else { return nil }
    }
}

extension OCSFDraft {
    mutating func user(_ key: String, _ user: OCSFUser, at path: String) {
        json.object(key) { $0.user(user) }
        observe("\(path).name", .userName, user.name)
    }

    mutating func endpoint(_ key: String, _ endpoint: OCSFEndpoint?) {
        guard let endpoint else { return }
        json.object(key) {
            $0.present("ip", endpoint.address)
            $0.present("hostname", endpoint.hostname)
            $0.present("port", endpoint.port)
        }
        observe("\(key).ip", .address, endpoint.address)
        observe("\(key).hostname", .hostname, endpoint.hostname)
    }

    mutating func file(_ key: String, path: String, type: Int = 1, hashes: String? = nil) {
        json.object(key) { $0.file(path: path, type: type, hashes: hashes) }
        observe("\(key).path", .filePath, path)
        for hash in OCSFHash.list(hashes) { observe("\(key).hashes.value", .hash, hash.value) }
    }

    mutating func process(_ key: String, _ process: OCSFProcess, parent: OCSFProcess? = nil) {
        json.object(key) { json in
            json.process(process)
            if let parent, parent.isKnown {
                json.object("parent_process") { $0.process(parent) }
            }
        }
        observe("\(key).name", .processName, process.image.map(OCSF.baseName))
        observe("\(key).cmd_line", .commandLine, process.commandLine)
        observe("\(key).file.path", .filePath, process.image)
        for hash in OCSFHash.list(process.hashes) {
            observe("\(key).file.hashes.value", .hash, hash.value)
        }
        observe("\(key).user.name", .userName, process.user?.name)
        observe("\(key).parent_process.name", .processName, parent?.image.map(OCSF.baseName))
    }

    /// `actor`; where nothing is known of it, the log that told of the event.
    mutating func actor(process: OCSFProcess?, user: OCSFUser?, log: String) {
        json.object("actor") { json in
            let known = process.flatMap { $0.isKnown ? $0 : nil }
            if let known { json.object("process") { $0.process(known) } }
            if let user { json.object("user") { $0.user(user) } }
            if known == nil, user == nil { json.member("app_name", log) }
        }
        observe("actor.process.name", .processName, process?.image.map(OCSF.baseName))
        observe("actor.user.name", .userName, user?.name)
    }
}

extension JSONWriter {
    fileprivate mutating func user(_ user: OCSFUser) {
        present("name", user.name)
        present("domain", user.domain)
        present("uid", user.uid)
        present("email_addr", user.email)
    }

    fileprivate mutating func file(path: String, type: Int, hashes: String?) {
        member("name", OCSF.baseName(path))
        member("path", path)
        member("type_id", type)
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

    fileprivate mutating func process(_ process: OCSFProcess) {
        present("name", process.image.map(OCSF.baseName))
        present("cmd_line", process.commandLine)
        present("pid", process.pid)
        // The schema wants one of pid and uid; a record without both still names its process.
        present("uid", process.uid ?? (process.pid == nil ? "unknown" : nil))
        if let image = process.image {
            object("file") { $0.file(path: image, type: 1, hashes: process.hashes) }
        }
        if let user = process.user { object("user") { $0.user(user) } }
        present("working_directory", process.workingDirectory)
        present("integrity", process.integrity)
    }
}

/// One digest of a list like `SHA256=…,MD5=…`, or a bare digest told by its length.
struct OCSFHash {
    var algorithm: Int
    var name: String
    var value: String

    static func list(_ text: String?) -> [OCSFHash] {
        guard let text else { return [] }
        return text.split(separator: ",").prefix(8).compactMap { part in
            let pair = part.split(separator: "=", maxSplits: 1)
            let value = String(pair.last ?? "")
            guard !value.isEmpty, value.utf8.count <= 128 else { return nil }
            let name = pair.count == 2 ? pair[0].uppercased() : byLength(value)
            switch name {
            case "MD5": return OCSFHash(algorithm: 1, name: "MD5", value: value)
            case "SHA1", "SHA-1": return OCSFHash(algorithm: 2, name: "SHA-1", value: value)
            case "SHA256", "SHA-256": return OCSFHash(algorithm: 3, name: "SHA-256", value: value)
            case "SHA512", "SHA-512": return OCSFHash(algorithm: 4, name: "SHA-512", value: value)
            case "IMPHASH": return OCSFHash(algorithm: 18, name: "Imphash", value: value)
            default: return OCSFHash(algorithm: 99, name: name, value: value)
            }
        }
    }

    private static func byLength(_ value: String) -> String {
        switch value.utf8.count {
        case 32: "MD5"
        case 40: "SHA1"
        case 64: "SHA256"
        case 128: "SHA512"
        default: "Other"
        }
    }
}
