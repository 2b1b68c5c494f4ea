"""A license in the browser: domain, key, downloads, the free installation through the vault to the desk; accessible."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from api import clock
from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member, Server, Staff, waited
from tests.browser.test_accessibility import COLORS, NARROW, STICKING_OUT, WIDE, violations
from tests.browser.visitor import Visitor
from tests.cast import BORA
from tests.releasing import PUBLISH, packed
from tests.test_catalog_pages import CATEGORY, PRODUCT, SMS
from tests.test_installation_pages import SECRET
from tests.test_invoice_pages import PLACE

pytestmark = pytest.mark.browser

REPORT = """mutation ($id: ID!) { reportBankTransfer(invoiceId: $id, amount: "1440", reference: "x",
  idempotencyKey: "bir") { payment { id } errors { code } } }"""
CONFIRM = "mutation ($id: ID!) { confirmPayment(paymentId: $id) { errors { code } } }"


@pytest.fixture(scope="package")
def licensed(server: Server, staff: Staff) -> str:
    """The id of a product that is sold."""
    server.ask(CATEGORY % ("own", "Lisanslı"), token=staff.api_token)
    given = SMS | {"slug": "own-isik", "name": "Lisanslı Işık", "categorySlug": "own"}
    return str(server.ask(PRODUCT, {"i": given}, staff.api_token)["createProduct"]["product"]["id"])


@pytest.fixture
def owner(server: Server, staff: Staff, licensed: str, new_email: Callable[[str], str]) -> Member:
    """A corporation with one paid license."""
    email = new_email("bora")
    owner = server.member(BORA | {"email": email, "company_name": f"Işık {email.partition('@')[0]}"})
    placed = server.ask(PLACE, {"id": licensed, "key": "bir"}, owner.session)["placeOrder"]["order"]
    told = server.ask(REPORT, {"id": placed["invoice"]["id"]}, owner.session)["reportBankTransfer"]
    server.ask(CONFIRM, {"id": told["payment"]["id"]}, staff.api_token)
    return owner


def path_of(server: Server, owner: Member) -> str:
    found = server.ask("{ licenses { nodes { id } } }", token=owner.session)["licenses"]["nodes"]
    return f"/panel/licenses/{found[0]['id']}"


def company_of(server: Server, owner: Member) -> str:
    viewer = server.ask("{ viewer { account { companyName } } }", token=owner.session)["viewer"]
    # With what follows it, so that bora.1 is not bora.11 too.
    return f"{viewer['account']['companyName']} ·"


def plan(desk: Visitor, company: str) -> None:
    """Plan a request for the day after tomorrow."""
    desk.go("/desk/installations")
    item = desk.page.locator(".desk-item", has_text=company)
    item.locator("summary", has_text="Planla").click()
    soon = clock.local(clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    item.locator("[name=scheduled_for]").fill(soon)
    desk.press("Zamanı kaydet", within=item)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_the_domain_to_the_installation_that_is_done(
    open_browser: OpenBrowser, server: Server, staff: Staff, owner: Member, *, javascript: bool
) -> None:
    customer, desk = open_browser(java_script_enabled=javascript), open_browser(java_script_enabled=javascript)
    customer.sign_in_as(owner)
    desk.sign_in_as(staff)
    customer.go(path_of(server, owner))
    expect(customer.page.get_by_role("button", name="Kopyala")).to_be_visible(visible=javascript)
    customer.fill({"domain": "https://www.şirket.com.tr/"})
    customer.press("Bu alan adına bağla")
    expect(customer.page.get_by_role("status").first).to_contain_text("bağlandı")
    expect(customer.page.locator(".domain")).to_contain_text("şirket.com.tr")
    customer.page.get_by_role("link", name="Kurulum sayfası").click()
    customer.fill({"note": "Akşam olsun"})
    customer.press("Kurulum iste")
    customer.fill({"access": SECRET})
    customer.press("Kasaya bırak")
    expect(customer.control("access")).to_have_value("")
    expect(customer.page.locator("main")).not_to_contain_text("çok gizli")
    plan(desk, company_of(server, owner))
    desk.go("/desk/installations?status=SCHEDULED")
    item = desk.page.locator(".desk-item", has_text=company_of(server, owner))
    item.locator("summary", has_text="Kasayı oku").click()
    desk.press("Şimdi bir kez göster", within=item)
    expect(desk.page.locator(".access")).to_have_text(SECRET)
    desk.expect_status(422)
    desk.page.reload()
    expect(desk.page.locator("main")).not_to_contain_text("çok gizli")
    desk.go("/desk/installations?status=SCHEDULED")
    item.locator("summary", has_text="Yapıldı").click()
    desk.press("Kurulumu kapat", within=item)
    customer.go(f"{path_of(server, owner)}/installation")
    expect(customer.page.locator("#made")).to_have_text("Yapıldı")
    expect(customer.page.locator("main")).to_contain_text("Okundu")


def test_the_key_is_copied(open_browser: OpenBrowser, server: Server, owner: Member) -> None:
    visitor = open_browser(permissions=["clipboard-read", "clipboard-write"])
    visitor.sign_in_as(owner)
    visitor.go(path_of(server, owner))
    visitor.page.get_by_role("button", name="Kopyala").click()
    expect(visitor.page.get_by_role("status")).to_have_text("Anahtar kopyalandı.")
    assert visitor.page.evaluate("navigator.clipboard.readText()") == visitor.page.locator("#key").input_value()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_license_is_moved_in_two_steps(
    open_browser: OpenBrowser, server: Server, owner: Member, *, javascript: bool
) -> None:
    visitor = open_browser(java_script_enabled=javascript, accept_downloads=True)
    visitor.sign_in_as(owner)
    card = path_of(server, owner)
    visitor.go(card)
    visitor.fill({"domain": "şirket.com.tr"})
    visitor.press("Bu alan adına bağla")
    visitor.page.get_by_role("link", name="Alan adını değiştir").click()
    expect(visitor.heading).to_have_text("Alan adını değiştir")
    visitor.fill({"domain": "com.tr", "reason": "Firma adı değişti"})
    visitor.press("Devam et", 422)
    expect(visitor.page.locator(".summary")).to_be_focused()
    visitor.page.locator(".summary a").click()
    expect(visitor.control("domain")).to_be_focused()
    expect(visitor.control("domain")).to_have_accessible_description(re.compile("Bu uzantı altında"))
    visitor.fill({"domain": "YENİŞİRKET.com.tr"})
    visitor.press("Devam et")
    expect(visitor.heading).to_have_text("Değişikliği onaylayın")
    expect(visitor.page.locator(".move")).to_contain_text("yenişirket.com.tr")
    expect(visitor.page.locator(".move")).to_contain_text("xn--irket-idb.com.tr")
    visitor.press("Düzelt")
    expect(visitor.control("reason")).to_have_value("Firma adı değişti")
    visitor.press("Devam et")
    visitor.press("Evet, alan adını değiştir")
    assert visitor.path == card
    expect(visitor.page.get_by_role("status").first).to_contain_text("değişti")
    expect(visitor.page.locator(".domain")).to_contain_text("yenişirket.com.tr")
    expect(visitor.page.locator("main")).to_contain_text("şirket.com.tr, ")
    visitor.page.get_by_role("link", name="Alan adını değiştir").click()
    expect(visitor.page.locator("#used-up")).to_have_text("Hakkınız kullanılmış")
    visitor.go(card)
    visitor.fill({"days": "30"})
    with visitor.page.expect_download() as file:
        visitor.page.get_by_role("button", name="Dosyayı indir").click()
    assert re.fullmatch(r"license-xn--[\w-]+\.com\.tr\.lease", file.value.suggested_filename)
    visitor.page.get_by_role("link", name="Neden çalışmıyor?").click()
    visitor.fill({"domain": "baska.com.tr"})
    visitor.press("Denetle")
    expect(visitor.page.locator(".verdict")).to_contain_text("DOMAIN_MISMATCH")
    expect(visitor.page.locator(".check-FAILED")).to_have_count(1)
    visitor.page.locator(".check-FAILED").get_by_role("link").click()
    assert visitor.path == f"{card}/domain/change"


VALIDATE = "mutation ($i: ValidateLicenseInput!) { validateLicense(input: $i) { code } }"


def test_every_state_of_domains_and_checks_is_accessible_and_fits_a_narrow_screen(
    open_browser: OpenBrowser, server: Server, staff: Staff, owner: Member
) -> None:
    visitor, desk = (open_browser(bypass_csp=True, viewport=NARROW) for _ in range(2))
    visitor.sign_in_as(owner)
    desk.sign_in_as(staff)
    found: dict[tuple[object, ...], object] = {}
    card = path_of(server, owner)
    visitor.go(f"{card}/check")
    _look(found, "not bound, not asked", visitor)
    visitor.go(f"{card}/domain/change")
    _look(found, "not bound, no move", visitor)
    key = server.ask("{ licenses { nodes { key } } }", token=owner.session)["licenses"]["nodes"][0]["key"]
    long = "cok-uzun-bir-alan-adi-ile-calisan-bir-baska-musteri-sitesi.example.org"
    for domain in ("şirket.com.tr", "şirket.com.tr", "korsan.com", "almîa.com.tr", long):
        server.ask(VALIDATE, {"i": {"key": key, "domain": domain, "version": "2.4.1"}})
    seen = "{ licenses { nodes { sightings { totalCount } } } }"
    # They are counted off the requests' path, and written a moment later.
    waited(
        lambda: server.ask(seen, token=owner.session)["licenses"]["nodes"][0]["sightings"]["totalCount"] == 4,
        "the sightings",
    )
    for path in (
        "",
        "/sightings",
        "/sightings?own=1",
        "/check",
        "/check?domain=baska.com.tr",
        "/check?domain=10.0.0.1",
    ):
        visitor.go(card + path)
        _look(found, path, visitor)
    visitor.go(f"{card}/check?domain=a.com&on=yarin", 422)
    _look(found, "time refused", visitor)
    for path in ("", "/check?domain=baska.com.tr", "/sightings"):
        desk.go(card + path)
        _look(found, f"desk {path}", desk)
    visitor.go(card)
    visitor.page.locator("form[action$=lease]").evaluate("form => { form.noValidate = true; }")
    visitor.fill({"days": "367"})
    visitor.press("Dosyayı indir", 422)
    _look(found, "lease refused", visitor)
    visitor.go(f"{card}/domain/change")
    _look(found, "move", visitor)
    visitor.page.locator("form[action$=change]").evaluate("form => { form.noValidate = true; }")
    visitor.press("Devam et", 422)
    _look(found, "move refused", visitor)
    visitor.fill({"domain": "YENİŞİRKET.com.tr", "reason": "Firma adı değişti"})
    visitor.press("Devam et")
    _look(found, "move to be confirmed", visitor)
    visitor.press("Evet, alan adını değiştir")
    _look(found, "moved", visitor)
    visitor.go(f"{card}/domain/change")
    _look(found, "allowance used up", visitor)
    assert {key: said for key, said in found.items() if said} == {}


def _look(found: dict[tuple[object, ...], object], name: str, at: Visitor) -> None:
    """What axe says of a page in both colors and widths, and what sticks out of it where it is narrow."""
    for scheme in ("light", "dark"):
        at.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (NARROW, WIDE):
            at.page.set_viewport_size(size)  # type: ignore[arg-type]
            found[name, scheme, size["width"]] = violations(at, COLORS if scheme == "dark" else {})
    at.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found[name, "sticking out", NARROW["width"]] = at.page.evaluate(STICKING_OUT)


def test_every_state_of_an_installation_is_accessible_and_fits_a_narrow_screen(
    open_browser: OpenBrowser, server: Server, staff: Staff, owner: Member
) -> None:
    visitor, desk = (open_browser(bypass_csp=True, viewport=NARROW) for _ in range(2))
    visitor.sign_in_as(owner)
    desk.sign_in_as(staff)
    found: dict[tuple[object, ...], object] = {}
    card = path_of(server, owner)
    visitor.go(f"{card}/transfer")
    visitor.fill({"to_email": "ayse@example.net"})
    visitor.press("Devir isteğini gönder", 422)
    _look(found, "transfer refused", visitor)
    visitor.go(card)
    visitor.fill({"domain": "com.tr"})
    visitor.press("Bu alan adına bağla", 422)
    _look(found, "domain refused", visitor)
    visitor.go(f"{card}/installation")
    visitor.fill({"note": "Akşam olsun"})
    visitor.press("Kurulum iste")
    visitor.fill({"access": SECRET})
    visitor.press("Kasaya bırak")
    visitor.page.locator("summary").click()
    _look(found, "vault", visitor)
    plan(desk, company_of(server, owner))
    desk.go("/desk/installations?status=SCHEDULED")
    item = desk.page.locator(".desk-item", has_text=company_of(server, owner))
    for summary in item.locator("summary").all():
        summary.click()
    _look(found, "desk", desk)
    desk.press("Şimdi bir kez göster", within=item)
    _look(found, "vault read", desk)
    visitor.go("/panel/licenses?search=yok")
    _look(found, "nothing found", visitor)
    assert {key: said for key, said in found.items() if said} == {}


@pytest.fixture(scope="package")
def released(server: Server, staff: Staff, licensed: str) -> bytes:
    """The file of a release of the product."""
    content = packed(5000)
    given = {"productId": licensed, "version": "1.2.0-rc.1", "changelog": "- Yeni", "security": True}
    file = {"file": base64.b64encode(content).decode()}
    assert server.ask(PUBLISH, {"input": given | file}, staff.api_token)["publishRelease"]["errors"] == []
    return content


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_release_is_downloaded_and_its_card_is_accessible(
    open_browser: OpenBrowser, server: Server, owner: Member, released: bytes, *, javascript: bool
) -> None:
    visitor = open_browser(java_script_enabled=javascript, bypass_csp=True, viewport=NARROW)
    visitor.sign_in_as(owner)
    visitor.go(path_of(server, owner))
    with visitor.page.expect_download() as waiting:
        visitor.page.get_by_role("button", name="İndir: 1.2.0-rc.1 sürümü").click()
    download = waiting.value
    assert download.suggested_filename == "own-isik-1.2.0-rc.1.zip"
    assert hashlib.sha256(Path(download.path()).read_bytes()).digest() == hashlib.sha256(released).digest()
    if not javascript:
        return
    visitor.page.locator("details.release summary").first.click()
    found = {}
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (NARROW, WIDE):
            visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
            found[scheme, size["width"]] = violations(visitor, COLORS if scheme == "dark" else {})
            found[scheme, size["width"], "sticking out"] = visitor.page.evaluate(STICKING_OUT)
    assert {key: said for key, said in found.items() if said} == {}
