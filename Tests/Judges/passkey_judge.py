"""Makes passkey registrations and assertions with software that is not ours.

    python3 -m venv venv && venv/bin/pip install fido2 soft-webauthn
    venv/bin/python Tests/Judges/passkey_judge.py FOLDER
    KAGARI_PASSKEY_VECTORS=FOLDER swift test --filter 'Passkey vectors'

soft-webauthn plays an authenticator; fido2's server accepts each answer before it is written, so that
what our room is given is known to be right. Keys are new at each run.
"""
import base64
import json
import os
import pathlib
import struct
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cbor
from fido2.cose import ES256, RS256, EdDSA
from fido2.server import Fido2Server
from fido2.utils import sha256
from fido2.webauthn import (AttestationObject, AuthenticatorData, CollectedClientData,
                            PublicKeyCredentialRpEntity)
from soft_webauthn import SoftWebauthnDevice

RP = "soc.example.com"
ORIGIN = "https://soc.example.com"
HANDLE = b"maria"


def text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Device(SoftWebauthnDevice):
    """The same device with other keys, user verification and self attestation."""

    def __init__(self, kind, attests=False):
        super().__init__()
        self.kind = kind
        self.attests = attests
        self.credential_id = os.urandom(48)
        self.user_handle = HANDLE
        self.private_key = {
            "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "eddsa": ed25519.Ed25519PrivateKey.generate,
            "rs256": lambda: rsa.generate_private_key(65537, 2048),
        }[kind]()

    def sign(self, message):
        if self.kind == "es256":
            return self.private_key.sign(message, ec.ECDSA(hashes.SHA256()))
        if self.kind == "eddsa":
            return self.private_key.sign(message)
        return self.private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())

    def client(self, kind, challenge, origin):
        record = {"type": kind, "challenge": text(challenge), "origin": origin,
                  "crossOrigin": False, "other_keys_can_be_added_here": "do not compare"}
        return json.dumps(record).encode()

    def create(self, options, origin):
        cose = {"es256": ES256, "eddsa": EdDSA, "rs256": RS256}[self.kind]
        key = cbor.encode(cose.from_cryptography_key(self.private_key.public_key()))
        data = (sha256(RP.encode()) + b"\x5d" + struct.pack(">I", self.sign_count)
                + bytes(range(16)) + struct.pack(">H", len(self.credential_id))
                + self.credential_id + key)
        client = self.client("webauthn.create", options["publicKey"]["challenge"], origin)
        form, statement = "none", {}
        if self.attests:
            form = "packed"
            statement = {"alg": cose.ALGORITHM, "sig": self.sign(data + sha256(client))}
        attestation = cbor.encode({"fmt": form, "attStmt": statement, "authData": data})
        return {"response": {"clientDataJSON": client, "attestationObject": attestation}}

    def get(self, options, origin):
        self.sign_count += 1
        client = self.client("webauthn.get", options["publicKey"]["challenge"], origin)
        data = sha256(RP.encode()) + b"\x1d" + struct.pack(">I", self.sign_count)
        return {"response": {"clientDataJSON": client, "authenticatorData": data,
                             "signature": self.sign(data + sha256(client)),
                             "userHandle": self.user_handle}}


def ceremony(name, device, verified):
    server = Fido2Server(PublicKeyCredentialRpEntity(id=RP, name="Kagari"))
    verification = "required" if verified else "discouraged"
    _, state = server.register_begin({"id": HANDLE, "name": "maria", "displayName": "Maria"},
                                     user_verification=verification)
    challenge = base64.urlsafe_b64decode(state["challenge"] + "==")
    options = {"publicKey": {"challenge": challenge, "rp": {"id": RP}, "user": {"id": HANDLE},
                             "pubKeyCredParams": [{"alg": -7, "type": "public-key"}]}}
    made = device.create(options, ORIGIN)["response"]
    accepted = server.register_complete(
        state, CollectedClientData(made["clientDataJSON"]),
        AttestationObject(made["attestationObject"]))
    credential = accepted.credential_data
    record = {"name": name, "rp": RP, "origin": ORIGIN, "owner": HANDLE.decode(),
              "verified": verified, "credential": text(credential.credential_id),
              "challenge": text(challenge), "client": text(made["clientDataJSON"]),
              "attestation": text(made["attestationObject"]), "assertions": []}
    for _ in range(3):
        _, state = server.authenticate_begin([credential], user_verification=verification)
        challenge = base64.urlsafe_b64decode(state["challenge"] + "==")
        given = device.get({"publicKey": {"challenge": challenge, "rpId": RP}}, ORIGIN)["response"]
        server.authenticate_complete(
            state, [credential], credential.credential_id,
            CollectedClientData(given["clientDataJSON"]),
            AuthenticatorData(given["authenticatorData"]), given["signature"])
        record["assertions"].append({
            "challenge": text(challenge), "client": text(given["clientDataJSON"]),
            "data": text(given["authenticatorData"]), "signature": text(given["signature"]),
            "handle": text(given["userHandle"])})
    return record


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    records = [ceremony("soft-webauthn", SoftWebauthnDevice(), False)]
    for kind in ("es256", "eddsa", "rs256"):
        records.append(ceremony(kind, Device(kind), True))
        records.append(ceremony(kind + "-packed", Device(kind, attests=True), True))
    (folder / "vectors.json").write_text(json.dumps(records, indent=1) + "\n")
    count = sum(len(record["assertions"]) for record in records)
    print(f"{len(records)} registrations, {count} assertions, all accepted by fido2")


if __name__ == "__main__":
    main()
