#!/usr/bin/env python3
# proves: webhooks are told of every change at least once, signed as standardwebhooks wants, over failures and kills
# pypi: standardwebhooks==1.1.0
"""Registers receivers on loopback, lets the demonstration find incidents, and holds what they got against the ledger.

Receivers verify each message with PyPI's standardwebhooks before they read it. Nothing leaves the machine.
"""
import http.server
import json
import sys
import threading
import time

import served
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


class Receiver(http.server.ThreadingHTTPServer):
    """Answers `refuse` requests with 500 first; then takes what is signed right."""

    daemon_threads = True

    def __init__(self, refuse=0, status=204):
        super().__init__(("127.0.0.1", 0), Handler)
        self.refuse, self.status, self.verify = refuse, status, None
        self.got, self.wrong, self.refused = [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        server, name = self.server, self.headers["webhook-id"]
        if server.refuse > 0:
            server.refuse -= 1
            server.refused.append(name)
            self.answer(500)
            return
        try:
            message = server.verify.verify(body, dict(self.headers))
            server.got.append((name, message))
            self.answer(server.status)
        except (WebhookVerificationError, AttributeError) as error:
            server.wrong.append((name, str(error)))
            self.answer(400)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def wait(what, seconds, condition):
    for _ in range(int(seconds * 5)):
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {what}")


def register(client, receiver, tenant="demo", **more):
    made = client.ask("POST", f"/api/v1/webhooks/{tenant}",
                      {"name": "judge", "url": receiver.url, **more}).need(201).json
    receiver.verify = Webhook(made["secret"])
    return made["webhook"]["id"]


def changes(client, tenant):
    """What the ledger tells of incidents of the tenant, in order."""
    found, path = [], f"/api/v1/ledger?limit=500&tenant={tenant}"
    while path:
        page = client.ask("GET", path).need(200).json
        found += page["entries"]
        path = page["next_cursor"] and (
            f"/api/v1/ledger?limit=500&tenant={tenant}&cursor={page['next_cursor']}")
    return found


def tells(service):
    client = service.administrator()
    steady, shaky, elsewhere = Receiver(), Receiver(refuse=2), Receiver()
    gone, picky = Receiver(status=410), Receiver()
    names = {r: register(client, r) for r in (steady, shaky, gone)}
    names[elsewhere] = register(client, elsewhere, tenant="main")
    names[picky] = register(client, picky, events=["incident.comment-written"])
    wait("the demonstration's incidents", 180, lambda: len(steady.got) >= 3)
    service.kill(), service.start()
    wait("both have everything", 120, lambda: not client.ask(
        "GET", "/metrics").text.count("never") and {n for n, _ in shaky.got} >= {
            n.replace(names[steady], names[shaky]) for n, _ in steady.got[:3]})
    incident = client.ask("GET", "/api/v1/incidents?tenant=demo").need(200).json["incidents"][0]
    place = f"/api/v1/incidents/demo/{incident['id']}"
    seen = client.ask("GET", place).need(200)
    client.ask("POST", place + "/comments", {"text": "Seen."},
               headers={"If-Match": seen.headers["etag"]}).need(200)
    wait("the comment", 30, lambda: picky.got)
    wait("quiet", 150, lambda: settled(client, steady, shaky, names))
    kinds = {m["type"] for _, m in steady.got}
    assert {"incident.incident-told", "incident.comment-written"} <= kinds, kinds
    assert [m["type"] for _, m in picky.got] == ["incident.comment-written"]
    assert all(m["data"]["tenant"] == "demo" for _, m in steady.got + shaky.got)
    assert not elsewhere.got, "a tenant was told of another"
    assert not steady.wrong + shaky.wrong, "a signature was wrong"
    assert shaky.refused[0] == shaky.refused[1] == shaky.got[0][0], "a retry has another id"
    wait("410 disables", 60, lambda: next(
        w for w in client.ask("GET", "/api/v1/webhooks").json["webhooks"]
        if w["id"] == names[gone])["disabled"])
    assert len(gone.got) == 1
    assert any("webhook-disabled" in json.dumps(e) for e in changes(client, "demo"))
    old = steady.verify
    steady.verify = Webhook(client.ask(
        "POST", f"/api/v1/webhooks/demo/{names[steady]}/secret", {}).need(200).json["secret"])
    assert old._whsecret != steady.verify._whsecret
    before = len(steady.got)
    seen = client.ask("GET", place).need(200)
    client.ask("POST", place + "/comments", {"text": "Again."},
               headers={"If-Match": seen.headers["etag"]}).need(200)
    wait("one with the new secret", 30, lambda: len(steady.got) > before)
    assert not steady.wrong
    client.ask("DELETE", f"/api/v1/webhooks/demo/{names[steady]}").need(204)
    return len(steady.got), len(shaky.got)


def settled(client, steady, shaky, names):
    told = {n.split("_")[2] for n, _ in steady.got}
    return told == {n.split("_")[2] for n, _ in shaky.got} and any(
        m["type"] == "incident.comment-written" for _, m in shaky.got)


def refuses(service):
    """Without the setting nothing of this machine or its network is called."""
    client = service.administrator()
    for url in ("http://example.org/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/",
                "https://10.0.0.1/", "https://169.254.169.254/latest", "https://[fe80::1]/",
                "https://[::ffff:127.0.0.1]/", "https://user@example.org/", "ftp://example.org/"):
        client.ask("POST", "/api/v1/webhooks/main", {"name": "x", "url": url}).need(422)
    made = client.ask("POST", "/api/v1/webhooks/main", {
        "name": "a name of loopback", "url": "https://ip6-localhost/"}).need(201).json["webhook"]
    return made["id"]


def main():
    with served.Service("--demo", "--webhook-targets", "any", rules=True) as service:
        steady, shaky = tells(service)
        print(f"  {steady} and {shaky} messages, all signed right, over a kill and two failures",
              flush=True)
    with served.Service() as service:
        refuses(service)
        print("  addresses of this network are refused", flush=True)
    print("holds: webhooks are told at least once, signed, each tenant of its own alone")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        print(f"FAILS: {error}")
        sys.exit(1)
