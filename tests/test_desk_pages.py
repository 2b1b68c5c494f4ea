"""The desk's pages: who finds which, what waits on the overview."""

from __future__ import annotations

import re

import httpx
import pytest

from api.caller import STAFF_SCOPES, Scope
from tests.cast import AYSE, BORA, PASSWORD
from tests.doors import GraphqlDoor, joined
from tests.licensed import licensed
from tests.site import ON_ONE_DATABASE, Site, token_in
from tests.test_installation_pages import asked
from tests.test_invoice_pages import client_of, notice, ordered, told
from tests.ticketed import Ticketed
from web.desk_places import PLACES, place_of


async def desk_of(site: Site, *scopes: Scope, email: str = "deniz@example.net") -> httpx.AsyncClient:
    """The browser of a member of staff with these scopes, all of them if none is given."""
    await site.staff_token(*scopes, email=email)
    letter = (await site.letters_to(email))[-1]
    outcome = await GraphqlDoor(site).reset(token_in(letter), PASSWORD)
    assert outcome.session, outcome
    return client_of(site, outcome.session)


def places_in(page: httpx.Response) -> list[str]:
    """Where the desk's navigation leads."""
    found = re.search(r'<nav class="desk-nav".*?</nav>', page.text, re.DOTALL)
    assert found, page.text
    return re.findall(r'href="([^"]+)"', found.group())


@ON_ONE_DATABASE
async def test_every_place_of_the_desk_is_a_page_that_names_itself(site: Site) -> None:
    async with await desk_of(site) as deniz:
        for place in PLACES:
            page = await deniz.get(place.href)
            assert page.status_code == 200, place
            assert places_in(page) == [other.href for other in PLACES]
            assert re.findall(r'<a href="([^"]+)" aria-current="page">', page.text)[-1] == place.href


@ON_ONE_DATABASE
@pytest.mark.parametrize("scope", sorted(STAFF_SCOPES))
async def test_staff_find_the_places_of_their_scopes_and_no_other(site: Site, scope: Scope) -> None:
    open_ones = [place.href for place in PLACES if place.opens_to({scope})]
    async with await desk_of(site, scope) as deniz:
        assert places_in(await deniz.get("/desk")) == open_ones
        for place in PLACES:
            expected = 200 if place.href in open_ones else 404
            assert (await deniz.get(place.href)).status_code == expected, place


@ON_ONE_DATABASE
async def test_there_is_no_desk_for_customers_and_guests(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    async with client_of(site, session) as ayse, site.browser() as guest:
        for place in PLACES:
            assert (await ayse.get(place.href)).status_code == 404
            assert (await guest.get(place.href)).headers["location"] == f"/sign-in?next={place.href}"
        assert 'href="/desk"' not in (await ayse.get("/panel")).text


def test_a_page_stands_in_one_place() -> None:
    assert [place_of(path).name for path in ("/desk", "/desk/payments", "/desk/payments/x/confirm")] == [  # type: ignore[union-attr]
        "overview",
        "payments",
        "payments",
    ]
    assert place_of("/desk/nowhere") is None
    assert place_of("/desk/paymentsandmore") is None


async def test_the_overview_tells_what_waits(site: Site) -> None:
    session, invoice, _ = await ordered(site, AYSE)
    own = Ticketed(site, session, "")
    bora = await licensed(site, BORA, "iki")
    async with client_of(site, session) as ayse, client_of(site, bora.session) as owner, await desk_of(site) as deniz:
        await told(ayse, invoice, notice())
        await asked(owner, f"/panel/licenses/{bora.id}/installation")
        await own.open(subject="Fiyat <b>ne</b>?")
        page = (await deniz.get("/desk")).text
        assert re.findall(r'id="card-(\w+)".*?<b>(\d+)</b>', page, re.DOTALL) == [
            ("tickets", "1"),
            ("payments", "1"),
            ("installations", "1"),
            ("conduct", "0"),
        ]
        assert "Fiyat &lt;b&gt;ne&lt;/b&gt;?" in page
        assert "1 sahipsiz" in page
        assert "Ayşe Yılmaz" in page
        assert BORA["company_name"] in page
        assert "1.200,00" in page
