#!/usr/bin/env python3
# proves: an analyst works an incident in Chromium, by hand and by keys alone; every view is accessible, small and harmless
# apt: chromium
# pypi: nanoidp==3.4.0 requests==2.32.5 playwright==1.65.2 axe-playwright-python==0.1.8
"""Drives the console in Debian's Chromium against the running service with the demonstration.

    ./dev prove console [--screenshots DIR]

Somebody signs in with an identity provider, `logger` sends, the incident arrives while the queue is open, is opened, searched for, judged,
closed and taken along; then the same with keys alone. Hostile values are planted through a real shipper and looked at in every view. axe
judges each page in both themes, at 1280 and 390 px, in both languages. The last line has the figures.
"""
import os
import pathlib
import subprocess
import sys
import time

import console_browser as browser
import console_scale as scale
import console_views as views
import identity_providers
import service
from proof import end, stop
from playwright.sync_api import sync_playwright

ROOT_LOGON = "Accepted password for root from 203.0.113.{} port 50022 ssh2"
FIRST_PAGE_BYTES = 150 << 10


def send_by_logger(server, number):
    """util-linux' own client of syslog over TCP; the line makes one incident."""
    subprocess.run(
        ["logger", "--server", "127.0.0.1", "--port", str(server.syslog_tcp), "--tcp",
         "--octet-count", "--rfc5424", "-p", "authpriv.info", "-t", "sshd",
         ROOT_LOGON.format(number)], check=True, timeout=30)


def by_hand(chromium, server, pictures):
    """Signs in with the identity provider and works on what `logger` sends, with a pointer."""
    page = browser.Page(chromium, server)
    page.go("/")
    page.page.get_by_role("link", name="nanoidp").click()
    page.page.fill("[name=username]", "ada")
    page.page.fill("[name=password]", identity_providers.USERS["ada"][0])
    page.page.keyboard.press("Enter")
    page.page.wait_for_url(f"{server.origin}/**", timeout=30_000)
    page.go("/?tenant=main")
    send_by_logger(server, 7)
    began = time.monotonic()
    row = page.page.locator("#rows a.what").first
    row.wait_for(timeout=60_000)
    arrived = time.monotonic() - began
    title = row.locator("span").first.inner_text()
    page.picture(pictures, "queue-live")
    row.click()
    page.page.wait_for_load_state("load")
    if title.split(" on ")[0] not in page.page.content():
        stop("the incident that was opened is another one")
    page.picture(pictures, "incident")
    incident = page.page.url.split("?")[0]
    page.go("/search?tenant=main&range=all&q=203.0.113.7")
    page.page.locator("tr[data-row] a.open").first.click()
    page.page.locator(".opened .raw").wait_for(timeout=20_000)
    if "203.0.113.7" not in page.page.locator(".opened .raw").inner_text():
        stop("the raw record is not the one that was sent")
    page.picture(pictures, "search")
    page.go("/?tenant=main")
    page.page.locator("#rows input[name=pick]").first.check()
    page.page.locator("#act-decide > summary").click()
    page.page.locator(".verdicts label:has(input[value=benign-true-positive])").first.click()
    page.page.fill("#reason", "The administrator came from home; he was asked.")
    page.page.locator("button[value=finish]").click()
    wait_closed(server, incident)
    page.close()
    return arrived, incident, page.told


def wait_closed(server, incident):
    path = "/api/v1/incidents" + incident.split("/incidents")[1]
    found = service.wait_for(
        lambda: server.person.ask("GET", path)["state"] == "closed", 20)
    if not found:
        stop("the incident was judged and is not closed")


