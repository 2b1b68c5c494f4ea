"""Licenses on the site: the list, the card with every date and right, binding, renewing, the refused transfer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from api import clock
from api.models.billing import Invoice
from api.models.licenses import InstallationRequest, License, LicenseEvent
from tests.cast import AYSE, BORA, CEM
from tests.doors import GraphqlDoor, joined, signed_in
from tests.site import Site
from tests.test_invoice_pages import at_desk, client_of, ordered, problems

CONFIRM = """mutation ($id: ID!, $key: String!) { reportBankTransfer(invoiceId: $id, amount: "1200", reference: "x",
  idempotencyKey: $key) { payment { id } errors { code } } }"""


async def owned(site: Site, form: dict[str, str], key: str = "bir") -> tuple[str, str]:
    """Somebody's session with the id of an active license."""
    session, invoice, _ = await ordered(site, form, key)
    told = await site.data(CONFIRM, {"id": invoice, "key": key}, session)
    payment = told["reportBankTransfer"]["payment"]["id"]
    staff = await site.staff_token()
    await site.data(
        "mutation ($id: ID!) { confirmPayment(paymentId: $id) { errors { code } } }", {"id": payment}, staff
    )
    found = await site.data("{ licenses { nodes { id } } }", token=session)
    return session, found["licenses"]["nodes"][0]["id"]


async def test_one_card_tells_every_date_and_right(site: Site) -> None:
    session, own = await owned(site, BORA)
    row = await License.get()
    async with client_of(site, session) as bora:
        card = (await bora.get(f"/panel/licenses/{own}")).text
        assert row.key() in card
        for part in ("SMS Işık", "Etkin", "30 gün kaldı", "365 gün kaldı", "₺480,00", "₺960,00", "5.1.4", "Verildi"):
            assert part in card
        listed = (await bora.get("/panel/licenses")).text
        assert row.key() not in listed
        assert row.key_mask in listed
        assert own in (await bora.get("/panel/licenses?search=isik&status=ACTIVE")).text
        assert own in (await bora.get(f"/panel/licenses?search={row.key()}")).text
        assert own not in (await bora.get("/panel/licenses?search=baska")).text


async def test_a_domain_is_bound_once(site: Site) -> None:
    session, own = await owned(site, BORA)
    async with client_of(site, session) as bora:
        for typed, code in (("", "REQUIRED"), ("192.168.1.1", "INVALID_DOMAIN"), ("com.tr", "INVALID_DOMAIN")):
            answer = await bora.post(f"/panel/licenses/{own}/domain", data={"domain": typed})
            assert (answer.status_code, problems(answer)) == (422, {(code, "domain")})
        bound = await bora.post(f"/panel/licenses/{own}/domain", data={"domain": "https://www.ŞİRKET.com.tr/"})
        assert bound.headers["location"] == f"/panel/licenses/{own}?done=domain#domain"
        page = (await bora.get(f"/panel/licenses/{own}")).text
        assert "şirket.com.tr" in page
        assert "xn--irket-idb.com.tr" in page
        again = await bora.post(f"/panel/licenses/{own}/domain", data={"domain": "baska.com.tr"})
        assert again.status_code == 422
    assert (await License.get()).domain == "şirket.com.tr"


async def test_renewing_shows_the_back_payment_before_it_bills(site: Site) -> None:
    _, own = await owned(site, BORA)
    with clock.stopped(clock.now() + timedelta(days=365 * 3 + 40)):
        session = await signed_in(GraphqlDoor(site), BORA["email"])
        async with client_of(site, session) as bora:
            page = (await bora.get(f"/panel/licenses/{own}/renew")).text
            assert "Ödenmemiş 2 yıl" in page
            assert "₺1.440,00" in page
            assert await Invoice.filter(license_id__not_isnull=True).count() == 0
            key = re.search(r'name="key" value="(\w+)"', page)
            assert key
            made = {
                (await bora.post(f"/panel/licenses/{own}/renew", data={"key": key[1]})).headers["location"]
                for _ in range(2)
            }
            (address,) = made
            assert "₺1.440,00" in (await bora.get(address)).text
    (invoice,) = await Invoice.filter(license_id__not_isnull=True)
    assert (invoice.kind, invoice.total_minor, invoice.terms) == ("RENEWAL_REQUESTED", 144000, 3)


async def test_a_transfer_is_refused_with_the_clause_and_recorded(site: Site) -> None:
    session, own = await owned(site, BORA)
    async with client_of(site, session) as bora:
        assert (await bora.get(f"/panel/licenses/{own}/transfer")).status_code == 200
        answer = await bora.post(f"/panel/licenses/{own}/transfer", data={"to_email": "ayse@example.net"})
        assert answer.status_code == 422
        assert "5.1.4" in answer.text
        assert 'data-code="TRANSFER_FORBIDDEN"' in answer.text
        assert "Devir isteği reddedildi" in (await bora.get(f"/panel/licenses/{own}")).text
    assert await LicenseEvent.filter(kind="TRANSFER_REFUSED").count() == 1


