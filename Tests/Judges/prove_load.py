#!/usr/bin/env python3
# proves: the service under load: events a second, event to alert, memory, bytes on disk; none lost
"""Loads the service with made endpoint events and measures it from outside; every acknowledged event must be stored and looked at.

    prove_load.py [--seconds S] [--rate R] [--least E] [--p99 S] [--memory MIB] [--processes P]

First as fast as it acknowledges, for S seconds; then at R events a second with attacks among them, each of which must become an alert that the API
shows; the p99 is from the moment the event was made to the moment a poll of the API saw the alert. Gates: --least events a second acknowledged, --p99
seconds, --memory of peak resident memory. Sender and service share the machine. Traffic is on loopback only.
"""
import argparse
import calendar
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

from proof import ROOT, end
from service import Caller, Service, fails, folder, program_of_proof, tell, wait_for

sys.path.insert(0, str(ROOT / "Benchmarks"))
import load


def key(service):
    made = service.admin().ask("POST", "/api/v1/keys/main", {
        "name": "proof", "tenants": ["main"], "permissions": [
            "read events", "read alerts", "read incidents", "read sources"]})
    return Caller(service, "proof", key=made["secret"])


def stored(reader):
    """How many events the API counts."""
    return sum(bucket["count"] for bucket in reader.ask(
        "POST", "/api/v1/events/histogram?tenant=main",
        {"width_seconds": 86400, "since": "2026-01-01T00:00:00Z"})["buckets"])


def caught_up(reader, count, seconds):
    """Seconds until the API counts so many; None where it never does."""
    begun = time.monotonic()
    if wait_for(lambda: stored(reader) >= count, seconds, 1):
        return time.monotonic() - begun
    return None


def cpu(service):
    """CPU seconds of the service so far."""
    fields = pathlib.Path(f"/proc/{service.process.pid}/stat").read_text(
        encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def disk(path):
    done = subprocess.run(["du", "-sb", path], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


class Watcher(threading.Thread):
    """Asks for the newest alerts all the time and notes when each was first seen."""

    def __init__(self, reader, every):
        super().__init__(daemon=True)
        self.reader, self.every = reader, every
        self.seen, self.server, self.stopping = {}, {}, False

    def run(self):
        while not self.stopping:
            self.look(100)
            time.sleep(self.every)

    def look(self, limit, all_pages=False):
        cursor = None
        while True:
            page = self.reader.ask("GET", f"/api/v1/alerts?tenant=main&limit={limit}"
                                   + (f"&cursor={cursor}" if cursor else ""))
            now = time.time()
            for alert in page["alerts"]:
                found = re.match(r"edr-a-(\d+)-(\d+)", alert["host"] or "")
                if found and found[0] not in self.seen:
                    made = int(found[1]) / 1000
                    self.seen[found[0]] = now - made
                    self.server[found[0]] = seconds(alert["alerted"]) - made
            cursor = page["next_cursor"]
            if not all_pages or not cursor:
                return


def seconds(text):
    """Of a time as the API writes it, since 1970."""
    whole, _, part = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{part or 0}")


def options_of(service, given, **more):
    made = load.parser().parse_args([])
    made.port, made.token, made.processes = service.intake, service.token, given.processes
    for name, value in more.items():
        setattr(made, name, value)
    return made


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=float, default=2000)
    parser.add_argument("--least", type=float, default=5000)
    parser.add_argument("--p99", type=float, default=5)
    parser.add_argument("--memory", type=float, default=1024)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    home = folder("load")
    service = Service(program_of_proof(), home).start()
    reader, idle = key(service), service.status("VmRSS")
    holds, patience = True, 120 + given.seconds * 10
    used = cpu(service)
    full = load.run(options_of(service, given, seconds=given.seconds))
    behind = caught_up(reader, full["acknowledged"], patience)
    used = (cpu(service) - used) / max(1, full["acknowledged"])
    tell(f"as fast as it goes: {full}")
    tell(f"all searchable {f'{behind:.1f} s later' if behind is not None else 'NEVER'}; "
         f"{used * 1e6:.0f} CPU µs an event, peak {service.status('VmHWM') / 2**20:.0f} MiB")
    watcher = Watcher(reader, 0.06)
    watcher.start()
    paced = load.run(options_of(
        service, given, seconds=given.seconds, rate=given.rate, batch=50, seed=100,
        attack_every=max(2, int(given.rate / 10))))
    wait_for(lambda: len(watcher.seen) >= paced["attacks"], 30, 0.2)
    watcher.stopping = True
    watcher.join()
    watcher.look(500, all_pages=True)
    delays = list(watcher.seen.values())
    peak, all_of = service.status("VmHWM"), full["acknowledged"] + paced["acknowledged"]
    late = caught_up(reader, all_of, patience)
    tell(f"at {given.rate:.0f} a second: {paced}")
    found = stored(reader)
    service.stop()
    archive = disk(service.data / "tenants/main/archive") / max(1, all_of)
    events = disk(service.data / "events") / max(1, all_of)
    looked_at = service.replay("main", 2)["records"]
    if behind is None or late is None or found != all_of or looked_at != all_of:
        holds = fails(f"{all_of} acknowledged, {found} searchable, {looked_at} looked at by a replay")
    if not delays or len(delays) != paced["attacks"]:
        holds = fails(f"{paced['attacks']} attacks acknowledged, {len(delays)} alerts seen")
    p50, p99 = load.share(delays, 0.5) or 0, load.share(delays, 0.99) or 0
    made99 = load.share(list(watcher.server.values()), 0.99) or 0
    for name, value, gate, is_good in (
            ("events a second", full["events_per_second"], given.least,
             full["events_per_second"] >= given.least),
            ("seconds of event to alert, p99", p99, given.p99, p99 <= given.p99),
            ("MiB of peak memory", peak / 2**20, given.memory, peak / 2**20 <= given.memory)):
        if not is_good:
            holds = fails(f"{value:.1f} {name} where the gate is {gate:g}")
    if set(full["refused"]) - {"503", "429"} or set(paced["refused"]) - {"503", "429"}:
        holds = fails(f"refused otherwise than by 503 or 429: {full['refused']} {paced['refused']}")
    end(holds, f"{full['events_per_second']} events/s acknowledged ({full['bytes_per_event']} B "
        f"each, p99 {full['acknowledged_after_ms']['p99']} ms), searchable "
        f"{f'{behind:.0f} s' if behind is not None else 'never'} after the last; at {given.rate:.0f}/s event → alert in "
        f"the API p50 {p50:.2f} s p99 {p99:.2f} s of {len(delays)} (made by the engine p99 {made99:.2f} s); memory {idle / 2**20:.0f} MiB "
        f"idle, {peak / 2**20:.0f} MiB peak; {archive:.0f} B/event archive, {events:.0f} B/event "
        f"store; {used * 1e6:.0f} CPU µs/event; load of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
