"""Somebody at a browser: does what people do, and notes what a page should not do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, WebError, expect

from tests.browser.server import FORM_SECONDS, PATIENCE_SECONDS, Member, Server, T
from tests.cast import OTHER_PASSWORD, PASSWORD
from tests.site import text_of

# Runs before anything of a page.
WATCH = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
window.shifted = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifted += entry.value; })
  .observe({ type: "layout-shift", buffered: true });
"""
# What a page kept in this browser; a page that is none of the site has no storage.
FORGET = "() => { try { localStorage.clear(); sessionStorage.clear(); } catch {} }"
_STATUS = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
_SECRETS = (PASSWORD, OTHER_PASSWORD)

UPDATE = "Alanları güncelle"
REGISTER = "Kayıt ol"


class Visitor:
    """One visitor with cookies of their own, on one page at a time."""

    def __init__(self, server: Server, context: BrowserContext) -> None:
        self.server = server
        self.context = context
        self.faults: list[str] = []
        self.urls: list[str] = []
        self._expected: set[int] = set()
        # Until then the page is still that of the visitor before.
        self._arrived = False
        self._opened = 0.0
        self._listeners: dict[Any, Callable[..., None]] = {
            "console": self._on_console,
            "weberror": self._on_error,
            "request": self._on_request,
        }
        for event, listener in self._listeners.items():
            context.on(event, listener)
        self.page: Page = context.pages[0]

    def _on_error(self, error: WebError) -> None:
        self.faults.append(f"error: {error.error}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if not self._arrived or message.type not in {"error", "warning"}:
            return
        told = _STATUS.match(message.text)
        if not told or int(told.group(1)) not in self._expected:
            self.faults.append(f"console: {message.text} ({message.location})")

    def _on_request(self, request: Request) -> None:
        if not self._arrived and not request.is_navigation_request():
            return
        self._arrived = True
        self.urls.append(request.url)
        if not request.url.startswith((f"{self.server.base}/", "data:")):
            self.faults.append(f"another host: {request.url}")
        if any(secret in unquote_plus(request.url) for secret in _SECRETS):
            self.faults.append(f"a password in an address: {request.url}")

    def leave(self) -> None:
        """Forget everything; nothing may have gone wrong on any page."""
        self.page.evaluate("() => 0")  # what the page reported before this has come
        for event, listener in self._listeners.items():
            self.context.remove_listener(event, listener)
        self.page.evaluate(FORGET)
        self.context.clear_cookies()
        self.context.unroute_all()
        self.page.unroute_all()
        assert self.faults == []

    def expect_status(self, status: int) -> None:
        """The browser may say on its console that a page has this status."""
        self._expected.add(status)

    # -- going about

    def go(self, path: str, status: int = 200) -> None:
        """Open a page of the site."""
        self._expected.add(status)
        self._opened = time.monotonic()
        answer = self.page.goto(self.server.base + path if path.startswith("/") else path)
        assert answer
        assert answer.status == status, path

    def press(self, name: str, status: int = 200, *, within: Locator | None = None) -> None:
        """Press the button that leads to another page."""
        self._expected.add(status)
        if name == REGISTER and status == 200:
            self.linger()
        button = (within or self.page.locator("main")).get_by_role("button", name=name, exact=True).first
        with self.page.expect_navigation() as led:
            button.click()
        assert led.value.status == status, self.page.locator("main").inner_text()

    def linger(self, since: float | None = None) -> None:
        """Stay on a form for as long as people at least do."""
        ready = (since or self._opened) + FORM_SECONDS + 0.1
        self.page.wait_for_timeout(max(0.0, ready - time.monotonic()) * 1000)

    def sign_in_as(self, member: Member) -> None:
        """Come with a member's session."""
        self.context.add_cookies([{"name": "session", "value": member.session, "url": self.server.base}])

    def sign_out(self) -> None:
        """Press the button in the header."""
        self.press("Çıkış yap", within=self.page.locator("header"))
        assert self.path == "/"

    def sign_in(self, email: str, password: str = PASSWORD, status: int = 200) -> None:
        """Sign in by the form."""
        self.go("/sign-in")
        self.fill({"email": email, "password": password})
        self.press("Giriş yap", status)

    def open_letter(self, email: str, count: int = 1) -> str:
        """Follow the link of the last letter; opens the page and answers its path."""
        link = re.search(r"\S+\?token=\S+", text_of(self.server.letters_to(email, count)[-1]))
        assert link
        path = link.group().removeprefix(self.server.base)
        self.go(path)
        return path

    def until(self, look: Callable[[], T | None], what: str) -> T:
        """What `look` answers as soon as it answers something; meanwhile the browser's news come in."""
        tries = PATIENCE_SECONDS / 0.02
        while not (found := look()):
            tries -= 1
            assert tries > 0, f"waited in vain for {what}"
            self.page.wait_for_timeout(20)
        return found

    # -- looking

    @property
    def path(self) -> str:
        """Where the visitor is."""
        return urlsplit(self.page.url).path

    @property
    def heading(self) -> Locator:
        """The title on the page."""
        return self.page.locator("main h1:visible")

    @property
    def meter(self) -> Locator:
        """The password meter."""
        return self.page.locator("#password-meter")

    def control(self, name: str) -> Locator:
        """The control of that name in the main part of the page."""
        return self.page.locator(f'main [name="{name}"]:not([type="hidden"])').first

    @property
    def focused(self) -> str:
        """The id of what has the focus, else its name or tag."""
        found: str = self.page.evaluate(
            "() => { const e = document.activeElement; return e.id || e.name || e.tagName.toLowerCase(); }"
        )
        return found

    def cookies(self) -> dict[str, Any]:
        """The cookies by name."""
        return {cookie["name"]: cookie for cookie in self.context.cookies()}

    # -- filling in

    def choose_type(self, value: str) -> None:
        """Choose the type of account."""
        self.page.locator(f'input[name="type"][value="{value}"]').check()

    def fill(self, form: dict[str, str]) -> None:
        """Fill in controls by name, in the order given."""
        selects = set(self.page.locator("main select").evaluate_all("all => all.map(e => e.name)"))
        for name, value in form.items():
            if name == "type":
                self.choose_type(value)
            elif name in selects:
                self.control(name).select_option(value)
            else:
                self.control(name).fill(value)

    def fill_registration(self, form: dict[str, str]) -> None:
        """Fill in the whole form with JavaScript, and tick what must be ticked."""
        self.choose_type(form["type"])
        expected = {"CORPORATE": "tax_number", "SOLE_PROPRIETOR": "national_id", "INDIVIDUAL": "national_id"}
        expect(self.control(expected[form["type"]])).to_be_visible()
        self.control("address.province").select_option(form["address.province"])
        expect(self.control("address.district").locator("option", has_text=form["address.district"])).to_have_count(1)
        self.fill(without(form, "type", "address.province", "address.country", "password"))
        self.fill_password(form["password"])
        self.tick("read_privacy_notice_id", "accepted_agreement_id")

    def fill_password(self, password: str, name: str = "password") -> None:
        """Choose a password: type it twice."""
        self.fill({name: password, f"{name}_confirmation": password})

    def rate(self, password: str, name: str = "password") -> None:
        """Type a password and wait until the meter has been told of it."""
        with self.page.expect_response("**/password-meter"):
            self.control(name).fill(password)

    def tick(self, *names: str) -> None:
        """Tick boxes."""
        for name in names:
            self.control(name).check()

    def shift(self) -> float:
        """How far the page has moved under the reader's eyes since it was opened (cumulative layout shift)."""
        moved: float = self.page.evaluate("() => window.shifted")
        return moved


def without(form: dict[str, str], *names: str) -> dict[str, str]:
    """A form less some controls."""
    return {name: value for name, value in form.items() if name not in names}


def texts(locators: Sequence[Locator]) -> list[str]:
    """What each says."""
    return [locator.inner_text().strip() for locator in locators]
