"""What the proofs in this folder share: their arguments, the program, and how they end.

`./dev prove NAME` sets KAGARI_DATA (the data folder, unpacked), KAGARI_PROGRAM (the release
program; `measure` lies beside it) and, where --rules was given, KAGARI_RULES. Run by hand, the same
come as arguments.
"""
import argparse
import atexit
import collections
import csv
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIVE = ("rules", "rules-emerging-threats", "rules-threat-hunting")


def arguments(text, *more):
    """Arguments of a proof; `more` holds (flag, keywords) of its own."""
    env = os.environ.get
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("--data", default=env("KAGARI_DATA"), help="folder of unpacked data")
    parser.add_argument("--rules", default=env("KAGARI_RULES"), help="folder of Sigma rules")
    parser.add_argument("--program", help="release program",
                        default=env("KAGARI_PROGRAM", ROOT / ".build-release/release/kagari"))
    parser.add_argument("--measure", default=env("KAGARI_MEASURE"),
                        help="the program that measures; beside the other where it is left out")
    for flag, keywords in more:
        parser.add_argument(flag, **keywords)
    options = parser.parse_args()
    if not pathlib.Path(options.program).is_file():
        stop(f"there is no program {options.program}; build it with ./kagari rules list")
    options.program = str(pathlib.Path(options.program).resolve())
    options.measure = options.measure or str(pathlib.Path(options.program).parent / "measure")
    os.environ.setdefault("KAGARI_CONTENT", str(ROOT / "Content"))
    # What an earlier run kept elsewhere must not decide what is proved now.
    cache = tempfile.TemporaryDirectory()
    atexit.register(cache.cleanup)
    os.environ["KAGARI_CACHE"] = cache.name
    options.data = pathlib.Path(options.data).resolve() if options.data else None
    return options


def stop(sentence):
    """Ends a proof that cannot be made; nothing was proved."""
    print(f"not proved: {sentence}", flush=True)
    sys.exit(2)


def need(data, *names):
    """The paths of these parts of the data, or the end."""
    if data is None:
        stop(f"needs public data ({', '.join(names)}); say where it is with --data DIR")
    for name in names:
        if not (data / name).exists():
            stop(f"{data} has no {name}; name a folder laid out like ../shared/data, unpacked")
    return [data / name for name in names]


def rule_folders(options):
    """The folders of rules in force: those of --rules, else of the data, SigmaHQ's live ones."""
    if options.rules:
        base = pathlib.Path(options.rules).resolve()
    else:
        base, = need(options.data, "sigma-rules")
    live = [str(base / name) for name in LIVE if (base / name).is_dir()]
    return live or [str(base)]


def rule_arguments(folders):
    return [word for folder in folders for word in ("--rules", folder)]


Run = collections.namedtuple("Run", "code out err cpu wall peak")


def run(words, stdin=None):
    """Runs a command to its end; CPU seconds and peak bytes are its own."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.monotonic()
        process = subprocess.Popen([str(word) for word in words], stdin=stdin or subprocess.DEVNULL,
                                   stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        return Run(process.returncode, out.read(), err.read().decode(errors="replace"),
                   usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)


def kagari(options, *words, allowed=(0, 2), stdin=None):
    """Runs the program; 2 (some input could not be read) is an answer, not a failure."""
    done = run([options.program, *words], stdin=stdin)
    if done.code not in allowed:
        stop(f"kagari {words[0]} ended with {done.code}: {done.err.strip()[-600:]}")
    return done


def scan(options, paths, folders, *words):
    """The alerts of a scan, as objects."""
    done = kagari(options, "scan", *paths, *rule_arguments(folders), "--no-builtin",
                  "--format", "jsonl", *words)
    return [json.loads(line) for line in done.out.splitlines()]


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def end(holds, figures):
    """The last line of a proof, and its exit code."""
    print(("holds: " if holds else "does not hold: ") + figures, flush=True)
    sys.exit(0 if holds else 1)
