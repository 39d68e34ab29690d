#!/usr/bin/env python3
# proves: what a server orders is done on a host, told by a signed receipt, undone to the byte, and never by an agent that only observes
# builds: kagari-agent
"""A server, an agent on this host, and orders by the command line.

    prove_orders.py [--agent PROGRAM]

The agent is let in by a token, senses what happens here (where it is root and the kernel takes programs) and acts in files of this proof alone. A file is
taken away, given back by an order, taken away under a lease and given back by its end; an order is killed with -9 between its begin and its receipt; the
same order twice is done once; an agent that only observes refuses. The ledger must hold in the end. Traffic is on loopback only.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess

import service
from proof import ROOT, end, stop


class Agent:
    def __init__(self, program, folder):
        self.program, self.folder, self.process = program, folder, None
        self.log = pathlib.Path(str(folder) + ".log")

    def enrol(self, port, token):
        done = subprocess.run(
            [self.program, "enrol", "--server", f"127.0.0.1:{port}", "--token", "-", "--state",
             self.folder], input=token + "\n", capture_output=True, text=True, timeout=60)
        if done.returncode:
            stop(f"the agent was not let in: {done.stderr[-400:]}")
        self.name = re.search(r"h-[0-9a-f]+", done.stdout).group(0)

    def start(self, *flags):
        with open(self.log, "ab") as log:
            self.begun = log.tell()
            self.process = subprocess.Popen(
                [self.program, "run", "--state", self.folder, *flags], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL)
        if not service.wait_for(lambda: "connected to" in self.text(), 120):
            stop(f"the agent does not reach its server: {self.text()[-400:]}")

    def text(self):
        return self.log.read_text(errors="replace")[self.begun:]

    def halt(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)


def digest(path):
    status = os.lstat(path)
    return (hashlib.sha256(path.read_bytes()).hexdigest(), status.st_mode, status.st_uid, status.st_gid,
            status.st_mtime_ns)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--agent", default=os.environ.get(
        "KAGARI_AGENT", ROOT / ".build-release/release/kagari-agent"))
    program = pathlib.Path(options.parse_args().agent).resolve()
    if not program.is_file():
        stop(f"there is no program {program}; build the product kagari-agent")
    home = service.folder("orders")
    port = service.free_port()
    server = service.Service(
        service.program_of_proof(), home, "--agents", f"127.0.0.1:{port}").start()
    wrong = []

    def must(sentence, holds):
        print(f"  {'' if holds else 'NOT: '}{sentence}", flush=True)
        if not holds:
            wrong.append(sentence)

    def ask(*words, code=0):
        done = subprocess.run(
            [server.program, *words, "--server", f"http://127.0.0.1:{server.console}",
             "--key-file", server.data / "keys/local.api-key"], capture_output=True, text=True, timeout=120)
        if code is not None and done.returncode != code:
            stop(f"kagari {' '.join(map(str, words[:2]))} ended with {done.returncode}: {done.stderr[-400:]}")
        return done.stdout

    def order(action, *flags):
        text = ask("agents", "order", f"main/{agent.name}", json.dumps(action), *flags, code=None)
        return json.loads(text) if text.startswith("{") else {"outcome": text.strip() or "none"}

    agent = Agent(program, home / "agent")
    token = re.search(r"kgj_\S+", ask("agents", "join-token", "main")).group(0)
    agent.enrol(port, token)
    bad = home / "dropper"
    bad.write_bytes(b"\x7fELF not really\n" * 100)
    bad.chmod(0o751)
    before = digest(bad)
    take = {"kind": "quarantine_file", "paths": [str(bad)]}

    agent.start()
    answer = order(take)
    must("an agent that only observes refuses, and says so",
         answer["outcome"] == "refused" and "observes" in answer["reason"] and bad.exists())
    agent.halt()

    agent.start("--act")
    answer = order(take)
    must("the file is taken away", answer["outcome"] == "done" and not bad.exists())
    must("the receipt names the entry of the ledger", answer["audit_receipt"].startswith("main/"))
    answer = order({"kind": "undo", "order": answer["order"]})
    must("it is given back as it was", answer["outcome"] == "undone" and answer["restored"]
         and digest(bad) == before)
    answer = order(take, "--lease", "2")
    must("taken away under a lease", answer["outcome"] == "done" and not bad.exists())
    must("it comes back when the lease ends", service.wait_for(bad.exists, 60) and digest(bad) == before)
    first = order(take, "--idempotency", "one")
    again = order(take, "--idempotency", "one")
    must("the same order twice is one", first["outcome"] == "done" and again.get("order") == first["order"])
    order({"kind": "undo", "order": first["order"]})
    answer = order({"kind": "quarantine_file", "paths": ["/nowhere/at/all"]})
    must("what cannot be done is refused with its reason",
         answer["outcome"] == "refused" and "/nowhere" in answer["reason"])
    agent.halt(signal.SIGKILL)
    agent.start("--act", "--only", "suspend_processes")
    answer = order(take)
    must("what this host does not let through is refused", answer["outcome"] == "refused" and digest(bad) == before)
    agent.halt()

    sensed = "not sensed: this is not root, or the kernel takes no programs"
    probe = subprocess.run([program, "probe", "--json"], capture_output=True, text=True)
    if os.geteuid() == 0 and json.loads(probe.stdout or "{}").get("tier", "C") != "C":
        agent.start("--sense", "--act")
        cover = home / "history"
        found = None
        for _ in range(20):
            subprocess.run(["/bin/bash", "-c", f"history -c; echo > {cover}"], check=True)
            found = service.wait_for(
                lambda: "Logs or Command History Erased" in ask("alerts", "--tenant", "main", "--json"), 6, 0.2)
            if found:
                break
        must("an act on this host is an alert on the server", found)
        sensed = "sensed" if found else "missed"
        agent.halt()

    server.stop()
    for check in ("ledger", "archive"):
        done = subprocess.run([server.program, check, "verify", "--data", server.data], capture_output=True, text=True)
        must(f"the {check} holds", done.returncode == 0)
    end(not wrong, f"8 orders, {sensed}; {len(wrong)} not as it should be")


if __name__ == "__main__":
    main()
