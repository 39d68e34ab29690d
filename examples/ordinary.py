"""Two hours of ordinary work: what the intrusion hides among."""
from telemetry import (DOMAIN_SID, END, HOSTS, OFFICE, PEOPLE, RANDOM, START, Process, clock)

SYSTEM32 = "C:\\Windows\\System32\\"
OFFICE16 = "C:\\Program Files\\Microsoft Office\\root\\Office16\\"
CHROME = r"C:\Program Files\Google\Chrome\Application\chrome.exe"
TEAMS = r"C:\Program Files\WindowsApps\MSTeams_25016\ms-teams.exe"
SITES = [("www.example.com", "198.51.100.80"), ("mail.example.com", "198.51.100.25"),
         ("intranet.corp.example.com", "10.20.0.40"), ("news.example.org", "192.0.2.140"),
         ("docs.example.net", "192.0.2.60"), ("updates.example.net", "192.0.2.61")]


def some_time(start=START, end=END):
    return RANDOM.uniform(start, end)


def boot(windows):
    """The processes that are there before the day begins. Returns each person's desktop shell."""
    windows.lsass, windows.services, windows.netsvcs, shells = {}, {}, {}, {}
    for host in windows.events:
        begin = clock("07:58:10") + RANDOM.random() * 20
        init = windows.start(host, begin, SYSTEM32 + "wininit.exe", "wininit.exe")
        windows.services[host] = windows.start(
            host, begin + 0.4, SYSTEM32 + "services.exe", SYSTEM32 + "services.exe", init)
        windows.lsass[host] = windows.start(
            host, begin + 0.6, SYSTEM32 + "lsass.exe", SYSTEM32 + "lsass.exe", init)
        windows.netsvcs[host] = windows.start(
            host, begin + 1.5, SYSTEM32 + "svchost.exe", "svchost.exe -k netsvcs -p -s Schedule",
            windows.services[host])
    for user, (host, number) in PEOPLE.items():
        second = clock("08:00:20") + RANDOM.random() * 300
        logon = hex(0x3F0000 + RANDOM.randrange(0x8000))
        name = "EXAMPLE\\" + user
        windows.security(host, second, 4624, {
            "SubjectUserSid": "S-1-5-18", "SubjectUserName": host.upper() + "$",
            "SubjectDomainName": "EXAMPLE", "SubjectLogonId": "0x3e7",
            "TargetUserSid": f"{DOMAIN_SID}-{number}", "TargetUserName": user,
            "TargetDomainName": "EXAMPLE", "TargetLogonId": logon, "LogonType": 2,
            "LogonProcessName": "User32 ", "AuthenticationPackageName": "Negotiate",
            "WorkstationName": host.upper(), "IpAddress": "127.0.0.1", "IpPort": "0"})
        shells[user] = windows.start(host, second + 2, r"C:\Windows\explorer.exe",
                                     r"C:\Windows\explorer.exe", user=name, logon=logon,
                                     integrity="Medium")
    return shells


