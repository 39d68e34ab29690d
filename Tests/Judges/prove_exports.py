#!/usr/bin/env python3
# proves: an incident taken along is STIX 2.1 and OCSF 1.8.0 to readers of other people, the same twice, and harmless as a page
# pypi: stix2==3.0.2 stix2-validator==3.3.2 ocsf-json-schema==1.2.0 jsonschema==4.26.0
"""Lets the made intrusion play in, takes its incident along in every form, and asks other people's readers.

The bundle must pass stix2's strict parser and stix2-validator, the lines ocsf-json-schema, and the page must load nothing from elsewhere.
"""
import re
import subprocess
import sys

import stix2
from stix2validator import ValidationOptions, validate_string

import prove_tour
import service
from proof import ROOT, end, stop

FORMS = ("stix", "ocsf", "html")


def taken_along(admin, name):
    """Each form as bytes."""
    tenant, incident = name.split("/")
    found = {}
    for form in FORMS:
        got = admin.send("GET", f"/api/v1/incidents/{tenant}/{incident}/export/{form}")
        if got.status != 200:
            stop(f"the export as {form} was answered {got.status}: {got.body[:300]!r}")
        found[form] = got.body
    return found


def stix(text):
    """How many objects other people's readers found, and what they say is wrong."""
    bundle = stix2.parse(text, allow_custom=False)
    result = validate_string(text, ValidationOptions(version="2.1", silent=True))
    return len(bundle.objects), [str(error) for error in result.errors or []]


def main():
    home = service.folder("exports")
    server = service.Service(service.program_of_proof(), home, "--demo").start()
    admin = server.admin()
    ask = prove_tour.CommandLine(server.program, server, home)
    rows = service.wait_for(lambda: prove_tour.arrived(ask), 180, 1)
    if not rows:
        stop("the intrusion did not arrive whole within three minutes")
    name = f"{rows[0]['tenant']}/{rows[0]['id']}"
    first, second = taken_along(admin, name), taken_along(admin, name)
    good = all(first[form] == second[form] for form in ("stix", "ocsf"))
    if not good:
        service.fails("the same incident taken along twice is not the same bytes")
    objects, errors = stix(first["stix"].decode())
    for error in errors[:5]:
        service.fails(error)
    lines = home / "incident.ocsf.jsonl"
    lines.write_bytes(first["ocsf"])
    judged = subprocess.run([sys.executable, ROOT / "Tests/Judges/ocsf_judge.py", lines],
                            capture_output=True, text=True, check=False)
    print("  " + judged.stdout.strip().replace("\n", "\n  "), flush=True)
    elsewhere = re.findall(rb'(?:src|href)="(?!#|data:)[^"]*"', first["html"])
    scripts = len(re.findall(rb"<script", first["html"]))
    told = [row for row in admin.pages(f"/api/v1/ledger?tenant={name.split('/')[0]}", "entries")
            if "incident-exported" in str(row)]
    if len(told) != 2 * len(FORMS):
        good = service.fails(f"{len(told)} of {2 * len(FORMS)} exports stand in the ledger")
    server.stop()
    end(good and not errors and judged.returncode == 0 and scripts == 0,
        f"{objects} STIX objects, {len(errors)} errors; {first['ocsf'].count(10)} lines of OCSF, "
        f"exit {judged.returncode}; page {len(first['html']) >> 10} KiB, {scripts} scripts, "
        f"{len(elsewhere)} links out; {len(told)} exports told")


if __name__ == "__main__":
    main()
