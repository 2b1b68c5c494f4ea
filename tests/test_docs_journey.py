"""The documents that docs/api.md shows are run in their order: to a license, to a closed ticket, and at the desk."""

from __future__ import annotations

import re

from api.schema.canned_answers import CANNED_VARIABLES
from api.settings import ROOT
from tests.cast import BORA
from tests.doors import GraphqlDoor, joined
from tests.licensed import licensed
from tests.site import Site
from tests.test_invoice_pages import CREATE

DOCUMENT = (ROOT / "docs" / "api.md").read_text("utf-8")
BLOCK = re.compile(r"```graphql\n(.*?)```", re.DOTALL)


async def test_the_journey_of_the_docs_ends_with_an_active_license(site: Site) -> None:
    orders, _, _ = DOCUMENT.partition("## Tickets")
    token, order, tell, confirm, licenses = BLOCK.findall(orders)
    staff = await site.staff_token()
    bora = await joined(GraphqlDoor(site), site, BORA)
    await site.data('mutation { createCategory(slug: "sms", name: "SMS") { errors { code } } }', token=staff)
    await site.data(CREATE, token=staff)
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    made = (await site.data(order, {"product": product}, bora))["placeOrder"]
    assert made["errors"] == []
    assert made["order"]["licenses"][0]["status"] == "PENDING"
    told = await site.data(tell, {"invoice": made["order"]["invoice"]["id"], "amount": "1200"}, bora)
    assert told["reportBankTransfer"]["errors"] == []
    payment = told["reportBankTransfer"]["payment"]["id"]
    assert (await site.data(confirm, {"payment": payment}, staff))["confirmPayment"] == {
        "invoice": {"status": "PAID"},
        "errors": [],
    }
    script = (await site.data(token, token=bora))["createApiToken"]
    assert script["errors"] == []
    (own,) = (await site.data(licenses, token=script["token"]))["licenses"]["nodes"]
    assert own["domain"] == "ornek.com.tr"
    assert own["supportRenewalQuote"]["total"] == {"amount": "480.00"}


async def test_the_journey_of_the_docs_from_a_question_to_its_rating(site: Site) -> None:
    has = await licensed(site)
    ask, mine, go_on = BLOCK.findall(DOCUMENT.partition("## Tickets")[2].partition("\n## ")[0])
    asked = (await site.data(ask, {"license": has.id}, has.session))["openTicket"]
    assert asked["errors"] == []
    own = asked["ticket"]["id"]
    await site.data(
        'mutation ($id: ID!) { replyToTicket(ticketId: $id, body: "Düzelttik") { errors { code } } }',
        {"id": own}, has.staff,
    )  # fmt: skip
    (found,) = (await site.data(mine, token=has.session))["tickets"]["nodes"]
    assert [message["fromStaff"] for message in found["messages"]["nodes"]] == [False, True]
    done = await site.data(go_on, {"ticket": own}, has.session)
    assert [payload["errors"] for payload in done.values()] == [[], [], []]
    assert done["rateTicket"]["ticket"] == {"rating": 5}


async def test_the_journey_of_the_docs_at_the_desk(site: Site) -> None:
    has = await licensed(site)
    tickets, desk = (
        DOCUMENT.partition(f"## {title}\n")[2].partition("\n## ")[0] for title in ("Tickets", "Working on tickets")
    )
    queue, work, canned, fill = BLOCK.findall(desk)
    ask = BLOCK.findall(tickets)[0]
    own = (await site.data(ask, {"license": has.id}, has.session))["openTicket"]["ticket"]["id"]
    assert [node["id"] for node in (await site.data(queue, token=has.staff))["ticketQueue"]["nodes"]] == [own]
    done = await site.data(work, {"ticket": own}, has.staff)
    assert [payload["errors"] for payload in done.values()] == [[], [], [], []]
    assert (await site.data(queue, token=has.staff))["ticketQueue"]["nodes"] == []
    saved = (await site.data(canned, token=has.staff))["saveCannedAnswer"]
    assert saved["errors"] == []
    given = {"canned": saved["cannedAnswer"]["id"], "ticket": own}
    text = (await site.data(fill, given, has.staff))["filledCannedAnswer"]
    assert text.startswith("Merhaba Bora Işık, ")
    assert {mark for mark in CANNED_VARIABLES if f"`{mark}`" not in desk} == set()
