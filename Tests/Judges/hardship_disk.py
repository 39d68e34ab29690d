"""Hardships of the machine under the service: its disk, its clock, its files, its helper processes."""
import json
import os
import pathlib
import shutil
import struct
import subprocess
import time

from hardship_wire import MEBI, Numbered, started
from service import Service, folder, wait_for


def in_namespace(service, *words):
    """Runs a command where the service sees its disk."""
    return subprocess.run(["nsenter", "-t", str(service.process.pid), "-m", *map(str, words)],
                          capture_output=True, text=True, check=False)


def on_small_disk(options, size):
    """A service whose data folder is a disk of its own of so many bytes; None where that cannot be made."""
    tried = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        return None
    home = folder("hardship-disk")
    (home / "data").mkdir(mode=0o700)
    mount = f"mount -t tmpfs -o size={size},mode=0700 none '{home}/data' && exec \"$0\" \"$@\""
    service = Service(options.program, home, before=(
        "unshare", "-m", "--propagation", "private", "sh", "-c", mount))
    # The disk is new to each process and lives as long as it does, so this one is not started again.
    return service.start()


def full(options):
    """The disk fills while senders write: they are refused and told so; with room again all goes on by itself."""
    service = on_small_disk(options, 96 * MEBI)
    if service is None:
        return None, "needs root for a mount namespace"
    numbered = Numbered(service)
    free = int(in_namespace(service, "df", "-m", "--output=avail", service.data).stdout.split()[-1])
    in_namespace(service, "dd", "if=/dev/zero", f"of={service.data}/ballast", "bs=1M",
                 f"count={free - 8}")
    refused, statuses = 0, []
    for _ in range(200):
        status = numbered.send(100, size=4000)
        statuses.append(status)
        refused = refused + 1 if status != 200 else 0
        if refused >= 5:
            break
        time.sleep(0.05)
    answered = sorted(set(statuses) - {200})
    ready = numbered.reader.send("GET", "/readyz")
    said_so = [line for line in service.text().splitlines() if "space" in line.lower()
               or "full" in line.lower()]
    alive = service.is_running
    in_namespace(service, "rm", f"{service.data}/ballast")
    recovered = wait_for(lambda: numbered.send(5) == 200, 60, 1)
    good, said = numbered.judge(90)
    used = in_namespace(service, "df", "-m", service.data).stdout.split()[-4:-1]
    service.kill()
    return bool(alive and refused >= 5 and set(answered) <= {429, 500, 503, 507} and recovered
                and good and (said_so or ready.status == 503)), (
        f"senders got {answered}, readyz {ready.status} {ready.body[:120]!r}, log "
        f"{said_so[-1][:140] if said_so else 'says nothing'!r}; with room again accepted "
        f"{bool(recovered)}, MiB {used}; {said}")


def read_only(options):
    """The data folder on a disk that may not be written: the service says so and ends; writable again it goes on."""
    service, numbered = started(options)
    numbered.send(50)
    service.stop()
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        return None, "needs root for a mount namespace"
    begun = len(service.text())
    mount = (f"mount --bind '{service.data}' '{service.data}' && "
             f"mount -o remount,bind,ro '{service.data}' && exec \"$0\" \"$@\"")
    service.before = ["unshare", "-m", "--propagation", "private", "sh", "-c", mount]
    service.launch()
    try:
        code = service.process.wait(60)
    except subprocess.TimeoutExpired:
        service.kill()
        code = None
    words = service.text()[begun:].strip()
    clear = "read-only" in words.lower() or "read only" in words.lower()
    service.before = []
    service.start()
    status = numbered.send(10)
    good, said = numbered.judge()
    service.stop()
    return bool(code not in (None, 0) and clear and good and status == 200), (
        f"ended with {code}: {words[-200:]!r}; writable again {status}; {said}")


