"""The catalog's pages: what is sold, found as people spell it, and one product with its form."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest

from tests.cast import AYSE
from tests.doors import WebDoor, joined
from tests.site import Site

CATEGORY = 'mutation { createCategory(slug: "%s", name: "%s") { errors { code } } }'
PRODUCT = "mutation ($i: CreateProductInput!) { createProduct(input: $i) { product { id } errors { code } } }"
RELEASE = "mutation ($i: PublishReleaseInput!) { publishRelease(input: $i) { errors { code } } }"
RETIRE = "mutation ($id: ID!) { retireProduct(productId: $id) { errors { code } } }"
SMS = {
    "slug": "sms",
    "name": "SMS Işık",
    "summary": "SMS gönderir.",
    "description": "# Genel\n\n**Kalın** <script>alert(1)</script>",
    "categorySlug": "bildirim",
    "price": "1200",
    "supportRenewalPrice": "600",
}


async def stocked(site: Site, **changes: str) -> tuple[str, str]:
    """A catalog with one product; its id and the staff's token."""
    staff = await site.staff_token()
    await site.data(CATEGORY % ("bildirim", "Bildirim"), token=staff)
    made = await site.data(PRODUCT, {"i": SMS | changes}, staff)
    return made["createProduct"]["product"]["id"], staff


async def _page(site: Site, path: str, status: int = 200, session: str | None = None, language: str = "tr") -> str:
    async with site.browser() as client:
        if session:
            client.cookies.set("session", session)
        answer = await client.get(path, headers={"accept-language": language})
    assert answer.status_code == status, answer.text
    return answer.text


def _said(html: str) -> str:
    """What the main part of a page says, in one line."""
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("\xa0", " ").split())


async def test_a_catalog_without_products_says_so(site: Site) -> None:
    assert "Katalog henüz boş" in await _page(site, "/products")
    assert "The catalog is still empty" in await _page(site, "/products", language="en")


@pytest.mark.parametrize("search", ["IŞIK", "ışık", "isik", "  sms   isik "])
async def test_a_card_is_found_however_its_letters_are_written(site: Site, search: str) -> None:
    product, staff = await stocked(site)
    release = {"productId": product, "version": "2.4.1", "changelog": "- Hızlandı", "security": True}
    await site.data(RELEASE, {"i": release}, staff)
    async with site.browser() as client:
        html = (await client.get("/products", params={"search": search}, headers={"accept-language": "tr"})).text
    said = _said(html)
    assert 'href="/products/sms">SMS Işık' in html
    assert "₺1.200,00 + KDV KDV dahil ₺1.440,00" in said
    assert "Son sürüm 2.4.1" in said


async def test_a_search_in_vain_names_what_was_searched_and_offers_all(site: Site) -> None:
    await stocked(site)
    html = await _page(site, "/products?search=%3Cb%3Eyok")
    assert "“&lt;b&gt;yok” için ürün bulunamadı" in html
    assert '<a class="button" href="/products">' in html


async def test_categories_narrow_the_list_and_an_unknown_one_is_no_page(site: Site) -> None:
    _, staff = await stocked(site)
    await site.data(CATEGORY % ("odeme", "Ödeme"), token=staff)
    assert "SMS Işık" in await _page(site, "/products?category=bildirim")
    assert "Ödeme kategorisinde şu an ürün yok" in await _page(site, "/products?category=odeme")
    await _page(site, "/products?category=yok", 404)


async def test_a_long_catalog_goes_on_by_a_link_that_keeps_the_search(site: Site) -> None:
    _, staff = await stocked(site)
    for number in range(12):
        await site.data(PRODUCT, {"i": SMS | {"slug": f"sms-{number}", "name": f"SMS {number:02}"}}, staff)
    first = await _page(site, "/products?search=sms")
    onward = re.search(r'href="(/products\?search=sms&amp;after=[^"]+)"', first)
    assert onward
    second = await _page(site, onward.group(1).replace("&amp;", "&"))
    assert re.findall(r'<h2><a href="/products/([^"]+)"', second) == ["sms"]
    await _page(site, "/products?after=nonsense", 404)


async def test_a_product_says_what_it_costs_now_and_later_and_what_is_included(site: Site) -> None:
    product, staff = await stocked(site)
    await site.data(
        RELEASE, {"i": {"productId": product, "version": "2.4.1", "changelog": "Yama", "security": True}}, staff
    )
    html = await _page(site, "/products/sms")
    said = _said(html)
    assert "KDV (%20) dahil ₺1.440,00" in said
    assert "bir yıl daha güncelleme ve destek: ₺600,00 + KDV (KDV dahil ₺720,00)" in said
    for clause in ("3", "5.1.1", "5.1.2", "5.1.4"):
        assert f'href="/agreements/service-agreement#clause-{clause}"' in html
    assert "Güvenlik düzeltmesi" in said
    assert "Giriş yap ve siparişe geç" in said
    # Of the description neither a script nor a second title of the page.
    assert "<script>alert" not in html
    assert html.count("<h1") == 1
    assert "<h3>Genel</h3>" in html


async def test_a_retired_product_is_read_and_not_ordered(site: Site) -> None:
    product, staff = await stocked(site)
    await site.data(RETIRE, {"id": product}, staff)
    html = await _page(site, "/products/sms")
    assert "Bu ürün satıştan kaldırıldı." in html
    assert 'action="/products/sms/order"' not in html
    assert "SMS Işık" not in await _page(site, "/products")


@pytest.mark.parametrize("slug", ["x" * 61, "%00", "SMS", "%F0%9F%98%80" * 100])
async def test_what_can_be_no_product_is_no_page(site: Site, slug: str) -> None:
    await stocked(site)
    await _page(site, f"/products/{slug}", 404)
    await _page(site, f"/products/{slug}/order", 404)
    listed = await site.data("query ($s: String) { products(categorySlug: $s) { totalCount } }", {"s": unquote(slug)})
    assert listed["products"]["totalCount"] == 0


async def test_an_unknown_product_is_no_page(site: Site) -> None:
    await _page(site, "/products/yok", 404)
    await _page(site, "/products/yok/order", 404)


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("quantity=0", "quantity", "INVALID"),
        ("quantity=101", "quantity", "INVALID"),
        ("quantity=-1", "quantity", "INVALID"),
        ("quantity=1.5", "quantity", "INVALID"),
        ("quantity=", "quantity", "INVALID"),
        ("quantity=²", "quantity", "INVALID"),
        ("quantity=1&domain=bozuk..alan", "domain", "INVALID_DOMAIN"),
        ("quantity=2&domain=example.com", "domain", "NOT_ALLOWED"),
    ],
)
async def test_what_cannot_be_ordered_is_told_beside_its_field(site: Site, query: str, field: str, code: str) -> None:
    await stocked(site)
    session = await joined(WebDoor(site), site, AYSE)
    html = await _page(site, f"/products/sms/order?{query}", 422, session)
    told: list[Any] = re.findall(r'data-code="([A-Z_]+)" data-field="([^"]+)"', html)
    assert told == [(code, field)]
