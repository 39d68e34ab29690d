#!/usr/bin/env python3
# proves: every response action is done or undone, never half, killed at any step; undo gives back the state before
# apt: strace nft=nftables setfattr=attr setfacl=acl unshare=util-linux ip=iproute2 mkfs.ext4=e2fsprogs
# builds: kagari-agent
"""Runs each action of `kagari-agent act` in a scratch root, network namespace or on processes of its own.

    prove_response.py [--agent PROGRAM] [--only ACTION]

For each action: the state is taken by this script itself (content, owner, mode, times, attributes of every file; nft's own listing; the
kernel's word on processes), the action is done, looked at, undone, and the state taken again. Then the same is killed with -9 at each of its
system calls that change anything (strace injects the signal), `recover` is run as a start of the agent would, and the end must be done or
undone: done is then undone, and the state must be that of before; the same again with the undo killed. Orders that were changed, are for
another host or have ended, and journals that were changed, must be refused. Needs root; touches nothing outside of what it made.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

import proof
from response_cases import CASES

# Calls that change files, the journal, processes or the network: the places to be killed at.
CHANGING = ("fsync,rename,renameat2,unlink,unlinkat,ftruncate,fchmod,fchown,fchownat,fsetxattr,fremovexattr,"
            "utimensat,symlinkat,mkdir,ioctl,pidfd_send_signal,vfork,clone3,clone")


class Desk:
    """One scratch world: a root, a journal, perhaps a network namespace and processes."""

    def __init__(self, program, case):
        self.program, self.case = program, case
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kagari-response-"))
        self.root, self.journal = self.folder / "root", self.folder / "journal"
        self.root.mkdir()
        self.namespace, self.children, self.doomed = None, [], []
        case.prepare(self)

    def words(self, *words):
        given = ["--journal", self.journal, "--root", self.case.root(self), "--server", "192.0.2.7,tcp,8443"]
        if self.namespace:
            given += ["--namespace", self.namespace]
        return [str(word) for word in [self.program, "act", words[0], *given, *words[1:]]]

    def run(self, *words, kill_at=None):
        command = self.words(*words)
        if kill_at:
            # A command may do its work on another thread than its first; strace counts the calls of each.
            command = ["strace", "-f", "-qq", "-o", str(self.folder / "trace"), "-e", f"trace={CHANGING}", "-e",
                       f"inject={CHANGING}:signal=SIGKILL:when={kill_at}", *command]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def apply(self, kill_at=None):
        return self.run("apply", "--id", "proof", *self.case.words(self), kill_at=kill_at)

    def undo(self, kill_at=None):
        return self.run("undo", "proof", kill_at=kill_at)

    def outcome(self):
        """What the journal says became of the order, or None where it was never taken."""
        _, lines, _ = self.run("list")
        return next((line["receipt"]["outcome"] for line in lines if line["receipt"]["order"] == "proof"), None)

    def state(self):
        return {**tree(self.root), **self.case.state(self)}

    def close(self):
        for pid in self.doomed:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for child in self.children:
            child.wait()
        if self.namespace:
            subprocess.run(["ip", "netns", "delete", self.namespace], check=True)
        self.case.close(self)
        subprocess.run(["chattr", "-R", "-i", "-a", self.root], capture_output=True)
        shutil.rmtree(self.folder)


def tree(root):
    """Every file below `root` as it is; what was last read or where its inode lies is left out."""
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            continue
        content = os.readlink(path).encode() if stat.S_ISLNK(status.st_mode) else path.read_bytes()
        attributes = {} if stat.S_ISLNK(status.st_mode) else {
            name: os.getxattr(path, name).hex() for name in sorted(os.listxattr(path))}
        flags = "" if stat.S_ISLNK(status.st_mode) else subprocess.run(
            ["lsattr", path], capture_output=True, text=True).stdout.split(" ")[0]
        found[str(path.relative_to(root))] = (
            hashlib.sha256(content).hexdigest(), status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns,
            json.dumps(attributes), flags)
    return found


class Figures:
    def __init__(self):
        self.kills, self.done, self.undone, self.untaken, self.problems = 0, 0, 0, 0, []

    def expect(self, holds, sentence):
        if not holds:
            self.problems.append(sentence)
            print(f"  ! {sentence}", flush=True)


def plainly(program, case, figures):
    """Done, held, undone, without being killed."""
    desk = Desk(program, case)
    try:
        before = desk.state()
        code, lines, complaint = desk.run("preview", *case.words(desk))
        figures.expect(code == 0 and lines[0]["reach"], f"{case.name}: preview: {complaint}")
        figures.expect(desk.state() == before, f"{case.name}: the preview changed something")
        code, lines, complaint = desk.apply()
        figures.expect(code == 0, f"{case.name}: not done: {complaint}{lines}")
        if code != 0:
            return
        figures.expect(case.holds(desk), f"{case.name}: done, and does not hold")
        figures.expect(desk.run("verify")[0] == 0, f"{case.name}: done, and `verify` does not say so")
        again = desk.apply()
        figures.expect(again[0] == 0 or "another order" in again[2], f"{case.name}: a second order: {again}")
        code, lines, complaint = desk.undo()
        if not case.reversible:
            figures.expect(code == 2 and "cannot be undone" in complaint, f"{case.name}: undone: {complaint}")
            return
        figures.expect(code == 0, f"{case.name}: not undone: {complaint}{lines}")
        figures.expect(lines and lines[0]["receipt"]["restored"], f"{case.name}: hashes differ: {lines}")
        after = desk.state()
        figures.expect(after == before, f"{case.name}: undone, and other than before: {difference(before, after)}")
    finally:
        desk.close()


def difference(before, after):
    return {key: (before.get(key), after.get(key)) for key in {*before, *after} if before.get(key) != after.get(key)}


def killed(program, case, verb, at, figures):
    """Killed at the call `at` of doing or undoing; False where it ended before."""
    desk = Desk(program, case)
    try:
        before = desk.state()
        if verb == "apply":
            code, _, _ = desk.apply(kill_at=at)
        else:
            desk.apply()
            code, _, _ = desk.undo(kill_at=at)
        if code not in (-9, 137):
            return False
        figures.kills += 1
        where = f"{case.name}: {verb} killed at call {at}"
        code, lines, complaint = desk.run("recover")
        figures.expect(code == 0, f"{where}: recover ended with {code}: {complaint}{lines}")
        outcome = desk.outcome()
        figures.expect(outcome in (None, "done", "undone", "refused"), f"{where}: {outcome}")
        if outcome == "done":
            figures.done += 1
            figures.expect(case.holds(desk), f"{where}: done, and does not hold")
            if not case.reversible:
                return True
            code, lines, complaint = desk.undo()
            figures.expect(code == 0, f"{where}: then not undone: {complaint}{lines}")
        elif outcome is None:
            figures.untaken += 1
        else:
            figures.undone += 1
        after = desk.state()
        figures.expect(after == before, f"{where}, {outcome}: other than before: {difference(before, after)}")
        return True
    finally:
        desk.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    program = os.environ.get("KAGARI_AGENT", proof.ROOT / ".build-release/release/kagari-agent")
    parser.add_argument("--agent", default=program, help="the agent's program")
    parser.add_argument("--only", help="one action alone")
    options = parser.parse_args()
    agent = pathlib.Path(options.agent).resolve()
    if not agent.is_file():
        proof.stop(f"there is no program {agent}; build the product kagari-agent, or name it with --agent")
    if os.geteuid() != 0:
        proof.stop("needs root, to act as an agent does; run it as root")
    figures, begun, actions = Figures(), time.monotonic(), 0
    for case in CASES:
        if options.only and case.name != options.only:
            continue
        actions += 1
        case.files = 500
        plainly(agent, case, figures)
        case.files = 3
        kills = figures.kills
        for verb in ("apply", "undo") if case.reversible else ("apply",):
            at = 1
            while killed(agent, case, verb, at, figures):
                at += 1
                if at > 400:
                    figures.expect(False, f"{case.name}: {verb} has no end")
                    break
        print(f"{case.name}: {figures.kills - kills} kills", flush=True)
    proof.end(not figures.problems and actions > 0,
              f"{actions} actions, killed {figures.kills} times: {figures.done} done, {figures.undone} undone, "
              f"{figures.untaken} never taken, {len(figures.problems)} half or otherwise wrong; "
              f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
