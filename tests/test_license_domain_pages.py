"""Moving a license on the site: two steps, the allowance, the old domain's window; the same refusals as GraphQL."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api import clock, settings
from api.models.licenses import License, LicenseEvent
from api.rules.leases import opened
from tests.cast import AYSE, BORA, CEM
from tests.doors import GraphqlDoor, joined, signed_in
from tests.licensed import Licensed, licensed
from tests.site import Site
from tests.test_checks import _keys
from tests.test_invoice_pages import at_desk, client_of
from tests.test_license_domains import MOVE, OFFLINE

NEW = {"domain": "https://www.YENİİŞ.com.tr/", "reason": "Firma adı değişti"}


@pytest.fixture
async def own(site: Site) -> Licensed:
    """A license on şirket.com.tr."""
    made = await licensed(site)
    assert await made.code("şirket.com.tr") == "BOUND"
    return made


def told(answer: httpx.Response) -> list[tuple[str, str | None]]:
    """The problems on a page: each beside its control, or above the form."""
    beside = re.findall(r'data-code="(\w+)" data-field="([\w.]+)"', answer.text)
    above = re.findall(r'<li data-code="(\w+)">', answer.text)
    return [(code, None) for code in above] + [(code, name) for code, name in beside]


def day(instant: Any) -> str:
    """A day as the first cell of a sentence in Turkish: its number and year."""
    local = clock.local(instant)
    return rf"{local.day} \w+ {local.year}"


async def moved(client: httpx.AsyncClient, own: Licensed, form: dict[str, str]) -> httpx.Response:
    """Both steps."""
    first = await client.post(f"/panel/licenses/{own.id}/domain/change", data=form)
    if first.status_code != 200:
        return first
    return await client.post(f"/panel/licenses/{own.id}/domain/change", data=form | {"step": "confirm"})


async def test_a_move_is_shown_before_it_is_made(own: Licensed) -> None:
    path = f"/panel/licenses/{own.id}"
    async with client_of(own.site, own.session) as bora:
        assert f'href="{path}/domain/change"' in (await bora.get(path)).text
        form = (await bora.get(f"{path}/domain/change?domain=yeni.com")).text
        for part in (
            "şirket.com.tr",
            "xn--irket-idb.com.tr",
            "1 (365 günde 1 değişiklik)",
            "72 saat",
            'value="yeni.com"',
        ):
            assert part in form
        assert re.search(day(clock.now() - timedelta(days=365)) + " gününden bu yana", form)
        now = clock.now()
        with clock.stopped(now):
            review = await bora.post(f"{path}/domain/change", data=NEW)
        assert review.status_code == 200
        for part in ("şirket.com.tr", "xn--irket-idb.com.tr", "yeniiş.com.tr", "xn--yenii-ndb.com.tr", NEW["reason"]):
            assert part in review.text
        ends = clock.local(now + timedelta(hours=72))
        assert re.search(rf"{day(ends)} {ends:%H:%M} anına kadar", review.text)
        assert "Hakkınız kalmayacak" in review.text
        assert (await own.row()).domain == "şirket.com.tr"
        assert await LicenseEvent.filter(kind="DOMAIN_CHANGED").count() == 0


async def test_the_second_step_moves_it_and_the_first_can_be_mended(own: Licensed) -> None:
    path = f"/panel/licenses/{own.id}"
    async with client_of(own.site, own.session) as bora:
        back = (await bora.post(f"{path}/domain/change", data=NEW | {"step": "edit"})).text
        assert html.escape(NEW["domain"]) in back
        assert NEW["reason"] in back
        done = await moved(bora, own, NEW)
        assert done.headers["location"] == f"{path}?done=moved#domain"
        row = await own.row()
        assert (row.domain, row.moved_from_ascii) == ("yeniiş.com.tr", "xn--irket-idb.com.tr")
        card = (await bora.get(f"{path}?done=moved")).text
        assert "Lisansın alan adı değişti." in card
        assert re.search(r"Eski alan adı şirket\.com\.tr, .+ anına kadar yanıtlanmaya devam eder", card)
        history = card.partition('id="history"')[2]
        assert re.search(r"Alan adı değişti.*yeniiş\.com\.tr</b> · Firma adı değişti", history, re.DOTALL)
        assert re.search(r"Alan adına bağlandı.*şirket\.com\.tr</b>", history, re.DOTALL)
    with clock.stopped(clock.now() + timedelta(hours=73)):
        session = await signed_in(GraphqlDoor(own.site), BORA["email"])
        async with client_of(own.site, session) as bora:
            assert "yanıtlanmaya devam eder" not in (await bora.get(path)).text


async def test_a_used_up_allowance_says_when_and_whom_to_write(own: Licensed) -> None:
    path = f"/panel/licenses/{own.id}/domain/change"
    begun = clock.now()
    async with client_of(own.site, own.session) as bora:
        with clock.stopped(begun):
            assert (await moved(bora, own, NEW)).status_code == 303
        page = (await bora.get(path)).text
        assert re.search(day(begun + timedelta(days=365)) + " gününden sonra", page)
        assert (
            f"/panel/tickets/new?kind=INSTALLATION&amp;license={own.id}"
            in page.partition("<main")[2].partition("</main")[0]
        )
        assert 'name="reason"' not in page
        assert "şirket.com.tr, " in page
        for step in ("", "confirm"):
            refused = await bora.post(path, data={"domain": "c.com.tr", "reason": "Yine", "step": step})
            assert (refused.status_code, told(refused)) == (422, [("DOMAIN_CHANGE_LIMIT", "domain")])
            assert f"/panel/tickets/new?kind=INSTALLATION&amp;license={own.id}" in refused.text
    assert (await own.row()).domain == "yeniiş.com.tr"


@pytest.mark.parametrize(
    ("domain", "reason", "status", "bound"),
    [
        ("", "", "ACTIVE", True),
        ("com.tr", "neden", "ACTIVE", True),
        ("10.0.0.1", "x" * 501, "ACTIVE", True),
        ("www.ŞİRKET.com.tr", "aynı yer", "ACTIVE", True),
        ("b.com.tr", "neden", "SUSPENDED", True),
        ("b.com.tr", "neden", "CANCELLED", True),
        ("b.com.tr", "neden", "ACTIVE", False),
    ],
)
async def test_both_doors_refuse_a_move_alike(
    own: Licensed, domain: str, reason: str, status: str, *, bound: bool
) -> None:
    await License.all().update(status=status, **({} if bound else {"domain": None, "domain_ascii": None}))
    given = {"id": own.id, "domain": domain, "reason": reason}
    errors = (await own.site.data(MOVE, given, own.session))["changeLicenseDomain"]["errors"]
    # What is about the license as a whole has no control on the page.
    expected = [(e["code"], None if e["field"] == ["licenseId"] else e["field"][0]) for e in errors]
    assert expected
    async with client_of(own.site, own.session) as bora:
        for step in ({}, {"step": "confirm"}):
            form = {"domain": domain, "reason": reason} | step
            answer = await bora.post(f"/panel/licenses/{own.id}/domain/change", data=form)
            assert (answer.status_code, told(answer)) == (422, expected)
            for error in errors:
                assert error["message"] in html.unescape(answer.text)
    assert await LicenseEvent.filter(kind="DOMAIN_CHANGED").count() == 0


async def test_an_allowance_that_was_larger_comes_back_with_the_move_that_makes_room(own: Licensed) -> None:
    ample = replace(own.site.settings, licensing=replace(own.site.settings.licensing, domain_changes=2))
    begun = clock.now()
    given = {"id": own.id, "reason": "neden"}
    settings.use(ample)
    for days, domain in ((0, "b.com.tr"), (10, "c.com.tr")):
        with clock.stopped(begun + timedelta(days=days)):
            session = await signed_in(GraphqlDoor(own.site), BORA["email"])
            answer = await own.site.data(MOVE, given | {"domain": domain}, session)
            assert answer["changeLicenseDomain"]["errors"] == []
    settings.use(own.site.settings)
    with clock.stopped(begun + timedelta(days=20)):
        session = await signed_in(GraphqlDoor(own.site), BORA["email"])
        async with client_of(own.site, session) as bora:
            page = (await bora.get(f"/panel/licenses/{own.id}/domain/change")).text
    assert re.search(day(begun + timedelta(days=375)) + " gününden sonra", page)


async def test_a_lease_is_downloaded(own: Licensed) -> None:
    path = f"/panel/licenses/{own.id}"
    async with client_of(own.site, own.session) as bora:
        assert 'value="366"' in (await bora.get(path)).text
        answer = await bora.post(f"{path}/lease", data={"days": " 30 "})
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == 'attachment; filename="license-xn--irket-idb.com.tr.lease"'
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["cache-control"] == "no-store"
        lease = opened(answer.text, await _keys())
        assert lease is not None
        assert (lease["exp"] - lease["iat"], lease["lic"]) == (30 * 86400, own.id)
        assert "lisans dosyası verildi" in (await bora.get(path)).text


async def test_both_doors_refuse_a_lease_alike(own: Licensed) -> None:
    async with client_of(own.site, own.session) as bora:
        for days in ("0", "367", "-1", "", "on", "1.5", "٣", "9" * 5000):
            answer = await bora.post(f"/panel/licenses/{own.id}/lease", data={"days": days})
            assert (answer.status_code, told(answer)) == (422, [("INVALID", "days")])
            back = re.search(r'name="next" value="([^"]+)"', answer.text)
            assert back
            assert back[1] == f"/panel/licenses/{own.id}"
        for change in ({"status": "SUSPENDED"}, {"status": "ACTIVE", "domain": None, "domain_ascii": None}):
            await License.all().update(**change)
            errors = (await own.site.data(OFFLINE, {"id": own.id, "days": 30}, own.session))["issueOfflineLease"][
                "errors"
            ]
            answer = await bora.post(f"/panel/licenses/{own.id}/lease", data={"days": "30"})
            assert (answer.status_code, told(answer)) == (422, [(errors[0]["code"], None)])
            assert errors[0]["message"] in answer.text
    assert await LicenseEvent.filter(kind="LEASE_ISSUED").count() == 0


async def test_strangers_and_staff_have_none_of_the_owners_forms(own: Licensed) -> None:
    path = f"/panel/licenses/{own.id}"
    ayse = await joined(GraphqlDoor(own.site), own.site, AYSE)
    async with client_of(own.site, ayse) as stranger, await at_desk(own.site) as deniz:
        for client in (stranger, deniz):
            assert (await client.get(f"{path}/domain/change")).status_code == 404
            assert (await client.post(f"{path}/domain/change", data=NEW | {"step": "confirm"})).status_code == 404
            assert (await client.post(f"{path}/lease", data={"days": "1"})).status_code == 404
        card = (await deniz.get(path)).text
        assert "/domain/change" not in card
        assert "/lease" not in card
        assert f'href="{path}/check"' in card
    async with own.site.browser() as guest:
        answer = await guest.get(f"{path}/domain/change")
        assert answer.headers["location"].startswith("/sign-in?next=")
    cem = await joined(GraphqlDoor(own.site), own.site, CEM)
    async with client_of(own.site, cem) as empty:
        assert (await empty.get("/panel/licenses/lic_x/domain/change")).status_code == 404
    assert (await own.row()).domain == "şirket.com.tr"
    assert await LicenseEvent.filter(kind="LEASE_ISSUED").count() == 0
