"""How long Chromium takes from a key to what it paints, where there is much: read from its own trace."""
import json
import os

import service
from console_browser import Page
from console_views import curl

INCIDENTS, NODES, EVENTS = 10_000, 2_000, 100_000
PAINT_MILLISECONDS = 100
BATCH = 2_000


def fill(server, incidents=INCIDENTS, nodes=NODES, events=EVENTS):
    """Sends what makes so many incidents, and one attack of so many processes on a host of so many events."""
    for first in range(0, incidents, BATCH):
        lines = [f"<86>1 2026-11-28T05:00:00Z h{number} sshd 1 - - Accepted password for root from "
                 f"5.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255} port 22 ssh2"
                 for number in range(first + 1, min(first + BATCH, incidents) + 1)]
        curl(server, "/services/collector/raw?sourcetype=syslog", ("\n".join(lines) + "\n").encode())
    for first in range(0, nodes, BATCH):
        curl(server, "/services/collector/event", "\n".join(
            json.dumps({"event": started(number)})
            for number in range(first, min(first + BATCH, nodes))).encode())
    for first in range(0, events, BATCH):
        curl(server, "/services/collector/event", "\n".join(
            json.dumps({"event": quiet(number)})
            for number in range(first, min(first + BATCH, events))).encode())


def sysmon(event, number, **fields):
    minute, second = number // 60 % 60, number % 60
    return {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": event,
            "Provider_Name": "Microsoft-Windows-Sysmon", "Computer": "big.example.com",
            "UtcTime": f"2026-11-28 05:{minute:02}:{second:02}.000",
            "SystemTime": f"2026-11-28T05:{minute:02}:{second:02}.000Z", "User": "BIG\\maria"} | fields


def started(number):
    """A program that deletes shadow copies, one after the other, all started by one shell."""
    return sysmon(1, number, Image="C:\\Windows\\System32\\vssadmin.exe",
                  CommandLine=f"vssadmin delete shadows /all /quiet {number}",
                  ProcessGuid=f"{{00000000-0000-0000-0000-{number + 1:012x}}}", ProcessId=str(number + 100),
                  ParentProcessGuid="{00000000-0000-0000-0000-ffffffffffff}", ParentProcessId="99",
                  ParentImage="C:\\Windows\\System32\\cmd.exe", ParentCommandLine="cmd.exe")


def quiet(number):
    return sysmon(5, number, Image="C:\\Windows\\System32\\svchost.exe", ProcessId=str(number),
                  ProcessGuid=f"{{00000000-0000-0000-0001-{number:012x}}}")


def measure(chromium, server, wanted=INCIDENTS):
    """Answers what was there and, by view, the longest time from a key to its paint in milliseconds."""
    def count():
        rows = server.person.ask("GET", "/api/v1/incidents/counts?tenant=main")
        found = sum(row["count"] for row in rows["counts"])
        return found if found >= wanted else None

    found = service.wait_for(count, 400, every=2) or 0
    # The attack was sent after the others.
    rows = service.wait_for(lambda: server.person.ask(
        "GET", "/api/v1/incidents?tenant=main&text=big&limit=1")["incidents"], 120, every=2)
    big = f"/incidents/main/{rows[0]['id']}" if rows else None
    longest = {"queue": keys(chromium, server, "/?tenant=main", ["j"] * 30 + ["k"] * 10)}
    longest["search"] = keys(chromium, server, "/search?tenant=main&range=all", ["j"] * 20)
    if big:
        longest["storyline"] = keys(chromium, server, big + "?part=graph", ["ArrowRight"] * 10 + ["+"] * 4)
        longest["timeline"] = keys(chromium, server, big + "?part=timeline", ["j"] * 20)
    return found, rows[0]["alert_count"] if rows else 0, longest


def keys(chromium, server, path, names):
    page = Page(chromium, server, state=server.state)
    page.go(path)
    page.page.wait_for_timeout(1_500)
    chromium.start_tracing(page=page.page, categories=["devtools.timeline"])
    for name in names:
        page.page.keyboard.press(name)
        page.page.wait_for_timeout(120)
    trace = json.loads(chromium.stop_tracing())
    page.close()
    spans = [event["args"]["data"]["duration"] for event in trace["traceEvents"]
             if event.get("name") == "EventTiming" and "data" in event.get("args", {})
             and event["args"]["data"].get("type") == "keydown"]
    return max(spans, default=0)


def is_gated():
    """Shared machines of a build service are too uneven to be judged by time."""
    return not os.environ.get("CI")
