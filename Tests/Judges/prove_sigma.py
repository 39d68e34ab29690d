#!/usr/bin/env python3
# proves: detection finds what the expected lists say, and nothing on files listed without hits
# data: evtx sigma-rules sigma-regression mordor
"""Compares what a scan finds with lists made by two other Sigma engines.

    prove_sigma.py --data DIR [--rules DIR] [--program PATH]

DIR is laid out like ../shared/data, unpacked, with the expected-*.tsv files. Must hold:
 - every case of expected-regression.tsv fires its rule often enough, on the EVTX file and, where
   one lies beside it, on the JSON file;
 - every row of expected-evtx.tsv on which both engines agreed is found, with count and records;
 - a file that expected-evtx-files.tsv lists without hits has no alert;
 - every row of expected-mordor.tsv is found with its count, and no other rule fires there.
Rows known to one engine only, or with other records, are listed; what docs/sigma-conformance.md
explains under "Explained differences" is told apart.
"""
import collections
import pathlib
import re

import proof

EXPLAINED_HEADING = "### Explained differences"


def explained():
    """(file or archive member, rule id) of the table in docs/sigma-conformance.md."""
    text = (proof.ROOT / "docs/sigma-conformance.md").read_text(encoding="utf-8")
    _, _, section = text.partition(EXPLAINED_HEADING)
    section = section.partition("\n## ")[0]
    return {(row[0], row[1]) for row in re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", section, re.M)}


def by_rule(alerts, name_of):
    """{(name, rule id): [record, …]}."""
    found = collections.defaultdict(list)
    for alert in alerts:
        name = name_of(alert["source"]["path"])
        if name is not None:
            found[name, alert["rule"]["id"]].append(alert["source"]["record"])
    return found


def within(base):
    prefix = str(base) + "/"
    return lambda path: path[len(prefix):] if path.startswith(prefix) else None


def regression(options, folders):
    data, = proof.need(options.data, "expected-regression.tsv")
    base, = proof.need(options.data, "sigma-regression")
    rows = proof.table(data)
    paths, wanted = [], []
    least = "match_count_in_info_yml(min; empty = at least 1)"
    for row in rows:
        for suffix in (pathlib.Path(row["file"]).suffix, ".json"):
            path = base / pathlib.Path(row["file"]).with_suffix(suffix)
            if path.exists():
                paths.append(str(path))
                wanted.append((str(path), row["rule_id"], int(row.get(least) or 1)))
            elif suffix != ".json":
                print(f"regression: {path} is missing")
                wanted.append((str(path), row["rule_id"], int(row.get(least) or 1)))
    found = by_rule(proof.scan(options, paths, folders, "--no-extra-mappings"), lambda path: path)
    missed = [case for case in wanted if len(found[case[0], case[1]]) < case[2]]
    for path, rule, count in missed:
        print(f"regression: {rule} fired {len(found[path, rule])} of {count} times on {path}")
    failed_ids = {rule for _, rule, _ in missed}
    good = sum(row["rule_id"] not in failed_ids for row in rows)
    print(f"regression: {good} of {len(rows)} cases, {len(paths)} files (EVTX and JSON)")
    return not missed and bool(rows), f"regression {good}/{len(rows)}"


def listed_records(row):
    return [int(number) for number in row.get("event_record_ids", "").split(",") if number]


def is_same(row, records):
    """Count equal and every listed record found; long lists end after 200 records."""
    listed = collections.Counter(listed_records(row))
    return len(records) == int(row["count"]) and not listed - collections.Counter(records)


def evtx(options, folders, known):
    rows_path, files_path, base = proof.need(
        options.data, "expected-evtx.tsv", "expected-evtx-files.tsv", "evtx")
    rows, files = proof.table(rows_path), proof.table(files_path)
    alerts = proof.scan(options, [base], folders, "--no-extra-mappings")
    found = by_rule(alerts, within(base))
    agreed = [row for row in rows if row["agreement"] == "agree"]
    other = [row for row in rows if row["agreement"] != "agree"]
    wrong = [row for row in agreed if not is_same(row, found[row["file"], row["rule_id"]])]
    silent = {row["file"] for row in files if int(row["total_matches"]) == 0}
    listed = {(row["file"], row["rule_id"]) for row in rows}
    noise, differs = [], []
    for row in other:
        records = found[row["file"], row["rule_id"]]
        if not is_same(row, records):
            differs.append((row["file"], row["rule_id"], row["count"], records, row["agreement"]))
    for (name, rule), records in list(found.items()):
        if records and (name, rule) not in listed:
            case = (name, rule, "0", records, "not listed")
            (noise if name in silent else differs).append(case)
    ids_only = sum(len(found[row["file"], row["rule_id"]]) == int(row["count"]) for row in wrong)
    if ids_only:
        print(f"evtx: {ids_only} agreed rows have the count, but other records")
    for row in wrong:
        records = found[row["file"], row["rule_id"]]
        print(f"evtx: agreed row differs: {row['file']} {row['rule_id']} {row['rule_title']}: "
              f"expected {row['count']} ({row['event_record_ids']}), found {sorted(records)[:200]}")
    for kind, cases in (("alert on a file without hits", noise), ("differs", differs)):
        for name, rule, count, records, note in sorted(cases):
            mark = "explained" if (name, rule) in known else "NOT explained"
            print(f"evtx: {kind} ({note}, {mark}): {name} {rule}: expected {count}, "
                  f"found {len(records)} {sorted(records)[:20]}")
    loud = [case for case in noise if case[:2] not in known]
    open_ones = [case for case in differs if case[:2] not in known]
    print(f"evtx: {len(agreed) - len(wrong)} of {len(agreed)} agreed rows with count and records; "
          f"{len(other) - sum(case[4] != 'not listed' for case in differs)} of {len(other)} other "
          f"rows; {len(silent)} files without hits, {len(noise)} alerts there; "
          f"{len(alerts)} alerts in all")
    more = proof.scan(options, [base], folders)
    kinds = collections.Counter(alert["alert_id"] for alert in alerts)
    extra = len(more) - len(alerts)
    lost = sum((kinds - collections.Counter(alert["alert_id"] for alert in more)).values())
    print(f"evtx: with the extra mappings {extra} alerts more ({len(more)}), {lost} lost")
    holds = not wrong and not loud and not lost and bool(rows)
    return holds, (f"evtx agreed {len(agreed) - len(wrong)}/{len(agreed)}, "
                   f"{len(differs)} other differences ({len(open_ones)} not explained), "
                   f"{len(loud)} unexplained alerts on {len(silent)} silent files, "
                   f"{extra} more by extra mappings")


def mordor(options, folders, known):
    rows_path, files_path, base = proof.need(
        options.data, "expected-mordor.tsv", "expected-mordor-files.tsv", "mordor")
    rows, files = proof.table(rows_path), proof.table(files_path)
    archives = sorted({row["archive"] for row in files})
    alerts = proof.scan(options, [base / name for name in archives], folders,
                        "--no-extra-mappings")
    found = by_rule(alerts, within(base))
    looked_at = {f"{row['archive']}!{row['member']}" for row in files}
    wanted = {(f"{row['archive']}!{row['member']}", row["rule_id"]): int(row["count"])
              for row in rows}
    differs = []
    for key in sorted(set(wanted) | set(found)):
        if key[0] in looked_at and len(found.get(key, ())) != wanted.get(key, 0):
            differs.append(key)
    for key in differs:
        mark = "explained" if key in known else "NOT explained"
        print(f"mordor: differs ({mark}): {key[0]} {key[1]}: expected {wanted.get(key, 0)}, "
              f"found {len(found.get(key, ()))}")
    wrong = [key for key in differs if key not in known]
    equal = sum(key not in differs for key in wanted)
    print(f"mordor: {equal} of {len(wanted)} rows with their count in {len(files)} members of "
          f"{len(archives)} archives; {len(wrong)} unexplained differences")
    return not wrong and bool(rows), f"mordor {equal}/{len(wanted)}"


def main():
    options = proof.arguments(__doc__)
    folders = proof.rule_folders(options)
    print("rules: " + ", ".join(folders))
    known = explained()
    answers = [regression(options, folders), evtx(options, folders, known),
               mordor(options, folders, known)]
    proof.end(all(holds for holds, _ in answers), "; ".join(text for _, text in answers))


if __name__ == "__main__":
    main()
