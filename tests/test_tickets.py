"""Tickets (8): opened, answered, closed, reopened and rated, on both databases."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from api import clock, throttle
from api.clock import ISTANBUL
from api.models import ids
from api.models.accounts import Account
from api.models.audit import AuditEntry
from api.models.letters import Letter
from api.models.licenses import License
from api.models.tickets import Ticket, TicketPromise
from tests.attached import uploaded
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, signed_in
from tests.licensed import Licensed, licensed
from tests.site import Site, text_of
from tests.test_access import _everything
from tests.ticketed import CLOSE, OPEN, RATE, REPLY, SALES, Ticketed, refused, ticketed

QUOTE = """query ($id: ID!) { node(id: $id) { ... on License { supportRenewalQuote {
  total { formatted } backPayment { formatted } } } } }"""


async def test_a_ticket_goes_its_way_from_question_to_rating(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    assert (opened["status"], opened["firstAnsweredAt"]) == ("OPEN", None)
    assert opened["dueAt"] == opened["firstAnswerDueAt"]
    assert [node["body"] for node in opened["messages"]["nodes"]] == ["İkinci lisans ne kadar?"]
    assert refused(await own.do(CLOSE, own.staff, id=opened["id"])) == {("NOT_ALLOWED", "ticketId")}
    asked = await own.answer(opened["id"], asking=True)
    assert (asked["status"], asked["dueAt"], asked["waitingSince"]) == ("WAITING_FOR_CUSTOMER", None, None)
    again = await own.reply(opened["id"])
    assert again["status"] == "OPEN"
    assert again["firstAnsweredAt"] == asked["firstAnsweredAt"]
    closed = await own.answer(opened["id"], close=True)
    assert (closed["status"], closed["dueAt"]) == ("CLOSED", None)
    assert [event["text"] for event in closed["events"]["nodes"]] == ["Talep kapatıldı."]
    rated = own.done(await own.do(RATE, id=opened["id"], rating=5, comment="Teşekkürler"))
    assert (rated["rating"], rated["ratingComment"]) == (5, "Teşekkürler")
    assert refused(await own.do(RATE, id=opened["id"], rating=6)) == {("INVALID", "rating")}
    reopened = await own.reply(opened["id"])
    assert (reopened["status"], reopened["closedAt"], reopened["reopenableUntil"]) == ("OPEN", None, None)
    assert [event["kind"] for event in reopened["events"]["nodes"]] == ["closed", "rated", "reopened"]
    assert reopened["messages"]["totalCount"] == 5
    # Deniz has no name yet, and a customer is told no address.
    assert {node["author"] for node in reopened["messages"]["nodes"]} == {"Ayşe Yılmaz", "WHMCSTR"}
    assert [node["fromStaff"] for node in reopened["messages"]["nodes"]] == [False, True, False, True, False]


async def test_what_is_missing_or_too_long_is_refused_together_and_nothing_is_written(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    before = await _everything()
    blank = {"kind": "TECHNICAL", "subject": "\u200b", "body": " \n", "idempotencyKey": " "}
    assert refused(await own.do(OPEN, input=blank)) == {
        ("REQUIRED", "subject"),
        ("REQUIRED", "body"),
        ("REQUIRED", "licenseId"),
        ("REQUIRED", "idempotencyKey"),
    }
    long = SALES | {"subject": "x" * 201, "body": "x" * 20_001}
    assert refused(await own.do(OPEN, input=long)) == {("TOO_LONG", "subject"), ("TOO_LONG", "body")}
    assert refused(await own.do(OPEN, input=SALES | {"subject": "a\r\nBcc: b"})) == {("INVALID", "subject")}
    assert refused(await own.do(REPLY, id=opened["id"], body="a\0")) == {("INVALID", "body")}
    assert refused(await own.do(RATE, id=opened["id"], rating=0, comment="x" * 501)) == {
        ("INVALID", "rating"),
        ("TOO_LONG", "comment"),
    }
    assert refused(await own.do(RATE, id=opened["id"], rating=3)) == {("NOT_ALLOWED", "ticketId")}
    for only_staff in ("asking", "close"):
        answer = await own.do(REPLY, id=opened["id"], body="x", **{only_staff: True})
        assert refused(answer) == {("NOT_ALLOWED", only_staff)}
    assert await _everything() == before


async def _technical(has: Licensed, license_id: str, **more: Any) -> dict[str, Any]:
    given = {"kind": "TECHNICAL", "subject": "Hata", "body": "Açılmıyor", "licenseId": license_id} | more
    answer: dict[str, Any] = (await has.site.data(OPEN, {"input": given}, has.session))["openTicket"]
    return answer


async def test_a_technical_question_needs_a_license_whose_support_runs(site: Site) -> None:
    has = await licensed(site)
    assert (await _technical(has, has.id))["ticket"]["kind"] == "TECHNICAL"
    until = (await has.row()).support_until
    assert until
    with clock.stopped(datetime.combine(until, time(23, 59), ISTANBUL)):
        has.session = await signed_in(GraphqlDoor(site), BORA["email"])
        assert (await _technical(has, has.id))["errors"] == []
    with clock.stopped(datetime.combine(until + timedelta(days=1), time(0, 0), ISTANBUL)):
        has.session = await signed_in(GraphqlDoor(site), BORA["email"])
        answer = await _technical(has, has.id)
        assert refused(answer) == {("SUPPORT_LAPSED", "licenseId")}
        quote = (await site.data(QUOTE, {"id": has.id}, has.session))["node"]["supportRenewalQuote"]
        (error,) = answer["errors"]
        for part in (quote["total"]["formatted"], quote["backPayment"]["formatted"], f"/licenses/{has.id}/renew"):
            assert part in error["message"]
        for kind in ("SALES", "BILLING", "INSTALLATION", "COMPLAINT"):
            assert (await _technical(has, has.id, kind=kind))["errors"] == []


@pytest.mark.parametrize("status", ["PENDING", "CANCELLED"])
async def test_a_license_that_is_unpaid_or_cancelled_gets_no_technical_support(site: Site, status: str) -> None:
    has = await licensed(site)
    await License.all().update(status=status)
    assert refused(await _technical(has, has.id)) == {("NOT_ALLOWED", "licenseId")}
    assert (await _technical(has, has.id, kind="BILLING"))["errors"] == []


async def test_the_refusal_of_a_lapsed_license_is_told_in_english_too(site: Site) -> None:
    has = await licensed(site)
    await License.all().update(support_until=date(2025, 3, 1))
    given = {"kind": "TECHNICAL", "subject": "Hata", "body": "Açılmıyor", "licenseId": has.id}
    headers = {"accept-language": "en"}
    answer = await site.ask(OPEN, {"input": given}, has.session, **headers)
    assert "Support of this license ended on 1 March 2025" in answer["data"]["openTicket"]["errors"][0]["message"]


async def test_staff_begin_a_ticket_that_waits_for_nobody(site: Site) -> None:
    own = await ticketed(site)
    account = ids.public(Account.PREFIX, (await Account.get()).id)
    given = SALES | {"kind": "TECHNICAL", "accountId": account, "idempotencyKey": "bir"}
    first = own.done(await own.do(OPEN, own.staff, input=given))
    assert own.done(await own.do(OPEN, own.staff, input=given))["id"] == first["id"]
    assert (first["status"], first["openedByStaff"], first["dueAt"]) == ("ANSWERED", True, None)
    assert first["firstAnswerDueAt"] == first["firstAnsweredAt"] == first["openedAt"]
    assert first["messages"]["nodes"][0]["fromStaff"] is True
    assert await TicketPromise.all().count() == 0
    assert (await own.reply(first["id"]))["status"] == "OPEN"
    for nobody in ("", " "):
        assert refused(await own.do(OPEN, own.staff, input=SALES | {"accountId": nobody})) == {
            ("REQUIRED", "accountId")
        }
    for unknown in (ids.public("acc", ids.new_id()), "x", first["id"]):
        answer = await own.do(OPEN, own.staff, input=SALES | {"accountId": unknown})
        assert refused(answer) == {("NOT_FOUND", "accountId")}
    assert refused(await own.do(OPEN, own.staff, input=SALES)) == {("REQUIRED", "accountId")}
    denied = await site.ask(OPEN, {"input": SALES | {"accountId": account}}, own.session)
    assert [error["extensions"]["code"] for error in denied["errors"]] == ["FORBIDDEN"]


async def test_one_key_opens_one_ticket_and_sends_one_message(site: Site) -> None:
    own = await ticketed(site)
    first = await own.open(idempotencyKey="bir")
    assert (await own.open(idempotencyKey="bir"))["id"] == first["id"]
    assert refused(await own.do(OPEN, input=SALES | {"subject": "Başka", "idempotencyKey": "bir"})) == {
        ("IDEMPOTENCY_CONFLICT", "idempotencyKey")
    }
    for _ in range(2):
        assert (await own.reply(first["id"], "Bir daha", key="iki"))["messages"]["totalCount"] == 2
    answer = await own.do(REPLY, id=first["id"], body="Başka", key="iki")
    assert refused(answer) == {("IDEMPOTENCY_CONFLICT", "idempotencyKey")}
    assert (await Ticket.all().count(), await Letter.filter(kind="ticket_opened").count()) == (1, 1)


async def test_a_message_takes_its_writers_files_with_it(site: Site) -> None:
    own = await ticketed(site)
    files = [await uploaded(site, own.session), await uploaded(site, own.session, filename="iki.png")]
    opened = await own.open(attachmentIds=files, idempotencyKey="bir")
    assert (await own.open(attachmentIds=files, idempotencyKey="bir"))["id"] == opened["id"]
    (first,) = opened["messages"]["nodes"]
    assert [file["filename"] for file in first["attachments"]] == ["ekran.png", "iki.png"]
    answer = await own.answer(opened["id"], files=[await uploaded(site, own.staff, filename="yanıt.png")])
    assert [len(node["attachments"]) for node in answer["messages"]["nodes"]] == [2, 1]
    assert "(1)" in text_of((await site.letters_to(AYSE["email"]))[-1])
    foreign = await uploaded(site, own.staff)
    before = await _everything()
    for wrong in (files[0], foreign, "x", opened["id"], ids.public("att", ids.new_id())):
        for document, given in ((OPEN, {"input": SALES | {"attachmentIds": [wrong]}}), (REPLY, _to(opened, wrong))):
            assert refused(await own.do(document, **given)) == {("NOT_FOUND", "attachmentIds.0")}
    assert await _everything() == before


def _to(opened: dict[str, Any], file: str) -> dict[str, Any]:
    return {"id": opened["id"], "body": "x", "files": [file]}


async def test_a_closed_ticket_opens_again_until_the_end_of_its_last_day(site: Site) -> None:
    # Whenever this runs: who goes back in time finds limits used up for months.
    clock.start_at(datetime(2027, 2, 26, 9, 0, tzinfo=ISTANBUL))
    own = await ticketed(site)
    opened = await own.open()
    with clock.stopped(datetime(2027, 3, 1, 9, 0, tzinfo=ISTANBUL)):
        own.session = await signed_in(GraphqlDoor(site), AYSE["email"])
        closed = own.done(await own.do(CLOSE, id=opened["id"]))
        assert (closed["status"], closed["reopenableUntil"]) == ("CLOSED", "2027-03-15")
        assert own.done(await own.do(CLOSE, id=opened["id"])) == closed
    with clock.stopped(datetime(2027, 3, 15, 23, 59, 59, tzinfo=ISTANBUL)):
        own.session = await signed_in(GraphqlDoor(site), AYSE["email"])
        assert (await own.reply(opened["id"]))["status"] == "OPEN"
        own.done(await own.do(CLOSE, id=opened["id"]))
    with clock.stopped(datetime(2027, 3, 30, 0, 0, tzinfo=ISTANBUL)):
        own.session = await signed_in(GraphqlDoor(site), AYSE["email"])
        before = await _everything()
        assert refused(await own.do(REPLY, id=opened["id"], body="Geç kaldım")) == {("NOT_ALLOWED", "ticketId")}
        assert await _everything() == before
        # Staff may always say something more.
        assert (await own.answer(opened["id"]))["status"] == "ANSWERED"
    assert await Letter.filter(kind="ticket_closed").count() == 2


async def test_a_merged_ticket_says_where_it_went(site: Site) -> None:
    own = await ticketed(site)
    gone, stays = await own.open(), await own.open()
    await Ticket.filter(number=gone["number"]).update(
        merged_into_id=ids.key_of(stays["id"], "tic"), status="CLOSED", closed_at=clock.now()
    )
    for document, token in ((REPLY, own.session), (REPLY, own.staff), (CLOSE, own.session), (RATE, own.session)):
        answer = await own.do(document, token, id=gone["id"], **_filled(document))
        assert refused(answer) == {("NOT_ALLOWED", "ticketId")}
        assert stays["number"] in answer["errors"][0]["message"]
    shown = await site.data(
        "query ($n: String!) { ticket(number: $n) { reopenableUntil mergedInto { number } } }",
        {"n": gone["number"].lower()}, own.session,
    )  # fmt: skip
    assert shown["ticket"] == {"reopenableUntil": None, "mergedInto": {"number": stays["number"]}}


def _filled(document: str) -> dict[str, Any]:
    return {"body": "x"} if document == REPLY else {"rating": 3} if document == RATE else {}


async def test_an_answer_that_did_not_see_a_colleagues_is_stale(site: Site) -> None:
    own = await ticketed(site)
    other = await site.staff_token(email="ece@example.net")
    opened = await own.open()
    seen = opened["messages"]["nodes"][0]["id"]
    first = own.done(await own.do(REPLY, other, id=opened["id"], body="Ece yanıtladı", seen=seen))
    before = await _everything()
    stale = await own.do(REPLY, own.staff, id=opened["id"], body="Deniz", seen=seen)
    assert refused(stale) == {("STALE", "seenMessageId")}
    assert await _everything() == before
    foreign = (await own.open())["messages"]["nodes"][0]["id"]
    for unknown in (foreign, "x", opened["id"], ids.public("msg", ids.new_id())):
        answer = await own.do(REPLY, own.staff, id=opened["id"], body="Deniz", seen=unknown)
        assert refused(answer) == {("NOT_FOUND", "seenMessageId")}
    # One's own newer answer is no surprise, nor is what the customer wrote meanwhile.
    own.done(await own.do(REPLY, other, id=opened["id"], body="Ece ekledi", seen=seen))
    await own.reply(opened["id"])
    newest = first["messages"]["nodes"][-1]["id"]
    assert refused(await own.do(REPLY, own.staff, id=opened["id"], body="Deniz", seen=newest)) == {
        ("STALE", "seenMessageId")
    }
    last = (await own.reply(opened["id"]))["messages"]["nodes"][-1]["id"]
    await own.answer(opened["id"], seen=last)


async def test_staff_with_an_account_write_in_its_tickets_as_the_customer(site: Site) -> None:
    own = await ticketed(site)
    await site.staff_token(email=AYSE["email"])
    opened = await own.open()
    assert (await own.reply(opened["id"]))["messages"]["nodes"][-1]["fromStaff"] is False
    assert own.done(await own.do(CLOSE, id=opened["id"]))["status"] == "CLOSED"
    assert await TicketPromise.filter(outcome="WITHDRAWN").count() == 1


@pytest.mark.parametrize("status", ["SUSPENDED", "TERMINATED"])
async def test_a_closed_account_may_open_a_complaint_only(site: Site, status: str) -> None:
    own = await ticketed(site)
    sales = await own.open()
    await Account.all().update(status=status, status_reason="borç")
    own.session = await signed_in(GraphqlDoor(site), AYSE["email"])
    assert refused(await own.do(OPEN, input=SALES)) == {("NOT_ALLOWED", "kind")}
    assert refused(await own.do(REPLY, id=sales["id"], body="x")) == {("NOT_FOUND", "ticketId")}
    complaint = await own.open(kind="COMPLAINT")
    assert (await own.reply(complaint["id"]))["status"] == "OPEN"
    listed = await site.data("{ tickets { totalCount nodes { id } } }", token=own.session)
    assert listed["tickets"] == {"totalCount": 1, "nodes": [{"id": complaint["id"]}]}


async def test_the_trail_tells_what_was_done_and_not_what_was_written(site: Site) -> None:
    own = await ticketed(site)
    secret = "gizli-sözcük-1907"
    opened = await own.open(subject=secret, body=secret)
    await own.answer(opened["id"], secret, close=True)
    own.done(await own.do(RATE, id=opened["id"], rating=4, comment=secret))
    entries = [entry for entry in await AuditEntry.all().order_by("at") if entry.act.startswith("ticket:")]
    assert [entry.act for entry in entries] == ["ticket:open", "ticket:reply", "ticket:rate"]
    assert secret not in str([(entry.subject, entry.details) for entry in entries])


async def test_a_page_of_tickets_takes_the_same_number_of_queries_however_many_they_are(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = await _many(site, 3)
    few = await _queries(own, monkeypatch)
    assert 5 < few < 20
    for _ in range(9):
        await own.open()
    assert await _queries(own, monkeypatch) == few


async def _many(site: Site, count: int) -> Ticketed:
    has = await licensed(site)
    own = Ticketed(site, has.session, has.staff)
    for _ in range(count):
        opened = await own.open(licenseId=has.id)
        await own.answer(opened["id"])
    return own


LIST = """{ tickets(first: 100) { totalCount nodes { subject account { number } license { domain } assignee
  mergedInto { number } messages(first: 1) { totalCount nodes { html attachments { size } } }
  events(first: 2) { nodes { text } } notes(first: 1) { totalCount } } } }"""


async def _queries(own: Ticketed, monkeypatch: pytest.MonkeyPatch) -> int:
    from api.models.database import connection

    kind = type(connection())
    asked: list[str] = []
    with monkeypatch.context() as patched:
        for name in ("execute_query", "execute_query_dict"):
            real = getattr(kind, name)

            async def counted(self: Any, query: str, *args: Any, _real: Any = real, **more: Any) -> Any:
                asked.append(query)
                return await _real(self, query, *args, **more)

            patched.setattr(kind, name, counted)
        found = await own.site.data(LIST, token=own.session)
    assert found["tickets"]["totalCount"] == await Ticket.all().count()
    assert found["tickets"]["nodes"][0]["messages"]["nodes"] != []
    return len(asked)


async def test_messages_go_on_from_a_cursor(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    for number in range(5):
        await own.reply(opened["id"], f"{number}")
    page = """query ($n: String!, $after: String) { ticket(number: $n) { messages(first: 4, after: $after) { totalCount
      nodes { body } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
    first = (await site.data(page, {"n": opened["number"]}, own.session))["ticket"]["messages"]
    assert first["pageInfo"]["hasNextPage"] is True
    after = first["pageInfo"]["endCursor"]
    second = (await site.data(page, {"n": opened["number"], "after": after}, own.session))["ticket"]["messages"]
    assert [node["body"] for node in second["nodes"]] == ["3", "4"]
    assert (second["totalCount"], second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (
        6, False, True,
    )  # fmt: skip
    other = (await own.open())["messages"]["nodes"][0]["id"]
    for wrong in (other, "x", "", opened["id"]):
        answer = await site.ask(page, {"n": opened["number"], "after": wrong}, own.session)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]


async def test_who_opens_or_writes_too_often_is_told_to_wait(site: Site) -> None:
    own = await ticketed(site)
    # Three tickets and thirty messages an hour.
    throttle.use_scale(0.1)
    opened = [await own.open() for _ in range(3)]
    for _ in range(30):
        await own.reply(opened[0]["id"])
    before = await _everything()
    refused_ones = (
        (OPEN, {"input": SALES}),
        (REPLY, {"id": opened[0]["id"], "body": "x"}),
        # Each rating stands in the ticket: whoever gives one after the other writes too.
        (RATE, {"id": opened[0]["id"], "rating": 5}),
    )
    for document, given in refused_ones:
        answer = await site.ask(document, given, own.session)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["RATE_LIMITED"]
        assert answer["errors"][0]["extensions"]["retryAfter"] > 0
    assert await _everything() == before
    # The limit is each person's own.
    await own.answer(opened[0]["id"])
