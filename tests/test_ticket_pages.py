"""Tickets in the panel: opened, answered, closed and rated there; what is said before, and what only others see."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest

from api import clock, streams, throttle
from api.models.accounts import Account, Membership
from api.models.people import Person, Staff
from api.models.tickets import Ticket, TicketMessage
from tests import hostile
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined, signed_in
from tests.site import ON_ONE_DATABASE, Site, text_of
from tests.statements import statements
from tests.test_announcements import PUBLISH
from tests.test_invoice_pages import client_of, problems
from tests.test_license_pages import owned
from tests.test_ticket_merging import MERGE
from tests.ticketed import Ticketed, ticketed

TICKETS = "/panel/tickets"
NEW = {"kind": "SALES", "subject": "Fiyat soruyorum", "body": "İkinci lisans **ne kadar**?", "priority": "NORMAL"}


async def opened(client: httpx.AsyncClient, **given: str) -> str:
    """Open a ticket by the form; where it is shown."""
    sent = await client.post(f"{TICKETS}/new", data=NEW | {"key": f"key-{given}"} | given)
    assert sent.status_code == 303, sent.text
    path, _, query = sent.headers["location"].partition("?")
    assert query == "done=opened"
    return path


def id_of(path: str, rows: list[Ticket]) -> str:
    """The public id of the ticket that a page shows."""
    (row,) = [row for row in rows if path.endswith(row.number)]
    return f"tic_{row.id.hex}"


def news_of(page: httpx.Response) -> str:
    """Where a page, or the fragment that came to it, asks for news."""
    found = re.search(r'id="ticket-news" hx-get="([^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


async def test_a_ticket_goes_its_way_from_the_form_to_the_rating(site: Site) -> None:
    own = await ticketed(site)
    async with client_of(site, own.session) as ayse:
        empty = await ayse.get(TICKETS)
        assert "Henüz bir talebiniz yok" in empty.text
        assert f'href="{TICKETS}/new"' in empty.text
        path = await opened(ayse)
        key = id_of(path, await Ticket.all())
        page = await ayse.get(f"{path}?done=opened")
        assert "<bdi>Fiyat soruyorum</bdi>" in page.text
        assert "İkinci lisans <strong>ne kadar</strong>?" in page.text
        assert "Talebiniz açıldı. En geç" in page.text
        assert (await ayse.get(news_of(page))).status_code == 204
        await own.answer(key, "Yüzde on **indirimli**", asking=True)
        news = await ayse.get(news_of(page))
        assert "Yüzde on <strong>indirimli</strong>" in news.text
        assert "Sizden yanıt bekliyor" in news.text
        assert news.text.count("hx-swap-oob") == 4
        assert (await ayse.get(news_of(news))).status_code == 204
        sent = await ayse.post(f"{path}/reply", data={"body": "Alıyorum", "key": "bir"})
        assert sent.headers["location"] == f"{path}?done=answered"
        assert "Alıyorum" in (await ayse.get(path)).text
        assert (await ayse.post(f"{path}/close")).headers["location"] == f"{path}?done=closed"
        closed = (await ayse.get(path)).text
        assert "yanıt yazarsanız yeniden açılır" in closed
        none = await ayse.post(f"{path}/rating", data={"rating": "", "comment": ""})
        assert (none.status_code, problems(none)) == (422, {("INVALID", "rating")})
        rated = await ayse.post(f"{path}/rating", data={"rating": "4", "comment": "Hızlıydı"})
        assert rated.headers["location"] == f"{path}?done=rated"
        page = await ayse.get(path)
        assert "4/5 · Memnunum" in page.text
        assert "Hızlıydı" in page.text
        assert (await ayse.post(f"{path}/reply", data={"body": "Bir şey daha", "key": "iki"})).status_code == 303
    row = await Ticket.get()
    assert (row.status, row.rating, row.rating_comment) == ("OPEN", 4, "Hızlıydı")


async def test_the_list_finds_by_status_and_word_and_goes_on(site: Site) -> None:
    own = await ticketed(site)
    for number in range(21):
        await own.open(subject=f"Soru {number}", body="IŞIK sönük" if number == 3 else "Tamam")
    answered = await own.open(subject="Yanıtlanan")
    await own.answer(answered["id"])
    async with client_of(site, own.session) as ayse:
        first = await ayse.get(TICKETS)
        assert first.text.count('class="ticket-row"') == 20
        older = re.search(r'href="(/panel/tickets\?after=[^"]+)"', first.text)
        assert older
        assert (await ayse.get(unescape(older[1]))).text.count('class="ticket-row"') == 2
        only = (await ayse.get(f"{TICKETS}?status=ANSWERED")).text
        assert only.count('class="ticket-row"') == 1
        assert "Yanıtlanan" in only
        assert "Soru 3<" in (await ayse.get(f"{TICKETS}?search=isik")).text
        nothing = await ayse.get(f"{TICKETS}?search=yokboylebirsey")
        assert "Buna uyan bir talep yok." in nothing.text
        assert (await ayse.get(f"{TICKETS}?after=yok")).status_code == 404


async def test_what_a_stranger_may_not_see_is_not_there(site: Site) -> None:
    own = await ticketed(site)
    ticket = await own.open()
    path = f"{TICKETS}/{ticket['number']}"
    async with (
        client_of(site, own.session) as ayse,
        client_of(site, await joined(GraphqlDoor(site), site, BORA)) as bora,
    ):
        asked = news_of(await ayse.get(path))
        for there in (path, asked, f"{TICKETS}/YOK-YOK", f"{path}?before=msg_{'0' * 32}"):
            assert (await bora.get(there)).status_code == 404, there
        for act, form in (("reply", {"body": "x", "key": "k"}), ("close", {}), ("rating", {"rating": "5"})):
            assert (await bora.post(f"{path}/{act}", data=form)).status_code == 404
        assert ticket["number"] not in (await bora.get(TICKETS)).text
        assert (await ayse.get(f"{path}?before=msg_{'0' * 32}")).status_code == 404
    async with site.browser() as guest:
        assert (await guest.get(path)).headers["location"].startswith("/sign-in?next=")
        over = await guest.get(asked)
        assert over.status_code == 401
        assert "hx-get" not in over.text
    assert await TicketMessage.all().count() == 1


async def test_what_only_staff_see_stays_out_of_the_customers_pages(site: Site) -> None:
    own = await ticketed(site)
    ticket = await own.open()
    path = f"{TICKETS}/{ticket['number']}"
    row = await Ticket.get()
    deniz = await Person.get(email="deniz@example.net")
    async with client_of(site, own.session) as ayse:
        asked = news_of(await ayse.get(path))
        await streams.add_note(row, deniz, clock.now(), await streams.written("Gizli not"))
        await row.save()
        assert (await ayse.get(asked)).status_code == 204
        # Even for somebody of staff in a ticket of their own.
        person = await Person.get(email=AYSE["email"])
        await Staff.create(person=person, scopes=["tickets:all", "tickets:manage"], created_at=clock.now())
        assert "Gizli not" not in (await ayse.get(path)).text


class _Harm(HTMLParser):
    """Elements and attributes that no page of the site has, and the text of those that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[object] = []
        self.texts: list[str] = []

    @classmethod
    def of(cls, html: str) -> _Harm:
        parser = cls()
        parser.feed(html)
        return parser

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"img", "svg", "iframe", "object", "embed", "math", "style", "base", "video", "audio"}:
            self.found.append(tag)
        if tag == "script" and not str(given.get("src", "")).startswith("/static/"):
            self.found.append((tag, attrs))
        self.found += [(tag, name) for name in given if name.startswith("on") or name == "style"]
        address = given.get("href") or given.get("src") or given.get("action") or ""
        if address.lower().startswith(("javascript:", "data:text", "vbscript:")):
            self.found.append((tag, address))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@ON_ONE_DATABASE
