"""Canned answers: written by staff with known variables, filled in for a ticket, and never read as a template twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.caller import Scope
from api.models.audit import AuditEntry
from api.models.people import Person
from api.models.tickets import CannedAnswer
from tests.cast import BORA
from tests.licensed import licensed
from tests.site import Site

NOBODY = "can_" + "0" * 32
SAVE = """mutation ($id: ID, $title: String!, $body: String!, $kind: TicketKind) {
  saveCannedAnswer(id: $id, title: $title, body: $body, kind: $kind) {
    cannedAnswer { id title body kind changedBy } errors { code field message } } }"""
DELETE = """mutation ($id: ID!) { deleteCannedAnswer(id: $id) {
  cannedAnswer { title } errors { code field } } }"""
LIST = "query ($kind: TicketKind) { cannedAnswers(kind: $kind) { title } }"
FILL = "query ($id: ID!, $ticket: ID!) { filledCannedAnswer(id: $id, ticketId: $ticket) }"
OPEN = (
    "mutation ($input: OpenTicketInput!) { openTicket(input: $input) { ticket { id number } errors { code field } } }"
)
ALL = """{{customer_name}} | {{ticket_number}} | {{subject}} | {{product}} | {{domain}} | {{support_until}}
{{agent_name}} | {{vendor_name}} | {{answer_due}} | {{customer_name}}"""


async def saved(site: Site, token: str, **given: Any) -> dict[str, Any]:
    """What came of saving a canned answer."""
    asked = {"title": "Karşılama", "body": "Merhaba {{customer_name}},"} | given
    answer: dict[str, Any] = (await site.data(SAVE, asked, token))["saveCannedAnswer"]
    return answer


async def titles(site: Site, token: str, kind: str | None = None) -> list[str]:
    """The titles that are listed, in their order."""
    return [one["title"] for one in (await site.data(LIST, {"kind": kind}, token))["cannedAnswers"]]


async def filled(site: Site, token: str, own: str, ticket: str) -> str | None:
    """A canned answer filled in."""
    answer: str | None = (await site.data(FILL, {"id": own, "ticket": ticket}, token))["filledCannedAnswer"]
    return answer


@pytest.fixture
async def staff(site: Site) -> str:
    """Deniz's token, who is called by name."""
    token = await site.staff_token()
    await Person.filter(email="deniz@example.net").update(first_name="Deniz", last_name="Su")
    return token


async def test_written_listed_by_the_turkish_alphabet_changed_and_deleted(site: Site, staff: str) -> None:
    for title, kind in (("Zam", "SALES"), ("Çözüm", None), ("Cevap", "TECHNICAL"), ("Ismarlama", None)):
        assert (await saved(site, staff, title=title, kind=kind))["errors"] == []
    assert await titles(site, staff) == ["Cevap", "Çözüm", "Ismarlama", "Zam"]
    assert await titles(site, staff, "SALES") == ["Çözüm", "Ismarlama", "Zam"]
    first = await CannedAnswer.get(title="Cevap")
    own = f"can_{first.id.hex}"
    changed = await saved(site, staff, id=own, title="  Yanıt ", body="Merhaba\r\n{{agent_name}}", kind=None)
    assert changed["cannedAnswer"] == {
        "id": own, "title": "Yanıt", "body": "Merhaba\n{{agent_name}}", "kind": None, "changedBy": "Deniz Su",
    }  # fmt: skip
    assert await titles(site, staff, "SALES") == ["Çözüm", "Ismarlama", "Yanıt", "Zam"]
    assert (await site.data(DELETE, {"id": own}, staff))["deleteCannedAnswer"]["errors"] == []
    again = (await site.data(DELETE, {"id": own}, staff))["deleteCannedAnswer"]
    assert again == {"cannedAnswer": None, "errors": [{"code": "NOT_FOUND", "field": ["id"]}]}
    assert await titles(site, staff) == ["Çözüm", "Ismarlama", "Zam"]
    acts = [row.act async for row in AuditEntry.filter(subject=f"canned_answer:{first.id.hex}").order_by("at")]
    assert acts == ["canned_answer:save", "canned_answer:save", "canned_answer:delete"]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"title": " "}, "REQUIRED", "title"),
        ({"title": "b" * 121}, "TOO_LONG", "title"),
        ({"title": "a\0b"}, "INVALID", "title"),
        ({"body": "\n "}, "REQUIRED", "body"),
        ({"body": "b" * 20_001}, "TOO_LONG", "body"),
        ({"body": "a\0b"}, "INVALID", "body"),
        ({"body": "Merhaba {{customer}}"}, "INVALID", "body"),
        ({"id": NOBODY}, "NOT_FOUND", "id"),
        ({"id": "lic_" + "0" * 32}, "NOT_FOUND", "id"),
        ({"title": "Var"}, "ALREADY_EXISTS", "title"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    site: Site, staff: str, given: dict[str, str], code: str, field: str
) -> None:
    await saved(site, staff, title="Var")
    answer = await saved(site, staff, **given)
    assert [(error["code"], error["field"]) for error in answer["errors"]] == [(code, [field])]
    assert await titles(site, staff) == ["Var"]


