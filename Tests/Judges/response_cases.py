"""The actions that `prove_response.py` does, kills and undoes: what each is done to, and how one sees from outside that it holds."""
import json
import os
import pathlib
import subprocess

SHADOW = "root:$6$salt$hash:19000:0:99999:7:::\nmallory:$6$other$hash:19500:0:99999:7:::\nlast:*:19000:0:99999:7:::"
PASSWD = "root:x:0:0:root:/root:/bin/bash\nmallory:x:1001:1001::/home/mallory:/bin/bash\nlast:x:1002:1002::/:/bin/sh\n"
KEYS = (b"# keys\nssh-ed25519 AAAAC3good admin@desk\r\n\ncommand=\"/bin/sh -c 'x y'\" ssh-rsa AAAAB3evil evil@c2\n"
        b"ssh-ed25519 AAAAC3last last without a line end")


def write(path, content, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    os.utime(path, ns=(1_600_000_000_123_456_789, 1_600_000_001_987_654_321))


class Case:
    reversible = True
    # How many files there are, where a case has many.
    files = 3

    def prepare(self, desk):
        pass

    def close(self, desk):
        pass

    def root(self, desk):
        return desk.root

    def state(self, desk):
        return {}

    def words(self, desk):
        return [json.dumps({"kind": self.name, **self.members(desk)})]


class Quarantine(Case):
    name = "quarantine_file"

    def prepare(self, desk):
        evil = desk.root / "opt/evil"
        write(evil, os.urandom(200_000), 0o4755)
        os.chown(evil, 1001, 33)
        evil.chmod(0o4751)
        subprocess.run(["setfattr", "-n", "user.origin", "-v", "evil", evil], check=True)
        subprocess.run(["setfattr", "-n", "security.capability", "-v", "0x0100000200040000000000000000000000000000", evil],
                       check=True)
        subprocess.run(["setfacl", "-m", "u:33:rx", evil], check=True)
        os.utime(evil, ns=(1_600_000_000_123_456_789, 1_600_000_001_987_654_321))
        subprocess.run(["chattr", "+i", evil], check=True)
        write(desk.root / "opt/second", "second", 0o600)

    def members(self, desk):
        return {"paths": ["/opt/evil", "/opt/second"]}

    def holds(self, desk):
        return not (desk.root / "opt/evil").exists() and not (desk.root / "opt/second").exists()


class Disable(Case):
    name = "disable_user"

    def prepare(self, desk):
        write(desk.root / "etc/shadow", SHADOW, 0o640)
        os.chown(desk.root / "etc/shadow", 0, 42)
        os.utime(desk.root / "etc/shadow", ns=(5, 7))
        write(desk.root / "etc/passwd", PASSWD)

    def members(self, desk):
        return {"user": "mallory"}

    def holds(self, desk):
        lines = (desk.root / "etc/shadow").read_text().split("\n")
        return (lines[1] == "mallory:!$6$other$hash:19500:0:99999:7::1:" and lines[0] == SHADOW.split("\n")[0]
                and lines[2] == SHADOW.split("\n")[2])


class Revoke(Case):
    name = "revoke_keys"

    def prepare(self, desk):
        write(desk.root / "etc/passwd", PASSWD)
        write(desk.root / "home/mallory/.ssh/authorized_keys", KEYS, 0o600)

    def members(self, desk):
        return {"user": "mallory", "keys": ["AAAAB3evil"]}

    def holds(self, desk):
        text = (desk.root / "home/mallory/.ssh/authorized_keys").read_bytes()
        return text == b"".join(line for line in KEYS.splitlines(True) if b"AAAAB3evil" not in line)


class Persistence(Case):
    name = "remove_persistence"

    def prepare(self, desk):
        root = desk.root
        write(root / "etc/crontab", "SHELL=/bin/sh\n17 * * * * root run-parts\n* * * * * root /tmp/.x\n")
        write(root / "etc/ld.so.preload", "/usr/lib/evil.so\n")
        write(root / "etc/systemd/system/evil.service", "[Service]\nExecStart=/tmp/.x\n")
        wants = root / "etc/systemd/system/multi-user.target.wants"
        wants.mkdir(parents=True)
        (wants / "evil.service").symlink_to("../evil.service")
        os.utime(wants / "evil.service", ns=(3, 4), follow_symlinks=False)
        write(root / "usr/bin/shell", b"\x7fELF shell", 0o6755)
        write(root / "usr/bin/reader", b"\x7fELF reader", 0o755)
        subprocess.run(["setfattr", "-n", "security.capability", "-v", "0x0100000200040000000000000000000000000000",
                        root / "usr/bin/reader"], check=True)

    def members(self, desk):
        return {"items": [
            {"path": "/etc/crontab", "lines": ["* * * * * root /tmp/.x"]}, {"path": "/etc/ld.so.preload"},
            {"path": "/etc/systemd/system/multi-user.target.wants/evil.service"},
            {"path": "/etc/systemd/system/evil.service"}, {"path": "/usr/bin/shell", "part": "elevation"},
            {"path": "/usr/bin/reader", "part": "capabilities"}]}

    def holds(self, desk):
        root = desk.root
        wants = root / "etc/systemd/system/multi-user.target.wants/evil.service"
        return ("/tmp/.x" not in (root / "etc/crontab").read_text() and not (root / "etc/ld.so.preload").exists()
                and not (root / "etc/systemd/system/evil.service").exists() and not os.path.lexists(wants)
                and (root / "usr/bin/shell").stat().st_mode & 0o6000 == 0 and not os.listxattr(root / "usr/bin/reader"))


class Processes(Case):
    """A tree of four: a shell, its child, a grandchild in a session of its own."""

    def prepare(self, desk):
        script = "sleep 1000 & setsid sh -c 'sleep 1000 & wait' & echo ready; wait"
        child = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, start_new_session=True)
        desk.children.append(child)
        child.stdout.readline()
        for _ in range(200):
            if len(self.tree(child.pid)) == 4:
                break
            subprocess.run(["sleep", "0.01"])
        desk.tree = desk.doomed = self.tree(child.pid)

    @staticmethod
    def tree(root):
        found, waiting = [], [root]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            try:
                waiting += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            except OSError:
                pass
        return sorted(found)

    @staticmethod
    def row(pid):
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return "gone", 0
        return ("gone" if fields[0] in "ZX" else "stopped" if fields[0] in "Tt" else "alive"), int(fields[19])

    def state(self, desk):
        return {f"process {index}": self.row(pid) for index, pid in enumerate(desk.tree)}

    def words(self, desk):
        return [json.dumps({"kind": self.name, "tree": True, "processes": [
            {"pid": desk.tree[0], "start": self.row(desk.tree[0])[1]}]})]

    def holds(self, desk):
        return all(self.row(pid)[0] == self.end for pid in desk.tree)


