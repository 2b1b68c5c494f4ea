"""Tickets at the desk: the queue, one ticket with all that is done there, canned answers, a ticket that staff begin."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import httpx
import pytest

from api import clock
from api.caller import Scope
from api.clock import ISTANBUL
from api.models.tickets import Ticket, TicketMessage
from tests.cast import AYSE, BORA
from tests.hostile import LINES
from tests.licensed import licensed
from tests.site import ON_ONE_DATABASE, Site
from tests.statements import statements
from tests.test_desk_pages import desk_of
from tests.test_invoice_pages import client_of, problems
from tests.ticketed import Ticketed, ticketed
from web import desk_tickets

QUEUE = "/desk/tickets"
CANNED = "/desk/canned-answers"
HTMX = {"HX-Request": "true"}


def rows(page: httpx.Response) -> list[tuple[str, str]]:
    """The numbers in a list of the desk, in their order, with how urgent each is."""
    return re.findall(r'<li id="row-(\w+)" class="queue-item queue-(\w+)"', page.text)


def at(ticket: dict[str, object]) -> str:
    """Where the desk works on a ticket."""
    return f"{QUEUE}/{ticket['number']}"


def hidden(page: httpx.Response, name: str) -> str:
    """What a hidden control of a page holds."""
    found = re.search(rf'<input type="hidden"(?: id="\w+")? name="{name}"(?: id="\w+")? value="([^"]*)"', page.text)
    assert found, name
    return found.group(1)


async def answered(client: httpx.AsyncClient, there: str, **given: str) -> httpx.Response:
    """Answer by the form of the page as it is now."""
    page = await client.get(there)
    kept = {name: hidden(page, name) for name in ("seen", "key")}
    return await client.post(f"{there}/answer", data=kept | {"body": "Şöyle yapın"} | given, files={"files": ("", b"")})


async def due_in(ticket: dict[str, object], **left: float) -> None:
    """Let the answer to a ticket be due then."""
    await Ticket.filter(number=ticket["number"]).update(due_at=clock.now() + timedelta(**left))


async def test_what_is_missed_or_nearly_due_stands_first_and_says_so(site: Site) -> None:
    own = await ticketed(site)
    later, near, missed = [await own.open() for _ in range(3)]
    async with await desk_of(site) as deniz:
        with clock.stopped(datetime(2026, 11, 25, 11, tzinfo=ISTANBUL)):
            await due_in(later, hours=2, minutes=30)
            await due_in(near, minutes=12)
            await due_in(missed, minutes=-30)
            page = await deniz.get(QUEUE)
            assert rows(page) == [(missed["number"], "missed"), (near["number"], "near"), (later["number"], "later")]
            words = re.findall(r'<span class="due due-\w+"><b>([^<]+)</b>', page.text)
            assert words == ["Gecikti", "Az kaldı", "Bekliyor"]
            left = re.findall(r'<time datetime="[^"]+">([^<]+)</time></span>', page.text)
            assert left == ["30 dk", "12 dk", "2 sa 30 dk"]
            fragment = await deniz.get(QUEUE, headers=HTMX)
            assert rows(fragment) == rows(page)
            assert "<html" not in fragment.text
        # 20 minutes of support are left at night as well: that is nearly due, whatever a clock on the wall says.
        with clock.stopped(datetime(2026, 11, 25, 23, tzinfo=ISTANBUL)):
            await due_in(near, hours=11, minutes=20)
            await due_in(later, hours=11, minutes=40)
            night = await deniz.get(QUEUE)
            left = re.findall(r'<time datetime="[^"]+">([^<]+)</time></span>', night.text)
            assert left == ["12 sa 30 dk", "20 dk destek süresi", "40 dk destek süresi"]
            assert dict(rows(night)) == {
                missed["number"]: "missed", near["number"]: "near", later["number"]: "later"
            }  # fmt: skip


async def test_the_tabs_and_the_search_of_the_queue(site: Site) -> None:
    own = await ticketed(site)
    first, second, third = [await own.open(subject=subject) for subject in ("Işık yok", "Fiyat", "Fatura")]
    await own.answer(third["id"], close=True)
    await due_in(second, minutes=5)
    await due_in(first, minutes=4)
    async with await desk_of(site) as deniz:
        taken = await deniz.post(f"{at(second)}/assign", data={"assignee_email": "deniz@example.net"})
        assert taken.headers["location"] == f"{at(second)}?done=assigned"

        async def shown(query: str) -> list[str]:
            return [number for number, _ in rows(await deniz.get(QUEUE + query))]

        assert await shown("") == [first["number"], second["number"]]
        assert await shown("?show=mine") == [second["number"]]
        assert await shown("?show=unassigned") == [first["number"]]
        assert await shown("?show=nonsense") == await shown("")
        assert set(await shown("?show=all")) == {first["number"], second["number"], third["number"]}
        assert await shown("?show=all&status=CLOSED") == [third["number"]]
        assert await shown("?search=ISIK") == [first["number"]]
        assert await shown("?search=yok+böyle") == []
        assert "eşleşen bir talep bulunamadı" in (await deniz.get(f"{QUEUE}?search=hiçbiri")).text
        assert (await deniz.get(f"{QUEUE}?after=nonsense")).status_code == 404
        assert "Sizde" in (await deniz.get(f"{QUEUE}?show=mine")).text


async def test_the_queue_goes_on_page_by_page(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_tickets, "ON_A_PAGE", 2)
    own = await ticketed(site)
    opened = [await own.open() for _ in range(5)]
    for minute, ticket in enumerate(opened):
        await due_in(ticket, minutes=minute)
    async with await desk_of(site) as deniz:
        path, seen = QUEUE, []
        for _ in range(3):
            page = await deniz.get(path)
            seen += [number for number, _ in rows(page)]
            onward = re.search(r'<a href="([^"]+after=[^"]+)">Sonrakiler</a>', page.text)
            path = onward.group(1).replace("&amp;", "&") if onward else ""
        assert (seen, path) == ([ticket["number"] for ticket in opened], "")
        assert "Başa dön" in page.text


async def test_the_desk_sees_the_whole_stream_and_the_customer_no_note(site: Site) -> None:
    own = await licensed(site, BORA)
    tickets = Ticketed(site, own.session, own.staff)
    opened = await tickets.open(kind="TECHNICAL", licenseId=own.id, subject="SMS gitmiyor", body="Günlük **ekte**")
    async with await desk_of(site) as deniz, client_of(site, own.session) as bora:
        blank = await deniz.post(f"{at(opened)}/note", data={"body": " "})
        assert (blank.status_code, problems(blank)) == (422, {("REQUIRED", "body")})
        noted = await deniz.post(f"{at(opened)}/note", data={"body": "Güvenlik duvarı *kapalı*", "key": "k"})
        assert noted.headers["location"] == f"{at(opened)}?done=noted"
        await deniz.post(f"{at(opened)}/assign", data={"assignee_email": "deniz@example.net"})
        page = (await deniz.get(f"{at(opened)}?done=noted")).text
        assert re.findall(r'<li class="entry entry-(\w+)"', page) == ["other", "note", "event"]
        assert "İç not · müşteri görmez" in page
        assert "Güvenlik duvarı <em>kapalı</em>" in page
        assert "<strong>ekte</strong>" in page
        assert f'href="/panel/licenses/{own.id}"' in page
        seen = (await bora.get(f"/panel/tickets/{opened['number']}")).text
        assert "<strong>ekte</strong>" in seen
        for secret in ("Güvenlik duvarı", "İç not", "atandı"):
            assert secret not in seen
    assert (await Ticket.get()).due_at is not None


@pytest.mark.parametrize(
    ("then", "status", "done"),
    [("answer", "ANSWERED", "answered"), ("ask", "WAITING_FOR_CUSTOMER", "asked"), ("close", "CLOSED", "closed")],
)
async def test_an_answer_is_sent_and_says_what_becomes_of_the_ticket(
    site: Site, then: str, status: str, done: str
) -> None:
    own = await ticketed(site)
    opened = await own.open()
    async with await desk_of(site) as deniz:
        blank = await answered(deniz, at(opened), body=" ", then=then)
        assert (blank.status_code, problems(blank)) == (422, {("REQUIRED", "body")})
        sent = await answered(deniz, at(opened), body="Şöyle **yapın**", then=then)
        assert sent.headers["location"] == f"{at(opened)}?done={done}"
        assert "<strong>yapın</strong>" in (await deniz.get(sent.headers["location"])).text
    row = await Ticket.get()
    assert (row.status, row.due_at) == (status, None)


async def test_an_answer_with_the_same_key_is_sent_once(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    async with await desk_of(site) as deniz:
        page = await deniz.get(at(opened))
        form = {"seen": hidden(page, "seen"), "key": hidden(page, "key"), "body": "Bir kez"}
        for _ in range(2):
            again = await deniz.post(f"{at(opened)}/answer", data=form, files={"files": ("", b"")})
            assert again.status_code == 303
    assert await TicketMessage.filter(from_staff=True, kind="MESSAGE").count() == 1


async def test_who_is_overtaken_keeps_the_text_sees_the_answer_and_may_send_again(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    async with await desk_of(site) as deniz, await desk_of(site, email="ece@example.net") as ece:
        page = await ece.get(at(opened))
        form = {"seen": hidden(page, "seen"), "key": hidden(page, "key"), "body": "Benim *yanıtım*"}
        assert (await answered(deniz, at(opened), body="Ben daha hızlıydım")).status_code == 303
        stale = await ece.post(f"{at(opened)}/answer", data=form, files={"files": ("", b"")})
        assert stale.status_code == 422
        assert 'data-code="STALE"' in stale.text
        overtaken = stale.text.partition('id="overtaken"')[2].partition("</form>")[0]
        assert "Ben daha hızlıydım" in overtaken
        assert "Benim *yanıtım*</textarea>" in overtaken
        assert await TicketMessage.filter(from_staff=True, kind="MESSAGE").count() == 1
        again = form | {"seen": hidden(stale, "seen"), "key": hidden(stale, "key")}
        assert again["seen"] != form["seen"]
        assert (await ece.post(f"{at(opened)}/answer", data=again, files={"files": ("", b"")})).status_code == 303
    assert await TicketMessage.filter(from_staff=True, kind="MESSAGE").count() == 2


async def test_whoever_watches_is_told_who_else_is_there_and_what_is_new(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    async with await desk_of(site) as deniz, await desk_of(site, email="ece@example.net") as ece:
        page = await ece.get(at(opened))
        after = hidden(page, "after")

        async def watched(client: httpx.AsyncClient, writing: str = "") -> str:
            got = await client.post(f"{at(opened)}/watch", data={"after": after, "writing": writing}, headers=HTMX)
            assert got.status_code == 200
            return got.text

        assert "presence-one" not in await watched(ece)
        assert "ece@example.net bu talebi açtı" in await watched(deniz, "true")
        told = await watched(ece)
        assert "deniz@example.net yanıt yazıyor" in told
        assert 'id="ticket-stream"' not in told
        await own.reply(opened["id"], "Bir de şu var")
        told = await watched(ece)
        assert "Bir de şu var" in told
        assert hidden(httpx.Response(200, text=told), "after") != after
        with clock.stopped(clock.now() + timedelta(minutes=2)):
            assert "presence-one" not in await watched(ece)


async def test_a_ticket_is_changed_and_closed_but_not_while_it_waits(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    async with await desk_of(site) as deniz:
        changed = await deniz.post(f"{at(opened)}/change", data={"kind": "BILLING", "priority": "HIGH"})
        assert changed.headers["location"] == f"{at(opened)}?done=changed"
        waits = await deniz.post(f"{at(opened)}/close")
        assert waits.status_code == 422
        assert 'data-code="NOT_ALLOWED"' in waits.text
        unknown = await deniz.post(f"{at(opened)}/assign", data={"assignee_email": "yok@example.net"})
        assert (unknown.status_code, problems(unknown)) == (422, {("NOT_FOUND", "assignee_email")})
        assert f'name="next" value="{at(opened)}"' in unknown.text
        await answered(deniz, at(opened))
        closed = await deniz.post(f"{at(opened)}/close")
        assert closed.headers["location"] == f"{at(opened)}?done=closed"
    row = await Ticket.get()
    assert (row.kind, row.priority, row.status) == ("BILLING", "HIGH", "CLOSED")


async def test_two_tickets_of_one_customer_are_merged_after_a_look_at_both(site: Site) -> None:
    ayse, bora = await ticketed(site, AYSE), await ticketed(site, BORA)
    first, second, foreign = await ayse.open(subject="İlki"), await ayse.open(subject="İkincisi"), await bora.open()
    async with await desk_of(site) as deniz:
        choice = (await deniz.get(f"{at(second)}/merge")).text
        assert re.findall(r'href="[^"]+merge\?into=(\w+)"', choice) == [first["number"]]
        assert first["number"] not in (await deniz.get(f"{at(second)}/merge?search=yok")).text
        confirm = (await deniz.get(f"{at(second)}/merge?into={first['number']}")).text
        assert {"İlki", "İkincisi"} <= set(re.findall(r"<bdi>([^<]+)</bdi>", confirm))
        for nobody in (foreign["number"], second["number"], "NONE"):
            assert (await deniz.get(f"{at(second)}/merge?into={nobody}")).status_code == 404
            assert (await deniz.post(f"{at(second)}/merge", data={"into": nobody})).status_code == 404
        merged = await deniz.post(f"{at(second)}/merge", data={"into": first["number"]})
        assert merged.headers["location"] == f"{at(first)}?done=merged"
        old = (await deniz.get(at(second))).text
        assert f'href="{at(first)}"' in old
        assert 'id="answer"' not in old
        again = await deniz.post(f"{at(first)}/merge", data={"into": second["number"]})
        assert again.status_code == 422
        assert 'data-code="NOT_ALLOWED"' in again.text


async def test_staff_begin_a_ticket_that_the_customer_sees_as_theirs(site: Site) -> None:
    own = await licensed(site, BORA)
    account = (await site.data("{ viewer { account { number } } }", token=own.session))["viewer"]["account"]["number"]
    form = {
        "account": account, "kind": "TECHNICAL", "priority": "NORMAL", "license_id": own.id, "subject": "Güncelleme",
        "body": "Sürümünüz eski", "key": "bir",
    }  # fmt: skip
    async with await desk_of(site) as deniz, client_of(site, own.session) as bora:
        unknown = await deniz.get(f"{QUEUE}/new?account=YOK")
        assert (unknown.status_code, problems(unknown)) == (422, {("NOT_FOUND", "account")})
        page = (await deniz.get(f"{QUEUE}/new?account={account}")).text
        assert BORA["company_name"] in page
        assert f'<option value="{own.id}">' in page
        blank = await deniz.post(f"{QUEUE}/new", data=form | {"subject": " "}, files={"files": ("", b"")})
        assert (blank.status_code, problems(blank)) == (422, {("REQUIRED", "subject")})
        for _ in range(2):
            sent = await deniz.post(f"{QUEUE}/new", data=form, files={"files": ("", b"")})
            assert sent.headers["location"].endswith("?done=opened")
        assert "Ekip açtı" in (await deniz.get(sent.headers["location"])).text
        row = await Ticket.get()
        assert (row.opened_by_staff, row.due_at) == (True, None)
        assert "Sürümünüz eski" in (await bora.get(f"/panel/tickets/{row.number}")).text
        file = {"files": ("günlük.txt", b"satir")}
        sent = await deniz.post(f"{QUEUE}/new", data=form | {"key": "iki"}, files=file)
        assert "günlük.txt" in (await deniz.get(sent.headers["location"])).text


@ON_ONE_DATABASE
async def test_who_may_only_read_finds_no_form_and_changes_nothing(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    acts = ("answer", "canned", "note", "assign", "change", "close", "merge", "watch")
    before = await site.row_counts()
    async with await desk_of(site, Scope.TICKETS_ALL) as deniz:
        page = (await deniz.get(at(opened))).text
        assert "İkinci lisans ne kadar?" in page
        assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
        for act in acts:
            assert (await deniz.post(f"{at(opened)}/{act}", data={"body": "x", "into": "x"})).status_code == 404
        for path in (f"{at(opened)}/merge", f"{QUEUE}/new", CANNED, f"{CANNED}/new", f"{QUEUE}/YOK"):
            assert (await deniz.get(path)).status_code == 404
        assert 'href="/desk/tickets/new"' not in (await deniz.get(QUEUE)).text
    async with client_of(site, own.session) as ayse:
        assert (await ayse.get(at(opened))).status_code == 404
        for act in acts:
            assert (await ayse.post(f"{at(opened)}/{act}", data={"body": "x"})).status_code == 404
    after = await site.row_counts()
    assert {name: after[name] - count for name, count in before.items() if after[name] != count} == {
        name: after[name] - before[name] for name in ("people", "staff", "api_tokens", "sessions", "letters", "links")
        if name in after and after[name] != before[name]
    } | {"audit_entries": after["audit_entries"] - before["audit_entries"]}  # fmt: skip


@ON_ONE_DATABASE
async def test_hostile_lines_are_shown_as_they_were_written(site: Site) -> None:
    own = await ticketed(site)
    async with await desk_of(site) as deniz:
        for line in LINES[:: len(LINES) // 24]:
            opened = await own.open(subject=line, body=line)
            page = (await deniz.get(at(opened))).text
            assert "<script>" not in page.replace("<script src", "")
            assert f"<bdi>{_escaped(opened['subject'])}</bdi></h1>" in page
        listed = (await deniz.get(f"{QUEUE}?show=all")).text
        assert "<script>" not in listed


def _escaped(text: str) -> str:
    replaced = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&#34;"), ("'", "&#39;"))
    for plain, shown in replaced:
        text = text.replace(plain, shown)
    return text


@ON_ONE_DATABASE
async def test_pages_ask_the_database_as_often_for_many_rows_as_for_few(site: Site) -> None:
    own = await licensed(site, BORA)
    ayse = await ticketed(site, AYSE)
    tickets = Ticketed(site, own.session, own.staff)
    counted: dict[str, list[int]] = {}
    async with await desk_of(site) as deniz:
        first = await tickets.open(kind="TECHNICAL", licenseId=own.id)
        await deniz.post(f"{at(first)}/assign", data={"assignee_email": "deniz@example.net"})
        pages = {
            "overview": "/desk", "queue": QUEUE, "all": f"{QUEUE}?show=all", "search": f"{QUEUE}?search=lisans",
            "ticket": at(first), "merge": f"{at(first)}/merge", "canned": CANNED,
        }  # fmt: skip
        for round_ in range(2):
            for number in range(*((1, 9) if round_ else (0, 1))):
                made = await tickets.open(kind="TECHNICAL", licenseId=own.id)
                await ayse.open()
                await deniz.post(f"{at(made)}/assign", data={"assignee_email": "deniz@example.net"})
                await tickets.reply(first["id"], f"Bir daha {number}")
                await own.site.data(
                    "mutation ($t: String!) { saveCannedAnswer(title: $t, body: $t) { errors { code } } }",
                    {"t": f"Hazır {number}"}, own.staff,
                )  # fmt: skip
            for name, path in pages.items():
                assert (await deniz.get(path)).status_code == 200
                with statements() as seen:
                    await deniz.get(path)
                counted.setdefault(name, []).append(len(seen))
    assert {name: counts for name, counts in counted.items() if counts[1] > counts[0]} == {}