def desktops(windows, shells):
    for user in ("maria.keller", "jonas.brandt", "sofia.lang"):
        shell, host = shells[user], PEOPLE[user][0]
        begin = shell.second + 20
        profile = f"C:\\Users\\{user}"
        programs = [(CHROME, f'"{CHROME}"'), (TEAMS, f'"{TEAMS}"'),
                    (OFFICE16 + "OUTLOOK.EXE", '"OUTLOOK.EXE"'),
                    (OFFICE16 + "EXCEL.EXE", f'"EXCEL.EXE" "{profile}\\Documents\\plan.xlsx"'),
                    (OFFICE16 + "WINWORD.EXE",
                     f'"WINWORD.EXE" "{profile}\\Documents\\letter.docx"'),
                    (SYSTEM32 + "notepad.exe", f'notepad.exe "{profile}\\notes.txt"')]
        running = []
        for number in range(46):
            image, line = RANDOM.choice(programs)
            process = windows.start(host, some_time(begin), image, line, shell)
            running.append(process)
            if image == CHROME:
                for _ in range(RANDOM.randrange(1, 4)):
                    tab = windows.start(host, process.second + RANDOM.random() * 5, CHROME,
                                        f'"{CHROME}" --type=renderer --lang=de', process)
                    windows.end(tab, tab.second + RANDOM.uniform(30, 900))
            if image.endswith("WINWORD.EXE"):
                windows.start(host, process.second + 3, "C:\\Windows\\splwow64.exe",
                              "C:\\Windows\\splwow64.exe 8192", process)
            windows.end(process, process.second + RANDOM.uniform(60, 1500))
        talkers = [p for p in running if p.image in (CHROME, TEAMS, OFFICE16 + "OUTLOOK.EXE")]
        for _ in range(60):
            process, (name, address) = RANDOM.choice(talkers), RANDOM.choice(SITES)
            second = process.second + RANDOM.random() * 60
            windows.resolves(process, second, name, address)
            windows.connects(process, second + 0.1, address, 443, name)
        for number in range(30):
            process = RANDOM.choice(running)
            kind = RANDOM.choice((".docx", ".xlsx", ".tmp", ".pdf"))
            windows.writes(process, process.second + RANDOM.random() * 60,
                           f"{profile}\\Documents\\work-{number}{kind}")
        for _ in range(20):
            windows.sets(shell, some_time(begin),
                         f"HKU\\{DOMAIN_SID}-{PEOPLE[user][1]}\\SOFTWARE\\Microsoft\\Windows\\"
                         "CurrentVersion\\Explorer\\RecentDocs\\MRUListEx", "Binary Data")
        updater = windows.start(host, begin + 40,
                                r"C:\Program Files\Microsoft OneDrive\OneDrive.exe",
                                "OneDrive.exe /background", shell)
        windows.sets(updater, begin + 42,
                     f"HKU\\{DOMAIN_SID}-{PEOPLE[user][1]}\\SOFTWARE\\Microsoft\\Windows\\"
                     "CurrentVersion\\Run\\OneDrive",
                     '"C:\\Program Files\\Microsoft OneDrive\\OneDrive.exe" /background')


def developer(windows, shells):
    """Work that looks rough but is not: builds, encoded nothing, a script from a share."""
    shell = shells["jonas.brandt"]
    terminal = windows.start("ws-dev-03", "08:21:00",
                             r"C:\Program Files\WindowsApps\Terminal\wt.exe", "wt.exe", shell)
    pwsh = windows.start("ws-dev-03", "08:21:04", r"C:\Program Files\PowerShell\7\pwsh.exe",
                         "pwsh.exe -NoLogo", terminal, original="pwsh.dll")
    lines = [(r"C:\Program Files\Git\cmd\git.exe", "git pull --rebase"),
             (r"C:\Program Files\dotnet\dotnet.exe", "dotnet build app.sln"),
             (r"C:\Program Files\dotnet\dotnet.exe", "dotnet test"),
             (SYSTEM32 + "OpenSSH\\ssh.exe", "ssh.exe deploy@build01.corp.example.com"),
             (SYSTEM32 + "curl.exe", "curl.exe -sO https://docs.example.net/tool.zip"),
             (SYSTEM32 + "whoami.exe", "whoami"), (SYSTEM32 + "ipconfig.exe", "ipconfig /flushdns")]
    for _ in range(60):
        image, line = RANDOM.choice(lines)
        process = windows.start("ws-dev-03", some_time(clock("08:22:00")), image, line, pwsh)
        windows.end(process, process.second + RANDOM.uniform(1, 40))
    windows.add("ws-dev-03", clock("08:30:00"), "Microsoft-Windows-PowerShell/Operational", 4104, {
        "MessageNumber": 1, "MessageTotal": 1,
        "ScriptBlockText": "Get-ChildItem -Recurse *.cs | Measure-Object -Line -Sum",
        "ScriptBlockId": "0b8a8a3e-7d7e-4c37-9d44-6b9f0e2a5f10", "Path": ""}, pid=pwsh.pid)


