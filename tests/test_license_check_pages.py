"""Why a license does not run, where it was asked for, and the public page that says yes or no."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from api import clock, throttle
from api.caller import Scope
from api.models import ids
from api.models.licenses import License
from api.models.sightings import Sighting
from tests.cast import AYSE, BORA, PASSWORD
from tests.doors import GraphqlDoor, joined, signed_in
from tests.licensed import PATH, Licensed, licensed
from tests.site import Site, token_in
from tests.test_invoice_pages import at_desk, client_of, ordered
from tests.test_license_domains import EXPLAIN, IS_LICENSED, MOVE


@pytest.fixture
async def own(site: Site) -> Licensed:
    """A license on şirket.com.tr."""
    made = await licensed(site)
    assert await made.code("şirket.com.tr") == "BOUND"
    return made


def outcomes(answer: httpx.Response) -> list[str]:
    """What every check on the page came to, in their order."""
    return re.findall(r'class="check check-(\w+)"', answer.text)


def verdict(answer: httpx.Response) -> tuple[str, str]:
    """The word and the code of an answer."""
    found = re.search(r'verdict-word">([\w ]+?) <code>(\w+)</code>', answer.text)
    assert found, answer.text
    return found[1], found[2]


@pytest.mark.parametrize(
    ("domain", "status"),
    [
        ("ŞİRKET.com.tr", "ACTIVE"),
        ("baska.com.tr", "ACTIVE"),
        ("", "ACTIVE"),
        ("a_b.com", "ACTIVE"),
        ("localhost", "ACTIVE"),
        ("şirket.com.tr", "SUSPENDED"),
        ("baska.com.tr", "CANCELLED"),
    ],
)
async def test_the_page_explains_as_graphql_does(own: Licensed, domain: str, status: str) -> None:
    await License.all().update(status=status)
    before = await own.site.all_rows()
    given = {"id": own.id, "domain": domain}
    expected = (await own.site.data(EXPLAIN, given, own.session))["explainValidation"]
    async with client_of(own.site, own.session) as bora:
        answer = await bora.get(f"/panel/licenses/{own.id}/check", params={"domain": domain})
    assert answer.status_code == 200
    assert verdict(answer) == ("Çalışır" if expected["valid"] else "Çalışmaz", expected["code"])
    assert outcomes(answer) == [check["outcome"] for check in expected["checks"]]
    text = html.unescape(answer.text)
    assert expected["message"] in text
    for check in expected["checks"]:
        assert check["message"] in text
        assert (check["remedy"] or "") in text
    # In words too, not by color alone.
    assert text.count(">Tamam</span>") == outcomes(answer).count("PASSED")
    assert text.count(">Uymuyor</span>") == outcomes(answer).count("FAILED")
    assert ("Yanıtı bu belirledi." in text) == (not expected["valid"])
    assert await own.site.all_rows() == before


async def test_a_remedy_comes_with_the_link_that_does_it(own: Licensed) -> None:
    card = f"/panel/licenses/{own.id}"
    publish = """mutation ($id: ID!) { publishRelease(input: {productId: $id, version: "2.0", changelog: "Yenilik"}) {
      errors { code } } }"""
    async with client_of(own.site, own.session) as bora:
        assert f'href="{card}/check"' in (await bora.get(card)).text
        assert f'href="{card}/domain/change"' in (await bora.get(f"{card}/check?domain=baska.com.tr")).text
        assert 'href="#domain"' in (await bora.get(f"{card}/check?domain=com.tr")).text
        assert "/domain/change" not in (await bora.get(f"{card}/check")).text
    with clock.stopped(clock.now() + timedelta(days=400)):
        await own.site.data(publish, {"id": own.product}, await own.site.staff_token())
        session = await signed_in(GraphqlDoor(own.site), BORA["email"])
        async with client_of(own.site, session) as bora:
            late = await bora.get(f"{card}/check?version=2.0")
            assert verdict(late) == ("Çalışır", "VERSION_NOT_COVERED")
            assert f'href="{card}/renew"' in late.text
            assert f'href="{card}#releases"' in late.text
            made = await bora.post(f"{card}/renew", data={"key": "bir"})
            await License.all().update(status="SUSPENDED", status_reason="Fatura ödenmedi")
            held = (await bora.get(f"{card}/check")).text
            assert "Fatura ödenmedi" in held
            assert f'href="{made.headers["location"]}"' in held
            await License.all().update(status="CANCELLED")
            assert 'href="/products/sms"' in (await bora.get(f"{card}/check")).text.partition("<main")[2]


async def test_an_unpaid_license_leads_to_its_invoice(site: Site) -> None:
    session, invoice, _ = await ordered(site, BORA)
    own = (await site.data("{ licenses { nodes { id } } }", token=session))["licenses"]["nodes"][0]["id"]
    async with client_of(site, session) as bora:
        blank = await bora.get(f"/panel/licenses/{own}/check")
        assert outcomes(blank) == []
        assert "henüz bir alan adına bağlı değil" in blank.text
        answer = await bora.get(f"/panel/licenses/{own}/check?domain=a.com.tr")
        assert verdict(answer) == ("Çalışmaz", "PENDING")
        assert f'href="/panel/invoices/{invoice}"' in answer.text
        await License.all().update(status="ACTIVE")
        binds = await bora.get(f"/panel/licenses/{own}/check?domain=a.com.tr")
        assert "ilk denetim onu bağlar" in binds.text
    assert (await License.get()).domain is None


async def test_the_time_of_a_question_is_a_day_or_an_instant(own: Licensed) -> None:
    begun = clock.now()
    with clock.stopped(begun):
        await own.site.data(MOVE, {"id": own.id, "domain": "yeni.com.tr", "reason": "taşındı"}, own.session)
    path = f"/panel/licenses/{own.id}/check"
    ends = clock.local(begun + timedelta(hours=72))
    async with client_of(own.site, own.session) as bora:
        now = await bora.get(path, params={"domain": "şirket.com.tr", "on": ""})
        assert verdict(now) == ("Çalışır", "VALID")
        assert f"{ends:%H:%M} anına kadar yanıtlanır" in now.text
        for on, code in (
            (f"{clock.today()}", "VALID"),
            (f"{ends.date() + timedelta(days=1)}", "DOMAIN_MISMATCH"),
            (f"{ends - timedelta(minutes=2):%Y-%m-%dT%H:%M}", "VALID"),
            (f"{ends + timedelta(minutes=2):%Y-%m-%dT%H:%M}", "DOMAIN_MISMATCH"),
            (f"{(ends + timedelta(minutes=2)).isoformat()}", "DOMAIN_MISMATCH"),
        ):
            assert verdict(await bora.get(path, params={"domain": "şirket.com.tr", "on": on}))[1] == code, on
        for on in ("yarın", "2026-13-01", "0001-01-01", "9999-12-31", "2026-11-27T25:00"):
            refused = await bora.get(path, params={"domain": "a.com", "on": on})
            assert refused.status_code == 422
            assert 'data-code="INVALID" data-field="on"' in refused.text
            assert outcomes(refused) == []


async def _see(own: Licensed, count: int, **more: Any) -> None:
    key = ids.key_of(own.id, License.PREFIX)
    now = clock.now()
    for turn in range(count):
        given = {
            "domain_ascii": f"site{turn}.com", "network": "198.51.100.0/24", "refused": True, "version": "2.3.0",
            "count": 12345, "first_seen": now - timedelta(days=9), "last_seen": now - timedelta(hours=turn),
        }  # fmt: skip
        await Sighting.create(license_id=key, **(given | more))


async def test_the_card_lists_where_a_license_was_asked_for(own: Licensed) -> None:
    card = f"/panel/licenses/{own.id}"
    async with client_of(own.site, own.session) as bora:
        empty = (await bora.get(card)).text
        assert "Lisansın kendi alan adından henüz sorgu gelmedi." in empty
        assert "Başka bir alan adından sorgu gelmedi." in empty
        await _see(own, 1, refused=False, domain_ascii="xn--irket-idb.com.tr", version="2.4.1")
        await _see(own, 9)
        await _see(own, 1, domain_ascii="xn--alma-2pa.com.tr", version="")
        await _see(own, 1, domain_ascii="*", network="*", last_seen=clock.now() - timedelta(days=1))
        page = (await bora.get(card)).text
        assert "Sürüm 2.4.1" in page
        table = page.partition('<table class="places">')[2].partition("</table>")[0]
        assert table.count('<th scope="row">') == 10
        for part in ("site0.com", "198.51.100.0/24", "2.3.0", "12.345", "almîa.com.tr", "xn--alma-2pa.com.tr"):
            assert part in table
        assert "Diğer yerler" not in table
        assert f'href="{card}/sightings"' in page
        assert (
            f"/panel/tickets/new?kind=TECHNICAL&amp;license={own.id}"
            in page.partition('id="seen"')[2].partition("</sec")[0]
        )


async def test_all_sightings_stand_on_pages(own: Licensed) -> None:
    path = f"/panel/licenses/{own.id}/sightings"
    await _see(own, 25)
    await _see(own, 1, domain_ascii="*", network="*", last_seen=clock.now() - timedelta(days=2))
    await _see(own, 1, refused=False, domain_ascii="xn--irket-idb.com.tr")
    async with client_of(own.site, own.session) as bora:
        first = (await bora.get(path)).text
        assert first.count('<th scope="row">') == 20
        assert "26 yer" in first
        onward = re.search(r'href="([^"]+after=[^"]+)"', first)
        assert onward
        second = (await bora.get(html.unescape(onward[1]))).text
        assert second.count('<th scope="row">') == 6
        assert "site24.com" in second
        assert "Diğer yerler, birlikte" in second
        assert f'href="{path}"' in second
        home = (await bora.get(f"{path}?own=1")).text
        assert home.count('<th scope="row">') == 1
        assert "xn--irket-idb.com.tr" in home
        assert (await bora.get(f"{path}?after=bozuk")).status_code == 404


async def test_another_customers_license_is_not_explained(own: Licensed) -> None:
    ayse = await joined(GraphqlDoor(own.site), own.site, AYSE)
    async with client_of(own.site, ayse) as stranger:
        for key in (own.id, "lic_" + "0" * 32, "x"):
            for page in ("check?domain=a.com", "sightings", "sightings?own=1"):
                assert (await stranger.get(f"/panel/licenses/{key}/{page}")).status_code == 404
    async with own.site.browser() as guest:
        assert (await guest.get(f"/panel/licenses/{own.id}/check")).headers["location"].startswith("/sign-in")


async def test_staff_see_the_same_without_the_key_and_the_owners_acts(own: Licensed) -> None:
    await own.site.staff_token(Scope.LICENSES_ALL, email="ece@example.net")
    letter = (await own.site.letters_to("ece@example.net"))[-1]
    ece = (await GraphqlDoor(own.site).reset(token_in(letter), PASSWORD)).session
    assert ece
    await _see(own, 1)
    card = f"/panel/licenses/{own.id}"
    async with client_of(own.site, ece) as staff, await at_desk(own.site) as deniz:
        for client in (staff, deniz):
            answer = await client.get(f"{card}/check?domain=baska.com.tr")
            assert verdict(answer) == ("Çalışmaz", "DOMAIN_MISMATCH")
            assert "/domain/change" not in answer.text
            assert "site0.com" in (await client.get(f"{card}/sightings")).text
        for page in ("", "/check", "/sightings"):
            assert own.key not in (await staff.get(card + page)).text


async def test_anybody_asks_whether_a_domain_is_licensed(own: Licensed) -> None:
    async with own.site.browser() as guest:
        blank = await guest.get("/license-check")
        assert blank.status_code == 200
        assert "x-robots-tag" not in blank.headers
        assert 'href="/license-check"' in (await guest.get("/")).text.partition("<footer")[2]
        for asked in ("ŞİRKET.com.tr", "https://www.şirket.com.tr/whmcs", "xn--irket-idb.com.tr", "baska.com.tr"):
            expected = (await own.site.data(IS_LICENSED, {"domain": asked}))["domainCheck"]
            answer = await guest.get("/license-check", params={"domain": asked})
            assert (answer.status_code, answer.headers["x-robots-tag"]) == (200, "noindex")
            assert expected["message"] in answer.text
            assert ("verdict-yes" in answer.text) == expected["licensed"] == (asked != "baska.com.tr")
            for secret in (own.key, own.id, "SMS Işık", BORA["email"], BORA["company_name"]):
                assert secret not in html.unescape(answer.text)
            assert f"mailto:{own.site.settings.vendor.general_email}" in answer.text
        for asked in ("", "com.tr", "192.168.1.1", "<b>"):
            expected = (await own.site.data(IS_LICENSED, {"domain": asked}))["domainCheck"]
            answer = await guest.get("/license-check", params={"domain": asked})
            assert answer.status_code == 422
            assert 'data-field="domain"' in answer.text
            assert expected["message"] in html.unescape(answer.text)
            assert "verdict-" not in answer.text
            assert "<b>" not in re.sub(r"<b>[\w ]+:</b>", "", answer.text)


async def test_asking_is_limited_and_says_when_to_come_back(own: Licensed) -> None:
    async with own.site.browser() as guest:
        for _ in range(throttle.DOMAIN_CHECKS_PER_ADDRESS.uses):
            assert (await guest.get("/license-check?domain=a.com.tr")).status_code == 200
        answer = await guest.get("/license-check?domain=ŞİRKET.com.tr")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert 'data-code="RATE_LIMITED"' in answer.text
        assert 'value="ŞİRKET.com.tr"' in answer.text
        assert "verdict-" not in answer.text
        # The page itself, and what modules ask, go on.
        assert (await guest.get("/license-check")).status_code == 200
        ask = await guest.post(PATH, data={"licensekey": own.key, "domain": "şirket.com.tr"})
        assert b"<status>Active</status>" in ask.content