def by_keys(chromium, server, pictures):
    """The same with keys alone: sign in, open, search, judge, close, take the report along."""
    page = browser.Page(chromium, server)
    page.go("/")
    page.type_into("login", server.person.login)
    page.type_into("password", service.PASSWORD)
    page.keys("Enter")
    page.page.wait_for_selector("#queue", timeout=20_000)
    page.go("/?tenant=main")
    send_by_logger(server, 8)
    page.page.locator("#rows a.what").first.wait_for(timeout=60_000)
    page.keys("j", "Enter")
    page.page.wait_for_url("**/incidents/**", timeout=20_000)
    incident = page.page.url.split("?")[0]
    page.keys("g", "s")
    page.page.wait_for_url("**/search**", timeout=20_000)
    page.keys("/")
    page.page.keyboard.type("203.0.113.8")
    page.page.keyboard.press("Tab")
    page.page.keyboard.type("All")
    page.keys("Tab", "Enter")
    page.page.wait_for_url("**q=203**", timeout=20_000)
    page.page.wait_for_load_state("load")
    page.keys("j", "Enter")
    page.page.locator(".opened .raw").wait_for(timeout=20_000)
    page.go("/?tenant=main")
    page.keys("j", "x", "v")
    page.tab_to("input[name=verdict]")
    page.keys("Space")
    page.tab_to("#reason")
    page.page.keyboard.type("Seen and asked.")
    page.tab_to("button[value=finish]")
    page.keys("Enter")
    wait_closed(server, incident)
    page.go(incident)
    page.keys("d")
    page.tab_to("#act-export a")
    with page.page.expect_download() as report:
        page.keys("Enter")
    if b"<!doctype html>" not in pathlib.Path(report.value.path()).read_bytes()[:200]:
        stop("the report is no page")
    page.picture(pictures, "keys")
    page.close()
    return page.told


def at_scale(chromium, server):
    """10,000 incidents, a storyline of 2,000 nodes, 100,000 events: asked for with KAGARI_CONSOLE_SCALE=1."""
    wrong = []
    scale.fill(server)
    found, alerts, longest = scale.measure(chromium, server)
    told = ", ".join(f"{name} {span:.0f}" for name, span in longest.items())
    print(f"  {found} incidents, one of {alerts} alerts, {scale.EVENTS} events of one host; longest "
          f"from key to paint in ms: {told}", flush=True)
    if found < scale.INCIDENTS:
        wrong.append(f"{found} incidents of {scale.INCIDENTS} came")
    if scale.is_gated() and max(longest.values()) > scale.PAINT_MILLISECONDS:
        wrong.append(f"a key takes {max(longest.values()):.0f} ms to its paint")
    return wrong


def main():
    pictures = os.environ.get("KAGARI_SCREENSHOTS")
    if pictures:
        pathlib.Path(pictures).mkdir(parents=True, exist_ok=True)
    program = service.program_of_proof()
    os.environ["KAGARI_CONSOLE_RATE"] = "1000000"
    home = service.folder("console")
    server = service.Service(program, home, "--demo", syslog=True)
    server.origin = f"http://127.0.0.1:{server.console}"
    provider = identity_providers.NanoIDP(home, f"{server.origin}/sign-in/nanoidp/callback")
    server.flags += ["--oidc", provider.file()]
    wrong, told = [], []
    with provider, sync_playwright() as play:
        server.start()
        server.person = server.admin()
        chromium = browser.launch(play)
        arrived, incident, heard = by_hand(chromium, server, pictures)
        told += heard
        print(f"  by hand: the incident arrived {arrived:.1f} s after it was sent, was opened, "
              "searched for, judged and closed", flush=True)
        told += by_keys(chromium, server, pictures)
        print("  by keys alone: the same, and the report was taken along", flush=True)
        planted = views.plant(server)
        seen = views.look(chromium, server, incident, planted, pictures)
        told += seen.told
        wrong += seen.wrong
        print(f"  {seen.pages} pages in {seen.looks} looks: {seen.violations} axe violations, "
              f"largest {seen.largest >> 10} KiB ({seen.largest_path}), hostile values stayed text",
              flush=True)
        first = browser.first_page(chromium, server)
        if first.size > FIRST_PAGE_BYTES:
            wrong.append(f"the first page is {first.size >> 10} KiB with all it brings along")
        if os.environ.get("KAGARI_CONSOLE_SCALE"):
            wrong += at_scale(chromium, server)
        chromium.close()
        reports = views.reports(server)
    server.stop()
    wrong += [f"the browser said: {line}" for line in dict.fromkeys(told)]
    if reports:
        wrong.append(f"{reports} reports of the content security policy")
    for sentence in wrong[:40]:
        print(f"FAILS: {sentence}", flush=True)
    end(not wrong,
        f"{seen.pages} pages, {seen.violations} axe violations, {reports} CSP reports, largest page "
        f"{seen.largest >> 10} KiB, first page {first.size >> 10} KiB in all, slowest first paint "
        f"{seen.slowest:.0f} ms ({seen.slowest_path})")


if __name__ == "__main__":
    try:
        main()
    except (AssertionError, browser.Error) as error:
        print(f"FAILS: {error}", flush=True)
        sys.exit(1)
