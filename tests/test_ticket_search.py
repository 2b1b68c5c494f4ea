"""The search for tickets: spelling, audiences, changes of what tickets are found by, and that indexes serve it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from api import clock, streams, ticket_search
from api.models import database, ids
from api.models.accounts import Account
from api.models.licenses import License
from api.models.people import Person
from api.models.tickets import Ticket
from tests.cast import AYSE
from tests.doors import GraphqlDoor, joined
from tests.licensed import licensed
from tests.site import Site

UPDATE = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { errors { code field } } }"
BIND = """mutation ($id: ID!, $domain: String!) {
  bindLicenseDomain(licenseId: $id, domain: $domain) { errors { code field } } }"""
_SENT = count()


async def opened(
    account: Account, subject: str, *messages: str, note: str = "", license_id: Any = None, status: str = Ticket.OPEN
) -> Ticket:
    """A ticket with messages of its customer, and an internal note."""
    now = clock.now() + timedelta(seconds=next(_SENT))
    author = await Person.filter(memberships__account_id=account.id).get()
    async with database.transaction():
        row = Ticket(account_id=account.id, license_id=license_id, kind="TECHNICAL", subject=subject, status=status)
        row.priority, row.opened_at, row.first_answer_due_at, row.last_message_at = "NORMAL", now, now, now
        row.due_at = now + timedelta(hours=3)
        await row.save(force_create=True)
        for message in messages or ("Merhaba.",):
            await streams.add_message(row, author, now, await streams.written(message), from_staff=False)
        if note:
            await streams.add_note(row, author, now, await streams.written(note))
        await row.save()
    return row


@dataclass
class Desk:
    """Ayşe's and Bora's accounts; Bora has a license that is bound to no domain yet."""

    site: Site
    ayse: Account
    bora: Account
    own: License
    session: str


@pytest.fixture
async def desk(site: Site) -> Desk:
    """Two customers."""
    await joined(GraphqlDoor(site), site, AYSE)
    made = await licensed(site)
    own = await made.row()
    ayse = await Account.exclude(id=own.account_id).get()
    return Desk(site, ayse, await Account.get(id=own.account_id), own, made.session)


async def search(text: str | None, account: Account | None = None, order: str = "-last_message_at") -> list[str]:
    """The subjects that a customer finds, or staff."""
    query = Ticket.filter(account_id=account.id) if account else Ticket.all()
    wanted = await ticket_search.found(query, text, order, staff=account is None)
    return [str(subject) for subject in await wanted.order_by(order, "-id").values_list("subject", flat=True)]


@pytest.fixture(params=["rare", "in turn", "in common"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each way of finding, whatever there is to find."""
    if request.param != "rare":
        monkeypatch.setattr(ticket_search, "RARE", 0)
    if request.param == "in common":
        monkeypatch.setattr(ticket_search, "NEAR", 0)
    return iter([request.param])


async def test_all_words_must_begin_so_in_any_spelling(desk: Desk, way: str) -> None:
    del way
    await opened(desk.ayse, "IŞIK açılmıyor", "Sanal POS ödemeleri ışıklı ekranda duruyor.")
    await opened(desk.ayse, "Fatura", "ödeme yaptım")
    for text in ("ışık", "IŞIK", "isik", "ode", "ÖDEME pos", "acilmi", "ödeme ışık sanal"):
        assert "IŞIK açılmıyor" in await search(text, desk.ayse), text
    assert await search("ödeme", desk.ayse) == ["Fatura", "IŞIK açılmıyor"]
    assert await search("ödeme ışık", desk.ayse) == ["IŞIK açılmıyor"]
    for text in ("ödeme yok", "şık", "işıklar", "fatura pos", "!!!", "%", "_", "' OR 1=1 --", "\0"):
        assert await search(text, desk.ayse) == [], text
    for text in (None, "", "  \u200b "):
        assert await search(text, desk.ayse) == ["Fatura", "IŞIK açılmıyor"]


async def test_a_customer_finds_their_own_and_no_word_of_a_note(desk: Desk, way: str) -> None:
    del way
    mine = await opened(desk.ayse, "Kurulum", "Modül kurulmadı.", note="Müşteri huysuz, gizli kelime: porsuk.")
    await opened(desk.bora, "Kurulum bitti mi?")
    assert await search("kurulum", desk.ayse) == ["Kurulum"]
    assert await search(mine.number.lower(), desk.ayse) == ["Kurulum"]
    assert await search(mine.number[:5], desk.bora) == []
    for hidden in ("porsuk", "huysuz", "Yılmaz", "Ayşe"):
        assert await search(hidden, desk.ayse) == []
        assert await search(hidden) == ["Kurulum"]
    assert await search("porsuk kurulmadı") == ["Kurulum"]
    assert await search("porsuk kurulmadı", desk.ayse) == []
    assert await search("kurulum") == ["Kurulum bitti mi?", "Kurulum"]
    assert await search("kurulum", order="due_at") == ["Kurulum", "Kurulum bitti mi?"]


