#!/usr/bin/env python3
# proves: the tour of the watch: an intrusion arrives, the command line asks and decides, a replay finds the same
"""Walks through the service as a newcomer does, with the commands of README.md and nothing else.

    prove_tour.py

The made intrusion is played in; a tenant and a source are made and one event is sent; incidents are shown, split, put together, judged and
closed; the ledger's acts stand under the operator's name; somebody signs in; after a clean stop two replays find what the service found.
"""
import json
import os
import subprocess
import urllib.request

import service
from proof import end, stop

ALERTS = 68


class CommandLine:
    """`kagari` asking one running service."""

    def __init__(self, program, server, home):
        self.program = program
        self.environment = dict(
            os.environ, KAGARI_SERVER=f"http://127.0.0.1:{server.console}",
            KAGARI_KEY_FILE=str(server.data / "keys/local.api-key"), XDG_STATE_HOME=str(home))

    def run(self, *words, code=0, stdin="", key=True):
        environment = dict(self.environment)
        if not key:
            del environment["KAGARI_KEY_FILE"]
        done = subprocess.run([self.program, *words], capture_output=True, text=True, input=stdin,
                              env=environment, timeout=120, check=False)
        if done.returncode != code:
            stop(f"kagari {' '.join(words)} ended with {done.returncode}, not {code}: "
                 f"{(done.stderr or done.stdout).strip()[-600:]}")
        return done

    def rows(self, *words):
        return [json.loads(line) for line in self.run(*words, "--json").stdout.splitlines()]


def arrived(ask):
    """The incident of the demonstration once it is whole; nothing before."""
    rows = ask.rows("incidents", "--tenant", "demo")
    return [row for row in rows if row["alert_count"] == ALERTS] if len(rows) == 1 else []


def send(server, token):
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.intake}/services/collector/event",
        data=json.dumps({"event": {"message": "needle in a hay of logs"}}).encode(),
        headers={"Authorization": f"Splunk {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["code"] == 0


def work_on(ask, name):
    """Splits, undoes, judges and closes; answers what did not go as it should."""
    wrong = []
    tenant, incident = name.split("/")
    alert = ask.rows("alerts", "--tenant", tenant, "--limit", "1")[0]["id"]
    made = ask.rows("incidents", "split", name, alert, "--title", "Apart", "--reason", "trial")[0]
    if len(ask.rows("incidents", "--tenant", tenant)) != 2:
        wrong.append("a split made no second incident")
    ask.run("incidents", "undo", tenant, str(made["position"]), "--reason", "trial over")
    whole = ask.rows("incidents", "show", name)[0]
    if whole["alert_count"] != ALERTS:
        wrong.append(f"after undoing there are {whole['alert_count']} alerts")
    refused = ask.run("incidents", "close", name, code=1)
    if "verdict" not in refused.stderr:
        wrong.append("closing without a verdict was refused in other words")
    ask.run("incidents", "comment", name, "seen on the tour")
    ask.run("incidents", "verdict", name, "true-positive", "--reason", "the story says so")
    ask.run("incidents", "close", name)
    closed = ask.rows("incidents", "show", name)[0]
    if (closed["state"], closed["verdict_by"]) != ("closed", "local-operator"):
        wrong.append(f"closed as {closed['state']} by {closed['verdict_by']}")
    if "seen on the tour" not in ask.run("incidents", "show", name).stdout:
        wrong.append("the comment is not shown")
    return wrong


def main():
    program = service.program_of_proof()
    home = service.folder("tour")
    server = service.Service(program, home, "--demo").start()
    ask = CommandLine(program, server, home / "state")
    wrong = []
    incidents = service.wait_for(lambda: arrived(ask), 240, every=2)
    if not incidents:
        stop(f"the demonstration did not become one incident: {server.text()[-600:]}")
    print(f"  one incident of {ALERTS} alerts: {incidents[0]['title']}", flush=True)
    wrong += work_on(ask, f"demo/{incidents[0]['id']}")

    ask.run("tenants", "add", "acme", "--name", "Acme")
    token = ask.run("sources", "add", "acme/web").stdout.strip()
    service.takes(server, token)
    if not send(server, token):
        wrong.append("the event was not acknowledged")
    found = service.wait_for(lambda: ask.rows("search", "needle", "--tenant", "acme"), 30)
    if len(found) != 1:
        wrong.append(f"{len(found)} events found of the one sent")
    if ask.rows("search", "needle", "--tenant", "demo"):
        wrong.append("another tenant has the event")

    login = server.admin().login
    signed = ask.run("sign-in", "--login", login, stdin=service.PASSWORD + "\n", key=False)
    who = ask.run("users", "--json", key=False).stdout
    ask.run("sign-out", key=False)
    if "signed in" not in signed.stderr or "local-operator" not in who:
        wrong.append("signing in on the command line did not work")
    server.stop()
    once, again = server.replay("demo", 1), server.replay("demo", 2)
    if once != again or once["alerts"] != ALERTS:
        wrong.append(f"replays tell {once} and {again}")
    for sentence in wrong:
        print(f"FAILS: {sentence}", flush=True)
    end(not wrong, f"1 incident, {ALERTS} alerts, split and put together, closed; 1 event sent and found; "
                   f"replays equal; {len(wrong)} steps went wrong")


if __name__ == "__main__":
    main()
