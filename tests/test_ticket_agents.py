"""Who may be given tickets, and the tickets and licenses of one account."""

from __future__ import annotations

from api.caller import Scope
from tests.cast import AYSE, BORA
from tests.licensed import licensed
from tests.site import Site
from tests.ticketed import ticketed

AGENTS = "{ ticketAgents { name email } }"
TICKETS = "query ($id: ID) { tickets(accountId: $id) { totalCount nodes { number } } }"
LICENSES = "query ($id: ID) { licenses(accountId: $id) { totalCount nodes { id } } }"
ACCOUNT = "{ viewer { account { id } } }"


async def test_only_who_may_answer_is_an_agent(site: Site) -> None:
    staff = await site.staff_token()
    await site.staff_token(Scope.TICKETS_ALL, email="ece@example.net")
    await site.staff_token(Scope.TICKETS_ALL, Scope.TICKETS_MANAGE, email="can@example.net")
    assert (await site.data(AGENTS, token=staff))["ticketAgents"] == [
        {"name": "can@example.net", "email": "can@example.net"},
        {"name": "deniz@example.net", "email": "deniz@example.net"},
    ]


async def test_tickets_of_one_account_are_those_that_one_may_see(site: Site) -> None:
    ayse, bora = await ticketed(site, AYSE), await ticketed(site, BORA)
    own, foreign = await ayse.open(), await bora.open()
    account = (await site.data(ACCOUNT, token=ayse.session))["viewer"]["account"]["id"]
    other = (await site.data(ACCOUNT, token=bora.session))["viewer"]["account"]["id"]

    async def numbers(token: str, key: str | None) -> list[str]:
        found = (await site.data(TICKETS, {"id": key}, token))["tickets"]
        assert found["totalCount"] == len(found["nodes"])
        return sorted(node["number"] for node in found["nodes"])

    assert await numbers(ayse.staff, account) == [own["number"]]
    assert await numbers(ayse.staff, None) == sorted([own["number"], foreign["number"]])
    assert await numbers(ayse.session, account) == [own["number"]]
    for nobody in (other, "acc_" + "0" * 32, "nonsense", ""):
        assert await numbers(ayse.session, nobody) == []


async def test_licenses_of_one_account_are_those_that_one_may_see(site: Site) -> None:
    ayse, bora = await licensed(site, AYSE, "bir"), await licensed(site, BORA, "iki")
    account = (await site.data(ACCOUNT, token=ayse.session))["viewer"]["account"]["id"]

    async def found(token: str, key: str) -> list[str]:
        answer = (await site.data(LICENSES, {"id": key}, token))["licenses"]
        assert answer["totalCount"] == len(answer["nodes"])
        return [node["id"] for node in answer["nodes"]]

    assert await found(ayse.staff, account) == [ayse.id]
    assert await found(ayse.session, account) == [ayse.id]
    assert await found(bora.session, account) == []
    assert await found(ayse.staff, "acc_" + "0" * 32) == []
