"""A form with files that is sent twice, as a double click does where no script runs: one effect, and no refusal."""

from __future__ import annotations

import asyncio
import re

import httpx

from api.models.attachments import Attachment
from api.models.tickets import Ticket, TicketMessage
from tests.attached import uploaded
from tests.site import Site
from tests.test_desk_pages import desk_of
from tests.test_invoice_pages import client_of, problems
from tests.test_ticket_pages import NEW, TICKETS
from tests.ticketed import OPEN, REPLY, SALES, refused, ticketed

DESK = "/desk/tickets"


def files(*contents: bytes) -> list[tuple[str, tuple[str, bytes]]]:
    """Files as a form brings them."""
    return [("files", (f"günlük {place}.txt", content)) for place, content in enumerate(contents)]


async def of_message(body: str) -> list[str]:
    """The names of the files of a message, in their order."""
    message = await TicketMessage.get(body=body)
    return [row.filename for row in await Attachment.filter(message_id=message.id).order_by("created_at")]


async def test_a_ticket_with_files_sent_twice_is_one(site: Site) -> None:
    own = await ticketed(site)
    form = NEW | {"key": "bir"}
    async with client_of(site, own.session) as ayse:

        async def send() -> httpx.Response:
            return await ayse.post(f"{TICKETS}/new", data=form, files=files(b"hata 1", b"hata 2"))

        first, *others = [await send(), *(await asyncio.gather(send(), send()))]
        assert first.status_code == 303
        assert {answer.headers.get("location") for answer in others} == {first.headers["location"]}
        assert await of_message(NEW["body"]) == ["günlük 0.txt", "günlük 1.txt"]
        other = await ayse.post(f"{TICKETS}/new", data=form, files=files(b"hata 1", b"hata 3"))
        assert re.findall(r'data-code="(\w+)"', other.text) == ["IDEMPOTENCY_CONFLICT"]
    assert await Ticket.all().count() == 1


async def test_a_reply_with_files_sent_twice_is_one(site: Site) -> None:
    own = await ticketed(site)
    there = f"{TICKETS}/{(await own.open())['number']}/reply"
    async with client_of(site, own.session) as ayse:
        for _ in range(2):
            sent = await ayse.post(there, data={"body": "Ekte", "key": "iki"}, files=files(b"hata"))
            assert sent.status_code == 303
    assert await of_message(body="Ekte") == ["günlük 0.txt"]


async def test_an_answer_and_a_note_with_files_sent_twice_are_one(site: Site) -> None:
    own = await ticketed(site)
    there = f"{DESK}/{(await own.open())['number']}"
    async with await desk_of(site) as deniz:
        seen = re.findall(r'name="seen" id="seen" value="([^"]+)"', (await deniz.get(there)).text)[0]
        for _ in range(2):
            answer = {"body": "Yanıt", "key": "y", "seen": seen}
            assert (await deniz.post(f"{there}/answer", data=answer, files=files(b"a", b"b"))).status_code == 303
            noted = await deniz.post(f"{there}/note", data={"body": "Not", "key": "n"}, files=files(b"c"))
            assert noted.headers["location"] == f"{there}?done=noted"
    assert await of_message(body="Yanıt") == ["günlük 0.txt", "günlük 1.txt"]
    assert await of_message("Not") == ["günlük 0.txt"]


async def test_over_graphql_the_same_files_are_the_same_request(site: Site) -> None:
    own = await ticketed(site)
    first, again, other = [await uploaded(site, own.session, content, "a.txt") for content in (b"bir", b"bir", b"iki")]
    given = SALES | {"idempotencyKey": "k"}
    opened = await own.open(**given, attachmentIds=[first])
    for same in (first, again):
        assert (await own.open(**given, attachmentIds=[same]))["id"] == opened["id"]
    for different in ([other], [], [first, again], ["att_" + "0" * 32], [f"x{first}"]):
        answer = await own.do(OPEN, input=given | {"attachmentIds": different})
        assert refused(answer) == {("IDEMPOTENCY_CONFLICT", "idempotencyKey")}, different
    reply = {"id": opened["id"], "body": "x", "key": "k"}
    assert (await own.do(REPLY, **reply, files=[again]))["errors"] == []
    assert (await own.do(REPLY, **reply, files=[first]))["errors"] == []
    assert await TicketMessage.all().count() == 2


async def test_a_note_takes_files_and_keeps_them_when_it_is_refused(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    there = f"{DESK}/{opened['number']}"
    async with await desk_of(site) as deniz, client_of(site, own.session) as ayse:
        page = (await deniz.get(there)).text
        for name in ("answer-files", "note-files"):
            assert page.count(f'id="{name}"') == 1
        wrong = [*files(b"hata 17"), ("files", ("x.exe", b"MZ\x90\0"))]
        sent = await deniz.post(f"{there}/note", data={"body": "Günlük ekte", "key": "n"}, files=wrong)
        assert (sent.status_code, problems(sent)) == (422, {("FILE_TYPE_NOT_ALLOWED", "files")})
        assert 'href="#note-files"' in sent.text
        (kept,) = re.findall(r'name="attachments" value="([^"]+)"', sent.text)
        assert await TicketMessage.filter(kind="NOTE").count() == 0
        noted = await deniz.post(f"{there}/note", data={"body": "Günlük ekte", "key": "n", "attachments": kept})
        assert noted.status_code == 303
        assert "<bdi>günlük 0.txt</bdi>" in (await deniz.get(there)).text
        assert (await deniz.get(f"/panel/attachments/{kept}")).content == b"hata 17"
        assert "günlük 0" not in (await ayse.get(f"{TICKETS}/{opened['number']}")).text
        assert (await ayse.get(f"/panel/attachments/{kept}")).status_code == 404
        gone = await deniz.post(f"{there}/note", data={"body": "Yine", "key": "m", "attachments": kept})
        assert (gone.status_code, problems(gone)) == (422, {("NOT_FOUND", "files")})
