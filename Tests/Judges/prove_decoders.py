#!/usr/bin/env python3
# proves: decoders, loader and exports agree with outside judges from PyPI
# data: evtx sigma-rules sigma-regression mordor
# pypi: evtx==0.14.0 ocsf-json-schema==1.2.0 jsonschema==4.26.0 pysigma==2.0.1 pyyaml==6.0.3
"""Asks programs that others wrote.

    prove_decoders.py --data DIR [--rules DIR] [--program PATH]

 - PyPI's evtx (Rust) reads the same records with the same fields from every EVTX file.
 - Python's json, gzip and zipfile count the same records in JSON, also compressed.
 - OCSF 1.8.0's schema has no objection to anything exported from all inputs.
 - pySigma accepts and refuses the same live rules.
"""
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import proof

HERE = pathlib.Path(__file__).resolve().parent


def judge(name, *words):
    """Runs a judge of this folder; shows the end of what it says."""
    done = subprocess.run([sys.executable, HERE / name, *map(str, words)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = done.stdout.strip().splitlines()
    for line in lines[-12:]:
        print(f"  {line}")
    return done.returncode == 0, lines[-1] if lines else "nothing said"


def evtx(options, scratch):
    print("evtx: the decoder against PyPI evtx, record by record")
    folders = proof.need(options.data, "evtx", "sigma-regression")
    dump = scratch / "dump.jsonl"
    with open(dump, "w", encoding="utf-8") as sink:
        for folder in folders:
            files = [path for path in folder.rglob("*.evtx")]
            done = proof.kagari(options, "decode", *files)
            for line in done.out.splitlines():
                event = json.loads(line)
                pairs = [[name, value] for name, values in event["fields"].items()
                         for value in (values if isinstance(values, list) else [values])]
                json.dump({"file": event["source"], "record": event["record"], "fields": pairs},
                          sink)
                sink.write("\n")
    return judge("evtx_judge.py", "--verbose", "3", dump, *folders)


def json_values(text):
    """How many objects stand one after another, as Python reads them."""
    decoder, at, count = json.JSONDecoder(), 0, 0
    text = text.lstrip("\ufeff")
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at >= len(text):
            return count
        value, at = decoder.raw_decode(text, at)
        # A number or text alone is no record.
        count += isinstance(value, dict)


def counts(options, scratch):
    print("json: records counted by Python's json, zipfile and gzip")
    base, regression = proof.need(options.data, "mordor", "sigma-regression")
    wanted, paths = {}, []
    archives = sorted(base.rglob("*.zip"), key=lambda path: path.stat().st_size)
    # Reading a gigabyte with Python takes minutes; every third archive shows as much.
    for path in archives[::3]:
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                # Finder leaves a binary `._name.json` beside each file it packs.
                if member.endswith(".json") and not member.startswith("__MACOSX/"):
                    text = archive.read(member).decode("utf-8", errors="replace")
                    wanted[f"{path}!{member}"] = json_values(text)
        paths.append(path)
    for number, path in enumerate(sorted(regression.rglob("*.json"))):
        text = path.read_text(encoding="utf-8")
        wanted[str(path)] = json_values(text)
        paths.append(path)
        copy = scratch / f"{number}.json.gz"
        copy.write_bytes(gzip.compress(text.encode()))
        wanted[str(copy)] = wanted[str(path)]
        paths.append(copy)
    empty = scratch / "none.yml"
    empty.write_text("title: none\nlogsource: {product: none}\n"
                     "detection: {a: {b: c}, condition: a}\n")
    done = proof.kagari(options, "scan", *paths, "--no-builtin", "--rules", empty, "--format",
                        "json")
    found = {source["path"]: source["records"] + source.get("unparsed", 0)
             for source in json.loads(done.out)["sources"]}
    wrong = [(path, count) for path, count in wanted.items() if found.get(path, 0) != count]
    for path, count in wrong[:20]:
        print(f"  {path}: Python reads {count}, we {found.get(path)}")
    total = sum(wanted.values())
    return not wrong and total > 0, f"{total} JSON records in {len(wanted)} files, {len(wrong)} differ"


def ocsf(options, scratch):
    print("ocsf: everything exported against the schema")
    rules = proof.rule_arguments(proof.rule_folders(options))
    inputs = [proof.ROOT / "examples/scenario", *proof.need(options.data, "evtx", "mordor")]
    files = []
    for number, path in enumerate(inputs):
        out = scratch / f"{number}.ocsf.jsonl"
        proof.kagari(options, "scan", path, *rules, "--format", "ocsf", "--output", out)
        files.append(out)
    return judge("ocsf_judge.py", *files)


def sigma(options, scratch):
    print("sigma: the loader against pySigma, file by file")
    verdicts = scratch / "loader.tsv"
    done = proof.kagari(options, "rules", "check", *proof.rule_folders(options),
                        proof.ROOT / "Content/rules", "--tsv")
    verdicts.write_bytes(done.out)
    return judge("pysigma_judge.py", verdicts)


def main():
    options = proof.arguments(__doc__)
    answers = []
    with tempfile.TemporaryDirectory() as name:
        for part in (evtx, counts, ocsf, sigma):
            answers.append(part(options, pathlib.Path(name)))
    proof.end(all(holds for holds, _ in answers), " | ".join(text for _, text in answers))


if __name__ == "__main__":
    main()
