#!/usr/bin/env python3
"""Makes the demonstration's telemetry: one intrusion within two hours of ordinary work.

    python3 examples/make.py [--ordinary-only] [FOLDER]        default: examples/scenario

Everything is invented and drawn from one seed, so the output is the same on every machine. Public
addresses are from the ranges kept for documentation, names from example.com and example.net.
"""
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from intrusion import intrude  # noqa: E402
from ordinary import work  # noqa: E402
from telemetry import CloudTrail, Linux, Okta, Windows  # noqa: E402


def main():
    names = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    folder = Path(names[0]) if names else Path(__file__).resolve().parent / "scenario"
    folder.mkdir(parents=True, exist_ok=True)
    windows, linux, okta, cloud = Windows(), Linux("build01"), Okta(), CloudTrail()
    shells = work(windows, linux, okta, cloud)
    if "--ordinary-only" not in sys.argv:
        intrude(windows, linux, okta, cloud, shells)
    for log in (windows, linux, okta, cloud):
        log.write(folder)
    files = sorted(folder.iterdir())
    print(f"{len(files)} files, {sum(f.stat().st_size for f in files):,} bytes in {folder}")


if __name__ == "__main__":
    main()
