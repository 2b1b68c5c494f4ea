"""What the clock door does for tickets: staff are warned of promises, and owners get letters of announcements."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from api import clock, jobs, ticket_dues
from api.caller import Scope
from api.models import ids
from api.models.accounts import Account
from api.models.announcements import Announcement
from api.models.audit import AuditEntry
from api.models.letters import Letter
from api.models.licenses import License
from api.models.tickets import TicketPromise
from tests.cast import AYSE, BORA, CEM
from tests.doors import GraphqlDoor, joined
from tests.site import Site, text_of
from tests.test_announcements import NOON, PUBLISH, WITHDRAW, extension, given, published, publisher
from tests.test_license_pages import owned
from tests.waiting import answered, waiting

MINUTE = timedelta(minutes=1)
ECE = "ece@example.net"


async def _looked(now: datetime) -> list[str]:
    """What the clock door did at an instant."""
    lines: list[str] = []
    with clock.stopped(now):
        await jobs.do_due(lines.append)
    return [line for line in lines if "warning" in line or "letters" in line]


async def _warnings(site: Site, address: str) -> list[EmailMessage]:
    return [letter for letter in await site.letters_to(address) if letter["X-Letter-Kind"] == "promise_warning"]


async def _staff(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    await site.staff_token(Scope.TICKETS_MANAGE, email=ECE)
    await site.staff_token(Scope.TICKETS_ALL, email="deniz@example.net")


async def test_staff_are_warned_once_before_a_promise_is_missed(site: Site) -> None:
    await _staff(site)
    ticket = await waiting(at=NOON, subject="Panel \u202eaçılmıyor {{7*7}}")
    due = NOON + timedelta(hours=3)
    assert await _looked(due - 30 * MINUTE - timedelta(microseconds=1)) == []
    line = f"warning of ticket {ticket.number}, due 2026-11-20 12:00 UTC"
    assert await _looked(due - 30 * MINUTE) == [line]
    assert await _looked(due - 29 * MINUTE) == []
    (letter,) = await _warnings(site, ECE)
    assert ticket.number in letter["Subject"]
    text = text_of(letter)
    assert "20 Kasım 2026 15:00" in text
    assert "30 destek dakikası kaldı" in text
    assert "Talep: \u2068Panel \u202eaçılmıyor {{7*7}}\u2069" in text
    assert f"/desk/tickets/{ticket.number}" in text
    # Who may only read has nothing to answer, and the customer is not told.
    assert await _warnings(site, "deniz@example.net") == await _warnings(site, AYSE["email"]) == []
    entry = await AuditEntry.get(act="reminder:send")
    assert (entry.subject, entry.door) == (f"ticket:{ticket.id.hex}", "clock")


async def test_nobody_is_warned_of_what_was_answered_missed_or_while_support_is_closed(site: Site) -> None:
    await _staff(site)
    await answered(await waiting(at=NOON), NOON + MINUTE)
    await waiting(at=NOON - timedelta(hours=1))
    assert await _looked(NOON + timedelta(hours=2, minutes=1)) == []
    await waiting(at=NOON.replace(hour=19, minute=10))
    # Due at 10:10 of the next day: at 21:40 thirty support minutes are left, and at night nobody is woken.
    night = NOON.replace(hour=22)
    for now in (night, night + timedelta(hours=11, minutes=59)):
        assert await _looked(now) == []
    assert len(await _looked(night - 20 * MINUTE)) == 1


async def test_a_promise_that_was_moved_is_warned_of_anew(site: Site) -> None:
    await _staff(site)
    await waiting(at=NOON)
    assert len(await _looked(NOON + timedelta(hours=2, minutes=45))) == 1
    token = await publisher(site)
    moved = NOON + timedelta(hours=2, minutes=50)
    await published(site, token, extension(endsAt=moved + timedelta(days=1)), moved)
    assert await _looked(moved + MINUTE) == []
    (promise,) = await TicketPromise.all()
    assert len(await _looked(promise.due_at - 10 * MINUTE)) == 1
    assert len(await _warnings(site, ECE)) == 2


async def test_what_was_answered_between_looking_and_doing_is_not_spoken_of(site: Site) -> None:
    await _staff(site)
    ticket = await waiting(at=NOON)
    near = NOON + timedelta(hours=2, minutes=50)
    with clock.stopped(near):
        (due,) = [due async for due in ticket_dues.promise_warnings()]
        await answered(ticket, near)
        assert await due.do() is False
    assert await _warnings(site, ECE) == []


async def _people(site: Site) -> None:
    """Ayşe owns a license, Bora owns one and is suspended, Cem owns none."""
    await owned(site, AYSE, "bir")
    await owned(site, BORA, "iki")
    await joined(GraphqlDoor(site), site, CEM)
    await Account.filter(company_name=BORA["company_name"]).update(status="SUSPENDED")


async def _announced(site: Site) -> dict[str, int]:
    """How many letters of announcements each of the three got."""
    found = {}
    for form in (AYSE, BORA, CEM):
        letters = await site.letters_to(form["email"])
        found[form["first_name"]] = sum(letter["X-Letter-Kind"] == "announcement" for letter in letters)
    return found


async def test_letters_go_to_those_who_are_concerned_and_only_when_it_is_wished(site: Site) -> None:
    await _people(site)
    token = await site.staff_token()
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    assert (await published(site, token, given()))["letters"] == 0
    assert await _looked(NOON) == []
    dry = await published(site, token, given(productId=product, sendLetters=True, dryRun=True))
    assert (dry["letters"], await _looked(NOON)) == (2, [])
    first = await published(site, token, given(title="Güncelleyin", productId=product, sendLetters=True))
    assert first["letters"] == 2
    assert await _looked(NOON) == [f"letters of announcement {first['announcement']['id']}"]
    assert await _announced(site) == {"Ayşe": 1, "Bora": 1, "Cem": 0}
    letter = (await site.letters_to(AYSE["email"]))[-1]
    assert letter["Subject"] == f"{site.settings.vendor.name}: Güncelleyin"
    assert "SMS Işık ile ilgili yeni bir duyurumuz var" in text_of(letter)
    assert f"/announcements/{first['announcement']['id']}" in text_of(letter)
    assert (await published(site, token, given(title="Herkese", sendLetters=True)))["letters"] == 2
    assert len(await _looked(NOON)) == 1
    assert await _looked(NOON) == []
    assert await _announced(site) == {"Ayşe": 2, "Bora": 1, "Cem": 1}


async def test_a_cancelled_license_concerns_nobody(site: Site) -> None:
    await owned(site, AYSE)
    await License.all().update(status=License.CANCELLED)
    token = await site.staff_token()
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    assert (await published(site, token, given(productId=product, sendLetters=True)))["letters"] == 0
    await _looked(NOON)
    assert (await _announced(site))["Ayşe"] == 0
    assert not (await Announcement.get()).letters_wait


async def test_many_letters_are_queued_in_parts_each_once_though_it_was_broken_off(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_dues, "BATCH", 1)
    await _people(site)
    await Account.all().update(status="ACTIVE")
    token = await site.staff_token()
    made = await published(site, token, given(sendLetters=True))
    key = ids.key_of(made["announcement"]["id"], "ann")
    assert key
    assert await ticket_dues._write_some(key) == 1
    assert len(await _looked(NOON)) == 1
    assert await _announced(site) == {"Ayşe": 1, "Bora": 1, "Cem": 1}
    assert await ticket_dues._write_some(key) is None


async def test_no_letter_tells_of_what_was_withdrawn(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    token = await publisher(site)
    made = (await site.data(PUBLISH, {"input": given(sendLetters=True)}, token))["publishAnnouncement"]
    await site.data(WITHDRAW, {"id": made["announcement"]["id"]}, token)
    assert await _looked(clock.now()) == []
    assert await Letter.filter(kind="announcement").count() == 0
