"""Two customers with secrets in every field, for the proof that neither sees the other."""
import asyncio
import json
import pathlib
import re
import shutil
import sys
import tempfile
import time

from proof import ROOT
from scenario_load import NAMES, records
from service import post, takes, wait_for

sys.path.insert(0, str(ROOT / "Benchmarks"))
import agents

ALL_READS = ["read events", "read sources", "read alerts", "read incidents", "read suppressions",
             "read rules", "read reports", "read webhooks", "read ledger", "read people",
             "read tenants", "read health", "read agents", "read orders"]
WRITES = ["update alerts", "decide alerts", "create incidents", "update incidents",
          "decide incidents", "create suppressions", "update suppressions", "delete suppressions",
          "create sources", "update sources", "ingest events", "export events",
          "create agents", "update agents", "create orders"]


class Customer:
    """A tenant, what is kept of it, its people and programs, and the marks that stand in all of it."""

    def __init__(self, service, admin, tenant, chance):
        self.service, self.admin, self.tenant = service, admin, tenant
        self.chance = chance
        self.marks = set()
        self.ids = {"tenant": [tenant]}
        self.etags = []
        self.cursors = []

    def mark(self):
        """A word that nothing else has."""
        word = "zq" + "".join(self.chance.choice("bcdfghjkmnprstvwxz") for _ in range(14))
        self.marks.add(word)
        return word

    def settle(self):
        admin, tenant, mark = self.admin, self.tenant, self.mark
        admin.ask("POST", "/api/v1/tenants", {"id": tenant, "name": mark()})
        made = admin.ask("POST", f"/api/v1/sources/{tenant}",
                         {"id": f"s-{mark()}", "name": mark(), "type": mark()})
        self.token = made["token"]
        self.ids["source"] = [made["source"]["id"]]
        takes(self.service, self.token)
        self.send_morning()
        made = admin.ask("POST", f"/api/v1/suppressions/{tenant}", {
            "rule": mark(), "conditions": [{"field": mark(), "value": mark()}], "reason": mark(),
            "expires": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30 * 86400))})
        self.ids["suppression"] = [made["id"]]
        self.people = {}
        for role in ("customer-admin", "customer-viewer"):
            name = f"p-{mark()}"
            self.people[role] = admin.invite(tenant, name, role)
            self.ids.setdefault("person", []).append(name)
        self.keys = {}
        for kind, permissions in (("reader", ALL_READS), ("writer", ALL_READS + WRITES)):
            made = admin.ask("POST", f"/api/v1/keys/{tenant}", {
                "name": mark(), "permissions": permissions, "tenants": [tenant]})
            self.ids.setdefault("key", []).append(made["key"]["id"])
            self.keys[kind] = made["secret"]
        self.work_on_incidents()
        self.learn()

    def let_host_in(self, port):
        """A host with a policy, an order that waits for it, and marks in all of them."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="kagari-host-"))
        try:
            made = self.admin.ask("POST", f"/api/v1/agents/{self.tenant}/join-tokens", {})
            asyncio.run(agents.enrol(port, made["token"], folder / "agent"))
        finally:
            shutil.rmtree(folder)
        self.admin.ask("POST", f"/api/v1/agents/{self.tenant}/policy",
                       {"policy": {"watched": [f"/{self.mark()}"]}})
        host = self.admin.ask("GET", f"/api/v1/agents?tenant={self.tenant}")["agents"][0]["id"]
        self.ids["agent"] = [host]
        self.admin.ask("PATCH", f"/api/v1/agents/{self.tenant}/{host}", {"name": self.mark()})
        order = self.admin.ask("POST", f"/api/v1/agents/{self.tenant}/{host}/orders",
                               {"action": {"kind": "quarantine_file", "paths": [f"/{self.mark()}"]}})
        self.ids["order"] = [order["id"]]

    def send_morning(self):
        """The intrusion on machines, accounts and addresses that bear marks; and one event with a mark in each form."""
        renamed = {name: self.mark() for name in NAMES}
        lines = []
        for line in records():
            if "203.0.113.66" in line or "svcupd" in line or "EventID\":4720" in line:
                for name, word in renamed.items():
                    line = line.replace(name, word)
                lines.append(line)
        head = {"Authorization": f"Bearer {self.token}"}
        for start in range(0, len(lines), 50):
            answer = post(self.service.intake, "/ingest/webhook/w",
                          "\n".join(lines[start:start + 50]).encode(), head)
            assert answer.status == 200, answer
        event = {"event": {"message": self.mark(), "user": self.mark()}, "host": self.mark(),
                 "source": self.mark(), "sourcetype": self.mark(), "index": self.mark(),
                 "fields": {self.mark(): self.mark()}}
        self.channel = "0e6a1c5e-8d47-4a1d-9d3e-" + f"{self.chance.randrange(16**12):012x}"
        answer = post(self.service.intake, "/services/collector/event", json.dumps(event),
                      head | {"X-Splunk-Request-Channel": self.channel})
        self.ack = json.loads(answer.body)["ackId"]
        self.bulk_id, self.bulk_index = "shared-id", "shared-index"
        self.bulk()

    def bulk(self):
        """The status of a document whose id and index the other customer uses too."""
        lines = [{"create": {"_index": self.bulk_index, "_id": self.bulk_id}},
                 {"message": self.mark()}]
        answer = post(self.service.intake, "/_bulk",
                      "".join(json.dumps(line) + "\n" for line in lines),
                      {"Authorization": f"ApiKey {self.token}",
                       "Content-Type": "application/x-ndjson"})
        return json.loads(answer.body)["items"][0]["create"]["status"]

    def incidents(self):
        return list(self.admin.pages(f"/api/v1/incidents?tenant={self.tenant}", "incidents"))

    def work_on_incidents(self):
        found = wait_for(self.incidents, 60, 1)
        assert found, "the intrusion made no incident"
        time.sleep(3)
        incident = self.incidents()[0]["id"]
        base = f"/api/v1/incidents/{self.tenant}/{incident}"
        for path, body in (
                ("/comments", {"text": self.mark()}), ("/tasks", {"title": self.mark()}),
                ("/tags", {"tag": self.mark()}),
                ("/evidence", {"note": self.mark(), "sha256": "ab" * 32, "sequences": [2]}),
                ("/verdict", {"verdict": "true-positive", "reason": self.mark()})):
            self.act(base, path, body)
        self.admin.ask("POST", f"{base}/comments", {"text": self.mark()}, {
            "If-Match": self.etag(base), "Idempotency-Key": f"key-of-{self.tenant}"})

    def etag(self, base):
        got = self.admin.send("GET", base)
        return got.headers.get("ETag") or got.headers.get("etag")

    def act(self, base, path, body):
        return self.admin.ask("POST", base + path, body, {"If-Match": self.etag(base)})

    def touch(self):
        """A change that a feed of this tenant tells, and one more event."""
        incident = self.ids["incident"][0]
        self.act(f"/api/v1/incidents/{self.tenant}/{incident}", "/comments", {"text": self.mark()})
        post(self.service.intake, "/services/collector/raw", f"shop {self.mark()}".encode(),
             {"Authorization": f"Splunk {self.token}"})

    def learn(self):
        """Ids, ETags and cursors that somebody else should be able to do nothing with."""
        tenant, admin = self.tenant, self.admin
        self.ids["incident"] = [one["id"] for one in self.incidents()]
        self.ids["alert"] = [one["id"] for one in admin.pages(
            f"/api/v1/alerts?tenant={tenant}", "alerts")][:20]
        for incident in self.ids["incident"][:3]:
            self.etags.append(self.etag(f"/api/v1/incidents/{tenant}/{incident}"))
        for name in ("alerts", "incidents", "ledger", "people", "keys", "sources"):
            page = admin.ask("GET", f"/api/v1/{name}?tenant={tenant}&limit=1")
            self.cursors += [page["next_cursor"]] if page["next_cursor"] else []
        page = admin.ask("POST", f"/api/v1/events/search?tenant={tenant}", {"limit": 1})
        self.cursors += [page["next_cursor"]]
        self.ids["session"] = [one["id"] for person in self.people.values()
                               for one in person.ask("GET", "/api/v1/me/sessions")["sessions"]]

    def state(self):
        """Everything that the other must not have changed, as the provider sees it."""
        tenant, admin = self.tenant, self.admin
        kept = {name: list(admin.pages(f"/api/v1/{name}?tenant={tenant}", name))
                for name in ("incidents", "alerts", "sources", "suppressions", "people", "keys")}
        kept["ledger"] = [one for one in admin.pages(
            f"/api/v1/ledger?tenant={tenant}", "entries")]
        kept["tenant"] = [one for one in admin.pages("/api/v1/tenants", "tenants")
                          if one["id"] == tenant]
        kept["events"] = [one["sequence"] for one in admin.events(tenant)]
        return kept

    def secrets(self):
        """Marks, and ids that nobody told the other customer."""
        return self.marks | {word for kind, words in self.ids.items() for word in words
                             if kind != "tenant"} | {self.token} | set(self.keys.values())


def leaks(customer, sent, got):
    """Secrets of this customer in an answer, but for what the asker sent itself."""
    text = got if isinstance(got, str) else (
        json.dumps(got.headers) + got.body.decode("utf-8", "replace"))
    return sorted(word for word in customer.secrets() if word in text and word not in sent)


def strip(body, tenant):
    """An answer without the name of the tenant that was asked for."""
    return re.sub(re.escape(tenant), "TENANT", body.decode("utf-8", "replace"))


