#!/usr/bin/env python3
# proves: one answer, whatever the evaluator, the threads, the order or the wrapping of the input
"""Shows that a scan's answer depends on the records and the rules alone.

    prove_same.py [--data DIR] [--rules DIR] [--program PATH] [--no-tests]

 - The property tests hold: the fast engine against the plain evaluator, correlations and regular
   expressions against plain ones, any cut of a stream.
 - `scan --format jsonl` is the same, byte for byte, with 1, 2, 3 and 8 threads, with paths in any
   order, with a folder or its files, and as ocsf and csv too.
 - From standard input, gzip, zip and tar the same lines come but for the path.
 - JSON lines cut into files of any size make the same alerts with the same ids, in the same order;
   line numbers alone are counted anew.
Without data the scenario in examples/ is the input, else it and the data's evtx and mordor.
"""
import gzip
import json
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import tempfile
import zipfile

import proof

SUITES = "Fast and plain evaluation|Correlation properties|Regular expression properties|Cutting"
CUT_ARCHIVES = 4


class Same:
    def __init__(self, options):
        self.options = options
        self.rules = proof.rule_arguments(
            proof.rule_folders(options) if options.rules or options.data else [])
        self.compared = self.failed = self.lines = 0

    def scan(self, paths, *words, stdin=None):
        done = proof.kagari(self.options, "scan", *paths, *self.rules, "--format",
                            *(words or ("jsonl",)), stdin=stdin)
        return done.out

    def check(self, what, one, other):
        self.compared += 1
        self.lines = max(self.lines, one.count(b"\n"))
        if one == other:
            print(f"same: {what} ({one.count(10)} lines)")
            return
        self.failed += 1
        print(f"DIFFERENT: {what}: {one.count(10)} and {other.count(10)} lines")
        for left, right in zip(one.splitlines(), other.splitlines()):
            if left != right:
                print(f"  {left[:400]!r}\n  {right[:400]!r}")
                break


def files_under(folder):
    return sorted((path for path in folder.rglob("*") if path.is_file()),
                  key=lambda path: str(path).encode())


def threads_and_order(same, name, folder):
    base = same.scan([folder], "jsonl", "--threads", "1")
    if not base:
        proof.stop(f"nothing fires on {folder}, so nothing could differ")
    for count in ("2", "3", "8"):
        same.check(f"{name}, 1 and {count} threads", base,
                   same.scan([folder], "jsonl", "--threads", count))
    files = files_under(folder)
    shuffled = files[:]
    random.Random(1).shuffle(shuffled)
    for what, paths in (("its files", files), ("its files reversed", files[::-1]),
                        ("its files shuffled", shuffled)):
        same.check(f"{name}, the folder and {what}", base, same.scan(paths))
    return base


def formats(same, name, folder):
    for shape in ("ocsf", "csv", "navigator"):
        same.check(f"{name} as {shape}, 1 and 8 threads",
                   same.scan([folder], shape, "--threads", "1"),
                   same.scan([folder], shape, "--threads", "8"))


def unnamed(lines, pattern, into=b""):
    """The lines with the start of each path replaced."""
    return re.sub(rb'("source":\{"path":")' + pattern, rb"\1" + into, lines)


def wrapped(same, name, folder, base, scratch):
    """The folder as zip, tar, tar.gz, and with every file compressed."""
    plain = unnamed(base, re.escape(str(folder) + "/").encode())
    files = files_under(folder)
    packed = scratch / f"{name}.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    tarred = scratch / f"{name}.tar"
    with tarfile.open(tarred, "w") as archive:
        for path in files:
            archive.add(path, path.relative_to(folder))
    zipped = scratch / f"{name}.tar.gz"
    with open(tarred, "rb") as source, gzip.open(zipped, "wb", 1) as sink:
        shutil.copyfileobj(source, sink)
    for archive in (packed, tarred, zipped):
        pattern = re.escape(str(archive)).encode() + rb"!(?:[^!\"]*\.tar!)?"
        same.check(f"{name}, the folder and {archive.name}", plain,
                   unnamed(same.scan([archive]), pattern))


