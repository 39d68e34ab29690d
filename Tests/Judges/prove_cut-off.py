#!/usr/bin/env python3
# proves: an agent that is cut off, killed and restarted loses no event, and what is missing is named exactly
# pypi: cryptography==49.0.0 zstandard==0.25.0
# builds: kagari-agent
"""Cuts an agent off its server while events are made, kills both with -9, and counts what is kept.

    prove_cut-off.py [--minutes N] [--agent PROGRAM]

The agent reaches the server through a relay of this proof, which lets bytes through, holds them back without a word, or refuses. Events are numbered lines of
a file that grows. In the end each must lie in the archive, the agent's gaps must be empty, and the server must have noticed kill and silence. Then a
record is destroyed in the agent's spool while it is cut off: just its sequence must be named. Traffic is on loopback only.
"""
import argparse
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

import served


class Relay(threading.Thread):
    """Between agent and server: `open`, `silent` (what comes is kept back), or `shut` (refused)."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target, self.state, self.pairs = target, "open", []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            near, _ = self.listener.accept()
            if self.state == "shut":
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), 2)
            except OSError:
                near.close()
                continue
            self.pairs.append((near, far))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    def carry(self, one, other):
        try:
            while data := one.recv(65536):
                while self.state == "silent":
                    time.sleep(0.05)
                if self.state == "shut":
                    break
                other.sendall(data)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.close()
            except OSError:
                pass

    def turn(self, state):
        self.state = state
        if state == "shut":
            for near, far in self.pairs:
                near.close()
                far.close()
            self.pairs = []


class Writer(threading.Thread):
    """Appends numbered lines until it is told to stop."""

    def __init__(self, path, per_second):
        super().__init__(daemon=True)
        self.path, self.pause, self.count, self.runs = path, 10 / per_second, 0, True

    def run(self):
        with open(self.path, "ab", buffering=0) as file:
            while self.runs:
                lines = [json.dumps({"EventID": 1, "number": self.count + n, "host": "web-1"})
                         for n in range(10)]
                file.write(("\n".join(lines) + "\n").encode())
                self.count += 10
                time.sleep(self.pause)


class Agent:
    def __init__(self, program, folder, source):
        self.program, self.folder, self.source, self.process = program, folder, source, None

    def enrol(self, port, token):
        done = subprocess.run(
            [self.program, "enrol", "--server", f"127.0.0.1:{port}", "--token", "-", "--state",
             self.folder], input=token + "\n", capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise AssertionError(f"cannot enrol: {done.stderr[-400:]}")
        return re.search(r"h-[0-9a-f]+", done.stdout).group(0)

    def start(self):
        log = open(str(self.folder) + ".log", "ab")
        self.process = subprocess.Popen(
            [self.program, "run", "--state", self.folder, "--input", self.source], stdout=log,
            stderr=log, stdin=subprocess.DEVNULL)
        log.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            raise AssertionError("the agent did not stop cleanly")


def eventually(what, holds, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {what}")


def kept(client, agent):
    return client.ask("GET", f"/api/v1/agents/main/{agent}").need(200).json


def gaps(client, agent):
    return client.ask("GET", f"/api/v1/agents/main/{agent}/gaps").need(200).json


def archived(service, agent):
    """How often each number lies in the archive, by a reader that is not the program."""
    data = service.folder / "data"
    judge = pathlib.Path(__file__).parent / "archive_judge.py"
    done = subprocess.run(
        [sys.executable, judge, data / "tenants/main/archive", "--key", data / "keys/main.key"],
        capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"the archive cannot be read: {done.stderr[-400:]}")
    counts = {}
    for line in done.stdout.splitlines():
        record = json.loads(line)
        if record["source"] == agent:
            number = json.loads(bytes.fromhex(record["bytes"]))["number"]
            counts[number] = counts.get(number, 0) + 1
    return counts


def damage(folder, text):
    """Changes one byte of the record that holds `text`; says whether it was found."""
    for path in sorted((pathlib.Path(folder) / "spool").glob("*.spool")):
        data = bytearray(path.read_bytes())
        place = data.find(text)
        if place >= 0:
            data[place] ^= 0x20
            path.write_bytes(data)
            return True
    return False


def rules_of(client):
    page = client.ask("GET", "/api/v1/incidents?limit=500").need(200).json
    return [one["title"] for one in page["incidents"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1, help="how long the cut lasts")
    parser.add_argument("--agent", default=os.environ.get("KAGARI_AGENT"))
    options = parser.parse_args()
    agent_program = options.agent or str(pathlib.Path(served.program()).parent / "kagari-agent")
    if not os.access(agent_program, os.X_OK):
        print(f"not proved: there is no program {agent_program}; build it or name it with --agent")
        sys.exit(2)
    work = pathlib.Path(tempfile.mkdtemp(prefix="kagari-cut-off-"))
    chance = random.Random(5)
    agents_port = served.free_port()
    agent = Agent(agent_program, work / "agent", work / "events.jsonl")
    (work / "events.jsonl").touch()
    kills = 0
    try:
        with served.Service("--agents", f"127.0.0.1:{agents_port}", rules=False) as service:
            relay = Relay(agents_port)
            relay.start()
            client = service.administrator()
            token = client.ask("POST", "/api/v1/agents/main/join-tokens", {}).need(201).json["token"]
            name = agent.enrol(relay.port, token)
            agent.start()
            writer = Writer(work / "events.jsonl", 500)
            writer.start()
            eventually("records come", lambda: kept(client, name)["through"] > 500)

            # The cut: first without a word, then refused, with kills -9 of the agent in it.
            relay.turn("silent")
            eventually("the cut is noticed",
                       lambda: kept(client, name)["presence"] != "connected", 40)
            eventually("the silence is an incident",
                       lambda: any("fell silent" in title for title in rules_of(client)), 60)
            relay.turn("shut")
            end = time.monotonic() + 60 * options.minutes
            before = kept(client, name)["through"]
            while time.monotonic() < end:
                time.sleep(min(10, max(1, 60 * options.minutes / 4)) * chance.uniform(0.5, 1))
                agent.kill()
                kills += 1
                agent.start()
            cut = writer.count
            if kept(client, name)["through"] != before:
                raise AssertionError("something came through the cut")
            relay.turn("open")
            eventually("what was made meanwhile comes", lambda: kept(client, name)["through"] >= cut)

            # The server is killed too, while records come.
            for _ in range(3):
                time.sleep(chance.uniform(0.5, 2))
                service.kill()
                kills += 1
                service.start()
            writer.runs = False
            writer.join()
            client = service.client()
            client.sign_in("anna") if False else None
            client.key = (service.folder / "data/keys/local.api-key").read_text().strip()
            eventually("all is kept", lambda: kept(client, name)["spool_records"] == 0
                       and kept(client, name)["through"] >= writer.count)
            clean = gaps(client, name)
            titles = rules_of(client)

            # A planted gap: one record is destroyed on the agent's disk while it is apart.
            relay.turn("shut")
            agent.stop()
            first = kept(client, name)["through"] + 1
            agent.start()
            with open(work / "events.jsonl", "ab") as file:
                for number in range(100):
                    file.write(json.dumps({"number": 10_000_000 + number}).encode() + b"\n")
            eventually("they are in the spool", lambda: any(
                b"10000099" in path.read_bytes()
                for path in (work / "agent/spool").glob("*.spool")))
            agent.kill()
            if not damage(work / "agent", b'"number": 10000042'):
                raise AssertionError("the record to destroy was not found")
            relay.turn("open")
            agent.start()
            eventually("the rest comes", lambda: kept(client, name)["through"] >= first + 99)
            planted = gaps(client, name)["gaps"]
            agent.stop()
            service.stop()
            counts = archived(service, name)
            lost = [n for n in range(writer.count) if n not in counts]
            twice = sum(1 for n in range(writer.count) if counts.get(n, 0) > 1)
            rest = sum(1 for n in range(100) if counts.get(10_000_000 + n) == 1)
            named = [(gap["first"], gap["last"], gap["reason"]) for gap in planted]
            good = (not lost and clean["missing"] == 0 and not clean["gaps"]
                    and named == [(first + 42, first + 42, "damaged")] and rest == 99
                    and any("was killed" in title for title in titles))
            print(f"cut-off: {writer.count} events, {cut} when the cut of {options.minutes:g} min ended, "
                  f"{kills} kills -9, {len(lost)} lost, {twice} read twice by the agent, "
                  f"{clean['missing']} missing by the gap proof; planted gap {first + 42} named "
                  f"{named}, {rest} of 99 around it kept; {len(titles)} incidents told",
                  flush=True)
            sys.exit(0 if good else 1)
    finally:
        if agent.process and agent.process.poll() is None:
            agent.process.kill()
            agent.process.wait()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
