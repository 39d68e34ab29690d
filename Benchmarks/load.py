#!/usr/bin/env python3
"""Sends made endpoint events to a running intake by HEC, in batches, and tells what was acknowledged and how fast.

    load.py --port PORT --token T [--processes P] [--rate R] [--seconds S] [--batch N]
            [--attack-every N] [--seed N]

Events are Sysmon's process starts, connections, files, registry values and image loads, about 700 bytes each as JSON, of 200 machines. With
--attack-every one of so many deletes shadow copies on a machine of its own whose name has the milliseconds at which it was sent:
`edr-a-1764318000123-17`. Without --rate each process sends as fast as it is answered. Prints one JSON object. Loopback unless --host says otherwise.
"""
import argparse
import http.client
import json
import multiprocessing
import random
import time

PROGRAMS = (
    "C:\\Windows\\System32\\svchost.exe", "C:\\Windows\\explorer.exe",
    "C:\\Windows\\System32\\SearchIndexer.exe", "C:\\Windows\\System32\\backgroundTaskHost.exe",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    "C:\\Program Files\\Windows Defender\\MsMpEng.exe",
    "C:\\Program Files\\Microsoft VS Code\\Code.exe")
KINDS = ((1, "ProcessCreate"), (3, "NetworkConnect"), (11, "FileCreate"), (13, "RegistryValueSet"),
         (7, "ImageLoaded"))


def hexadecimal(chance, digits):
    return f"{chance.getrandbits(digits * 4):0{digits}X}"


def event(chance, number):
    """One event as a dictionary in the flat form of Winlogbeat, without what changes from sending to sending."""
    kind, task = chance.choice(KINDS)
    host = f"edr-{chance.randrange(200):03}.corp.example.com"
    program, user = chance.choice(PROGRAMS), f"CORP\\user{chance.randrange(400):03}"
    guid = f"{{{hexadecimal(chance, 8).lower()}-0011-7022-2011-{hexadecimal(chance, 12).lower()}}}"
    made = {
        "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": kind, "Task": task,
        "Provider_Name": "Microsoft-Windows-Sysmon", "Computer": host, "EventRecordID": number,
        "ProcessGuid": guid, "ProcessId": chance.randrange(500, 30000), "User": user,
        "Image": program}
    if kind == 1:
        made |= {
            "CommandLine": f'"{made["Image"]}" --profile={chance.randrange(10**6)} --no-first-run '
                           f"--type=renderer --field={hexadecimal(chance, 24)}",
            "CurrentDirectory": "C:\\Windows\\system32\\", "IntegrityLevel": "Medium",
            "Hashes": f"SHA256={hexadecimal(chance, 64)}", "LogonId": f"0x{chance.randrange(2**24):x}",
            "ParentProcessId": chance.randrange(500, 30000),
            "ParentImage": "C:\\Windows\\explorer.exe",
            "ParentCommandLine": "C:\\Windows\\Explorer.EXE"}
        if program.endswith("svchost.exe"):
            # As Windows itself starts it; anything else would be an alert.
            made |= {"CommandLine": f"{program} -k netsvcs -p -s service{hexadecimal(chance, 60)}",
                     "ParentImage": "C:\\Windows\\System32\\services.exe",
                     "ParentCommandLine": "C:\\Windows\\System32\\services.exe"}
    elif kind == 3:
        made |= {"Protocol": "tcp", "Initiated": "true", "SourceIp": f"10.2.{chance.randrange(9)}.7",
                 "SourcePort": chance.randrange(49152, 65535), "SourceHostname": host,
                 "DestinationIp": f"10.9.100.{chance.randrange(1, 250)}", "DestinationPort": 443,
                 "DestinationHostname": f"cdn{chance.randrange(999)}.example.net",
                 "RuleName": "-" * 60, "DestinationPortName": "https"}
    elif kind == 11:
        made |= {"TargetFilename": f"C:\\Users\\{user[5:]}\\AppData\\Local\\Cache\\"
                                   f"{hexadecimal(chance, 40)}.tmp",
                 "CreationUtcTime": "2026-03-12 08:00:00.000", "RuleName": "-" * 100}
    elif kind == 13:
        made |= {"EventType": "SetValue", "Details": f"DWORD (0x{hexadecimal(chance, 8)})",
                 "TargetObject": f"HKU\\S-1-5-21-1004336348-1177238915-682003330-{chance.randrange(9999)}"
                                 f"\\Software\\Vendor\\{hexadecimal(chance, 40)}",
                 "RuleName": "-" * 60}
    else:
        made |= {"ImageLoaded": f"C:\\Windows\\System32\\{hexadecimal(chance, 12)}.dll",
                 "Hashes": f"SHA256={hexadecimal(chance, 64)},IMPHASH={hexadecimal(chance, 32)}",
                 "Signed": "true", "Signature": "Microsoft Windows", "SignatureStatus": "Valid"}
    return made


