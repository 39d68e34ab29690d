#!/usr/bin/env python3
# proves: the agent's package goes onto a bare Debian, runs there, is upgraded and purged without a trace, under a hardened unit
# apt: debootstrap systemd-analyze=systemd unshare=util-linux dpkg-deb=dpkg
"""Installs the package in a bare system made by debootstrap.

    prove_package.py [--exposure E] [--program PATH]

`./dev package` builds it twice, as version 1 and 2; --program is packed instead of a program that is built. In a chroot with nothing but Debian's smallest set it must go on, its one program must run without a
library of its own, an upgrade must keep what was set and what the agent knows, and a purge must leave nothing. The unit's exposure, as
`systemd-analyze security` counts it offline, must be at most --exposure. Needs root. The bare system is fetched from the mirror that apt is set to.
"""
import argparse
import os
import pathlib
import re
import subprocess

import service
from proof import ROOT, end, stop

# What dpkg and adduser keep of every package that ever was there.
NOT_OURS = re.compile(r"^/(run|var/lib/dpkg|var/log|var/cache|etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|proc|sys|dev)")


def mirror():
    for path in [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        found = re.search(r"^deb\s+(?:\[.*?\]\s+)?(\S+)\s+bookworm\s", text, re.M) or re.search(r"^URIs:\s*(\S+)", text, re.M)
        if found:
            return found.group(1)
    return stop("apt knows no mirror of bookworm")


def run(*words, code=0, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)
    if code is not None and done.returncode != code:
        stop(f"{' '.join(map(str, words[:4]))} ended with {done.returncode}: {(done.stderr or done.stdout)[-400:]}")
    return done.stdout


def inside(root, *words, code=0):
    """In namespaces of its own, so that nothing that is mounted or started there is left."""
    script = 'mount --make-rprivate / && mount -t proc proc "$0/proc" && mount -t sysfs sysfs "$0/sys" && exec chroot "$0" "$@"'
    return run("unshare", "--mount", "--pid", "--fork", "--net", "sh", "-c", script, root, *words, code=code)


def tree(root):
    return {path[len(str(root)):] for folder, folders, names in os.walk(root)
            for path in (os.path.join(folder, name) for name in folders + names)
            if not NOT_OURS.match(path[len(str(root)):])}


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--exposure", type=float, default=2.5)
    options.add_argument("--program")
    options = options.parse_args()
    given = ["--program", options.program] if options.program else []
    if os.geteuid() != 0:
        stop("needs root, to make a bare system")
    wrong = []

    def must(sentence, holds):
        print(f"  {'' if holds else 'NOT: '}{sentence}", flush=True)
        if not holds:
            wrong.append(sentence)

    packages = [pathlib.Path(run(ROOT / "scripts/package_agent.sh", "--version", version, *given).split()[-1])
                for version in ("1", "2")]
    root = service.folder("package")
    run("debootstrap", "--variant=minbase", "--include=adduser", "bookworm", root, mirror())
    for package in packages:
        (root / package.name).write_bytes(package.read_bytes())
    before = tree(root)
    said = inside(root, "dpkg", "-i", f"/{packages[0].name}")
    must("it goes on, and says what to do next", "kagari-agent enrol" in said)
    must("the program runs", "kagari-agent" in inside(root, "kagari-agent", "--help"))
    must("it needs no library", "not a dynamic executable" in subprocess.run(
        ["ldd", root / "usr/bin/kagari-agent"], capture_output=True, text=True, check=False).stderr)
    tier = re.search(r'"tier":"(\w)"', inside(root, "kagari-agent", "probe", "--json", code=None))
    must("it says what this kernel lets it see", tier)
    state = root / "var/lib/kagari-agent"
    must("its folder is for itself alone", state.stat().st_mode & 0o777 == 0o700 and state.stat().st_uid != 0)
    (state / "identity").write_text("kept")
    setting = root / "etc/default/kagari-agent"
    setting.write_text('KAGARI_AGENT_OPTIONS="--watch /srv"\n')
    inside(root, "dpkg", "-i", f"/{packages[1].name}")
    must("an upgrade keeps what was set and what it knows",
         "/srv" in setting.read_text() and (state / "identity").read_text() == "kept")
    inside(root, "dpkg", "--remove", "kagari-agent")
    must("removed, what it knows stays", (state / "identity").exists() and not (root / "usr/bin/kagari-agent").exists())
    inside(root, "dpkg", "--purge", "kagari-agent")
    left = sorted(tree(root) - before)
    must(f"purged, nothing is left {left[:5] if left else ''}", not left)
    must("its user is gone", "kagari-agent" not in (root / "etc/passwd").read_text())
    told = run("systemd-analyze", "security", "--offline=true", "--threshold=100",
               ROOT / "packaging/agent/kagari-agent.service", code=None)
    exposure = float(re.search(r"exposure level.*: ([\d.]+)", told).group(1))
    must(f"the unit's exposure is {exposure}", exposure <= options.exposure)
    size = packages[0].stat().st_size / 1e6
    end(not wrong, f"package of {size:.1f} MB, tier {tier.group(1) if tier else '?'} in a bare system, exposure {exposure}; "
        f"{len(wrong)} not as it should be")


if __name__ == "__main__":
    main()
