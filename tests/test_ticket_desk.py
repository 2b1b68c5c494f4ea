"""What staff do with tickets besides answering: the queue, assigning, noting, changing, and being there."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any

import pytest

from api import clock, jobs
from api.caller import Scope
from api.models.audit import AuditEntry
from api.models.tickets import Ticket, TicketMessage, TicketPresence, TicketPromise
from tests.cast import AYSE, BORA
from tests.site import Site
from tests.test_access import _everything
from tests.ticketed import TICKET, Ticketed, refused, ticketed

_ANSWER = f"{{ ticket {{ {TICKET} }} errors {{ code field message }} }}"
ASSIGN = f"mutation ($id: ID!, $email: String) {{ assignTicket(ticketId: $id, assigneeEmail: $email) {_ANSWER} }}"
NOTE = f"""mutation ($id: ID!, $body: String!, $key: String, $files: [ID!]) {{
  addTicketNote(ticketId: $id, body: $body, idempotencyKey: $key, attachmentIds: $files) {_ANSWER} }}"""
UPLOAD = """mutation ($file: String!) { uploadAttachment(file: $file, filename: "gunluk.txt") {
  attachment { id } errors { code } } }"""
CHANGE = f"""mutation ($id: ID!, $kind: TicketKind, $priority: TicketPriority) {{
  changeTicket(ticketId: $id, kind: $kind, priority: $priority) {_ANSWER} }}"""
PRESENT = """mutation ($id: ID!, $writing: Boolean!) { markTicketPresence(ticketId: $id, writing: $writing) {
  others { name writing } errors { code field } } }"""
QUEUE = """query ($queue: TicketQueue! = ALL, $first: Int, $after: String, $search: String) {
  ticketQueue(queue: $queue, first: $first, after: $after, search: $search) {
    nodes { number dueAt assignee } pageInfo { hasNextPage endCursor } totalCount } }"""
WHOLE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Ticket {{ {TICKET} }} }} }}"
DENIZ, ECE = "deniz@example.net", "ece@example.net"
NOBODY = "tic_" + "0" * 32


@pytest.fixture
async def ayse(site: Site) -> Ticketed:
    return await ticketed(site)


@pytest.fixture
async def ece(site: Site) -> str:
    """A colleague's token, who answers tickets too."""
    return await site.staff_token(Scope.TICKETS_ALL, Scope.TICKETS_MANAGE, email=ECE)


async def queue(desk: Ticketed, which: str = "ALL", token: str | None = None, **given: Any) -> dict[str, Any]:
    """A page of a queue."""
    answer = await desk.site.data(QUEUE, {"queue": which} | given, token or desk.staff)
    page: dict[str, Any] = answer["ticketQueue"]
    return page


async def upload(desk: Ticketed, token: str) -> str:
    """A small file that waits for a message."""
    file = base64.b64encode("bir satır".encode()).decode()
    return str((await desk.do(UPLOAD, token, file=file))["attachment"]["id"])


async def present(desk: Ticketed, token: str, key: str, *, writing: bool = False) -> list[tuple[str, bool]]:
    """Say that one is there; who else is, and whether they write."""
    payload = await desk.do(PRESENT, token, id=key, writing=writing)
    assert payload["errors"] == []
    return [(other["name"], other["writing"]) for other in payload["others"]]


async def test_the_queue_holds_what_waits_for_staff_the_first_due_on_top(ayse: Ticketed, ece: str) -> None:
    answered, closed = await ayse.open(), await ayse.open()
    start, waiting = clock.now(), {}
    for minutes, word in ((0, "Şimdi"), (7, "Birazdan"), (7, "Sonra"), (30, "YARIM")):
        with clock.stopped(start + timedelta(minutes=minutes)):
            one = await ayse.open(subject=f"{word} lazım")
            waiting[one["number"]] = one["id"]
    await ayse.answer(answered["id"])
    await ayse.do("mutation ($id: ID!) { closeTicket(ticketId: $id) { errors { code } } }", id=closed["id"])
    rows = await Ticket.filter(due_at__not_isnull=True).order_by("due_at", "id")
    expected = [row.number for row in rows]
    assert set(expected) == set(waiting)
    seen: list[str] = []
    page: dict[str, Any] = {"pageInfo": {"endCursor": None, "hasNextPage": True}}
    while page["pageInfo"]["hasNextPage"]:
        page = await queue(ayse, first=1, after=page["pageInfo"]["endCursor"])
        assert page["totalCount"] == 4
        seen += [node["number"] for node in page["nodes"]]
    assert seen == expected
    await ayse.do(ASSIGN, ayse.staff, id=waiting[expected[3]], email=ECE)
    assert [node["number"] for node in (await queue(ayse, "MINE", ece))["nodes"]] == expected[3:]
    assert (await queue(ayse, "MINE"))["nodes"] == []
    assert [node["number"] for node in (await queue(ayse, "UNASSIGNED"))["nodes"]] == expected[:3]
    found = await queue(ayse, search="LAZIM yarım")
    assert [await _subject(node["number"]) for node in found["nodes"]] == ["YARIM lazım"]
    # A ticket that is answered leaves; what follows keeps its place behind a cursor that was told before.
    first = await queue(ayse, first=2)
    await ayse.answer(waiting[expected[0]])
    rest = await queue(ayse, after=first["pageInfo"]["endCursor"])
    assert [node["number"] for node in rest["nodes"]] == expected[2:]


