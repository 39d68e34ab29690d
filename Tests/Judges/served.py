"""The service as the judges of its API meet it: started on free ports of loopback, signed in to, stopped.

Nothing here knows the program but by what it prints and what it answers.
"""
import atexit
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

PASSWORD = "glowing coals at midnight"


def program():
    """The program to judge: the release of `./dev prove`, or what KAGARI_PROGRAM says."""
    path = os.environ.get("KAGARI_PROGRAM")
    if not path or not os.access(path, os.X_OK):
        sys.exit("not proved: KAGARI_PROGRAM names no program; run this by ./dev prove")
    return path


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def rate_file(per_minute, **more):
    """A file of settings under which nobody is slowed down; a judge asks faster than people."""
    file = tempfile.NamedTemporaryFile("w", suffix=".yml", delete=False)
    atexit.register(os.unlink, file.name)
    with file:
        file.write(f"console-rate: {per_minute}\n")
        for name, value in more.items():
            file.write(f"{name.replace('_', '-')}: {json.dumps(value)}\n")
    return file.name


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode(errors="replace")

    @property
    def json(self):
        return json.loads(self.body)

    def need(self, *statuses):
        if self.status not in statuses:
            raise AssertionError(f"expected {statuses}, got {self.status}: {self.text[:400]}")
        return self


class Client:
    """A browser's behaviour without a script: one cookie jar, an origin, no redirects followed."""

    def __init__(self, port, host="127.0.0.1"):
        self.port, self.host = port, host
        self.origin = f"http://{host}:{port}"
        self.cookies, self.csrf, self.key = {}, None, None

    def ask(self, method, path, body=None, headers=None, form=None):
        sent = {"Origin": self.origin}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        elif self.cookies:
            sent["Cookie"] = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
        if self.csrf:
            sent["X-CSRF-Token"] = self.csrf
        data = None
        if form is not None:
            data = urllib.parse.urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        elif body is not None:
            data = json.dumps(body)
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        wire = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            wire.request(method, path, data, sent)
            answer = wire.getresponse()
            found = Answer(answer.status, answer.headers, answer.read())
        finally:
            wire.close()
        for line in found.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return found

    def know(self):
        """Reads the session's own token, which every change must carry."""
        self.csrf = self.ask("GET", "/api/v1/me").need(200).json["csrf"]
        return self

    def sign_in(self, login, password=PASSWORD, code=None):
        self.cookies, self.csrf = {}, None
        body = {"login": login, "password": password}
        if code is not None:
            body["code"] = code
        answer = self.ask("POST", "/api/v1/session", body)
        if answer.status == 200:
            self.csrf = answer.json["csrf"]
        return answer


class Service:
    """One data folder, served by one process after another. Use as a context."""

    def __init__(self, *words, intake=False, rules=False):
        self.words, self.folder = list(words), pathlib.Path(tempfile.mkdtemp(prefix="kagari-"))
        self.rules, self.port = rules, free_port()
        self.intake_port = free_port() if intake else None
        self.process, self.password = None, PASSWORD

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        log = open(self.folder / "log", "ab")
        intake = f"127.0.0.1:{self.intake_port}" if self.intake_port else "off"
        self.process = subprocess.Popen(
            [program(), "serve", "--data", self.folder / "data", "--intake", intake,
             "--console", f"127.0.0.1:{self.port}",
             *([] if self.rules else ["--no-builtin"]), *self.words],
            stdout=log, stderr=log)
        log.close()
        for _ in range(600):
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended: {self.log()[-800:]}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the service does not listen")

    def stop(self):
        self.process.terminate()
        if self.process.wait(60) != 0:
            raise AssertionError(f"the service did not stop cleanly: {self.log()[-800:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def client(self):
        return Client(self.port)

    def administrator(self):
        """The first administrator, let in by the link that the first start prints."""
        for _ in range(100):
            found = re.search(r"/welcome/kgv_\w+", self.log())
            if found:
                break
            time.sleep(0.1)
        else:
            raise AssertionError("no link for the first administrator was printed")
        client = self.client()
        client.ask("POST", found.group(0), form={"name": "Anna", "password": PASSWORD}).need(303)
        return client.know()

    def token(self):
        """The token of the first source, printed once."""
        return re.search(r"kgi_\w+", self.log()).group(0)