async def test_an_unknown_variable_is_named_with_those_that_there_are(site: Site, staff: str) -> None:
    (error,) = (await saved(site, staff, body="Merhaba {{customer}}"))["errors"]
    assert "{{customer}}" in error["message"]
    assert "{{customer_name}}, {{ticket_number}}" in error["message"]


async def test_one_title_saved_by_many_at_once_is_there_once(site: Site, staff: str) -> None:
    answers = await asyncio.gather(*(saved(site, staff) for _ in range(8)))
    refused = [answer["errors"][0]["code"] for answer in answers if answer["errors"]]
    assert refused == ["ALREADY_EXISTS"] * 7
    assert await titles(site, staff) == ["Karşılama"]


async def test_filled_in_for_a_ticket_and_values_stay_text(site: Site, staff: str) -> None:
    bora = await licensed(site)
    subject = "{{7*7}} ve {{agent_name}}"
    form = {"kind": "TECHNICAL", "subject": subject, "body": "Çalışmıyor.", "licenseId": bora.id}
    ticket = (await site.data(OPEN, {"input": form}, bora.session))["openTicket"]["ticket"]
    own = (await saved(site, staff, body=ALL))["cannedAnswer"]["id"]
    text = await filled(site, staff, own, ticket["id"])
    assert text
    head, tail = text.splitlines()
    name, number, shown, product, domain, until = head.split(" | ")
    assert (name, number, shown, domain) == ("Bora Işık", ticket["number"], subject, "…")
    assert product
    assert until == f"{(await bora.row()).support_until:%-d}" + until[until.index(" ") :]
    agent, vendor, due, again = tail.split(" | ")
    assert (agent, vendor, again) == ("Deniz Su", site.settings.vendor.name, "Bora Işık")
    assert due != "…"
    for unknown in ((NOBODY, ticket["id"]), (own, "tic_" + "0" * 32), (ticket["id"], own)):
        assert await filled(site, staff, *unknown) is None


async def test_what_a_ticket_does_not_have_is_a_gap_to_be_seen(site: Site, staff: str) -> None:
    bora = await licensed(site, BORA)
    form = {"kind": "SALES", "subject": "Fiyat", "body": "Ne kadar?"}
    ticket = (await site.data(OPEN, {"input": form}, bora.session))["openTicket"]["ticket"]
    own = (await saved(site, staff, body="{{product}}/{{domain}}/{{support_until}}"))["cannedAnswer"]["id"]
    assert await filled(site, staff, own, ticket["id"]) == "…/…/…"


async def test_who_only_reads_tickets_sees_no_canned_answer(site: Site, staff: str) -> None:
    own = (await saved(site, staff))["cannedAnswer"]["id"]
    reader = await site.staff_token(Scope.TICKETS_ALL, email="okur@example.net")
    assert (await site.ask(LIST, {}, reader))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await site.data(node, {"id": own}, reader))["node"] is None
    assert (await site.data(node, {"id": own}, staff))["node"] == {"id": own}


async def test_who_has_no_name_yet_signs_with_the_vendors(site: Site, staff: str) -> None:
    await Person.filter(email="deniz@example.net").update(first_name="", last_name="")
    bora = await licensed(site)
    form = {"kind": "SALES", "subject": "Fiyat", "body": "Ne kadar?"}
    ticket = (await site.data(OPEN, {"input": form}, bora.session))["openTicket"]["ticket"]
    own = (await saved(site, staff, body="{{agent_name}}"))["cannedAnswer"]["id"]
    assert await filled(site, staff, own, ticket["id"]) == site.settings.vendor.name
