"""Two tickets become one: one stream in the order of time without gaps, the earlier promise, and nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from api import clock
from api.models import ids
from api.models.accounts import Account
from api.models.audit import AuditEntry
from api.models.tickets import Ticket, TicketMessage, TicketPromise
from tests.cast import BORA
from tests.doors import GraphqlDoor, joined
from tests.site import Site
from tests.test_access import _everything
from tests.test_ticket_desk import ASSIGN, CHANGE, NOTE, WHOLE, upload
from tests.ticketed import CLOSE, REPLY, TICKET, Ticketed, refused, ticketed

MERGE = f"""mutation ($id: ID!, $into: ID!) {{ mergeTickets(ticketId: $id, intoTicketId: $into) {{
  ticket {{ {TICKET} }} errors {{ code field message }} }} }}"""
NOBODY = "tic_" + "0" * 32


@pytest.fixture
async def ayse(site: Site) -> Ticketed:
    return await ticketed(site)


async def merge(desk: Ticketed, key: str, into: str) -> dict[str, Any]:
    """The ticket that another one was merged into."""
    return desk.done(await desk.do(MERGE, desk.staff, id=key, into=into))


async def seen(desk: Ticketed, key: str, token: str | None = None) -> dict[str, Any]:
    """A ticket as the customer sees it, or whose token is given."""
    found: dict[str, Any] = (await desk.site.data(WHOLE, {"id": key}, token or desk.session))["node"]
    return found


def bodies(ticket: dict[str, Any], what: str = "messages") -> list[str]:
    """What was written, in order."""
    return [node["body"] for node in ticket[what]["nodes"]]


async def positions(key: str) -> list[int]:
    """The positions of a ticket's stream."""
    rows = await TicketMessage.filter(ticket_id=ids.key_of(key, "tic")).order_by("position")
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert (await Ticket.get(id=ids.key_of(key, "tic"))).last_position == len(rows)
    return [row.position for row in rows]


async def test_one_stream_in_the_order_of_time_and_the_earlier_promise(ayse: Ticketed) -> None:
    start = clock.now()
    with clock.stopped(start):
        first = await ayse.open(body="bir")
    with clock.stopped(start + timedelta(minutes=1)):
        second = await ayse.open(body="iki")
    for minutes, key, body in ((2, first["id"], "üç"), (3, second["id"], "dört"), (4, first["id"], "beş")):
        with clock.stopped(start + timedelta(minutes=minutes)):
            await ayse.reply(key, body)
            await ayse.do(NOTE, ayse.staff, id=key, body=f"not {body}")
    with clock.stopped(start + timedelta(minutes=5)):
        for _ in range(2):
            whole = await merge(ayse, first["id"], second["id"])
    assert whole["number"] == second["number"]
    assert bodies(whole) == ["bir", "iki", "üç", "dört", "beş"]
    assert bodies(whole, "notes") == ["not üç", "not dört", "not beş"]
    assert (whole["status"], whole["dueAt"], whole["waitingSince"]) == ("OPEN", first["dueAt"], first["waitingSince"])
    assert whole["firstAnswerDueAt"] == first["firstAnswerDueAt"]
    assert datetime.fromisoformat(whole["lastMessageAt"]) == start + timedelta(minutes=4)
    assert [(event["kind"], event["text"]) for event in whole["events"]["nodes"]] == [
        ("merged_from", f"{first['number']} numaralı talep buraya taşındı.")
    ]
    source = await seen(ayse, first["id"])
    assert (source["status"], source["mergedInto"], source["dueAt"]) == ("CLOSED", {"number": second["number"]}, None)
    assert (bodies(source), [event["kind"] for event in source["events"]["nodes"]]) == ([], ["merged_into"])
    assert (await positions(first["id"]), len(await positions(second["id"]))) == ([1], 9)
    assert await AuditEntry.filter(act="ticket:merge").count() == 2
    find = '{ tickets(search: "dört BEŞ") { nodes { number } } }'
    assert await ayse.site.data(find, token=ayse.session) == {"tickets": {"nodes": [{"number": second["number"]}]}}
    # One answer keeps both promises.
    answered = await ayse.answer(second["id"])
    assert (answered["status"], answered["dueAt"]) == ("ANSWERED", None)
    assert await TicketPromise.filter(outcome="ANSWERED").count() == 2


