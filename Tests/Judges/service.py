"""The running service, as the proofs in this folder start, kill and ask it. Traffic is on loopback only."""
import atexit
import collections
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

from proof import ROOT, stop

PASSWORD = "a lantern over quiet water 71"
Answer = collections.namedtuple("Answer", "status headers body")


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def folder(prefix):
    """A new folder that is gone when the proof ends."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=f"kagari-{prefix}-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def wait_for(what, seconds, every=0.1):
    """What `what()` answers when that is true; else its last answer, after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found or time.monotonic() >= end:
            return found
        time.sleep(every)


def program_of_proof():
    # A proof that is ended from outside still ends its services and removes its folders.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    program = os.environ.get("KAGARI_PROGRAM")
    if not program or not pathlib.Path(program).is_file():
        stop("KAGARI_PROGRAM names no program; run this by ./dev prove NAME")
    os.environ.setdefault("KAGARI_CONTENT", str(ROOT / "Content"))
    return str(pathlib.Path(program).resolve())


class Service:
    """One data folder, served by one process after another."""

    def __init__(self, program, home, *flags, console=True, syslog=False, tls=None, before=()):
        """`tls`: certificate and key, PEM, which every listener then has. `before`: words in front of the program."""
        self.program, self.home, self.flags = program, home, list(flags)
        self.data, self.tls = home / "data", tls
        self.before, self.process, self.first_link, self.token = list(before), None, None, None
        self.intake, self.console = free_port(), free_port() if console else None
        self.syslog_tcp = free_port() if syslog else None
        self.syslog_udp = free_port(socket.SOCK_DGRAM) if syslog else None
        self.lumberjack = free_port() if syslog else None
        self.log = home / "serve.log"
        atexit.register(self.kill)

    def words(self):
        address = "127.0.0.1:{}".format
        words = [*self.before, self.program, "serve", "--data", self.data,
                 "--intake", address(self.intake),
                 "--console", address(self.console) if self.console else "off"]
        for name in ("syslog_tcp", "syslog_udp", "lumberjack"):
            if getattr(self, name):
                words += ["--" + name.replace("_", "-"), address(getattr(self, name))]
        if self.tls:
            words += ["--tls-certificate", self.tls[0], "--tls-key", self.tls[1]]
        return [str(word) for word in words + self.flags]

    def launch(self):
        with open(self.log, "ab") as log:
            self.begun = log.tell()
            self.process = subprocess.Popen(
                self.words(), stdout=subprocess.DEVNULL, stderr=log, stdin=subprocess.DEVNULL)

    def start(self, seconds=90):
        self.launch()
        ports = [port for port in (self.intake, self.console) if port]
        if not wait_for(lambda: self.process.poll() is not None
                        or all(self.listens(port) for port in ports), seconds):
            stop(f"the service does not listen after {seconds} s: {self.text()[-600:]}")
        if self.process.poll() is not None:
            stop(f"the service ended with {self.process.returncode}: {self.text()[-800:]}")
        text = self.text()
        self.token = self.token or re.search(r"kgi_\w+|$", text).group(0)
        link = re.search(r"/welcome/\w+", text[self.begun:])
        if self.console and self.first_link is None and link:
            self.first_link = link.group(0)
        return self

    @staticmethod
    def listens(port):
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return True
        except OSError:
            return False

    def text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        if self.is_running:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self, seconds=90):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            stop(f"the service did not stop within {seconds} s: {self.text()[-600:]}")
        if code != 0:
            stop(f"the service ended with {code}: {self.text()[-800:]}")

    def status(self, name):
        """A line of /proc/PID/status in bytes, as VmHWM and VmRSS; None where it has ended."""
        try:
            text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        except OSError:
            return None
        return int(re.search(rf"{name}:\s+(\d+) kB", text).group(1)) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def replay(self, tenant="main", threads=2, *words):
        """The last line of `kagari replay`: records, alerts, incidents told, digest."""
        done = subprocess.run(
            [self.program, "replay", "--data", self.data, "--tenant", tenant, "--quiet",
             "--threads", str(threads), *words], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            stop(f"kagari replay ended with {done.returncode}: {done.stderr[-600:]}")
        return json.loads(done.stdout.splitlines()[-1])

    def admin(self):
        """The first administrator, signed in by the link, or by name and password later on."""
        person = Caller(self, "admin")
        if self.first_link:
            person.welcome(self.first_link)
            self.first_link = ""
            self.login = person.login
        else:
            person.sign_in(self.login)
        return person


class Caller:
    """Somebody who asks the API: by a session's cookie, or by a key."""

    def __init__(self, service, name, key=None):
        self.service, self.name, self.key = service, name, key
        self.cookie = self.csrf = self.login = None

    @property
    def origin(self):
        return f"http{'s' if self.service.tls else ''}://127.0.0.1:{self.service.console}"

    def headers(self):
        if self.key:
            return {"Authorization": f"Bearer {self.key}"}
        if not self.cookie:
            return {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        return {"Cookie": self.cookie, "Origin": self.origin, "X-CSRF-Token": self.csrf or "",
                "Sec-Fetch-Site": "same-origin"}

    def send(self, method, path, body=None, headers=None, seconds=60):
        """One request; its answer whatever the status."""
        wire = connection(self.service.console, seconds, self.service.tls)
        sent = self.headers() | (headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        try:
            wire.request(method, path, body, sent)
            answer = wire.getresponse()
            got = Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            wire.close()
        cookie = got.headers.get("set-cookie") or got.headers.get("Set-Cookie")
        if cookie and not self.key:
            self.cookie = cookie.split(";")[0]
        return got

    def ask(self, method, path, body=None, headers=None):
        """The JSON of a request that must succeed; waits where it is throttled."""
        for _ in range(120):
            got = self.send(method, path, body, headers)
            if got.status != 429:
                break
            time.sleep(float(got.headers.get("Retry-After")
                             or got.headers.get("retry-after") or 1))
        if got.status not in (200, 201, 204):
            raise RuntimeError(f"{method} {path}: {got.status} {got.body[:300]!r}")
        return json.loads(got.body) if got.body else None

    def welcome(self, link, name=None):
        """Takes up an invitation."""
        page = self.send("GET", link).body.decode()
        self.login = re.search(r"You will sign in as (.*?)\.</p>", page).group(1)
        form = urllib.parse.urlencode({"name": name or self.name, "password": PASSWORD})
        got = self.send("POST", link, form,
                        {"Content-Type": "application/x-www-form-urlencoded"})
        if got.status != 303:
            raise RuntimeError(f"the link of {self.name} did not let in: {got.status} {got.body}")
        self.csrf = self.ask("GET", "/api/v1/me")["csrf"]

    def sign_in(self, login):
        self.login, self.cookie = login, None
        self.csrf = self.ask("POST", "/api/v1/session",
                             {"login": login, "password": PASSWORD})["csrf"]

    # What proofs need made

    def make_tenant(self, tenant, **more):
        return self.ask("POST", "/api/v1/tenants", {"id": tenant, "name": tenant} | more)

    def make_source(self, tenant, source, kind="http"):
        """The token of a new source; the listeners know it within 5 seconds."""
        return self.ask("POST", f"/api/v1/sources/{tenant}",
                        {"id": source, "name": source, "type": kind})["token"]

    def make_key(self, tenant, name, permissions, tenants):
        made = self.ask("POST", f"/api/v1/keys/{tenant}",
                        {"name": name, "permissions": permissions, "tenants": tenants})
        return Caller(self.service, name, key=made["secret"])

    def invite(self, tenant, name, role, **reach):
        made = self.ask("POST", f"/api/v1/people/{tenant}", {
            "id": name, "login": f"{name}@example.org", "name": name,
            "grants": [{"role": role} | (reach or {"tenants": [tenant]})]})
        person = Caller(self.service, name)
        person.welcome(made["welcome"])
        return person

    # What proofs read

    def pages(self, path, name):
        """Everything of a list, over all its pages."""
        cursor = None
        while True:
            more = f"{'&' if '?' in path else '?'}limit=500" + (
                f"&cursor={urllib.parse.quote(cursor)}" if cursor else "")
            page = self.ask("GET", path + more)
            yield from page[name]
            cursor = page["next_cursor"]
            if not cursor:
                return

    def events(self, tenant, search=None):
        """Every stored event of a tenant that a filter matches, oldest first."""
        cursor = None
        while True:
            body = {"limit": 1000, "oldest_first": True, "filter": search or {}}
            page = self.ask("POST", f"/api/v1/events/search?tenant={tenant}",
                            body | ({"cursor": cursor} if cursor else {}))
            yield from page["events"]
            cursor = page["next_cursor"]
            if not cursor:
                return


def connection(port, seconds=60, tls=None):
    if not tls:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=seconds,
                                       context=ssl.create_default_context(cafile=tls[0]))


def make_certificate(home, name="kagari.test"):
    """A certificate that vouches for itself, for this name and 127.0.0.1: its path and that of its key."""
    certificate, key = home / "server.pem", home / "server.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", key, "-out", certificate, "-days", "2", "-subj", f"/CN={name}", "-addext",
         f"subjectAltName=DNS:{name},IP:127.0.0.1"], check=True, capture_output=True)
    return certificate, key


def post(port, path, body, headers, seconds=60, tls=None):
    """One request to the intake."""
    wire = connection(port, seconds, tls)
    try:
        wire.request("POST", path, body, headers)
        answer = wire.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        wire.close()


def takes(service, token):
    """Waits until the intake knows a new token."""
    def asked():
        got = post(service.intake, "/services/collector/raw", b"",
                   {"Authorization": f"Splunk {token}"}, tls=service.tls)
        return got.status not in (401, 403)
    if not wait_for(asked, 30, 0.3):
        stop("the intake does not know a token that the API made 30 s ago")


def fails(sentence):
    print(f"  FAILS: {sentence}", flush=True)
    return False


def tell(sentence):
    print(f"  {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit("this is no proof; ./dev prove lists them")
