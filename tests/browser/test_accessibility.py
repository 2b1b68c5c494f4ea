"""Every page by axe-core, in light and dark, narrow and wide; and whether it fits a narrow screen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import OpenBrowser
from tests.browser.pages import PAGES, World
from tests.browser.server import Member, Server, Staff
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# All that can differ where only the colors do.
COLORS = {"runOnly": ["color-contrast", "link-in-text-block"]}
RUN = """async (options) => {
  const found = await axe.run(document, { resultTypes: ["violations"], ...options });
  return found.violations.map(({ id, nodes }) =>
    [id, ...nodes.map((node) => `${node.target.join(" ")}: ${node.failureSummary}`)]);
}"""
NARROW, WIDE = {"width": 360, "height": 800}, {"width": 1280, "height": 900}
# What sticks out to the right of the screen.
STICKING_OUT = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= wide) return [];
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > wide + 0.5 && e.getBoundingClientRect().left < wide)
    .map((e) => e.outerHTML.slice(0, 120)).concat([`scrollWidth ${document.scrollingElement.scrollWidth}`]);
}"""


@pytest.fixture(scope="package")
def world(server: Server, known_member: Member, staff: Staff, versions: tuple[str, str]) -> World:
    """People, letters, and a revision of the agreement to come."""
    return World(server, known_member, staff, versions)


def violations(visitor: Visitor, options: dict[str, Any]) -> list[list[Any]]:
    """What axe-core says of the page as it is."""
    found: list[list[Any]] = visitor.page.evaluate(RUN, {"runOnly": {"type": "tag", "values": RULES}} | options)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_and_fits_a_narrow_screen(open_browser: OpenBrowser, world: World, name: str) -> None:
    visitor = open_browser(bypass_csp=True, viewport=NARROW)
    visitor.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    visitor.page.emulate_media(color_scheme="light")
    PAGES[name](visitor, world)
    assert visitor.page.evaluate(STICKING_OUT) == []
    found = {}
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (NARROW, WIDE):
            visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
            found[size["width"], scheme] = violations(visitor, COLORS if scheme == "dark" else {})
    assert {key: said for key, said in found.items() if said} == {}


def test_axe_would_find_something(open_browser: OpenBrowser) -> None:
    visitor = open_browser(bypass_csp=True)
    visitor.go("/sign-in")
    visitor.page.locator("main").evaluate("main => main.insertAdjacentHTML('beforeend', '<img src=\"data:,\"><input>')")
    assert {rule for rule, *_ in violations(visitor, {})} >= {"image-alt", "label"}
