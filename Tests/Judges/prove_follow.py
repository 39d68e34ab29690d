#!/usr/bin/env python3
# proves: followed files, imports and pulled objects are kept once, over rotation and kills -9
# pypi: boto3==1.43.11 moto[server]==5.2.1
"""Lets real writers write, rotates their files under them, kills the service with -9, and counts.

    prove_follow.py [--rounds N] [--seed N]

Followed: Python's RotatingFileHandler, a file that logrotate copies, empties and compresses, and rsyslog's omfile, which is renamed and told.
Imported: the same folder twice, plain and packed, the first time broken off. Pulled: objects that moto's S3 announces in its SQS, beside a test
event and messages that nothing can serve. Each event must be found once. Traffic is on loopback only.
"""
import argparse
import collections
import gzip
import importlib.util
import json
import logging
import logging.handlers
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

HERE = pathlib.Path(__file__).resolve().parent
EVENT = re.compile(r"event ([a-z]+-\d+)")
KEYS = {"AWS_ACCESS_KEY_ID": "made", "AWS_SECRET_ACCESS_KEY": "made", "AWS_REGION": "us-east-1"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, process, log):
    for _ in range(900):
        if process.poll() is not None:
            sys.exit(f"not proved: a process ended: {log()[-800:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"not proved: nothing listens on {port}: {log()[-800:]}")


class Service:
    """One data folder, served by one process after another."""

    def __init__(self, program, folder, *flags):
        self.program, self.folder, self.flags = program, folder, flags
        self.port, self.console, self.process = free_port(), free_port(), None

    def start(self):
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            [self.program, "serve", "--data", self.folder / "data", "--intake", str(self.port),
             "--console", str(self.console), *self.flags],
            stdout=subprocess.DEVNULL, stderr=log, env=os.environ | KEYS)
        log.close()
        wait_for(self.console, self.process, self.text)

    def text(self):
        return (self.folder / "log").read_text(errors="replace")

    def token(self):
        return re.search(r"kgi_\w+", self.text()).group(0)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(120) != 0:
            sys.exit(f"not proved: the service did not stop cleanly: {self.text()[-800:]}")

    def events(self):
        """How often each numbered event is found."""
        done = subprocess.run(
            [self.program, "search", "--server", f"http://127.0.0.1:{self.console}", "--key-file",
             self.folder / "data/keys/local.api-key", "--tenant", "main", "--json", "--limit", "10000000"],
            capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"not proved: search ended with {done.returncode}: {done.stderr[-400:]}")
        return collections.Counter(
            found for line in done.stdout.splitlines() for found in set(EVENT.findall(line)))

    def settled(self, count, seconds=90):
        """The events once there are `count`, or when none came for long."""
        end, events, most = time.monotonic() + seconds, {}, 0
        while time.monotonic() < end:
            events = self.events()
            if len(events) > most:
                end, most = time.monotonic() + seconds, len(events)
            if len(events) >= count:
                time.sleep(2)
                return self.events()
            time.sleep(1)
        return events


class Writer(threading.Thread):
    """Writes numbered events until it is told to stop."""

    def __init__(self, name, stop, seed):
        super().__init__(daemon=True)
        self.source, self.stop, self.chance, self.count = name, stop, random.Random(seed), 0
        self.failure = None

    def line(self):
        self.count += 1
        return f"2026-11-28T09:00:00Z host app: event {self.source}-{self.count}"

    def run(self):
        try:
            while not self.stop.is_set():
                for _ in range(self.chance.randint(1, 20)):
                    self.write(self.line())
                self.turn()
                time.sleep(self.chance.uniform(0, 0.05))
        except Exception as failure:  # told at the end, by the main thread
            self.failure = failure

    def turn(self):
        pass


class LoggingWriter(Writer):
    """Python's logging, with rotation by rename every 20 kB."""

    def __init__(self, folder, stop, seed):
        super().__init__("logging", stop, seed)
        handler = logging.handlers.RotatingFileHandler(
            folder / "app.log", maxBytes=20_000, backupCount=1_000)
        self.log = logging.Logger("made")
        self.log.addHandler(handler)

    def write(self, line):
        self.log.warning(line)


class CopiedWriter(Writer):
    """A file that logrotate copies away, empties and later compresses; written in pieces that do not end with lines."""

    def __init__(self, folder, stop, seed):
        super().__init__("copied", stop, seed)
        folder.mkdir()
        self.path, self.file = folder / "app.log", open(folder / "app.log", "ab", buffering=0)
        self.rotations = 0
        self.rules = folder.parent / "logrotate.conf"
        self.rules.write_text(
            f"{self.path} {{\n copytruncate\n rotate 1000\n compress\n delaycompress\n missingok\n}}\n")
        # Nobody but its owner may write the rules.
        self.rules.chmod(0o600)

    def write(self, line):
        bytes_ = (line + "\n").encode()
        cut = self.chance.randint(1, len(bytes_))
        self.file.write(bytes_[:cut])
        self.file.write(bytes_[cut:])

    def turn(self):
        # What is written between the copy and the emptying is lost to everybody, so nothing is then.
        if self.chance.random() < 0.02:
            self.rotations += 1
            subprocess.run(["logrotate", "-f", "-s", self.path.parent.parent / "logrotate.state",
                            self.rules], check=True)