def housekeeping(windows):
    """What Windows does by itself on every host."""
    tasks = [("taskhostw.exe", "taskhostw.exe"),
             ("backgroundTaskHost.exe", "backgroundTaskHost.exe"),
             ("SearchProtocolHost.exe", "SearchProtocolHost.exe Global\\UsGthrFltPipeMssGthrPipe1"),
             ("dllhost.exe", "dllhost.exe /Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}"),
             ("conhost.exe", "conhost.exe 0xffffffff -ForceV1"), ("gpupdate.exe", "gpupdate.exe")]
    for host in windows.events:
        parent = windows.netsvcs[host]
        for _ in range(42):
            image, line = RANDOM.choice(tasks)
            process = windows.start(host, some_time(), SYSTEM32 + image, line, parent)
            windows.end(process, process.second + RANDOM.uniform(1, 120))
        for _ in range(14):
            windows.writes(parent, some_time(),
                           f"C:\\Windows\\Prefetch\\APP-{RANDOM.randrange(1 << 32):08X}.pf")
        for _ in range(10):
            windows.sets(parent, some_time(),
                         "HKLM\\System\\CurrentControlSet\\Services\\bam\\State\\LastRun",
                         "QWORD (0x01dd3c5a-0x7d1b9a00)")
        for _ in range(6):
            windows.add(host, some_time(), "System", 7036,
                        {"param1": "Windows Update", "param2": "running"})
        windows.sysmon(host, some_time(), 10, {
            "SourceProcessGUID": parent.guid, "SourceProcessId": parent.pid,
            "SourceThreadId": 1200, "SourceImage": parent.image,
            "TargetProcessGUID": windows.lsass[host].guid,
            "TargetProcessId": windows.lsass[host].pid, "TargetImage": windows.lsass[host].image,
            "GrantedAccess": "0x1000", "CallTrace": r"C:\Windows\SYSTEM32\ntdll.dll+9d1e4",
            "SourceUser": parent.user, "TargetUser": parent.user})


def directory(windows):
    """Logons, tickets and shares on the servers."""
    for host in ("dc01", "fs01"):
        for _ in range(75):
            user, (home, number) = RANDOM.choice(sorted(PEOPLE.items()))
            address, logon = HOSTS[home], hex(0x600000 + RANDOM.randrange(0x80000))
            second = some_time()
            windows.logon(host, second, user, 3, address, logon)
            windows.security(host, second + 0.2, 5140, {
                "SubjectUserSid": f"{DOMAIN_SID}-{number}", "SubjectUserName": user,
                "SubjectDomainName": "EXAMPLE", "SubjectLogonId": logon, "ObjectType": "File",
                "IpAddress": address, "IpPort": "51022",
                "ShareName": r"\\*\SYSVOL" if host == "dc01" else r"\\*\team",
                "ShareLocalPath": "", "AccessMask": "0x1", "AccessList": "%%4416"})
            windows.logoff(host, second + RANDOM.uniform(2, 600), user, logon)
    for _ in range(80):
        user, (home, _number) = RANDOM.choice(sorted(PEOPLE.items()))
        service = RANDOM.choice(("FS01$", "DC01$", "WS-DEV-03$", "svc_web"))
        windows.security("dc01", some_time(), 4769, {
            "TargetUserName": user + "@CORP.EXAMPLE.COM", "TargetDomainName": "CORP.EXAMPLE.COM",
            "ServiceName": service, "ServiceSid": DOMAIN_SID + "-1150",
            "TicketOptions": "0x40810000", "TicketEncryptionType": "0x12",
            "IpAddress": "::ffff:" + HOSTS[home], "IpPort": "50800", "Status": "0x0",
            "LogonGuid": "{00000000-0000-0000-0000-000000000000}"})
    for user in ("sofia.lang", "sofia.lang", "jonas.brandt"):
        windows.security("dc01", some_time(), 4625, {
            "SubjectUserName": "-", "TargetUserName": user, "TargetDomainName": "EXAMPLE",
            "Status": "0xc000006d", "SubStatus": "0xc000006a", "LogonType": 3,
            "IpAddress": HOSTS[PEOPLE[user][0]], "IpPort": "50811"})
    backup = Process("fs01", clock("08:30:00"), r"C:\Program Files\Vendor Backup\agent.exe", "")
    windows.start("fs01", "08:30:02", SYSTEM32 + "vssadmin.exe", "vssadmin.exe list shadows",
                  backup)