def clock(options):
    """The clock an hour back, two days on, back again, and right again at a restart."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if not compiler:
        return None, "needs a C compiler"
    home = folder("hardship-clock")
    library, stamp = home / "turned_clock.so", home / "clock"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library,
                    pathlib.Path(__file__).with_name("turned_clock.c")], check=True)
    stamp.write_bytes(struct.pack("q", 0))
    service = Service(options.program, home, before=(
        "env", f"LD_PRELOAD={library}", f"TURNED_CLOCK={stamp}")).start()
    numbered, statuses = Numbered(service), []
    for jump in (0, -3600, 172800, -600):
        with open(stamp, "r+b") as file:
            file.write(struct.pack("q", jump))
        for _ in range(5):
            statuses.append(numbered.send(10))
            time.sleep(0.3)
        time.sleep(1.5)
    held, said = numbered.judge()
    received = [event["received"] for event in sorted(
        numbered.reader.events("main"), key=lambda event: event["sequence"])]
    ordered = received == sorted(received)
    # Two days on was seen, so the clock was truly turned.
    turned = received[-1] > time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 86400))
    span = received[0][:16] + " … " + received[-1][:16]
    service.stop()
    service.before = []
    service.start()
    statuses.append(numbered.send(10))
    again, after = numbered.judge()
    service.stop()
    same = service.replay("main", 1) == service.replay("main", 2)
    return bool(held and again and turned and ordered and same and set(statuses) == {200}), (
        f"clock -1 h, +2 d, -10 min, right: senders got {sorted(set(statuses))}, receipt times "
        f"in order {ordered} ({span}), replays equal {same}; {said}; restarted: {after}")


def damage(options):
    """A torn end, a flipped bit in the last segment, a snapshot and an index that are rubbish, over kills -9."""
    service, numbered = started(options)
    archive = service.data / "tenants/main/archive"
    for _ in range(10):
        numbered.send(20)
    service.kill()
    notes = []
    # What a power cut leaves: bytes behind the last frame that belong to none.
    last = sorted(archive.glob("*.kseg"))[-1]
    with open(last, "ab") as file:
        file.write(b"KF\x01" + os.urandom(700))
    for index in archive.glob("*.kidx"):
        index.write_bytes(os.urandom(100))
    service.start()
    status = numbered.send(20)
    good, said = numbered.judge()
    notes.append(f"torn end and rubbish for an index: {said}")
    if not good or status != 200:
        return False, "; ".join(notes)
    service.stop()
    # A bit flipped amid acknowledged frames: only their own records are gone, and it is said.
    before = service.replay("main", 1)["records"]
    content = bytearray(last.read_bytes())
    content[len(content) // 2] ^= 0x10
    last.write_bytes(content)
    begun = len(service.text())
    service.start()
    told = [line for line in service.text()[begun:].splitlines() if "damage" in line.lower()]
    status = numbered.send(20)
    service.stop()
    done = subprocess.run([service.program, "replay", "--data", service.data, "--tenant", "main",
                           "--quiet"], capture_output=True, text=True, check=False)
    after = json.loads(done.stdout.splitlines()[-1])["records"]
    gone = before + 20 - after
    named = told or "not there" in done.stderr
    notes.append(f"a bit flipped: {gone} of {before} records are gone, told "
                 f"{(told or done.stderr.splitlines() or ['nothing'])[-1][-160:]!r}, new ones "
                 f"got {status}")
    return bool(named and 0 < gone <= 60 and status == 200), "; ".join(notes) + (
        f"; {len(numbered.acknowledged)} acknowledged")


def children(service):
    """The service's own processes."""
    found = []
    for task in pathlib.Path(f"/proc/{service.process.pid}/task").glob("*/children"):
        found += map(int, task.read_text(encoding="utf-8").split())
    return found


def store_killed(options):
    """The event store's process dies with -9 amid writing: it comes again, and every event is found."""
    service, numbered = started(options)
    numbered.send(50)
    engines = children(service)
    if not engines:
        line = [line for line in service.text().splitlines() if "events are kept" in line]
        service.stop()
        return None, f"the event store has no process of its own: {(line or ['?'])[-1][-60:]}"
    killed = 0
    for _ in range(3):
        for engine in children(service):
            os.kill(engine, 9)
            killed += 1
        for _ in range(5):
            numbered.send(20)
            time.sleep(0.2)
        wait_for(lambda: children(service), 20)
    good, said = numbered.judge(90)
    service.stop()
    return bool(good and killed), f"event store's process killed {killed} times; {said}"