async def test_each_ticket_keeps_its_own_order_whatever_its_clock_said(ayse: Ticketed) -> None:
    start = clock.now()
    keys = [(await ayse.open(body=name))["id"] for name in ("a", "b")]
    for key, name, minutes in ((keys[0], "a", (9, 4, 12)), (keys[1], "b", (8, 10, 2))):
        for place, minute in enumerate(minutes):
            with clock.stopped(start + timedelta(minutes=minute)):
                await ayse.reply(key, f"{name}{place}")
    whole = await merge(ayse, *keys)
    assert bodies(whole) == ["a", "b", "b0", "a0", "a1", "b1", "b2", "a2"]


async def test_a_closed_ticket_goes_into_an_open_one_that_stays_as_it_was(ayse: Ticketed) -> None:
    file = await upload(ayse, ayse.session)
    closed, kept = await ayse.open(body="eski", attachmentIds=[file]), await ayse.open(body="yeni")
    await ayse.answer(closed["id"], "oldu", close=True)
    asked = await ayse.answer(kept["id"], "hangi sürüm?", asking=True)
    rated = (
        f"mutation ($id: ID!) {{ rateTicket(ticketId: $id, rating: 5) {{ ticket {{ {TICKET} }} errors {{ code }} }} }}"
    )
    await ayse.do(rated, id=closed["id"])
    before = await Ticket.get(id=ids.key_of(closed["id"], "tic"))
    whole = await merge(ayse, closed["id"], kept["id"])
    assert bodies(whole) == ["eski", "yeni", "oldu", "hangi sürüm?"]
    files = "query ($id: ID!) { node(id: $id) { ... on Ticket { messages { nodes { attachments { id } } } } } }"
    nodes = (await ayse.site.data(files, {"id": kept["id"]}, ayse.session))["node"]["messages"]["nodes"]
    assert [[one["id"] for one in node["attachments"]] for node in nodes] == [[file], [], [], []]
    same = ("status", "dueAt", "firstAnsweredAt", "firstAnswerDueAt", "openedAt")
    assert {name: whole[name] for name in same} == {name: asked[name] for name in same}
    source = await seen(ayse, closed["id"])
    assert (source["rating"], source["reopenableUntil"]) == (5, None)
    assert [event["kind"] for event in source["events"]["nodes"]] == ["closed", "rated", "merged_into"]
    assert (await Ticket.get(id=before.id)).closed_at == before.closed_at
    await positions(closed["id"])


async def test_an_extension_moves_the_promise_that_came_with_a_merge_and_not_the_one_that_was_kept(
    ayse: Ticketed,
) -> None:
    older, kept = await ayse.open(), await ayse.open()
    await ayse.answer(kept["id"])
    whole = await merge(ayse, older["id"], kept["id"])
    assert (whole["dueAt"], whole["firstAnswerDueAt"]) == (older["dueAt"], kept["firstAnswerDueAt"])
    publisher = await ayse.site.staff_token()
    extension = {
        "kind": "SUPPORT_EXTENSION", "title": "Yoğunluk", "body": "Metin", "maximumFirstAnswerMinutes": 600,
        "endsAt": (clock.now() + timedelta(days=2)).isoformat(),
    }  # fmt: skip
    publish = "mutation ($input: PublishAnnouncementInput!) { publishAnnouncement(input: $input) { errors { code } } }"
    assert (await ayse.do(publish, publisher, input=extension))["errors"] == []
    moved = await seen(ayse, kept["id"])
    assert datetime.fromisoformat(moved["dueAt"]) > datetime.fromisoformat(whole["dueAt"])
    assert moved["firstAnswerDueAt"] == kept["firstAnswerDueAt"]


async def test_what_may_not_be_merged_is_refused_with_the_reason(ayse: Ticketed, site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, BORA)
    bora = Ticketed(site, session, ayse.staff)
    one, two, three = [(await ayse.open())["id"] for _ in range(3)]
    foreign, closed = (await bora.open())["id"], (await ayse.open())["id"]
    await ayse.do(CLOSE, id=closed)
    await merge(ayse, three, two)
    before = await _everything()
    for key, into, problem in (
        (one, one, ("NOT_ALLOWED", "intoTicketId")),
        (one, foreign, ("NOT_ALLOWED", "intoTicketId")),
        (one, three, ("NOT_ALLOWED", "intoTicketId")),
        (one, closed, ("NOT_ALLOWED", "intoTicketId")),
        (three, one, ("NOT_ALLOWED", "ticketId")),
        (one, NOBODY, ("NOT_FOUND", "intoTicketId")),
        (one, "x", ("NOT_FOUND", "intoTicketId")),
        (NOBODY, one, ("NOT_FOUND", "ticketId")),
    ):
        assert refused(await ayse.do(MERGE, ayse.staff, id=key, into=into)) == {problem}
    both = {("NOT_FOUND", "ticketId"), ("NOT_FOUND", "intoTicketId")}
    assert refused(await ayse.do(MERGE, ayse.staff, id="", into=NOBODY)) == both
    for document, more in ((ASSIGN, {}), (NOTE, {"body": "Not"}), (CHANGE, {"priority": "LOW"})):
        payload = await ayse.do(document, ayse.staff, id=three, **more)
        assert refused(payload) == {("NOT_ALLOWED", "ticketId")}
    assert refused(await ayse.do(REPLY, id=three, body="Hâlâ")) == {("NOT_ALLOWED", "ticketId")}
    assert await _everything() == before


