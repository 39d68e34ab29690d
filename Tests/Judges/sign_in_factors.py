"""Signing in to the served program with software that is not ours: codes by pyotp, passkeys by soft-webauthn and fido2.

Run by prove_factors.py.
"""
import base64

import passkey_judge
import pyotp
from fido2.server import Fido2Server
from fido2.webauthn import (AttestationObject, AuthenticatorData, CollectedClientData,
                            PublicKeyCredentialRpEntity)


def text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def data(letters):
    return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))


def authenticator(service, client):
    """An app is set up, asked for, its code taken once; a recovery code stands in for it; it is removed."""
    begun = client.ask("POST", "/api/v1/me/authenticator", {}).need(200).json
    app = pyotp.parse_uri(begun["uri"])
    assert app.secret == begun["secret"].replace(" ", "")
    client.ask("POST", "/api/v1/me/authenticator/confirm", {"code": "000000"}).need(422)
    # One step back: the sign-in below then has a code that was not used up here.
    import time
    now = time.time()
    codes = client.ask("POST", "/api/v1/me/authenticator/confirm",
                       {"code": app.at(now - 30)}).need(200).json["recovery_codes"]
    assert len(set(codes)) == 10
    other = service.client()
    other.sign_in("administrator").need(401)
    other.sign_in("administrator", code="123456").need(401)
    other.sign_in("administrator", code=app.at(now)).need(200)
    again = service.client()
    again.sign_in("administrator", code=app.at(now)).need(401)
    again.sign_in("administrator", code=codes[3].upper()).need(200)
    left = again.ask("GET", "/api/v1/me/factors").need(200).json
    assert left["authenticator"] and left["recovery_codes_left"] == 9, left
    service.client().sign_in("administrator", code=codes[3]).need(401)
    fresh = again.ask("POST", "/api/v1/me/recovery-codes", {}).need(200).json["recovery_codes"]
    assert not set(fresh) & set(codes)
    again.ask("DELETE", "/api/v1/me/authenticator").need(204)
    again.sign_in("administrator").need(200)
    return again


def passkeys(service, client):
    """One of each kind is registered and signs in; what is wrong is refused. fido2's server agrees with each answer."""
    passkey_judge.RP, passkey_judge.HANDLE = "localhost", b"administrator"
    origin = f"http://localhost:{service.port}"
    judge = Fido2Server(PublicKeyCredentialRpEntity("Kagari", "localhost"),
                        verify_origin=lambda o: o == origin)
    for kind in ("es256", "eddsa", "rs256"):
        device = passkey_judge.Device(kind, attests=kind == "eddsa")
        options = client.ask("POST", "/api/v1/me/passkeys/options", {}).need(200).json
        assert options["rp"]["id"] == "localhost" and data(options["user"]["id"]) == b"administrator"
        asked = {"publicKey": {**options, "challenge": data(options["challenge"])}}
        made = device.create(asked, origin)["response"]
        state = {"challenge": options["challenge"], "user_verification": "required"}
        known = judge.register_complete(
            state, CollectedClientData(made["clientDataJSON"]),
            AttestationObject(made["attestationObject"])).credential_data
        body = {"name": f"Key {kind}", "client_data": text(made["clientDataJSON"]),
                "attestation": text(made["attestationObject"])}
        client.ask("POST", "/api/v1/me/passkeys", body).need(201)
        client.ask("POST", "/api/v1/me/passkeys", body).need(409)  # asked once, answered once
        answer = assertion(service, device, origin, judge, known)
        person = service.client()
        person.ask("POST", "/api/v1/session/passkey", answer).need(200)
        proofs = person.ask("GET", "/api/v1/me/sessions").need(200).json["sessions"]
        assert any(s["current"] and s["proofs"] == ["passkey"] for s in proofs)
        service.client().ask("POST", "/api/v1/session/passkey", answer).need(401)  # a replay
        wrong = assertion(service, device, "https://evil.example", None, None)
        service.client().ask("POST", "/api/v1/session/passkey", wrong).need(401)
        device.sign_count -= 2  # what a copy of the authenticator would say
        copied = assertion(service, device, origin, None, None)
        service.client().ask("POST", "/api/v1/session/passkey", copied).need(401)
        device.sign_count += 2
    keys = client.ask("GET", "/api/v1/me/factors").need(200).json["passkeys"]
    assert len(keys) == 3
    client.ask("DELETE", f"/api/v1/me/passkeys/{keys[0]['id']}").need(204)
    assert len(client.ask("GET", "/api/v1/me/factors").json["passkeys"]) == 2