class RsyslogWriter(Writer):
    """rsyslog's omfile behind its TCP input; renamed, and told so by a signal."""

    def __init__(self, folder, stop, seed):
        super().__init__("rsyslog", stop, seed)
        folder.mkdir()
        self.path, port, self.rotations = folder / "app.log", free_port(), 0
        rules = folder.parent / "rsyslog.conf"
        rules.write_text(
            f'module(load="imtcp")\ninput(type="imtcp" port="{port}" address="127.0.0.1")\n'
            f'global(workDirectory="{folder.parent}")\n'
            f'action(type="omfile" file="{self.path}" template="RSYSLOG_FileFormat")\n')
        self.process = subprocess.Popen(
            ["rsyslogd", "-n", "-f", rules, "-i", folder.parent / "rsyslog.pid"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(port, self.process, lambda: "rsyslogd")
        self.wire = socket.create_connection(("127.0.0.1", port))

    def write(self, line):
        text = line.split(" ", 2)[2]
        self.wire.sendall(f"<13>1 2026-11-28T09:00:00Z host app - - - {text}\n".encode())

    def turn(self):
        if self.chance.random() < 0.02 and self.path.exists():
            self.rotations += 1
            self.path.rename(f"{self.path}.{self.rotations}")
            self.process.send_signal(signal.SIGHUP)

    def end(self):
        self.wire.close()
        time.sleep(1)
        self.process.terminate()
        self.process.wait(30)


def judged(name, events, wanted):
    """Lost, double and a sentence about it."""
    lost = [event for event in wanted if events.get(event, 0) == 0]
    double = [event for event in wanted if events.get(event, 0) > 1]
    for what, found in (("lost", lost), ("double", double)):
        if found:
            print(f"  {name}: {what}: {', '.join(found[:5])} …", flush=True)
    return len(lost), len(double), f"{name} {len(wanted)} events, {len(lost)} lost, {len(double)} double"


def prove_followed(program, folder, rounds, chance):
    folder.mkdir()
    stop = threading.Event()
    (folder / "logging").mkdir()
    writers = [LoggingWriter(folder / "logging", stop, chance.random())]
    if shutil.which("logrotate"):
        writers.append(CopiedWriter(folder / "copied", stop, chance.random()))
    if shutil.which("rsyslogd"):
        writers.append(RsyslogWriter(folder / "rsyslog", stop, chance.random()))
    flags = [word for writer in writers for word in
             ("--follow", f"main/{writer.source}={folder / writer.source}/app.log*")]
    service = Service(program, folder, *flags)
    service.start()
    for writer in writers:
        writer.start()
    try:
        for turn in range(rounds):
            time.sleep(chance.uniform(0.2, 3.0))
            service.kill()
            time.sleep(chance.uniform(0, 1))
            service.start()
            print(f"  round {turn + 1}: {sum(w.count for w in writers)} written", flush=True)
    finally:
        stop.set()
        for writer in writers:
            writer.join(60)
            if isinstance(writer, RsyslogWriter):
                writer.end()
    for writer in writers:
        if writer.failure:
            sys.exit(f"not proved: the writer {writer.source} failed: {writer.failure}")
    wanted = [f"{w.source}-{number + 1}" for w in writers for number in range(w.count)]
    events = service.settled(len(wanted))
    service.stop()
    rotated = len(list((folder / "logging").iterdir())) - 1 + sum(
        getattr(writer, "rotations", 0) for writer in writers)
    lost, double, words = judged("followed", events, wanted)
    return lost, double, f"{words} ({len(writers)} writers, {rotated} rotations, {rounds} kills)"


def prove_imported(program, folder, chance):
    folder.mkdir()
    service = Service(program, folder)
    service.start()
    source = folder / "source"
    source.mkdir()
    wanted, number = [], 0
    for part in range(6):
        lines = []
        for _ in range(8_000):
            number += 1
            wanted.append(f"file-{number}")
            lines.append(json.dumps({"host": "web", "message": f"event file-{number}"}))
        text = ("\n".join(lines) + "\n").encode()
        packed = part % 2 == 1
        path = source / f"part-{part}.json{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(text) if packed else text)
    words = [program, "import", "--to", f"http://127.0.0.1:{service.port}", "--tenant", "main",
             "--source", "first", source]
    env = os.environ | {"KAGARI_TOKEN": service.token(), "XDG_STATE_HOME": str(folder / "state")}
    first = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time.sleep(chance.uniform(0.5, 1.5))
    first.kill()
    first.wait()
    service.kill()
    service.start()
    answers = []
    for again in ([], [], ["--again"]):
        done = subprocess.run([*words, *again], env=env, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"not proved: import ended with {done.returncode}: {done.stderr[-400:]}")
        answers.append(json.loads(done.stdout.splitlines()[-1]))
    events = service.settled(len(wanted))
    service.stop()
    told = all(a["read"] == len(wanted) and a["stored"] + a["already_there"] == a["read"]
               for a in answers) and all(a["stored"] == 0 for a in answers[1:])
    lost, double, text = judged("imported", events, wanted)
    return lost + (0 if told else 1), double, f"{text} (broken off once, brought in 3 times more)"


def prove_pulled(program, folder, rounds, chance):
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("boto3") is None:
        return 1, 0, "pulled: boto3 and moto are missing"
    import boto3
    folder.mkdir()
    port = free_port()
    moto = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, moto, lambda: "moto")
        made = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "us-east-1",
                "aws_access_key_id": "made", "aws_secret_access_key": "made"}
        s3, sqs = boto3.client("s3", **made), boto3.client("sqs", **made)
        s3.create_bucket(Bucket="trail")
        queue = sqs.create_queue(QueueName="notices",
                                 Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        # S3 itself sends its test event when this is set.
        s3.put_bucket_notification_configuration(
            Bucket="trail", NotificationConfiguration={"QueueConfigurations": [{
                "QueueArn": arn["Attributes"]["QueueArn"], "Events": ["s3:ObjectCreated:*"]}]})
        poison = ["no notice at all", json.dumps({"Records": [{
            "eventName": "ObjectCreated:Put", "awsRegion": "us-east-1",
            "s3": {"bucket": {"name": "trail"}, "object": {"key": "not/there.json.gz"}}}]})]
        for body in poison:
            sqs.send_message(QueueUrl=queue, MessageBody=body)
        service = Service(program, folder, "--pull", f"main/trail={queue}", "--pull-endpoint",
                          f"http://127.0.0.1:{port}", "--pull-region", "us-east-1")
        service.start()
        wanted, number = [], 0
        for turn in range(rounds):
            for part in range(8):
                records = []
                for _ in range(50):
                    number += 1
                    wanted.append(f"trail-{number}")
                    records.append({
                        "eventVersion": "1.08", "eventTime": "2026-11-28T09:00:00Z",
                        "eventSource": "s3.amazonaws.com", "eventName": f"event trail-{number}",
                        "eventID": f"id-{number}", "userIdentity": {"type": "IAMUser"}})
                s3.put_object(Bucket="trail", Key=f"AWSLogs/a b+{turn}/{part}.json.gz",
                              Body=gzip.compress(json.dumps({"Records": records}).encode()))
            time.sleep(chance.uniform(0.1, 1.5))
            service.kill()
            service.start()
        # A message that a killed reader held is seen again when its time is over.
        events = service.settled(len(wanted), 300)
        left = {}
        for _ in range(60):
            left = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
            count = sum(int(left[name]) for name in (
                "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"))
            if count == len(poison):
                break
            time.sleep(1)
        told = service.text().count("is left in its queue")
        service.stop()
        lost, double, text = judged("pulled", events, wanted)
        holds = count == len(poison) and told >= len(poison) and "made" not in service.text().replace(
            "made the tenant", "")
        return lost + (0 if holds else 1), double, (
            f"{text} ({rounds} kills; {count} of {len(poison)} messages that nothing can serve "
            f"left and told, all others deleted)")
    finally:
        moto.terminate()
        moto.wait(30)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", action="store_true", help="leave the folder, to look at")
    options.add_argument("--only", choices=["followed", "imported", "pulled"])
    options = options.parse_args()
    program = os.environ.get("KAGARI_PROGRAM") or sys.exit(
        "KAGARI_PROGRAM names no program; run this by ./dev prove follow")
    chance = random.Random(options.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="kagari-follow-"))
    parts = {
        "followed": lambda: prove_followed(program, folder / "followed", options.rounds, chance),
        "imported": lambda: prove_imported(program, folder / "imported", chance),
        "pulled": lambda: prove_pulled(
            program, folder / "pulled", max(2, options.rounds // 4), chance),
    }
    try:
        done = [part() for name, part in parts.items() if options.only in (None, name)]
        holds = all(lost == double == 0 for lost, double, _ in done)
        print(("holds: " if holds else "does not hold: ") + "; ".join(text for _, _, text in done),
              flush=True)
        sys.exit(0 if holds else 1)
    finally:
        if options.keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
