#!/usr/bin/env python3
# proves: a suspended tenant takes in nothing and keeps all, and what tenants hand in is counted over restarts
"""Makes two customers over the API, sends for one, suspends and takes it up again, and reads what was counted."""
import http.client
import json
import sys
import time

import served


def send(service, token, count):
    """The status of one delivery of so many events by HEC."""
    body = "".join(json.dumps({"event": {"number": n}}) for n in range(count))
    wire = http.client.HTTPConnection("127.0.0.1", service.intake_port, timeout=20)
    wire.request("POST", "/services/collector/event", body, {"Authorization": f"Splunk {token}"})
    status = wire.getresponse().status
    wire.close()
    return status


def until(service, token, count, wanted):
    """Changes of tenants are known within five seconds."""
    for _ in range(40):
        if send(service, token, count) == wanted:
            return
        time.sleep(0.5)
    raise AssertionError(f"no delivery was answered with {wanted}")


def counted(client, tenant):
    days = client.ask("GET", f"/api/v1/usage?tenant={tenant}").need(200).json["days"]
    return sum(d["records"] for d in days), sum(d["bytes"] for d in days)


def main():
    with served.Service(intake=True) as service:
        client = service.administrator()
        tokens = {}
        for tenant in ("acme", "birch"):
            client.ask("POST", "/api/v1/tenants", {
                "id": tenant, "name": tenant.title(), "group": "north"}).need(201)
            tokens[tenant] = client.ask("POST", f"/api/v1/sources/{tenant}", {
                "id": "web", "name": "Web", "type": "hec"}).need(201).json["token"]
        groups = client.ask("GET", "/api/v1/tenant-groups").need(200).json["groups"]
        assert groups == [{"id": "north", "tenants": ["acme", "birch"]}], groups
        until(service, tokens["acme"], 7, 200)
        client.ask("PATCH", "/api/v1/tenants/acme", {"state": "suspended"}).need(200)
        for _ in range(40):
            if send(service, tokens["acme"], 1) not in (200,):
                break
            time.sleep(0.5)
        else:
            raise AssertionError("a suspended tenant takes in")
        service.stop(), service.start()
        first = counted(client, "acme")
        assert send(service, tokens["acme"], 1) != 200, "it takes in after a restart"
        client.ask("PATCH", "/api/v1/tenants/acme", {"state": "active"}).need(200)
        until(service, tokens["acme"], 5, 200)
        service.stop(), service.start()
        then = counted(client, "acme")
        assert first[0] >= 7 and then[0] == first[0] + 5 and then[1] > first[1] > 0, (first, then)
        assert counted(client, "birch") == (0, 0), "another tenant was counted"
    print(f"holds: {then[0]} records and {then[1]} bytes counted over two restarts; suspended took none")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        print(f"FAILS: {error}")
        sys.exit(1)
