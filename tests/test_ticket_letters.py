"""Letters about tickets: what was written reaches its reader whole, and harms neither the letter nor the reader."""

from __future__ import annotations

import re
import time

import pytest

from api import clock, markdown, streams, throttle
from api.delivery import _message
from api.letters import write
from api.models.letters import Letter
from api.models.people import Person
from api.models.tickets import Ticket
from api.outbox import LetterKind, letter
from api.settings import Settings
from tests.cast import AYSE
from tests.hostile import BODIES, LINES
from tests.site import ON_ONE_DATABASE, Site, text_of
from tests.ticketed import CLOSE, OPEN, SALES, ticketed

KINDS = (LetterKind.TICKET_OPENED, LetterKind.TICKET_STARTED, LetterKind.TICKET_ANSWERED, LetterKind.TICKET_CLOSED)
# What Markdown is slow at.
SLOW = (
    "- " * 300 + "x",
    "> " * 300 + "x",
    "[a](" * 4000,
    "*a_ " * 4000,
    "![[" * 6000,
    "![](" * 5000,
    "`" * 9999 + " " + "`" * 9998,
    "<a " * 6000,
    "a\n" * 9999 + "b",
    "|a" * 4000 + "\n" + "|-" * 4000 + "\n" + "|b" * 1000,
    "x" * 20_000,
)
# What could run in a mail program or a browser.
LIVE = re.compile(r"<(?:script|img|svg|iframe|object|embed|form|input|math|base)\b|<[^>]*\son\w+\s*=", re.IGNORECASE)


def _kept(body: str) -> str:
    """What is kept of a body: all but its ends, its lines ended in one way."""
    return body.replace("\r\n", "\n").rstrip().lstrip("\n")


async def test_the_owner_is_told_what_happened_in_the_letters_that_belong_to_it(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    await own.reply(opened["id"])
    await own.answer(opened["id"], "Şöyle **yapın**:\n\n1. Açın\n2. Kapatın")
    await own.answer(opened["id"], "Oldu mu?", asking=True)
    own.done(await own.do(CLOSE, id=opened["id"]))
    await own.answer(opened["id"], "Son söz", close=True)
    told = (await site.letters_to(AYSE["email"]))[1:]
    subjects = [str(message["Subject"]).split(":")[1].strip().split(",")[0] for message in told]
    assert subjects == [
        "talebiniz alındı", "talebiniz yanıtlandı", "talebiniz yanıtlandı", "talebiniz kapatıldı",
        "talebiniz yanıtlandı",
    ]  # fmt: skip
    for message in told:
        assert f"/panel/tickets/{opened['number']}" in text_of(message)
        assert opened["number"] in str(message["Subject"])
        assert "Fiyat soruyorum" in str(message["Subject"])
    assert "Şöyle **yapın**:\n\n1. Açın\n2. Kapatın" in text_of(told[1])
    assert "sizden yanıt bekliyoruz" in text_of(told[2])
    assert ["yeniden açılır" in text_of(message) for message in told] == [False, False, False, True, True]
    assert await Letter.filter(kind__startswith="ticket_").count() == len(told)


async def test_letters_are_in_the_owners_language(site: Site) -> None:
    own = await ticketed(site)
    await Person.filter(email=AYSE["email"]).update(language="en")
    opened = await own.open()
    await own.answer(opened["id"], close=True)
    told = (await site.letters_to(AYSE["email"]))[1:]
    assert [str(message["Subject"]).split(":")[1].strip().split(" ")[0:2] for message in told] == [
        ["your", "ticket"]
    ] * 2
    assert "This is how it is counted (8.1)" in text_of(told[0])
    assert "it opens again" in text_of(told[1])


async def test_no_internal_note_is_in_any_letter(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    row = await Ticket.get(number=opened["number"])
    await streams.add_note(
        row, await Person.get(email="deniz@example.net"), clock.now(), await streams.written("aramızda-kalsın")
    )
    await row.save()
    await own.answer(opened["id"], close=True)
    own.done(await own.do(OPEN, input=SALES))
    assert "aramızda-kalsın" not in str([message.as_string() for message in await site.deliver()])
    assert "aramızda-kalsın" not in str([text_of(message) for message in await site.deliver()])
    assert "aramızda-kalsın" not in str(await Letter.all().values())


@ON_ONE_DATABASE
@pytest.mark.parametrize("kind", KINDS)
async def test_hostile_text_goes_through_letters_whole_and_runs_nowhere(settings: Settings, kind: LetterKind) -> None:
    values = {
        "path": "/panel/tickets/ABCD2345", "number": "ABCD2345", "at": "2026-11-30T07:30:00+00:00",
        "due_at": "2026-11-30T10:30:00+00:00", "opens": "10:00", "closes": "22:00", "asking": "", "files": "",
        "reopenable": "2026-12-14", "counted": "",
    }  # fmt: skip
    for subject in LINES:
        for language in ("tr", "en"):
            queued = letter(kind, AYSE["email"], language, subject=subject, text=f"{subject}\n{subject}", **values)
            written = write(kind, queued, "Ayşe", "token", None, settings)
            assert len(written.subject.splitlines()) == 1
            assert " ".join(subject.split()) in written.subject
            assert LIVE.search(written.html) is None, subject
            message = _message(queued, kind, written, settings)
            assert message.get_all("To") == [AYSE["email"]]
            assert message.get_all("Bcc") is message.get_all("Cc") is None
            if kind in {LetterKind.TICKET_STARTED, LetterKind.TICKET_ANSWERED}:
                assert f"{subject}\n{subject}" in written.body
                assert f"{subject}\n{subject}" in text_of(message).replace("\r\n", "\n")


@ON_ONE_DATABASE
async def test_hostile_bodies_reach_the_reader_whole(settings: Settings) -> None:
    for given in (*BODIES, *SLOW, *LINES):
        body = _kept(given)
        queued = letter(
            LetterKind.TICKET_STARTED, AYSE["email"], "tr", subject="Konu", text=body, number="A", files="", path="/x"
        )
        written = write(LetterKind.TICKET_STARTED, queued, "Ayşe", "token", None, settings)
        assert body in written.body
        assert LIVE.search(written.html) is None
        message = _message(queued, LetterKind.TICKET_STARTED, written, settings)
        raw = message.as_bytes()
        assert b"\nBcc:" not in raw.split(b"\n\n")[0].split(b"\r\n\r\n")[0]
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        assert body.rstrip("\n") in text_of(message).replace("\r\n", "\n")


@pytest.mark.parametrize("body", [*BODIES, *SLOW, *LINES])
def test_hostile_markdown_is_rendered_quickly_and_runs_nowhere(body: str) -> None:
    began = time.process_time()
    html = markdown.render(body)
    took = time.process_time() - began
    assert took < 2, took
    assert LIVE.search(html) is None
    # A path leads nowhere but to this site.
    assert re.search(r"<[^>]*(?:href|src)=\"(?!https?:|mailto:)(?:[^\"/]*:|//)", html) is None


async def test_hostile_text_is_kept_and_comes_back_as_it_was_written(site: Site) -> None:
    own = await ticketed(site)
    chosen = list(zip(LINES[::3], BODIES, strict=False))
    throttle.use_scale(100)
    for subject, body in chosen:
        ticket = await own.open(subject=subject, body=body)
        assert ticket["subject"] == subject.strip()
        assert ticket["messages"]["nodes"][0]["body"] == _kept(body)
    told = (await site.letters_to(AYSE["email"]))[1:]
    assert len(told) == len(chosen)
