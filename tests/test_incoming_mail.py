"""Mail that is sent to us: it opens nothing; people are told once a day where to write, programs are not (RFC 3834)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import clock
from api.caller import Caller, Door
from api.delivery import deliver_due
from api.gateways.mail import mail_for
from api.models.audit import AuditEntry
from api.models.letters import Letter
from api.models.tickets import Ticket
from api.resolvers.incoming_mail import answer_mail
from api.rules.incoming_mail import HEAD_BYTES, Silence, read
from api.settings import ROOT
from tests.cast import AYSE
from tests.doors import GraphqlDoor, joined
from tests.site import Site, text_of
from tests.test_commands import Shell
from tests.test_delivery import Inbox, mail_server, parsed

OURS = {"info@whmcstr.net", "muhasebe@whmcstr.net"}
SECRET = "Çok gizli bir cümle"
LONG_ID = f"<{'A' * 60}.1234567890@AM0PR04MB1234.eurprd04.prod.outlook.com>"
CALLER = Caller(Door.COMMAND)


def message(*headers: str, sender: str = "Ali Veli <ali@example.net>") -> bytes:
    """A message of somebody, with more headers."""
    lines = [
        f"From: {sender}",
        "To: info@whmcstr.net",
        "Subject: =?utf-8?b?w4dvayBnaXpsaQ==?=",
        f"Message-ID: {LONG_ID}",
    ]
    return ("\r\n".join([*lines, *headers]) + f"\r\n\r\n{SECRET}\r\n").encode()


@pytest.mark.parametrize(
    ("envelope", "headers", "sender"),
    [
        (None, (), "ali@example.net"),
        ("Geri@Example.NET", (), "geri@example.net"),
        ("<geri@example.net>", ("Return-Path: <baska@example.net>",), "geri@example.net"),
        (None, ("Return-Path: <geri@example.net>",), "geri@example.net"),
        ("veli@example.net\r\nBcc: kurban@example.net", (), "veli@example.net"),
        (None, ("Auto-Submitted: no",), "ali@example.net"),
        (None, ("Auto-Submitted: NO (really)", "Precedence: normal"), "ali@example.net"),
        (None, ("X-Auto-Response-Suppress: None",), "ali@example.net"),
    ],
)
def test_a_person_is_answered_where_the_transport_says(envelope: str | None, headers: tuple[str], sender: str) -> None:
    found = read(message(*headers), envelope, OURS)
    assert (found.sender, found.silence, found.message_id) == (sender, None, LONG_ID)


@pytest.mark.parametrize(
    ("envelope", "headers", "why"),
    [
        ("", (), Silence.NO_SENDER),
        ("<>", (), Silence.NO_SENDER),
        (None, ("Return-Path: <>",), Silence.NO_SENDER),
        ("yok", (), Silence.NO_SENDER),
        ("info@whmcstr.net", (), Silence.OURSELVES),
        ("INFO@WHMCSTR.NET", (), Silence.OURSELVES),
        ("bounce-1@relay.example", ("From: muhasebe@whmcstr.net",), Silence.ROBOT),
        (None, ("X-Letter-Kind: invoice_paid",), Silence.OURSELVES),
        ("MAILER-DAEMON@example.net", (), Silence.ROBOT),
        ("postmaster@example.net", (), Silence.ROBOT),
        ("noreply@example.net", (), Silence.ROBOT),
        ("no-reply+77@example.net", (), Silence.ROBOT),
        ("do-not-reply@example.net", (), Silence.ROBOT),
        ("owner-liste@example.net", (), Silence.ROBOT),
        ("liste-request@example.net", (), Silence.ROBOT),
        ("liste-bounces@example.net", (), Silence.ROBOT),
        (None, ("Auto-Submitted: auto-replied",), Silence.AUTOMATIC),
        (None, ("auto-submitted: Auto-Generated; x=y",), Silence.AUTOMATIC),
        (None, ("Auto-Submitted: no", "Auto-Submitted: auto-notified"), Silence.AUTOMATIC),
        (None, ("X-Auto-Response-Suppress: OOF, AutoReply",), Silence.AUTOMATIC),
        (None, ("Content-Type: multipart/report; report-type=delivery-status",), Silence.AUTOMATIC),
        (None, ("Precedence: bulk",), Silence.MASS),
        (None, ("precedence: Junk",), Silence.MASS),
        (None, ("Precedence: list",), Silence.MASS),
        (None, ("List-Id: <liste.example.net>",), Silence.MASS),
        (None, ("List-Unsubscribe: <mailto:x@example.net>",), Silence.MASS),
    ],
)
def test_programs_lists_and_ourselves_are_not_answered(envelope: str | None, headers: tuple[str], why: Silence) -> None:
    assert read(message(*headers), envelope, OURS).silence is why


def test_who_writes_in_our_name_is_not_answered() -> None:
    assert read(message(sender="info@whmcstr.net"), "ali@example.net", OURS).silence is Silence.OURSELVES


@pytest.mark.parametrize(
    "odd",
    ["", "x", "<x>", "<a@b> <c@d>", "<a b@c>", "<a@b>\r\n Bcc: x@y", f"<{'a' * 500}@b>", "<ş@b>", "<a@b>x", "<a@b\0>"],
)
def test_a_message_id_that_is_none_is_not_repeated(odd: str) -> None:
    found = read(f"From: ali@example.net\r\nMessage-ID: {odd}\r\n\r\n".encode(), None, OURS)
    assert (found.sender, found.message_id) == ("ali@example.net", "")


def test_a_header_without_end_is_not_answered() -> None:
    endless = b"From: ali@example.net\r\n" + b"X: " + b"y" * HEAD_BYTES
    assert read(endless[:HEAD_BYTES], None, OURS).silence is Silence.TOO_LONG
    assert read(endless[:5000], None, OURS).silence is None


_HEADER = st.sampled_from(
    [b"From", b"Return-Path", b"Message-ID", b"Auto-Submitted", b"Precedence", b"Content-Type", b"List-Id", b":", b"\0"]
)


@given(st.lists(st.tuples(_HEADER, st.binary(max_size=80))), st.binary(max_size=200), st.none() | st.text(max_size=80))
def test_whatever_comes_nothing_raises(headers: list[tuple[bytes, bytes]], rest: bytes, envelope: str | None) -> None:
    head = b"".join(name + b": " + value + b"\r\n" for name, value in headers) + rest
    found = read(head, envelope, OURS)
    assert "\n" not in found.sender + found.message_id
    assert (found.sender == "") <= (found.silence is not None)
    read(rest, envelope, OURS)


@dataclass
class Pipe:
    """The command as a mail server calls it."""

    shell: Shell

    def __call__(self, raw: bytes, *arguments: str, **variables: str) -> tuple[int, str, str]:
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "api", "answer-mail", *arguments],
            cwd=ROOT, env=self.shell.given | variables, input=raw, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_a_piped_message_is_answered_by_a_real_mail_server_once_a_day(tmp_path: object) -> None:
    shell = Shell(tmp_path)  # type: ignore[arg-type]
    pipe = Pipe(shell)
    assert shell.run("migrate")[0] == 0
    assert pipe(message(), "--sender=ali@example.net") == (0, "answered\n", "")
    assert pipe(message(), "--sender=ali@example.net") == (0, "not answered: answered before\n", "")
    assert pipe(message("Precedence: bulk"), "--sender=veli@example.net") == (0, "not answered: sent to many\n", "")
    assert pipe(b"\xff\xfe\0" * 2_000_000, "--sender=") == (0, "not answered: header too long\n", "")
    assert pipe(b"") == (0, "not answered: no sender\n", "")
    inbox = Inbox()
    with mail_server(inbox) as port:
        assert shell.run("jobs", "--once", MAIL_URL=f"smtp://127.0.0.1:{port}")[0] == 0
    (raw,) = inbox.taken
    assert f"In-Reply-To: {LONG_ID}\r\nReferences: {LONG_ID}\r\n".encode() in raw
    answer = parsed(raw)
    assert (answer["To"], answer["From"]) == ("ali@example.net", "WHMCSTR <info@whmcstr.net>")
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["Subject"] == "WHMCSTR: yazınızı destek talebi olarak gönderin"
    assert "/panel/tickets/new" in text_of(answer)
    assert "WhatsApp" in text_of(answer)
    # Nothing of the message is kept.
    stored = b"".join(file.read_bytes() for file in shell.folder.rglob("*") if file.is_file())
    assert SECRET.encode() not in stored
    assert "Çok gizli".encode() not in stored
    acts = shell.rows("SELECT details FROM audit_entries WHERE act = 'mail:refuse' ORDER BY at")
    assert len(acts) == 5
    # An answer to our answer ends there.
    assert pipe(raw, "--sender=ali@example.net") == (0, "not answered: from ourselves\n", "")


def test_a_mail_server_keeps_a_message_while_the_database_is_away(tmp_path: object) -> None:
    pipe = Pipe(Shell(tmp_path))  # type: ignore[arg-type]
    code, out, err = pipe(message())
    assert (code, out) == (75, "")
    assert err.startswith("The database cannot be used")


async def test_an_answer_is_in_the_readers_language_and_opens_nothing(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    known = len(await site.deliver())
    assert await answer_mail(CALLER, message(), AYSE["email"]) is None
    assert await answer_mail(CALLER, message("Accept-Language: en-US, tr;q=0.5"), "stranger@example.net") is None
    assert await answer_mail(CALLER, message(), "") == "no sender"
    letters = (await site.deliver())[known:]
    assert [(letter["To"], letter["Content-Language"]) for letter in letters] == [
        (AYSE["email"], "tr"),
        ("stranger@example.net", "en"),
    ]
    assert "Merhaba Ayşe" in text_of(letters[0])
    assert text_of(letters[1]).startswith("Hello,\n")
    assert await Ticket.all().count() == 0
    entries = await AuditEntry.filter(act="mail:refuse").order_by("at")
    assert [(entry.details["answered"], entry.details["why"]) for entry in entries] == [
        ("yes", ""), ("yes", ""), ("no", "no sender"),
    ]  # fmt: skip
    assert "example.net" not in "".join(entry.subject for entry in entries)
    with clock.stopped(clock.now() + timedelta(days=1, minutes=1)):
        assert await answer_mail(CALLER, message(), AYSE["email"]) is None
    assert await Letter.filter(kind="mail_answer").count() == 3


async def test_forged_senders_do_not_make_us_flood(site: Site) -> None:
    answers = [await answer_mail(CALLER, message(), f"kurban{number}@example.net") for number in range(303)]
    assert answers.count(None) == 300
    assert answers[-1] == "answered before"
    assert await deliver_due(mail_for(site.settings.mail_url), site.settings) == 20
