"""The logs of the demonstration: who is in them, and how each product writes an event."""
import datetime
import hashlib
import json
import random

RANDOM = random.Random(20260312)
DAY = datetime.datetime(2026, 3, 12, tzinfo=datetime.timezone.utc)
START, END = 8 * 3600, 10 * 3600

ATTACKER = "203.0.113.66"
OFFICE = "198.51.100.10"
COMMAND_NAME = "cdn-sync.example.net"
ACCOUNT = "111122223333"
KEY_ID = "AKIAEXAMPLE7DEPLOY00"
NO_GUID = "{00000000-0000-0000-0000-000000000000}"
MALWARE = r"C:\Users\Public\svcupd.exe"

HOSTS = {
    "ws-acc-07": "10.20.1.47", "ws-dev-03": "10.20.1.33", "ws-hr-02": "10.20.1.22",
    "fs01": "10.20.0.20", "dc01": "10.20.0.10", "build01": "10.20.0.30",
}
PEOPLE = {
    "maria.keller": ("ws-acc-07", 1104), "jonas.brandt": ("ws-dev-03", 1105),
    "sofia.lang": ("ws-hr-02", 1106), "adm.weber": ("dc01", 1102),
}
DOMAIN_SID = "S-1-5-21-1004336348-1177238915-682003330"


def clock(text):
    """Seconds of the day of `hh:mm:ss`."""
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def moment(second):
    return DAY + datetime.timedelta(seconds=round(second, 3))


def iso(second, digits=3):
    stamp = moment(second).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return stamp[:20 + digits] + "Z"


def full(host):
    return f"{host}.corp.example.com"


def digest(text, kind="sha256"):
    return hashlib.new(kind, text.encode()).hexdigest().upper()


def guid(text):
    code = digest(text, "md5").lower()
    return "{%s-%s-%s-%s-%s}" % (code[:8], code[8:12], code[12:16], code[16:20], code[20:])


# MARK: Windows


class Process:
    """A process on a Windows host; knows its identifiers and who started it."""

    count = 0

    def __init__(self, host, second, image, line, parent=None, user=r"NT AUTHORITY\SYSTEM",
                 logon="0x3e7", integrity="System", original=None):
        Process.count += 1
        self.host, self.second, self.image, self.line = host, second, image, line
        self.parent, self.user, self.logon, self.integrity = parent, user, logon, integrity
        self.original = original or image.rsplit("\\", 1)[-1]
        self.pid = 600 + Process.count * 4
        seed = int(digest(host)[:8], 16)
        self.guid = "{%08x-%04x-%04x-%04x-%012x}" % (
            seed, Process.count & 0xFFFF, int(second) & 0xFFFF, 0x2000 + Process.count % 4096,
            0x400000 + Process.count)

    @property
    def hashes(self):
        name = self.original.lower()
        return f"SHA256={digest(name)},IMPHASH={digest(name, 'md5')}"


