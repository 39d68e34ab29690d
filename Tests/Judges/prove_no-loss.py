#!/usr/bin/env python3
# proves: what was acknowledged is kept once and looked at once, over kills -9 under load
"""Kills the service with -9 at random moments while four senders write, and counts what is kept.

    prove_no-loss.py [--rounds N]

Each sender posts numbered events by `_bulk` with an id of their own and sends again whatever was not acknowledged, as shippers do. In the end
every event must lie in the archive exactly once, and be read exactly once by two replays that find the same. Traffic is on loopback only.
"""
import argparse
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SENDERS = 4
BATCH = 25


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """One data folder, served by one process after another."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.port, self.token, self.process = free_port(), None, None

    def start(self):
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [self.program, "serve", "--data", self.folder / "data", "--intake",
             f"127.0.0.1:{self.port}", "--console", "off"],
            stdout=subprocess.DEVNULL, stderr=self.log)
        for _ in range(600):
            if self.process.poll() is not None:
                sys.exit(f"the service ended: {self.text()[-800:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                break
            except OSError:
                time.sleep(0.1)
        self.token = self.token or re.search(r"kgi_\w+", self.text()).group(0)

    def text(self):
        return (self.folder / "log").read_text(errors="replace")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            sys.exit(f"the service did not stop cleanly: {self.text()[-800:]}")

    def replay(self, threads):
        done = subprocess.run(
            [self.program, "replay", "--data", self.folder / "data", "--tenant", "main", "--quiet",
             "--threads", str(threads)], capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])


class Sender(threading.Thread):
    """Sends events until it is told to stop; an event counts when it was acknowledged."""

    def __init__(self, number, server, stop):
        super().__init__(daemon=True)
        self.number, self.server, self.stop = number, server, stop
        self.acknowledged, self.next, self.tries = 0, 0, 0

    def run(self):
        while not self.stop.is_set() or self.acknowledged < self.next:
            first = self.acknowledged
            self.next = max(self.next, first + BATCH)
            if self.post(range(first, self.next)):
                self.acknowledged = self.next
            else:
                time.sleep(0.05)

    def post(self, numbers):
        self.tries += 1
        lines = []
        for number in numbers:
            name = f"{self.number}-{number}"
            lines.append(json.dumps({"create": {"_index": "logs", "_id": name}}))
            lines.append(json.dumps({"EventID": 4625, "Channel": "Security", "number": name}))
        try:
            wire = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
            wire.request("POST", "/_bulk", "\n".join(lines) + "\n",
                         {"Authorization": f"ApiKey {self.server.token}",
                          "Content-Type": "application/x-ndjson"})
            answer = wire.getresponse()
            items = json.loads(answer.read()).get("items", [])
            wire.close()
        except (OSError, http.client.HTTPException, ValueError):
            return False
        # 409: it was kept before the answer was lost.
        return answer.status == 200 and len(items) == len(numbers) and all(
            item["create"]["status"] in (200, 201, 409) for item in items)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    program = os.environ.get("KAGARI_PROGRAM") or sys.exit(
        "KAGARI_PROGRAM names no program; run this by ./dev prove no-loss")
    chance = random.Random(options.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kagari-no-loss-"))
    try:
        server = Server(program, folder)
        server.start()
        stop = threading.Event()
        senders = [Sender(number, server, stop) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        for turn in range(options.rounds):
            time.sleep(chance.uniform(0.05, 1.0))
            server.kill()
            server.start()
            print(f"  round {turn + 1}: {sum(s.acknowledged for s in senders)} acknowledged",
                  flush=True)
        stop.set()
        for sender in senders:
            sender.join(120)
        sent = sum(sender.acknowledged for sender in senders)
        server.stop()
        once, again = server.replay(1), server.replay(2)
        lost, double = max(0, sent - once["records"]), max(0, once["records"] - sent)
        holds = sent > 0 and lost == double == 0 and once == again
        print(f"{'holds' if holds else 'FAILS'}: {options.rounds} kills, {sent} acknowledged, "
              f"{once['records']} kept and looked at, {lost} lost, {double} double, replays "
              f"{'equal' if once == again else 'DIFFERENT'}")
        sys.exit(0 if holds else 1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
