"""Two unrelated identity providers, started on loopback: nanoidp and Canaille.

Run by prove_sign-in.py; `identity_providers.py canaille PORT SETTINGS` serves the second one in a process of its own.
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

USERS = {"ada": ("correct horse ada", ["soc"]), "eve": ("correct horse eve", ["others"])}
CLIENT, SECRET = "kagari", "secret-of-loopback-only-8471"


class Provider:
    """A provider in a process of its own. Use as a context."""

    def __init__(self, folder, redirect):
        self.folder, self.redirect = pathlib.Path(folder), redirect
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        self.issuer = f"http://localhost:{self.port}"

    def __enter__(self):
        self.log = open(self.folder / f"{self.name}.log", "wb")
        self.process = subprocess.Popen(
            self.words(), cwd=self.folder, stdout=self.log, stderr=self.log,
            env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"})
        for _ in range(300):
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended: {self.said()}")
            try:
                socket.create_connection(("localhost", self.port), 0.2).close()
                return self
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"{self.name} does not listen")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()

    def said(self):
        return (self.folder / f"{self.name}.log").read_text(errors="replace")[-1500:]

    def file(self):
        """What the program is told of it."""
        (self.folder / f"{self.name}.secret").write_text(SECRET)
        path = self.folder / f"{self.name}.yml"
        path.write_text(json.dumps({
            "id": self.name, "title": self.name, "issuer": self.issuer, "client-id": CLIENT,
            "client-secret-file": str(self.folder / f"{self.name}.secret"),
            "client-proof": self.proof, "scopes": self.scopes, "groups-claim": "groups",
            "groups": {"soc": ["analyst everywhere"]}, "allow-loopback": True}))
        return str(path)


class NanoIDP(Provider):
    name, proof, scopes = "nanoidp", "client_secret_basic", ["openid", "profile", "email"]

    def words(self):
        folder = self.folder / "nanoidp"
        folder.mkdir(exist_ok=True)
        (folder / "settings.yaml").write_text(json.dumps({
            "config_version": 1, "server": {"host": "127.0.0.1", "port": self.port},
            "oauth": {"issuer": self.issuer, "audience": CLIENT, "token_expiry_minutes": 10,
                      "clients": [{"client_id": CLIENT, "client_secret": SECRET,
                                   "description": "Kagari", "redirect_uris": [self.redirect]}]}}))
        (folder / "users.yaml").write_text(json.dumps({
            "config_version": 1, "default_user": "ada", "users": {
                name: {"password": password, "email": f"{name}@example.org", "groups": groups}
                for name, (password, groups) in USERS.items()}}))
        return [str(pathlib.Path(sys.executable).parent / "nanoidp"), "--config", str(folder)]


class Canaille(Provider):
    name, proof, scopes = "canaille", "client_secret_post", [
        "openid", "profile", "email", "groups"]

    def words(self):
        (self.folder / "canaille.settings").write_text(json.dumps({"redirect": self.redirect}))
        return [sys.executable, __file__, "canaille", str(self.port),
                str(self.folder / "canaille.settings")]


def serve_canaille(port, settings):
    """Canaille with the same people, groups and client, in memory."""
    import datetime
    import uuid
    import wsgiref.simple_server

    from canaille import create_app
    from canaille.app import models
    from canaille.backends import Backend
    from joserfc.jwk import JWKRegistry

    key = JWKRegistry.generate_key("RSA", 2048)
    key.ensure_kid()
    app = create_app(config={
        "SECRET_KEY": str(uuid.uuid4()), "WTF_CSRF_ENABLED": False, "TESTING": True,
        "PREFERRED_URL_SCHEME": "http", "SERVER_NAME": f"localhost:{port}",
        "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False,
                     "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"]}}},
        "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)],
                          "TRUSTED_DOMAINS": ["localhost"]}})
    with app.app_context():
        backend = Backend.instance
        people = {}
        for name, (password, groups) in USERS.items():
            person = models.User(
                user_name=name, formatted_name=name.title(), family_name=name.title(),
                emails=[f"{name}@example.org"], password=password)
            backend.save(person)
            for group in groups:
                backend.save(models.Group(display_name=group, members=[person]))
            people[name] = person
        client = models.Client(
            client_id=CLIENT, client_secret=SECRET, client_name="Kagari",
            client_uri="http://localhost", contacts=[],
            redirect_uris=[json.loads(pathlib.Path(settings).read_text())["redirect"]],
            grant_types=["authorization_code"], response_types=["code"],
            scope=["openid", "profile", "email", "groups"],
            token_endpoint_auth_method="client_secret_post", id_token_signed_response_alg="RS256",
            client_id_issued_at=datetime.datetime.now(datetime.timezone.utc))
        backend.save(client)
        client.audience = [client]
        backend.save(client)
    wsgiref.simple_server.make_server("localhost", port, app).serve_forever()


if __name__ == "__main__":
    serve_canaille(int(sys.argv[2]), sys.argv[3])
