#!/usr/bin/env python3
"""Says what the starter rules find in the demonstration's telemetry, from outside the engine.

    python3 Tests/Judges/scenario_judge.py [--write]

Makes the scenario twice, with and without the intrusion, and evaluates every rule on both with
`content_judge`. Holds when nothing is found on the ordinary day and what is found on the other is
what `examples/expected.tsv` lists; `--write` writes that file. The Linux logs are read by the few
lines below, enough for this scenario only.
"""
import collections
import json
import re
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from content_judge import Event, Judge, ROOT, SigmaCorrelationRule


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def audit_events(path):
    joined = collections.OrderedDict()
    for line in path.read_text().splitlines():
        stamp = re.search(r"msg=audit\(([0-9.]+):(\d+)\)", line)
        fields = joined.setdefault(stamp.groups(), collections.defaultdict(list))
        for name, value in re.findall(r'(\w+)=("[^"]*"|\S+)', line):
            if name == "msg":
                continue
            if value.startswith('"'):
                value = value[1:-1]
            elif re.fullmatch(r"a\d+|proctitle", name) and "EXECVE" in fields["type"] \
                    and len(value) > 3 and re.fullmatch(r"([0-9A-F]{2})+", value):
                value = bytes.fromhex(value).decode()
            fields[name].append(value)
    for (time, _), fields in joined.items():
        fields["auditd_class"] = "path"
        if "EXECVE" in fields["type"]:
            count = int(fields["argc"][0])
            fields["auditd_class"] = "execve"
            fields["Image"] = fields["exe"]
            fields["CommandLine"] = " ".join(fields[f"a{i}"][-1] for i in range(count))
            fields["User"] = "root" if fields["uid"][0] == "0" else fields["uid"][0]
        yield Event("auditd", fields, float(time))


def auth_events(path):
    for line in path.read_text().splitlines():
        stamp, host, tag, message = re.match(r"(\S+) (\S+) ([^:]+): +(.*)", line).groups()
        program = tag.partition("[")[0]
        fields = {"host": host, "program": program, "message": message,
                  "service": {"sshd": "sshd", "sudo": "sudo", "CRON": "cron"}[program],
                  "action": "session"}
        if found := re.match(r"(Accepted|Failed) (\w+) for (\S+) from (\S+)", message):
            fields.update(action="login" if found[1] == "Accepted" else "login-failed",
                          AuthMethod=found[2], TargetUserName=found[3], IpAddress=found[4])
        elif found := re.match(r"(\S+) : .*USER=(\S+) ; COMMAND=(.*)", message):
            fields.update(action="sudo", SubjectUserName=found[1], TargetUserName=found[2],
                          COMMAND=found[3], CommandLine=found[3])
        yield Event("linux", fields, seconds(stamp))


def events(judge, path):
    if path.name.endswith("-audit.log"):
        yield from audit_events(path)
    elif path.name.endswith("-auth.log"):
        yield from auth_events(path)
    else:
        if path.suffix == ".json":
            kind, records = "cloudtrail", json.loads(path.read_text())["Records"]
        else:
            kind = "okta" if path.name.startswith("okta") else "windows"
            records = map(json.loads, path.read_text().splitlines())
        mapping = judge.mappings[kind]
        for record in records:
            fields = mapping.flatten(record)
            assert mapping.recognises(fields), f"{path}: not recognised"
            time = next(fields[n][0] for n in mapping.data["time"] if n in fields)
            yield Event(kind, fields, seconds(time))


def found(judge, folder):
    """(rule id, title, level, file) → count of events, 1 for a correlation."""
    hits = collections.Counter()
    everything = []
    for path in sorted(folder.iterdir()):
        inside = list(events(judge, path))
        everything += inside
        for event in inside:
            for identifier in judge.accepting(event):
                rule = judge.rules[identifier]
                if alerting(rule) and judge.rule_matches(rule, event):
                    hits[(identifier, rule.title, str(rule.level).lower(), path.name)] += 1
    for rule in judge.collection.rules:
        if isinstance(rule, SigmaCorrelationRule) and "(Counted)" not in rule.title:
            fired = judge.hits(rule, everything)
            if fired:
                hits[(str(rule.id), rule.title, str(rule.level).lower(), "*")] = 1
    return hits


def alerting(rule):
    return str(rule.level).lower() != "informational"


def made(folder, *options):
    subprocess.run([sys.executable, str(ROOT / "examples/make.py"), *options, str(folder)],
                   check=True, stdout=subprocess.DEVNULL)
    return Path(folder)


def main():
    judge = Judge(ROOT / "Content/rules")
    with tempfile.TemporaryDirectory() as quiet, tempfile.TemporaryDirectory() as loud:
        ordinary = found(judge, made(quiet, "--ordinary-only"))
        attacked = found(judge, made(loud))
        same = all((Path(loud) / path.name).read_bytes() == path.read_bytes()
                   for path in (ROOT / "examples/scenario").iterdir())
    lines = ["rule_id\ttitle\tlevel\tfile\tcount\n"]
    for key, count in sorted(attacked.items(), key=lambda item: (item[0][3], item[0][1])):
        lines.append("\t".join(key) + f"\t{count}\n")
    listing = ROOT / "examples/expected.tsv"
    if "--write" in sys.argv:
        listing.write_text("".join(lines))
    listed = listing.read_text() == "".join(lines)
    for key, count in ordinary.items():
        print("on the ordinary day:", *key, count)
    print(f"{len({k[0] for k in attacked})} rules fire in the intrusion, "
          f"{len({k[0] for k in ordinary})} on the ordinary day; "
          f"committed scenario is current: {same}; list is current: {listed}")
    return 0 if not ordinary and same and listed else 1


if __name__ == "__main__":
    sys.exit(main())
