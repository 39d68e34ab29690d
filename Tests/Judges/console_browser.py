"""Chromium as the proof of the console drives it."""
import collections
import pathlib
import shutil

from playwright.sync_api import Error
from proof import stop

First = collections.namedtuple("First", "size paint")
__all__ = ["Error", "First", "Page", "first_page", "launch"]
SECURITY = "Content Security Policy"


def launch(play):
    """Debian's Chromium; nothing is downloaded."""
    path = shutil.which("chromium")
    if not path:
        stop("there is no chromium; install the Debian package of that name")
    return play.chromium.launch(executable_path=path, args=["--no-sandbox"])


class Page:
    """One browser profile with one page. What the browser complains of is kept in `told`."""

    def __init__(self, chromium, server, theme="light", width=1280, language="en-US", state=None):
        self.server, self.told = server, []
        self.context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 500 else 860}, color_scheme=theme,
            locale=language, timezone_id="Asia/Tokyo", storage_state=state)
        self.context.set_default_timeout(30_000)
        self.page = self.context.new_page()
        self.page.on("console", self.note)
        self.page.on("pageerror", lambda error: self.told.append(f"a module failed: {error}"))
        self.page.on("dialog", self.dialog)

    def note(self, message):
        if SECURITY in message.text:
            self.told.append(message.text[:200])

    def dialog(self, dialog):
        self.told.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()

    def go(self, path):
        answer = self.page.goto(self.server.origin + path if path.startswith("/") else path)
        self.page.wait_for_load_state("load")
        return answer

    def keys(self, *names):
        for name in names:
            self.page.keyboard.press(name)
            self.page.wait_for_timeout(60)

    def type_into(self, name, text):
        self.tab_to(f"[name={name}]")
        self.page.keyboard.type(text)

    def tab_to(self, selector, most=80):
        """Moves on with Tab, as somebody without a pointer does."""
        for _ in range(most):
            if self.page.evaluate(
                    "selector => document.activeElement?.matches(selector) ?? false", selector):
                return
            self.page.keyboard.press("Tab")
        stop(f"Tab does not come to {selector} on {self.page.url}")

    def picture(self, folder, name):
        if folder:
            self.page.screenshot(path=str(pathlib.Path(folder) / f"{name}.png"))

    def paint(self):
        """Milliseconds to the first contentful paint; None where the page has none."""
        return self.page.evaluate(
            "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")

    def state(self):
        return self.context.storage_state()

    def close(self):
        self.context.close()


def first_page(chromium, server):
    """Bytes of the queue with everything it brings along, for somebody who comes for the first time."""
    page = Page(chromium, server, state=server.state)
    page.go("/")
    size = page.page.evaluate(
        "() => [...performance.getEntriesByType('navigation'),"
        " ...performance.getEntriesByType('resource')]"
        ".filter(entry => !entry.name.includes('/feed'))"
        ".reduce((sum, entry) => sum + entry.encodedBodySize, 0)")
    found = First(int(size), page.paint())
    page.close()
    return found
