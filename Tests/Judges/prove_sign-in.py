#!/usr/bin/env python3
# proves: people sign in with two unrelated identity providers, and nobody with a forged answer
# pypi: nanoidp==3.4.0 canaille[front,oidc]==0.3.6 requests==2.32.5
"""Signs in through nanoidp and Canaille, driven as a browser without a script would be: links, forms, cookies, redirects."""
import html
import re
import sys
import tempfile
import urllib.parse

import identity_providers
import requests
import served


class Browser:
    """Follows redirects between the program and a provider, keeping their cookies apart, and fills in forms."""

    def __init__(self, service):
        self.ours, self.theirs = service.client(), requests.Session()
        self.service = service

    def visit(self, address, name, password):
        """Until the program's callback is reached; its address."""
        answer = self.theirs.get(address, allow_redirects=False, timeout=20)
        for _ in range(12):
            if answer.is_redirect:
                target = urllib.parse.urljoin(answer.url, answer.headers["location"])
                if target.startswith(self.ours.origin):
                    return target
                answer = self.theirs.get(target, allow_redirects=False, timeout=20)
                continue
            answer = self.fill(answer, name, password)
        raise AssertionError(f"the provider never sent back: {answer.url} {answer.text[:300]}")

    def fill(self, answer, name, password):
        fields = {}
        for tag in re.findall(r"<input[^>]*>|<button[^>]*>", answer.text):
            given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            if given.get("type") == "hidden" and "name" in given:
                fields[given["name"]] = html.unescape(given.get("value", ""))
        if 'name="password"' in answer.text:
            fields["password"] = password
        for login in ("login", "username"):
            if f'name="{login}"' in answer.text:
                fields[login] = name
        if 'name="answer"' in answer.text:
            fields["answer"] = "accept"
        if not fields:
            raise AssertionError(f"no form at {answer.url}: {answer.text[:400]}")
        return self.theirs.post(answer.url, data=fields, allow_redirects=False, timeout=20)

    def begin(self, provider):
        answer = self.ours.ask("GET", f"/sign-in/{provider.name}").need(303)
        return answer.headers["location"]

    def arrive(self, address):
        return self.ours.ask("GET", address[len(self.ours.origin):])


def judge(service, provider):
    for word in ("sign-in/" + provider.name, provider.name):
        assert word in service.client().ask("GET", "/").text
    browser = Browser(service)
    place = browser.begin(provider)
    assert "code_challenge_method=S256" in place and "nonce=" in place and "state=" in place
    back = browser.visit(place, "ada", identity_providers.USERS["ada"][0])
    thief = Browser(service)
    thief.arrive(back).need(401)  # another browser has no sign-in that waits
    browser.arrive(back).need(303)
    me = browser.ours.know().ask("GET", "/api/v1/me").need(200).json
    assert me["roles"] == ["analyst"] and me["id"].startswith("idp-"), me
    browser.arrive(back).need(401)  # an answer is taken once
    again = Browser(service)
    again.arrive(again.visit(again.begin(provider), "ada", identity_providers.USERS["ada"][0])
                 ).need(303)
    assert again.ours.know().ask("GET", "/api/v1/me").json["id"] == me["id"]
    stranger = Browser(service)
    stranger.arrive(stranger.visit(
        stranger.begin(provider), "eve", identity_providers.USERS["eve"][0])).need(401)
    forged = Browser(service)
    honest = forged.visit(forged.begin(provider), "ada", identity_providers.USERS["ada"][0])
    forged.arrive(re.sub(r"state=[^&]*", "state=forged", honest)).need(401)
    return me["id"], browser


def main():
    with tempfile.TemporaryDirectory() as folder, served.Service() as service:
        origin = f"http://127.0.0.1:{service.port}"
        administrator = service.administrator()
        service.stop()
        made = [kind(folder, f"{origin}/sign-in/{kind.name}/callback")
                for kind in (identity_providers.NanoIDP, identity_providers.Canaille)]
        for provider in made:
            service.words += ["--oidc", provider.file()]
        seen = set()
        with made[0], made[1]:
            service.start()
            for provider in made:
                try:
                    account, browser = judge(service, provider)
                except AssertionError:
                    print(service.log()[-1500:], provider.said())
                    raise
                seen.add(account)
                print(f"  {provider.name}: let in by group, refused without one, forged and "
                      "repeated answers refused", flush=True)
            path = f"/api/v1/people/kagari-provider/{account}"
            administrator.ask("PATCH", path, {"disabled": True}).need(200)
            browser.ours.ask("GET", "/api/v1/me").need(401)
            back = browser.visit(browser.begin(made[1]), "ada", identity_providers.USERS["ada"][0])
            browser.arrive(back).need(401)
        service.client().ask("GET", "/sign-in/nanoidp").need(303, 401)  # what it said is believed for an hour
        service.client().ask("GET", "/sign-in/nobody").need(404)
        secret = identity_providers.SECRET
        assert secret not in service.log() and "code=" not in service.log()
    assert len(seen) == 2, "two providers must be two accounts"
    print("holds: two unrelated providers let in whom they should, and nobody else")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        print(f"FAILS: {error}")
        sys.exit(1)
