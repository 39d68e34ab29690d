#!/usr/bin/env python3
# proves: the same log is found to be the same, read once, again, on more threads, or over kills -9
"""Compares what the service found with what is found in its archive later on.

    prove_replay.py [--mornings N] [--kills N] [--seed N]

Three runs take in the demonstration's morning, several times over, of other machines each time: one is left alone; one is killed with -9 at random
moments and gets its rules changed in between; one is the killed run's archive alone, of which everything else was thrown away. Of each, the
alerts and incidents that the API shows must be those of `kagari replay` with 1, 2 and 5 threads, and the replays must be equal byte for byte.
The killed run must have found what the other found. Traffic is on loopback only.
"""
import argparse
import collections
import hashlib
import json
import random
import shutil
import subprocess
import time

from proof import end, stop
from scenario_load import Sender, mornings
from service import Caller, Service, fails, folder, program_of_proof, tell, wait_for

THREADS = (1, 2, 5)
RULE = """title: Proof of a Rule That Comes Later
id: 7d1c2a52-6f0e-4d6c-9f4e-0d1b5c3a9e{number:02}
status: test
description: Fires on every logon, so that its coming is seen.
author: Kagari contributors
logsource: {{ product: windows, service: security }}
detection:
  selection: {{ EventID: 4624, LogonType: {kind} }}
  condition: selection
level: low
"""

Findings = collections.namedtuple("Findings", "alerts incidents")


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def told(admin):
    """What the API tells: alerts by id, and of each incident that stands what the engine said of it."""
    alerts = {alert["id"]: admin.ask("GET", f"/api/v1/alerts/main/{alert['id']}")["body"]
              for alert in admin.pages("/api/v1/alerts?tenant=main", "alerts")}
    incidents = {}
    for found in admin.pages("/api/v1/incidents?tenant=main", "incidents"):
        if found["merged_into"]:
            continue
        base = f"/api/v1/incidents/main/{found['id']}"
        one = admin.ask("GET", base)
        members = [alert["id"] for alert in admin.pages(f"{base}/alerts", "alerts")]
        incidents[found["id"]] = {
            "title": one["title"], "risk": one["risk"], "confidence": one["confidence"],
            "story": one["story"], "alert_ids": sorted(members)}
    return Findings(alerts, incidents)