class Windows:
    """The logs of the Windows hosts, one list of events a host."""

    PROVIDERS = {
        "Microsoft-Windows-Sysmon/Operational":
            ("Microsoft-Windows-Sysmon", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"),
        "Security":
            ("Microsoft-Windows-Security-Auditing", "{54849625-5478-4994-A5BA-3E3B0328C30D}"),
        "System": ("Service Control Manager", "{555908D1-A6D7-4695-8E1E-26931D2012F4}"),
        "Microsoft-Windows-PowerShell/Operational":
            ("Microsoft-Windows-PowerShell", "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}"),
        "Microsoft-Windows-Windows Defender/Operational":
            ("Microsoft-Windows-Windows Defender", "{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}"),
    }
    SYSMON = "Microsoft-Windows-Sysmon/Operational"

    def __init__(self):
        self.events = {host: [] for host in HOSTS if host != "build01"}

    def add(self, host, second, channel, event_id, data, provider=None, pid=3308):
        name, guid = self.PROVIDERS[channel]
        self.events[host].append((second, channel, {
            "Provider": {"#attributes": {"Name": provider or name, "Guid": guid}},
            "EventID": event_id, "Version": 5 if channel == self.SYSMON else 1,
            "Level": 4 if channel == self.SYSMON else 0, "Task": event_id, "Opcode": 0,
            "Keywords": "0x8000000000000000" if channel == self.SYSMON else "0x8020000000000000",
            "TimeCreated": {"#attributes": {"SystemTime": iso(second, 6)}},
            "EventRecordID": 0,
            "Execution": {"#attributes": {"ProcessID": pid, "ThreadID": pid + 8}},
            "Channel": channel, "Computer": full(host),
        }, data))

    def sysmon(self, host, second, event_id, data):
        stamp = moment(second).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        self.add(host, second, self.SYSMON, event_id, {"RuleName": "-", "UtcTime": stamp, **data})

    def start(self, host, when, image, line, parent=None, **more):
        """A process starts (Sysmon 1)."""
        second = clock(when) if isinstance(when, str) else when
        if parent and "user" not in more:
            more.update(user=parent.user, logon=parent.logon)
            more.setdefault("integrity", parent.integrity)
        process = Process(host, second, image, line, parent, **more)
        self.sysmon(host, second, 1, {
            "ProcessGuid": process.guid, "ProcessId": process.pid, "Image": image,
            "FileVersion": "10.0.19041.1", "Description": "-", "Product": "-", "Company": "-",
            "OriginalFileName": process.original, "CommandLine": line,
            "CurrentDirectory": "C:\\Windows\\system32\\", "User": process.user,
            "LogonGuid": guid(host + process.logon),
            "LogonId": process.logon, "TerminalSessionId": 1,
            "IntegrityLevel": process.integrity, "Hashes": process.hashes,
            "ParentProcessGuid": parent.guid if parent else NO_GUID,
            "ParentProcessId": parent.pid if parent else 4,
            "ParentImage": parent.image if parent else "-",
            "ParentCommandLine": parent.line if parent else "-",
            "ParentUser": parent.user if parent else "-",
        })
        return process

    def by(self, process, when, event_id, data):
        """Something a process does, told by Sysmon."""
        second = clock(when) if isinstance(when, str) else when
        self.sysmon(process.host, second, event_id, {
            "ProcessGuid": process.guid, "ProcessId": process.pid, "Image": process.image,
            **data, "User": process.user})

    def end(self, process, second):
        self.by(process, second, 5, {})

    def writes(self, process, when, path):
        second = clock(when) if isinstance(when, str) else when
        self.by(process, second, 11, {
            "TargetFilename": path,
            "CreationUtcTime": moment(second).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]})

    def connects(self, process, when, address, port, name=""):
        self.by(process, when, 3, {
            "Protocol": "tcp", "Initiated": True, "SourceIsIpv6": False,
            "SourceIp": HOSTS[process.host], "SourceHostname": full(process.host),
            "SourcePort": RANDOM.randrange(49152, 65000), "DestinationIsIpv6": False,
            "DestinationIp": address, "DestinationHostname": name, "DestinationPort": port,
            "DestinationPortName": "https" if port == 443 else "-"})

    def resolves(self, process, when, name, address):
        self.by(process, when, 22, {
            "QueryName": name, "QueryStatus": "0", "QueryResults": f"::ffff:{address};"})

    def sets(self, process, when, key, details):
        self.by(process, when, 13, {
            "EventType": "SetValue", "TargetObject": key, "Details": details})

    def security(self, host, when, event_id, data, provider=None):
        second = clock(when) if isinstance(when, str) else when
        self.add(host, second, "Security", event_id, data, provider, pid=712)

    def logon(self, host, when, user, kind, address, logon, process="Kerberos"):
        sid = f"{DOMAIN_SID}-{PEOPLE.get(user, ('', 1190))[1]}"
        self.security(host, when, 4624, {
            "SubjectUserSid": "S-1-0-0", "SubjectUserName": "-", "SubjectDomainName": "-",
            "SubjectLogonId": "0x0", "TargetUserSid": sid, "TargetUserName": user,
            "TargetDomainName": "EXAMPLE", "TargetLogonId": logon, "LogonType": kind,
            "LogonProcessName": process, "AuthenticationPackageName": "Kerberos",
            "WorkstationName": "-", "LogonGuid": "{00000000-0000-0000-0000-000000000000}",
            "KeyLength": 0, "ProcessId": "0x0", "ProcessName": "-", "IpAddress": address,
            "IpPort": RANDOM.randrange(49152, 65000), "ElevatedToken": "%%1842"})

    def logoff(self, host, when, user, logon, kind=3):
        self.security(host, when, 4634, {
            "TargetUserSid": f"{DOMAIN_SID}-{PEOPLE.get(user, ('', 1190))[1]}",
            "TargetUserName": user, "TargetDomainName": "EXAMPLE", "TargetLogonId": logon,
            "LogonType": kind})

    def write(self, folder):
        for host, events in self.events.items():
            numbers = {}
            with open(folder / f"{host}.jsonl", "w", encoding="utf-8") as out:
                for _, channel, system, data in sorted(events, key=lambda e: e[0]):
                    first = 1000 + int(digest(host + channel)[:4], 16)
                    numbers[channel] = numbers.get(channel, first) + 1
                    system["EventRecordID"] = numbers[channel]
                    body = {"System": system}
                    body["UserData" if "LogFileCleared" in data else "EventData"] = data
                    out.write(json.dumps({"Event": body}, separators=(",", ":")) + "\n")


