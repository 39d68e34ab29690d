#!/usr/bin/env python3
"""Measures each figure of docs/performance.md; run it by Benchmarks/run.sh.

CPU seconds of one process, medians over rounds. Prints a Markdown table and keeps it in
Benchmarks/results/DATE-MACHINE.md, below what is there.
"""
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/Judges"))

import mutated_rules  # noqa: E402
import proof  # noqa: E402
import prove_speed as speed  # noqa: E402

# Zircolite 3.7.0 with the same rules, on this kind of machine: its own best figure.
ZIRCOLITE_EVENTS_A_CPU_SECOND = 1_100


class Table:
    def __init__(self, head):
        self.lines = [head, "", "| figure | reach | measured | how |", "|---|---|---|---|"]
        print("\n".join(self.lines), flush=True)

    def add(self, figure, reach, measured, how):
        line = f"| {figure} | {reach} | {measured} | {how} |"
        self.lines.append(line)
        print(line, flush=True)


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*: (.*)$", text, re.M)
    return model.group(1).strip() if model else platform.machine()


def head():
    def git(*words):
        done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True)
        return done.stdout.strip()
    changed = " with changes" if git("status", "--porcelain", "--", "Sources", "Content") else ""
    load = os.getloadavg()[0]
    busy = f"**busy machine**, load {load:.1f}" if load > 0.5 else f"quiet, load {load:.1f}"
    return (f"{datetime.date.today()}, {machine()}, {os.cpu_count()} cores, {busy}; "
            f"commit {git('rev-parse', '--short', 'HEAD')}{changed}")


def thousands(number):
    return f"{number / 1000:,.0f} k"


def classes(lines, scratch):
    """Process creations, and script blocks, of the EVTX corpus in files of their own."""
    starts, blocks = scratch / "starts.jsonl", scratch / "blocks.jsonl"
    with open(lines, encoding="utf-8") as source, open(starts, "w", encoding="utf-8") as one, \
            open(blocks, "w", encoding="utf-8") as other:
        for line in source:
            system = json.loads(line)["Event"]["System"]
            number = system["EventID"]
            number = int(number["#text"] if isinstance(number, dict) else number)
            channel = str(system.get("Channel"))
            if (number == 1 and "Sysmon" in channel) or (number == 4688 and channel == "Security"):
                one.write(line)
            elif number == 4104:
                other.write(line)
    return starts, blocks


def mordor(folder, into, step=4):
    """Every fourth line of the Windows archives."""
    out = into / "mordor.jsonl"
    with open(out, "wb") as sink:
        for path in sorted(folder.rglob("*.zip")):
            if "/windows/" not in str(path):
                continue
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    if member.endswith(".json"):
                        with archive.open(member) as stream:
                            for number, line in enumerate(stream):
                                if number % step == 0 and line.strip():
                                    sink.write(line.rstrip(b"\r\n") + b"\n")
    return out


