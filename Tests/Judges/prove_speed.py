#!/usr/bin/env python3
# proves: cost an event, how it grows with the rules, and that silence allocates nothing
# data: evtx sigma-rules
# pypi: evtx==0.14.0 pyyaml==6.0.3
"""Holds ratios taken in one run and counts of instructions; no absolute time.

    prove_speed.py --data DIR [--rules DIR] [--program PATH] [--measure PATH] | --small

CPU time of rule sets measured side by side, round by round (the program `measure`), medians:
 - parsing and matching / parsing alone: at most 3;
 - all rules / every 29th of them (about 100): at most 2;
 - 20,000 rules, mutated copies, / all rules: at most 2;
 - EVTX files read to fields, events/s, against PyPI's evtx with one thread: at least 1.5.
Counted by callgrind, on every fourth event:
 - instructions an event: at most a tenth above the number kept below;
 - calls of malloc and swift_retain where nothing fires: none an event, at most 16 a block of hundreds.
Two workers against one, wall time: at least 1.8, asked only where two cores are idle.
`--small` takes the scenario and the rules that come with the program, for machines without data.
"""
import collections
import json
import os
import pathlib
import re
import shutil
import statistics
import sys
import tempfile
import time

import mutated_rules
import proof

TOTAL_TO_PARSE_MAX = 3.0
GROWTH_MAX = 2.0
GROWTH_20000_MAX = 2.0
EVTX_MIN = 1.5
TWO_THREADS_MIN = 1.8
# The goal is 12,000. What a change may add is a tenth; lower the number when a change lowers it.
INSTRUCTIONS = {"full": 15_500, "small": 12_600}
# A block of records may allocate a few times; once an event would be hundreds of times a block.
CALLS_A_BLOCK_MAX = 16
ALLOCATION = re.compile(r"^(malloc|calloc|realloc|aligned_alloc|posix_memalign|swift_slowAlloc|"
                        r"swift_allocObject|_?swift_retain\w*|swift_bridgeObjectRetain\w*)$")

ROUNDS = 5


class Gates:
    def __init__(self):
        self.failed, self.told = [], []

    def at_most(self, name, value, bound):
        self.say(name, value, bound, value <= bound, "at most")

    def at_least(self, name, value, bound):
        self.say(name, value, bound, value >= bound, "at least")

    def say(self, name, value, bound, holds, word):
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        print(f"{'holds' if holds else 'FAILS'}: {name}: {text} ({word} {bound:.6g})", flush=True)
        self.told.append(f"{name} {text}")
        if not holds:
            self.failed.append(name)

    def skipped(self, name, why):
        print(f"left out: {name}: {why}", flush=True)
        self.told.append(f"{name} left out")


def measure(options, *words, program=None):
    done = proof.run([program or options.measure, *words])
    if done.code != 0:
        proof.stop(f"measure ended with {done.code}: {done.err[-600:]}")
    return {row["set"]: row for row in map(json.loads, done.out.splitlines())}


def corpus(folder, into):
    """Every EVTX record under `folder` as a line of JSON, and every fourth of them."""
    import evtx
    count = 0
    whole, part = into / "events.jsonl", into / "part.jsonl"
    with open(whole, "w", encoding="utf-8") as all_, open(part, "w", encoding="utf-8") as some:
        for path in sorted(folder.rglob("*.evtx")):
            records = evtx.PyEvtxParser(str(path), number_of_threads=1).records_json()
            while True:
                try:
                    record = next(records)
                except StopIteration:
                    break
                except RuntimeError:
                    continue
                line = json.dumps(json.loads(record["data"]), separators=(",", ":"),
                                  ensure_ascii=False) + "\n"
                line = line.encode("utf-8", "replace").decode()
                all_.write(line)
                if count % 4 == 0:
                    some.write(line)
                count += 1
    return whole, part, count


