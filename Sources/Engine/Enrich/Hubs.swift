/// What everyone has in common, and what therefore says nothing about who did it.
///
/// The lists hold names that a system gives itself; what becomes a hub by use is found by counting
/// (``HubRule``).
enum Hubs {
    typealias Bytes = ArraySlice<UInt8>

    /// True for a program that starts other people's programs: its children are strangers to each
    /// other. Takes a path or a bare name.
    static func isProcess(_ image: Bytes) -> Bool {
        let name = Names.baseName(image)
        guard name.count <= 32 else { return false }
        return processes.contains(String(decoding: name.map(Names.lower), as: UTF8.self))
    }

    /// True for the accounts that a system runs itself with.
    static func isServiceAccount(domain: [UInt8], name: [UInt8], sid: Bytes?) -> Bool {
        if name.last == 0x24 { return true }
        if let sid {
            for known in serviceSIDs where sid.elementsEqual(known.utf8) { return true }
        }
        let realm = String(decoding: domain, as: UTF8.self)
        if serviceRealms.contains(where: { realm.hasPrefix($0) }) { return true }
        let account = String(decoding: name, as: UTF8.self)
        return accounts.contains(account) || account.hasPrefix("dwm-") || account.hasPrefix("umfd-")
    }

    /// True for what clouds call callers without a name.
    static func isNobody(principal: Bytes) -> Bool {
        principal.count <= 20
            && nobodies.contains(String(decoding: principal.map(Names.lower), as: UTF8.self))
    }

    /// True where the same name on two systems need not be the same person.
    static func isCommonName(_ name: some StringProtocol) -> Bool {
        name.utf8.count < 3 || commonNames.contains(String(name))
    }

    /// The logon sessions every Windows host has: null, SYSTEM, LOCAL SERVICE, NETWORK SERVICE, IUSR.
    static func isLogon(_ number: UInt64) -> Bool {
        number == 0 || (0x3e3...0x3e7).contains(number) || number == UInt64(UInt32.max)
    }

    /// Loopback, unspecified, broadcast, multicast and the well-known public resolvers.
    static func isAddress(_ address: [UInt8]) -> Bool {
        if let (first, _, _, _) = Names.octets(address[...]) {
            if first == 0 || first == 127 || first >= 224 { return true }
            return publicResolvers.contains(String(decoding: address, as: UTF8.self))
        }
        let text = String(decoding: address, as: UTF8.self)
        return text == "::" || text == "::1" || text.hasPrefix("ff")
            || publicResolvers.contains(text)
    }

    /// True for addresses that mean something only inside one organisation.
    static func isPrivate(_ address: Bytes) -> Bool {
        if let (first, second, _, _) = Names.octets(address) {
            return first == 10 || (first == 172 && second & 0xf0 == 16)
                || (first == 192 && second == 168) || (first == 100 && second & 0xc0 == 64)
                || (first == 169 && second == 254)
        }
        let start = address.prefix(4).map(Names.lower)
        return start.starts(with: "fc".utf8) || start.starts(with: "fd".utf8)
            || start.starts(with: "fe8".utf8)
    }

    /// True for a path that every machine has; equal content there says nothing.
    static func isSystemPath(_ path: Bytes) -> Bool {
        let folded = path.prefix(32).map { $0 == 0x2f ? 0x5c : Names.lower($0) }
        return systemFolders.contains { folded.starts(with: $0.utf8) }
    }

    private static let processes: Set<String> = [
        "system", "registry", "smss.exe", "csrss.exe", "wininit.exe", "winlogon.exe",
        "services.exe", "lsass.exe", "lsm.exe", "svchost.exe", "userinit.exe", "explorer.exe",
        "taskeng.exe", "taskhost.exe", "taskhostw.exe", "taskhostex.exe", "wmiprvse.exe",
        "dllhost.exe", "sihost.exe", "runtimebroker.exe", "searchindexer.exe", "spoolsv.exe",
        "trustedinstaller.exe", "tiworker.exe", "conhost.exe", "fontdrvhost.exe", "dwm.exe",
        "logonui.exe", "ctfmon.exe", "backgroundtaskhost.exe", "applicationframehost.exe",
        "systemd", "init", "launchd", "sshd", "sshd-session", "cron", "crond", "atd", "dockerd",
        "containerd", "containerd-shim", "containerd-shim-runc-v2", "kubelet", "xinetd", "runc",
        "kernel_task", "kthreadd", "udevd", "systemd-udevd", "gdm", "lightdm", "dbus-daemon",
    ]
    private static let accounts: Set<String> = [
        "system", "local service", "network service", "localsystem", "anonymous logon", "iusr",
        "dwm", "window manager", "daemon", "nobody", "www-data", "systemd", "unset", "-1",
        "4294967295", "_spotlight", "_mdnsresponder", "(null)", "(unknown user)", "n/a",
    ]
    private static let serviceRealms = [
        "nt authority", "nt-autor", "autorite nt", "autorit\u{e9} nt", "nt service",
        "font driver host", "window manager", "iis apppool",
    ]
    private static let serviceSIDs = ["S-1-5-18", "S-1-5-19", "S-1-5-20", "S-1-5-7"]
    private static let commonNames: Set<String> = [
        "admin", "administrator", "root", "guest", "user", "test", "ubuntu", "debian", "centos",
        "ec2-user", "azureuser", "vagrant", "service", "backup", "postgres", "mysql", "oracle",
        "git", "jenkins", "ansible", "deploy", "operator", "support", "info", "student", "demo",
    ]
    private static let nobodies: Set<String> = [
        "system:anonymous", "anonymous", "unknown", "n/a", "not available", "system", "-",
    ]
    private static let publicResolvers: Set<String> = [
        "8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112",
        "208.67.222.222", "208.67.220.220", "2001:4860:4860::8888", "2001:4860:4860::8844",
        "2606:4700:4700::1111", "2606:4700:4700::1001", "168.63.129.16",
    ]
    private static let systemFolders = [
        "c:\\windows\\", "\\windows\\", "c:\\program files", "\\usr\\", "\\bin\\", "\\sbin\\",
        "\\lib", "\\opt\\", "\\system\\", "\\applications\\", "\\device\\",
    ]
}
