#!/usr/bin/env python3
"""Judges Content/mappings, Content/rules and Content/rule-events from outside the engine.

    python3 Tests/Judges/content_judge.py [--attack enterprise-attack-compact.json] [--stats]

Rules are parsed and resolved by pySigma; what they mean is then worked out by the plain evaluator
below, on the events beside them. Exit code 0 only when nothing is found. Needs PyPI's `pysigma`
and `pyyaml`. Without `--attack` the tags are checked for their form alone.
"""
import argparse
import collections
import ipaddress
import json
import re
import sys
import uuid
from pathlib import Path

import yaml
from sigma.collection import SigmaCollection
from sigma.conditions import (ConditionAND, ConditionFieldEqualsValueExpression, ConditionNOT,
                              ConditionOR, ConditionValueExpression)
from sigma.correlations import SigmaCorrelationRule
from sigma.types import (SigmaBool, SigmaCasedString, SigmaCIDRExpression, SigmaCompareExpression,
                         SigmaExists, SigmaExpansion, SigmaFieldReference, SigmaNull, SigmaNumber,
                         SigmaRegularExpression, SigmaRegularExpressionFlag, SigmaString,
                         SpecialChars)

ROOT = Path(__file__).resolve().parents[2]
MAPPING_KEYS = {"source", "class_by", "recognise", "paths", "time", "record", "host", "user",
                "logsources"}
ENTRY_KEYS = {"product", "category", "service", "when", "activity", "fields", "extra"}
LEVELS = ["informational", "low", "medium", "high", "critical"]


def enum_order(name):
    """The raw values of a Swift enum in SourceKind.swift, in its order."""
    text = (ROOT / "Sources/Engine/Event/SourceKind.swift").read_text()
    body = re.search(r"enum %s:.*?\n\}" % name, text, re.S).group(0)
    values = []
    for line in re.findall(r"^\s+case (.+)$", body, re.M):
        for part in line.split(","):
            name_part, _, raw = part.partition("=")
            values.append(raw.strip().strip('"') if raw else name_part.strip())
    return values


# MARK: events


class UniqueLoader(yaml.SafeLoader):
    """Refuses a mapping that holds a key twice; the second would silently win."""


def unique_mapping(loader, node):
    keys = [key.value for key, _ in node.value]
    doubled = [key for key in keys if keys.count(key) > 1]
    if doubled:
        raise yaml.constructor.ConstructorError(None, None, f"{doubled[0]} twice",
                                                node.start_mark)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


UniqueLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, unique_mapping)


def read_yaml(path):
    """All documents of a file."""
    return list(yaml.load_all(path.read_text(), UniqueLoader))


def listed(value):
    return value if isinstance(value, list) else [value]


def text_of(value):
    if value is True or value is False:
        return str(value).lower()
    return str(value)


class Event:
    """Field name → list of texts; None stands for null."""

    def __init__(self, source, fields, time=0.0):
        self.source = source
        self.time = time
        self.fields = {
            name: [None if v is None else text_of(v) for v in listed(value)]
            for name, value in fields.items()
        }

    def get(self, name):
        return self.fields.get(name, [])