async def _subject(number: str) -> str:
    return (await Ticket.get(number=number)).subject


async def test_assigned_to_whoever_may_answer_and_only_staff_hear_of_it(ayse: Ticketed, site: Site, ece: str) -> None:
    await site.staff_token(Scope.TICKETS_ALL, email="okur@example.net")
    key = (await ayse.open())["id"]
    given = ayse.done(await ayse.do(ASSIGN, ayse.staff, id=key, email=" ECE@example.net "))
    assert given["assignee"] == ECE
    event = {"kind": "assigned", "text": f"Talep {ECE} kişisine atandı.", "author": DENIZ, "fromStaff": True}
    assert given["events"]["nodes"] == [event | {"staffOnly": True}]
    again = ayse.done(await ayse.do(ASSIGN, ece, id=key, email=ECE))
    assert again["events"]["totalCount"] == 1
    seen = (await site.data(WHOLE, {"id": key}, ayse.session))["node"]
    assert (seen["assignee"], seen["events"]["nodes"]) == (None, [])
    for email, code in (
        (AYSE["email"], "NOT_FOUND"), ("yok@example.net", "NOT_FOUND"), ("a" * 300, "NOT_FOUND"), ("", "NOT_FOUND"),
        ("okur@example.net", "NOT_ALLOWED"),
    ):  # fmt: skip
        assert refused(await ayse.do(ASSIGN, ayse.staff, id=key, email=email)) == {(code, "assigneeEmail")}
    nobody = ayse.done(await ayse.do(ASSIGN, ayse.staff, id=key))
    assert (nobody["assignee"], nobody["events"]["nodes"][-1]["kind"]) == (None, "unassigned")
    assert await AuditEntry.filter(act="ticket:assign").count() == 2


async def test_a_note_is_staffs_alone_and_the_promise_goes_on(ayse: Ticketed, site: Site) -> None:
    opened = await ayse.open()
    key, secret = opened["id"], "müşteri geçen yıl da yazmıştı"
    for _ in range(2):
        noted = ayse.done(await ayse.do(NOTE, ayse.staff, id=key, body=secret, key="bir"))
    assert [node["body"] for node in noted["notes"]["nodes"]] == [secret]
    assert (noted["dueAt"], noted["status"], noted["messages"]["totalCount"]) == (opened["dueAt"], "OPEN", 1)
    assert noted["lastMessageAt"] == opened["lastMessageAt"]
    assert await TicketPromise.filter(outcome=None).count() == 1
    seen = (await site.data(WHOLE, {"id": key}, ayse.session))["node"]
    assert (seen["notes"]["totalCount"], seen["messages"]["totalCount"]) == (0, 1)
    assert secret not in str(seen)
    assert secret not in "".join([str(letter) for letter in await site.deliver()])
    assert secret not in str(await AuditEntry.all().values_list("details", flat=True))
    entry = await TicketMessage.get(kind="NOTE")
    other = "query ($id: ID!) { node(id: $id) { id } }"
    for token in (ayse.session, ayse.staff):
        assert (await site.data(other, {"id": f"msg_{entry.id.hex}"}, token))["node"] is None
    conflict = await ayse.do(NOTE, ayse.staff, id=key, body="başka", key="bir")
    assert refused(conflict) == {("IDEMPOTENCY_CONFLICT", "idempotencyKey")}
    for body, code in (("", "REQUIRED"), ("a\0", "INVALID"), ("a" * 20_001, "TOO_LONG")):
        assert refused(await ayse.do(NOTE, ayse.staff, id=key, body=body)) == {(code, "body")}
    assert await TicketMessage.filter(kind="NOTE").count() == 1


async def test_a_file_on_a_note_is_staffs_alone_and_taken_once(ayse: Ticketed, site: Site) -> None:
    key = (await ayse.open())["id"]
    file = await upload(ayse, ayse.staff)
    noted = await ayse.do(NOTE, ayse.staff, id=key, body="Günlük ekte", files=[file])
    assert noted["errors"] == []
    files = "query ($id: ID!) { node(id: $id) { ... on Ticket { notes { nodes { attachments { id filename } } } } } }"
    whole = (await site.data(files, {"id": key}, ayse.staff))["node"]["notes"]["nodes"]
    assert whole == [{"attachments": [{"id": file, "filename": "gunluk.txt"}]}]
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await site.data(node, {"id": file}, ayse.staff))["node"] == {"id": file}
    assert (await site.data(node, {"id": file}, ayse.session))["node"] is None
    for given in (file, await upload(ayse, ayse.session)):
        again = await ayse.do(NOTE, ayse.staff, id=key, body="Bir daha", files=[given])
        assert refused(again) == {("NOT_FOUND", "attachmentIds.0")}
    assert await TicketMessage.filter(kind="NOTE").count() == 1