# MARK: Linux


class Linux:
    """The audit trail and the authentication log of one Linux host."""

    def __init__(self, host):
        self.host, self.audit, self.auth, self.pid = host, [], [], 2100

    def log(self, when, program, text, pid=None):
        second = clock(when) if isinstance(when, str) else when
        stamp = moment(second).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
        tag = f"{program}[{pid}]" if pid else program
        self.auth.append((second, f"{stamp} {self.host} {tag}: {text}"))

    @staticmethod
    def quoted(text):
        plain = all(33 <= ord(c) < 127 and c != '"' for c in text)
        return f'"{text}"' if plain else text.encode().hex().upper()

    def runs(self, when, exe, words, uid=0, auid=1001, session=412, parent=2001, folder="/root"):
        """A program is executed; the records of one audit event. Returns its process number."""
        second = clock(when) if isinstance(when, str) else when
        self.pid += RANDOM.randrange(1, 9)
        stamp = f"audit({moment(second).timestamp():.3f}:SERIAL)"
        ids = " ".join(f"{name}={uid}" for name in
                       ("uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid"))
        who = "(none)" if session == 4294967295 else "pts0"
        comm = exe.rsplit("/", 1)[-1]
        arguments = " ".join(f"a{i}={self.quoted(w)}" for i, w in enumerate(words))
        title = "\0".join(words).encode().hex().upper()
        self.audit.append((second, [
            f"type=SYSCALL msg={stamp}: arch=c000003e syscall=59 success=yes exit=0 a0=55d0 "
            f"a1=55e8 a2=55f0 a3=8 items=2 ppid={parent} pid={self.pid} auid={auid} {ids} tty={who} "
            f'ses={session} comm="{comm}" exe="{exe}" subj=unconfined key="exec"',
            f"type=EXECVE msg={stamp}: argc={len(words)} {arguments}",
            f'type=CWD msg={stamp}: cwd="{folder}"',
            f'type=PATH msg={stamp}: item=0 name="{exe}" inode={len(exe) * 4093} dev=fd:00 '
            "mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0",
            f"type=PROCTITLE msg={stamp}: proctitle={title}",
        ]))
        return self.pid

    def opens(self, when, exe, path, pid, parent, uid=0, auid=1001, session=412):
        """A watched file is opened."""
        second = clock(when) if isinstance(when, str) else when
        stamp = f"audit({moment(second).timestamp():.3f}:SERIAL)"
        ids = " ".join(f"{name}={uid}" for name in
                       ("uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid"))
        self.audit.append((second, [
            f"type=SYSCALL msg={stamp}: arch=c000003e syscall=257 success=yes exit=3 a0=ffffff9c "
            f"a1=7ffc a2=0 a3=0 items=1 ppid={parent} pid={pid} auid={auid} {ids} tty=pts0 "
            f'ses={session} comm="{exe.rsplit("/", 1)[-1]}" exe="{exe}" subj=unconfined '
            'key="identity"',
            f'type=PATH msg={stamp}: item=0 name="{path}" inode=917 dev=fd:00 mode=0100640 ouid=0 '
            "ogid=42 rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0",
        ]))

    def write(self, folder):
        with open(folder / f"{self.host}-audit.log", "w", encoding="utf-8") as out:
            for serial, (_, lines) in enumerate(sorted(self.audit, key=lambda e: e[0]), 4101):
                # As `name_format = hostname` in auditd.conf has it.
                for record in lines:
                    record = record.replace("SERIAL", str(serial))
                    out.write(f"node={self.host} {record}\n")
        with open(folder / f"{self.host}-auth.log", "w", encoding="utf-8") as out:
            for _, line in sorted(self.auth, key=lambda e: e[0]):
                out.write(line + "\n")