def pool(seed, count=4000):
    """Texts in two parts, between which the time of sending goes."""
    chance = random.Random(seed)
    parts = []
    for number in range(count):
        made = event(chance, number)
        text = json.dumps({"event": made | {"UtcTime": "@"}, "host": made["Computer"]},
                          separators=(",", ":"))
        parts.append(tuple(part.encode() for part in text.split("@")))
    return parts


def attack(sent, number):
    """An event that sets off a rule; its machine says when it was sent."""
    host = f"edr-a-{int(sent * 1000)}-{number}"
    made = {
        "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1, "Computer": host,
        "Provider_Name": "Microsoft-Windows-Sysmon", "UtcTime": stamp(sent),
        "ProcessGuid": f"{{{number:08x}-0011-7022-2011-{int(sent * 1000) % 16**12:012x}}}",
        "ProcessId": number % 30000, "User": "NT AUTHORITY\\SYSTEM",
        "Image": "C:\\Windows\\System32\\vssadmin.exe", "OriginalFileName": "VSSADMIN.EXE",
        "CommandLine": "vssadmin.exe delete shadows /all /quiet",
        "ParentImage": "C:\\Users\\Public\\x.exe", "IntegrityLevel": "System"}
    return json.dumps({"event": made, "host": host}, separators=(",", ":")).encode()


def stamp(seconds):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03}"


def work(options, place, answers):
    """One process: batches one after another on one connection, sent again until they are acknowledged."""
    parts = pool(options.seed + place)
    headers = {"Authorization": f"Splunk {options.token}"}
    wire = http.client.HTTPConnection(options.host, options.port, timeout=60)
    told = {"sent": 0, "acknowledged": 0, "bytes": 0, "attacks": 0, "refused": {}, "waits": []}
    pause = options.batch * options.processes / options.rate if options.rate else 0
    begun = time.monotonic()
    due, end = begun + pause * place / options.processes, begun + options.seconds
    at, number = 0, place * 10**7
    while time.monotonic() < end:
        if pause:
            time.sleep(max(0, due - time.monotonic()))
            due += pause
        now = time.time()
        moment, lines, attacks = stamp(now).encode(), [], 0
        for index in range(options.batch):
            if options.attack_every and number % options.attack_every == 1:
                lines.append(attack(now, number))
                attacks += 1
            else:
                first, last = parts[(at + index) % len(parts)]
                lines.append(first + moment + last)
            number += 1
        at += options.batch
        body = b"\n".join(lines)
        told["sent"] += options.batch
        asked = time.monotonic()
        while True:
            try:
                wire.request("POST", "/services/collector/event", body, headers)
                answer = wire.getresponse()
                status, wait = answer.status, float(answer.headers.get("Retry-After") or 0.1)
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                status, wait = type(error).__name__, 0.2
                wire.close()
            if status == 200:
                told["acknowledged"] += options.batch
                told["bytes"] += len(body)
                told["attacks"] += attacks
                break
            told["refused"][str(status)] = told["refused"].get(str(status), 0) + 1
            if time.monotonic() > end + 60:
                break
            time.sleep(min(wait, 1))
        told["waits"].append(time.monotonic() - asked)
    told["seconds"] = time.monotonic() - begun
    answers.put(told)


def share(values, part):
    """The value below which this part of all lie; nil where there are none."""
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else None


def run(options):
    """The sum over all processes."""
    answers = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=(options, place, answers), daemon=True)
               for place in range(options.processes)]
    for worker in workers:
        worker.start()
    told = [answers.get() for _ in workers]
    for worker in workers:
        worker.join()
    waits = [wait for one in told for wait in one["waits"]]
    refused = {}
    for one in told:
        for status, count in one["refused"].items():
            refused[status] = refused.get(status, 0) + count
    total = {name: sum(one[name] for one in told)
             for name in ("sent", "acknowledged", "bytes", "attacks")}
    seconds = max(one["seconds"] for one in told)
    return total | {
        "seconds": round(seconds, 2), "refused": refused,
        "events_per_second": round(total["acknowledged"] / seconds),
        "bytes_per_event": round(total["bytes"] / max(1, total["acknowledged"])),
        "acknowledged_after_ms": {name: round(share(waits, part) * 1000, 1) for name, part in
                                  (("p50", 0.5), ("p99", 0.99))} if waits else None}


def parser():
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8088)
    made.add_argument("--token", default="")
    made.add_argument("--processes", type=int, default=2)
    made.add_argument("--rate", type=float, default=0, help="events a second over all; 0 is all")
    made.add_argument("--seconds", type=float, default=30)
    made.add_argument("--batch", type=int, default=200)
    made.add_argument("--attack-every", type=int, default=0)
    made.add_argument("--seed", type=int, default=1)
    return made


if __name__ == "__main__":
    print(json.dumps(run(parser().parse_args())))