async def test_nothing_that_is_sent_does_anything_and_all_of_it_is_shown(site: Site) -> None:
    throttle.use_scale(10_000)
    own = await ticketed(site)
    async with client_of(site, own.session) as ayse:
        shown = []
        for line in hostile.LINES:
            form = NEW | {"subject": line, "body": line, "key": f"key {len(shown)}"}
            sent = await ayse.post(f"{TICKETS}/new", data=form)
            assert _Harm.of(sent.text).found == [], line
            if sent.status_code == 200:
                known = dict(re.findall(r'name="(similar\.\d)" value="([^"]+)"', sent.text))
                sent = await ayse.post(f"{TICKETS}/new", data=form | known)
            assert sent.status_code in {303, 422}, line
            if sent.status_code == 303:
                shown.append(line)
                page = _Harm.of((await ayse.get(sent.headers["location"])).text)
                assert page.found == [], line
                assert line.strip() in [text.strip() for text in page.texts], line
        assert len(shown) > 60
        for body in hostile.BODIES:
            assert _Harm.of((await ayse.post(f"{TICKETS}/preview", data={"body": body})).text).found == []
        for there in (TICKETS, "/panel"):
            assert _Harm.of((await ayse.get(there)).text).found == []


async def test_files_come_with_the_form_where_no_script_runs(site: Site) -> None:
    own = await ticketed(site)
    async with client_of(site, own.session) as ayse:
        files = [("files", ("günlük.txt", b"hata 17", "text/plain")), ("files", ("x.exe", b"MZ\x90\0", "text/plain"))]
        refused_one = await ayse.post(f"{TICKETS}/new", data=NEW | {"key": "bir"}, files=files)
        assert (refused_one.status_code, problems(refused_one)) == (422, {("FILE_TYPE_NOT_ALLOWED", "files")})
        assert await Ticket.all().count() == 0
        (kept,) = re.findall(r'name="attachments" value="([^"]+)"', refused_one.text)
        path = await opened(ayse, attachments=kept)
        page = (await ayse.get(path)).text
        assert "<bdi>günlük.txt</bdi>" in page
        saved = await ayse.get(f"/panel/attachments/{kept}")
        assert (saved.content, saved.headers["content-disposition"][:10]) == (b"hata 17", "attachment")
        taken = await ayse.post(f"{path}/reply", data={"body": "Yine", "key": "iki", "attachments": kept})
        assert (taken.status_code, problems(taken)) == (422, {("NOT_FOUND", "files")})