# MARK: identity and cloud


class Okta:
    def __init__(self):
        self.events = []

    def add(self, when, kind, message, user, address, result="SUCCESS", reason=None, target=None):
        second = clock(when) if isinstance(when, str) else when
        serial = len(self.events)
        foreign = address == ATTACKER
        self.events.append((second, {
            "uuid": digest(f"okta{serial}")[:32].lower(), "published": iso(second),
            "eventType": kind, "version": "0", "severity": "INFO", "displayMessage": message,
            "actor": {"id": "00u" + digest(user)[:17], "type": "User",
                      "alternateId": f"{user}@example.com",
                      "displayName": user.replace(".", " ").title()},
            "client": {"userAgent": {
                "rawUserAgent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0" if foreign
                else "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/133.0",
                "os": "Linux" if foreign else "Windows 10",
                "browser": "FIREFOX" if foreign else "CHROME"}, "ipAddress": address,
                "geographicalContext": {"city": None if foreign else "Kassel",
                                        "country": "Exampleland" if foreign else "Germany"}},
            "outcome": {"result": result, "reason": reason},
            "target": [] if target is None else [
                {"id": "0oa" + digest(target)[:17], "type": "AppInstance", "displayName": target}],
            "transaction": {"type": "WEB", "id": digest(f"transaction{serial}")[:27]},
            "authenticationContext": {"externalSessionId": "102" + digest(user + address)[:20]},
            "securityContext": {"asNumber": 64496 if foreign else 64500, "isProxy": False},
        }))

    def write(self, folder):
        with open(folder / "okta-system-log.jsonl", "w", encoding="utf-8") as out:
            for _, event in sorted(self.events, key=lambda e: e[0]):
                out.write(json.dumps(event, separators=(",", ":")) + "\n")


class CloudTrail:
    def __init__(self):
        self.records = []

    def add(self, when, source, name, user, address, key, parameters=None, response=None,
            error=None, agent="aws-cli/2.22.4 md/awscrt#0.23 ua/2.0 os/linux#6.1.0-28-amd64",
            kind="IAMUser"):
        second = clock(when) if isinstance(when, str) else when
        serial = len(self.records)
        identity = {"type": kind, "accountId": ACCOUNT, "accessKeyId": key}
        if kind == "IAMUser":
            identity.update(principalId="AIDA" + digest(user)[:16], userName=user,
                            arn=f"arn:aws:iam::{ACCOUNT}:user/{user}")
        else:
            identity.update(principalId=f"AROA{digest(user)[:16]}:{user}",
                            arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{user}/i-0a1b2c3d4e",
                            sessionContext={"sessionIssuer": {
                                "type": "Role", "userName": user,
                                "arn": f"arn:aws:iam::{ACCOUNT}:role/{user}"}})
        record = {
            "eventVersion": "1.11", "userIdentity": identity,
            "eventTime": moment(second).strftime("%Y-%m-%dT%H:%M:%SZ"), "eventSource": source,
            "eventName": name, "awsRegion": "eu-central-1", "sourceIPAddress": address,
            "userAgent": agent, "requestParameters": parameters, "responseElements": response,
            "requestID": digest(f"request{serial}")[:16],
            "eventID": digest(f"event{serial}")[:32].lower(), "eventType": "AwsApiCall",
            "readOnly": name.startswith(("Get", "List", "Describe")), "managementEvent": True,
            "recipientAccountId": ACCOUNT}
        if error:
            record["errorCode"] = error
            record["errorMessage"] = f"User is not authorized to perform: {name}"
        self.records.append((second, record))

    def write(self, folder):
        with open(folder / "cloudtrail.json", "w", encoding="utf-8") as out:
            out.write('{"Records":[\n')
            records = [r for _, r in sorted(self.records, key=lambda r: r[0])]
            out.write(",\n".join(json.dumps(r, separators=(",", ":")) for r in records))
            out.write("\n]}\n")
