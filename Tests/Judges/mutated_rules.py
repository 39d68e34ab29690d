#!/usr/bin/env python3
"""Writes changed copies of Sigma rules, to see how cost grows with their number.

    mutated_rules.py [--keep-programs] COUNT INTO FOLDER...

A copy keeps the shape of its rule: the same fields, modifiers and condition, and what sorts events:
channels, providers, event numbers. In its other words a third of the letters are others, case
kept, so that each brings literals of its own. With `--keep-programs` names of programs stay too,
which is harder: as if all new rules were about cmd.exe and its like. Needs PyYAML.
"""
import json
import pathlib
import random
import re
import sys
import uuid

import yaml

SORTING_FIELDS = {"EventID", "Channel", "Provider_Name", "Initiated", "Status", "LogonType",
                  "IntegrityLevel"}
PROGRAM_FIELDS = {"Image", "ParentImage", "OriginalFileName"}
KEPT_MODIFIERS = {"re", "cidr", "fieldref", "exists", "expand"}
WORD = re.compile(r"[A-Za-z]{4,}")


def changed(text, chance):
    """The text with a third of the letters of each word replaced."""
    def word(match):
        letters = list(match.group())
        for at in chance.sample(range(len(letters)), max(2, len(letters) // 3)):
            base = "A" if letters[at].isupper() else "a"
            letters[at] = chr(ord(base) + chance.randrange(26))
        return "".join(letters)
    return WORD.sub(word, text)


def mutate(value, key, chance, kept):
    if isinstance(value, dict):
        return {name: mutate(inner, name, chance, kept) for name, inner in value.items()}
    if isinstance(value, list):
        return [mutate(inner, key, chance, kept) for inner in value]
    if not isinstance(value, str):
        return value
    field, *modifiers = (key or "").split("|")
    if KEPT_MODIFIERS & set(modifiers) or field in kept:
        return value
    return changed(value, chance)


def copy_of(rule, chance, kept):
    for kept in (kept, SORTING_FIELDS, set()):
        detection = {name: part if name == "condition" else mutate(part, None, chance, kept)
                     for name, part in rule["detection"].items()}
        if detection != rule["detection"]:
            break
    return {"title": rule.get("title", "copy"), "level": rule.get("level", "medium"),
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "logsource": rule["logsource"], "detection": detection}


def write(count, into, folders, product="windows", keep_programs=False):
    """Writes `count` copies, several to a file, and says how many there are."""
    rules = []
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*.yml")):
            documents = list(yaml.load_all(path.read_text(encoding="utf-8"),
                                           getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
            rule = documents[0]
            if len(documents) == 1 and isinstance(rule, dict) and "detection" in rule \
                    and rule.get("logsource", {}).get("product") == product:
                rules.append(rule)
    into = pathlib.Path(into)
    into.mkdir(parents=True, exist_ok=True)
    chance = random.Random(20)
    kept = SORTING_FIELDS | PROGRAM_FIELDS if keep_programs else SORTING_FIELDS
    for start in range(0, count, 100):
        # JSON is YAML, and Python writes it much faster. YAML knows no escaped surrogates.
        texts = [json.dumps(copy_of(rules[number % len(rules)], chance, kept), default=str,
                            ensure_ascii=False)
                 for number in range(start, min(start + 100, count))]
        (into / f"copies{start:06}.yml").write_text("\n---\n".join(texts) + "\n")
    return count


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--keep-programs"]
    print(write(int(words[0]), words[1], words[2:], keep_programs=len(words) < len(sys.argv) - 1))
