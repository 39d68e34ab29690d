"""Hosts as network namespaces with mounts and a name of their own. What changes in an overlay of such a host changes nothing of this machine."""
import atexit
import hashlib
import os
import pathlib
import shutil
import signal
import stat
import subprocess

import service
from proof import stop

OVERLAYS = ("/etc", os.path.expanduser("~"), "/home", "/opt", "/srv", "/usr/local", "/var/lib", "/var/log",
            "/var/spool")
SCRIPT = r"""
set -e
mount --make-rprivate /
mkdir -p "$1"
mount -t tmpfs tmpfs "$1"
for folder in $2; do
  [ -d "$folder" ] || continue
  mkdir -p "$1$folder/upper" "$1$folder/work"
  mount -t overlay overlay -o "lowerdir=$folder,upperdir=$1$folder/upper,workdir=$1$folder/work" "$folder"
done
for folder in /var/tmp /dev/shm /tmp; do mount -t tmpfs tmpfs "$folder"; done
hostname "$3"
ip link set lo up
echo ready
exec sleep 100000
"""


class Host:
    """`switch` is a bridge of the namespace that this process is in."""

    def __init__(self, name, address, home, switch):
        self.name, self.address, self.wire = name, address, f"to-{name}"
        self.process = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "sh", "-c", SCRIPT, "host", home / name,
             " ".join(OVERLAYS), name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        atexit.register(self.end)
        if self.process.stdout.readline().strip() != "ready":
            stop(f"the host {name} cannot be made: {self.process.stderr.read()[-400:]}")
        link = ("ip", "link")
        run(*link, "add", self.wire, "type", "veth", "peer", "name", "eth0", "netns", str(self.process.pid))
        run(*link, "set", self.wire, "master", switch, "up")
        self.must("ip", "addr", "add", f"{address}/24", "dev", "eth0")
        self.must("ip", "link", "set", "eth0", "up")

    def words(self, *words):
        return ["nsenter", "--target", str(self.process.pid), "--mount", "--net", "--uts", "--wd=/", "--",
                *map(str, words)]

    def run(self, *words, **more):
        more = {"capture_output": True, "text": True, "timeout": 120, "check": False} | more
        return subprocess.run(self.words(*words), **more)

    def must(self, *words, **more):
        done = self.run(*words, **more)
        if done.returncode:
            stop(f"{self.name}: {' '.join(map(str, words))[:120]} ended with {done.returncode}: {done.stderr[-400:]}")
        return done.stdout

    def start(self, *words, **more):
        process = subprocess.Popen(self.words(*words), **({"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | more))
        atexit.register(end, process)
        return process

    def path(self, path):
        """The same file, as it is seen from outside."""
        return pathlib.Path(f"/proc/{self.process.pid}/root{path}")

    def reaches(self, address, port):
        script = f"import socket; socket.create_connection(('{address}', {port}), 2)"
        return self.run("python3", "-c", script).returncode == 0

    def state(self, *folders):
        """What stands in these folders: of each file its content, owner, mode, times and attributes."""
        return {path: one for folder in folders for path, one in files(self.path(folder), folder)}

    def end(self):
        end(self.process)


def files(place, name):
    for folder, _, names in os.walk(place):
        if ".kagari-copies" in folder:
            continue
        for one in names:
            path = os.path.join(folder, one)
            try:
                yield name + path[len(str(place)):], state(path)
            except FileNotFoundError:
                continue


def state(path):
    told = os.lstat(path)
    if stat.S_ISLNK(told.st_mode):
        return ("link", os.readlink(path), told.st_uid, told.st_gid)
    if not stat.S_ISREG(told.st_mode):
        return ("other", told.st_mode, told.st_uid, told.st_gid)
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    marks = tuple((mark, os.getxattr(path, mark)) for mark in sorted(os.listxattr(path)))
    return (digest, told.st_mode, told.st_uid, told.st_gid, told.st_mtime_ns, marks)


def difference(before, after, untimed=()):
    """What is new, gone or another, as sentences; of `untimed` paths the time of the last change may be another."""
    def told(states, path):
        one = states[path]
        return (*one[:4], *one[5:]) if path in untimed else one
    return ([f"new: {path}" for path in after if path not in before]
            + [f"gone: {path}" for path in before if path not in after]
            + [f"another: {path}" for path in before if path in after and told(before, path) != told(after, path)])


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        stop(f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-300:]}")


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
        process.wait()


def make_switch(address):
    """This process must be in a network namespace of its own."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "switch", "type", "bridge")
    run("ip", "addr", "add", f"{address}/24", "dev", "switch")
    run("ip", "link", "set", "switch", "up")
    return "switch"


def folder(prefix):
    """A new folder that is gone when the proof ends, after what is mounted in it."""
    path = service.folder(prefix)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path
