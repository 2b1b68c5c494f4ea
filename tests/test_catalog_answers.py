"""What is kept of the catalog's answers is never older than the catalog, whoever changed it and whenever it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import orjson
import pytest

from api import clock
from api.caller import Caller, Door
from api.models.catalog import Price, Product, VatRate
from api.models.database import rows
from api.schema import catalog_answers
from api.schema.negotiation import GRAPHQL_RESPONSE, JSON
from api.settings import Settings
from api.uploads import Uploaded
from tests.cast import AYSE
from tests.site import Site
from tests.test_access import _account
from tests.test_catalog_pages import RELEASE, stocked

ASKED = """query ($slug: String!) { product(slug: $slug) { name price { amount formatted } priceWithTax { amount }
  available category { name } latestRelease { version } } }"""
VARIABLES = {"slug": "sms"}
PRICE = """mutation ($id: ID!, $price: Decimal!) {
  updateProduct(productId: $id, input: {price: $price}) { errors { code } } }"""
TOKEN = """mutation ($scopes: [String!]!) { createApiToken(name: "a", scopes: $scopes) { token errors { code } } }"""


async def _post(site: Site, language: str = "tr", **headers: str) -> httpx.Response:
    body = {"query": ASKED, "variables": VARIABLES}
    return await site.client.post("/graphql", json=body, headers={"accept-language": language} | headers)


async def _get(site: Site, **headers: str) -> httpx.Response:
    asked = {"query": ASKED, "variables": orjson.dumps(VARIABLES).decode()}
    return await site.client.get("/graphql", params=asked, headers={"accept-language": "tr"} | headers)


async def _product(site: Site) -> dict[str, Any]:
    """The product, as it is told for the third time at least: of what is kept, if anything is."""
    told = [(await _post(site)).json()["data"]["product"] for _ in range(3)]
    assert told[0] == told[1] == told[2]
    found: dict[str, Any] = told[0]
    return found


@pytest.fixture
def basic_settings(basic_settings: Settings) -> Settings:
    """With plans, whatever the rest of the run has: without them nothing is kept."""
    return replace(basic_settings, compiled_plans=True)


def _keeps_something() -> bool:
    return bool(catalog_answers._kept)


async def test_a_change_of_anything_is_told_by_the_next_answer(site: Site) -> None:
    catalog_answers.forget()
    product, staff = await stocked(site)
    assert (await _product(site))["price"]["amount"] == "1200.00"
    assert _keeps_something()
    await site.data(PRICE, {"id": product, "price": "1300"}, staff)
    assert (await _product(site))["price"]["amount"] == "1300.00"
    release = {"productId": product, "version": "2.4.1", "changelog": "- Hızlandı"}
    await site.data(RELEASE, {"i": release}, staff)
    assert (await _product(site))["latestRelease"] == {"version": "2.4.1"}
    await site.data("mutation ($id: ID!) { retireProduct(productId: $id) { errors { code } } }", {"id": product}, staff)
    assert (await _product(site))["available"] is False


async def test_what_another_process_wrote_is_told_too(site: Site) -> None:
    await stocked(site)
    before = await _product(site)
    # Past everything that this process knows of writes: the database itself renews the version.
    await rows("UPDATE categories SET name = $1", ["Habercilik"])
    after = await _product(site)
    assert (before["category"], after["category"]) == ({"name": "Bildirim"}, {"name": "Habercilik"})
    await rows("UPDATE prices SET license_minor = license_minor + 1", [])
    assert (await _product(site))["price"]["amount"] == "1200.01"
    await rows("DELETE FROM prices", [])
    asked = {"query": ASKED, "variables": VARIABLES}
    assert "1200.01" not in (await site.client.post("/graphql", json=asked)).text


async def test_a_price_that_is_known_already_counts_from_its_instant(site: Site) -> None:
    await stocked(site)
    own = await Product.get(slug="sms")
    later = clock.now() + timedelta(minutes=30)
    await Price.create(product=own, currency="TRY", license_minor=99_00, support_minor=1, valid_from=later)
    with clock.stopped(later - timedelta(seconds=1)):
        assert (await _product(site))["price"]["amount"] == "1200.00"
    with clock.stopped(later):
        assert (await _product(site))["price"]["amount"] == "99.00"


async def test_a_price_that_counts_while_an_answer_is_made_ends_it(site: Site) -> None:
    await stocked(site)
    own, begun = await Product.get(slug="sms"), clock.now()
    with clock.stopped(begun):
        place = await catalog_answers.place_of(Caller(door=Door.GRAPHQL), "{ products { totalCount } }", None, None)
    assert place
    later = begun + timedelta(seconds=1)
    await Price.create(product=own, currency="TRY", license_minor=1, support_minor=1, valid_from=later)
    with clock.stopped(begun + timedelta(seconds=2)):
        await catalog_answers.keep(place, b"{}")
        assert catalog_answers.find(place) is None


async def test_a_tax_rate_that_is_known_already_counts_from_midnight(site: Site) -> None:
    await stocked(site)
    await VatRate.create(valid_from=date(2031, 1, 1), rate_bp=2500)
    midnight = clock.start_of(date(2031, 1, 1))
    with clock.stopped(midnight - timedelta(seconds=1)):
        assert (await _product(site))["priceWithTax"]["amount"] == "1440.00"
    with clock.stopped(midnight):
        assert (await _product(site))["priceWithTax"]["amount"] == "1500.00"


async def test_each_language_has_its_own(site: Site) -> None:
    await stocked(site)
    for _ in range(3):
        assert "₺1.200,00" in (await _post(site, "tr")).text
        assert "₺1,200.00" in (await _post(site, "en")).text


async def test_a_token_without_the_scope_is_refused_what_is_kept(site: Site) -> None:
    await stocked(site)
    await _product(site)
    session = await _account(site, AYSE)
    made = await site.data(TOKEN, {"scopes": ["account:read"]}, session)
    refused = (await _post(site, authorization=f"Bearer {made['createApiToken']['token']}")).json()
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    made = await site.data(TOKEN, {"scopes": ["products:read"]}, session)
    assert (await _post(site, authorization=f"Bearer {made['createApiToken']['token']}")).json()["data"]["product"]


async def test_a_guest_may_keep_an_answer_and_ask_whether_it_is_still_good(site: Site) -> None:
    product, staff = await stocked(site)
    await _product(site)
    first = await _get(site)
    assert first.headers["cache-control"] == "public, no-cache"
    assert first.headers["vary"] == "Accept, Accept-Language, Authorization, Cookie"
    again = await _get(site, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await site.data(PRICE, {"id": product, "price": "1300"}, staff)
    changed = await _get(site, **{"if-none-match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["data"]["product"]["price"]["amount"]) == (200, "1300.00")
    signed_in = await _get(site, authorization=f"Bearer {staff}")
    assert (signed_in.headers["cache-control"], "etag" in signed_in.headers) == ("no-store", False)


async def test_the_first_answer_to_a_document_names_its_bytes_as_later_ones_do(site: Site) -> None:
    """Also when nothing is kept: `*` is good for whatever there is."""
    catalog_answers.forget()
    await stocked(site)
    # No other test asks so, and no plan of it is known.
    asked = {"query": '{ product(slug: "sms") { first: name } }'}
    answers = [await site.client.get("/graphql", params=asked) for _ in range(3)]
    assert len({one.headers["etag"] for one in answers}) == 1
    assert {one.headers["cache-control"] for one in answers} == {"public, no-cache"}
    catalog_answers.forget()
    tag = answers[0].headers["etag"]
    for known in ("*", tag, f'"x", W/{tag}'):
        again = await site.client.get("/graphql", params=asked, headers={"if-none-match": known})
        assert (again.status_code, again.headers["etag"]) == (304, tag)
    lines = [("if-none-match", '"x"'), ("if-none-match", tag)]
    assert (await site.client.get("/graphql", params=asked, headers=lines)).status_code == 304
    assert (await site.client.get("/graphql", params=asked, headers={"if-none-match": '"x"'})).status_code == 200
    for wrong in ("{ products(first: 101) { totalCount } }", "{ viewer { isStaff } }"):
        for _ in range(2):
            told = await site.client.get("/graphql", params={"query": wrong}, headers={"if-none-match": "*"})
            assert (told.status_code, told.headers["cache-control"]) == (200, "no-store")
            assert "etag" not in told.headers


async def test_each_media_type_has_a_tag_of_its_own(site: Site) -> None:
    await stocked(site)
    tags = {media: (await _get(site, accept=media)).headers["etag"] for media in (JSON, GRAPHQL_RESPONSE)}
    for media, tag in tags.items():
        for asked in tags:
            again = await _get(site, **{"accept": asked, "if-none-match": tag})
            assert again.status_code == (304 if media == asked else 200)


async def test_what_is_kept_is_bounded(site: Site, monkeypatch: Any) -> None:
    catalog_answers.forget()
    await stocked(site)
    monkeypatch.setattr(catalog_answers, "MOST_BYTES", 20_000)
    for number in range(60):
        body = {"query": ASKED, "variables": {"slug": f"yok-{number}"}}
        for _ in range(2):
            assert (await site.client.post("/graphql", json=body)).json() == {"data": {"product": None}}
    assert 0 < len(catalog_answers._kept) < 40
    assert catalog_answers._bytes == sum(catalog_answers._size(*one) for one in catalog_answers._kept.items())


async def test_nothing_that_came_with_a_file_is_kept(site: Site) -> None:
    """Two files would be one question: in the variables each stands as an empty text."""
    caller = Caller(door=Door.GRAPHQL)
    for variables in ({"file": Uploaded.of(b"a")}, {"input": {"file": Uploaded.of(b"a")}}):
        assert await catalog_answers.place_of(caller, ASKED, None, variables) is None
    assert await catalog_answers.place_of(caller, ASKED, None, {"input": {"file": ""}})


async def test_nothing_with_an_error_is_kept(site: Site) -> None:
    catalog_answers.forget()
    for _ in range(3):
        answer = await site.client.post("/graphql", json={"query": "{ products(first: 101) { totalCount } }"})
        assert answer.json()["errors"]
    assert not _keeps_something()
