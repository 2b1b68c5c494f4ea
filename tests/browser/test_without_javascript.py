"""The same forms work whole without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member
from tests.browser.visitor import REGISTER, UPDATE, Visitor, without
from tests.cast import AYSE, BORA, PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(open_browser: OpenBrowser) -> Visitor:
    """A visitor whose browser runs no scripts."""
    return open_browser(java_script_enabled=False)


@pytest.mark.parametrize("form", [AYSE, BORA], ids=lambda form: form["type"].lower())
def test_an_account_is_opened_without_javascript(
    plain: Visitor, new_email: Callable[[str], str], form: dict[str, str]
) -> None:
    form = form | {"email": new_email("plain")}
    plain.go("/register")
    plain.fill({"type": form["type"], "first_name": form["first_name"], "address.province": form["address.province"]})
    plain.press(UPDATE)
    assert plain.path == "/register"
    expect(plain.page.locator(".summary")).to_have_count(0)
    expect(plain.control("first_name")).to_have_value(form["first_name"])
    expect(plain.control("national_id" if "national_id" in form else "tax_number")).to_be_visible()
    plain.fill(without(form, "type", "password"))
    plain.fill_password(form["password"])
    plain.tick("read_privacy_notice_id", "accepted_agreement_id")
    plain.press(REGISTER)
    expect(plain.heading).to_have_text("Gelen kutunuza bakın")
    plain.open_letter(form["email"])
    plain.press("Evet, bu adres benim")
    expect(plain.heading).to_have_text(f"Hoş geldiniz, {form['first_name']} {form['last_name']}")
    plain.sign_out()
    plain.sign_in(form["email"])
    assert plain.path == "/panel"


def test_the_country_changes_the_fields_by_the_update_button(plain: Visitor) -> None:
    plain.go("/register")
    plain.fill({"address.country": "DE", "last_name": "Weiß"})
    plain.press(UPDATE, within=plain.page.locator('[aria-labelledby="part-address"]'))
    expect(plain.page.get_by_label("Eyalet veya bölge")).to_be_visible()
    expect(plain.control("last_name")).to_have_value("Weiß")
    expect(plain.control("tax_number")).not_to_have_attribute("required", "")


def test_return_sends_the_form_and_not_the_update_button(plain: Visitor) -> None:
    plain.go("/register")
    plain.page.locator("#registration").evaluate("form => { form.noValidate = true; }")
    plain.expect_status(422)
    plain.control("first_name").fill("Ayşe")
    with plain.page.expect_navigation() as led:
        plain.control("first_name").press("Enter")
    assert led.value.status == 422
    expect(plain.page.locator(".summary")).to_be_visible()


def test_the_profile_is_changed_without_javascript(plain: Visitor, member: Member) -> None:
    plain.sign_in_as(member)
    plain.go("/panel/profile")
    details = plain.page.locator("#details")
    plain.fill({"address.province": "Ankara"})
    plain.press(UPDATE, within=details)
    expect(plain.control("address.district").locator("option", has_text="Çankaya")).to_have_count(1)
    plain.fill({"address.district": "Çankaya", "address.postal_code": "06530", "last_name": "Işıkoğlu"})
    plain.press("Kaydet", within=details)
    expect(plain.page.get_by_role("status")).to_have_text("Bilgileriniz kaydedildi.")
    plain.go("/panel")
    expect(plain.heading).to_contain_text("Bora Işıkoğlu")
    expect(plain.page.locator("main")).to_contain_text("06530 Çankaya / Ankara")


def test_the_language_is_switched_without_javascript(plain: Visitor) -> None:
    plain.go("/sign-in")
    plain.press("English", within=plain.page.locator("header"))
    assert plain.path == "/sign-in"
    expect(plain.heading).to_have_text("Customer sign-in")
    expect(plain.page.locator("html")).to_have_attribute("lang", "en")


def test_a_password_is_shown_only_with_javascript(plain: Visitor) -> None:
    plain.go("/sign-in")
    plain.fill({"password": PASSWORD})
    expect(plain.page.locator(".reveal")).to_be_hidden()
