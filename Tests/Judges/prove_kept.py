#!/usr/bin/env python3
# proves: what is kept can be checked, saved, restored, rebuilt, exported and destroyed
# pypi: cryptography==49.0.0 zstandard==0.25.0
"""Fills a data folder through the service, and judges from outside what the program says of it.

    prove_kept.py [--records N]

Archive and ledger are read by judges that were written from the documents alone. Then one byte of each is altered, and must be found by both; a backup made
while records come in is restored and must verify; searchable events are rebuilt; a tenant is exported, deleted, and its certificate checked and
forged. Traffic is on loopback only.
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BATCH = 500


class Failed(Exception):
    pass


def must(holds, what):
    if not holds:
        raise Failed(what)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Installation:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.data = folder / "data"
        self.port, self.token, self.process = free_port(), None, None

    def run(self, *words, code=0):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True,
                              cwd=self.folder, timeout=600)
        must(done.returncode == code,
             f"kagari {' '.join(map(str, words))} ended with {done.returncode}, not {code}: "
             f"{(done.stdout + done.stderr)[-600:]}")
        return done.stdout

    def json(self, *words, code=0):
        return [json.loads(line) for line in self.run(*words, "--json", code=code).splitlines()]

    def start(self, *words, data=None):
        log = open(self.folder / "log", "ab")
        begun = (self.folder / "log").stat().st_size
        self.process = subprocess.Popen(
            [self.program, "serve", "--data", str(data or self.data), "--intake",
             f"127.0.0.1:{self.port}", "--console", "off", *words],
            stdout=subprocess.DEVNULL, stderr=log, cwd=self.folder)
        for _ in range(600):
            must(self.process.poll() is None, f"the service ended: {self.log()[-600:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                break
            except OSError:
                time.sleep(0.1)
        found = re.search(r"kgi_\w+", self.log())
        self.token = self.token or (found and found.group(0))
        return self.log()[begun:]

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        must(self.process.wait(120) == 0, f"the service did not stop: {self.log()[-600:]}")
        self.process = None

    def send(self, first, count):
        self.post([(f"n-{number}", json.dumps({
            "EventID": 4688, "Channel": "Security", "Computer": f"ws-{number % 40}",
            "CommandLine": f"whoami /all {number}", "Image": "C:\\Windows\\System32\\whoami.exe"}))
            for number in range(first, first + count)])

    def play(self):
        """The made intrusion, so that the ledger has something to tell."""
        lines = [line for path in sorted((ROOT / "examples/scenario").rglob("*"))
                 if path.suffix == ".jsonl"
                 for line in path.read_text().splitlines() if line.startswith("{")]
        must(lines, "examples/scenario has no lines of JSON")
        self.post([(f"scenario-{n}", line) for n, line in enumerate(lines)])
        return len(lines)

    def post(self, records):
        lines = []
        for name, record in records:
            lines += [json.dumps({"create": {"_index": "logs", "_id": name}}), record]
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        wire.request("POST", "/_bulk", "\n".join(lines) + "\n", {
            "Authorization": f"ApiKey {self.token}", "Content-Type": "application/x-ndjson"})
        answer = wire.getresponse()
        body = json.loads(answer.read())
        wire.close()
        must(answer.status == 200 and not body.get("errors"), f"intake answered {answer.status}")


def judge(name, *words):
    return subprocess.run([sys.executable, str(HERE / name), *map(str, words)],
                          capture_output=True, text=True, timeout=600)


def altered(path, place, mask=0x10):
    """One bit of a file; returns what undoes it."""
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ mask]))
    return lambda: altered(path, place, mask)


def archive(place, figures, data, sent):
    """Both readers see the same; one bit is found by both, and named."""
    key = data / "keys/main.key"
    folder = data / "tenants/main/archive"
    report = place.json("archive", "verify", "--tenant", "main", "--data", data)[0]
    must(report["sound"] and report["unopened"] == 0, "the archive is not sound")
    outside = judge("archive_judge.py", folder, "--key", key)
    must(outside.returncode == 0, f"the outside reader: {outside.stderr[-300:]}")
    records = [json.loads(line) for line in outside.stdout.splitlines()]
    texts = {r["bytes"] for r in records if r["content"].startswith("record ")}
    must(len(records) == report["records"], "the two readers count differently")
    must(len(texts) >= sent, f"{len(texts)} different records, {sent} were acknowledged")
    segment = sorted(folder.glob("*.kseg"))[0]
    size = segment.stat().st_size
    found = 0
    for spot in (300, size // 3, size // 2, size - 200):
        undo = altered(segment, spot)
        bad = place.json("archive", "verify", "--tenant", "main", "--data", data, code=2)[0]
        must(not bad["sound"] and segment.name in bad["problems"][0],
             f"a bit at {spot} is not named: {bad['problems'][:1]}")
        must(judge("archive_judge.py", folder, "--key", key).returncode != 0,
             f"the outside reader took a changed bit at {spot}")
        undo()
        found += 1
    must(place.json("archive", "verify", "--data", data)[0]["sound"], "undone, yet not sound")
    figures.append(f"{len(records)} records read alike by two readers, {found} bits found")


def ledger(place, figures, data):
    place.run("ledger", "verify", "--data", data)
    path = place.folder / "ledger.jsonl"
    done = subprocess.run([place.program, "ledger", "export", "--tenant", "main", "--data",
                           str(data), "--output", str(path)], capture_output=True, text=True)
    must(done.returncode == 0, done.stderr)
    key = re.search(r"public key ([0-9a-f]{64})", done.stderr).group(1)
    must(judge("ledger_judge.py", path, key).returncode == 0, "the outside reader refuses it")
    lines = path.read_text().splitlines()
    entries = [n for n, line in enumerate(lines) if '"entry"' in line]
    must(len(entries) > 20, "the made intrusion left nothing in the ledger")
    victim = entries[len(entries) // 2]
    position = json.loads(lines[victim])["entry"]["position"]
    bad = list(lines)
    bad[victim] = re.sub(r'"actor":"(.)', lambda m: '"actor":"' + ("b" if m[1] != "b" else "c"),
                         bad[victim], count=1)
    path.write_text("\n".join(bad) + "\n")
    told = place.run("ledger", "verify", "--export", path, "--public-key", key, code=2)
    must(f"entry {position} is altered" in told, f"the altered entry is not named: {told}")
    must(judge("ledger_judge.py", path, key).returncode != 0, "the outside reader took it")
    path.write_text("\n".join(lines[:-3]) + "\n")
    place.run("ledger", "verify", "--export", path, "--public-key", "00" * 31 + "01", code=2)
    figures.append(f"{len(entries)} ledger entries, altered one named")


def backup(place, figures, sent):
    """Made while records come in; restored, it verifies and finds what was there."""
    saved = place.folder / "backup"
    place.start()
    place.send(sent, BATCH)
    maker = subprocess.Popen([place.program, "backup", str(saved), "--with-keys", "--data",
                              str(place.data)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    batches = 1
    while maker.poll() is None:
        place.send(sent + batches * BATCH, BATCH)
        batches += 1
    must(maker.returncode == 0, f"backup: {maker.stderr.read()[-400:]}")
    place.stop()
    back = place.folder / "restored"
    told = place.json("restore", saved, "--data", back)[0]
    must(told["sound"] and told["records"] >= sent + BATCH, f"restored too little: {told}")
    place.run("restore", saved, "--data", back, code=1)
    place.run("ledger", "verify", "--data", back)
    must(all(r["sound"] for r in place.json("archive", "verify", "--data", back)), "not sound")
    replays = [json.loads(place.run("replay", "--tenant", "main", "--quiet", "--data", back,
                                    "--threads", n).splitlines()[-1]) for n in (1, 2)]
    must(replays[0] == replays[1] and replays[0]["records"] >= sent + BATCH, "replays differ")
    segment = sorted(saved.glob("tenants/main/archive/*.kseg"))[0]
    undo = altered(segment, segment.stat().st_size // 2)
    place.run("restore", saved, "--check", code=2)
    place.run("restore", saved, "--data", place.folder / "never", code=2)
    must(not (place.folder / "never").exists(), "a damaged backup was restored")
    undo()
    figures.append(f"backup under load restored with {told['records']} records")
    return sent + batches * BATCH, back


def rebuild(place, figures, data, sent):
    place.start("--event-store", "sqlite", data=data)
    # The ledger and the archives are the service's now.
    place.run("store", "rebuild", "--data", data, code=1)
    place.run("tenant", "delete", "main", "--confirm", "main", "--data", data, code=1)
    place.stop()
    shutil.rmtree(data / "events/sqlite")
    done = place.json("store", "rebuild", "--data", data, "--event-store", "sqlite")[0]
    must(done["events"] >= sent and done["gaps"] == 0, f"rebuilt too little: {done}")
    status = place.json("store", "status", "--data", data, "--event-store", "sqlite")[0]
    row = status["tenants"][0]
    must(row["searchable"] >= row["archived"] - 5, f"not all is searchable: {status}")
    figures.append(f"{done['events']} events rebuilt")


def leave(place, figures, data):
    """Exported whole, then destroyed; nothing but the certificate remains."""
    out = place.folder / "export"
    told = place.json("tenant", "export", "main", out, "--data", data)[0]
    lines = sum(1 for _ in open(out / "archive.jsonl"))
    must(lines == told["records"] > 0, "the export has another number of records")
    place.run("ledger", "verify", "--export", out / "ledger.jsonl")
    key = place.folder / "key-copy"
    shutil.copy(data / "keys/main.key", key)
    paper = place.folder / "certificate"
    place.run("tenant", "delete", "main", "--confirm", "main", "--certificate", paper,
              "--event-store", "sqlite", "--data", data)
    must(not (data / "keys/main.key").exists(), "the key is still there")
    must(not (data / "tenants/main").exists(), "the tenant's folder is still there")
    left = [path for path in data.rglob("*") if path.is_file() and path.suffix != ".compiled"
            and b"whoami /all" in path.read_bytes()]
    must(not left, f"the tenant's words are still in {left[:3]}")
    place.run("tenant", "check-certificate", paper, "--data", data, "--key", key)
    place.run("ledger", "verify", "--data", data)
    forged = place.folder / "forged"
    forged.write_text(paper.read_text().replace('"tenant":"main"', '"tenant":"mail"', 1))
    place.run("tenant", "check-certificate", forged, "--data", data, code=2)
    figures.append("tenant exported, destroyed, certificate holds, forged one refused")


def doctor(place, data):
    found = [json.loads(line) for line in subprocess.run(
        [place.program, "doctor", "--data", str(data), "--json"], capture_output=True, text=True,
        cwd=place.folder).stdout.splitlines()]
    must(not [f for f in found if f["state"] == "fail"], f"doctor: {found}")
    must({"config", "port", "certificate", "disk", "rules", "ledger", "keys", "archive", "clock",
          "sources", "store"} <= {f["check"] for f in found}, "doctor leaves checks out")
    config = place.folder / "bad.yml"
    config.write_text("event-stor: chdb\n")
    place.run("doctor", "--config", config, "--data", data, code=2)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=5000)
    options = options.parse_args()
    program = os.environ.get("KAGARI_PROGRAM") or sys.exit(
        "KAGARI_PROGRAM names no program; run this by ./dev prove kept")
    os.environ.setdefault("KAGARI_CONTENT", str(ROOT / "Content"))
    for name in ("KAGARI_DATA", "KAGARI_CONFIG"):
        os.environ.pop(name, None)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kagari-kept-"))
    place, figures = Installation(str(pathlib.Path(program).resolve()), folder), []
    try:
        place.start()
        played = place.play()
        sent = 0
        while sent < options.records:
            place.send(sent, BATCH)
            sent += BATCH
        time.sleep(2)
        place.stop()
        archive(place, figures, place.data, sent + played)
        ledger(place, figures, place.data)
        doctor(place, place.data)
        sent, back = backup(place, figures, sent)
        rebuild(place, figures, back, options.records)
        leave(place, figures, back)
        print("holds: " + "; ".join(figures), flush=True)
        code = 0
    except Failed as failure:
        print(f"does not hold: {failure}", flush=True)
        code = 1
    finally:
        if place.process and place.process.poll() is None:
            place.process.kill()
            place.process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