class Mapping:
    def __init__(self, path):
        self.path = path
        self.data = read_yaml(path)[0]
        self.source = self.data["source"]
        self.exact, self.wild = {}, []
        for order, (pattern, name) in enumerate((self.data.get("paths") or {}).items()):
            if "*" in pattern.split("."):
                self.wild.append((order, pattern.split("."), name))
            else:
                self.exact[pattern] = (order, name)
        self.cache = {}

    def name(self, path):
        """The field name of a dotted JSON path."""
        known = self.cache.get(path)
        if known is None:
            known = self.cache[path] = self.resolve(path)
        return known

    def resolve(self, path):
        best = self.exact.get(path)
        parts = path.split(".")
        for order, pattern, name in self.wild:
            if best and best[0] < order:
                break
            if len(pattern) == len(parts) and all(
                    a == "*" or a == b for a, b in zip(pattern, parts)):
                if name == "*":
                    last = len(pattern) - 1 - pattern[::-1].index("*")
                    name = parts[last].replace(" ", "")
                best = (order, name)
                break
        return best[1] if best else path

    def flatten(self, record):
        fields = collections.defaultdict(list)

        def walk(value, path):
            if isinstance(value, dict):
                for key, inner in value.items():
                    walk(inner, f"{path}.{key}" if path else key)
            elif isinstance(value, list):
                for inner in value:
                    walk(inner, path)
            else:
                fields[self.name(path)].append(value)

        walk(record, "")
        return dict(fields)

    def recognises(self, fields):
        return any(all(name in fields for name in names)
                   for names in self.data.get("recognise") or [])

    def entries(self, event, extra=True):
        for entry in self.data["logsources"]:
            if entry.get("extra") and not extra:
                continue
            if all(any(v is not None and v.lower() == text_of(w).lower()
                       for v in event.get(field) for w in listed(wanted))
                   for field, wanted in (entry.get("when") or {}).items()):
                yield entry


# MARK: evaluating what pySigma parsed


COMPILED = {}


def string_matches(pattern, text):
    known = COMPILED.get(id(pattern))
    if known is None:
        out = []
        for part in pattern.s:
            if part == SpecialChars.WILDCARD_MULTI:
                out.append(".*")
            elif part == SpecialChars.WILDCARD_SINGLE:
                out.append(".")
            else:
                out.append(re.escape(str(part)))
        flags = re.S if isinstance(pattern, SigmaCasedString) else re.S | re.I
        # The pattern is kept beside its expression, so that its id stays its own.
        known = COMPILED[id(pattern)] = (re.compile("".join(out), flags), pattern)
    return known[0].fullmatch(text) is not None


FLAGS = {SigmaRegularExpressionFlag.IGNORECASE: re.I,
         SigmaRegularExpressionFlag.MULTILINE: re.M,
         SigmaRegularExpressionFlag.DOTALL: re.S}


def number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def value_matches(value, texts, event, rename):
    if isinstance(value, SigmaExpansion):
        return any(value_matches(v, texts, event, rename) for v in value.values)
    if isinstance(value, SigmaNull):
        return not texts or None in texts
    if isinstance(value, SigmaExists):
        return bool(texts) == bool(value.exists)
    present = [t for t in texts if t is not None]
    if isinstance(value, SigmaString):
        return any(string_matches(value, t) for t in present)
    if isinstance(value, SigmaNumber):
        return any(t == str(value.number) or number(t) == value.number for t in present)
    if isinstance(value, SigmaBool):
        return any(t.lower() == str(value.boolean).lower() for t in present)
    if isinstance(value, SigmaRegularExpression):
        flags = 0
        for flag in value.flags:
            flags |= FLAGS[flag]
        return any(re.search(str(value.regexp), t, flags) for t in present)
    if isinstance(value, SigmaCIDRExpression):
        network = ipaddress.ip_network(str(value.cidr), strict=False)
        for text in present:
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                continue
            if getattr(address, "ipv4_mapped", None):
                address = address.ipv4_mapped
            if address.version == network.version and address in network:
                return True
        return False
    if isinstance(value, SigmaCompareExpression):
        compare = {"LT": lambda a, b: a < b, "LTE": lambda a, b: a <= b,
                   "GT": lambda a, b: a > b, "GTE": lambda a, b: a >= b}[value.op.name]
        return any(number(t) is not None and compare(number(t), value.number.number)
                   for t in present)
    if isinstance(value, SigmaFieldReference):
        others = event.get(rename.get(value.field, value.field))
        return any(o is not None and o.lower() == t.lower() for t in present for o in others)
    raise NotImplementedError(type(value))


