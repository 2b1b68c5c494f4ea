"""The password meter while one types."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member
from tests.browser.visitor import Visitor
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser

TURKISH = {
    "prompt": "Şifrenizi yazmaya başladığınızda burada değerlendireceğiz.",
    "weak": ("Çok zayıf", "Bu, en çok kullanılan 10 şifreden biri."),
    "personal": "Şifreniz adınızı, e-postanızı veya firma bilgilerinizi içeriyor.",
    "no": "Bu şifre henüz kabul edilmez.",
    "strong": ("Çok güçlü", "Bu şifre kabul edilir."),
}
ENGLISH = {
    "prompt": "Start typing your password and we will rate it here.",
    "weak": ("Very weak", "This is a top-10 common password."),
    "personal": "Your password contains your name, your e-mail address or your company's details.",
    "no": "This password is not acceptable yet.",
    "strong": ("Very strong", "This password will be accepted."),
}


@pytest.mark.parametrize(("locale", "words"), [("tr-TR", TURKISH), ("en-GB", ENGLISH)], ids=["tr", "en"])
def test_the_meter_warns_of_weak_and_own_words_and_accepts_a_strong_password(
    open_browser: OpenBrowser, locale: str, words: dict[str, str | tuple[str, str]]
) -> None:
    visitor = open_browser(locale=locale)
    visitor.go("/register")
    word = visitor.meter.locator(".meter-word")
    expect(visitor.meter).to_contain_text(str(words["prompt"]))
    visitor.fill({"first_name": "Ayşegül", "last_name": "Karacaoğlan"})
    visitor.rate("123456")
    expect(word).to_have_text(words["weak"][0])
    expect(visitor.meter).to_contain_text(words["weak"][1])
    expect(visitor.meter).to_contain_text(str(words["no"]))
    expect(visitor.meter.locator("li").first).to_be_visible()

    visitor.rate("aysegul.karacaoglan")
    expect(visitor.meter).to_contain_text(str(words["personal"]))
    expect(word).to_have_text(words["weak"][0])

    visitor.rate(PASSWORD)
    expect(word).to_have_text(words["strong"][0])
    expect(visitor.meter).to_contain_text(words["strong"][1])
    expect(visitor.meter.get_by_role("meter")).to_have_js_property("value", 4)

    visitor.rate("")
    expect(visitor.meter).to_contain_text(str(words["prompt"]))


def test_the_password_goes_to_the_server_in_no_address(visitor: Visitor) -> None:
    visitor.go("/register")
    with visitor.page.expect_request("**/password-meter") as asked:
        visitor.control("password").press_sequentially("kumpirlikestane")
    assert asked.value.method == "POST"
    expect(visitor.meter.locator(".meter-word")).to_be_visible()
    assert [url for url in visitor.urls if "kumpir" in url] == []
    assert "kumpir" not in visitor.page.content()
    expect(visitor.control("password")).to_have_value("kumpirlikestane")


def test_only_the_last_pause_of_typing_is_measured(visitor: Visitor) -> None:
    visitor.go("/register")
    visitor.control("password").press_sequentially("turuncu vapur", delay=10)
    expect(visitor.meter.locator(".meter-word")).to_be_visible()
    assert len([url for url in visitor.urls if url.endswith("/password-meter")]) == 1


def test_the_profile_knows_the_members_own_words(visitor: Visitor, known_member: Member) -> None:
    visitor.sign_in_as(known_member)
    visitor.go("/panel/profile")
    visitor.rate("bora.isik", "new_password")
    expect(visitor.meter).to_contain_text(TURKISH["personal"])  # type: ignore[arg-type]


def test_the_password_is_shown_to_its_owner_at_a_press(visitor: Visitor) -> None:
    visitor.go("/sign-in")
    field = visitor.control("password")
    visitor.fill({"password": PASSWORD})
    visitor.page.get_by_role("button", name="Şifreyi göster").click()
    expect(field).to_have_attribute("type", "text")
    visitor.page.get_by_role("button", name="Şifreyi gizle").click()
    expect(field).to_have_attribute("type", "password")
