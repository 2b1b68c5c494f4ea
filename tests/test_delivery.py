"""Letters: by a real mail server and into a folder, through failures and crashes, each sent once."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from anyio import to_thread
from starlette.applications import Starlette

from api import clock, jobs, outbox
from api.delivery import BACK_OFF, GIVE_UP_AFTER, KEPT_FOR, deliver_due
from api.gateways import mail as gateway
from api.gateways.mail import FolderMail, SmtpMail, Undeliverable, mail_for
from api.models.letters import Letter
from api.models.people import Person
from api.outbox import LetterKind
from api.settings import Settings
from tests.cast import AYSE, CEM, as_input
from tests.doors import REGISTER, GraphqlDoor, agreed
from tests.ports import free_port
from tests.site import Postbox, Site, text_of, token_in, visitor
from web.app import application

ADDRESS = "ayse@example.net"


class Inbox:
    """What a mail server does: takes letters, or answers what it is told to at a step."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.taken: list[bytes] = []
        self.delay = 0.0

    async def handle_RCPT(self, _server: object, _session: object, envelope: Envelope, address: str, _: object) -> str:  # noqa: N802 - aiosmtpd's name
        envelope.rcpt_tos.append(address)
        return self.answers.get("rcpt", "250 OK")

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        await asyncio.sleep(self.delay)
        if "data" not in self.answers:
            assert isinstance(envelope.content, bytes)
            self.taken.append(envelope.content)
        return self.answers.get("data", "250 OK")


