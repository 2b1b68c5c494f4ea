"""A form that is refused comes back with all that was typed, and says beside each control what to do."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.visitor import REGISTER, Visitor, texts, without
from tests.cast import AYSE, BORA

pytestmark = pytest.mark.browser

SUMMARY = ".summary"
TRAP = (
    "Form çok hızlı gönderildi veya otomatik doldurulmuş görünüyor; "
    "lütfen bilgilerinizi gözden geçirip yeniden gönderiniz."
)

# As if the form had been shown just now: with the token of a page opened at this moment.
SEND_AT_ONCE = """async () => {
  const page = await (await fetch("/register")).text();
  const token = document.querySelector("[name=form_token]");
  token.value = page.match(/name="form_token" value="([^"]+)/)[1];
  setTimeout(() => token.form.requestSubmit());
}"""


def send_unchecked(visitor: Visitor, status: int = 422) -> None:
    """Send the form as browsers do that do not check it themselves."""
    visitor.page.locator("#registration").evaluate("form => { form.noValidate = true; }")
    visitor.press(REGISTER, status)


def test_a_refused_form_comes_back_filled_in_and_says_what_is_wrong(visitor: Visitor) -> None:
    form = AYSE | {"email": "ayse@", "phone": "12", "national_id": "17291716061", "password": "ayse yilmaz 1"}
    visitor.go("/register")
    visitor.fill_registration(form)
    visitor.tick("marketing_sms")
    visitor.control("accepted_agreement_id").uncheck()
    send_unchecked(visitor)

    assert visitor.path == "/register"
    for name, value in without(form, "type", "password").items():
        expect(visitor.control(name)).to_have_value(value)
    expect(visitor.page.locator("#type-sole-proprietor")).to_be_checked()
    for name in ("password", "password_confirmation"):
        expect(visitor.control(name)).to_have_value("")
    assert form["password"] not in visitor.page.content()
    expect(visitor.control("marketing_sms")).to_be_checked()
    expect(visitor.control("marketing_email")).not_to_be_checked()
    expect(visitor.control("read_privacy_notice_id")).to_be_checked()
    expect(visitor.control("accepted_agreement_id")).not_to_be_checked()

    wrong = ["email", "phone", "national_id", "password", "accepted_agreement_id"]
    for name in wrong:
        expect(visitor.control(name)).to_have_attribute("aria-invalid", "true")
        described = visitor.control(name).get_attribute("aria-describedby") or ""
        assert f"{name}-problem" in described.split()
        expect(visitor.page.locator(f"#{name}-problem")).to_be_visible()
    assert visitor.page.locator("[aria-invalid]").count() == len(wrong)


def test_the_summary_has_the_focus_and_its_links_lead_to_the_controls(visitor: Visitor) -> None:
    visitor.go("/register")
    send_unchecked(visitor)
    summary = visitor.page.locator(SUMMARY)
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    links = summary.locator("a").all()
    assert len(links) == visitor.page.locator(".problem").count() > 8
    for link in links:
        link.click()
        target = (link.get_attribute("href") or "").removeprefix("#")
        assert target
        expect(visitor.page.locator(f"[id='{target}']")).to_be_focused()
        expect(visitor.page.locator(f"[id='{target}']")).to_be_in_viewport()
    said = texts(summary.locator("li").all())
    assert "Adınız: Lütfen bu alanı doldurunuz." in said


def test_the_summary_tells_the_problems_in_the_order_of_the_controls(visitor: Visitor) -> None:
    visitor.go("/register")
    send_unchecked(visitor)
    linked = visitor.page.locator(f"{SUMMARY} a").evaluate_all("all => all.map(e => e.hash.slice(1))")
    refused = visitor.page.locator("[aria-invalid]").evaluate_all("all => all.map(e => e.id)")
    assert linked == refused


def test_pressing_return_on_a_link_of_the_summary_goes_to_its_control(visitor: Visitor) -> None:
    visitor.go("/register")
    send_unchecked(visitor)
    expect(visitor.page.locator(SUMMARY)).to_be_focused()
    visitor.page.keyboard.press("Tab")
    expect(visitor.page.locator(f"{SUMMARY} a").first).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(visitor.control("first_name")).to_be_focused()


def test_a_form_of_another_country_comes_back_with_its_own_fields(visitor: Visitor) -> None:
    visitor.go("/register")
    visitor.control("address.country").select_option("DE")
    expect(visitor.page.get_by_label("Eyalet veya bölge")).to_be_visible()
    visitor.fill({"address.province": "Bayern", "address.district": "München"})
    send_unchecked(visitor)
    expect(visitor.control("address.country")).to_have_value("DE")
    expect(visitor.control("address.province")).to_have_value("Bayern")
    expect(visitor.control("address.district")).to_have_value("München")


def test_the_browser_itself_asks_for_what_is_missing(visitor: Visitor) -> None:
    visitor.go("/register")
    visitor.page.locator("main").get_by_role("button", name=REGISTER, exact=True).click()
    expect(visitor.control("first_name")).to_be_focused()
    expect(visitor.page.locator(SUMMARY)).to_have_count(0)


@pytest.mark.parametrize("trap", ["honeypot", "too fast"])
def test_a_tripped_trap_shows_the_form_again_and_sending_it_again_works(
    visitor: Visitor, new_email: Callable[[str], str], trap: str
) -> None:
    form = BORA | {"email": new_email("trap")}
    visitor.go("/register")
    visitor.fill_registration(form)
    visitor.linger()
    if trap == "honeypot":
        visitor.page.locator("#website").evaluate("e => { e.value = 'http://example.net'; }")
        visitor.press(REGISTER, 422)
    else:
        visitor.expect_status(422)
        with visitor.page.expect_navigation() as led:
            visitor.page.evaluate(SEND_AT_ONCE)
        assert led.value.status == 422
    again = time.monotonic()
    expect(visitor.page.locator(f"{SUMMARY} li")).to_have_text([TRAP])
    expect(visitor.page.locator(SUMMARY)).to_be_focused()
    expect(visitor.heading).to_have_text("Üyelik oluşturun")
    for name, value in without(form, "type", "password").items():
        expect(visitor.control(name)).to_have_value(value)
    expect(visitor.page.locator("#website")).to_have_value("")
    assert not [
        file for file in visitor.server.mail.glob("*.eml") if form["email"] in file.read_text("utf-8", "replace")
    ]
    visitor.fill_password(form["password"])
    visitor.linger(again)
    visitor.press(REGISTER)
    expect(visitor.heading).to_have_text("Gelen kutunuza bakın")
    assert visitor.server.letters_to(form["email"])


def test_wrong_credentials_are_told_without_the_password(visitor: Visitor) -> None:
    visitor.sign_in("nobody@example.net", status=422)
    expect(visitor.page.locator(SUMMARY)).to_be_focused()
    expect(visitor.page.locator(SUMMARY)).to_contain_text("E-posta adresi veya şifre hatalı")
    expect(visitor.control("email")).to_have_value("nobody@example.net")
    expect(visitor.control("password")).to_have_value("")


def test_a_refused_form_speaks_english_too(open_browser: OpenBrowser) -> None:
    visitor = open_browser(locale="en-GB")
    visitor.go("/forgot-password")
    visitor.page.locator("main form").evaluate("form => { form.noValidate = true; }")
    visitor.press("Send the link", 422)
    expect(visitor.page.locator(f"{SUMMARY} h2")).to_have_text("Please correct the following")
    expect(visitor.page.locator(SUMMARY)).to_be_focused()