async def test_kind_and_priority_change_and_the_customer_sees_it(ayse: Ticketed, site: Site) -> None:
    opened = await ayse.open()
    key = opened["id"]
    for _ in range(2):
        changed = ayse.done(await ayse.do(CHANGE, ayse.staff, id=key, kind="BILLING", priority="HIGH"))
    assert (changed["kind"], changed["priority"], changed["dueAt"]) == ("BILLING", "HIGH", opened["dueAt"])
    seen = (await site.data(WHOLE, {"id": key}, ayse.session))["node"]["events"]["nodes"]
    assert [event["kind"] for event in seen] == ["kind_changed", "priority_changed"]
    assert [event["text"].rpartition(": ")[2] for event in seen] == ["Fatura ve ödeme.", "Yüksek."]
    unchanged = ayse.done(await ayse.do(CHANGE, ayse.staff, id=key))
    assert unchanged["events"]["totalCount"] == 2


async def test_unknown_tickets_are_not_found_by_any_verb(ayse: Ticketed) -> None:
    for key in (NOBODY, "lic_" + "0" * 32, "x", ""):
        for document, more in ((ASSIGN, {}), (NOTE, {"body": "Not"}), (CHANGE, {"priority": "LOW"})):
            assert refused(await ayse.do(document, ayse.staff, id=key, **more)) == {("NOT_FOUND", "ticketId")}
        there = await ayse.do(PRESENT, ayse.staff, id=key, writing=True)
        assert there == {"others": None, "errors": [{"code": "NOT_FOUND", "field": ["ticketId"]}]}


async def test_who_only_reads_everybodys_tickets_changes_nothing(ayse: Ticketed, site: Site) -> None:
    reader = await site.staff_token(Scope.TICKETS_ALL, email="okur@example.net")
    key = (await ayse.open())["id"]
    assert (await queue(ayse, token=reader))["totalCount"] == 1
    before = await _everything()
    acts: dict[str, dict[str, Any]] = {ASSIGN: {"email": DENIZ}, NOTE: {"body": "Not"}, CHANGE: {"priority": "LOW"}}
    for document, more in (acts | {PRESENT: {"writing": True}}).items():
        for token in (reader, ayse.session):
            answer = await site.ask(document, {"id": key} | more, token)
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert await _everything() == before
    assert [e["extensions"]["code"] for e in (await site.ask(QUEUE, {}, ayse.session))["errors"]] == ["FORBIDDEN"]


async def test_two_who_have_a_ticket_before_them_know_of_each_other(ayse: Ticketed, site: Site, ece: str) -> None:
    key, other = (await ayse.open())["id"], (await ayse.open())["id"]
    start = clock.now()
    with clock.stopped(start):
        assert await present(ayse, ayse.staff, key) == []
        assert await present(ayse, ece, key, writing=True) == [(DENIZ, False)]
        assert await present(ayse, ayse.staff, key) == [(ECE, True)]
        assert await present(ayse, ayse.staff, other) == []
    with clock.stopped(start + timedelta(seconds=29)):
        assert await present(ayse, ayse.staff, key, writing=True) == [(ECE, True)]
        assert await present(ayse, ece, key) == [(DENIZ, True)]
        assert await present(ayse, ayse.staff, key) == [(ECE, False)]
    with clock.stopped(start + timedelta(seconds=59)):
        assert await present(ayse, ayse.staff, key) == []
    assert await TicketPresence.all().count() == 3
    assert not await AuditEntry.filter(act__startswith="ticket:").exclude(act="ticket:open").exists()


async def test_since_when_somebody_writes_is_kept_until_they_pause_or_leave(ayse: Ticketed) -> None:
    key = (await ayse.open())["id"]
    start = clock.now().replace(microsecond=0)
    since = []
    for seconds, writing in ((0, True), (20, True), (40, False), (60, True), (200, True)):
        with clock.stopped(start + timedelta(seconds=seconds)):
            await present(ayse, ayse.staff, key, writing=writing)
        row = await TicketPresence.get()
        since.append(row.writing_since and (row.writing_since - start).total_seconds())
    assert since == [0, 0, None, 60, 200]


async def test_old_presences_are_erased_by_the_sweep(ayse: Ticketed, ece: str) -> None:
    key = (await ayse.open())["id"]
    await present(ayse, ayse.staff, key)
    with clock.stopped(clock.now() + timedelta(hours=25)):
        await present(ayse, ece, key)
        await jobs.sweep()
        assert await TicketPresence.all().count() == 1


async def test_many_at_once_are_there_once_each(ayse: Ticketed, ece: str) -> None:
    key = (await ayse.open())["id"]
    await asyncio.gather(*(present(ayse, token, key, writing=True) for token in (ayse.staff, ece) * 10))
    assert await TicketPresence.all().count() == 2


async def test_a_page_of_the_queue_shows_whose_each_is(site: Site) -> None:
    bora = await ticketed(site, BORA)
    for _ in range(3):
        key = (await bora.open())["id"]
        await bora.do(ASSIGN, bora.staff, id=key, email=DENIZ)
    assert [node["assignee"] for node in (await queue(bora, "MINE"))["nodes"]] == [DENIZ] * 3
