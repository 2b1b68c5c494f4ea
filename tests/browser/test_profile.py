"""What a member changes: forgotten password, password, address, details, consent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member
from tests.browser.visitor import Visitor
from tests.cast import OTHER_PASSWORD, PASSWORD

pytestmark = pytest.mark.browser


def test_a_forgotten_password_is_set_anew_by_a_letter(
    visitor: Visitor, open_browser: OpenBrowser, member: Member
) -> None:
    elsewhere = open_browser()
    elsewhere.sign_in_as(member)
    elsewhere.go("/panel")
    visitor.go("/sign-in")
    visitor.page.get_by_role("link", name="Şifremi unuttum").click()
    visitor.fill({"email": member.email})
    visitor.press("Bağlantı gönder")
    expect(visitor.page.locator(".lead")).to_contain_text("şifre yenileme bağlantısı yola çıktı")
    path = visitor.open_letter(member.email, 2)
    visitor.fill_password("bora isik", "new_password")
    expect(visitor.meter).to_contain_text("Şifreniz adınızı, e-postanızı veya firma bilgilerinizi içeriyor.")
    visitor.page.locator("main form").evaluate("form => { form.noValidate = true; }")
    visitor.press("Şifreyi kaydet", 422)
    expect(visitor.page.locator(".summary")).to_be_focused()
    visitor.fill_password(OTHER_PASSWORD, "new_password")
    visitor.press("Şifreyi kaydet")
    assert visitor.path == "/panel"
    elsewhere.go("/panel")
    assert elsewhere.path == "/sign-in"
    visitor.sign_out()
    visitor.go(path, 422)
    expect(visitor.heading).to_have_text("Bu bağlantı artık geçerli değil")
    visitor.sign_in(member.email, status=422)
    visitor.sign_in(member.email, OTHER_PASSWORD)
    assert visitor.path == "/panel"


def test_the_address_changes_by_a_letter_and_the_old_one_is_told(
    visitor: Visitor, member: Member, new_email: Callable[[str], str]
) -> None:
    new = new_email("yeni")
    visitor.sign_in_as(member)
    visitor.go("/panel/profile")
    form = visitor.page.locator("#email")
    visitor.fill({"new_email": new})
    form.locator('[name="current_password"]').fill(PASSWORD)
    visitor.press("Onay bağlantısı gönder", within=form)
    expect(visitor.page.locator(".lead")).to_contain_text(new)
    told = visitor.server.letters_to(member.email, 2)[-1]
    assert told["X-Letter-Kind"] == "email_change_notice"
    assert "?token=" not in told.as_string()
    visitor.go("/panel")
    expect(visitor.page.locator("main")).to_contain_text(member.email)
    visitor.open_letter(new)
    expect(visitor.page.locator(".lead")).to_contain_text(f"e-posta adresi {new} olarak değiştirilecek")
    visitor.press("Evet, bu adres benim")
    expect(visitor.page.locator("main")).to_contain_text(new)
    visitor.sign_out()
    visitor.sign_in(member.email, status=422)
    visitor.sign_in(new)
    assert visitor.path == "/panel"


def test_the_password_is_changed_with_the_current_one(visitor: Visitor, member: Member) -> None:
    visitor.sign_in_as(member)
    visitor.go("/panel/profile")
    form = visitor.page.locator("#password")
    current = form.locator('[name="current_password"]')
    current.fill("yanlış bir şifre")
    visitor.fill_password(OTHER_PASSWORD, "new_password")
    visitor.press("Şifreyi değiştir", 422, within=form)
    expect(visitor.page.locator(".summary")).to_be_focused()
    expect(current).to_have_attribute("aria-invalid", "true")
    visitor.page.locator(".summary a").first.click()
    expect(current).to_be_focused()
    current.fill(PASSWORD)
    visitor.fill_password(OTHER_PASSWORD, "new_password")
    visitor.press("Şifreyi değiştir", within=form)
    expect(visitor.page.get_by_role("status")).to_have_text("Şifreniz değiştirildi.")
    visitor.sign_out()
    visitor.sign_in(member.email, OTHER_PASSWORD)
    assert visitor.path == "/panel"


def test_the_details_are_changed_and_the_number_on_record_is_kept(visitor: Visitor, member: Member) -> None:
    visitor.sign_in_as(member)
    visitor.go("/panel/profile")
    form = visitor.page.locator("#details")
    expect(visitor.control("first_name")).to_have_value("Bora")
    expect(visitor.control("tax_number")).to_have_value("")
    visitor.control("address.province").select_option("Ankara")
    expect(visitor.control("address.district").locator("option", has_text="Çankaya")).to_have_count(1)
    expect(visitor.control("address.district")).to_have_value("")
    visitor.fill({"address.district": "Çankaya", "address.postal_code": "06530", "first_name": "Bora Can"})
    visitor.press("Kaydet", within=form)
    expect(visitor.page.get_by_role("status")).to_have_text("Bilgileriniz kaydedildi.")
    visitor.go("/panel")
    main = visitor.page.locator("main")
    expect(main).to_contain_text("Bora Can Işık")
    expect(main).to_contain_text("06530 Çankaya / Ankara")
    expect(visitor.page.locator("dl.rows div", has_text="VKN / T.C.").locator("dd")).to_contain_text("20")


def test_consent_is_given_and_taken_back_on_the_profile(visitor: Visitor, member: Member) -> None:
    visitor.sign_in_as(member)
    for tick in (True, False):
        visitor.go("/panel/profile")
        form = visitor.page.locator("#marketing")
        expect(form.locator('[name="email"]')).to_be_checked(checked=not tick)
        form.locator('[name="email"]').set_checked(tick)
        visitor.press("Kaydet", within=form)
        expect(visitor.page.get_by_role("status")).to_have_text("İletişim izinleriniz kaydedildi.")
        visitor.go("/panel")
        said = ["İzin verdiniz" if tick else "İzin vermediniz", "İzin vermediniz"]
        expect(visitor.page.locator('[aria-labelledby="communication"] .badge')).to_have_text(said)
