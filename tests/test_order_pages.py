"""From review to order on the site: sums, acceptance, one order for two clicks, the panel's pages, cancelling."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.cast import AYSE, BORA, CEM
from tests.doors import WebDoor, joined
from tests.site import Site
from tests.test_catalog_pages import PRODUCT, RETIRE, SMS, stocked

REVIEW = "/products/sms/order"
NEW_PRICE = 'mutation ($id: ID!) { updateProduct(productId: $id, input: { price: "1300" }) { errors { code } } }'
ORDERS = (
    "{ orders { totalCount nodes { id status invoice { id status total { amount } } licenses { status domain } } } }"
)
_PROBLEM = re.compile(r'data-code="([A-Z_]+)" data-field="([^"]+)"')


def browser_of(site: Site, session: str) -> httpx.AsyncClient:
    """A browser that is signed in and reads Turkish."""
    client = site.browser()
    client.cookies.set("session", session)
    client.headers["accept-language"] = "tr"
    return client


def filled_in(html: str) -> dict[str, str]:
    """The review form with every box ticked."""
    form = html[html.index('<form class="review"') :]
    inputs = re.findall(r"<input[^>]*>", form[: form.index("</form>")])
    assert not any(" checked" in control for control in inputs)
    given: dict[str, str] = {}
    for control in inputs:
        name, value = re.search(r'name="([^"]*)"', control), re.search(r'value="([^"]*)"', control)
        assert name, control
        assert value, control
        given[name.group(1)] = value.group(1)
    return given


async def _review(client: httpx.AsyncClient, query: str = "quantity=1&domain=example.com") -> dict[str, str]:
    answer = await client.get(f"{REVIEW}?{query}")
    assert answer.status_code == 200, answer.text
    return filled_in(answer.text)


async def _mine(site: Site, session: str) -> Any:
    return (await site.data(ORDERS, token=session))["orders"]


async def _placed(site: Site, session: str) -> str:
    async with browser_of(site, session) as client:
        assert (await client.post(REVIEW, data=await _review(client))).status_code == 303
    order: str = (await _mine(site, session))["nodes"][0]["id"]
    return order


async def test_a_guest_signs_in_first_and_comes_back_to_the_review(site: Site) -> None:
    await stocked(site)
    async with site.browser() as client:
        answer = await client.get(f"{REVIEW}?quantity=2&domain=")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=/products/sms/order%3Fquantity%3D2%26domain%3D"
        assert (await client.post(REVIEW, data={})).headers["location"] == "/sign-in?next=/panel"


async def test_the_review_says_what_is_to_be_paid_and_by_whom(site: Site) -> None:
    await stocked(site)
    session = await joined(WebDoor(site), site, BORA)
    async with browser_of(site, session) as client:
        html = (await client.get(f"{REVIEW}?quantity=3")).text.replace("\xa0", " ")
    for text in (
        "₺3.600,00",
        "KDV (%20)",
        "₺720,00",
        "₺4.320,00",
        "7 gün içinde",
        "Işık Yazılım A.Ş.",
        "Konak / İzmir",
    ):
        assert text in html
    assert 'href="/panel/profile#details"' in html
    assert "4540536920" not in html
    assert set(filled_in(html)) == {"key", "quantity", "domain", "total", "accepted_agreement_id"}


async def test_the_review_names_the_country_of_a_buyer_abroad(site: Site) -> None:
    await stocked(site)
    abroad = {"address.country": "DE", "address.province": "Berlin", "address.district": "Mitte"}
    session = await joined(WebDoor(site), site, CEM | abroad | {"address.postal_code": "10117"})
    async with browser_of(site, session) as client:
        assert "Almanya" in (await client.get(f"{REVIEW}?quantity=1&domain=")).text


async def test_two_clicks_place_one_order(site: Site) -> None:
    await stocked(site)
    session = await joined(WebDoor(site), site, BORA)
    async with browser_of(site, session) as client:
        form = await _review(client)
        answers = [await client.post(REVIEW, data=form) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    found = await _mine(site, session)
    assert found["totalCount"] == 1
    invoice = found["nodes"][0]["invoice"]
    assert {answer.headers["location"] for answer in answers} == {f"/panel/invoices/{invoice['id']}"}
    assert invoice["total"] == {"amount": "1440.00"}
    assert found["nodes"][0]["licenses"] == [{"status": "PENDING", "domain": "example.com"}]


async def test_a_consumer_ticks_each_box_and_each_is_missed_by_name(site: Site) -> None:
    await stocked(site)
    session = await joined(WebDoor(site), site, CEM)
    boxes = {
        "accepted_agreement_id",
        "accepted_preliminary_information_id",
        "accepted_distance_sales_id",
        "immediate_performance",
    }
    async with browser_of(site, session) as client:
        form = await _review(client)
        assert boxes <= set(form)
        unticked = {name: value for name, value in form.items() if name not in boxes}
        answer = await client.post(REVIEW, data=unticked)
        assert answer.status_code == 422
        assert set(_PROBLEM.findall(answer.text)) == {("REQUIRED", box) for box in boxes}
        assert filled_in(answer.text) == form
        assert (await _mine(site, session))["totalCount"] == 0
        assert (await client.post(REVIEW, data=form)).status_code == 303


@pytest.mark.parametrize("person", [AYSE, BORA], ids=["sole proprietor", "corporation"])
async def test_a_merchant_accepts_the_agreement_alone(site: Site, person: dict[str, str]) -> None:
    await stocked(site)
    session = await joined(WebDoor(site), site, person)
    async with browser_of(site, session) as client:
        form = await _review(client)
        del form["accepted_agreement_id"]
        answer = await client.post(REVIEW, data=form)
    assert answer.status_code == 422
    assert _PROBLEM.findall(answer.text) == [("REQUIRED", "accepted_agreement_id")]


async def test_a_version_that_is_not_in_force_is_refused_beside_its_box(site: Site) -> None:
    await stocked(site)
    session = await joined(WebDoor(site), site, BORA)
    async with browser_of(site, session) as client:
        form = await _review(client)
        answer = await client.post(REVIEW, data=form | {"accepted_agreement_id": f"doc_{'0' * 32}"})
    assert answer.status_code == 422
    assert _PROBLEM.findall(answer.text) == [("AGREEMENT_OUTDATED", "accepted_agreement_id")]
    filled_in(answer.text)  # the version that is in force now is not ticked


async def test_a_sum_that_changed_under_the_reader_is_not_ordered(site: Site) -> None:
    product, staff = await stocked(site)
    session = await joined(WebDoor(site), site, BORA)
    async with browser_of(site, session) as client:
        form = await _review(client)
        await site.data(NEW_PRICE, {"id": product}, staff)
        answer = await client.post(REVIEW, data=form)
        assert answer.status_code == 422
        assert '<li data-code="STALE">' in answer.text
        assert "₺1.560,00" in answer.text.replace("\xa0", " ")
        await site.data(RETIRE, {"id": product}, staff)
        assert "Bu ürün satıştan kaldırıldı." in (await client.post(REVIEW, data=form)).text
    assert (await _mine(site, session))["totalCount"] == 0


async def test_a_key_used_for_another_order_is_replaced_by_a_fresh_one(site: Site) -> None:
    await stocked(site)
    session = await joined(WebDoor(site), site, BORA)
    async with browser_of(site, session) as client:
        form = await _review(client)
        await client.post(REVIEW, data=form)
        answer = await client.post(REVIEW, data=form | {"domain": "example.net"})
        assert answer.status_code == 422
        assert '<li data-code="IDEMPOTENCY_CONFLICT">' in answer.text
        again = dict(re.findall(r'name="(key|domain)" value="([^"]*)"', answer.text))
        assert again["domain"] == "example.net"
        assert again["key"] != form["key"]


async def test_an_api_token_in_the_cookie_opens_no_review(site: Site) -> None:
    await stocked(site)
    staff = await site.staff_token(email="ege@example.net")
    async with site.browser() as client:
        client.cookies.set("session", staff)
        assert (await client.get(REVIEW)).status_code == 303


async def test_the_panel_lists_orders_and_shows_one_with_its_evidence(site: Site) -> None:
    await stocked(site)
    session = await joined(WebDoor(site), site, CEM)
    async with browser_of(site, session) as client:
        empty = (await client.get("/panel/orders")).text
        assert "Henüz bir sipariş vermediniz" in empty
        assert '<a class="button" href="/products">' in empty
        order = await _placed(site, session)
        listed = (await client.get("/panel/orders")).text
        assert f'href="/panel/orders/{order}"' in listed
        assert "Ödeme bekleniyor" in listed
        html = (await client.get(f"/panel/orders/{order}")).text.replace("\xa0", " ")
    invoice = (await _mine(site, session))["nodes"][0]["invoice"]["id"]
    assert f'href="/panel/invoices/{invoice}"' in html
    assert re.search(r'href="/panel/licenses/lic_[0-9a-f]{32}"', html)
    for text in ("SMS Işık", "example.com", "₺1.440,00", "Hizmetin hemen başlamasını istiyorum", "sözleşmesini okudum"):
        assert text in html
    for kind in ("service-agreement", "preliminary-information", "distance-sales"):
        assert f'href="/agreements/{kind}?version=' in html


async def test_an_unpaid_order_is_cancelled_once_and_for_all(site: Site) -> None:
    await stocked(site)
    session = await joined(WebDoor(site), site, BORA)
    order = await _placed(site, session)
    async with browser_of(site, session) as client:
        for _ in range(2):
            answer = await client.post(f"/panel/orders/{order}/cancel")
            assert (answer.status_code, answer.headers["location"]) == (303, f"/panel/orders/{order}?done=cancelled")
        html = (await client.get(f"/panel/orders/{order}?done=cancelled")).text
    assert 'role="status"' in html
    assert f'action="/panel/orders/{order}/cancel"' not in html
    found = (await _mine(site, session))["nodes"][0]
    assert (found["status"], found["invoice"]["status"]) == ("CANCELLED", "CANCELLED")
    assert [owned["status"] for owned in found["licenses"]] == ["CANCELLED"]


async def test_what_is_paid_is_not_cancelled(site: Site) -> None:
    _, staff = await stocked(site)
    await site.data(PRODUCT, {"i": SMS | {"slug": "bedava", "name": "Bedava", "price": "0"}}, staff)
    session = await joined(WebDoor(site), site, BORA)
    async with browser_of(site, session) as client:
        form = filled_in((await client.get("/products/bedava/order")).text)
        assert (await client.post("/products/bedava/order", data=form)).status_code == 303
        order = (await _mine(site, session))["nodes"][0]
        assert order["status"] == "COMPLETED"
        html = (await client.get(f"/panel/orders/{order['id']}")).text
        assert "/cancel" not in html
        answer = await client.post(f"/panel/orders/{order['id']}/cancel")
    assert answer.status_code == 422
    assert '<li data-code="ALREADY_PAID">' in answer.text


async def test_orders_of_others_are_as_unknown_as_none(site: Site) -> None:
    await stocked(site)
    order = await _placed(site, await joined(WebDoor(site), site, BORA))
    stranger = await joined(WebDoor(site), site, AYSE)
    async with browser_of(site, stranger) as client:
        assert order not in (await client.get("/panel/orders")).text
        for path in (order, f"ord_{'0' * 32}", "nonsense"):
            assert (await client.get(f"/panel/orders/{path}")).status_code == 404
            assert (await client.post(f"/panel/orders/{path}/cancel")).status_code == 404
    async with site.browser() as guest:
        assert (await guest.get("/panel/orders")).headers["location"] == "/sign-in?next=/panel/orders"
