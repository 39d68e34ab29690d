#!/usr/bin/env python3
# proves: no byte of one customer reaches another, by API, feed, pages, intake, listeners or command line
# pypi: cryptography==49.0.0
"""Two customers with secrets in every field; each one's people and programs try seeded random calls with the other's ids.

    prove_isolation.py [--calls N] [--seed N]

Every path and method of /api/openapi.json is tried by every principal with the other's tenant, incidents, alerts, cursors, ETags and idempotency keys.
What is answered must hold none of the other's secrets; a call that names the other's tenant must get 404, the same as for a tenant that there is
not; and in the end everything of the other must be as it was. Traffic is on loopback only.
"""
import argparse
import collections
import http.client
import json
import random
import re
import socket
import subprocess
import threading
import time

from proof import end
from service import Caller, Service, fails, free_port, folder, post, program_of_proof, tell, wait_for
from two_tenants import Customer, leaks, strip

GARBAGE = ("nothing", "zz" * 16, "-1", "0", "%2e%2e", "'%20OR%201=1", "é", "a" * 200)
# Paths whose parameter is an id of a kind that the customers have.
KINDS = {"tenant": "tenant", "incident": "incident", "alert": "alert", "session": "session", "agent": "agent", "order": "order"}


class Prover:
    def __init__(self, chance, own, other, document, figures):
        self.chance, self.own, self.other = chance, own, other
        self.document, self.figures, self.holds = document, figures, True

    def fail(self, sentence):
        self.figures["failures"] += 1
        if self.figures["failures"] <= 20:
            fails(sentence)
        self.holds = False

    # A call

    def value(self, name, path):
        kind = KINDS.get(name)
        if kind is None:
            kind = {"sources": "source", "keys": "key", "suppressions": "suppression"}.get(
                path.split("/")[3])
        if name in ("sequence", "number", "position"):
            return str(self.chance.choice((0, 1, 2, 3, 5, 8, 40)))
        owners = [self.other] * 6 + [self.own] * 2
        words = self.chance.choice(owners).ids.get(kind, [])
        if not words or self.chance.random() < 0.08:
            return self.chance.choice(GARBAGE)
        return self.chance.choice(words)

    def body(self, schema, depth=0):
        """A value that the schema lets pass, with the other's ids where it takes ids."""
        other = self.other
        if schema is True:
            return self.chance.choice(({"kind": "isolate_host"}, {"kind": "undo", "order": other.ids["order"][0]},
                                       {"watched": ["/etc"]}, "word"))
        if "$ref" in schema:
            return self.chance.choice(({}, {"text": "e"}, {"exists": "Image"}, {"not": {"text": "qqqq"}},
                                       {"field": "EventID", "is": "greater", "value": "0"},
                                       {"field": "tenant", "is": "equals", "value": other.tenant},
                                       {"any": [{"text": "a"}, {"text": "1"}]}))
        if "anyOf" in schema:
            return self.body(self.chance.choice(schema["anyOf"]), depth)
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            return {name: self.named(name, part, depth) for name, part in
                    schema.get("properties", {}).items()
                    if name in schema.get("required", ()) or self.chance.random() < 0.6}
        if kind == "array":
            return [self.body(schema["items"], depth + 1) for _ in range(self.chance.randint(0, 3))]
        if kind == "integer":
            return self.chance.randint(1, 9)
        if kind == "boolean":
            return self.chance.random() < 0.5
        if schema.get("format") == "date-time":
            return "2026-03-12T09:00:00Z"
        return "word" if kind == "string" else None

    def named(self, name, part, depth):
        other = self.other
        ids = {"into": "incident", "assignee": "person", "alerts": "alert"}.get(name)
        if ids and self.chance.random() < 0.8:
            words = other.ids[ids]
            return words[:3] if name == "alerts" else self.chance.choice(words)
        if name == "tenants":
            return [other.tenant]
        if name == "everywhere":
            return self.chance.random() < 0.3
        if name == "cursor" and self.chance.random() < 0.7:
            return self.chance.choice(other.cursors)
        if name == "filter":
            return self.body({"$ref": ""}, depth)
        if name in ("id", "login", "name"):
            return f"new-{self.chance.randrange(10**9)}"
        return self.body(part, depth)

    def call(self, operation):
        path, method, operation = operation
        names = {name: self.value(name, path) for name in re.findall(r"{(\w+)}", path)}
        # One's own things are not to be deleted: there would be nobody left to ask.
        if method == "DELETE" or path.endswith("/token"):
            names = {name: self.chance.choice(self.other.ids.get(
                KINDS.get(name) or {"sources": "source", "keys": "key"}.get(
                    path.split("/")[3], "suppression"), ["none"])) for name in names}
        query = []
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "query" or self.chance.random() < 0.5:
                continue
            name = parameter["name"]
            value = {"tenant": self.chance.choice((self.other.tenant, self.own.tenant)),
                     "cursor": self.chance.choice(self.other.cursors), "limit": "500",
                     "text": "e", "after": "0", "since": "2000-01-01T00:00:00Z",
                     "until": "2100-01-01T00:00:00Z"}.get(name)
            if value is None:
                value = str(self.body(parameter["schema"]))
            query.append(f"{name}={value}")
        headers = {}
        if self.chance.random() < 0.5:
            headers["If-Match"] = self.chance.choice(self.other.etags)
        if method == "POST" and self.chance.random() < 0.2:
            headers["Idempotency-Key"] = f"key-of-{self.other.tenant}"
        body = None
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content:
            body = self.body(content["schema"])
        target = re.sub(r"{(\w+)}", lambda m: names[m[1]], path)
        asked = target + ("?" + "&".join(query) if query else "")
        return method, asked.replace("é", "%C3%A9"), body, headers, names, query

    def one(self, caller, operation):
        method, target, body, headers, names, query = self.call(operation)
        if target.startswith("/api/v1/feed"):
            return
        for _ in range(200):
            got = caller.send(method, target, body, headers)
            if got.status != 429:
                break
            time.sleep(0.2)
        self.figures["calls"] += 1
        self.figures[got.status] += 1
        what = f"{caller.name} {method} {target} {json.dumps(body)[:200]}"
        sent = target + json.dumps(body) + json.dumps(headers)
        for word in leaks(self.other, sent, got)[:1]:
            self.fail(f"{what}: {got.status} tells {word}, which is {self.other.tenant}'s")
        if got.status >= 500:
            self.fail(f"{what}: {got.status} {got.body[:200]!r}")
        foreign = names.get("tenant") == self.other.tenant or \
            f"tenant={self.other.tenant}" in query
        if foreign:
            self.figures["foreign"] += 1
            # What takes a right over all tenants is refused before any tenant is looked for.
            is_providers = method == "PATCH" and target.startswith("/api/v1/tenants/")
            if got.status not in (404, 400) and not (is_providers and got.status == 403):
                self.fail(f"{what}: {got.status} where a foreign tenant gets 404")
            if is_providers or self.chance.random() < 0.4:
                self.same_as_none(caller, method, target, body, headers, got, what)

    def same_as_none(self, caller, method, target, body, headers, got, what):
        """A tenant of somebody else is answered as one that there is not."""
        none = "nobody-here"
        asked = target.replace(self.other.tenant, none)
        if asked != target:
            for _ in range(200):
                blank = caller.send(method, asked, body, headers)
                if blank.status != 429:
                    break
                time.sleep(0.2)
            if (blank.status, strip(blank.body, none)) != (
                    got.status, strip(got.body, self.other.tenant)):
                self.fail(f"{what}: {got.status} {got.body[:160]!r}, but {blank.status} "
                          f"{blank.body[:160]!r} for a tenant that there is not")


