"""Shippers from Debian's packages, unpacked into a folder of the checkout; nothing is installed on the machine."""
import os
import pathlib
import shutil
import subprocess

from proof import ROOT

FOLDER = ROOT / ".tools/clients"
# rsyslog and syslog-ng exclude each other as packages, not as folders.
SETS = (
    ("rsyslog", "rsyslog-gnutls", "rsyslog-elasticsearch", "systemd-journal-remote"),
    ("syslog-ng-core", "syslog-ng-mod-http"),
)


def fetch():
    """Downloads by name with apt and unpacks. Answers the sets that are not to be had, each with the reason."""
    missing = {}
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        return {" ".join(names): "no apt on this machine" for names in SETS}
    for names in SETS:
        stamp = FOLDER / (names[0] + ".unpacked")
        if stamp.exists():
            continue
        cache = FOLDER / "cache" / names[0]
        (cache / "partial").mkdir(parents=True, exist_ok=True)
        # Those that the machine has already are wanted in the folder too.
        asked = ["apt-get", "install", "--reinstall", "-y", "-qq", "--download-only",
                 "--no-install-recommends",
                 "-o", f"Dir::Cache::archives={cache}", "-o", "Debug::NoLocking=1", *names]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            subprocess.run(["apt-get", "update", "-qq"], capture_output=True, check=False)
            done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            missing[" ".join(names)] = (done.stderr.strip().splitlines() or ["apt failed"])[-1]
            continue
        for package in sorted(cache.glob("*.deb")):
            subprocess.run(["dpkg", "-x", package, FOLDER / "root"], check=True)
        shutil.rmtree(cache)
        stamp.touch()
    return missing


ENVIRONMENT_FOLDERS = (
    "usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/systemd",
    "lib/x86_64-linux-gnu/systemd", "usr/lib/systemd", "lib/systemd", "usr/lib/syslog-ng/3.38",
    "usr/lib/syslog-ng")


def program(name, root=None):
    """The program's path in the folder, else on the machine; None where there is none."""
    root = pathlib.Path(root or FOLDER / "root")
    for place in ("usr/sbin", "usr/bin", "lib/systemd", "usr/lib/systemd"):
        if (root / place / name).exists():
            return str(root / place / name)
    return shutil.which(name)


def environment(root=None):
    root = pathlib.Path(root or FOLDER / "root")
    if not root.exists():
        return dict(os.environ)
    return dict(os.environ, SYSLOGNG_PREFIX=str(root / "usr"),
                LD_LIBRARY_PATH=":".join(str(root / place) for place in ENVIRONMENT_FOLDERS))
