"""Announcements in a browser: the countdown to the end of a promise goes on, and an extension is published."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from api import clock
from tests.browser.server import Staff
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

_LEFT = re.compile(r"(?:(\d+) gün ?)?(?:(\d+) sa ?)?(?:(\d+) dk ?)?kaldı")


def _minutes(text: str) -> int:
    found = _LEFT.fullmatch(text.strip())
    assert found, text
    days, hours, minutes = (int(number or 0) for number in found.groups())
    return days * 1440 + hours * 60 + minutes


def test_the_countdown_goes_on_as_the_server_began_it(visitor: Visitor) -> None:
    visitor.page.clock.install()
    visitor.go("/announcements")
    left = visitor.page.locator(".promise-left")
    before = _minutes(left.inner_text())
    visitor.page.clock.run_for(61 * 60 * 1000)
    after = _minutes(left.inner_text())
    # Both say whole minutes, and the page took a moment to come.
    assert 60 <= before - after <= 62
    visitor.page.clock.run_for((after + 1) * 60 * 1000)
    assert left.inner_text() == "süre doldu"


def test_an_extension_is_published_in_two_steps_and_told_in_the_panel(visitor: Visitor, staff: Staff) -> None:
    visitor.sign_in_as(staff)
    visitor.go("/desk/announcements/new")
    expect(visitor.control("maximum_first_answer_minutes")).to_be_hidden()
    visitor.page.locator("#kind-support-extension").check()
    expect(visitor.control("product_id")).to_be_hidden()
    visitor.fill({"title": "Yoğunuz", "body": "Sabrınız için **teşekkürler**."})
    visitor.control("ends_at").fill(clock.local(clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"))
    visitor.control("maximum_first_answer_minutes").fill("600")
    visitor.press("Önizle")
    visitor.press("Düzelt")
    assert visitor.control("maximum_first_answer_minutes").input_value() == "600"
    visitor.press("Önizle")
    visitor.press("Yayımla")
    expect(visitor.page.locator(".done")).to_have_text("Duyuru yayımlandı.")
    visitor.go("/panel")
    assert "ilk yanıt en çok 10 sa sürebilir" in visitor.page.locator(".extension").inner_text()
    visitor.go("/desk/announcements")
    visitor.page.locator("summary", has_text="Geri çek").first.click()
    visitor.press("Geri çekmeyi onayla")
    expect(visitor.page.locator(".done")).to_have_text("Duyuru geri çekildi.")
    visitor.go("/panel")
    assert visitor.page.locator(".extension").count() == 0