def operations(admin):
    document = admin.ask("GET", "/api/openapi.json")
    return [(path, method.upper(), operation) for path, methods in document["paths"].items()
            for method, operation in methods.items() if path != "/api/v1/session"]


class FeedReader(threading.Thread):
    """Keeps all that a feed tells."""

    def __init__(self, caller, query="", last=None):
        super().__init__(daemon=True)
        self.caller, self.text = caller, ""
        self.wire = http.client.HTTPConnection("127.0.0.1", caller.service.console, timeout=30)
        headers = caller.headers() | ({"Last-Event-ID": last} if last is not None else {})
        self.wire.request("GET", "/api/v1/feed" + query, headers=headers)
        self.answer = self.wire.getresponse()
        self.status = self.answer.status

    def run(self):
        try:
            while line := self.answer.readline():
                self.text += line.decode("utf-8", "replace")
        except (OSError, ValueError, AttributeError):
            pass

    def close(self):
        try:
            self.wire.sock.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass


def principals(customer):
    made = [Caller(customer.service, f"{customer.tenant} key {kind}", key=key)
            for kind, key in customer.keys.items()]
    for role, person in customer.people.items():
        person.name = f"{customer.tenant} {role}"
        made.append(person)
    return made


def feeds(own, other, holds):
    """Feeds of one's own, from the beginning and from now on, while both tenants change."""
    readers = []
    for caller in principals(own):
        for last in (None, "0"):
            reader = FeedReader(caller, last=last)
            reader.start()
            readers.append(reader)
        refused = FeedReader(caller, f"?tenant={other.tenant}")
        if refused.status != 404:
            holds = fails(f"{caller.name}: a feed of {other.tenant} got {refused.status}")
        refused.close()
    for _ in range(3):
        other.touch()
        own.touch()
    wait_for(lambda: all(own.ids["incident"][0] in reader.text for reader in readers), 20, 0.3)
    time.sleep(1)
    for reader in readers:
        reader.close()
        if own.ids["incident"][0] not in reader.text:
            holds = fails(f"{reader.caller.name}: the feed told nothing of its own tenant")
        found = leaks(other, "", reader.text) + re.findall(f'"{other.tenant}"', reader.text)
        if found:
            holds = fails(f"{reader.caller.name}: the feed told {found[0]}")
    return holds, len(readers)


