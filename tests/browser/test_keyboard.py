"""Everything can be reached and done with the keyboard, and one always sees where one is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.server import Member
from tests.browser.visitor import Visitor
from tests.cast import AYSE, PASSWORD

pytestmark = pytest.mark.browser

MOST_STOPS = 80
# What has the focus, and whether one sees that the focused element, or the label that stands for it, has it.
STOP = """() => {
  const shows = (element) => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const focused = document.activeElement;
  const name = focused.id || focused.name || focused.tagName.toLowerCase();
  const box = focused.getBoundingClientRect();
  const within = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const label = focused.closest(".segment-option, .attaching-zone");
  return [name, within && (shows(focused) || (label !== null && shows(label)))];
}"""


def tab_to(visitor: Visitor, wanted: str) -> None:
    """Press Tab until the control of that id has the focus; it must be seen at every stop."""
    for _ in range(MOST_STOPS):
        visitor.page.keyboard.press("Tab")
        at, seen = visitor.page.evaluate(STOP)
        assert at not in {"website", "body"}, at
        assert seen, at
        if at == wanted:
            return
    pytest.fail(f"Tab does not lead to {wanted}")


def test_the_first_stop_is_the_link_that_skips_to_the_content(visitor: Visitor) -> None:
    visitor.go("/register")
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.locator("main")).to_be_focused()
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("() => document.activeElement.closest('main') !== null")


def test_an_account_is_opened_with_the_keyboard_alone(visitor: Visitor, new_email: Callable[[str], str]) -> None:
    keys = visitor.page.keyboard
    email = new_email("keys")
    visitor.go("/register")
    keys.press("Tab")
    keys.press("Enter")
    tab_to(visitor, "type-corporate")
    keys.press("ArrowDown")
    assert visitor.focused == "type-sole-proprietor"
    expect(visitor.control("national_id")).to_be_visible()
    assert visitor.focused == "type-sole-proprietor"
    typed = {
        "first_name": AYSE["first_name"],
        "last_name": AYSE["last_name"],
        "email": email,
        "phone": AYSE["phone"],
        "address-line1": AYSE["address.line1"],
    }
    for name, value in typed.items():
        tab_to(visitor, name)
        keys.type(value)
    tab_to(visitor, "address-province")
    keys.press("End")
    expect(visitor.control("address.district").locator("option", has_text="Çaycuma")).to_have_count(1)
    tab_to(visitor, "address-district")
    keys.press("ArrowDown")
    expect(visitor.control("address.district")).to_have_value("Alaplı")
    tab_to(visitor, "national_id")
    keys.type(AYSE["national_id"])
    tab_to(visitor, "password")
    keys.type(PASSWORD)
    expect(visitor.meter.locator(".meter-word")).to_have_text("Çok güçlü")
    tab_to(visitor, "password_confirmation")
    keys.type(PASSWORD)
    for box in ("read_privacy_notice_id", "accepted_agreement_id"):
        tab_to(visitor, box)
        keys.press("Space")
        expect(visitor.control(box)).to_be_checked()
    tab_to(visitor, "button")
    with visitor.page.expect_navigation():
        keys.press("Enter")
    expect(visitor.heading).to_have_text("Gelen kutunuza bakın")

    visitor.open_letter(email)
    keys.press("Tab")
    keys.press("Enter")
    tab_to(visitor, "button")
    with visitor.page.expect_navigation():
        keys.press("Enter")
    expect(visitor.heading).to_have_text("Hoş geldiniz, Ayşe Yılmaz")


@pytest.mark.parametrize("path", ["/", "/panel/profile", "/agreements/service-agreement"])
def test_one_sees_where_one_is_at_every_stop(visitor: Visitor, known_member: Member, path: str) -> None:
    visitor.sign_in_as(known_member)
    visitor.go(path)
    stops = 0
    for _ in range(MOST_STOPS):
        visitor.page.keyboard.press("Tab")
        at, seen = visitor.page.evaluate(STOP)
        if at == "body":
            break
        stops += 1
        assert seen, visitor.page.evaluate("() => document.activeElement.outerHTML")
    assert stops >= 8
