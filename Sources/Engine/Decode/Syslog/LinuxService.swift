/// Which of Sigma's Linux services a program's messages belong to.
///
/// - Output: `text` is the service's name in rules; `syslog` for every program not listed.
/// - `auth` holds the programs other than sshd and sudo that write to `auth.log` or `secure`.
enum LinuxService {
    case sshd, sudo, cron, auth, syslog, vsftpd, clamav, guacamole, modsecurity, apache, nginx
    case database, cisco, huawei, juniper
    /// Applications by what runs them; their log messages are those of their frameworks.
    case java, node, python, ruby

    init(_ bytes: Span<UInt8>, program: Range<Int>?, message: Range<Int>) {
        guard let program, !program.isEmpty else {
            self = Self.byMessage(bytes, message)
            return
        }
        // `%SYS-5-CONFIG_I`: the way Cisco's systems name a message.
        if bytes[program.lowerBound] == UInt8(ascii: "%") {
            // Huawei's put a version between: `%%01BGP/3/AUTH_FAILED`.
            let isDouble = program.count > 1 && bytes[program.lowerBound + 1] == UInt8(ascii: "%")
            self = isDouble ? .huawei : .cisco
            return
        }
        // `/usr/sbin/cron` and `postfix/smtpd` are named by their last part.
        var start = program.upperBound
        while start > program.lowerBound, bytes[start - 1] != Ascii.slash { start -= 1 }
        let found = Self.byProgram(bytes, start..<program.upperBound)
        let mayCarryModSecurity = found == .apache || found == .nginx || found == .syslog
        self =
            mayCarryModSecurity && bytes.contains("ModSecurity", in: message)
            ? .modsecurity : found
    }

    private static func byProgram(_ bytes: Span<UInt8>, _ name: Range<Int>) -> LinuxService {
        for (known, service) in exact where bytes.equalsFolded(known, name) { return service }
        for (prefix, service) in prefixes
        where name.count > prefix.utf8CodeUnitCount
            && bytes.equalsFolded(
                prefix, name.lowerBound..<name.lowerBound + prefix.utf8CodeUnitCount)
        {
            return service
        }
        return .syslog
    }

    /// The own log files of clamd and vsftpd name no program.
    private static func byMessage(_ bytes: Span<UInt8>, _ message: Range<Int>) -> LinuxService {
        if bytes.has("-> ", at: message.lowerBound, before: message.upperBound) { return .clamav }
        if bytes.has("[pid ", at: message.lowerBound, before: message.upperBound) {
            return .vsftpd
        }
        return bytes.contains("ModSecurity", in: message) ? .modsecurity : .syslog
    }

    private static let exact: [(StaticString, LinuxService)] = [
        ("sshd", .sshd), ("sudo", .sudo), ("cron", .cron), ("crond", .cron), ("su", .auth),
        ("systemd-logind", .auth), ("login", .auth), ("crontab", .cron), ("anacron", .cron),
        ("atd", .cron), ("fcron", .cron), ("sudoedit", .sudo), ("useradd", .auth),
        ("usermod", .auth), ("userdel", .auth), ("groupadd", .auth), ("groupmod", .auth),
        ("groupdel", .auth), ("gpasswd", .auth), ("passwd", .auth), ("chpasswd", .auth),
        ("chage", .auth), ("chfn", .auth), ("chsh", .auth), ("newgrp", .auth), ("pkexec", .auth),
        ("polkitd", .auth), ("runuser", .auth), ("doas", .auth), ("unix_chkpwd", .auth),
        ("adduser", .auth), ("sssd", .auth), ("realmd", .auth), ("vsftpd", .vsftpd),
        ("clamd", .clamav), ("clamscan", .clamav), ("clamdscan", .clamav), ("clamonacc", .clamav),
        ("freshclam", .clamav), ("guacd", .guacamole), ("guacamole", .guacamole),
        ("modsecurity", .modsecurity), ("modsec", .modsecurity), ("httpd", .apache),
        ("apache2", .apache), ("apache", .apache), ("nginx", .nginx),
        ("mysqld", .database), ("mariadbd", .database), ("postgres", .database),
        ("postgresql", .database), ("oracle", .database), ("mssql", .database),
        ("rpd", .juniper), ("java", .java), ("tomcat", .java), ("catalina", .java),
        ("jetty", .java), ("wildfly", .java), ("jboss", .java), ("spring", .java),
        ("node", .node), ("nodejs", .node), ("pm2", .node), ("npm", .node), ("python", .python),
        ("gunicorn", .python), ("uwsgi", .python), ("uvicorn", .python), ("celery", .python),
        ("django", .python), ("flask", .python), ("ruby", .ruby), ("rails", .ruby),
        ("puma", .ruby), ("unicorn", .ruby), ("sidekiq", .ruby), ("passenger", .ruby),
    ]

    private static let prefixes: [(StaticString, LinuxService)] = [
        ("sshd-", .sshd), ("su(", .auth), ("gdm", .auth), ("lightdm", .auth), ("sddm", .auth),
        ("polkit-", .auth), ("pam_", .auth), ("sssd_", .auth), ("clamav", .clamav),
        ("sshd(", .sshd), ("cron(", .cron), ("crond(", .cron), ("sudo(", .sudo), ("login(", .auth),
        ("tomcat", .java), ("python", .python),
    ]

    var text: StaticString {
        switch self {
        case .sshd: "sshd"
        case .sudo: "sudo"
        case .cron: "cron"
        case .auth: "auth"
        case .syslog: "syslog"
        case .vsftpd: "vsftpd"
        case .clamav: "clamav"
        case .guacamole: "guacamole"
        case .modsecurity: "modsecurity"
        case .apache: "apache"
        case .nginx: "nginx"
        case .database: "database"
        case .cisco: "cisco"
        case .huawei: "huawei"
        case .juniper: "juniper"
        case .java: "java"
        case .node: "node"
        case .python: "python"
        case .ruby: "ruby"
        }
    }
}
