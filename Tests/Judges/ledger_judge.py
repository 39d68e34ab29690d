"""Verifies an export of the ledger as docs/ledger.md describes it, apart from the program.

Usage: ledger_judge.py EXPORT.jsonl PUBLIC_KEY_HEX
"""

import hashlib
import json
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def text(value):
    raw = value.encode()
    return struct.pack(">I", len(raw)) + raw


def entry_bytes(entry):
    return (
        b"kagari-entry-1\0"
        + text(entry["tenant"])
        + struct.pack(">Qq", entry["position"], entry["time"])
        + text(entry["actor"])
        + text(entry["kind"])
        + text(entry["subject"])
        + bytes.fromhex(entry["body_digest"])
        + bytes.fromhex(entry["previous"])
    )


def head_bytes(head):
    return (
        b"kagari-head-1\0"
        + text(head["tenant"])
        + struct.pack(">Qq", head["position"], head["time"])
        + bytes.fromhex(head["hash"])
    )


def judge(lines, key):
    position, previous, heads = 0, "00" * 32, 0
    for number, line in enumerate(lines, 1):
        item = json.loads(line)
        if number == 1 and item.get("kagari_ledger") == 1:
            continue
        if "entry" in item:
            entry = item["entry"]
            if entry["position"] != position + 1:
                return f"entry {position + 1} is not where it should be"
            if entry["body"] is not None:
                salted = bytes.fromhex(entry["salt"]) + entry["body"].encode()
                digest = hashlib.sha256(b"kagari-body-1\0" + salted).hexdigest()
                if digest != entry["body_digest"]:
                    return f"entry {entry['position']} has another body"
            if entry["previous"] != previous:
                return f"entry {entry['position']} does not follow"
            if hashlib.sha256(entry_bytes(entry)).hexdigest() != entry["hash"]:
                return f"entry {entry['position']} has another hash"
            position, previous = entry["position"], entry["hash"]
        else:
            head = item["head"]
            if (head["position"], head["hash"]) != (position, previous):
                return f"the head of {head['position']} is of another entry"
            try:
                key.verify(bytes.fromhex(head["signature"]), head_bytes(head))
            except InvalidSignature:
                return f"the head of {head['position']} has a wrong signature"
            heads += 1
    print(f"{position} entries, {heads} heads, holds")
    return None


def main():
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(sys.argv[2]))
    with open(sys.argv[1], encoding="utf-8", newline="\n") as export:
        fault = judge(export, key)
    if fault:
        print(fault)
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
