import Engine

extension Journey {
    /// Linux hosts and web servers.
    static let unix: [Journey] = [
        Journey(
            "Sysmon for Linux",
            sysmon("/usr/bin/ls", "ls", 6)
                + sysmon(
                    "/usr/bin/nmap", "nmap -sS &quot;10.0.0.0/8&quot;", 7), format: .syslog,
            logsource: "product: linux, category: process_creation",
            selection: #"Image|endswith: /nmap, CommandLine|contains: '-sS "10.'"#, host: "web01",
            user: "root", time: "2024-03-01T08:30:00.5Z", record: 2),
        Journey(
            "syslog frames",
            [
                "<86>1 2024-03-01T08:29:00Z web01 sshd 1 - - Accepted password for amy",
                "<86>1 2024-03-01T08:30:00.5Z web01 sshd 1 - - Failed password\nfor amy",
            ].map { "\($0.utf8.count) \($0)" }.joined(), format: .syslog,
            logsource: "product: linux, service: sshd",
            selection: "message|contains: 'Failed password for'", host: "web01", user: "amy",
            time: "2024-03-01T08:30:00.5Z", record: 2),
        Journey(
            "macOS Endpoint Security",
            ["launchd", "curl"].map {
                #"{"event_type":9,"schema_version":1,"time":"2024-03-01T08:30:00Z","process":{"executable":{"path":"/sbin/launchd"}},"event":{"exec":{"args":["\#($0)","-o","/tmp/a b"],"target":{"executable":{"path":"/usr/bin/\#($0)"}}}}}"#
                    + "\n"
            }.joined(), format: .json, logsource: "product: macos, category: process_creation",
            selection: "CommandLine: 'curl -o /tmp/a b', ParentImage: /sbin/launchd",
            time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "auditd",
            """
            type=SYSCALL msg=audit(1709281800.250:90): arch=c000003e syscall=59 success=yes exit=0 \
            ppid=1 pid=2 auid=1000 uid=0 comm="id" exe="/usr/bin/id" key=(null)
            type=EXECVE msg=audit(1709281800.250:90): argc=1 a0="id"
            type=PROCTITLE msg=audit(1709281800.250:90): proctitle="id"
            type=SYSCALL msg=audit(1709281800.500:91): arch=c000003e syscall=59 success=yes exit=0 \
            ppid=1 pid=3 auid=1000 uid=0 comm="nc" exe="/usr/bin/nc" key=(null)
            type=EXECVE msg=audit(1709281800.500:91): argc=3 a0="nc" a1="-e" a2="/bin/sh"
            type=PROCTITLE msg=audit(1709281800.500:91): proctitle="nc"

            """, format: .auditd, logsource: "product: linux, category: process_creation",
            selection: "Image|endswith: /nc, CommandLine|contains: ' -e '", user: "root",
            time: "2024-03-01T08:30:00.500Z", record: 4),
        Journey(
            "journal export",
            """
            __REALTIME_TIMESTAMP=1709281800000001
            _HOSTNAME=web01
            SYSLOG_IDENTIFIER=sshd
            MESSAGE=Accepted password for alice from 192.0.2.10 port 50122 ssh2

            __REALTIME_TIMESTAMP=1709281800000002
            _HOSTNAME=web01
            SYSLOG_IDENTIFIER=sshd
            MESSAGE=Failed password for invalid user admin from 203.0.113.9 port 4023 ssh2


            """, format: .journal, logsource: "product: linux, service: sshd",
            selection: "action: login-failed, IpAddress: 203.0.113.9", host: "web01",
            user: "admin", time: "2024-03-01T08:30:00.000002Z", record: 6),
        Journey(
            "journal JSON",
            """
            {"__REALTIME_TIMESTAMP":"1709281800000001","_HOSTNAME":"web01","_COMM":"sshd",\
            "SYSLOG_IDENTIFIER":"sshd","MESSAGE":"Accepted password for alice from 192.0.2.10 port 1 ssh2"}
            {"__REALTIME_TIMESTAMP":"1709281800000002","_HOSTNAME":"web01","_COMM":"sshd",\
            "SYSLOG_IDENTIFIER":"sshd","MESSAGE":"Failed password for root from 203.0.113.9 port 2 ssh2"}

            """, format: .json, logsource: "product: linux, service: sshd",
            selection: "action: login-failed, IpAddress: 203.0.113.9", host: "web01",
            user: "root", time: "2024-03-01T08:30:00.000002Z", record: 2),
        Journey(
            "syslog RFC 5424",
            """
            <86>1 2024-03-01T08:29:00Z web01 sudo 7 - - alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls
            <86>1 2024-03-01T08:30:00.25Z web01 sudo 8 - - alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/bash

            """, format: .syslog, logsource: "product: linux, service: sudo",
            selection: "COMMAND: /bin/bash, TargetUserName: root", host: "web01", user: "alice",
            time: "2024-03-01T08:30:00.250Z", record: 2),
        Journey(
            "syslog RFC 3164",
            """
            <13>Nov 20 08:29:00 db01 kernel: eth0: link up
            <13>Nov 20 08:30:00 db01 kernel: device eth0 entered promiscuous mode

            """, format: .syslog, logsource: "product: linux, service: syslog",
            selection: "message|contains: promiscuous", host: "db01", record: 2),
        Journey(
            "auth.log",
            """
            Nov 14 22:13:20 web01 sshd[1001]: Accepted publickey for bob from 192.0.2.10 port 50122 ssh2
            Nov 14 22:13:21 web01 useradd[1002]: new user: name=mallory, UID=0, GID=0, home=/root, shell=/bin/sh

            """, format: .syslog, logsource: "product: linux, service: auth",
            selection: "action: account-added", host: "web01", user: "mallory", record: 2),
        Journey(
            "access log",
            """
            192.0.2.9 - - [01/Mar/2024:08:29:00 +0000] "GET / HTTP/1.1" 200 15 "-" "curl/8"
            203.0.113.9 - frank [01/Mar/2024:09:30:00 +0100] "GET /?q=../../etc/passwd HTTP/1.1" 200 15 "-" "curl/8"

            """, format: .accessLog, logsource: "category: webserver",
            selection: "cs-uri-query|contains: ../../, sc-status: 200", user: "frank",
            time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "key=value",
            """
            time=2024-03-01T08:29:00Z host=fw1 action=accept src_ip=192.0.2.1 dst_port=443 user=amy
            time=2024-03-01T08:30:00Z host=fw1 action=accept src_ip=192.0.2.1 dst_port=4444 user=amy

            """, format: .keyValue, logsource: "category: firewall", selection: "dst_port: 4444",
            host: "fw1", user: "amy", time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "CSV",
            """
            time,host,user,src_ip,dst_port
            2024-03-01T08:29:00Z,fw1,amy,192.0.2.1,443
            2024-03-01T08:30:00Z,fw1,amy,192.0.2.1,4444

            """, format: .csv, logsource: "category: firewall", selection: "dst_port: 4444",
            host: "fw1", user: "amy", time: "2024-03-01T08:30:00Z", record: 3),
        Journey(
            "CEF",
            """
            CEF:0|Fortinet|Fortigate|7|1|traffic|3|rt=1709281740000 dvchost=fw1 suser=amy src=192.0.2.1 dpt=443
            CEF:0|Fortinet|Fortigate|7|1|traffic|3|rt=1709281800000 dvchost=fw1 suser=amy src=192.0.2.1 dpt=4444

            """, format: .cef, logsource: "category: firewall", selection: "dst_port: 4444",
            host: "fw1", user: "amy", time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "LEEF",
            """
            LEEF:1.0|Fortinet|Fortigate|7|1|src=192.0.2.1\tdstPort=443\tusrName=amy\tdevTime=1709281740000
            LEEF:1.0|Fortinet|Fortigate|7|1|src=192.0.2.1\tdstPort=4444\tusrName=amy\tdevTime=1709281800000

            """, format: .leef, logsource: "category: firewall", selection: "dst_port: 4444",
            user: "amy", time: "2024-03-01T08:30:00Z", record: 2),
        Journey(
            "CEF in syslog",
            """
            <134>Nov 11 22:14:15 relay CEF:0|Fortinet|Fortigate|7|1|traffic|3|rt=1709281740000 dvchost=fw1 suser=amy dpt=443
            <134>Nov 11 22:14:15 relay CEF:0|Fortinet|Fortigate|7|1|traffic|3|rt=1709281800000 dvchost=fw1 suser=amy dpt=4444
            <134>Nov 11 22:14:15 relay sshd[1]: Connection closed by 192.0.2.1 port 1

            """, format: .syslog, logsource: "category: firewall", selection: "dst_port: 4444",
            host: "fw1", user: "amy", time: "2024-03-01T08:30:00Z", record: 2),
    ]

    private static func sysmon(_ image: String, _ command: String, _ number: Int) -> String {
        "<14>Mar  1 08:30:01 web01 sysmon: <Event><System><Provider Name=\"Linux-Sysmon\" "
            + "Guid=\"{ff032593-a8d3-4f13-b0d6-01fc615a0f97}\"/><EventID>1</EventID>"
            + "<Version>5</Version><TimeCreated SystemTime=\"2024-03-01T08:30:00.500000000Z\"/>"
            + "<EventRecordID>\(number)</EventRecordID><Correlation/>"
            + "<Execution ProcessID=\"1\" ThreadID=\"2\"/><Channel>Linux-Sysmon/Operational</Channel>"
            + "<Computer>web01</Computer><Security UserId=\"0\"/></System><EventData>"
            + "<Data Name=\"RuleName\">-</Data><Data Name=\"Image\">\(image)</Data>"
            + "<Data Name=\"CommandLine\">\(command)</Data><Data Name=\"User\">root</Data>"
            + "</EventData></Event>\n"
    }
}