def holds(node, event, rename):
    if isinstance(node, ConditionAND):
        return all(holds(arg, event, rename) for arg in node.args)
    if isinstance(node, ConditionOR):
        return any(holds(arg, event, rename) for arg in node.args)
    if isinstance(node, ConditionNOT):
        return not holds(node.args[0], event, rename)
    if isinstance(node, ConditionFieldEqualsValueExpression):
        field = rename.get(node.field, node.field)
        return value_matches(node.value, event.get(field), event, rename)
    if isinstance(node, ConditionValueExpression):
        every = [t for texts in event.fields.values() for t in texts if t is not None]
        if isinstance(node.value, SigmaString):
            return any(string_matches(node.value, t) or
                       re.search(re.escape(str(node.value)), t, re.I) for t in every)
        return value_matches(node.value, every, event, rename)
    raise NotImplementedError(type(node))


class Judge:
    def __init__(self, rules_root):
        self.problems = []
        self.mappings = {}
        for path in sorted((ROOT / "Content/mappings").glob("*.yml")):
            mapping = Mapping(path)
            self.mappings[mapping.source] = mapping
        self.paths = sorted(rules_root.rglob("*.yml"))
        self.collection = SigmaCollection.load_ruleset(self.paths, collect_errors=True)
        self.rules = {str(rule.id): rule for rule in self.collection.rules}
        self.by_name = {rule.name: rule for rule in self.collection.rules if rule.name}
        self.parsed = {}
        self.candidates = {}

    def say(self, where, what):
        self.problems.append(f"{where}: {what}")

    def conditions(self, rule):
        key = str(rule.id)
        if key not in self.parsed:
            self.parsed[key] = [c.parsed for c in rule.detection.parsed_condition]
        return self.parsed[key]

    @staticmethod
    def accepts(logsource, entry):
        return all(getattr(logsource, part) is None or getattr(logsource, part) == entry.get(part)
                   for part in ("product", "category", "service"))

    def rule_matches(self, rule, event, extra=True):
        renames = self.accepting(event, extra).get(str(rule.id), ())
        return any(holds(c, event, rename) for rename in renames for c in self.conditions(rule))

    def accepting(self, event, extra=True):
        """For the event's class: rule id → the `fields` of each entry that the rule accepts."""
        mapping = self.mappings.get(event.source)
        if mapping is None:
            return {}
        key = (event.source, extra,
               tuple(tuple(event.get(field)) for field in mapping.data["class_by"]))
        if key not in self.candidates:
            rules = collections.defaultdict(list)
            for entry in mapping.entries(event, extra):
                rename = entry.get("fields") or {}
                for rule in self.collection.rules:
                    if not isinstance(rule, SigmaCorrelationRule) \
                            and self.accepts(rule.logsource, entry) \
                            and rename not in rules[str(rule.id)]:
                        rules[str(rule.id)].append(rename)
            self.candidates[key] = dict(rules)
        return self.candidates[key]

    # MARK: correlations

    @staticmethod
    def group(rule, event):
        key = []
        for field in rule.group_by or []:
            texts = [t for t in event.get(field) if t is not None]
            if not texts:
                return None
            key.append(texts[0].lower())
        return tuple(key)

    def hits(self, rule, events):
        """Indices and times at which a rule, detection or correlation, fires."""
        if not isinstance(rule, SigmaCorrelationRule):
            return [(e.time, e) for e in events if self.rule_matches(rule, e)]
        span = rule.timespan.seconds
        groups = collections.defaultdict(list)
        for index, reference in enumerate(rule.rules):
            target = reference.rule
            for time, event in self.hits(target, events):
                key = self.group(rule, event)
                if key is not None:
                    groups[key].append((time, index, event))
        found = []
        kind = rule.type.name
        for seen in groups.values():
            seen.sort(key=lambda item: item[0])
            for end, (time, _, event) in enumerate(seen):
                window = [s for s in seen[:end + 1] if time - s[0] <= span]
                if self.satisfied(rule, kind, window):
                    found.append((time, event))
                    break
        return found

    def satisfied(self, rule, kind, window):
        if kind in ("EVENT_COUNT", "VALUE_COUNT"):
            if kind == "EVENT_COUNT":
                amount = len(window)
            else:
                amount = len({v for _, _, e in window for v in e.get(rule.condition.fieldref[0]
                              if isinstance(rule.condition.fieldref, list)
                              else rule.condition.fieldref)})
            op, wanted = rule.condition.op.name, rule.condition.count
            return {"GTE": amount >= wanted, "GT": amount > wanted, "EQ": amount == wanted,
                    "LT": amount < wanted, "LTE": amount <= wanted}[op]
        if kind == "TEMPORAL":
            return {index for _, index, _ in window} == set(range(len(rule.rules)))
        if kind == "TEMPORAL_ORDERED":
            wanted = 0
            for _, index, _ in window:
                if index == wanted:
                    wanted += 1
            return wanted == len(rule.rules)
        raise NotImplementedError(kind)

    # MARK: checks

    def check_mappings(self):
        kinds, activities = enum_order("SourceKind"), enum_order("Activity")
        for mapping in self.mappings.values():
            data, where = mapping.data, mapping.path.name
            for key in set(data) - MAPPING_KEYS:
                self.say(where, f"unknown key {key}")
            for key in {"source", "class_by", "logsources"} - set(data):
                self.say(where, f"no {key}")
            if data["source"] not in kinds:
                self.say(where, f"unknown source {data['source']}")
            if len(data["class_by"]) > 2:
                self.say(where, "more than two class fields")
            for entry in data["logsources"]:
                for key in set(entry) - ENTRY_KEYS:
                    self.say(where, f"unknown key {key} in {entry}")
                if not {"product", "category", "service"} & set(entry):
                    self.say(where, f"no log source in {entry}")
                if entry.get("activity", "other") not in activities:
                    self.say(where, f"unknown activity in {entry}")
                for field in entry.get("when") or {}:
                    if field not in data["class_by"]:
                        self.say(where, f"{field} is no class field")

    def check_rules(self, attack):
        seen = {}
        for path in self.paths:
            try:
                documents = read_yaml(path)
            except yaml.YAMLError as error:
                self.say(str(path.relative_to(ROOT)), str(error).replace("\n", " "))
                continue
            for document in documents:
                self.check_document(path, document, attack, seen)
        for rule in self.collection.rules:
            for error in rule.errors:
                self.say(rule.title, str(error))
        for error in self.collection.errors:
            self.say("pySigma", str(error))

    def check_document(self, path, document, attack, seen):
        where = str(path.relative_to(ROOT))
        for key in ("title", "id", "status", "description", "author", "license", "date", "tags",
                    "falsepositives", "level"):
            if not document.get(key):
                self.say(where, f"no {key}")
        identifier = str(document.get("id"))
        try:
            if uuid.UUID(identifier).version != 4:
                self.say(where, "id is not a random UUID")
        except ValueError:
            self.say(where, "id is not a UUID")
        if identifier in seen:
            self.say(where, f"id is that of {seen[identifier]}")
        seen[identifier] = where
        if document.get("title") in seen:
            self.say(where, f"title is that of {seen[document['title']]}")
        seen[document.get("title")] = where
        if len(document.get("title", "")) > 110:
            self.say(where, "title longer than 110")
        if document.get("author") != "Kagari contributors":
            self.say(where, "author")
        if document.get("license") != "Apache-2.0":
            self.say(where, "license")
        if document.get("level") not in LEVELS:
            self.say(where, "level")
        for tag in document.get("tags") or []:
            body = tag.removeprefix("attack.")
            if body == tag or (attack and body not in attack):
                self.say(where, f"unknown tag {tag}")
        if "logsource" in document:
            wanted = document["logsource"]
            served = [entry for mapping in self.mappings.values()
                      for entry in mapping.data["logsources"]
                      if all(wanted.get(p) in (None, entry.get(p))
                             for p in ("product", "category", "service"))]
            if not served and self.complete:
                self.say(where, f"no mapping serves {wanted}")

    def check_events(self, rules_root, events_root):
        cases = 0
        for path in self.paths:
            beside = events_root / path.relative_to(rules_root)
            where = str(path.relative_to(ROOT))
            if not beside.exists():
                self.say(where, "no events")
                continue
            data = read_yaml(beside)[0]
            rule = self.rules.get(str(data.get("rule")))
            if rule is None:
                self.say(where, "events name another rule")
                continue
            for kind, wanted in (("positive", True), ("negative", False)):
                if not data.get(kind):
                    self.say(where, f"no {kind} event")
                for number_, case in enumerate(data.get(kind) or []):
                    cases += 1
                    if case["source"] not in self.mappings:
                        self.skipped[case["source"]] += 1
                        continue
                    if bool(self.hits(rule, expand(case))) != wanted:
                        self.say(where, f"{kind} event {number_ + 1} "
                                 + ("does not match" if wanted else "matches"))
        return cases


    def check_shapes(self, path):
        order = [value for value in enum_order("SourceKind") if value in self.mappings]
        shapes = read_yaml(path)[0]
        for number_, shape in enumerate(shapes):
            where, kind = f"{path.name} {number_ + 1}", shape["source"]
            fields = self.mappings[kind].flatten(shape["record"])
            first = [k for k in order if self.mappings[k].recognises(
                self.mappings[k].flatten(shape["record"]))]
            if first[:1] != [kind]:
                self.say(where, f"a record of {kind} is taken for {first[:1]}")
            for name, value in shape["fields"].items():
                if fields.get(name) != listed(value):
                    self.say(where, f"{name} is {fields.get(name)}, not {value}")
        return len(shapes)


