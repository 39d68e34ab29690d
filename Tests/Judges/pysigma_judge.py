"""Asks pySigma (PyPI) which rule files it accepts, and lists where the loader differs.

    python3 pysigma_judge.py LOADER.tsv [--all]

LOADER.tsv has one line a file: path <TAB> accepted|refused <TAB> reason. A file is accepted when
every document in it can be used. pySigma judges each file alone, with the resolution of references
left to the loader, and it must also parse every condition, as a conversion would.

Prints each difference, the count by (verdicts, reason), and one line of figures. Exit code 1 when
there are differences, so that a caller can compare them with the list in docs/sigma-conformance.md.
"""

import collections
import pathlib
import sys

from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sigma.types import SigmaString, SigmaRegularExpression
import yaml


def placeholders(detection):
    """True when a value still holds a placeholder, which the specification says to reject."""
    for item in detection.detection_items:
        if hasattr(item, "detection_items"):
            if placeholders(item):
                return True
            continue
        for value in item.value:
            for inner in getattr(value, "values", [value]):
                known = isinstance(inner, (SigmaString, SigmaRegularExpression))
                if known and inner.contains_placeholder():
                    return True
    return False


def judge(path):
    """The reason why pySigma refuses the file; None where it accepts it."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
        collection = SigmaCollection.from_yaml(
            text, collect_errors=True, resolve_references=False, collect_filters=True
        )
    except (SigmaError, yaml.YAMLError) as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    except Exception as error:  # pySigma lets some wrong types through to Python itself
        return f"{type(error).__name__} (not a Sigma error): {error}"
    if collection.errors:
        error = collection.errors[0]
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    for rule in collection.rules:
        if isinstance(rule, SigmaCorrelationRule) or not isinstance(rule, SigmaRule):
            continue
        try:
            for condition in rule.detection.parsed_condition:
                condition.parsed
        except SigmaError as error:
            return f"{type(error).__name__}: {str(error).splitlines()[0]}"
        except Exception as error:
            return f"{type(error).__name__} (not a Sigma error): {error}"
        if any(placeholders(detection) for detection in rule.detection.detections.values()):
            return "SigmaPlaceholderError: placeholder without values"
        status = rule.status.name.lower() if rule.status is not None else ""
        if status in ("deprecated", "unsupported"):
            return f"status {status}"
    return None


def main():
    lines = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    show_all = "--all" in sys.argv[2:]
    counts = collections.Counter()
    differences = 0
    for line in lines:
        path, verdict, reason = (line.split("\t") + ["", ""])[:3]
        objection = judge(path)
        theirs = "refused" if objection else "accepted"
        label = reason.split(":")[0] if reason else (objection or "").split(":")[0]
        counts[(verdict, theirs, label)] += 1
        if verdict != theirs:
            differences += 1
        if verdict != theirs or show_all:
            print(f"{path}\n    loader:  {verdict} {reason}\n    pySigma: {theirs} {objection or ''}")
    print()
    for (ours, theirs, label), count in sorted(counts.items(), key=lambda entry: -entry[1]):
        print(f"{count:6}  loader {ours:8}  pySigma {theirs:8}  {label}")
    agreeing = len(lines) - differences
    print(f"\n{len(lines)} files, {agreeing} judged alike, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
