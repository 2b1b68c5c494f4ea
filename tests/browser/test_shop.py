"""Buying a module in the browser: found, reviewed, ordered, cancelled; with and without JavaScript, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member, Server, Staff
from tests.browser.test_accessibility import COLORS, NARROW, STICKING_OUT, WIDE, violations
from tests.browser.visitor import Visitor
from tests.cast import CEM
from tests.test_catalog_pages import CATEGORY, PRODUCT, RELEASE, SMS

pytestmark = pytest.mark.browser

SUBMIT = "Siparişi onayla ve ödeme yükümlülüğü altına gir"
BOXES = (
    "accepted_agreement_id",
    "accepted_preliminary_information_id",
    "accepted_distance_sales_id",
    "immediate_performance",
)


@pytest.fixture(scope="package")
def product(server: Server, staff: Staff) -> str:
    """Where a product with one release is read."""
    server.ask(CATEGORY % ("shop", "Dükkân"), token=staff.api_token)
    given = SMS | {"slug": "shop-isik", "name": "Dükkân Işık", "categorySlug": "shop"}
    key = server.ask(PRODUCT, {"i": given}, staff.api_token)["createProduct"]["product"]["id"]
    release = {"productId": key, "version": "1.0.0", "changelog": "- İlk sürüm", "security": True}
    server.ask(RELEASE, {"i": release}, staff.api_token)
    return "/products/shop-isik"


@pytest.fixture
def consumer(server: Server, new_email: Callable[[str], str]) -> Member:
    """An individual of this test alone."""
    return server.member(CEM | {"email": new_email("cem")})


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_guest_finds_a_module_signs_in_orders_it_and_cancels(
    open_browser: OpenBrowser, consumer: Member, product: str, *, javascript: bool
) -> None:
    visitor = open_browser(java_script_enabled=javascript)
    visitor.go("/products")
    visitor.fill({"search": "DUKKAN isik"})
    visitor.press("Ara")
    visitor.page.get_by_role("link", name="Dükkân Işık").click()
    visitor.fill({"domain": "şirket.com.tr"})
    visitor.press("Giriş yap ve siparişe geç")
    assert visitor.path == "/sign-in"
    visitor.fill({"email": consumer.email, "password": "turuncu vapur 73 merdiven"})
    visitor.press("Giriş yap")
    assert visitor.path == f"{product}/order"
    expect(visitor.page.locator(".sums")).to_contain_text("şirket.com.tr")
    expect(visitor.page.locator(".review-total")).to_contain_text("1.440,00")
    for box in BOXES:
        expect(visitor.control(box)).not_to_be_checked()
    visitor.tick(*BOXES)
    # Where an order leads is the invoice's page, which has tests of its own.
    with visitor.page.expect_navigation(url="**/panel/invoices/inv_*"):
        visitor.page.get_by_role("button", name=SUBMIT).click()
    visitor.go("/panel/orders")
    visitor.page.locator(".list tbody a").click()
    expect(visitor.page.locator(".document-facts")).to_contain_text("Ödeme bekleniyor")
    button = visitor.page.get_by_role("button", name="Evet, siparişi iptal et")
    expect(button).to_be_hidden()
    visitor.page.locator("summary").click()
    visitor.press("Evet, siparişi iptal et")
    expect(visitor.page.get_by_role("status")).to_contain_text("iptal edildi")
    expect(visitor.page.locator(".document-facts")).to_contain_text("İptal edildi")


def test_every_page_of_the_shop_is_accessible_and_fits_a_narrow_screen(
    open_browser: OpenBrowser, consumer: Member, product: str
) -> None:
    visitor = open_browser(bypass_csp=True, viewport=NARROW)
    found = {}

    def look(name: str) -> None:
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            for size in (NARROW, WIDE):
                visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
                found[name, scheme, size["width"]] = violations(visitor, COLORS if scheme == "dark" else {})
        visitor.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        found[name, "sticking out", NARROW["width"]] = visitor.page.evaluate(STICKING_OUT)

    def at(path: str, status: int = 200) -> None:
        visitor.go(path, status)
        look(path)

    at("/products")
    at("/products?search=yok")
    at(product)
    visitor.sign_in_as(consumer)
    at("/panel/orders")
    at(f"{product}/order?quantity=0&domain=bozuk..alan", 422)
    at(f"{product}/order")
    _refuse(visitor)
    look("refused review")
    visitor.tick(*BOXES)
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name=SUBMIT).click()
    at("/panel/orders")
    visitor.page.locator(".list tbody a").click()
    visitor.page.locator("summary").click()
    look("order")
    assert {key: said for key, said in found.items() if said} == {}


def _refuse(visitor: Visitor) -> None:
    visitor.page.locator(".review").evaluate("form => { form.noValidate = true; }")
    visitor.press(SUBMIT, 422)
    expect(visitor.page.locator(".summary")).to_be_focused()
