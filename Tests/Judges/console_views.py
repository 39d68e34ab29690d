"""Looks at every view of the console: axe, sizes, first paint, and whether hostile values stay text."""
import json
import pathlib
import re
import subprocess
import tempfile
import urllib.parse

import service
from axe_playwright_python.sync_playwright import Axe
from console_browser import Page
from proof import stop

SCRIPT = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
BIDI, ESCAPE = "\u202e\u2066", "\x1b[31m\x1b]0;pwned\x07"
DEMO_ALERTS = 68
HOST = "<script>window.pwned=1</script>"
TURNERS = re.compile("[\u202a-\u202e\u2066-\u2069\x1b\x07]")


def curl(server, path, body):
    """A real client of the HTTP event collector."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        done = subprocess.run(
            ["curl", "-sS", "--fail-with-body", f"http://127.0.0.1:{server.intake}{path}",
             "-H", f"Authorization: Splunk {server.token}", "--data-binary", f"@{file.name}"],
            capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        stop(f"curl was refused: {done.stdout} {done.stderr}")


def plant(server):
    """Records full of markup, turned text, terminal escapes and a value of 1 MB; one of them makes an incident. Answers its path."""
    hostile = SCRIPT + BIDI + ESCAPE
    curl(server, "/services/collector/event", json.dumps({
        "host": HOST, "source": hostile, "event": {
            "message": hostile, hostile: hostile, "user": hostile, "big": "A" * (1 << 20)}}).encode())
    line = (f"<86>1 2026-11-28T05:00:00Z {HOST} sshd 1 - - Accepted password for root from "
            f"203.0.113.9 port 22 ssh2 {hostile}\n")
    curl(server, "/services/collector/raw?sourcetype=syslog", line.encode())

    def arrived():
        found = server.person.ask("GET", "/api/v1/incidents?tenant=main&state=new")["incidents"]
        return found[0] if found else None

    incident = service.wait_for(arrived, 60, every=0.5)
    if not incident:
        stop("the hostile record made no incident")
    return f"/incidents/main/{incident['id']}"


def reports(server):
    text = server.person.send("GET", "/metrics").body.decode()
    found = re.search(r"^kagari_console_policy_reports_total (\d+)$", text, re.M)
    return int(found.group(1)) if found else -1


class Seen:
    """What looking at all views came to."""

    def __init__(self):
        self.pages = self.looks = self.violations = self.largest = 0
        self.largest_path = self.slowest_path = ""
        self.slowest, self.wrong, self.told, self.axe = 0.0, [], [], {}


def whole_demo(server):
    """The incidents of the demonstration once they are one."""
    rows = server.person.ask("GET", "/api/v1/incidents?tenant=demo")["incidents"]
    return rows if [row["alert_count"] for row in rows] == [DEMO_ALERTS] else None


def paths(server, incident, planted):
    host, quoted = urllib.parse.quote(HOST), urllib.parse.quote(f'"{HOST}"')
    demo = service.wait_for(lambda: whole_demo(server), 240, every=2)
    rule = server.person.ask("GET", "/api/v1/rules/hits?tenant=demo")["rules"][0]["rule"]
    event = server.person.ask("POST", "/api/v1/events/search?tenant=main", {
        "filter": {"field": "host", "is": "equals", "value": HOST}, "limit": 1})["events"][0]
    at = service_nanoseconds(event["time"])
    found = [
        "/", "/?tenant=demo", planted, incident[len(server.origin):],
        "/search?range=all&tenant=main", f"/search?range=all&tenant=main&q=host:{quoted}",
        "/search?q=host%3A", "/search?q=nothing-has-this",
        f"/search/event/main/{event['sequence']}?at={at}", "/entities", "/entities?kind=host",
        f"/entities/main/host?name={host}", "/coverage?tenant=demo", "/coverage/demo/T1059",
        "/agents", "/sources", "/sources/new?tenant=main", "/rules?tenant=demo", f"/rules/demo/{rule}",
        "/tenants", "/people", "/audit", "/audit?kind=all&tenant=main", "/health", "/account",
        "/incidents/main/none",
    ]
    return found + [f"/incidents/demo/{row['id']}" for row in (demo or [])[:1]]


def service_nanoseconds(text):
    """Nanoseconds from 1970 on of RFC 3339 in UTC."""
    import calendar
    whole, _, part = text.rstrip("Z").partition(".")
    seconds = calendar.timegm((int(whole[:4]), int(whole[5:7]), int(whole[8:10]),
                               int(whole[11:13]), int(whole[14:16]), int(whole[17:19])))
    return seconds * 1_000_000_000 + int((part + "0" * 9)[:9])


def look(chromium, server, incident, planted, pictures):
    seen = Seen()
    entry = Page(chromium, server)
    entry.go("/")
    judge(entry, "/ (not signed in)", seen, "en-light-1280", pictures)
    entry.page.fill("[name=login]", server.person.login)
    entry.page.fill("[name=password]", service.PASSWORD)
    entry.page.keyboard.press("Enter")
    entry.page.wait_for_selector("#queue", timeout=20_000)
    server.state = entry.state()
    seen.told += entry.told
    entry.close()
    all_paths = paths(server, incident, planted)
    seen.pages = len(all_paths) + 1
    for language in ("en-US", "ja-JP"):
        for theme in ("light", "dark"):
            for width in (1280, 390):
                page = Page(chromium, server, theme, width, language, server.state)
                for path in all_paths:
                    answer = page.go(path)
                    page.page.wait_for_timeout(80)
                    size = len(answer.body())
                    if size > seen.largest:
                        seen.largest, seen.largest_path = size, path
                    judge(page, path, seen, f"{language[:2]}-{theme}-{width}", pictures)
                seen.told += page.told
                page.close()
    seen.wrong += [f"axe {rule} on {text}" for (rule, _), text in seen.axe.items()]
    return seen


def judge(page, path, seen, name, pictures):
    seen.looks += 1
    paint = page.paint()
    if paint is not None and paint > seen.slowest:
        seen.slowest, seen.slowest_path = paint, path
    found = Axe().run(page.page)
    if found.violations_count:
        seen.violations += found.violations_count
        for violation in found.response["violations"]:
            node = violation["nodes"][0]
            # The same piece stands on many pages: one line for it, with the first place.
            key = (violation["id"], node["html"][:60])
            seen.axe.setdefault(key, f"{path} {name}: {node['html'][:160]} "
                                     f"{' '.join(node.get('failureSummary', '').split())[:160]}")
    if page.page.evaluate("() => window.pwned !== undefined"):
        seen.wrong.append(f"a planted script ran on {path}")
    text = page.page.evaluate("() => document.documentElement.innerText")
    if TURNERS.search(text):
        seen.wrong.append(f"text that turns or escapes is shown on {path}")
    wide = page.page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 1:
        seen.wrong.append(f"{path} {name} is {wide} px wider than the window")
    if pictures:
        file = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:48] or "queue"
        page.page.screenshot(path=str(pathlib.Path(pictures) / f"{file}-{name}.png"))