async def test_an_appeal_stays_where_a_closed_account_can_read_it(ayse: Ticketed) -> None:
    sales, appeal, other = await ayse.open(), await ayse.open(kind="COMPLAINT"), await ayse.open(kind="COMPLAINT")
    payload = await ayse.do(MERGE, ayse.staff, id=appeal["id"], into=sales["id"])
    assert refused(payload) == {("NOT_ALLOWED", "intoTicketId")}
    assert ayse.done(await ayse.do(CHANGE, ayse.staff, id=other["id"], kind="BILLING"))["kind"] == "BILLING"
    account = (await Ticket.get(id=ids.key_of(appeal["id"], "tic"))).account_id
    await Account.filter(id=account).update(status="SUSPENDED", status_reason="Neden")
    payload = await ayse.do(CHANGE, ayse.staff, id=appeal["id"], kind="BILLING")
    assert refused(payload) == {("NOT_ALLOWED", "kind")}
    assert ayse.done(await ayse.do(CHANGE, ayse.staff, id=appeal["id"], priority="HIGH"))["kind"] == "COMPLAINT"
    assert (await seen(ayse, appeal["id"]))["number"] == appeal["number"]


async def test_merged_while_both_are_written_in_nothing_is_lost(ayse: Ticketed) -> None:
    one, two = (await ayse.open(body="a"))["id"], (await ayse.open(body="b"))["id"]
    said = {key: [f"{key}-{place}" for place in range(15)] for key in (one, two)}

    async def say(key: str, body: str) -> str | None:
        return None if (await ayse.do(REPLY, id=key, body=body))["errors"] else body

    talk = [say(key, body) for key, texts in said.items() for body in texts]
    noise = [ayse.do(NOTE, ayse.staff, id=key, body="not") for key in (one, two)]
    merges = [ayse.do(MERGE, ayse.staff, id=one, into=two), ayse.do(MERGE, ayse.staff, id=two, into=one)]
    answers = await asyncio.gather(*talk[:20], *merges, *noise, *talk[20:])
    ways = answers[20:22]
    assert sorted(bool(way["errors"]) for way in ways) == [False, True]
    target, source = (two, one) if not ways[0]["errors"] else (one, two)
    whole = await seen(ayse, target, ayse.staff)
    taken = {body for body in answers if isinstance(body, str)}
    assert set(bodies(whole)) == {"a", "b"} | taken
    assert len(bodies(whole)) == 2 + len(taken)
    for key in (one, two):
        await positions(key)
        texts = [body for body in bodies(whole) if body.startswith(f"{key}-")]
        assert len(texts) == len(set(texts))
    assert set(said[target]) <= taken
    assert bodies(await seen(ayse, source, ayse.staff)) == []
    assert await TicketPromise.filter(outcome=None, ticket_id=ids.key_of(target, "tic")).count() == 2
    row = await Ticket.get(id=ids.key_of(target, "tic"))
    assert row.due_at == min([promise.due_at async for promise in TicketPromise.all()])


async def test_merges_of_the_same_tickets_at_once_happen_once(ayse: Ticketed) -> None:
    keys = [(await ayse.open(body=str(place)))["id"] for place in range(4)]
    ways = [(one, other) for one in keys for other in keys if one != other]
    payloads = await asyncio.gather(*(ayse.do(MERGE, ayse.staff, id=one, into=other) for one, other in ways))
    done = [way for way, payload in zip(ways, payloads, strict=True) if not payload["errors"]]
    merged = await Ticket.exclude(merged_into_id=None)
    assert len(done) == len(merged)
    assert all({error["code"] for error in payload["errors"]} <= {"NOT_ALLOWED"} for payload in payloads)
    assert await TicketMessage.filter(kind="MESSAGE").count() == 4
    kept = await Ticket.filter(merged_into_id=None)
    holders = {row.ticket_id for row in await TicketMessage.filter(kind="MESSAGE")}
    assert holders == {row.id for row in kept}
    for key in keys:
        await positions(key)
