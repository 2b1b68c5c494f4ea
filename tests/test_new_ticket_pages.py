"""The form of a new ticket: what it refuses, what it says before, the same one asked twice, and its preview."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from api import clock
from api.models.licenses import License
from api.models.tickets import Ticket, TicketMessage
from tests.cast import BORA
from tests.doors import GraphqlDoor, signed_in
from tests.site import Site
from tests.test_invoice_pages import client_of, problems
from tests.test_license_pages import owned
from tests.test_ticket_pages import NEW, TICKETS, opened
from tests.ticketed import OPEN, refused, ticketed


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"subject": " "}, ("REQUIRED", "subject")),
        ({"subject": "x" * 201}, ("TOO_LONG", "subject")),
        ({"subject": "iki\nsatır"}, ("INVALID", "subject")),
        ({"body": "\u200b"}, ("REQUIRED", "body")),
        ({"body": "a\0b"}, ("INVALID", "body")),
        ({"body": "x" * 20_001}, ("TOO_LONG", "body")),
        ({"kind": "TECHNICAL"}, ("REQUIRED", "license_id")),
        ({"license_id": f"lic_{'0' * 32}", "kind": "BILLING"}, ("NOT_FOUND", "license_id")),
    ],
)
async def test_the_site_refuses_what_the_api_refuses(
    site: Site, changes: dict[str, str], problem: tuple[str, str]
) -> None:
    own = await ticketed(site)
    given = NEW | changes
    names = {"license_id": "licenseId"}
    payload = await own.do(OPEN, input={names.get(name, name): value for name, value in given.items()})
    code, field = problem
    assert refused(payload) == {(code, names.get(field, field))}
    async with client_of(site, own.session) as ayse:
        answer = await ayse.post(f"{TICKETS}/new", data=given | {"key": "bir"})
        assert (answer.status_code, problems(answer)) == (422, {problem})
        assert '<div class="summary" role="alert"' in answer.text
        if "\0" not in given["body"]:
            assert unescape(answer.text).count(given["body"].strip("\u200b") or "Fiyat") >= 1
    assert await Ticket.all().count() == 0


async def test_a_lapsed_license_is_told_before_and_with_the_refusal(site: Site) -> None:
    session, license_id = await owned(site, BORA)
    row = await License.get()
    with clock.stopped(clock.now() + timedelta(days=500)):
        session = await signed_in(GraphqlDoor(site), BORA["email"])
        async with client_of(site, session) as bora:
            form = NEW | {"kind": "TECHNICAL", "license_id": license_id, "key": "bir"}
            part = await bora.post(f"{TICKETS}/new/license", data=form)
            for told in ("₺", "Yenilemeye git", f"/panel/licenses/{license_id}/renew", "desteği dolmuş"):
                assert told in part.text
            assert "Yenilemeye git" in (await bora.get(f"{TICKETS}/new?kind=TECHNICAL&license={license_id}")).text
            sent = await bora.post(f"{TICKETS}/new", data=form)
            assert (sent.status_code, problems(sent)) == (422, {("SUPPORT_LAPSED", "license_id")})
            assert "Yenilemeye git" in sent.text
            other = await bora.post(f"{TICKETS}/new/license", data=form | {"kind": "BILLING"})
            assert "Yenilemeye git" not in other.text
            await opened(bora, kind="BILLING", license_id=license_id)
    (ticket,) = await Ticket.all()
    assert (ticket.kind, ticket.license_id) == ("BILLING", row.id)


async def test_one_is_asked_once_whether_it_is_about_the_same(site: Site) -> None:
    own = await ticketed(site)
    async with client_of(site, own.session) as ayse:
        path = await opened(ayse, subject="Toplu SMS gönderimi durdu")
        again = NEW | {"subject": "SMS gönderimi durdu", "key": "iki"}
        part = await ayse.post(f"{TICKETS}/new/similar", data=again)
        assert "Benzer bir talebiniz zaten açık" in part.text
        assert path in part.text
        first = await ayse.post(f"{TICKETS}/new", data=again)
        assert first.status_code == 200
        assert "Benzer bir talebiniz zaten açık" in first.text
        assert "Yine de yeni talep aç" in first.text
        assert await Ticket.all().count() == 1
        known = dict(re.findall(r'name="(similar\.\d)" value="([^"]+)"', first.text))
        assert (await ayse.post(f"{TICKETS}/new", data=again | known)).status_code == 303
        other = await ayse.post(f"{TICKETS}/new/similar", data=NEW | {"subject": "Fatura unvanı"})
        assert "Benzer" not in other.text
    assert await Ticket.all().count() == 2


async def test_a_form_that_is_sent_twice_is_one_ticket_and_one_message(site: Site) -> None:
    own = await ticketed(site)
    async with client_of(site, own.session) as ayse:
        form = NEW | {"key": "tek"}
        first = await ayse.post(f"{TICKETS}/new", data=form)
        second = await ayse.post(f"{TICKETS}/new", data=form)
        assert first.headers["location"] == second.headers["location"]
        other = await ayse.post(f"{TICKETS}/new", data=form | {"body": "Başka"})
        assert other.status_code == 422
        assert 'value="tek"' not in other.text
        path = first.headers["location"].partition("?")[0]
        for _ in range(2):
            assert (await ayse.post(f"{path}/reply", data={"body": "Ekliyorum", "key": "tek"})).status_code == 303
    assert await Ticket.all().count() == 1
    assert await TicketMessage.filter(kind="MESSAGE").count() == 2


async def test_the_preview_is_what_the_ticket_shows(site: Site) -> None:
    own = await ticketed(site)
    body = "# Başlık\n\n<script>alert(1)</script> [x](javascript:alert(1)) **kalın**"
    async with client_of(site, own.session) as ayse:
        part = (await ayse.post(f"{TICKETS}/preview", data={"body": body})).text
        whole = await ayse.post(f"{TICKETS}/new", data=NEW | {"body": body, "step": "preview", "key": "bir"})
        assert whole.status_code == 200
        assert await Ticket.all().count() == 0
        path = await opened(ayse, body=body)
        reply = (await ayse.post(f"{path}/reply", data={"body": body, "step": "preview", "key": "bir"})).text
        shown = (await TicketMessage.get()).html.strip()
        for page in (part, whole.text, reply, (await ayse.get(path)).text):
            assert shown in page
        assert "<script>alert" not in shown
        assert "Henüz bir şey yazmadınız" in (await ayse.post(f"{TICKETS}/preview", data={"body": " "})).text


async def test_a_key_that_is_none_is_refused_though_a_similar_ticket_is_open(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open(subject=NEW["subject"])
    async with client_of(site, own.session) as ayse:
        given = NEW | {"key": "x" * 101}
        warned = await ayse.post(f"{TICKETS}/new", data=given)
        assert opened["number"] in warned.text
        sent = await ayse.post(f"{TICKETS}/new", data=given | {f"similar.{opened['id']}": opened["id"]})
    assert (warned.status_code, sent.status_code) == (200, 422)
    assert await Ticket.all().count() == 1


async def test_the_preview_looks_at_no_more_than_a_message_may_be(site: Site) -> None:
    own = await ticketed(site)
    async with client_of(site, own.session) as ayse:
        part = (await ayse.post(f"{TICKETS}/preview", data={"body": "x" * 200_000})).text
    assert "x" * 20_000 in part
    assert "x" * 20_001 not in part
