"""Paying in the browser: notice with a receipt, staff confirm in a second window, the license is active; accessible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member, Server, Staff
from tests.browser.test_accessibility import COLORS, NARROW, STICKING_OUT, WIDE, violations
from tests.browser.visitor import Visitor
from tests.cast import BORA
from tests.test_catalog_pages import CATEGORY, PRODUCT, SMS
from tests.test_invoice_pages import PLACE, PNG

pytestmark = pytest.mark.browser


@pytest.fixture
def buyer(server: Server, new_email: Callable[[str], str]) -> Member:
    """A corporation of this test alone."""
    return server.member(BORA | {"email": new_email("bora")})


@pytest.fixture(scope="package")
def module(server: Server, staff: Staff) -> str:
    """The id of a product that is sold."""
    server.ask(CATEGORY % ("pay", "Ödeme"), token=staff.api_token)
    given = SMS | {"slug": "pay-isik", "name": "Ödeme Işık", "categorySlug": "pay"}
    return str(server.ask(PRODUCT, {"i": given}, staff.api_token)["createProduct"]["product"]["id"])


def ordered(server: Server, buyer: Member, module: str) -> str:
    made = server.ask(PLACE, {"id": module, "key": "bir"}, buyer.session)
    return str(made["placeOrder"]["order"]["invoice"]["id"])


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_the_notice_to_an_active_license(
    open_browser: OpenBrowser,
    server: Server,
    staff: Staff,
    buyer: Member,
    module: str,
    tmp_path: Path,
    *,
    javascript: bool,
) -> None:
    invoice = ordered(server, buyer, module)
    receipt = tmp_path / "dekont.png"
    receipt.write_bytes(PNG)
    customer = open_browser(java_script_enabled=javascript)
    customer.sign_in_as(buyer)
    customer.go(f"/panel/invoices/{invoice}")
    customer.control("receipt").set_input_files(receipt)
    customer.press("Bildirimi gönder")
    expect(customer.page.get_by_role("status")).to_contain_text("Bildiriminizi aldık")
    desk = open_browser(java_script_enabled=javascript)
    desk.sign_in_as(staff)
    desk.go("/desk/payments")
    item = desk.page.locator(".desk-item", has_text=desk_number(customer))
    item.locator("summary", has_text="Onayla").click()
    desk.press("Evet, ödemeyi onayla", within=item)
    expect(desk.page.get_by_role("status")).to_contain_text("Ödeme onaylandı")
    customer.go(f"/panel/invoices/{invoice}")
    expect(customer.page.locator(".lead .badge")).to_have_text("Ödendi")
    customer.go("/panel/licenses")
    customer.page.locator(".ledger-name").first.click()
    expect(customer.page.locator(".lead .badge")).to_have_text("Etkin")
    expect(customer.page.locator(".rows").first).to_contain_text("365 gün kaldı")
    expect(customer.page.locator(".rows").first).to_contain_text("30 gün kaldı")


def desk_number(customer: Visitor) -> str:
    return str(customer.page.locator("h1").inner_text())


def test_every_page_of_invoices_and_licenses_is_accessible_and_fits_a_narrow_screen(
    open_browser: OpenBrowser, server: Server, staff: Staff, buyer: Member, module: str
) -> None:
    invoice = ordered(server, buyer, module)
    told = server.ask(
        """mutation ($id: ID!, $k: String!) { reportBankTransfer(invoiceId: $id, amount: "1440", reference: "x",
        idempotencyKey: $k) { payment { id } errors { code } } }""",
        {"id": invoice, "k": "bir"},
        buyer.session,
    )
    confirm = "mutation ($id: ID!) { confirmPayment(paymentId: $id) { errors { code } } }"
    server.ask(confirm, {"id": told["reportBankTransfer"]["payment"]["id"]}, staff.api_token)
    own = server.ask("{ licenses { nodes { id } } }", token=buyer.session)["licenses"]["nodes"][0]["id"]
    renew = 'mutation ($id: ID!) { renewSupport(licenseId: $id, idempotencyKey: "y") { invoice { id } } }'
    open_invoice = server.ask(renew, {"id": own}, buyer.session)["renewSupport"]["invoice"]["id"]
    visitor = open_browser(bypass_csp=True, viewport=NARROW)
    visitor.sign_in_as(buyer)
    found = {}
    license_page = f"/panel/licenses/{own}"
    paths = [f"/panel/invoices/{open_invoice}", license_page, f"{license_page}/renew", f"{license_page}/transfer"]
    paths += ["/panel/invoices", "/panel/licenses", f"{license_page}/installation", "/panel/letters"]
    for path in paths:
        visitor.go(path)
        for scheme in ("light", "dark"):
            visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found[path, scheme] = violations(visitor, COLORS if scheme == "dark" else {})
        found[path, "narrow"] = visitor.page.evaluate(STICKING_OUT)
    visitor.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    assert {key: said for key, said in found.items() if said} == {}