async def test_staff_find_customers_by_their_present_names_and_domains(desk: Desk) -> None:
    await opened(desk.bora, "Bir", license_id=desk.own.id)
    await opened(desk.bora, "İki")
    assert await search("ışık yazılım") == ["İki", "Bir"]
    assert await search("magaza.com.tr") == []
    given = {"id": ids.public(License.PREFIX, desk.own.id), "domain": "magaza.com.tr"}
    assert (await desk.site.data(BIND, given, desk.session))["bindLicenseDomain"]["errors"] == []
    changes = {"input": {"companyName": "Güneş Bilişim Ltd. Şti."}}
    assert (await desk.site.data(UPDATE, changes, desk.session))["updateAccount"]["errors"] == []
    assert await search("magaza.com.tr") == ["Bir"]
    assert await search("güneş magaza") == ["Bir"]
    assert await search("yazilim") == []
    assert await search("güneş bora") == ["İki", "Bir"]
    assert await search("magaza", desk.bora) == []
    await opened(desk.bora, "Üç", license_id=desk.own.id)
    assert await search("güneş magaza") == ["Üç", "Bir"]


async def test_a_message_that_did_not_come_about_leaves_no_words(desk: Desk) -> None:
    row = await opened(desk.ayse, "Soru")
    author = await Person.filter(memberships__account_id=desk.ayse.id).get()

    async def stumble() -> None:
        async with database.transaction():
            held = await streams.hold(row.id)
            await streams.add_message(
                held, author, clock.now(), await streams.written("geri alınan sözcük"), from_staff=False
            )
            assert await search("alinan") == ["Soru"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert await search("alinan") == []


async def test_a_merged_ticket_is_found_by_what_the_other_says(desk: Desk) -> None:
    old = await opened(desk.ayse, "Eski", "kırmızı ekran", note="porsuk")
    kept = await opened(desk.ayse, "Yeni", "mavi ekran")
    async with database.transaction():
        await ticket_search.merge(old, kept)
        await ticket_search.merge(old, kept)
    assert await search("kırmızı mavi", desk.ayse) == ["Yeni"]
    assert await search("porsuk", desk.ayse) == []
    assert await search("porsuk") == ["Yeni"]
    assert await search("eski ekran", desk.ayse) == ["Yeni"]
    assert await search("eski", desk.ayse) == ["Yeni", "Eski"]
    assert await search(old.number, desk.ayse) == ["Yeni", "Eski"]


async def test_pages_go_on_where_the_last_one_ended(desk: Desk, way: str) -> None:
    del way
    for number in range(7):
        await opened(desk.ayse, f"Ortak {number}", "ortak sözcük" if number % 2 else "ortak")
    wanted = await ticket_search.found(Ticket.all(), "ortak sözcük", "-last_message_at", staff=True)
    first = await wanted.order_by("-last_message_at").limit(2)
    rest = await wanted.filter(last_message_at__lt=first[-1].last_message_at).order_by("-last_message_at")
    assert [row.subject for row in (*first, *rest)] == ["Ortak 5", "Ortak 3", "Ortak 1"]
    assert await wanted.count() == 3


async def test_similar_tickets_are_open_and_share_the_license_or_most_words(desk: Desk) -> None:
    await opened(desk.bora, "Ödeme sayfası açılmıyor")
    await opened(desk.bora, "Lisansın alan adı", license_id=desk.own.id)
    await opened(desk.bora, "Ödeme sayfası yavaş", status=Ticket.CLOSED)
    await opened(desk.ayse, "Ödeme sayfası açılmıyor")
    found = await ticket_search.similar(desk.bora.id, None, "ODEME sayfasi acilmiyor!")
    assert [row.subject for row in found] == ["Ödeme sayfası açılmıyor"]
    found = await ticket_search.similar(desk.bora.id, desk.own.id, "Başka bir şey")
    assert [row.subject for row in found] == ["Lisansın alan adı"]
    found = await ticket_search.similar(desk.bora.id, desk.own.id, "Ödeme sayfası açılmıyor")
    assert [row.subject for row in found] == ["Ödeme sayfası açılmıyor", "Lisansın alan adı"]
    assert await ticket_search.similar(desk.bora.id, None, "Kargo") == []


async def test_lists_are_searched_through_graphql(desk: Desk) -> None:
    await opened(desk.bora, "Ödeme alınamıyor", note="porsuk")
    await opened(desk.ayse, "Ödeme gecikti")
    document = "query ($search: String!) { tickets(search: $search) { totalCount nodes { subject } } }"
    staff = await desk.site.staff_token(email="ece@example.net")
    for text, token, subjects in (
        ("ODEME", desk.session, ["Ödeme alınamıyor"]),
        ("odeme", staff, ["Ödeme gecikti", "Ödeme alınamıyor"]),
        ("porsuk", desk.session, []),
        ("porsuk ışık", staff, ["Ödeme alınamıyor"]),
    ):
        answer = (await desk.site.data(document, {"search": text}, token))["tickets"]
        assert answer == {"totalCount": len(subjects), "nodes": [{"subject": subject} for subject in subjects]}
