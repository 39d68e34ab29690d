#!/usr/bin/env python3
# proves: floods, bombs, full and read-only disks, clock jumps and damage lose nothing acknowledged
"""Does to the running service what the world does, and counts each time that nothing acknowledged is lost.

    prove_hardship.py [--only NAME,NAME] [--connections N]

Disks are tmpfs in a mount namespace of their own, so this needs root for those; the clock is turned by turned_clock.c. What
cannot be tried here is named as left out. Traffic is on loopback only.
"""
import argparse
import re
import time

from proof import end
from service import fails, program_of_proof, tell
import hardship_disk
import hardship_wire

CASES = {
    "idle": hardship_wire.idle, "slow": hardship_wire.slow, "line": hardship_wire.long_line,
    "bomb": hardship_wire.bomb, "nesting": hardship_wire.nesting, "utf8": hardship_wire.utf8,
    "disk-full": hardship_disk.full, "read-only": hardship_disk.read_only,
    "clock": hardship_disk.clock, "damage": hardship_disk.damage,
    "store-killed": hardship_disk.store_killed,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--connections", type=int, default=10_000)
    options = parser.parse_args()
    options.program = program_of_proof()
    only = set(filter(None, options.only.split(",")))
    held, failed, left_out, figures = [], [], [], []
    for name, case in CASES.items():
        if only and name not in only:
            continue
        begun = time.monotonic()
        try:
            good, said = case(options)
        except (OSError, RuntimeError, ValueError, AssertionError, SystemExit) as error:
            good, said = False, f"{type(error).__name__}: {error}"
        if good is None:
            left_out.append(f"{name} ({said})")
        else:
            (held if good else failed).append(name)
            figures.append(max(map(int, re.findall(r"(\d+) acknowledged", said)), default=0))
        (tell if good is not False else fails)(
            f"{name} ({time.monotonic() - begun:.0f} s): {said}")
    end(bool(held) and not failed,
        f"{len(held)} hardships held ({', '.join(held)}), {len(failed)} not"
        + (f" ({', '.join(failed)})" if failed else "")
        + f"; {sum(figures)} acknowledged amid them; left out: {', '.join(left_out) or 'none'}")


if __name__ == "__main__":
    main()
