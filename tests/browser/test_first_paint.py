"""The first paint waits for no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.browser.server import Member
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length === 1"


@pytest.mark.parametrize("path", ["/", "/register", "/panel/licenses", "/panel/tickets/new", "/panel/api-tokens"])
def test_a_page_is_painted_while_its_scripts_are_still_on_their_way(
    visitor: Visitor, known_member: Member, path: str
) -> None:
    if path.startswith("/panel"):
        visitor.sign_in_as(known_member)
    waiting: list[Route] = []
    visitor.page.route("**/*.js?*", lambda route: waiting.append(route))
    visitor.page.goto(visitor.server.base + path, wait_until="commit")
    expect(visitor.heading).to_be_visible()
    visitor.page.wait_for_function(PAINTED)
    if path in {"/", "/panel/licenses"}:
        visitor.page.wait_for_load_state()
        assert waiting == []
        return
    visitor.until(lambda: waiting, "the scripts")
    assert visitor.page.evaluate("() => document.readyState") == "interactive"
    for script in waiting:
        script.continue_()
    visitor.page.wait_for_load_state()
