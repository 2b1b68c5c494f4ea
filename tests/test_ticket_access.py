"""Tickets of others, notes of staff: as if they did not exist, by every id, argument, list, count and search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from api import clock, streams
from api.models import ids
from api.models.people import Person
from api.models.tickets import STAFF, Ticket, TicketMessage
from tests.attached import uploaded
from tests.cast import AYSE, BORA
from tests.licensed import licensed
from tests.site import Site
from tests.test_access import _account, _api_token, _everything
from tests.ticketed import CLOSE, OPEN, RATE, REPLY, SALES, Ticketed, refused

NOTE = "aramızda-kalacak-bir-not"
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
LIST = """query ($search: String) { tickets(search: $search) { totalCount nodes { number
  messages { totalCount nodes { body } } events { totalCount nodes { kind } }
  notes { totalCount nodes { body } } } } }"""


@dataclass
class World:
    """Bora's ticket with a note, an event that only staff see and a file; Ayşe, who has nothing."""

    bora: Ticketed
    ayse: str
    ticket: dict[str, Any]
    message: str
    file: str
    note: str
    event: str
    license: str


@pytest.fixture
async def world(site: Site) -> World:
    has = await licensed(site)
    bora = Ticketed(site, has.session, has.staff)
    file = await uploaded(site, has.session)
    ticket = await bora.open(licenseId=has.id, attachmentIds=[file])
    row = await Ticket.get(number=ticket["number"])
    deniz = await Person.get(email="deniz@example.net")
    note = await streams.add_note(row, deniz, clock.now(), await streams.written(NOTE))
    event = await streams.add_event(row, "reopened", deniz, clock.now(), audience=STAFF, from_staff=True)
    await row.save()
    keys = {name: ids.public(TicketMessage.PREFIX, entry.id) for name, entry in (("note", note), ("event", event))}
    message = ticket["messages"]["nodes"][0]["id"]
    return World(bora, await _account(site, AYSE), ticket, message, file, license=has.id, **keys)


def _strangers(world: World, ticket: str) -> list[tuple[str, dict[str, Any], str]]:
    """Every argument that takes an id, with what it is refused on."""
    return [
        (REPLY, {"id": ticket, "body": "x"}, "ticketId"),
        (REPLY, {"id": ticket, "body": "x", "files": [world.file], "seen": world.message}, "ticketId"),
        (CLOSE, {"id": ticket}, "ticketId"),
        (RATE, {"id": ticket, "rating": 1}, "ticketId"),
    ]


async def test_a_strangers_ids_are_not_found_in_any_argument_and_nothing_changes(site: Site, world: World) -> None:
    own = Ticketed(site, world.ayse, world.bora.staff)
    mine = await own.open()
    before = await _everything()
    odd = [world.ticket["id"], world.message, world.note, ids.public("tic", ids.new_id()), "", "x\0", "tic_"]
    for given in odd:
        for document, variables, field in _strangers(world, given):
            assert refused(await own.do(document, **variables)) == {("NOT_FOUND", field)}, (given, document)
    for wrong in (world.license, world.ticket["id"], ids.public("lic", ids.new_id()), "x"):
        for kind in ("TECHNICAL", "SALES"):
            answer = await own.do(OPEN, input=SALES | {"kind": kind, "licenseId": wrong})
            assert refused(answer) == {("NOT_FOUND", "licenseId")}
    for wrong in (world.file, world.ticket["id"], "x"):
        answer = await own.do(OPEN, input=SALES | {"attachmentIds": [wrong]})
        assert refused(answer) == {("NOT_FOUND", "attachmentIds.0")}
        answer = await own.do(REPLY, id=mine["id"], body="x", files=[wrong])
        assert refused(answer) == {("NOT_FOUND", "attachmentIds.0")}
    assert await _everything() == before


