#!/usr/bin/env python3
# proves: the sensor's programs load on Debian's kernel 6.1, where they may also refuse (tier A)
# apt: qemu-system-x86_64=qemu-system-x86
"""Boots another kernel and asks the agent what it sees there.

    prove_kernels.py [--agent PATH] [--kernel PATH]

Needs a statically linked agent, named by --agent or KAGARI_STATIC_AGENT:
    swift build -c release --scratch-path .build-static --product kagari-agent -Xswiftc -static-executable
and qemu-system-x86_64, a C compiler, and Debian's cloud kernel: --kernel, or apt-get fetches linux-image-cloud-amd64
into a scratch folder, where it is only unpacked. The machine is emulated without any disk or network; all that
is in it is the agent and a first process of some lines. Proves nothing where one of these is missing.
"""
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import proof

FIRST = r"""
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(const char *const words[]) {
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execv(words[0], (char *const *)words);
        _exit(127);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

int main(void) {
    mount("proc", "/proc", "proc", 0, 0);
    mount("sys", "/sys", "sysfs", 0, 0);
    mkdir("/cg", 0755);
    mount("cg", "/cg", "cgroup2", 0, 0);
    const char *probe[] = {"/agent", "probe", "--json", 0};
    printf("PROBE\n");
    fflush(stdout);
    int code = run(probe);
    printf("\nPROBED %d\n", code);
    fflush(stdout);
    pid_t watcher = fork();
    if (watcher == 0) {
        execl("/agent", "agent", "watch", "--seconds", "6", "--stats", "--only-these", "--watch", "/tmp",
              "--output", "/lines", (char *)0);
        _exit(127);
    }
    /* Until its first line is there it may not see yet. */
    struct stat found;
    for (int round = 0; round < 600 && (stat("/lines", &found) || found.st_size == 0); round++) usleep(100000);
    const char *told[] = {"/agent", "--version-of-nothing", 0};
    run(told);
    FILE *made = fopen("/tmp/made", "w");
    if (made) fclose(made);
    rename("/tmp/made", "/tmp/renamed");
    unlink("/tmp/renamed");
    int status;
    waitpid(watcher, &status, 0);
    printf("LINES\n");
    FILE *lines = fopen("/lines", "r");
    for (int byte; lines && (byte = fgetc(lines)) != EOF;) putchar(byte);
    printf("END\n");
    fflush(stdout);
    reboot(RB_POWER_OFF);
}
"""


def archive(members):
    """An initramfs (newc) of folders and (name, bytes)."""
    out = bytearray()

    def entry(name, mode, data=b""):
        words = (len(out) + 1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out.extend(b"070701" + b"".join(b"%08x" % word for word in words) + name.encode() + b"\0")
        out.extend(b"\0" * (-len(out) % 4) + data)
        out.extend(b"\0" * (-len(out) % 4))

    for folder in ("proc", "sys", "dev", "tmp"):
        entry(folder, 0o40755)
    for name, data in members:
        entry(name, 0o100755, data)
    entry("TRAILER!!!", 0)
    return gzip.compress(bytes(out), 1)


def debian_kernel(scratch):
    """Debian's cloud kernel, fetched and unpacked, not installed."""
    shown = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], capture_output=True,
                           text=True).stdout
    name = re.search(r"Depends: (linux-image-\S+)", shown)
    if not name:
        proof.stop("apt knows no linux-image-cloud-amd64; name a kernel with --kernel")
    fetched = subprocess.run(["apt-get", "download", name.group(1)], cwd=scratch,
                             capture_output=True, text=True)
    packages = list(scratch.glob("linux-image-*.deb"))
    if fetched.returncode or not packages:
        proof.stop(f"apt-get could not fetch {name.group(1)}; name a kernel with --kernel")
    subprocess.run(["dpkg", "-x", packages[0], scratch / "unpacked"], check=True)
    return next((scratch / "unpacked" / "boot").glob("vmlinuz-*"))


def boot(kernel, scratch):
    done = subprocess.run(
        ["qemu-system-x86_64", "-nographic", "-no-reboot", "-m", "1024", "-net", "none",
         "-kernel", kernel, "-initrd", scratch / "initrd", "-append", "console=ttyS0 quiet panic=-1"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=400)
    return done.stdout.decode(errors="replace").replace("\r", "")


def judge(said):
    """Failures, and what the agent said of the kernel."""
    failures = []
    probed = re.search(r'PROBE\n(\{.*?\})\n', said, re.S)
    if not probed:
        return [f"the agent said nothing that can be read: {said[-1500:]}"], {}
    found = json.loads(probed.group(1))
    for program in found["programs"]:
        if not program["loaded"]:
            failures.append(f"{program['name']}: {program['refusal']}")
    if found["tier"] != "A":
        failures.append(f"tier {found['tier']}: {found['reason']}")
    lines = re.search(r"LINES\n(.*?)END\n", said, re.S)
    events = [json.loads(line) for line in (lines.group(1) if lines else "").splitlines()
              if line.startswith("{")]
    for kind, path in [("process_start", None), ("process_end", None), ("file_create", "/tmp/made"),
                       ("file_rename", "/tmp/renamed"), ("file_delete", "/tmp/renamed")]:
        if not any(event["kagari_event"] == kind and (
                path is None or event["file"]["path"] == path) for event in events):
            failures.append(f"no {kind} {path or ''} among {len(events)} lines")
    return failures, found


def main():
    options = proof.arguments(
        __doc__, ("--agent", {"default": os.environ.get("KAGARI_STATIC_AGENT")}), ("--kernel", {}))
    agent = pathlib.Path(options.agent or proof.ROOT / ".build-static/release/kagari-agent")
    for program in ("qemu-system-x86_64", "cc", "apt-get", "dpkg"):
        if not shutil.which(program):
            proof.stop(f"needs {program}")
    if not agent.is_file():
        proof.stop(f"there is no program {agent}; build it: swift build -c release --scratch-path "
                   ".build-static --product kagari-agent -Xswiftc -static-executable")
    with open(agent, "rb") as file:
        if b"/lib64/ld-linux" in file.read(4096):
            proof.stop(f"{agent} needs libraries; link it with -Xswiftc -static-executable")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="kagari-kernels-"))
    try:
        kernel = options.kernel or debian_kernel(scratch)
        (scratch / "first.c").write_text(FIRST)
        subprocess.run(["cc", "-static", "-O1", "-o", scratch / "first", scratch / "first.c"],
                       check=True)
        (scratch / "initrd").write_bytes(archive([
            ("init", (scratch / "first").read_bytes()), ("agent", agent.read_bytes())]))
        failures, found = judge(boot(kernel, scratch))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    for failure in failures:
        print(f"  {failure}")
    programs = found.get("programs", [])
    loaded = sum(program["loaded"] for program in programs)
    proof.end(not failures, f"{found.get('kernel', 'no kernel')}: tier {found.get('tier')}, {loaded} of "
              f"{len(programs)} programs loaded, {len(failures)} not as they must be")


if __name__ == "__main__":
    main()
