#!/usr/bin/env python3
# proves: the endpoint's sensor tells every bad thing with the right fields, loses nothing, and is cheap
# builds: kagari-agent
"""Provokes the sensor and reads what it says.

    prove_sensor.py [--agent PATH] [--program PATH] [--keep FILE] [--execs N]

Needs root and a kernel that takes BPF programs; says so and proves nothing where it has neither. Small
programs of Tests/Judges/provokers do one bad thing each, in a folder, a control group and network namespaces
made for it; the machine's own network, mounts and users are not touched. Then:
 - every provoker is told by the event it must be told by, with the fields that say who and what;
 - JA3 and JA4 are what this script makes of the bytes that the server received;
 - an exec storm loses nothing and costs at most 30 us of user CPU a record;
 - a flood of files where nobody watches never leaves the kernel; one where somebody watches is told or
   counted as lost, to the last file;
 - a sensor that was held still while 40,000 files changed tells or counts every one of them, in a line that a
   rule of Content/rules fires on;
 - the engine takes every line for the sensor's, and the rule for programs in memory fires;
 - memory and idle cost stay below 40 MB and 0.5 % of a core.
"""
import collections
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import proof

PROVOKERS = pathlib.Path(__file__).resolve().parent / "provokers"
US_PER_RECORD = 30
RESIDENT_MAX = 40 << 20
IDLE_MAX = 0.5


