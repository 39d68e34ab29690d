#!/usr/bin/env python3
# proves: a passkey made in Chromium lets its owner in again, and nobody else, and not after it is removed
# apt: chromium
# pypi: playwright==1.65.2
"""Chromium with a virtual authenticator (DevTools' WebAuthn domain) against the served pages.

The first administrator follows the link, adds a passkey on the account page, signs out and comes back with it alone. An authenticator that has no
passkey of ours, and one whose user was not verified, do not get in. Traffic is on loopback only.
"""
import console_browser
import service
from proof import end
from playwright.sync_api import Error, sync_playwright


class Visitor:
    """A browser of its own, with an authenticator of its own."""

    def __init__(self, chromium, origin, verified=True):
        self.origin = origin
        self.page = chromium.new_context(locale="en-US").new_page()
        self.page.set_default_timeout(20_000)
        self.wire = self.page.context.new_cdp_session(self.page)
        self.wire.send("WebAuthn.enable")
        self.authenticator = self.wire.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": verified,
            "automaticPresenceSimulation": True}})["authenticatorId"]

    def go(self, path):
        self.page.goto(self.origin + path)

    def welcome(self, link):
        self.go(link)
        self.page.fill("[name=name]", "admin")
        self.page.fill("[name=password]", service.PASSWORD)
        self.page.click("form button[type=submit], form button:not([type])")
        self.page.wait_for_url(self.origin + "/")

    def add_passkey(self):
        self.go("/account")
        self.page.fill("#passkey-name", "Desk")
        with self.page.expect_navigation():
            self.page.click("#passkey-add")

    def credentials(self):
        return self.wire.send("WebAuthn.getCredentials",
                              {"authenticatorId": self.authenticator})["credentials"]

    def lend(self, other):
        """The same passkey in another browser, as a synchronised one is."""
        for credential in self.credentials():
            other.wire.send("WebAuthn.addCredential", {
                "authenticatorId": other.authenticator, "credential": credential})

    def comes_in(self):
        """Tries the passkey on the sign-in page; whether it led to the queue."""
        self.go("/")
        self.page.wait_for_selector("#passkey-sign-in:not([hidden])")
        try:
            with self.page.expect_navigation(timeout=8_000):
                self.page.click("#passkey-sign-in")
        except Error:
            return False
        return self.page.locator("#passkey-sign-in").count() == 0

    def forgets(self):
        """Removes the passkey on the account's page, as the person that is signed in."""
        self.go("/account")
        with self.page.expect_navigation(timeout=8_000):
            self.page.click("form[action='/account/passkeys/remove'] button")
        return "Desk" not in self.page.inner_text("main")


def main():
    home = service.folder("passkeys")
    port = service.free_port()
    origin = f"http://localhost:{port}"
    server = service.Service(service.program_of_proof(), home, "--console-origin", origin)
    server.console = port
    server.start()
    wrong = []

    def must(sentence, holds):
        if not holds:
            wrong.append(sentence)
            service.fails(sentence)

    with sync_playwright() as play:
        chromium = console_browser.launch(play)
        owner = Visitor(chromium, origin)
        owner.welcome(server.first_link)
        owner.add_passkey()
        must("the authenticator keeps one passkey", len(owner.credentials()) == 1)
        must("the account shows it", "Desk" in owner.page.inner_text("main"))
        owner.page.context.clear_cookies()
        must("it lets its owner in", owner.comes_in())
        stranger = Visitor(chromium, origin)
        must("an authenticator without it does not", not stranger.comes_in())
        careless = Visitor(chromium, origin, verified=False)
        owner.lend(careless)
        must("nor does it where the user was not verified", not careless.comes_in())
        elsewhere = Visitor(chromium, origin)
        owner.lend(elsewhere)
        must("it does in another browser of its owner", elsewhere.comes_in())
        must("it can be removed", owner.forgets())
        elsewhere.page.context.clear_cookies()
        must("and then lets nobody in", not elsewhere.comes_in())
        chromium.close()
    server.stop()
    end(not wrong, f"5 authenticators' attempts and 2 ways in; {len(wrong)} not as it should be")


if __name__ == "__main__":
    main()