def expand(case):
    """The events of one case, times in seconds from its start."""
    events = []
    for item in case.get("events") or [case]:
        for turn in range(item.get("repeat", 1)):
            fields = {name: value.replace("{n}", str(turn + 1)) if isinstance(value, str) else value
                      for name, value in item["fields"].items()}
            events.append(Event(case["source"], fields,
                                item.get("after", 0) + turn * item.get("every", 0)))
    return events


def attack_names(path):
    data = json.loads(Path(path).read_text())
    names = {t["id"].lower() for t in data["techniques"]
             if not t.get("revoked") and not t.get("deprecated")}
    return names | {t["shortname"] for t in data["tactics"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--attack")
    parser.add_argument("--stats", action="store_true")
    options = parser.parse_args()
    rules_root, events_root = ROOT / "Content/rules", ROOT / "Content/rule-events"
    judge = Judge(rules_root)
    judge.skipped = collections.Counter()
    judge.complete = {"linux", "macos", "auditd", "zeek", "webserver"} <= set(judge.mappings)
    judge.check_mappings()
    judge.check_rules(attack_names(options.attack) if options.attack else None)
    cases = judge.check_events(rules_root, events_root)
    shapes = judge.check_shapes(ROOT / "Tests/Judges/shapes.yml")
    for problem in judge.problems:
        print(problem)
    correlations = sum(isinstance(r, SigmaCorrelationRule) for r in judge.collection.rules)
    if options.stats:
        tags = {str(t) for r in judge.collection.rules for t in r.tags
                if re.match(r"attack\.t\d", str(t))}
        levels = collections.Counter(str(r.level).lower() for r in judge.collection.rules)
        print(f"levels {dict(levels)}; techniques {len(tags)}; not judged {dict(judge.skipped)}")
    print(f"{len(judge.mappings)} mappings, {shapes} shapes, {len(judge.collection.rules)} rules "
          f"({correlations} correlations), {cases} cases, {len(judge.problems)} problems")
    return 1 if judge.problems else 0


if __name__ == "__main__":
    sys.exit(main())