def intake(own, other, holds):
    """One's own token with everything else naming the other."""
    def sequences(customer):
        return [one["sequence"] for one in customer.admin.events(customer.tenant)]
    before, mine = sequences(other), len(sequences(own))
    head = {"Authorization": f"Bearer {own.token}"}
    event = json.dumps({"event": {"message": "crossing", "tenant": other.tenant},
                        "index": other.tenant, "source": other.ids["source"][0],
                        "host": other.tenant, "fields": {"tenant": other.tenant}})
    line = json.dumps({"message": "crossing", "tenant": other.tenant}) + "\n"
    bulk = json.dumps({"create": {"_index": other.tenant, "_id": "x"}}) + "\n" + line
    more = {"X-Tenant": other.tenant, "X-Kagari-Tenant": other.tenant,
            "X-Splunk-Request-Channel": other.channel}
    acks = post(own.service.intake, "/services/collector/ack",
                json.dumps({"acks": [other.ack]}), head | more)
    if json.loads(acks.body) != {"acks": {str(other.ack): False}}:
        holds = fails(f"{own.tenant} is told of {other.tenant}'s channel: {acks.body}")
    sent = 0
    for path, body in (("/services/collector/event", event),
                       (f"/services/collector/raw?index={other.tenant}&source=x", line),
                       (f"/{other.tenant}/_bulk", bulk),
                       (f"/ingest/webhook/{other.tenant}", line)):
        got = post(own.service.intake, path, body, head | more)
        sent += got.status in (200, 201)
        if leaks(other, body, got):
            holds = fails(f"intake {path} tells {leaks(other, body, got)[0]}")
    got = post(own.service.intake, f"/ingest/webhook/w?tenant={other.tenant}&token={other.token}",
               line, head)
    sent += got.status in (200, 201)
    for key in (f"x{own.token}", own.keys["writer"], own.token[:-1] + ("1" if own.token[-1] == "0" else "0"), ""):
        got = post(own.service.intake, "/services/collector/event", event,
                   {"Authorization": f"Splunk {key}"})
        if got.status not in (401, 403):
            holds = fails(f"intake took a record with the token {key!r}: {got.status}")
    for text in (f"<13>1 2026-03-12T09:00:00Z {other.tenant} app - - [t tenant=\"{other.tenant}\"] x\n",):
        with socket.create_connection(("127.0.0.1", own.service.syslog_tcp)) as wire:
            wire.sendall(text.encode())
        with socket.socket(type=socket.SOCK_DGRAM) as wire:
            wire.sendto(text.encode(), ("127.0.0.1", own.service.syslog_udp))
    wait_for(lambda: len(sequences(own)) >= mine + sent, 20, 0.5)
    if len(sequences(own)) != mine + sent:
        holds = fails(f"{sent} records were taken, {len(sequences(own)) - mine} are one's own")
    if sequences(other) != before:
        holds = fails(f"a record sent by {own.tenant} lies in {other.tenant}")
    tell(f"{own.tenant} sent {sent} records that name {other.tenant}; all lie in {own.tenant}")
    return holds