@contextmanager
def mail_server(inbox: Inbox, **options: Any) -> Iterator[int]:
    """A real mail server on this machine; answers its port."""
    server = Controller(inbox, hostname="127.0.0.1", port=free_port(), ready_timeout=60, **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def parsed(raw: bytes) -> EmailMessage:
    """A letter as its reader's program sees it."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


async def _registered(site: Site) -> None:
    assert (await GraphqlDoor(site).register(AYSE)).done


async def test_a_letter_goes_out_by_a_real_mail_server(site: Site) -> None:
    await _registered(site)
    inbox = Inbox()
    with mail_server(inbox) as port:
        assert await deliver_due(mail_for(f"smtp://127.0.0.1:{port}"), site.settings) == 1
    (raw,) = inbox.taken
    letter = parsed(raw)
    row = await Letter.get()
    assert letter["To"] == ADDRESS
    assert letter["From"] == "WHMCSTR <info@whmcstr.net>"
    assert letter["Message-ID"] == f"<{row.id.hex}@testserver>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == "tr"
    assert letter["Subject"] == row.subject == "WHMCSTR: e-posta adresinizi doğrulayın"
    assert letter["Date"].datetime == row.created_at.replace(microsecond=0)
    assert raw.split(b"\r\n\r\n")[0].isascii()
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    html = letter.get_body(("html",))
    assert html is not None
    link = f"http://testserver/verify-email?token={token_in(letter)}"
    assert f'href="{link}"' in html.get_content()
    assert text_of(letter).count(link) == 1
    assert (row.outcome, row.due_at, row.attempts) == ("sent", None, 1)


async def test_a_mail_server_may_ask_who_sends(site: Site) -> None:
    await _registered(site)
    inbox = Inbox()

    def known(_server: object, _session: object, _envelope: object, _mechanism: str, given: object) -> AuthResult:
        right = given == LoginPassword(b"portal", b"p@ss word")
        return AuthResult(success=right, handled=right)

    # aiosmtpd warns of passwords without TLS, which this test is about.
    insecure = pytest.warns(UserWarning, match="Requiring AUTH while not requiring TLS")
    with insecure, mail_server(inbox, authenticator=known, auth_required=True, auth_require_tls=False) as port:
        assert await deliver_due(mail_for(f"smtp://portal:wrong@127.0.0.1:{port}"), site.settings) == 0
        await Letter.all().update(due_at=clock.now())
        assert await deliver_due(mail_for(f"smtp://portal:p%40ss%20word@127.0.0.1:{port}"), site.settings) == 1
    assert len(inbox.taken) == 1


async def test_a_mail_server_that_is_down_is_tried_again_with_growing_waits_and_the_letter_is_sent_once(
    site: Site,
) -> None:
    await _registered(site)
    port = free_port()
    mail = mail_for(f"smtp://127.0.0.1:{port}")
    now = clock.now()
    waits = []
    for attempt in range(1, len(BACK_OFF) + 2):
        with clock.stopped(now):
            assert await deliver_due(mail, site.settings) == 0
            row = await Letter.get()
            assert row.due_at
            assert (row.attempts, row.sent_at) == (attempt, None)
            assert row.outcome == f"SMTPConnectError, attempt {attempt}"
            waits.append(row.due_at - now)
            now = row.due_at
    assert waits == [*BACK_OFF, BACK_OFF[-1]]
    inbox = Inbox()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with clock.stopped(now - timedelta(seconds=1)):
            assert await deliver_due(mail, site.settings) == 0
        with clock.stopped(now):
            assert await deliver_due(mail, site.settings) == 1
            assert await deliver_due(mail, site.settings) == 0
    finally:
        server.stop()
    (raw,) = inbox.taken
    session = await GraphqlDoor(site).verify(token_in(parsed(raw)))
    assert session.done


async def test_every_attempt_makes_the_very_same_letter(site: Site) -> None:
    await _registered(site)
    inbox = Inbox(data="451 try later")
    sent: list[EmailMessage] = []

    class Copying(Postbox):
        async def send(self, message: EmailMessage) -> None:
            sent.append(message)
            raise ConnectionError

    now = clock.now()
    with mail_server(inbox) as port, clock.stopped(now):
        assert await deliver_due(mail_for(f"smtp://127.0.0.1:{port}"), site.settings) == 0
    for hours in (1, 2):
        with clock.stopped(now + timedelta(hours=hours)):
            assert await deliver_due(Copying(), site.settings) == 0
    with clock.stopped(now + timedelta(hours=3)):
        (final,) = await site.deliver()
    boundary = re.compile(rb"={5,}\d+==")
    made = {boundary.sub(b"", message.as_bytes()) for message in (*sent, final)}
    assert len(made) == 1
    # The link's days count from the first attempt that made it; the registration's own from the form.
    assert (await GraphqlDoor(site).verify(token_in(final))).done


@pytest.mark.parametrize(("step", "answer"), [("rcpt", "550 no such person"), ("data", "554 no")])
async def test_what_is_refused_for_good_is_recorded_and_not_tried_again(site: Site, step: str, answer: str) -> None:
    await _registered(site)
    with mail_server(Inbox(**{step: answer})) as port:
        assert await deliver_due(mail_for(f"smtp://127.0.0.1:{port}"), site.settings) == 0
    row = await Letter.get()
    assert (row.due_at, row.sent_at, row.attempts, row.outcome) == (None, None, 1, f"refused with {answer[:3]}")
    with clock.stopped(clock.now() + timedelta(days=2)):
        assert await site.deliver() == []


@pytest.mark.parametrize(("step", "answer"), [("rcpt", "450 busy"), ("data", "452 full")])
async def test_what_is_refused_for_now_is_tried_again(site: Site, step: str, answer: str) -> None:
    await _registered(site)
    with mail_server(Inbox(**{step: answer})) as port:
        assert await deliver_due(mail_for(f"smtp://127.0.0.1:{port}"), site.settings) == 0
    row = await Letter.get()
    assert row.due_at
    assert row.outcome
    assert row.outcome.endswith(", attempt 1")


async def test_a_letter_that_nobody_takes_for_days_is_given_up(site: Site) -> None:
    await _registered(site)
    site.postbox.refuse = ConnectionError("down")
    with clock.stopped(clock.now() + GIVE_UP_AFTER + timedelta(minutes=1)):
        assert await site.deliver() == []
    row = await Letter.get()
    assert (row.due_at, row.outcome) == (None, "ConnectionError, attempt 1")


async def test_a_letter_that_cannot_go_out_does_not_hold_up_the_others(site: Site) -> None:
    door = GraphqlDoor(site)
    assert (await door.register(AYSE)).done
    assert (await door.register(CEM)).done

    class Picky(Postbox):
        async def send(self, message: EmailMessage) -> None:
            if message["To"] == ADDRESS:
                raise Undeliverable("refused with 550")
            await super().send(message)

    picky = Picky()
    assert await deliver_due(picky, site.settings) == 1
    assert [letter["To"] for letter in picky.letters] == ["cem@example.net"]


async def test_two_that_deliver_at_once_send_each_letter_once(site: Site) -> None:
    door = GraphqlDoor(site)
    for number in range(10):
        assert (await door.register(AYSE | {"email": f"ayse{number}@example.net"})).done

    class Slow(Postbox):
        async def send(self, message: EmailMessage) -> None:
            await asyncio.sleep(0.01)
            await super().send(message)

    boxes = [Slow(), Slow(), Slow()]
    counts = await asyncio.gather(*(deliver_due(box, site.settings) for box in boxes))
    assert sum(counts) == 10
    assert sorted(letter["To"] for box in boxes for letter in box.letters) == [
        f"ayse{number}@example.net" for number in range(10)
    ]
    assert {row.attempts for row in await Letter.all()} == {1}


async def test_a_mail_server_that_dawdles_is_left_before_another_worker_takes_the_letter(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=gateway.SMTP_TIMEOUT_SECONDS) < KEPT_FOR
    monkeypatch.setattr(gateway, "SMTP_TIMEOUT_SECONDS", 0.3)
    await _registered(site)
    inbox = Inbox()
    inbox.delay = 0.6
    with mail_server(inbox) as port:
        assert await deliver_due(SmtpMail(f"smtp://127.0.0.1:{port}"), site.settings) == 0
    row = await Letter.get()
    assert row.outcome == "TimeoutError, attempt 1"


async def test_a_folder_holds_one_file_for_each_letter_however_often_it_is_written(site: Site, tmp_path: Path) -> None:
    await _registered(site)
    mail = mail_for(f"file://{tmp_path}/a%20folder/mail")
    assert isinstance(mail, FolderMail)
    assert await deliver_due(mail, site.settings) == 1
    await Letter.all().update(due_at=clock.now())
    assert await deliver_due(mail, site.settings) == 1
    row = await Letter.get()
    (file,) = (tmp_path / "a folder" / "mail").iterdir()
    assert file.name == f"{row.id.hex}.eml"
    letter = parsed(file.read_bytes())
    assert (letter["To"], letter["Subject"]) == (ADDRESS, row.subject)
    assert "Ş" in text_of(letter) or "ş" in text_of(letter)


async def test_the_record_of_a_letter_holds_no_link_and_the_fingerprint_of_what_was_sent(site: Site) -> None:
    await _registered(site)
    (letter,) = await site.deliver()
    row = await Letter.get()
    assert row.text == text_of(letter).replace(token_in(letter), "…")
    assert row.sha256 == hashlib.sha256(text_of(letter).encode()).hexdigest()
    assert token_in(letter) not in str(row.__dict__)


async def test_an_english_reader_gets_english_letters(site: Site) -> None:
    form = as_input(await agreed(site, AYSE))
    await site.ask(REGISTER, {"input": form}, **{"accept-language": "en"})
    (letter,) = await site.deliver()
    assert (letter["Content-Language"], letter["Subject"]) == ("en", "WHMCSTR: confirm your email address")


async def test_a_long_subject_keeps_its_spaces(site: Site) -> None:
    values = {"path": "/", "product": "Giriş Bekçisi", "domain": "", "reason": "x"}
    await outbox.letter(LetterKind.LICENSE_SUSPENDED, ADDRESS, "tr", **values).save(force_create=True)
    box = Postbox()
    assert await deliver_due(box, site.settings) == 1
    raw = box.letters[0].as_bytes(policy=policy.SMTP)
    assert parsed(raw)["Subject"] == "WHMCSTR: Giriş Bekçisi lisansınız askıya alındı"


async def test_what_a_vendor_is_called_cannot_break_a_letter(site: Site) -> None:
    await _registered(site)
    vendor = replace(site.settings.vendor, name='Örnek "A.Ş." <x@evil.example>, \\;')
    box = Postbox()
    assert await deliver_due(box, replace(site.settings, vendor=vendor)) == 1
    letter = parsed(box.letters[0].as_bytes())
    assert letter["From"].addresses[0].addr_spec == "info@whmcstr.net"
    assert len(letter["From"].addresses) == 1


async def test_the_clock_door_sends_at_once_after_the_commit(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The application runs as a server runs it: with its lifespan, and the clock door beside it."""
    # It is woken: that it would look by itself within five seconds takes no part in this.
    monkeypatch.setattr(jobs, "LOOK_EVERY_SECONDS", 300)
    app = cast("Starlette", application(replace(settings, mail_url=f"file://{tmp_path}/mail", clock_door=True)))
    async with app.app.app.router.lifespan_context(app.app.app), visitor(app) as client:
        await _registered(Site(settings, app, client))
        committed = time.monotonic()
        while not await to_thread.run_sync(list, (tmp_path / "mail").glob("*.eml")):
            await asyncio.sleep(0.02)
            assert time.monotonic() - committed < 60


async def test_a_failing_clock_door_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await _registered(site)
    calls: list[float] = []
    enough = asyncio.Event()

    async def stumble(*_: object) -> int:
        calls.append(time.monotonic())
        if len(calls) == 1:
            raise OSError("the disk is full")
        enough.set()
        return 0

    monkeypatch.setattr(jobs, "deliver_due", stumble)
    monkeypatch.setattr(jobs, "LOOK_EVERY_SECONDS", 0.01)
    running = asyncio.create_task(jobs.run_for_ever(replace(site.settings, mail_url=f"file://{tmp_path}/mail")))
    await asyncio.wait_for(enough.wait(), 60)
    await jobs.beside(running)
    assert [record.getMessage() for record in caplog.records] == ["the clock door stumbled; it goes on"]


async def test_letters_that_a_killed_process_had_in_hand_wait_until_it_cannot_be_sending_any_more(site: Site) -> None:
    await _registered(site)
    now = clock.now()
    # As a process leaves it that is killed after it took the letter.
    await Letter.all().update(due_at=now + KEPT_FOR, attempts=1)
    with clock.stopped(now + KEPT_FOR - timedelta(seconds=1)):
        assert await site.deliver() == []
    with clock.stopped(now + KEPT_FOR):
        assert len(await site.deliver()) == 1
    assert await Person.all().count() == 0
    assert (await Letter.get()).attempts == 2
