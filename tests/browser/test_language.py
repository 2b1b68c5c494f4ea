"""Turkish unless the browser or the reader asks for English."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member
from tests.browser.visitor import Visitor
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("locale", "language", "title"),
    [
        ("tr-TR", "tr", "Üyelik oluşturun"),
        ("en-GB", "en", "Create your account"),
        ("de-DE", "tr", "Üyelik oluşturun"),
    ],
)
def test_the_browsers_language_decides_at_first(
    open_browser: OpenBrowser, locale: str, language: str, title: str
) -> None:
    visitor = open_browser(locale=locale)
    visitor.go("/register")
    expect(visitor.page.locator("html")).to_have_attribute("lang", language)
    expect(visitor.heading).to_have_text(title)
    expect(visitor.page).to_have_title(f"{title} · WHMCSTR")


def test_the_switch_is_remembered(visitor: Visitor) -> None:
    visitor.go("/agreements/service-agreement")
    visitor.press("English", within=visitor.page.locator("header"))
    assert visitor.path == "/agreements/service-agreement"
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    cookie = visitor.cookies()["language"]
    assert (cookie["value"], cookie["httpOnly"], cookie["sameSite"]) == ("en", True, "Lax")
    visitor.go("/sign-in")
    expect(visitor.heading).to_have_text("Customer sign-in")
    visitor.press("Türkçe", within=visitor.page.locator("header"))
    expect(visitor.page.locator("html")).to_have_attribute("lang", "tr")
    visitor.go("/register")
    expect(visitor.heading).to_have_text("Üyelik oluşturun")


def test_the_profile_sets_the_language_of_site_and_letters(
    visitor: Visitor, open_browser: OpenBrowser, member: Member
) -> None:
    visitor.sign_in_as(member)
    visitor.go("/panel/profile")
    form = visitor.page.locator("#language")
    form.locator("select").select_option("en")
    visitor.press("Kaydet", within=form)
    expect(visitor.page.get_by_role("status")).to_have_text("Your language has been saved.")
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    form = visitor.page.locator("#email")
    form.locator('[name="new_email"]').fill(f"new.{member.email}")
    form.locator('[name="current_password"]').fill(PASSWORD)
    visitor.press("Send the confirmation link", within=form)
    assert visitor.server.letters_to(f"new.{member.email}")[-1]["Content-Language"] == "en"
    assert visitor.server.letters_to(member.email, 2)[-1]["Content-Language"] == "en"
    elsewhere = open_browser()
    elsewhere.sign_in_as(member)
    elsewhere.go("/panel")
    expect(elsewhere.page.locator("html")).to_have_attribute("lang", "en")
