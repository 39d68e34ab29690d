#!/usr/bin/env python3
"""Validates JSON lines against OCSF 1.8.0 with PyPI ocsf-json-schema.

usage: ocsf_judge.py FILE...
Prints each distinct error with how often and where it was first met, then one line of figures.
Exit code 0 only where there was at least one line and no error.
Needs: pip install ocsf-json-schema jsonschema
"""
import collections
import json
import sys

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

VERSION = "1.8.0"


def main(paths):
    schema = get_ocsf_schema(version=VERSION)
    embedded = OcsfJsonSchemaEmbedded(schema)
    # The library's own lookup drops the extension from a name (`win/registry_key_activity`).
    names = {body["uid"]: name for name, body in schema["classes"].items()}
    validators = {}
    errors = collections.OrderedDict()
    classes = collections.Counter()
    lines = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                lines += 1
                place = f"{path}:{number}"
                for error in check(line, embedded, names, validators, classes):
                    count, first = errors.get(error, (0, place))
                    errors[error] = (count + 1, first)
    for error, (count, first) in errors.items():
        print(f"{count:6} × {error}  (first at {first})")
    wrong = sum(count for count, _ in errors.values())
    told = ", ".join(f"{uid}: {count}" for uid, count in sorted(classes.items()))
    print(f"ocsf {VERSION}: {lines} lines, {len(classes)} classes ({told}), {wrong} errors")
    return 0 if lines and not wrong else 1


def check(line, embedded, names, validators, classes):
    try:
        event = json.loads(line)
    except ValueError as error:
        yield f"not JSON: {error}"
        return
    uid = event.get("class_uid")
    if uid not in names:
        yield f"class_uid {uid} is not in the schema"
        return
    classes[uid] += 1
    profiles = tuple(sorted(event.get("metadata", {}).get("profiles", [])))
    key = (uid, profiles)
    if key not in validators:
        document = embedded.get_class_schema(names[uid], list(profiles))
        validators[key] = Draft202012Validator(document)
    for error in validators[key].iter_errors(event):
        where = ".".join(str(part) for part in error.absolute_path)
        yield f"{uid} {where}: {error.message[:160]}"
    if event.get("type_uid") != uid * 100 + event.get("activity_id", 0):
        yield f"{uid}: type_uid is not class_uid * 100 + activity_id"
    if event.get("metadata", {}).get("version") != VERSION:
        yield f"{uid}: metadata.version is not {VERSION}"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