async def test_what_is_not_ones_own_is_no_node_and_has_no_number(site: Site, world: World) -> None:
    tokens = {
        "guest": None,
        "stranger": world.ayse,
        "token without the scope": await _api_token(BORA["email"], "account:read", "licenses:read", "tickets:write"),
        "staff without the scope": await _other(site, "ece@example.net", "licenses:all"),
    }
    seen = {"owner": world.bora.session, "staff": world.bora.staff}
    for given in (world.ticket["id"], world.message, world.file):
        for caller, token in tokens.items():
            assert (await site.data(NODE, {"id": given}, token))["node"] is None, (caller, given)
        for caller, token in seen.items():
            assert (await site.data(NODE, {"id": given}, token))["node"]["id"] == given, (caller, given)
    # Notes and events are no nodes for anybody.
    for given in (world.note, world.event):
        for token in (*tokens.values(), *seen.values()):
            assert (await site.data(NODE, {"id": given}, token))["node"] is None
    by_number = "query ($n: String!) { ticket(number: $n) { id } }"
    number = {"n": world.ticket["number"]}
    assert (await site.data(by_number, number, world.ayse))["ticket"] is None
    assert (await site.data(by_number, {"n": "x\0"}, world.bora.session))["ticket"] is None
    assert (await site.data(by_number, number, world.bora.session))["ticket"]["id"] == world.ticket["id"]


async def _other(site: Site, email: str, *scopes: str) -> str:
    await site.staff_token(email=email)
    return await _api_token(email, *scopes)


async def test_neither_lists_nor_counts_nor_searches_tell_of_notes_or_of_others(site: Site, world: World) -> None:
    theirs = (await site.data(LIST, {"search": None}, world.ayse))["tickets"]
    assert theirs == {"totalCount": 0, "nodes": []}
    for word in ("aramızda", NOTE, "reopened", "Fiyat", world.ticket["number"]):
        assert (await site.data(LIST, {"search": word}, world.ayse))["tickets"]["totalCount"] == 0, word
    (own,) = (await site.data(LIST, {"search": None}, world.bora.session))["tickets"]["nodes"]
    assert own["messages"]["totalCount"] == 1
    assert own["events"] == own["notes"] == {"totalCount": 0, "nodes": []}
    for word in ("aramızda", NOTE):
        assert (await site.data(LIST, {"search": word}, world.bora.session))["tickets"]["totalCount"] == 0
    reader = await _other(site, "ece@example.net", "tickets:manage")
    answered = await world.bora.do(REPLY, reader, id=world.ticket["id"], body="x")
    assert answered["ticket"]["notes"]["totalCount"] == answered["ticket"]["events"]["totalCount"] == 0
    assert answered["ticket"]["assignee"] is None
    (desk,) = (await site.data(LIST, {"search": NOTE}, world.bora.staff))["tickets"]["nodes"]
    assert [node["body"] for node in desk["notes"]["nodes"]] == [NOTE]
    assert [node["kind"] for node in desk["events"]["nodes"]] == ["reopened"]
    assert [node["body"] for node in desk["messages"]["nodes"]] == ["İkinci lisans ne kadar?", "x"]


async def test_a_cursor_of_a_note_is_no_cursor(site: Site, world: World) -> None:
    page = """query ($n: String!, $after: String) { ticket(number: $n) {
      messages(after: $after) { nodes { id } } } }"""
    for given in (world.note, world.event):
        answer = await site.ask(page, {"n": world.ticket["number"], "after": given}, world.bora.session)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]


async def test_no_note_is_in_anything_that_its_customer_is_answered(site: Site, world: World) -> None:
    answers = [
        await world.bora.reply(world.ticket["id"]),
        await world.bora.do(CLOSE, id=world.ticket["id"]),
        await world.bora.do(RATE, id=world.ticket["id"], rating=2),
        await site.data(LIST, {"search": None}, world.bora.session),
    ]
    assert NOTE not in str(answers)
    assert "reopened" not in str(answers)


async def test_who_is_behind_a_ticket_needs_the_scope_of_accounts(site: Site, world: World) -> None:
    ask = "{ tickets { nodes { account { %s } license { id } } } }"
    bare = await _api_token(BORA["email"], "tickets:read")
    assert (await site.data(ask % "id number", None, bare))["tickets"]["nodes"][0]["license"] is None
    answer = await site.ask(ask % "email", None, bare)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    whole = await _api_token(BORA["email"], "tickets:read", "account:read", "licenses:read")
    (node,) = (await site.data(ask % "email", None, whole))["tickets"]["nodes"]
    assert node == {"account": {"email": BORA["email"]}, "license": {"id": world.license}}
    staff = await _other(site, "ece@example.net", "tickets:all")
    answer = await site.ask(ask % "email", None, staff)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
