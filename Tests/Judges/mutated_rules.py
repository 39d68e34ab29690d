#!/usr/bin/env python3
"""Writes changed copies of Sigma rules, to see how cost grows with their number.

    mutated_rules.py COUNT INTO FOLDER...

A copy keeps the shape of its rule: the same fields, modifiers and condition, and the names of
programs, channels and event numbers, which new rules share with old ones. In its other words a few
letters are others, case kept, so that each brings literals of its own. Needs PyYAML.
"""
import json
import pathlib
import random
import re
import sys
import uuid

import yaml

KEPT_FIELDS = {"EventID", "Channel", "Provider_Name", "Image", "ParentImage", "OriginalFileName",
               "Initiated", "Status", "LogonType", "IntegrityLevel"}
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


def mutate(value, key, chance, all_fields):
    if isinstance(value, dict):
        return {name: mutate(inner, name, chance, all_fields) for name, inner in value.items()}
    if isinstance(value, list):
        return [mutate(inner, key, chance, all_fields) for inner in value]
    if not isinstance(value, str):
        return value
    field, *modifiers = (key or "").split("|")
    if KEPT_MODIFIERS & set(modifiers) or (not all_fields and field in KEPT_FIELDS):
        return value
    return changed(value, chance)


def copy_of(rule, chance):
    detection = {name: part if name == "condition" else mutate(part, None, chance, False)
                 for name, part in rule["detection"].items()}
    if detection == rule["detection"]:
        detection = {name: part if name == "condition" else mutate(part, None, chance, True)
                     for name, part in rule["detection"].items()}
    return {"title": rule.get("title", "copy"), "level": rule.get("level", "medium"),
            "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            "logsource": rule["logsource"], "detection": detection}


def write(count, into, folders, product="windows"):
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
    for start in range(0, count, 100):
        # JSON is YAML, and Python writes it much faster. YAML knows no escaped surrogates.
        texts = [json.dumps(copy_of(rules[number % len(rules)], chance), default=str,
                            ensure_ascii=False)
                 for number in range(start, min(start + 100, count))]
        (into / f"copies{start:06}.yml").write_text("\n---\n".join(texts) + "\n")
    return count


if __name__ == "__main__":
    print(write(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
