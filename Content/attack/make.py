#!/usr/bin/env python3
"""Writes techniques.tsv from a JSON extract of MITRE ATT&CK Enterprise.

    Content/attack/make.py enterprise-attack-compact.json > Content/attack/techniques.tsv

Input: an object with "source" and "techniques", each technique with "id", "name", "tactics" (short
names), "revoked" and "deprecated". Output: lines of id<TAB>name<TAB>tactics separated by commas, in
the order of ids; sub-techniques carry their parent's name first. Lines that begin with # are notes.
"""

import json
import sys

NOTICE = (
    "# ATT&CK(R) technique names. (c) 2025 The MITRE Corporation. This work is reproduced and"
    " distributed with the permission of The MITRE Corporation. Licence: Content/attack/LICENSE.txt"
)


def main(path):
    with open(path, encoding="utf-8") as file:
        attack = json.load(file)
    live = {
        t["id"]: t
        for t in attack["techniques"]
        if not t["revoked"] and not t["deprecated"]
    }
    print(NOTICE)
    print(f"# Source: {attack['source']}; written by Content/attack/make.py")
    for identifier in sorted(live):
        technique = live[identifier]
        name = technique["name"]
        parent = live.get(identifier.split(".")[0])
        if parent is not technique and parent is not None:
            name = f"{parent['name']}: {name}"
        print(identifier, name, ",".join(sorted(technique["tactics"])), sep="\t")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