async def test_a_ticket_tells_what_gave_its_answer_more_time(site: Site) -> None:
    own = await ticketed(site)
    ticket = await own.open()
    given = {
        "kind": "SUPPORT_EXTENSION",
        "title": "Yoğunluk var",
        "body": "Sizi bekletiyoruz.",
        "endsAt": (clock.now() + timedelta(days=2)).isoformat(),
        "maximumFirstAnswerMinutes": 600,
    }
    async with client_of(site, own.session) as ayse:
        path = f"{TICKETS}/{ticket['number']}"
        page = await ayse.get(path)
        assert "bu duyuruyla uzadı" not in page.text
        made = (await site.data(PUBLISH, {"input": given}, own.staff))["publishAnnouncement"]
        assert made["errors"] == []
        news = await ayse.get(news_of(page))
        for text in (news.text, (await ayse.get(path)).text):
            assert "bu duyuruyla uzadı" in text
            assert f'href="/announcements/{made["announcement"]["id"]}"' in text
        told = "query ($n: String!) { ticket(number: $n) { dueAt extension { title } } }"
        found = (await site.data(told, {"n": ticket["number"]}, own.session))["ticket"]
        assert found["extension"] == {"title": "Yoğunluk var"}
        assert datetime.fromisoformat(found["dueAt"]) > datetime.fromisoformat(ticket["dueAt"])
        await own.answer(ticket["id"])
        assert "bu duyuruyla uzadı" not in (await ayse.get(path)).text


async def test_a_merged_ticket_leads_to_the_one_that_took_it(site: Site) -> None:
    own = await ticketed(site)
    source, target = await own.open(subject="Aynı konu"), await own.open(subject="Asıl konu")
    async with client_of(site, own.session) as ayse:
        paths = [f"{TICKETS}/{ticket['number']}" for ticket in (source, target)]
        pages = [await ayse.get(path) for path in paths]
        await own.reply(source["id"], "Taşınacak ileti")
        merged = await own.do(MERGE, own.staff, id=source["id"], into=target["id"])
        assert merged["errors"] == []
        for left in (await ayse.get(news_of(pages[0])), await ayse.get(paths[0])):
            assert f'href="{paths[1]}"' in left.text
            assert "<bdi>Asıl konu</bdi>" in left.text
            assert "Taşınacak ileti" not in left.text
        assert 'name="body"' not in left.text
        for taken in (await ayse.get(news_of(pages[1])), await ayse.get(paths[1])):
            assert "Taşınacak ileti" in taken.text
        refused_one = await ayse.post(f"{paths[0]}/reply", data={"body": "Buraya", "key": "bir"})
        assert refused_one.status_code == 422
        assert '<li data-code="NOT_ALLOWED">' in refused_one.text
        assert ">Buraya</bdi>" in refused_one.text


async def test_an_open_ticket_is_not_rated(site: Site) -> None:
    own = await ticketed(site)
    ticket = await own.open()
    async with client_of(site, own.session) as ayse:
        sent = await ayse.post(f"{TICKETS}/{ticket['number']}/rating", data={"rating": "5"})
        assert sent.status_code == 422
        assert '<li data-code="NOT_ALLOWED">' in sent.text


