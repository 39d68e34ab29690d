#!/usr/bin/env python3
# proves: the API answers as its document says, to right and wrong requests, and never with 5xx
# pypi: schemathesis==4.32.5 openapi-spec-validator==0.9.0
"""Starts the service with a fresh data folder and lets outside judges at its API, once with a key, once as a person.

    prove_api.py [--examples N] [--show]

The feed, which never ends by itself, is asked here: it opens, goes on behind an id, and refuses what is none.
"""
import argparse
import http.client
import json
import sys

import api_judge
import served


def feed_holds(client):
    """Opens for one event's time; wrong ids and parameters are told as problems."""
    client.ask("GET", "/api/v1/feed", headers={"Last-Event-ID": "x"}).need(400)
    client.ask("GET", "/api/v1/feed?colour=red").need(400)
    wire = http.client.HTTPConnection("127.0.0.1", client.port, timeout=20)
    wire.request("GET", "/api/v1/feed", headers={
        "Authorization": f"Bearer {client.key}", "Last-Event-ID": "0"})
    answer = wire.getresponse()
    first = answer.fp.readline() + answer.fp.readline()
    wire.close()
    return answer.status == 200 and b"retry:" in first


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--examples", type=int, default=25)
    options.add_argument("--show", action="store_true", help="print what schemathesis printed")
    options = options.parse_args()
    holds, cases = True, 0
    with served.Service(
            "--config", served.rate_file(1_000_000), "--agents", f"127.0.0.1:{served.free_port()}") as service:
        person = service.administrator()
        document = person.ask("GET", "/api/openapi.json").need(200).json
        operations = api_judge.validate(document)
        permissions = document["paths"]["/api/v1/keys/{tenant}"]["post"]["requestBody"]["content"][
            "application/json"]["schema"]["properties"]["permissions"]["items"]["enum"]
        key = person.ask("POST", "/api/v1/keys/kagari-provider", {
            "name": "judge", "permissions": permissions, "everywhere": True}).need(201)
        program = service.client()
        program.key = key.json["secret"]
        cookie = person.cookies["__Host-kagari"]
        runs = {
            "key": ("key", f'bearer = "{program.key}"', {}),
            "person": ("session", f'api_key = "{cookie}"', {
                "Origin": person.origin, "X-CSRF-Token": person.csrf}),
        }
        for name, (scheme, secret, headers) in runs.items():
            done, tested, count = api_judge.run(
                service.port, scheme, secret, headers, options.examples)
            if options.show or done.returncode != 0:
                print(done.stdout)
            print(f"  with a {name}: {tested} of {operations - 1} operations, {count} requests, "
                  f"{'no failure' if done.returncode == 0 else 'FAILURES'}", flush=True)
            holds &= done.returncode == 0 and tested == operations - 1 and count > 0
            cases += count
        holds &= feed_holds(program)
        counted = person.ask("GET", "/metrics").need(200).text
        bad = [line for line in counted.splitlines()
               if line.startswith('kagari_console_requests_total{status="5')]
        holds &= not bad
    print(f"{'holds' if holds else 'FAILS'}: {operations} operations, {cases} requests, "
          f"{len(bad)} answers of 5xx, OpenAPI 3.1 valid")
    sys.exit(0 if holds else 1)


if __name__ == "__main__":
    main()