def pages(own, other, holds):
    """What a browser sees."""
    for person in own.people.values():
        for path in ("/", f"/?tenant={other.tenant}",
                     f"/incidents/{other.tenant}/{other.ids['incident'][0]}",
                     f"/incidents/{other.tenant}/{other.ids['incident'][0]}?part=timeline",
                     f"/incidents/{own.tenant}/{other.ids['incident'][0]}",
                     f"/records/{other.tenant}/1", "/metrics"):
            got = person.send("GET", path)
            found = leaks(other, path, got)
            if found:
                holds = fails(f"{person.name}: page {path} tells {found[0]}")
            named = (f"/incidents/{other.tenant}", f"/records/{other.tenant}")
            if path.startswith(named) and got.status != 404:
                holds = fails(f"{person.name}: page {path} got {got.status}")
    return holds


def command_line(own, other, holds):
    """The program's own commands with a key. None where it has none yet."""
    program = own.service.program
    if subprocess.run([program, "incidents", "--help"], capture_output=True,
                      check=False).returncode != 0:
        return None
    home = folder("isolation-key")
    (home / "key").write_text(own.keys["writer"], encoding="utf-8")
    (home / "key").chmod(0o600)
    place = ["--server", f"http://127.0.0.1:{own.service.console}", "--key-file", home / "key"]
    incident = f"{other.tenant}/{other.ids['incident'][0]}"
    for words in (["incidents", "list"], ["incidents", "list", "--tenant", other.tenant],
                  ["incidents", "show", incident], ["alerts"], ["sources"], ["tenants"],
                  ["users"], ["suppressions"], ["search", "--limit", "1000"],
                  ["search", "--tenant", other.tenant], ["incidents", "comment", incident, "x"]):
        done = subprocess.run([program, *words, *place], capture_output=True, text=True,
                              cwd=home, timeout=60, check=False)
        found = leaks(other, " ".join(words), done.stdout + done.stderr)
        if found:
            holds = fails(f"kagari {' '.join(words)} tells {found[0]}")
        if other.tenant in " ".join(words) and done.returncode == 0:
            holds = fails(f"kagari {' '.join(words)} ended with 0")
    return holds


def direction(own, other, chance, calls, document, figures):
    """`own` tries to reach `other`."""
    before = other.state()
    callers = principals(own)
    prover = Prover(chance, own, other, document, figures)
    for number in range(calls):
        # Everyone tries every operation in turn, so that none is left to luck.
        prover.one(callers[number % len(callers)],
                   document[number // len(callers) % len(document)])
    holds = pages(own, other, prover.holds)
    cli = command_line(own, other, holds)
    figures["command line"] += cli is not None
    holds = holds if cli is None else cli
    after = other.state()
    for name in before:
        if before[name] != after[name]:
            holds = fails(f"{own.tenant} changed {other.tenant}'s {name}: {len(before[name])} "
                          f"before, {len(after[name])} after")
    holds = intake(own, other, holds)
    holds, count = feeds(own, other, holds)
    figures["feeds"] += count
    return holds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=800)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, figures = random.Random(options.seed), collections.Counter()
    agents = free_port()
    service = Service(program_of_proof(), folder("isolation"), "--agents", f"127.0.0.1:{agents}", syslog=True).start()
    admin = service.admin()
    customers = [Customer(service, admin, name, chance) for name in ("acme", "bravo")]
    for customer in customers:
        customer.settle()
        customer.let_host_in(agents)
    seen = sum(word in json.dumps([customer.state(), customer.admin.ask(
        "POST", f"/api/v1/events/search?tenant={customer.tenant}", {"limit": 1000})])
        for customer in customers for word in customer.marks)
    tell(f"{sum(len(c.marks) for c in customers)} secrets made, the provider sees {seen} of them; "
         f"{len(customers[0].ids['alert'])} and {len(customers[1].ids['alert'])} alerts")
    holds = seen >= 50 or fails("too few secrets are seen by the provider to prove anything")
    document = operations(admin)
    first, second = customers
    if (first.bulk(), second.bulk()) != (409, 409):
        holds = fails("the same id of two tenants is not kept once for each")
    for own, other in ((first, second), (second, first)):
        holds = direction(own, other, chance, options.calls, document, figures) and holds
    service.stop()
    answers = " ".join(f"{status}:{figures[status]}" for status in sorted(
        status for status in figures if isinstance(status, int)))
    end(holds, f"{figures['calls']} calls of {len(document)} operations ({answers}), "
        f"{figures['foreign']} into the other tenant, {figures['feeds']} feeds, command line "
        f"{'tried' if figures['command line'] else 'not there'}; "
        f"{figures['failures']} failures")


if __name__ == "__main__":
    main()