async def test_a_ticket_that_was_closed_too_long_ago_gives_back_what_one_wrote(site: Site) -> None:
    own = await ticketed(site)
    ticket = await own.open()
    await own.answer(ticket["id"], close=True)
    path = f"{TICKETS}/{ticket['number']}"
    for days, status in ((14, 303), (15, 422)):
        await Ticket.filter(number=ticket["number"]).update(
            status="CLOSED", closed_at=clock.now() - timedelta(days=days), waiting_since=None, due_at=None
        )
        async with client_of(site, own.session) as ayse:
            page = (await ayse.get(path)).text
            assert ("Yeni bir talep açın" in page) == (status == 422)
            assert ('name="body"' in page) == (status == 303)
            sent = await ayse.post(f"{path}/reply", data={"body": f"Yine oldu {days}", "key": f"{days}"})
            assert sent.status_code == status
            assert (f">Yine oldu {days}</bdi>" in sent.text) == (status == 422)


@ON_ONE_DATABASE
async def test_older_entries_stand_on_pages_of_their_own(site: Site) -> None:
    own = await ticketed(site)
    ticket = await own.open()
    for number in range(60):
        await own.reply(ticket["id"], f"İleti {number}.")
    async with client_of(site, own.session) as ayse:
        page = await ayse.get(f"{TICKETS}/{ticket['number']}")
        assert "İleti 59." in page.text
        assert "İleti 10." in page.text
        assert "İleti 9." not in page.text
        older = re.search(r'href="(/panel/tickets/[^"]+\?before=[^"]+)"', page.text)
        assert older
        before = await ayse.get(unescape(older[1]))
        assert "İleti 9." in before.text
        assert "İleti 10." not in before.text
        assert "ticket-news" not in before.text


async def test_pages_ask_no_more_of_the_database_for_more_rows(site: Site) -> None:
    session, license_id = await owned(site, BORA)
    own = Ticketed(site, session, await site.staff_token())
    first = await own.open(kind="TECHNICAL", licenseId=license_id)
    path = f"{TICKETS}/{first['number']}"
    counted: dict[str, list[int]] = {}
    async with client_of(site, session) as bora:
        pages = {"list": TICKETS, "panel": "/panel", "new": f"{TICKETS}/new", "one": path, "news": f"{path}/news"}
        for more in (0, 15):
            for number in range(more):
                await own.open(kind="TECHNICAL", licenseId=license_id, subject=f"Başka {number}")
                await own.answer(first["id"], f"Yanıt {number}")
            for name, there in pages.items():
                assert (await bora.get(there)).status_code == 200
                with statements() as seen:
                    assert (await bora.get(there)).status_code == 200
                counted.setdefault(name, []).append(len(seen))
    assert {name: few for name, (few, many) in counted.items() if many > few} == {}


@pytest.mark.parametrize("at", ["2031-12-31T21:30", "2032-02-29T03:00", "2031-11-21T12:00"])
async def test_page_api_and_letter_tell_the_same_promise(site: Site, at: str) -> None:
    await ticketed(site)
    with clock.stopped(datetime.fromisoformat(f"{at}+03:00")):
        session = await signed_in(GraphqlDoor(site), AYSE["email"])
        async with client_of(site, session) as ayse:
            path = await opened(ayse)
            page = (await ayse.get(path)).text
            listed = (await ayse.get(TICKETS)).text
        ticket = await Ticket.get()
        assert ticket.due_at
        answer = await site.data("query ($n: String!) { ticket(number: $n) { dueAt } }", {"n": ticket.number}, session)
        due = datetime.fromisoformat(answer["ticket"]["dueAt"])
        for shown in (page, listed):
            times = {datetime.fromisoformat(text) for text in re.findall(r'<time datetime="([^"]+)"', shown)}
            assert due in times
            assert f"{clock.local(due):%H:%M}" in shown
        letter = text_of((await site.letters_to(AYSE["email"]))[-1])
        assert f"{clock.local(due):%H:%M}" in letter


async def test_a_suspended_account_sees_and_opens_complaints_only(site: Site) -> None:
    own = await ticketed(site)
    hidden = await own.open()
    shown = await own.open(kind="COMPLAINT", subject="Şikâyetim var")
    account = await Account.get()
    account.status, account.status_reason = "SUSPENDED", "Deneme"
    await account.save()
    assert await Membership.filter(account=account).count() == 1
    async with client_of(site, own.session) as ayse:
        listed = (await ayse.get(TICKETS)).text
        assert shown["number"] in listed
        assert hidden["number"] not in listed
        assert (await ayse.get(f"{TICKETS}/{hidden['number']}")).status_code == 404
        form = await ayse.get(f"{TICKETS}/new")
        assert re.findall(r'name="kind" value="(\w+)"', form.text) == ["COMPLAINT"]
        refused_one = await ayse.post(f"{TICKETS}/new", data=NEW | {"key": "bir"})
        assert refused_one.status_code == 422
        path = await opened(ayse, kind="COMPLAINT", subject="İtiraz ediyorum")
        assert (await ayse.post(f"{path}/reply", data={"body": "Ekliyorum", "key": "iki"})).status_code == 303