async def test_another_customers_license_is_as_unknown_as_none(site: Site) -> None:
    _, foreign = await owned(site, BORA)
    session, _ = await owned(site, AYSE, "iki")
    async with client_of(site, session) as ayse:
        for key in (foreign, "lic_" + "0" * 32, "x"):
            for path in ("", "/renew", "/transfer", "/installation"):
                assert (await ayse.get(f"/panel/licenses/{key}{path}")).status_code == 404
            for path in ("/domain", "/renew", "/transfer", "/installation", "/installation/access"):
                answer = await ayse.post(f"/panel/licenses/{key}{path}", data={"domain": "a.com", "key": "k"})
                assert answer.status_code == 404
        assert (await ayse.get("/desk/installations")).status_code == 404
    assert await InstallationRequest.all().count() == 0


async def test_an_empty_list_names_the_next_step(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, CEM)
    async with client_of(site, session) as cem:
        assert 'href="/products"' in (await cem.get("/panel/licenses")).text.partition("<main")[2]
        nothing = (await cem.get("/panel/licenses?search=baska")).text
        assert "Buna uyan bir lisans yok." in nothing
        assert (await cem.get("/panel/licenses?after=bozuk")).status_code == 404
        assert (await cem.get("/panel/licenses?status=BOZUK")).status_code == 200


@pytest.mark.parametrize(
    ("days", "said"), [(364, "1 gün kaldı"), (365, "bugün son gün"), (366, "1 gün önce doldu"), (400, "Yenile")]
)
async def test_the_card_counts_the_days_of_support(site: Site, days: int, said: str) -> None:
    _, own = await owned(site, BORA)
    with clock.stopped(clock.now() + timedelta(days=days)):
        session = await signed_in(GraphqlDoor(site), BORA["email"])
        async with client_of(site, session) as bora:
            assert said in (await bora.get(f"/panel/licenses/{own}")).text


async def test_the_card_leads_to_the_renewal_invoice_that_waits(site: Site) -> None:
    session, own = await owned(site, BORA)
    async with client_of(site, session) as bora:
        assert "Ödenmeyi bekleyen" not in (await bora.get(f"/panel/licenses/{own}")).text
        made = await bora.post(f"/panel/licenses/{own}/renew", data={"key": "bir"})
        card = (await bora.get(f"/panel/licenses/{own}")).text
        assert "Ödenmeyi bekleyen" in card
        assert f'href="{made.headers["location"]}"' in card


# 20 days are left of the year that is bought, fewer than SUPPORT_WARN_REMAINING_DAYS; or nearly all of it.
@pytest.mark.parametrize(("days", "warned"), [(365 * 2 - 20, True), (365 + 1, False)])
async def test_a_year_that_is_nearly_over_is_bought_with_a_warning(site: Site, days: int, *, warned: bool) -> None:
    _, own = await owned(site, BORA)
    with clock.stopped(clock.now() + timedelta(days=days)):
        session = await signed_in(GraphqlDoor(site), BORA["email"])
        async with client_of(site, session) as bora:
            page = (await bora.get(f"/panel/licenses/{own}/renew")).text
            assert ("kısa süre sonra yeniden" in page) == warned


async def test_staff_see_a_card_without_its_key_and_act_for_nobody(site: Site) -> None:
    _, own = await owned(site, BORA)
    row = await License.get()
    async with await at_desk(site) as deniz:
        card = (await deniz.get(f"/panel/licenses/{own}")).text
        assert "Kopyala" not in card
        assert f"/panel/licenses/{own}/renew" not in card
        for path in ("/renew", "/transfer"):
            assert (await deniz.get(f"/panel/licenses/{own}{path}")).status_code == 404
        for path in ("/domain", "/renew", "/transfer"):
            assert (await deniz.post(f"/panel/licenses/{own}{path}", data={"domain": "a.com"})).status_code == 404
    assert (await License.get()).domain == row.domain


async def test_the_language_switch_of_a_refused_form_leads_to_a_page(site: Site) -> None:
    session, own = await owned(site, BORA)
    async with client_of(site, session) as bora:
        refused = await bora.post(f"/panel/licenses/{own}/domain", data={"domain": "com.tr"})
        back = re.search(r'name="next" value="([^"]+)"', refused.text)
        assert back
        assert back[1] == f"/panel/licenses/{own}"
        assert "Tarihler ve haklar" in (await bora.get(back[1])).text
