#!/usr/bin/env python3
# proves: senders are told apart by certificates of the server's own authority, and nobody else gets in
"""Sends with curl, openssl and, where it is there, systemd-journal-upload, each with a client certificate instead of a token.

Certificates come from `kagari certificate`, are bound by `kagari sources certificate`, and are forgotten again. One of another authority, one that is
bound to nothing and none at all must not get in. Traffic is on loopback only.
"""
import json
import pathlib
import re
import subprocess
import time

from proof import end
from service import Service, fails, folder, make_certificate, program_of_proof, tell, wait_for

UPLOADERS = ("/lib/systemd/systemd-journal-upload", "/usr/lib/systemd/systemd-journal-upload")


class Authority:
    """The server's own authority, as whoever runs the server uses it."""

    def __init__(self, service):
        self.service, self.folder = service, service.data / "tls"

    def run(self, *words):
        done = subprocess.run([self.service.program, *map(str, words)], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"kagari {words[0]}: {done.stderr}")
        return done.stdout

    def make(self, name):
        made = json.loads(self.run("certificate", name, "--data", self.service.data, "--json"))
        return pathlib.Path(made["certificate"]), pathlib.Path(made["key"])

    def bind(self, source, file):
        return self.run("sources", "certificate", source, file, "--server",
                        f"https://127.0.0.1:{self.service.console}", "--tls-ca",
                        self.folder / "ca.pem", "--key-file", self.service.data / "keys/local.api-key")


def curl(service, text, identity=None, token=None):
    """The status that curl got; 0 where there was no connection."""
    words = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert",
             service.data / "tls/ca.pem", "-d", json.dumps({"event": {"message": text}}),
             f"https://127.0.0.1:{service.intake}/services/collector/event"]
    if identity:
        words += ["--cert", identity[0], "--key", identity[1]]
    if token:
        words += ["-H", f"Authorization: Splunk {token}"]
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    return int(done.stdout or 0) if done.returncode == 0 else 0


def openssl(service, text, identity):
    """One line of syslog over TLS."""
    subprocess.run(
        ["openssl", "s_client", "-quiet", "-no_ign_eof", "-connect", f"127.0.0.1:{service.syslog_tcp}", "-CAfile",
         service.data / "tls/ca.pem", "-verify_return_error", "-cert", identity[0], "-key",
         identity[1]], input=f"<13>Oct 11 22:14:15 wire su: {text}\n".encode(),
        capture_output=True, timeout=30, check=False)


def upload(service, text, identity, home):
    """A journal of one entry; None where the uploader is not there."""
    program = next((path for path in UPLOADERS if pathlib.Path(path).exists()), None)
    if not program:
        return None
    export = home / "journal.export"
    boot, moment = "0123456789abcdef0123456789abcdef", int(time.time() * 1e6)
    export.write_text(
        f"__CURSOR=s={boot};i=1\n__REALTIME_TIMESTAMP={moment}\n__MONOTONIC_TIMESTAMP=1\n"
        f"_BOOT_ID={boot}\nMESSAGE={text}\n_MACHINE_ID={boot}\n_HOSTNAME=wire\n\n",
        encoding="utf-8")
    remote = pathlib.Path(program).with_name("systemd-journal-remote")
    subprocess.run([remote, f"--output={home / 'made.journal'}", export], check=True,
                   capture_output=True)
    done = subprocess.run(
        [program, f"--url=https://127.0.0.1:{service.intake}", f"--key={identity[1]}",
         f"--cert={identity[0]}", f"--trust={service.data / 'tls/ca.pem'}",
         f"--file={home / 'made.journal'}", "--follow=no"],
        capture_output=True, text=True, timeout=60, check=False)
    return done.returncode == 0


def texts(admin, tenant):
    """Who sent what, of a tenant's events."""
    found = {}
    for event in admin.events(tenant):
        for word in re.findall(r"by-[a-z]+", json.dumps(event["fields"])):
            found.setdefault(word, set()).add(event["source"])
    return found


def main():
    home = folder("certificates")
    service = Service(program_of_proof(), home, "--tls-own", syslog=True).start()
    service.tls = (service.data / "tls/ca.pem", None)
    admin, authority = service.admin(), Authority(service)
    for tenant in ("acme", "birch"):
        admin.make_tenant(tenant)
        token = admin.make_source(tenant, "web")
    acme, birch, nobody = (authority.make(name) for name in ("acme-web", "birch-web", "nobody"))
    authority.bind("acme/web", acme[0])
    authority.bind("birch/web", birch[0])
    good = True

    def must(sentence, holds):
        nonlocal good
        if not holds:
            good = fails(sentence)

    must("a bound certificate lets in",
         wait_for(lambda: curl(service, "by-curl", acme) == 200, 20, 0.5))
    must("another one lets in", wait_for(lambda: curl(service, "by-other", birch) == 200, 20, 0.5))
    must("a token still does", curl(service, "by-token", token=token) == 200)
    must("a certificate that is bound to nothing does not", curl(service, "by-nobody", nobody) == 401)
    must("none does not", curl(service, "by-none") == 401)
    must("one of another authority does not",
         curl(service, "by-foreign", make_certificate(home, "foreign.test")) == 0)
    try:
        authority.bind("birch/web", acme[0])
        must("a certificate has one owner", False)
    except RuntimeError as error:
        must("a certificate has one owner", "another source" in str(error))
    openssl(service, "by-openssl", acme)
    uploaded = upload(service, "by-journal", acme, home)
    wanted = {"by-curl", "by-openssl"} | ({"by-journal"} if uploaded is not None else set())
    must(f"acme has what its certificate sent ({sorted(wanted)})", wait_for(
        lambda: {word: {"web"} for word in wanted} == texts(admin, "acme"), 30, 0.5))
    must("birch has its own", wait_for(
        lambda: set(texts(admin, "birch")) == {"by-other", "by-token"}, 30, 0.5))
    authority.bind("acme/web", "none")
    must("a forgotten certificate lets in no more",
         wait_for(lambda: curl(service, "by-curl", acme) == 401, 20, 0.5))
    service.stop()
    service.flags, service.tls = ["--tls-own", "--tls-clients", "required"], None
    service.start()
    must("where one is required, a token alone does not do", curl(
        service, "by-token", token=token) == 0)
    must("and a bound certificate does", curl(service, "by-other", birch) == 200)
    service.stop()
    left_out = "" if uploaded is not None else "; systemd-journal-upload is not here, left out"
    tell(f"curl, openssl{', systemd-journal-upload' if uploaded is not None else ''} sent")
    end(good, f"3 certificates, 2 tenants, {len(wanted) + 2} ways in and 6 refusals{left_out}")


if __name__ == "__main__":
    main()
