"""A license's page: every release with its download, or why there is none."""

from __future__ import annotations

import re
from datetime import timedelta

from api import clock
from api.models.catalog import Release
from api.models.licenses import License
from tests.releasing import Shop, opened, packed
from tests.site import Site
from tests.test_invoice_pages import client_of

BUTTON = re.compile(r'action="(/panel/licenses/\w+/releases/\w+/download)"')


async def card(shop: Shop, language: str = "tr", query: str = "") -> str:
    """The part of the page that tells of releases."""
    async with client_of(shop.site, shop.session) as bora:
        bora.cookies.set("language", language)
        page = (await bora.get(f"/panel/licenses/{shop.license_id}{query}")).text
    return page[page.index('aria-labelledby="releases"') : page.index("</section>", page.index('id="releases"'))]


async def test_a_covered_release_is_downloaded_without_a_script(site: Site) -> None:
    shop = await opened(site)
    content = packed(3300)
    release = await shop.publish("2.0", content)
    shown = await card(shop)
    (action,) = BUTTON.findall(shown)
    assert action == f"/panel/licenses/{shop.license_id}/releases/{release}/download"
    row = await Release.get()
    for part in (row.sha256, row.signature or "", "sms-2.0.zip", "3,3 KB", "İndir"):
        assert part in shown
    async with client_of(site, shop.session) as bora:
        led = await bora.post(action)
        assert led.status_code == 303
        assert led.headers["location"].startswith("/downloads/")
        assert (await bora.get(led.headers["location"])).content == content
        forged = await bora.post(action, headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403
    assert (await site.client.post(action)).headers["location"] == "/sign-in?next=/panel"


async def test_releases_that_are_not_covered_say_why_and_what_renewing_opens(site: Site) -> None:
    shop = await opened(site)
    old = await shop.publish("1.0", packed(), clock.now() - timedelta(days=20))
    newer = await shop.publish("1.1", packed(), clock.now() - timedelta(days=3))
    await License.all().update(
        support_anchor=clock.today() - timedelta(days=375),
        support_until=clock.today() - timedelta(days=10),
    )
    for language, words in (
        ("tr", ("desteğiniz", "bitti", "KDV dahil", "₺1.440,00", "Yenileme sayfasına git")),
        ("en", ("your support ended on", "VAT included", "₺1,440.00", "Go to the renewal page")),
    ):
        shown = await card(shop, language)
        assert [action for action in BUTTON.findall(shown) if newer in action] == []
        assert [action for action in BUTTON.findall(shown) if old in action] != []
        for part in (*words, f"/panel/licenses/{shop.license_id}/renew"):
            assert part in shown
    async with client_of(site, shop.session) as bora:
        answer = await bora.post(f"/panel/licenses/{shop.license_id}/releases/{newer}/download")
        assert (answer.status_code, answer.text.count('<li data-code="SUPPORT_LAPSED">')) == (422, 1)
        assert "₺1.440,00" in answer.text


async def test_what_was_taken_back_or_has_no_file_says_so(site: Site) -> None:
    shop = await opened(site)
    await shop.publish("1.0")
    await shop.publish("1.1", packed())
    await Release.filter(version="1.1").update(yanked=True, security=True)
    shown = await card(shop)
    assert BUTTON.findall(shown) == []
    for part in ("henüz yüklenmedi", "Geri çekildi", "Güvenlik"):
        assert part in shown
    await License.all().update(status="SUSPENDED", status_reason="borç")
    assert "yalnız etkin lisanslarla" in await card(shop)


async def test_older_releases_are_a_page_further(site: Site) -> None:
    shop = await opened(site)
    for version in range(12):
        await shop.publish(f"1.{version}", at=clock.now() - timedelta(days=12 - version))
    first = await card(shop)
    assert re.findall(r"<h3>([\d.]+)", first) == [f"1.{version}" for version in range(11, 1, -1)]
    older = re.search(r'href="/panel/licenses/\w+(\?after=[^"#]+)#releases"', first)
    assert older
    assert re.findall(r"<h3>([\d.]+)", await card(shop, query=older[1])) == ["1.1", "1.0"]
    async with client_of(site, shop.session) as bora:
        assert (await bora.get(f"/panel/licenses/{shop.license_id}?after=x")).status_code == 404
