#!/usr/bin/env python3
"""Compares our EVTX decoder with the PyPI package `evtx` (Rust), record by record.

    evtx_judge.py [--verbose N] DUMP.jsonl FOLDER-OR-FILE...

DUMP.jsonl is what our decoder said, one record a line:

    {"file": PATH, "record": NUMBER, "fields": [[NAME, VALUE or null, ...], ...]}
    {"file": PATH, "failure": REASON, "offset": NUMBER}

The package's JSON is flattened by the rule of docs/formats/evtx.md and both are compared as
multisets of (name, text). Null, empty and absent count as equal (the package makes an empty `Data`
'' and any other empty element null; we keep what the record says), but are counted. Exit code 0 when every record that the package reads
is read by us with the same fields; what we read beyond it is listed.
"""
import argparse
import collections
import json
import pathlib
import re
import sys

import evtx

SUFFIX = re.compile(r"^(.+)_(\d+)$")
GUID = re.compile(r"^[0-9A-Fa-f-]{36}$")


def clean(name):
    return "".join(c for c in name.split(":")[-1] if c > " ") if ":" in name else "".join(
        c for c in name if c > " ")


def data_name(name):
    return "".join(c for c in name if c > " ")


def text(value):
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, float):
        return repr(value)
    return str(value)


def unsuffixed(mapping):
    """The package numbers repeated names (`X`, `X_1`); gives each member its own name back."""
    for key, value in mapping.items():
        match = SUFFIX.match(key)
        if match and match.group(1) in mapping and int(match.group(2)) <= len(mapping):
            yield match.group(1), value
        else:
            yield key, value


def leaves(name, value, scope, out, attribute_base=None):
    """Adds (field, text) for the element `name` holding `value`."""
    field = data_name(name) if scope == "data" else clean(name)
    if scope == "rendering" and name != "Message":
        field = "RenderingInfo_" + field
    if isinstance(value, list):
        for item in value:
            leaves(name, item, scope, out)
        return
    if not isinstance(value, dict):
        if value is not None:
            out.append((field, text(value)))
        return
    for key, inner in unsuffixed(value):
        if key == "#attributes":
            for attribute, content in inner.items():
                if attribute == "xmlns" or attribute.startswith("xmlns:"):
                    continue
                if content is None:
                    continue
                if (scope, name, attribute) == ("system", "EventID", "Qualifiers"):
                    out.append(("Qualifiers", text(content)))
                elif (scope, name, attribute) == ("system", "TimeCreated", "SystemTime"):
                    out.append(("SystemTime", text(content)))
                else:
                    out.append((f"{clean(name)}_{clean(attribute)}", text(content)))
        elif key == "#text":
            leaves(name, inner, scope, out)
        else:
            leaves(key, inner, scope, out)


def flatten(event):
    """(field, text) of the package's JSON for one record."""
    out = []
    root = event.get("Event", event)
    for key, value in unsuffixed(root):
        if key == "#attributes":
            continue
        if key == "System":
            for name, inner in unsuffixed(value):
                leaves(name, inner, "system", out)
        elif key == "EventData" and isinstance(value, dict):
            for name, inner in unsuffixed(value):
                if name == "#attributes":
                    for attribute, content in inner.items():
                        if not attribute.startswith("xmlns") and content is not None:
                            out.append((f"EventData_{clean(attribute)}", text(content)))
                elif name == "#text":
                    leaves("EventData", inner, "data", out)
                else:
                    leaves(name, inner, "data", out)
        elif key == "RenderingInfo":
            leaves(key, value, "rendering", out)
        else:
            leaves(key, value, "user", out)
    return out


def members(pairs):
    """A JSON object whose repeated names, which the package writes for arrays, become a list."""
    out = {}
    for name, value in pairs:
        if name in out:
            known = out[name] if isinstance(out[name], list) else [out[name]]
            out[name] = known + [value]
        else:
            out[name] = value
    return out


def reference(path):
    parser = evtx.PyEvtxParser(str(path))
    records = parser.records_json()
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except RuntimeError as error:
            yield None, str(error)
            continue
        yield record["event_record_id"], json.loads(record["data"], object_pairs_hook=members)


def files_of(paths):
    for path in map(pathlib.Path, paths):
        yield from sorted(path.rglob("*.evtx")) if path.is_dir() else [path]


def same(ours, theirs):
    """Whether two multisets agree; floats may be written differently."""
    if ours == theirs:
        return True
    left, right = ours - theirs, theirs - ours
    if sum(left.values()) != sum(right.values()):
        return False
    for (name, value), count in left.items():
        found = False
        for (other, text_), number in right.items():
            if name == other and count == number:
                try:
                    found = float(value) == float(text_)
                except ValueError:
                    found = False
            if found:
                break
        if not found:
            return False
    return True


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--verbose", type=int, default=5, metavar="N")
    options.add_argument("dump")
    options.add_argument("paths", nargs="+")
    options = options.parse_args()
    ours = collections.defaultdict(list)
    failures = collections.Counter()
    for line in open(options.dump, encoding="utf-8"):
        record = json.loads(line)
        path = str(pathlib.Path(record["file"]).resolve())
        if "failure" in record:
            failures[path] += 1
        else:
            ours[path].append(record)
    total = agree = empties = surrogates = differ = missing = extra = damaged = files = 0
    shown = 0
    reasons = collections.Counter()
    for path in files_of(options.paths):
        files += 1
        mine = collections.defaultdict(list)
        for record in ours.get(str(path.resolve()), []):
            mine[record["record"]].append(record)
        for number, event in reference(path):
            if number is None:
                damaged += 1
                continue
            total += 1
            if not mine[number]:
                missing += 1
                print(f"missing: {path} record {number}")
                continue
            record = mine[number].pop(0)
            left = collections.Counter(
                (field[0], field[1]) for field in record["fields"] if field[1] is not None)
            right = collections.Counter(flatten(event))
            if same(left, right):
                agree += 1
                continue
            left = collections.Counter({key: n for key, n in left.items() if key[1] != ""})
            right = collections.Counter({key: n for key, n in right.items() if key[1] != ""})
            if same(left, right):
                agree += 1
                empties += 1
                continue
            # Half a surrogate pair: the package drops it, we put U+FFFD in its place.
            bare = collections.Counter()
            for (name, value), count in left.items():
                if value.replace("\ufffd", ""):
                    bare[(name, value.replace("\ufffd", ""))] += count
            if same(bare, right):
                agree += 1
                surrogates += 1
                continue
            differ += 1
            for (name, _), _ in (left - right).items():
                reasons["only ours: " + name] += 1
            for (name, _), _ in (right - left).items():
                reasons["only theirs: " + name] += 1
            if shown < options.verbose:
                shown += 1
                print(f"differs: {path} record {number}")
                print("  ours  ", [(n, v[:300]) for n, v in (left - right)])
                print("  theirs", [(n, v[:300]) for n, v in (right - left)])
        beyond = sum(len(left) for left in mine.values())
        extra += beyond
        if beyond:
            print(f"beyond the package: {path}: {beyond} records")
    for reason, count in reasons.most_common(30):
        print(f"{count:8} {reason}")
    print(
        f"{files} files, {total} records and {damaged} damaged by the package; {agree} agree "
        f"({empties} but for empty or null, {surrogates} but for lone surrogates), "
        f"{differ} differ, {missing} missing, {extra} beyond, {sum(failures.values())} failures")
    sys.exit(0 if differ == 0 and missing == 0 and total > 0 else 1)


if __name__ == "__main__":
    main()
