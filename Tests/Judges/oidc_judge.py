"""Signs ID tokens with software that is not ours: right ones, and each kind of wrong one.

    python3 -m venv venv && venv/bin/pip install cryptography pyjwt
    venv/bin/python Tests/Judges/oidc_judge.py FOLDER
    KAGARI_OIDC_VECTORS=FOLDER swift test --filter 'OIDC vectors'

Keys are new at each run; the time of the tokens is fixed.
"""
import base64
import json
import pathlib
import sys

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

NOW = 1_800_000_000
ISSUER = "https://id.example.com/realm"
CLIENT = "kagari"
# Base64url of 32 bytes of 2: what the sign-in under test takes from its generator.
NONCE = base64.urlsafe_b64encode(bytes([2] * 32)).decode().rstrip("=")


def text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def claims(**changes):
    whole = {"iss": ISSUER, "aud": CLIENT, "sub": "u-17", "exp": NOW + 300, "iat": NOW - 5,
             "nonce": NONCE, "groups": ["soc-analysts", "everyone"], "name": "Maria Keller"}
    whole.update(changes)
    return {name: value for name, value in whole.items() if value is not None}


def jwk(key, kid, algorithm):
    public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "use": "sig", "alg": algorithm}


def cases(first, curve, stranger):
    def rs(kid="r1", key=first, header=None, **changes):
        return jwt.encode(claims(**changes), key, "RS256", {"kid": kid, **(header or {})})

    yield "right-rs256", rs(), "accepted"
    yield "right-es256", jwt.encode(claims(), curve, "ES256", {"kid": "e1"}), "accepted"
    yield "right-audiences", rs(aud=[CLIENT, "other"], azp=CLIENT), "accepted"
    yield "right-late-within-leeway", rs(exp=NOW - 59), "accepted"
    yield "right-early-within-leeway", rs(iat=NOW + 60, nbf=NOW + 60), "accepted"
    yield "no-groups", rs(groups=None), "noRole"
    yield "other-groups", rs(groups=["everyone"]), "noRole"
    yield "issuer", rs(iss=ISSUER + "/"), "issuer"
    yield "audience", rs(aud="other"), "audience"
    yield "audiences-without-party", rs(aud=[CLIENT, "other"]), "authorizedParty"
    yield "party", rs(azp="other"), "authorizedParty"
    yield "nonce", rs(nonce="other"), "nonce"
    yield "no-nonce", rs(nonce=None), "nonce"
    yield "expired", rs(exp=NOW - 60), "expired"
    yield "no-expiry", rs(exp=None), "expired"
    yield "issued-ahead", rs(iat=NOW + 61), "issuedAt"
    yield "issued-long-ago", rs(iat=NOW - 661), "issuedAt"
    yield "no-issued", rs(iat=None), "issuedAt"
    yield "not-yet", rs(nbf=NOW + 61), "notYet"
    yield "no-subject", rs(sub=None), "subject"
    yield "stranger", rs(key=stranger), "signature"
    yield "unknown-key", rs(kid="r9"), "unknownKey"
    yield "wrong-kind-of-key", rs(kid="e1"), "unknownKey"
    yield "critical", rs(header={"crit": ["b64"]}), "token"
    yield "none", jwt.encode(claims(), None, "none", {"kid": "r1"}), "algorithm"
    yield "rs384", jwt.encode(claims(), first, "RS384", {"kid": "r1"}), "algorithm"
    # The old trick: the public key taken as a shared secret.
    modulus = first.public_key().public_numbers().n.to_bytes(256, "big")
    yield "hs256", jwt.encode(claims(), modulus, "HS256", {"kid": "r1"}), "algorithm"
    head, body, signature = rs().split(".")
    other = text(json.dumps(claims(sub="u-1")).encode())
    yield "changed", f"{head}.{other}.{signature}", "signature"
    yield "unsigned", f"{head}.{body}.", "signature"
    yield "two-parts", f"{head}.{body}", "token"


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    first = rsa.generate_private_key(65537, 2048)
    stranger = rsa.generate_private_key(65537, 2048)
    curve = ec.generate_private_key(ec.SECP256R1())
    weak = {"kty": "oct", "kid": "h1", "k": "AAAA"}
    keys = [weak, jwk(first, "r1", "RS256"), jwk(curve, "e1", "ES256")]
    made = [{"name": name, "token": token, "expected": expected}
            for name, token, expected in cases(first, curve, stranger)]
    vectors = {"now": NOW, "issuer": ISSUER, "client": CLIENT, "keys": {"keys": keys},
               "cases": made}
    (folder / "vectors.json").write_text(json.dumps(vectors, indent=1) + "\n")
    print(f"{len(made)} tokens, {sum(case['expected'] == 'accepted' for case in made)} right")


if __name__ == "__main__":
    main()