class Agent:
    """A sensor at work; it sees packets of one control group and files of one folder."""

    def __init__(self, program, group, place, lines):
        self.lines = lines
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [program, "watch", "--only-these", "--watch", place, "--control-group", group,
             "--output", lines, "--stats"], stderr=self.errors)
        for _ in range(200):
            if os.path.exists(lines) and os.path.getsize(lines):
                return
            time.sleep(0.05)
        self.stop()
        proof.stop(f"the sensor did not start: {self.said}")

    def cost(self):
        """User and system seconds so far, resident bytes."""
        words = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        resident = int(words[21]) * os.sysconf("SC_PAGE_SIZE")
        tick = os.sysconf("SC_CLK_TCK")
        return int(words[11]) / tick, int(words[12]) / tick, resident

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.errors.seek(0)
        self.said = self.errors.read().decode(errors="replace").strip()

    def events(self):
        with open(self.lines, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def figures(self):
        return {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", self.said)}


def provoke(name, *words):
    """Runs one provoker; answers its process id."""
    process = subprocess.Popen([sys.executable, PROVOKERS / f"{name}.py", *words],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said, _ = process.communicate(timeout=60)
    if process.returncode:
        print(f"  provoker {name} could not: {said.strip()[-200:]}")
    return process.pid


def value(event, path):
    for part in path.split("."):
        if not isinstance(event, dict) or part not in event:
            return None
        event = event[part]
    return event


def told(events, kind, **wanted):
    """The first event of the kind whose fields (`__` for a dot) are these."""
    for event in events:
        if event["kagari_event"] == kind and all(
                value(event, path.replace("__", ".")) == want for path, want in wanted.items()):
            return event
    return None


class Hello:
    """What JA3 and JA4 are made of, read anew from the bytes a server received."""

    def __init__(self, data):
        at = 5 + 4
        self.version, at = struct.unpack_from(">H", data, at)[0], at + 34
        at += 1 + data[at]
        self.ciphers, at = self.list(data, at, 2)
        at += 1 + data[at]
        end = at + 2 + struct.unpack_from(">H", data, at)[0]
        at += 2
        self.extensions = []
        bodies = {}
        while at < end:
            kind, size = struct.unpack_from(">HH", data, at)
            self.extensions.append(kind)
            bodies[kind] = data[at + 4:at + 4 + size]
            at += 4 + size
        self.curves = self.list(bodies[10], 0, 2)[0] if 10 in bodies else []
        self.formats = list(bodies[11][1:]) if 11 in bodies else []
        self.signatures = self.list(bodies[13], 0, 2)[0] if 13 in bodies else []
        self.versions = self.list(bodies[43], 0, 1)[0] if 43 in bodies else []
        self.alpn = bodies[16][3:3 + bodies[16][2]] if 16 in bodies else b""

    @staticmethod
    def list(data, at, width):
        size = int.from_bytes(data[at:at + width], "big")
        start = at + width
        values = [v for v, in struct.iter_unpack(">H", data[start:start + size])]
        return [v for v in values if v & 0x0f0f != 0x0a0a], start + size

    def ja3(self):
        plain = lambda values: "-".join(str(v) for v in values if v & 0x0f0f != 0x0a0a)
        text = ",".join([str(self.version), plain(self.ciphers), plain(self.extensions),
                         plain(self.curves), "-".join(map(str, self.formats))])
        return hashlib.md5(text.encode()).hexdigest()

    def ja4(self):
        hexes = lambda values: ",".join("%04x" % v for v in values)
        short = lambda text: hashlib.sha256(text.encode()).hexdigest()[:12]
        known = [v for v in self.extensions if v & 0x0f0f != 0x0a0a]
        version = {0x304: "13", 0x303: "12"}[max(self.versions or [self.version])]
        alpn = chr(self.alpn[0]) + chr(self.alpn[-1]) if self.alpn else "00"
        head = "t%s%s%02d%02d%s" % (version, "d" if 0 in known else "i", len(self.ciphers),
                                    len(known), alpn)
        rest = hexes(sorted(v for v in known if v not in (0, 16))) + "_" + hexes(self.signatures)
        return "_".join([head, short(hexes(sorted(self.ciphers))), short(rest)])


def provoke_all(scratch, place):
    """Runs them all; answers what must be told: name, event, fields."""
    python = os.path.realpath(sys.executable)
    (place / "old").write_text("before\n")
    hello = scratch / "hello"
    pids = {name: provoke(name, *words) for name, words in [
        ("deceive", []), ("from_memory", []), ("change_files", [place]), ("connect", []),
        ("look_up", []), ("say_hello", [hello]), ("seize", []), ("make_executable", []),
        ("load_program", []), ("mount", [place]), ("become", [place])]}
    sleep = hashlib.sha256(pathlib.Path("/bin/sleep").read_bytes()).hexdigest()
    shell = os.path.realpath("/bin/sh")
    me = {"process__executable": python}
    wanted = [
        ("deceive", "process_start", {
            "process__executable": shell, "process__command_line": "sh -c exit 7 two words",
            "process__arguments": ["sh", "-c", "exit 7", "two words", ""],
            "process__environment": {"LD_PRELOAD": "/nonexistent/kagari.so"},
            "process__working_directory": os.getcwd(), "process__user": "root",
            "process__sha256": hashlib.sha256(pathlib.Path(shell).read_bytes()).hexdigest(),
            "process__package": "dash", "parent__pid": pids["deceive"],
            "parent__executable": python}),
        ("deceive", "process_end", {"process__executable": shell, "exit_code": 7}),
        ("deceive", "process_end", {"process__command_line": "sleep 30", "signal": 9}),
        ("from_memory", "memory_file", {**me, "call__target": "kagari-memory"}),
        ("from_memory", "process_start", {
            "process__executable": "memfd:kagari-memory", "process__file_state": "memory",
            "process__sha256": sleep, "process__command_line": "sleep 1"}),
        ("change_files", "folder_create", {**me, "file__path": f"{place}/cron.d"}),
        ("change_files", "file_create", {
            **me, "file__path": f"{place}/cron.d/backdoor", "process__pid": pids["change_files"]}),
        ("change_files", "file_write", {**me, "file__path": f"{place}/old"}),
        ("change_files", "file_mode", {
            **me, "file__path": f"{place}/cron.d/backdoor", "file__mode": "0755"}),
        ("change_files", "file_owner", {
            **me, "file__path": f"{place}/cron.d/backdoor", "file__owner": 65534}),
        ("change_files", "file_attribute", {
            **me, "file__path": f"{place}/cron.d/backdoor", "file__attribute": "user.kagari"}),
        ("change_files", "file_rename", {
            **me, "file__from": f"{place}/cron.d/backdoor", "file__path": f"{place}/cron.d/renamed"}),
        ("change_files", "file_link", {
            **me, "file__path": f"{place}/link", "file__target": "/etc/shadow"}),
        ("change_files", "file_link", {
            **me, "file__from": f"{place}/old", "file__path": f"{place}/hard"}),
        ("change_files", "file_delete", {**me, "file__path": f"{place}/link"}),
        ("change_files", "file_delete", {**me, "file__path": f"{place}/hard"}),
        ("change_files", "file_delete", {**me, "file__path": f"{place}/old"}),
        ("change_files", "file_delete", {**me, "file__path": f"{place}/cron.d/renamed"}),
        ("change_files", "folder_create", {**me, "file__path": f"{place}/folder"}),
        ("change_files", "folder_delete", {**me, "file__path": f"{place}/folder"}),
        ("connect", "network_listen", {
            **me, "network__source_address": "127.0.0.1", "network__source_port": 4444}),
        ("connect", "network_connect", {
            **me, "process__pid": pids["connect"], "network__target_address": "127.0.0.1",
            "network__target_port": 4444, "network__transport": "tcp", "outcome": "success"}),
        ("connect", "network_accept", {
            **me, "network__target_port": 4444, "network__source_address": "127.0.0.1",
            "network__initiated": False}),
        ("connect", "network_connect", {
            **me, "network__target_port": 4445, "outcome": "failure", "error": 111}),
        ("connect", "network_connect", {
            **me, "network__target_address": "::1", "network__target_port": 4446}),
        ("look_up", "dns_query", {
            **me, "process__pid": pids["look_up"], "dns__name": "evil1.example.org",
            "dns__type": "A", "network__target_port": 53}),
        ("look_up", "dns_answer", {
            **me, "dns__name": "evil1.example.org", "dns__answers": ["127.0.0.77"],
            "dns__code": 0}),
        ("look_up", "network_connect", {
            **me, "network__target_address": "127.0.0.77",
            "network__target_name": "evil1.example.org"}),
        ("seize", "process_access", {**me, "call__request": "PTRACE_SEIZE",
                                     "call__target": python}),
        ("seize", "process_access", {**me, "call__name": "process_vm_writev"}),
        ("make_executable", "memory_executable", {
            **me, "call__name": "mprotect", "call__protection": "rwx"}),
        ("load_program", "bpf", {**me, "call__request": "BPF_PROG_LOAD"}),
        ("mount", "namespace_change", {**me, "call__name": "unshare"}),
        ("mount", "mount", {**me, "mount__source": "kagari", "mount__target": str(place),
                            "mount__type": "tmpfs"}),
        ("mount", "unmount", {**me, "mount__target": str(place)}),
        ("become", "io_ring", me),
        ("become", "root_change", {**me, "call__target": str(place)}),
        ("become", "credential_change", {**me, "call__name": "setresuid", "call__effective": 65534}),
    ]
    if hello.exists():
        seen = Hello(hello.read_bytes())
        wanted.append(("say_hello", "tls_hello", {
            **me, "process__pid": pids["say_hello"], "tls__server_name": "command.example.org",
            "tls__ja3": seen.ja3(), "tls__ja4": seen.ja4(), "tls__protocol": "h2"}))
    return wanted


def missing(events, wanted):
    failures = 0
    for name, kind, fields in wanted:
        if told(events, kind, **fields):
            continue
        failures += 1
        near = [event for event in events if event["kagari_event"] == kind]
        shown = {path: [value(event, path.replace("__", ".")) for event in near][-3:]
                 for path in fields}
        print(f"  {name}: no {kind} with {fields}; last ones have {shown}")
    return failures


def chain(events):
    """Whether a program that was started names who called it, up to this script and beyond."""
    event = told(events, "process_start", process__command_line="sh -c exit 7 two words")
    if not event:
        return False
    names = [int(value.split("-")[1]) for value in (a["id"] for a in event["ancestors"])]
    return os.getpid() in names and (names[-1] == 1 or len(names) == 16)


def storm(agent, count):
    before = agent.cost()
    begun = time.monotonic()
    for index in range(count):
        os.waitpid(os.posix_spawn("/bin/true", ["true", str(index)], {}), 0)
    seconds = time.monotonic() - begun
    time.sleep(1)
    after = agent.cost()
    return seconds, after[0] - before[0], after[1] - before[1], after[2]


def flood(folder, count):
    folder.mkdir()
    for index in range(count):
        with open(folder / str(index), "w"):
            pass
    for index in range(count):
        os.unlink(folder / str(index))


def rules_that_fire(options, lines, scratch):
    """Titles of the alerts that the program's own rules make of all lines but the floods'."""
    few = scratch / "few.jsonl"
    with open(lines, encoding="utf-8") as source, open(few, "w", encoding="utf-8") as target:
        target.writelines(line for line in source if "/flood/" not in line and "/held/" not in line)
    kinds = {json.loads(line)["kind"] for line in
             proof.kagari(options, "decode", few).out.splitlines()}
    if kinds != {"kagari-endpoint"}:
        print(f"  the engine takes lines for {sorted(kinds)}")
    found = proof.kagari(options, "scan", few, "--format", "jsonl", allowed=(0, 1, 2)).out
    return {json.loads(line)["rule"]["title"] for line in found.splitlines()
            if "rule" in json.loads(line)} if kinds == {"kagari-endpoint"} else set()


def measure(options, group, scratch):
    place, quiet = scratch / "watched", scratch / "quiet"
    place.mkdir(), quiet.mkdir()
    agent = Agent(options.agent, group, place, scratch / "lines")
    try:
        wanted = provoke_all(scratch, place)
        time.sleep(0.5)
        seconds, user, system, _ = storm(agent, options.execs)
        flood(quiet / "flood", 20_000)
        flood(place / "flood", 20_000)
        time.sleep(1)
        idle_from, idle_begun = agent.cost(), time.monotonic()
        time.sleep(10)
        idle_to = agent.cost()
        idle = sum(idle_to[:2]) - sum(idle_from[:2])
        idle = 100 * idle / (time.monotonic() - idle_begun)
        agent.process.send_signal(signal.SIGSTOP)
        flood(place / "held", 20_000)
        agent.process.send_signal(signal.SIGCONT)
        time.sleep(2)
    finally:
        agent.stop()
    return agent, wanted, (seconds, user, system), (idle, idle_to[2])


def judge(options, agent, wanted, stormed, rest, scratch):
    events, figures = agent.events(), agent.figures()
    failures = missing(events, wanted)
    if not chain(events):
        failures += 1
        print("  the chain of ancestors does not reach this script and process 1")
    if any("SECRET_TOKEN" in json.dumps(event) for event in events):
        failures += 1
        print("  a variable that may be a secret was told")
    lost = sum(value(e, "sensor.lost") for e in events if e["kagari_event"] == "sensor_drop")
    titles = rules_that_fire(options, agent.lines, scratch)
    starts = sum(1 for event in events if event["kagari_event"] == "process_start"
                 and re.fullmatch(r"true \d+", value(event, "process.command_line") or ""))
    watched, quiet = f"{scratch}/watched/flood/", f"{scratch}/quiet/"
    held = f"{scratch}/watched/held/"

    def changes(folder):
        return collections.Counter(
            event["kagari_event"] for event in events
            if (value(event, "file.path") or "").startswith(folder))

    made, told_late = changes(watched), changes(held)
    leaked = sum(1 for e in events if (value(e, "file.path") or "").startswith(quiet))
    seconds, user, system = stormed
    # Of one exec three records come: new process, new program, end.
    per_record = 1e6 * user / (3 * options.execs)
    idle, resident = rest
    checks = [
        (starts == options.execs, f"{starts} of {options.execs} programs of the storm are told"),
        (per_record <= US_PER_RECORD, f"a record of the storm costs {per_record:.1f} us"),
        (leaked == 0, f"{leaked} files where nobody watches came out of the kernel"),
        (made["file_create"] + made["file_delete"] == 40_000,
         f"of 40000 changes {dict(made)} are told"),
        (lost > 0 and told_late["file_create"] + told_late["file_delete"] + lost >= 40_000,
         f"held still: of 40000 changes {dict(told_late)} are told, {lost} records counted as lost"),
        ("Endpoint Sensor Lost Events" in titles and "Program Run From Memory Alone" in titles,
         f"rules that fire: {sorted(titles)}"),
        (figures.get("malformed") == 0, f"{figures.get('malformed')} records were malformed"),
        (figures["filtered"] >= 40_000, f"the kernel filtered {figures['filtered']}"),
        (resident <= RESIDENT_MAX, f"{resident / 2**20:.1f} MB resident"),
        (idle <= IDLE_MAX, f"{idle:.2f} % of a core at rest"),
    ]
    for holds, sentence in checks:
        print(f"  {'ok' if holds else 'NOT'}: {sentence}")
        failures += not holds
    proof.end(failures == 0, (
        f"{len(wanted)} events of 11 provokers, {failures} not as they must be; storm "
        f"{options.execs / seconds:.0f} exec/s, {per_record:.1f} us user and "
        f"{1e6 * system / (3 * options.execs):.1f} us system a record; held still {lost} counted as lost, "
        f"missed {figures['missed']}; idle {idle:.2f} % of a core, {resident / 2**20:.1f} MB"))


def main():
    options = proof.arguments(
        __doc__, ("--agent", {"default": os.environ.get("KAGARI_AGENT")}),
        ("--keep", {"help": "file that the lines are copied to"}),
        ("--execs", {"type": int, "default": 2000}))
    agent = options.agent or pathlib.Path(options.program).parent / "kagari-agent"
    options.agent = str(pathlib.Path(agent).resolve())
    if not os.path.isfile(options.agent):
        proof.stop(f"there is no program {options.agent}; build the product kagari-agent")
    if os.geteuid() != 0:
        proof.stop("needs root, to load programs into the kernel")
    probe = subprocess.run([options.agent, "probe", "--json"], capture_output=True, text=True)
    found = json.loads(probe.stdout)
    if found["tier"] == "C":
        proof.stop(f"this kernel takes no programs: {found['reason']}")
    print(f"tier {found['tier']} on {found['kernel']}: {found['reason']}")
    group = pathlib.Path(found["control_group"]) / f"kagari-proof-{os.getpid()}"
    group.mkdir()
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="kagari-sensor-"))
    scratch.chmod(0o755)
    before = pathlib.Path(found["control_group"]) / "cgroup.procs"
    (group / "cgroup.procs").write_text(str(os.getpid()))
    try:
        measured = measure(options, str(group), scratch)
        if options.keep:
            shutil.copy(scratch / "lines", options.keep)
        judge(options, *measured, scratch)
    finally:
        before.write_text(str(os.getpid()))
        shutil.rmtree(scratch, ignore_errors=True)
        group.rmdir()


if __name__ == "__main__":
    main()