def ratios(options, gates, lines, rules, scratch):
    more = scratch / "more"
    known = measure(options, lines, *rules, "--product", "windows", "--rounds", "0")
    windows = next(iter(known.values()))["rules"]
    mutated_rules.write(20_000 - windows, more, rules[1::2])
    rows = measure(options, lines, *rules, "--product", "windows", "--every", "1", "--every",
                   max(1, windows // 100), "--more", more, "--rounds", ROUNDS)
    few = next(row for name, row in rows.items() if name not in ("every 1", "more"))
    all_, many = rows["every 1"], rows["more"]
    for row in (few, all_, many):
        print(f"  {row['rules']} rules: parse {row['parse_ns']} ns, with matching "
              f"{row['match_ns']} ns, with alerts {row['whole_ns']} ns an event; "
              f"{row['table_bytes'] / 1e6:.1f} MB of tables, {row['alerts']} alerts")
    gates.at_most("parse+match/parse", all_["match_ns"] / all_["parse_ns"], TOTAL_TO_PARSE_MAX)
    gates.at_most(f"{all_['rules']}/{few['rules']} rules", all_["match_ns"] / few["match_ns"],
                  GROWTH_MAX)
    gates.at_most(f"{many['rules']}/{all_['rules']} rules", many["match_ns"] / all_["match_ns"],
                  GROWTH_20000_MAX)


PYPI = """
import pathlib, sys, time, evtx
paths = [str(path) for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.evtx"))]
begun, count = time.process_time(), 0
for path in paths:
    records = evtx.PyEvtxParser(path, number_of_threads=1).records_json()
    while True:
        try:
            next(records)
        except StopIteration:
            break
        except RuntimeError:
            continue
        count += 1
print(count, time.process_time() - begun)
"""


def against_evtx(options, gates, folder, rules):
    ours, theirs = [], []
    for _ in range(3):
        row = measure(options, folder, *rules, "--phase", "read", "--rounds", "3")["every 1"]
        ours.append(1e9 / row["read_ns"])
        done = proof.run([sys.executable, "-c", PYPI, folder])
        count, seconds = done.out.split()
        theirs.append(int(count) / float(seconds))
    gates.at_least("EVTX against PyPI evtx", statistics.median(ours) / statistics.median(theirs),
                   EVTX_MIN)


def symbol(program, word):
    """The mangled name of Worker's function, not of what lies within it."""
    done = proof.run(["nm", "--defined-only", program])
    names = [line.split()[-1] for line in done.out.decode().splitlines()]
    names = [name for name in names if re.search(rf"6WorkerV\d+{word}y.*F$", name)]
    return min(names, key=len) if names else proof.stop(f"nm finds no function {word}")


def callgrind(program, word, phase, words, scratch):
    """(instructions, calls of what allocates or retains, the measured row).

    Hashing is made the same in each run: loading rules takes some hundred retains more or fewer by
    how tables of names come to lie, which would be told as what a round takes.
    """
    os.environ["SWIFT_DETERMINISTIC_HASHING"] = "1"
    out = scratch / f"callgrind.{phase}"
    done = proof.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                      f"--toggle-collect={symbol(program, word)}", program, *words,
                      "--phase", phase])
    if done.code != 0:
        proof.stop(f"valgrind ended with {done.code}: {done.err[-800:]}")
    names, calls, called, total = {}, collections.Counter(), None, 0
    for line in out.read_text(errors="replace").splitlines():
        if line.startswith(("fn=", "cfn=")):
            found = re.match(r"c?fn=\((\d+)\)(?: (.*))?", line)
            if found.group(2):
                names[found.group(1)] = found.group(2)
            called = found.group(1)
        elif line.startswith("calls="):
            calls[called] += int(line[6:].split()[0])
        elif line.startswith(("summary:", "totals:")):
            total = max(total, int(line.split()[1]))
    counted = collections.Counter()
    for number, count in calls.items():
        name = names.get(number, "?").split("'")[0].split("@")[0]
        if ALLOCATION.match(name):
            counted[name] += count
    return total, counted, json.loads(done.out.splitlines()[0])