def single(same, path, scratch):
    """One file: by name, from standard input, and gzipped."""
    here = re.escape(str(path)).encode()
    base = unnamed(same.scan([path]), here + rb'(?=")')
    with open(path, "rb") as stream:
        same.check(f"{path.name}, the file and standard input", base,
                   unnamed(same.scan(["-"], stdin=stream), rb'[^"]*'))
    smaller = scratch / (path.name + ".gz")
    with open(path, "rb") as source, gzip.open(smaller, "wb") as sink:
        shutil.copyfileobj(source, sink)
    same.check(f"{path.name}, the file and gzip", base,
               unnamed(same.scan([smaller]), rb'[^"]*'))


def alerts_of(lines, lines_before):
    """What an alert is, without the file it lies in; its line counted through all files."""
    out = []
    for line in lines.splitlines():
        alert = json.loads(line)
        source = alert.pop("source")
        name = pathlib.Path(source["path"]).name
        alert["line"] = lines_before.get(name, 0) + source["record"]
        out.append(json.dumps(alert, sort_keys=True).encode())
    return b"\n".join(out) + b"\n"


def cut(same, name, text, scratch):
    """JSON lines in one file, and in several of different sizes."""
    lines = text.splitlines(keepends=True)
    whole = scratch / "whole" / "events.jsonl"
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_bytes(b"".join(lines))
    base = alerts_of(same.scan([whole]), {})
    sizes = random.Random(2)
    for most in (7, 1000, len(lines) // 2 + 1):
        folder = scratch / f"cut{most}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        start, before = 0, {}
        while start < len(lines):
            end = start + (most if most > 7 else sizes.randint(200, 3000))
            part = folder / f"part{len(before):06}.jsonl"
            part.write_bytes(b"".join(lines[start:end]))
            before[part.name] = start
            start = end
        same.check(f"{name}, one file and {len(before)}", base,
                   alerts_of(same.scan([folder]), before))


def mordor_members(folder):
    """Some Windows archives, those with few and those with many lines."""
    archives = sorted(folder.rglob("*.zip"), key=lambda path: path.stat().st_size)
    archives = [path for path in archives if "/windows/" in str(path)] or archives
    step = max(1, len(archives) // CUT_ARCHIVES)
    for path in archives[::step][:CUT_ARCHIVES]:
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if member.endswith(".json"):
                    yield path.stem, archive.read(member)


def property_tests():
    print(f"tests: swift test --filter '{SUITES}'", flush=True)
    done = subprocess.run(
        ["swift", "test", "--package-path", str(proof.ROOT), "--scratch-path",
         str(proof.ROOT / ".build"), "--disable-xctest", "--filter", SUITES],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    last = [line for line in done.stdout.splitlines() if "Test run with" in line]
    count = int(re.search(r"with (\d+) test", last[-1]).group(1)) if last else 0
    print(last[-1] if last else done.stdout[-2000:])
    return done.returncode == 0 and count > 0, count


def main():
    options = proof.arguments(
        __doc__, ("--no-tests", {"action": "store_true", "help": "leave the tests out"}))
    same = Same(options)
    tests_hold, tests = (True, 0) if options.no_tests else property_tests()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        scenario = scratch / "scenario"
        shutil.copytree(proof.ROOT / "examples/scenario", scenario)
        inputs = [("scenario", scenario)]
        if options.data is not None:
            inputs.append(("evtx", proof.need(options.data, "evtx")[0]))
        for title, folder in inputs:
            base = threads_and_order(same, title, folder)
            wrapped(same, title, folder, base, scratch)
        formats(same, *inputs[-1])
        for path in files_under(scenario):
            single(same, path, scratch)
        for path in scenario.glob("ws-*.jsonl"):
            cut(same, path.stem, path.read_bytes(), scratch)
        if options.data is not None:
            for stem, text in mordor_members(proof.need(options.data, "mordor")[0]):
                cut(same, stem, text, scratch)
    told = "left out" if options.no_tests else f"{tests} passed" if tests_hold else "FAILED"
    proof.end(tests_hold and not same.failed,
              f"{same.compared - same.failed} of {same.compared} comparisons equal, the longest "
              f"of {same.lines} lines; property tests: {told}")


if __name__ == "__main__":
    main()
