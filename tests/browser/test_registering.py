"""The three types of account, from the form through the letter to the panel and back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.visitor import REGISTER, Visitor
from tests.cast import AYSE, BORA, CEM, PASSWORD

pytestmark = pytest.mark.browser

SCORES = (("ayse", "0"), ("trustno1 abc", "2"), (PASSWORD, "4"))

# What each type is asked for beside the common fields; the last is whether the number is shown masked.
FIELDS = {
    "CORPORATE": {"company_name", "tax_office", "tax_number"},
    "SOLE_PROPRIETOR": {"company_name", "national_id"},
    "INDIVIDUAL": {"national_id"},
}


def tax_fields(visitor: Visitor) -> set[str]:
    names: list[str] = visitor.page.locator("#tax-identity input").evaluate_all("all => all.map(e => e.name)")
    return set(names)


@pytest.mark.parametrize("form", [AYSE, BORA, CEM], ids=lambda form: form["type"].lower())
def test_each_type_registers_confirms_the_letter_and_signs_in_again(
    visitor: Visitor, new_email: Callable[[str], str], form: dict[str, str]
) -> None:
    form = form | {"email": new_email(form["type"].lower())}
    visitor.go("/register")
    for box in ("marketing_email", "marketing_sms", "read_privacy_notice_id", "accepted_agreement_id"):
        expect(visitor.control(box)).not_to_be_checked()
    visitor.fill_registration(form)
    assert tax_fields(visitor) == FIELDS[form["type"]]
    expect(visitor.meter.locator(".meter-word")).to_have_text("Çok güçlü")
    expect(visitor.meter.locator("meter")).to_have_js_property("value", 4)
    visitor.press(REGISTER)
    expect(visitor.heading).to_have_text("Gelen kutunuza bakın")
    expect(visitor.page.locator(".lead")).to_contain_text(form["email"])

    path = visitor.open_letter(form["email"])
    visitor.go(path)  # opened twice, e.g. by a mail scanner: nothing has changed
    expect(visitor.page.locator(".lead")).to_contain_text(form["email"])
    assert "session" not in visitor.cookies()
    visitor.press("Evet, bu adres benim")
    assert visitor.path == "/panel"
    expect(visitor.heading).to_have_text(f"Hoş geldiniz, {form['first_name']} {form['last_name']}")
    expect(visitor.page.locator(".page-head .lead")).to_contain_text("Müşteri numarası")
    number = form.get("tax_number") or form.get("national_id")
    if number:
        shown = visitor.page.locator("dl.rows div", has_text="VKN / T.C.").locator("dd").inner_text()
        assert "*" in shown or "•" in shown
        assert number not in visitor.page.content()
        assert shown.endswith(number[-2:])

    visitor.go("/panel/profile")
    visitor.sign_out()
    visitor.go("/panel")
    assert visitor.path == "/sign-in"
    visitor.sign_in(form["email"])
    assert visitor.path == "/panel"
    expect(visitor.heading).to_contain_text(form["first_name"])
    visitor.go(path, 422)
    expect(visitor.heading).to_have_text("Bu bağlantı artık geçerli değil")


def test_the_type_swaps_the_tax_fields_and_keeps_what_both_have(visitor: Visitor) -> None:
    visitor.go("/register")
    assert tax_fields(visitor) == FIELDS["CORPORATE"]
    visitor.fill({"company_name": BORA["company_name"], "tax_number": BORA["tax_number"]})
    visitor.choose_type("SOLE_PROPRIETOR")
    expect(visitor.control("national_id")).to_be_visible()
    assert tax_fields(visitor) == FIELDS["SOLE_PROPRIETOR"]
    expect(visitor.control("company_name")).to_have_value(BORA["company_name"])
    visitor.choose_type("INDIVIDUAL")
    expect(visitor.control("company_name")).to_have_count(0)
    assert tax_fields(visitor) == FIELDS["INDIVIDUAL"]
    expect(visitor.page.get_by_label("T.C. kimlik numarası")).not_to_have_attribute("required", "")


def test_the_province_brings_its_districts(visitor: Visitor) -> None:
    visitor.go("/register")
    district = visitor.control("address.district")
    expect(district.locator("option")).to_have_text(["Önce il seçiniz"])
    visitor.control("address.province").select_option("İzmir")
    expect(district.locator("option", has_text="Konak")).to_have_count(1)
    visitor.control("address.province").select_option("Bayburt")
    expect(district.locator("option")).to_have_text(["İlçe seçiniz", "Aydıntepe", "Demirözü", "Merkez"])


def test_another_country_makes_the_province_free_text_and_the_tax_number_optional(
    visitor: Visitor, new_email: Callable[[str], str]
) -> None:
    form = BORA | {"email": new_email("abroad")}
    visitor.go("/register")
    visitor.fill_registration(form)
    visitor.control("address.country").select_option("DE")
    expect(visitor.page.get_by_label("Eyalet veya bölge")).to_be_visible()
    for name in ("address.province", "address.district"):
        assert visitor.control(name).evaluate("e => e.tagName") == "INPUT"
    for name in ("tax_office", "tax_number"):
        expect(visitor.control(name)).not_to_have_attribute("required", "")
    expect(visitor.page.locator('label[for="tax_number"]')).to_have_text("Yabancı vergi numarası (isteğe bağlı)")
    visitor.fill(
        {
            "address.province": "Bayern",
            "address.district": "München",
            "address.postal_code": "80331",
            "tax_office": "",
            "tax_number": "",
        }
    )
    visitor.press(REGISTER)
    expect(visitor.heading).to_have_text("Gelen kutunuza bakın")
    visitor.open_letter(form["email"])
    visitor.press("Evet, bu adres benim")
    expect(visitor.page.locator("main")).to_contain_text("München / Bayern")


def test_turkey_again_brings_the_lists_back(visitor: Visitor) -> None:
    visitor.go("/register")
    visitor.control("address.country").select_option("DE")
    expect(visitor.page.get_by_label("Eyalet veya bölge")).to_be_visible()
    visitor.control("address.country").select_option("TR")
    expect(visitor.control("address.province").locator("option")).to_have_count(82)
    expect(visitor.control("tax_number")).to_have_attribute("required", "")


def test_a_fragment_keeps_the_focus_on_the_control_that_was_changed(visitor: Visitor) -> None:
    visitor.go("/register")
    district = visitor.control("address.district")
    visitor.control("address.province").focus()
    visitor.control("address.province").select_option("İzmir")
    expect(district.locator("option", has_text="Konak")).to_have_count(1)
    expect(visitor.control("address.province")).to_be_focused()
    expect(visitor.control("address.province")).to_have_value("İzmir")
    visitor.control("address.country").focus()
    visitor.control("address.country").select_option("DE")
    expect(visitor.page.get_by_label("Eyalet veya bölge")).to_be_visible()
    expect(visitor.control("address.country")).to_be_focused()
    radio = visitor.page.locator("#type-individual")
    radio.focus()
    radio.check()
    expect(visitor.control("company_name")).to_have_count(0)
    expect(radio).to_be_focused()
    visitor.control("password").focus()
    visitor.page.keyboard.type("kapı", delay=20)
    expect(visitor.meter.locator(".meter-word")).to_be_visible()
    expect(visitor.control("password")).to_be_focused()
    visitor.page.keyboard.type(" bulut")
    expect(visitor.control("password")).to_have_value("kapı bulut")


def test_the_list_of_provinces_stays_while_one_types_in_it(visitor: Visitor) -> None:
    # A list that is replaced forgets the letters typed so far: "Konya" typed slowly would find Adana.
    visitor.go("/register")
    province = visitor.control("address.province")
    province.evaluate("e => { e.typedIn = true; }")
    province.focus()
    visitor.page.keyboard.press("End")
    expect(visitor.control("address.district").locator("option", has_text="Çaycuma")).to_have_count(1)
    expect(province).to_have_value("Zonguldak")
    expect(province).to_be_focused()
    expect(province).to_have_js_property("typedIn", True)


def test_what_was_typed_meanwhile_is_not_lost_to_a_fragment(visitor: Visitor) -> None:
    visitor.go("/register")
    held: list[Route] = []
    visitor.page.route("**/register/districts", lambda route: held.append(route))
    visitor.control("address.province").select_option("İzmir")
    visitor.fill({"address.postal_code": "35250", "tax_number": BORA["tax_number"]})
    visitor.until(lambda: held, "the request for the districts")
    held[0].continue_()
    expect(visitor.control("address.district").locator("option", has_text="Konak")).to_have_count(1)
    expect(visitor.control("address.postal_code")).to_have_value("35250")
    expect(visitor.control("tax_number")).to_have_value(BORA["tax_number"])


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_when_the_meter_appears(open_browser: OpenBrowser, width: int) -> None:
    visitor = open_browser(viewport={"width": width, "height": 900})
    visitor.go("/register")
    visitor.control("password").scroll_into_view_if_needed()
    visitor.fill({"first_name": "Ayşe"})
    visitor.control("password").focus()
    for typed, score in SCORES:
        visitor.rate(typed)
        expect(visitor.meter).to_have_attribute("data-score", score)
    visitor.page.wait_for_timeout(100)  # until the observer has been told
    assert visitor.shift() < 0.02
