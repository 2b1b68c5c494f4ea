"""Announcements over GraphQL: what is refused, who sees what, and an extension that moves promises (8.2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from api import clock, promising
from api.caller import Scope
from api.clock import ISTANBUL
from api.models import ids
from api.models.announcements import Announcement
from api.models.audit import AuditEntry
from api.models.database import transaction
from api.models.letters import Letter
from api.models.tickets import Ticket, TicketMessage, TicketPromise
from tests.cast import AYSE
from tests.doors import GraphqlDoor, joined, signed_in
from tests.site import Site, text_of
from tests.statements import statements
from tests.test_invoice_pages import CREATE
from tests.ticketed import OPEN, SALES, ticketed
from tests.waiting import answered, waiting

PUBLISH = """mutation ($input: PublishAnnouncementInput!) { publishAnnouncement(input: $input) {
  announcement { id kind title html publishedAt startsAt endsAt maximumFirstAnswerMinutes product { slug } }
  movedPromises latestDueAt letters errors { code field } } }"""
WITHDRAW = """mutation ($id: ID!) { withdrawAnnouncement(announcementId: $id) {
  announcement { id withdrawnAt endsAt } errors { code field } } }"""
LIST = """query ($first: Int, $kind: AnnouncementKind, $product: String) {
  announcements(first: $first, kind: $kind, product: $product) { title } }"""
NOON = datetime(2026, 11, 20, 12, tzinfo=ISTANBUL)
DAY = timedelta(days=1)


def given(**changes: Any) -> dict[str, Any]:
    """An announcement as it is sent; instants are written as the API takes them."""
    made = {"kind": "GENERAL", "title": "Yeni sürüm", "body": "Metin **burada**"} | changes
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in made.items()}


def extension(**changes: Any) -> dict[str, Any]:
    """An extension to 600 support minutes for one day."""
    usual = {"kind": "SUPPORT_EXTENSION", "maximumFirstAnswerMinutes": 600, "endsAt": NOON + DAY}
    return given(**(usual | changes))


async def publisher(site: Site) -> str:
    return await site.staff_token(Scope.ANNOUNCEMENTS_PUBLISH)


async def published(site: Site, token: str, form: dict[str, Any], now: datetime = NOON) -> dict[str, Any]:
    with clock.stopped(now):
        answer: dict[str, Any] = (await site.data(PUBLISH, {"input": form}, token))["publishAnnouncement"]
    return answer


async def titles(site: Site, now: datetime = NOON, **arguments: Any) -> list[str]:
    with clock.stopped(now):
        found = await site.data(LIST, arguments)
    return [one["title"] for one in found["announcements"]]


def refused(answer: dict[str, Any]) -> set[tuple[str, str]]:
    return {(".".join(error["field"] or []), error["code"]) for error in answer["errors"]}


MINUTES = "maximumFirstAnswerMinutes"


@pytest.mark.parametrize(
    ("form", "problems"),
    [
        (given(title=" ", body=""), {("title", "REQUIRED"), ("body", "REQUIRED")}),
        (given(title="x\0y", body="x\0y"), {("title", "INVALID"), ("body", "INVALID")}),
        (given(title="x" * 201), {("title", "TOO_LONG")}),
        (given(startsAt=NOON, endsAt=NOON), {("endsAt", "INVALID")}),
        (given(startsAt=NOON - 2 * DAY, endsAt=NOON - DAY), {("endsAt", "INVALID")}),
        (given(startsAt="2026-11-20T12:00:00"), {("startsAt", "INVALID")}),
        (given(endsAt="9999-12-31T23:59:59Z"), {("endsAt", "INVALID")}),
        (given(maximumFirstAnswerMinutes=600), {(MINUTES, "INVALID")}),
        (given(productId="prd_x"), {("productId", "NOT_FOUND")}),
        (given(productId=f"prd_{'0' * 32}"), {("productId", "NOT_FOUND")}),
        (extension(endsAt=None, maximumFirstAnswerMinutes=None), {("endsAt", "REQUIRED"), (MINUTES, "REQUIRED")}),
        (extension(maximumFirstAnswerMinutes=180), {(MINUTES, "INVALID")}),
        (extension(maximumFirstAnswerMinutes=10_081), {(MINUTES, "INVALID")}),
        (extension(endsAt=NOON + 7 * DAY + timedelta(seconds=1)), {("endsAt", "INVALID")}),
        (extension(startsAt=NOON + DAY, endsAt=NOON + DAY), {("endsAt", "INVALID")}),
        (extension(productId=f"prd_{'0' * 32}"), {("productId", "INVALID")}),
        (given(idempotencyKey="x" * 101), {("idempotencyKey", "TOO_LONG")}),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_published(
    site: Site, form: dict[str, Any], problems: set[tuple[str, str]]
) -> None:
    token = await publisher(site)
    for dry in {False, "idempotencyKey" not in form}:
        answer = await published(site, token, form | {"dryRun": dry})
        assert (answer["announcement"], refused(answer)) == (None, problems)
    assert await Announcement.all().count() == 0


async def test_the_limits_themselves_are_within(site: Site) -> None:
    token = await publisher(site)
    for form in (
        extension(maximumFirstAnswerMinutes=181, endsAt=NOON + 7 * DAY),
        extension(maximumFirstAnswerMinutes=10_080, startsAt=NOON + 30 * DAY, endsAt=NOON + 37 * DAY),
        given(startsAt=NOON - DAY, endsAt=NOON + timedelta(seconds=1)),
    ):
        assert (await published(site, token, form))["errors"] == []


async def test_what_is_announced_is_everybodys_to_read(site: Site) -> None:
    token = await publisher(site)
    staff = await site.staff_token()
    await site.data(CREATE, token=staff)
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    first = await published(site, token, given(title="Birinci", startsAt=NOON, endsAt=NOON + DAY))
    assert first["announcement"] == {
        "id": first["announcement"]["id"],
        "kind": "GENERAL",
        "title": "Birinci",
        "html": "<p>Metin <strong>burada</strong></p>\n",
        "publishedAt": "2026-11-20T09:00:00+00:00",
        "startsAt": "2026-11-20T09:00:00+00:00",
        "endsAt": "2026-11-21T09:00:00+00:00",
        "maximumFirstAnswerMinutes": None,
        "product": None,
    }
    hour = timedelta(hours=1)
    await published(site, token, given(title="Ürünün", productId=product, kind="SECURITY"), NOON + hour)
    await published(site, token, extension(title="Uzatma"), NOON + 2 * hour)
    late = NOON + 3 * hour
    assert await titles(site, late) == ["Uzatma", "Ürünün", "Birinci"]
    assert await titles(site, late, first=1) == ["Uzatma"]
    assert await titles(site, late, kind="SECURITY") == ["Ürünün"]
    assert await titles(site, late, product="sms") == ["Ürünün"]
    assert await titles(site, late, product="yok\0") == []
    assert await titles(site, NOON + DAY) == ["Ürünün"]
    for size in (-1, 101):
        answer = await site.ask(LIST, {"first": size})
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]


async def test_a_withdrawn_announcement_is_gone_for_all_but_its_publishers(site: Site) -> None:
    token = await publisher(site)
    made = (await published(site, token, given()))["announcement"]["id"]
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await site.data(node, {"id": made}))["node"] == {"id": made}
    for _ in range(2):
        with clock.stopped(NOON + DAY):
            answer = (await site.data(WITHDRAW, {"id": made}, token))["withdrawAnnouncement"]
        assert answer == {
            "announcement": {"id": made, "withdrawnAt": "2026-11-21T09:00:00+00:00", "endsAt": None},
            "errors": [],
        }
    assert await titles(site) == []
    assert (await site.data(node, {"id": made}))["node"] is None
    assert (await site.data(node, {"id": made}, token))["node"] == {"id": made}
    ended = "{ announcements(ended: true) { id } }"
    assert (await site.data(ended, token=token))["announcements"] == [{"id": made}]
    answer = await site.ask(ended)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
    for unknown in ("", "ann_", ids.public("ann", ids.new_id()), made.replace("ann_", "doc_"), "x\0"):
        answer = (await site.data(WITHDRAW, {"id": unknown}, token))["withdrawAnnouncement"]
        assert refused(answer) == {("announcementId", "NOT_FOUND")}


async def test_one_key_publishes_once(site: Site) -> None:
    token = await publisher(site)
    form = extension(idempotencyKey="bir")
    first = await published(site, token, form)
    later = await published(site, token, form, NOON + 2 * DAY)
    assert (later["announcement"]["id"], later["errors"]) == (first["announcement"]["id"], [])
    assert refused(await published(site, token, form | {"title": "Başka"})) == {
        ("idempotencyKey", "IDEMPOTENCY_CONFLICT")
    }
    assert await Announcement.all().count() == 1


async def test_an_extension_moves_what_is_open_and_not_yet_missed(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    token = await publisher(site)
    missed = await waiting(at=NOON - DAY)
    done = await waiting(at=NOON - timedelta(hours=1))
    await answered(done, NOON)
    open_one = await waiting(at=NOON - timedelta(hours=1))
    foreseen = await published(site, token, extension(dryRun=True))
    assert (foreseen["announcement"], foreseen["movedPromises"]) == (None, 1)
    assert await Announcement.all().count() == 0
    made = await published(site, token, extension())
    # 600 minutes from 11:00 are 21:00 of the same day.
    due = datetime(2026, 11, 20, 21, tzinfo=ISTANBUL)
    assert (made["movedPromises"], made["latestDueAt"]) == (1, "2026-11-20T18:00:00+00:00")
    assert made["latestDueAt"] == foreseen["latestDueAt"]
    moved = await Ticket.get(id=open_one.id)
    assert (moved.due_at, moved.first_answer_due_at, moved.last_position) == (due, due, 1)
    (promise,) = await TicketPromise.filter(ticket_id=open_one.id)
    key = ids.key_of(made["announcement"]["id"], "ann")
    assert (promise.due_at, promise.minutes, promise.extension_id) == (due, 600, key)
    (event,) = await TicketMessage.all()
    assert (event.ticket_id, event.kind, event.event, event.audience) == (open_one.id, "EVENT", "extended", "CUSTOMER")
    assert event.details == {"due_at": "2026-11-20T18:00:00+00:00", "announcement": made["announcement"]["id"]}
    events = "query ($n: String!) { ticket(number: $n) { events { nodes { kind text fromStaff author } } } }"
    session = await signed_in(GraphqlDoor(site), AYSE["email"])
    told = (await site.data(events, {"n": open_one.number}, session))["ticket"]["events"]["nodes"]
    text = "Duyurulan yoğunluk nedeniyle yanıt süresi uzadı: en geç 20 Kasım 2026 21:00 (8.2)."
    assert told == [{"kind": "extended", "text": text, "fromStaff": True, "author": None}]
    for ticket in (missed, done):
        assert (await Ticket.get(id=ticket.id)).last_position == 0
        assert (await TicketPromise.get(ticket_id=ticket.id)).minutes == 180
    letters = [letter for letter in await site.letters_to(AYSE["email"]) if open_one.number in letter["Subject"]]
    assert len(letters) == 1
    assert "20 Kasım 2026 21:00" in text_of(letters[0])
    assert f"/panel/tickets/{open_one.number}" in text_of(letters[0])
    entry = await AuditEntry.get(act="announcement:publish")
    assert entry.details == {"kind": "SUPPORT_EXTENSION", "moved": "1"}


async def test_many_promises_are_moved_by_as_many_statements_as_few(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    token = await publisher(site)
    counted = []
    for round_, many in enumerate((2, 20)):
        opened = [await waiting(at=NOON, subject=f"{round_}-{number}") for number in range(many)]
        with statements() as seen:
            made = await published(site, token, extension(maximumFirstAnswerMinutes=500 + round_))
        assert (made["errors"], made["movedPromises"]) == ([], many + 2 * round_)
        counted.append(len(seen))
        due = NOON + timedelta(minutes=500 + round_)
        for row in await Ticket.filter(id__in=[ticket.id for ticket in opened]):
            (event,) = await TicketMessage.filter(ticket_id=row.id)
            assert (row.due_at, row.first_answer_due_at, row.last_position, event.position) == (due, due, 1, 1)
    assert counted[0] == counted[1]


async def test_the_first_answer_of_a_ticket_that_staff_began_was_never_due_later(site: Site) -> None:
    own = await ticketed(site)
    begun = await own.site.data(
        "query ($email: String!) { accounts(search: $email) { nodes { id } } }", {"email": AYSE["email"]}, own.staff
    )
    account = begun["accounts"]["nodes"][0]["id"]
    with clock.stopped(NOON):
        payload = await own.do(OPEN, await site.staff_token(), input=SALES | {"accountId": account})
    ticket = own.done(payload)
    held = await Ticket.get(id=ids.key_of(ticket["id"], "tic"))
    async with transaction():
        await promising.begin(held, NOON)
        await held.save()
    made = await published(site, await publisher(site), extension())
    assert made["movedPromises"] == 1
    held = await Ticket.get(id=held.id)
    assert (held.first_answer_due_at, held.due_at) == (NOON, NOON + timedelta(hours=10))


async def test_withdrawing_an_extension_ends_it_and_brings_nothing_forward(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    token = await publisher(site)
    open_one = await waiting(at=NOON)
    made = (await published(site, token, extension()))["announcement"]["id"]
    later = NOON + timedelta(hours=1)
    during = await waiting(at=later)
    assert during.due_at == datetime(2026, 11, 21, 11, tzinfo=ISTANBUL)
    session = await signed_in(GraphqlDoor(site), AYSE["email"])
    told = "query ($n: String!) { ticket(number: $n) { extension { id } } }"
    moved_by = (await site.data(told, {"n": open_one.number}, session))["ticket"]
    assert moved_by == {"extension": {"id": made}}
    with clock.stopped(later):
        await site.data(WITHDRAW, {"id": made}, token)
    # It is gone for customers, here too.
    assert (await site.data(told, {"n": open_one.number}, session))["ticket"] == {"extension": None}
    assert (await TicketPromise.get(ticket_id=open_one.id)).minutes == 600
    assert (await TicketPromise.get(ticket_id=during.id)).minutes == 600
    assert (await Announcement.get()).ends_at == later
    with clock.stopped(later):
        after = await waiting(at=later)
        status = await site.data("{ supportStatus { maximumFirstAnswerMinutes } }")
    assert after.due_at == later + timedelta(minutes=180)
    assert status["supportStatus"] == {"maximumFirstAnswerMinutes": 180}


async def test_an_extension_to_come_moves_only_what_would_still_be_open_then(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    token = await publisher(site)
    open_one = await waiting(at=NOON)
    begins = NOON + timedelta(hours=3)
    for start, moved in ((begins + timedelta(microseconds=1), 0), (begins, 1)):
        made = await published(site, token, extension(startsAt=start, endsAt=start + DAY))
        assert made["movedPromises"] == moved
    assert (await Ticket.get(id=open_one.id)).due_at == NOON + timedelta(hours=10)


async def test_a_refused_act_leaves_nothing(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    await waiting(at=NOON)
    letters = await Letter.all().count()
    answer = await published(site, await publisher(site), extension(title=" "))
    assert refused(answer) == {("title", "REQUIRED")}
    assert (await Announcement.all().count(), await TicketMessage.all().count()) == (0, 0)
    assert await Letter.all().count() == letters + 1