def assertion(service, device, origin, judge, known):
    options = service.client().ask("POST", "/api/v1/session/passkey/options", {}).need(200).json
    asked = {"publicKey": {**options, "challenge": data(options["challenge"])}}
    made = device.get(asked, origin)["response"]
    if judge:
        judge.authenticate_complete(
            {"challenge": options["challenge"], "user_verification": "required"}, [known],
            device.credential_id, CollectedClientData(made["clientDataJSON"]),
            AuthenticatorData(made["authenticatorData"]), made["signature"])
    return {"ceremony": options["ceremony"], "id": text(device.credential_id),
            "client_data": text(made["clientDataJSON"]),
            "authenticator_data": text(made["authenticatorData"]),
            "signature": text(made["signature"]), "user_handle": text(device.user_handle)}


def sessions(service, client):
    """They survive a restart and a kill; ending one holds from the next request on, also after a restart."""
    other = service.client()
    other.sign_in("administrator").need(200)
    thief = service.client()
    thief.sign_in("administrator").need(200)
    token = dict(other.cookies)
    service.stop(), service.start()
    other.ask("GET", "/api/v1/me").need(200)
    # The page's token is the same, so a form that was open can be sent.
    other.ask("POST", "/api/v1/me/proof", {"password": "wrong but long enough"}).need(401)
    other.ask("POST", "/api/v1/me/proof", {"password": service.password}).need(204)
    assert other.cookies != token
    ended = next(s["id"] for s in thief.ask("GET", "/api/v1/me/sessions").json["sessions"]
                 if s["current"])
    other.ask("DELETE", f"/api/v1/me/sessions/{ended}").need(204)
    thief.ask("GET", "/api/v1/me").need(401)
    service.kill(), service.start()
    other.ask("GET", "/api/v1/me").need(200)
    thief.ask("GET", "/api/v1/me").need(401)
    return other


def people(service, client):
    """Somebody invited, disabled, reset and let go loses the session at once; no one governs who may do more."""
    invited = client.ask("POST", "/api/v1/people/kagari-provider", {
        "id": "bertha", "login": "bertha", "name": "Bertha",
        "grants": [{"role": "analyst", "everywhere": True}]}).need(201).json
    bertha = service.client()
    bertha.ask("POST", invited["welcome"],
               form={"name": "Bertha", "password": service.password}).need(303)
    bertha.know()
    path = "/api/v1/people/kagari-provider/"
    bertha.ask("PATCH", path + "administrator", {"disabled": True}).need(403)
    client.ask("PATCH", path + "administrator", {"disabled": True}).need(409)
    client.ask("POST", path + "bertha/sign-out", {}).need(204)
    bertha.ask("GET", "/api/v1/me").need(401)
    bertha.sign_in("bertha").need(200)
    client.ask("PATCH", path + "bertha", {"disabled": True}).need(200)
    bertha.ask("GET", "/api/v1/me").need(401)
    service.client().sign_in("bertha").need(401)
    client.ask("PATCH", path + "bertha", {"disabled": False}).need(200)
    bertha.ask("GET", "/api/v1/me").need(401)  # what ended stays ended
    bertha.sign_in("bertha").need(200)
    link = client.ask("POST", path + "bertha/reset", {}).need(200).json["welcome"]
    bertha.ask("GET", "/api/v1/me").need(401)
    service.client().sign_in("bertha").need(401)
    bertha.ask("POST", link, form={"name": "Bertha", "password": service.password}).need(303)
    client.ask("DELETE", path + "bertha").need(204)
    bertha.ask("GET", "/api/v1/me").need(401)