class Suspend(Processes):
    name, end = "suspend_processes", "stopped"


class Kill(Processes):
    name, end, reversible = "kill_processes", "gone", False


class Network(Case):
    """A namespace with a network of its own, and another firewall's table that must stay as it is."""
    number = 0

    def prepare(self, desk):
        Network.number += 1
        desk.namespace = f"kagari-{os.getpid()}-{Network.number}"
        subprocess.run(["ip", "netns", "add", desk.namespace], check=True)
        self.nft(desk, "add table inet other; add chain inet other c; add rule inet other c counter accept")

    @staticmethod
    def nft(desk, *words):
        done = subprocess.run(["ip", "netns", "exec", desk.namespace, "nft", "-s", *words], capture_output=True, text=True)
        return done.stdout

    def state(self, desk):
        return {"rules": self.nft(desk, "list", "ruleset")}


class Isolate(Network):
    name = "isolate_host"

    def words(self, desk):
        return ["--lease", "3600", json.dumps({"kind": self.name, "allow": [{"address": "198.51.100.0/24"}]})]

    def holds(self, desk):
        rules = self.nft(desk, "list", "ruleset")
        return all(text in rules for text in ("192.0.2.7 . tcp . 8443", "198.51.100.0/24", "ip6 timeout", "table inet other"))


class Block(Network):
    name = "block_network"

    def members(self, desk):
        return {"addresses": ["203.0.113.9", "2001:db8:bad::/48", "203.0.113.0/24"], "domains": ["evil.example"]}

    def holds(self, desk):
        rules = self.nft(desk, "list", "ruleset")
        return "203.0.113.0/24" in rules and "2001:db8:bad::/48" in rules


ATTACK = """
import os, sys
for index, path in enumerate(sorted(os.path.join(sys.argv[1], name) for name in os.listdir(sys.argv[1]) if name.startswith('f'))):
    content = bytes(byte ^ 0x5A for byte in open(path, 'rb').read())
    if index % 3 == 0:
        with open(path, 'r+b') as file: file.write(content)
        os.rename(path, path + '.locked')
    elif index % 3 == 1:
        with open(path + '.locked', 'wb') as file: file.write(content)
        os.unlink(path)
    else:
        with open(path, 'wb') as file: file.write(content)
"""


class Restore(Case):
    """Files on a loop mount, copied by the guard before a program damages them in three ways; done: as before the damage."""
    name = "restore_files"

    def prepare(self, desk):
        image, desk.mount = desk.folder / "image", desk.folder / "mount"
        desk.mount.mkdir()
        with open(image, "wb") as file:
            file.truncate(32 << 20)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        subprocess.run(["mount", "-o", "loop", image, desk.mount], check=True)
        desk.documents = desk.mount / "documents"
        for index in range(self.files):
            path = desk.documents / f"f{index:03}"
            write(path, os.urandom(1 + index * 997 % 20_011), (0o644, 0o600, 0o4750)[index % 3])
            os.chown(path, index, 33)
            path.chmod((0o644, 0o600, 0o4750)[index % 3])
            os.setxattr(path, "user.index", str(index).encode())
            os.utime(path, ns=(1, 1_600_000_000_000_000_000 + index))
        desk.original = self.files_of(desk)
        guard = subprocess.Popen(desk.words("copies", "--mount", desk.mount), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if b"watching" not in guard.stdout.readline():
            raise SystemExit(f"the guard did not start: {guard.stderr.read()}")
        attack = subprocess.Popen(["python3", "-c", ATTACK, desk.documents], stdin=subprocess.PIPE)
        desk.attacker = {"pid": attack.pid, "start": Processes.row(attack.pid)[1]}
        attack.communicate(timeout=60)
        guard.kill()
        guard.wait()

    def files_of(self, desk):
        found = {}
        for path in sorted(desk.documents.iterdir()):
            status = path.stat()
            found[path.name] = (path.read_bytes(), status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns,
                                [(name, os.getxattr(path, name)) for name in sorted(os.listxattr(path))])
        return found

    def state(self, desk):
        return self.files_of(desk)

    def root(self, desk):
        return "/"

    def members(self, desk):
        return {"processes": [desk.attacker]}

    def holds(self, desk):
        now = self.files_of(desk)
        return all(now.get(name) == file for name, file in desk.original.items())

    def close(self, desk):
        subprocess.run(["umount", desk.mount], check=True)


CASES = [Quarantine(), Suspend(), Kill(), Isolate(), Block(), Disable(), Revoke(), Persistence(), Restore()]
