"""What a suspended or terminated customer finds on the site: why, what is left, and no bare refusal."""

from __future__ import annotations

import pytest

from api.caller import Scope
from api.models.accounts import Account
from api.models.people import Person, Staff
from tests.cast import AYSE, BORA, PASSWORD
from tests.doors import GraphqlDoor, joined, signed_in
from tests.licensed import licensed
from tests.site import ON_ONE_DATABASE, Site
from tests.test_blocked_accounts import block
from tests.test_invoice_pages import client_of, notice, ordered, problems, told

WHY = "Ödenmemiş <b>faturalar</b> {{7*7}}"
OPEN = ("/panel", "/panel/invoices", "/panel/orders", "/panel/letters", "/panel/tickets", "/panel/profile", "/products")
APPEAL = "/panel/tickets/new?kind=COMPLAINT"


@pytest.mark.parametrize("status", ["SUSPENDED", "TERMINATED"])
async def test_every_page_says_why_and_what_is_left(site: Site, status: str) -> None:
    own = await licensed(site)
    await block(status, WHY)
    session = await signed_in(GraphqlDoor(site), BORA["email"])
    async with client_of(site, session) as bora:
        for path in (*OPEN, APPEAL):
            page = await bora.get(path)
            assert page.status_code == 200, path
            assert "Ödenmemiş &lt;b&gt;faturalar&lt;/b&gt; {{7*7}}" in page.text, path
            assert f'href="{APPEAL}"' in page.text
            assert 'href="/panel/licenses"' not in page.text, path
            assert 'href="/panel/api-tokens"' not in page.text, path
        for path in ("/panel/licenses", f"/panel/licenses/{own.id}", "/panel/api-tokens", "/products/sms/order"):
            page = await bora.get(path)
            assert page.status_code == 403, path
            assert "Bu sayfa hesabınıza şu an kapalı" in page.text
            assert f'href="{APPEAL}"' in page.text
            assert 'href="/panel"' in page.text
        profile = (await bora.get("/panel/profile")).text
        assert ('id="password"' in profile, 'id="details"' in profile, 'id="email"' in profile) == (True, False, False)
        for path in ("details", "email", "marketing"):
            assert (await bora.post(f"/panel/profile/{path}", data={"current_password": PASSWORD})).status_code == 403
        assert (await bora.post("/panel/profile/language", data={"language": "en"})).status_code == 303
        assert "Your account" in (await bora.get("/panel")).text


@ON_ONE_DATABASE
async def test_a_suspended_customer_pays_on_the_site_and_a_terminated_one_does_not(site: Site) -> None:
    session, invoice, _ = await ordered(site, AYSE)
    async with client_of(site, session) as ayse:
        await block("SUSPENDED")
        assert (await told(ayse, invoice, notice())).status_code == 303
        assert (await ayse.get(f"/panel/invoices/{invoice}.pdf")).status_code == 200
        await block("TERMINATED")
        assert (await told(ayse, invoice, notice())).status_code == 403
        shown = (await ayse.get(f"/panel/invoices/{invoice}")).text
        assert "/transfer" not in shown
        assert (await ayse.get(f"/panel/invoices/{invoice}.pdf")).status_code == 200


@ON_ONE_DATABASE
async def test_an_appeal_is_opened_on_the_site_and_nothing_else(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    await block("TERMINATED")
    async with client_of(site, session) as ayse:
        form = {"kind": "COMPLAINT", "subject": "İtiraz", "body": "Yanlış anlaşıldı.", "key": "a"}
        other = await ayse.post("/panel/tickets/new", data=form | {"kind": "SALES", "key": "b"})
        assert (other.status_code, problems(other)) == (422, {("NOT_ALLOWED", "kind")})
        opened = await ayse.post("/panel/tickets/new", data=form)
        assert opened.status_code == 303
        page = await ayse.get(opened.headers["location"])
        assert "Yanlış anlaşıldı." in page.text


@ON_ONE_DATABASE
async def test_others_see_no_banner_and_their_refusals_are_as_before(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    async with client_of(site, session) as ayse:
        assert 'class="blocked"' not in (await ayse.get("/panel")).text
    async with site.browser() as guest:
        assert 'class="blocked"' not in (await guest.get("/products")).text
    # Staff whose account as customers is closed still find their desk.
    person = await Person.get(email=AYSE["email"])
    await Staff.create(person=person, scopes=[Scope.BILLING_READ.value], created_at=person.created_at)
    await Account.all().update(status="SUSPENDED", status_reason="Borç")
    async with client_of(site, session) as ayse:
        assert (await ayse.get("/desk/payments")).status_code == 200
