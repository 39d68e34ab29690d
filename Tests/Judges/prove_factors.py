#!/usr/bin/env python3
# proves: people sign in by password, code and passkey, and stay so over a restart
# pypi: fido2==1.2.0 soft-webauthn==0.1.4 pyotp==2.12.1
"""Signs in to a served program with passwords, codes and passkeys, with software that is not ours on the other side."""
import sys

import served
import sign_in_factors


def main():
    with served.Service() as service:
        client = service.administrator()
        client = sign_in_factors.authenticator(service, client)
        print("  an authenticator app, recovery codes: as pyotp says", flush=True)
        sign_in_factors.passkeys(service, client)
        print("  passkeys of three kinds: as fido2 and soft-webauthn say", flush=True)
        client = sign_in_factors.sessions(service, client)
        print("  sessions: over a stop and a kill; ended at once", flush=True)
        sign_in_factors.people(service, client)
        print("  people: invited, disabled, reset, let go", flush=True)
    print("holds: every way in lets in whom it should, and nobody else")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        print(f"FAILS: {error}")
        raise
