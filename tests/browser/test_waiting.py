"""Which failures are worth another look: those of a machine that was too busy for the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import TimeoutError as WaitedInVain
from playwright.sync_api import expect

from tests.browser.visitor import Visitor
from tests.chromium import timed_out

pytestmark = pytest.mark.browser


def test_waiting_in_vain_is_told_from_being_wrong(visitor: Visitor) -> None:
    visitor.go("/sign-in")
    with pytest.raises(AssertionError) as expected:
        expect(visitor.page.locator("#nowhere")).to_be_visible(timeout=50)
    with pytest.raises(WaitedInVain) as waited:
        visitor.page.locator("#nowhere").click(timeout=50)
    assert timed_out(expected.value)
    assert timed_out(waited.value)
    assert not timed_out(AssertionError("assert 404 == 200"))
    assert not timed_out(TimeoutError())