def rule_rows(table, options, rules, lines, scratch):
    known = speed.measure(options, lines, *rules, "--product", "windows", "--rounds", "0")
    windows = next(iter(known.values()))["rules"]
    more = scratch / "more"
    mutated_rules.write(20_000 - windows, more, rules[1::2])
    rows = speed.measure(options, lines, *rules, "--product", "windows", "--every", "1", "--every",
                         max(1, windows // 100), "--more", more, "--rounds", options.rounds)
    few = next(row for name, row in rows.items() if name not in ("every 1", "more"))
    all_, many = rows["every 1"], rows["more"]
    size = all_["bytes"] / all_["records"]
    table.add(f"parse + match, {all_['rules']:,} rules, events/s", "≥ 500 k, aim 1 M",
              thousands(1e9 / all_["match_ns"]),
              f"{all_['match_ns']:,} ns an event, {all_['records']:,} events of {size:,.0f} B")
    table.add("total / parse-only", "≤ 3, aim 2", f"{all_['match_ns'] / all_['parse_ns']:.2f}",
              f"parse {all_['parse_ns']:,} ns, rounds side by side")
    table.add(f"total, {all_['rules']:,} / {few['rules']:,} rules", "≤ 2",
              f"{all_['match_ns'] / few['match_ns']:.2f}", f"{few['match_ns']:,} ns with the few")
    table.add(f"total, {many['rules']:,} / {all_['rules']:,} rules", "≤ 2",
              f"{many['match_ns'] / all_['match_ns']:.2f}",
              f"mutated copies; {many['match_ns']:,} ns, {many['table_bytes'] / 1e6:.1f} MB, "
              f"{many['alerts']:,} alerts against {all_['alerts']:,}")
    table.add("CPU an event against Zircolite 3.7", "≥ 400 times",
              f"{1e9 / all_['whole_ns'] / ZIRCOLITE_EVENTS_A_CPU_SECOND:,.0f}",
              f"{all_['whole_ns']:,} ns with alerts made; Zircolite's figure is the best noted "
              f"({ZIRCOLITE_EVENTS_A_CPU_SECOND:,} events a CPU second), not measured in this run")
    for name, path, reach in zip(("process creation", "script block"), classes(lines, scratch),
                                 ("4 µs", "12 µs")):
        row = speed.measure(options, path, *rules, "--product", "windows", "--rounds",
                            options.rounds)["every 1"]
        table.add(f"{name}, mean, parse + match", reach, f"{row['match_ns'] / 1000:.2f} µs",
                  f"{row['records']:,} events; {(row['match_ns'] - row['parse_ns']) / 1000:.2f} µs "
                  f"of it matching")
    compiling = all_["first_us"] / 1e6 - all_["whole_ns"] * all_["records"] / 1e9
    table.add("compiled rule set", "≤ 24 MB", f"{all_['table_bytes'] / 1e6:.1f} MB",
              f"{all_['classes']} event classes met, compiled in {max(0, compiling):.2f} s CPU")


def start_rows(table, options, rules, scratch):
    nothing = scratch / "nothing.jsonl"
    nothing.write_text('{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational"}\n')

    def cpu(cache):
        os.environ["KAGARI_CACHE"] = str(cache)
        return proof.kagari(options, "scan", nothing, *rules, "--no-builtin", "--format",
                            "jsonl", "--threads", 1).cpu
    cold = []
    for number in range(options.rounds):
        (scratch / f"cache{number}").mkdir()
        cold.append(cpu(scratch / f"cache{number}"))
    table.add("cold start from YAML", "≤ 1.0 s", f"{statistics.median(cold):.2f} s",
              "CPU of a scan of one event, all live rules read")
    cache = scratch / "cache0"
    if not any(cache.iterdir()):
        table.add("start from the compiled cache", "≤ 50 ms", "–", "this program keeps none")
        return statistics.median(cold)
    warm = statistics.median(cpu(cache) for _ in range(options.rounds))
    table.add("start from the compiled cache", "≤ 50 ms", f"{warm * 1000:.0f} ms",
              "the same scan again")
    return warm


def scan_rows(table, options, rules, folder, archives, start):
    def once(path, threads=1):
        return proof.kagari(options, "scan", path, *rules, "--no-builtin", "--format", "jsonl",
                            "--stats", "--threads", threads)
    runs = [once(folder) for _ in range(options.rounds)]
    records = int(re.search(r"records\s+([\d,]+)", runs[0].err).group(1).replace(",", ""))
    cpu = statistics.median(run.cpu for run in runs) - start
    table.add("whole scan of the EVTX set, one core, events/s", "≥ 150 k",
              thousands(records / max(cpu, 1e-3)),
              f"{records:,} events in {cpu:.2f} s CPU after {start:.2f} s of start; classes are "
              f"compiled within it")
    big = once(archives)
    table.add("peak memory, EVTX set / mordor", "≤ 150 MB",
              f"{max(run.peak for run in runs) / 1e6:.0f} / {big.peak / 1e6:.0f} MB",
              f"resident, one thread; mordor took {big.cpu:.1f} s CPU unpacking included")
    free = speed.idle_cores()
    if free < 1.8:
        table.add("two cores / one", "≥ 1.8", "–", f"only {free:.1f} cores were idle")
        return
    ones = statistics.median(once(archives).wall for _ in range(3))
    twos = statistics.median(once(archives, 2).wall for _ in range(3))
    table.add("two cores / one", "≥ 1.8", f"{(ones - start) / (twos - start):.2f}",
              f"wall time of the mordor archives, {ones:.1f} and {twos:.1f} s")


def evtx_row(table, options, rules, folder):
    ours, theirs = [], []
    for _ in range(options.rounds):
        row = speed.measure(options, folder, *rules, "--phase", "read", "--rounds", 3)["every 1"]
        ours.append(1e9 / row["read_ns"])
        count, seconds = proof.run([sys.executable, "-c", speed.PYPI, folder]).out.split()
        theirs.append(int(count) / float(seconds))
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    table.add("EVTX to fields against PyPI evtx 0.14, one thread", "≥ 1.5, aim 2.5",
              f"{ours / theirs:.2f}", f"{thousands(ours)} against {thousands(theirs)} events/s, "
              f"reading the files included; theirs makes JSON text")


def mordor_row(table, options, rules, lines):
    row = speed.measure(options, lines, *rules, "--rounds", options.rounds)["every 1"]
    rate = row["bytes"] / (row["match_ns"] * row["records"]) if row["records"] else 0
    table.add("mordor, parse + match, one core", "≥ 1 GB/s", f"{rate:.2f} GB/s",
              f"{row['records']:,} events, {row['bytes'] / 1e6:,.0f} MB (every fourth line), "
              f"{row['match_ns']:,} ns an event, parse {row['parse_ns']:,} ns")


def main():
    options = proof.arguments(__doc__, ("--rounds", {"type": int, "default": 5}))
    evtx, archives = proof.need(options.data, "evtx", "mordor")
    rules = proof.rule_arguments(proof.rule_folders(options))
    table = Table(head())
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        lines, part, _ = speed.corpus(evtx, scratch)
        rule_rows(table, options, rules, lines, scratch)
        start = start_rows(table, options, rules, scratch)
        evtx_row(table, options, rules, evtx)
        scan_rows(table, options, rules, evtx, archives, start)
        mordor_row(table, options, rules, mordor(archives, scratch))
        gates = speed.Gates()
        speed.counted(options, gates, part, [*rules, "--product", "windows"], scratch,
                      speed.INSTRUCTIONS["full"])
        for told in gates.told:
            table.add(*told.rsplit(" ", 1)[:1], "12,000; 0; 0", told.rsplit(" ", 1)[1],
                      "callgrind, every fourth event")
    into = ROOT / "Benchmarks/results"
    into.mkdir(exist_ok=True)
    kind = re.sub(r"[^A-Za-z0-9]+", "-", machine()).strip("-").lower()
    with open(into / f"{datetime.date.today()}-{kind}.md", "a", encoding="utf-8") as file:
        file.write("\n".join(table.lines) + "\n\n")


if __name__ == "__main__":
    main()