def counted(options, gates, lines, rules, scratch, threshold):
    if shutil.which("valgrind") is None:
        gates.skipped("instructions and allocations", "valgrind is not installed")
        return
    program = str(scratch / "measure")
    shutil.copy(options.measure, program)
    proof.run(["strip", "-g", program])
    rounds = 2
    words = [lines, *rules, "--rounds", rounds]
    for word, phase in (("parseOnly", "parse"), ("matchOnly", "match")):
        total, _, row = callgrind(program, word, phase, words, scratch)
        each = total / rounds / row["records"]
        if phase == "parse":
            print(f"  {each:,.0f} instructions an event for parsing")
        else:
            gates.at_most("instructions an event", round(each), threshold * 1.1)
    for word, phase in (("matchOnly", "match"), ("wholeOnly", "whole")):
        # Callgrind counts calls outside of what it is told to collect as well: two runs, which
        # differ in their rounds alone, tell those of a round.
        few, more = ([lines, *rules, "--silent", "--rounds", number] for number in (1, 3))
        _, before, _ = callgrind(program, word, phase, few, scratch)
        total, after, row = callgrind(program, word, phase, more, scratch)
        if total == 0:
            proof.stop(f"callgrind counted nothing in {word}")
        calls = after - before
        print(f"  {phase}, {row['records']} events on which nothing fires, 2 rounds, "
              f"{row['blocks']} blocks: {dict(calls)}")
        if row["records"] < 20 * CALLS_A_BLOCK_MAX * row["blocks"]:
            proof.stop("blocks of so few events cannot tell one allocation an event from a few a block")
        gates.at_most(f"allocations and retains a block ({phase})",
                      sum(calls.values()) / 2 / row["blocks"], CALLS_A_BLOCK_MAX)


def idle_cores(seconds=1.0):
    def idle():
        with open("/proc/stat", encoding="ascii") as file:
            words = file.readline().split()
        return int(words[4]) + int(words[5])
    begun = idle()
    time.sleep(seconds)
    return (idle() - begun) / os.sysconf("SC_CLK_TCK") / seconds


def two_threads(options, gates, folder, rules, scratch):
    name = "two workers against one"
    free = idle_cores()
    if free < 1.8:
        gates.skipped(name, f"only {free:.1f} cores are idle")
        return
    nothing = scratch / "nothing.jsonl"
    nothing.write_text('{"EventID":1,"Channel":"None"}\n')

    def wall(path, threads):
        done = proof.kagari(options, "scan", path, *rules, "--no-builtin", "--format", "navigator",
                            "--threads", threads)
        return done.wall
    start = statistics.median(wall(nothing, 1) for _ in range(3))
    ones, twos = [], []
    for _ in range(3):
        ones.append(wall(folder, 1) - start)
        twos.append(wall(folder, 2) - start)
    if idle_cores() < 1.8:
        gates.skipped(name, "the machine became busy meanwhile")
        return
    gates.at_least(name, statistics.median(ones) / statistics.median(twos), TWO_THREADS_MIN)


def small(options, gates, scratch):
    rules = ["--rules", str(proof.ROOT / "Content/rules")]
    files = sorted((proof.ROOT / "examples/scenario").glob("*.jsonl"))
    lines = scratch / "scenario.jsonl"
    lines.write_bytes(b"".join(path.read_bytes() for path in files))
    row = measure(options, lines, *rules, "--rounds", "31")["every 1"]
    print(f"  {row['rules']} rules, {row['records']} events: parse {row['parse_ns']} ns, with "
          f"matching {row['match_ns']} ns, with alerts {row['whole_ns']} ns")
    gates.at_most("parse+match/parse", row["match_ns"] / row["parse_ns"], TOTAL_TO_PARSE_MAX)
    counted(options, gates, lines, rules, scratch, INSTRUCTIONS["small"])


def full(options, gates, scratch):
    rules = proof.rule_arguments(proof.rule_folders(options))
    folder, = proof.need(options.data, "evtx")
    lines, part, count = corpus(folder, scratch)
    print(f"  {count} events as JSON lines, {lines.stat().st_size / 1e6:.0f} MB")
    ratios(options, gates, lines, rules, scratch)
    against_evtx(options, gates, folder, rules)
    counted(options, gates, part, [*rules, "--product", "windows"], scratch, INSTRUCTIONS["full"])
    two_threads(options, gates, folder, rules, scratch)


def main():
    options = proof.arguments(
        __doc__, ("--small", {"action": "store_true", "help": "the scenario and our own rules"}))
    gates = Gates()
    with tempfile.TemporaryDirectory() as name:
        (small if options.small else full)(options, gates, pathlib.Path(name))
    proof.end(not gates.failed, "; ".join(gates.told))


if __name__ == "__main__":
    main()
