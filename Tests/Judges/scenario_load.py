"""The demonstration's morning as numbered deliveries: the load of proofs that want alerts and incidents."""
import http.client
import json
import pathlib
import re
import threading
import time

from proof import ROOT
from service import post

# What ties a morning's events together; other mornings get others, so that theirs is another story.
NAMES = ("ws-acc-07", "ws-dev-03", "ws-hr-02", "dc01", "fs01", "build01", "maria.keller", "adm.weber",
         "deploy", "backup-svc", "svc-health", "cdn-sync", "svcupd")


def records(folder=ROOT / "examples/scenario"):
    """Records in the order of files: a line each, those of the cloud trail one by one."""
    for path in sorted(pathlib.Path(folder).iterdir()):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            yield from (json.dumps(record) for record in json.loads(text)["Records"])
        else:
            yield from text.splitlines()


def mornings(count, batch=40):
    """Bodies of `batch` records; morning after morning, each of other machines and processes."""
    for number in range(count):
        lines = []
        for line in records():
            if number:
                for name in NAMES:
                    line = line.replace(name, f"{name}{number}")
                for name, word in (
                        ("203.0.113.66", f"203.0.113.{66 + number}"),
                        ("10.20.", f"10.{20 + number}."), ("EXAMPLE", f"EXAMPLE{number}"),
                        ("111122223333", f"11112222{3333 + number}"),
                        ("example.com", f"example{number}.com")):
                    line = line.replace(name, word)
                # Files and processes: hashes, and the identifiers that Sysmon gives.
                line = re.sub(r"(?<=SHA256=)....|(?<={)[0-9a-f]{4}(?=[0-9a-f]{4}-)",
                              f"{number:04}", line)
            lines.append(line)
        yield from ("\n".join(lines[start:start + batch])
                    for start in range(0, len(lines), batch))


class Sender(threading.Thread):
    """Posts deliveries in their order by webhook, each with a key of its own, until each is acknowledged."""

    def __init__(self, service, token, bodies, pause=0.0, name="m"):
        super().__init__(daemon=True)
        self.service, self.token, self.bodies = service, token, list(bodies)
        self.pause, self.label = pause, name
        # Beyond so many deliveries it waits, so that what is to happen amid them does.
        self.limit = len(self.bodies)
        self.acknowledged = self.tries = self.stored = self.doubles = 0
        self.refused = {}

    @property
    def is_done(self):
        return self.acknowledged == len(self.bodies)

    def run(self):
        while not self.is_done:
            if self.acknowledged >= self.limit:
                time.sleep(0.01)
            elif self.post(self.acknowledged):
                self.acknowledged += 1
                time.sleep(self.pause)
            else:
                time.sleep(0.05)

    def post(self, number):
        self.tries += 1
        try:
            answer = post(self.service.intake, "/ingest/webhook/scenario",
                          self.bodies[number].encode(),
                          {"Authorization": f"Bearer {self.token}",
                           "Idempotency-Key": f"{self.label}-{number}"}, seconds=20)
            told = json.loads(answer.body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.refused[type(error).__name__] = self.refused.get(type(error).__name__, 0) + 1
            return False
        if answer.status not in (200, 201):
            self.refused[answer.status] = self.refused.get(answer.status, 0) + 1
            return False
        self.stored += told["stored"]
        self.doubles += told["duplicate"]
        return True