def linux_server(linux):
    system = {"uid": 0, "auid": 4294967295, "session": 4294967295, "parent": 1}
    for minute in range(0, 120, 5):
        second = START + minute * 60 + 1.2
        linux.log(second, "CRON", "pam_unix(cron:session): session opened for user root(uid=0) by "
                  "(uid=0)", 2200 + minute)
        linux.runs(second + 0.1, "/usr/bin/dash", ["/bin/sh", "-c", "run-parts /etc/cron.five"],
                   **system)
        linux.runs(second + 0.2, "/usr/bin/run-parts", ["run-parts", "/etc/cron.five"], **system)
        linux.runs(second + 0.4, "/usr/bin/find", ["find", "/srv/build/cache", "-mtime", "+7"],
                   **system)
        linux.log(second + 2, "CRON", "pam_unix(cron:session): session closed for user root",
                  2200 + minute)
    for number in range(22):
        second, port = some_time(), 51000 + number
        address = HOSTS["ws-dev-03"]
        linux.log(second, "sshd", f"Accepted publickey for deploy from {address} port {port} ssh2: "
                  "ED25519 SHA256:5Yp0mXo8h0wq1yYfE2kR2mFQv0bq8cJm8u1Zk9pQnYk", 2400 + number)
        linux.log(second + 0.1, "sshd", "pam_unix(sshd:session): session opened for user "
                  "deploy(uid=1001) by (uid=0)", 2400 + number)
        work = {"uid": 1001, "auid": 1001, "session": 300 + number, "folder": "/srv/build"}
        for exe, words in (("/usr/bin/git", ["git", "fetch", "--all"]),
                           ("/usr/bin/make", ["make", "-j4", "package"]),
                           ("/usr/bin/tar", ["tar", "czf", "out/package.tgz", "dist"])):
            linux.runs(second + RANDOM.uniform(2, 50), exe, words, **work)
        if number % 5 == 0:
            linux.log(second + 60, "sudo", "  deploy : TTY=pts/1 ; PWD=/srv/build ; USER=root ; "
                      "COMMAND=/usr/bin/systemctl restart build-agent")
        linux.log(second + 120, "sshd", "pam_unix(sshd:session): session closed for user deploy",
                  2400 + number)


def sign_ins(okta):
    applications = ("Google Workspace", "Zendesk", "Jira", "AWS IAM Identity Center")
    for user in ("maria.keller", "jonas.brandt", "sofia.lang", "adm.weber"):
        for _ in range(14):
            second = some_time()
            okta.add(second, "user.session.start", "User login to Okta", user, OFFICE)
            okta.add(second + 4, "user.authentication.auth_via_mfa",
                     "Authentication of user via MFA", user, OFFICE)
            okta.add(second + 6, "user.authentication.sso", "User single sign on to app", user,
                     OFFICE, target=RANDOM.choice(applications))
    okta.add("08:17:00", "user.session.start", "User login to Okta", "sofia.lang", OFFICE,
             "FAILURE", "INVALID_CREDENTIALS")
    okta.add("08:18:00", "user.mfa.okta_verify.deny_push", "User rejected Okta push verify",
             "sofia.lang", OFFICE, "FAILURE", "USER_REJECTED_OKTA_VERIFY")


def cloud_work(cloud):
    for _ in range(120):
        source, name, parameters = RANDOM.choice((
            ("ec2", "DescribeInstances", None), ("s3", "ListBuckets", None),
            ("s3", "GetObject", {"bucketName": "example-builds", "key": "app.tgz"}),
            ("s3", "PutObject", {"bucketName": "example-builds", "key": "app.tgz"}),
            ("ecr", "GetAuthorizationToken", None),
            ("secretsmanager", "GetSecretValue", {"secretId": "prod/build/registry"}),
            ("logs", "PutLogEvents", {"logGroupName": "build"})))
        cloud.add(some_time(), source + ".amazonaws.com", name, "build-role", "198.51.100.30",
                  "ASIAEXAMPLE7BUILD000", parameters, kind="AssumedRole",
                  agent="aws-sdk-go/1.55.5 (go1.23; linux; amd64)")
    for _ in range(60):
        source, name = RANDOM.choice((("ec2", "DescribeInstances"), ("s3", "ListBuckets"),
                                      ("cloudwatch", "GetMetricData"), ("iam", "GetUser")))
        cloud.add(some_time(), source + ".amazonaws.com", name, "jonas.brandt", OFFICE,
                  "AKIAEXAMPLE7JONAS000")
    cloud.add("08:44:00", "iam.amazonaws.com", "ListUsers", "jonas.brandt", OFFICE,
              "AKIAEXAMPLE7JONAS000", error="AccessDenied")


def work(windows, linux, okta, cloud):
    """Everything ordinary. Returns each person's desktop shell, for what starts from it."""
    shells = boot(windows)
    desktops(windows, shells)
    developer(windows, shells)
    housekeeping(windows)
    directory(windows)
    linux_server(linux)
    sign_ins(okta)
    cloud_work(cloud)
    return shells