def read_again(service, threads):
    """What `kagari replay` tells, in the same shape, and its last line."""
    done = subprocess.run(
        [service.program, "replay", "--data", service.data, "--tenant", "main",
         "--threads", str(threads)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        stop(f"kagari replay ended with {done.returncode}: {done.stderr[-600:]}")
    alerts, incidents = {}, {}
    *lines, last = map(json.loads, done.stdout.splitlines())
    for line in lines:
        if "alert" in line:
            alerts[line["alert"]["alert_id"]] = line["alert"]
        elif "merged" in line:
            incidents.pop(line["merged"]["from"], None)
        else:
            one = dict(line["incident"])
            one["alert_ids"] = sorted(one["alert_ids"])
            incidents[one.pop("incident_id")] = one
    return Findings(alerts, incidents), last


def settled(admin):
    """Nothing new for five seconds, so that every tick that had something to tell has told it."""
    def counts():
        return (sum(1 for _ in admin.pages("/api/v1/alerts?tenant=main", "alerts")),
                [(one["id"], one["revision"]) for one in admin.pages(
                    "/api/v1/incidents?tenant=main", "incidents")])
    before, since = counts(), time.monotonic()
    while time.monotonic() - since < 5:
        time.sleep(1)
        now = counts()
        if now != before:
            before, since = now, time.monotonic()


def differences(name, left, right, left_name, right_name):
    """True where both are the same; else says how they differ."""
    same = True
    for kind in ("alerts", "incidents"):
        one, other = getattr(left, kind), getattr(right, kind)
        if one == other:
            continue
        only = sorted(set(one) - set(other)), sorted(set(other) - set(one))
        changed = [key for key in one.keys() & other.keys() if one[key] != other[key]]
        same = fails(f"{name}: {kind}: {len(only[0])} only of {left_name}, {len(only[1])} only of "
                     f"{right_name}, {len(changed)} told differently")
        for key in changed[:1]:
            for member in one[key]:
                if one[key][member] != other[key].get(member):
                    tell(f"    {key} {member}: {str(one[key][member])[:300]}")
                    tell(f"    {' ' * len(key)} {member}: {str(other[key].get(member))[:300]}")
        for key in only[0][:1] + only[1][:1]:
            tell(f"    {key}: {str(one.get(key) or other.get(key))[:300]}")
    return same


def compare(name, service, admin):
    """The API against replays with several threads, while nothing comes in. Ends with the service stopped."""
    settled(admin)
    for _ in range(3):
        live = told(admin)
        again, first = read_again(service, THREADS[0])
        if told(admin) == live:
            break
    holds = differences(name, live, again, "the API", "the replay")
    service.stop()
    lasts = {threads: service.replay("main", threads) for threads in THREADS}
    if len({json.dumps(last) for last in lasts.values()}) != 1:
        holds = fails(f"{name}: replays differ by threads: {lasts}")
    if not live.alerts or not live.incidents:
        holds = fails(f"{name}: nothing was found, so nothing is proved")
    tell(f"{name}: {first['records']} records, {len(live.alerts)} alerts, {len(live.incidents)} "
         f"incidents; API {digest(live)}, replay {digest(again)}; "
         f"1, 2, 5 threads {lasts[1]['digest'][:16]}")
    return holds, live


def signature(findings):
    """What was found, without ids and numbers, which hold when a record came: for runs over different logs."""
    def alert(one):
        return json.dumps([one["rule"]["id"], one["time"], one["host"], one["user"],
                           one["matched"]], sort_keys=True)
    incidents = [sorted(alert(findings.alerts[key]) for key in one["alert_ids"]
                        if key in findings.alerts) for one in findings.incidents.values()]
    return collections.Counter(map(alert, findings.alerts.values())), sorted(incidents)


def write_rule(path, number, kind):
    path.mkdir(exist_ok=True)
    (path / "later.yml").write_text(RULE.format(number=number, kind=kind), encoding="utf-8")


def reader(service):
    """A key that reads what was found and reloads rules; it holds over restarts, unlike a session."""
    made = service.admin().ask("POST", "/api/v1/keys/main", {
        "name": "proof", "everywhere": True,
        "permissions": ["read alerts", "read incidents", "read events", "update rules"]})
    return Caller(service, "proof", key=made["secret"])


def run(program, bodies, kills, chance, with_reload):
    """One run of the service over all deliveries; killed so many times, and its rules changed at half.

    What happens is tied to numbers of deliveries; the sender goes on for 20 beyond each, so kills and reloads come while deliveries are under way.
    """
    home = folder("replay")
    write_rule(home / "rules", 1, 99)
    service = Service(program, home, "--rules", home / "rules").start()
    admin = reader(service)
    sender = Sender(service, service.token, bodies, pause=0.02)
    due = [(moment, "kill") for moment in chance.sample(range(1, len(bodies) - 20), kills)]
    due += [(len(bodies) // 2, "reload")] if with_reload else []
    sender.start()
    for moment, act in sorted(due):
        sender.limit = moment + 20
        while sender.acknowledged < moment:
            time.sleep(0.005)
        if act == "reload":
            write_rule(home / "rules", 2, 3)
            answer = admin.ask("POST", "/api/v1/rules/reload", {})
            tell(f"  rules reloaded after {sender.acknowledged} of {len(bodies)} deliveries: "
                 f"{answer['in_force']} in force")
            continue
        time.sleep(chance.uniform(0, 0.1))
        service.kill()
        service.start()
    sender.limit = len(bodies)
    sender.join()
    return service, admin, sender


def again_from_archive(program, service):
    """A service that has this one's archive, keys and content, and nothing else: no ledger, no events, no snapshots."""
    home = folder("replay-again")
    (home / "data").mkdir()
    shutil.copytree(service.home / "rules", home / "rules")
    for name in ("tenants", "keys", "content"):
        shutil.copytree(service.data / name, home / "data" / name)
    shutil.rmtree(home / "data/tenants/main/engine", ignore_errors=True)
    fresh = Service(program, home, "--rules", home / "rules").start()
    return fresh, reader(fresh)


def pair(name, program, options, chance, with_reload, quiet):
    """The killed run and its archive taken up anew; `quiet` is what the run left alone found."""
    bodies = list(mornings(options.mornings))
    service, admin, sender = run(program, bodies, options.kills, chance, with_reload)
    holds, killed = compare(f"{name}, {options.kills} kills", service, admin)
    if sender.stored + sender.doubles < sum(len(body.splitlines()) for body in bodies):
        holds = fails(f"{name}: {sender.stored} stored and {sender.doubles} doubles told")
    if quiet is not None and signature(killed) != signature(quiet):
        one, other = signature(killed), signature(quiet)
        holds = fails(f"{name}: the killed run found other things than the run left alone: "
                      f"{sum((one[0] - other[0]).values())} more, "
                      f"{sum((other[0] - one[0]).values())} fewer alerts, "
                      f"{len(one[1])} against {len(other[1])} incidents")
    fresh, admin = again_from_archive(program, service)
    wait_for(lambda: len(list(admin.pages("/api/v1/alerts?tenant=main", "alerts")))
             >= len(killed.alerts), 120, 1)
    good, anew = compare(f"{name}, archive taken up anew", fresh, admin)
    return holds and good and differences(
        name, killed, anew, "the killed run", "its archive taken up anew"), killed


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mornings", type=int, default=4)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    program, chance = program_of_proof(), random.Random(options.seed)
    service, admin, _ = run(program, list(mornings(options.mornings)), 0, chance, False)
    alone, quiet = compare("left alone", service, admin)
    killed, found = pair("killed", program, options, chance, False, quiet)
    reloaded, later = pair("killed and reloaded", program, options, chance, True, None)
    changed = len(later.alerts) > len(found.alerts)
    if not changed:
        fails("the reloaded rule never fired, so its reload proves nothing")
    end(alone and killed and reloaded and changed,
        f"5 runs, {2 * options.kills} kills, 1 reload; {len(quiet.alerts)} alerts left alone, "
        f"{len(found.alerts)} killed, {len(later.alerts)} reloaded; API, archive taken up anew and "
        f"replays on 1, 2, 5 threads {'equal' if alone and killed and reloaded else 'DIFFERENT'}")


if __name__ == "__main__":
    main()
