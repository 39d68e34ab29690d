#!/usr/bin/env python3
# proves: acts of ATT&CK techniques on Linux, done for real under the sensor, set our own rules off, and nothing else does
# builds: kagari-agent
# apt: unshare=util-linux ip=iproute2
"""Does harmless acts in namespaces under `kagari-agent watch`, and scans what it told.

    prove_techniques.py [--agent PROGRAM] [--keep FILE]

`linux_acts.txt` holds the acts. They run in a mount, process and network namespace without a way out; what they change are overlays of this machine's
folders. An alert belongs to the act among whose descendants its event is; what fires elsewhere on the machine meanwhile is told, and must be nothing.
Needs root and a kernel that takes BPF programs.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import service
from proof import ROOT, end, stop

MARK = re.compile(r": ACT-(\S+);")
NAMESPACE = r"""
mount --make-rprivate /
for folder in /etc /root /var/log /var/spool /usr/local /var/www; do
  [ -d "$folder" ] || continue
  mkdir -p "$1$folder/upper" "$1$folder/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$1$folder/upper,workdir=$1$folder/work" "$folder"
done
cp "$2" "$1/acts"
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /home
mkdir -p /var/www/html
ip link set lo up
export HOME=/root
while IFS='|' read -r name command; do
  timeout 8 bash -c ": ACT-$name; $command" </dev/null >/dev/null 2>&1
done <"$1/acts"
"""


def acts():
    for line in (ROOT / "Tests/Judges/linux_acts.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("|", 3)


def done_by(records):
    """The act of each process, by its ancestors."""
    found = {}
    for record in records:
        if record["kagari_event"] != "process_start":
            continue
        process = record["process"]
        mark = MARK.search(process.get("command_line", ""))
        known = next((found[one["id"]] for one in record.get("ancestors", []) if one["id"] in found), None)
        if mark or known:
            found[process["id"]] = mark.group(1) if mark else known
    return found


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--agent", default=os.environ.get(
        "KAGARI_AGENT", ROOT / ".build-release/release/kagari-agent"))
    options.add_argument("--keep", help="file that the sensor's lines are copied to")
    options = options.parse_args()
    agent = pathlib.Path(options.agent).resolve()
    if not agent.is_file():
        stop(f"there is no program {agent}; build the product kagari-agent")
    if os.geteuid() != 0:
        stop("needs root, to load programs into the kernel and to make namespaces")
    program = service.program_of_proof()
    home = service.folder("techniques")
    possible = [(name, kind, command) for name, kind, tool, command in acts()
                if tool == "-" or shutil.which(tool)]
    (home / "acts").write_text("".join(f"{name}|{command}\n" for name, _, command in possible))
    events = home / "events.jsonl"
    with open(home / "agent.log", "wb") as log:
        sensor = subprocess.Popen([agent, "watch", "--output", events], stdout=log, stderr=log)
    try:
        if not service.wait_for(
                lambda: sensor.poll() is not None or events.exists() and events.stat().st_size > 0, 60):
            stop("the sensor says nothing")
        if sensor.poll() is not None:
            stop(f"the sensor ended: {(home / 'agent.log').read_text()[-400:]}")
        place = pathlib.Path("/dev/shm") / home.name
        place.mkdir()
        try:
            subprocess.run(
                ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "bash", "-c", NAMESPACE,
                 "acts", place, home / "acts"], stderr=subprocess.DEVNULL, check=False, timeout=1200)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        # What the last act did is told within a moment.
        service.wait_for(lambda: possible[-1][0] in events.read_text(errors="replace"), 30)
    finally:
        if sensor.poll() is None:
            sensor.send_signal(signal.SIGINT)
            sensor.wait(60)
    if options.keep:
        shutil.copy(events, options.keep)
    records = [json.loads(line) for line in events.read_text(errors="replace").splitlines()]
    owner = done_by(records)
    scan = subprocess.run([program, "scan", events, "--format", "jsonl"], capture_output=True, text=True)
    if scan.returncode != 0:
        stop(f"kagari scan ended with {scan.returncode}: {scan.stderr[-400:]}")
    alerts, strays = collections.defaultdict(set), collections.Counter()
    for line in scan.stdout.splitlines():
        alert = json.loads(line)
        record = records[alert["source"]["record"] - 1]
        ids = [record.get("process", {}).get("id"), *(one["id"] for one in record.get("ancestors", []))]
        act = next((owner[one] for one in ids if one in owner), None)
        if act:
            alerts[act].add(alert["rule"]["title"])
        else:
            strays[alert["rule"]["title"]] += 1
    seen = set(owner.values())
    unseen = [name for name, _, _ in possible if name not in seen]
    silent = [name for name, kind, _ in possible if kind == "alert" and not alerts[name]]
    for name, kind, _ in possible:
        print(f"  {name:12} {kind:6} {', '.join(sorted(alerts[name])) or '-'}")
    for title, count in strays.items():
        print(f"  elsewhere on this machine: {title} ×{count}")
    if unseen or silent:
        print(f"  unseen: {unseen}; no alert: {silent}")
    everything = sum(1 for _ in acts())
    end(not (unseen or silent or strays), (
        f"{len(possible)} of {everything} acts could be done here, {len(possible) - len(unseen)} seen, "
        f"{sum(1 for name, _, _ in possible if alerts[name])} alerted, {len(silent)} that should have did not; "
        f"{sum(strays.values())} alerts elsewhere among {len(records)} events"))


if __name__ == "__main__":
    main()
