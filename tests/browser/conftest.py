"""A server and a browser for the tests that need both.

They live as long as this package's tests: playwright's loop must not run beside the loops of other tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.browser.server import Member, Server, Staff
from tests.browser.visitor import WATCH, Visitor
from tests.cast import BORA
from tests.chromium import ARGUMENTS, chromium_path

# Comes with every page of a browser that sets the site's policy aside, for nothing may be injected under it.
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
OpenBrowser = Callable[..., Visitor]

# Long: a machine that is busy with other tests is no fault of the page's.
_TIMEOUT_MS = 30_000
_numbers = count(1)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The running site."""
    server = Server(tmp_path_factory.mktemp("server"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, channel=None if path else "chromium", args=ARGUMENTS, headless=True
        )
        expect.set_options(timeout=_TIMEOUT_MS)
        yield browser
        browser.close()


class Rooms:
    """Browser contexts, each with one page; one that is free is used again, which is far quicker than a new one."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._free: dict[str, list[BrowserContext]] = {}

    def take(self, **options: Any) -> tuple[str, BrowserContext]:
        """A context with these options, and the key by which it is given back."""
        wanted: dict[str, Any] = {"locale": "tr-TR", "viewport": {"width": 1280, "height": 900}} | options
        key = repr(sorted(wanted.items()))
        if free := self._free.get(key):
            return key, free.pop()
        context = self._chromium.new_context(reduced_motion="reduce", **wanted)
        context.set_default_timeout(_TIMEOUT_MS)
        context.add_init_script(WATCH)
        if wanted.get("bypass_csp"):
            context.add_init_script(path=AXE)
        context.new_page()
        return key, context

    def give_back(self, key: str, context: BrowserContext) -> None:
        """The next test may use it."""
        self._free.setdefault(key, []).append(context)


@pytest.fixture(scope="package")
def rooms(chromium: Browser) -> Rooms:
    """Contexts for all tests."""
    return Rooms(chromium)


@pytest.fixture
def open_browser(server: Server, rooms: Rooms) -> Iterator[OpenBrowser]:
    """Opens browsers; at the end of the test none of their pages may have done what it should not."""
    opened: list[tuple[str, Visitor]] = []

    def open_one(**options: Any) -> Visitor:
        key, context = rooms.take(**options)
        visitor = Visitor(server, context)
        opened.append((key, visitor))
        return visitor

    yield open_one
    for key, visitor in opened:
        visitor.leave()
        rooms.give_back(key, visitor.context)


@pytest.fixture
def visitor(open_browser: OpenBrowser) -> Visitor:
    """A visitor whose browser speaks Turkish."""
    return open_browser()


@pytest.fixture
def new_email() -> Callable[[str], str]:
    """E-mail addresses that nobody in the run has yet."""
    return lambda name: f"{name}.{next(_numbers)}@example.net"


@pytest.fixture
def member(server: Server, new_email: Callable[[str], str]) -> Member:
    """A corporation's owner, of this test alone."""
    return server.member(BORA | {"email": new_email("bora")})


@pytest.fixture(scope="package")
def known_member(server: Server) -> Member:
    """A member whom tests look at and do not change."""
    return server.member(BORA | {"email": "bora@example.net"})


@pytest.fixture(scope="package")
def staff(server: Server) -> Staff:
    """Deniz works for the vendor."""
    return server.staff("deniz@example.net")


@pytest.fixture(scope="package")
def versions(server: Server, staff: Staff) -> tuple[str, str]:
    """The version of the service agreement in force, and the revision to come."""
    return server.publish_revision(staff, "2099-01-01")
