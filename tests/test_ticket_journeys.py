"""What people meet on their way through tickets, at the panel and at the desk."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from api import clock, keeping
from api.clock import ISTANBUL
from api.models.tickets import TicketPromise
from tests.site import Site
from tests.test_desk_pages import desk_of
from tests.test_invoice_pages import client_of
from tests.test_support_status import STATUS
from tests.test_ticket_pages import TICKETS
from tests.ticketed import ticketed
from tests.waiting import answered, waiting

NOON = datetime(2026, 11, 20, 12, tzinfo=ISTANBUL)


async def test_the_public_figure_stands_where_tickets_are_and_where_one_is_opened(site: Site) -> None:
    own = await ticketed(site)
    async with client_of(site, own.session) as ayse:
        with clock.stopped(NOON):
            for there in (TICKETS, f"{TICKETS}/new"):
                assert "promise-figure" not in (await ayse.get(there)).text
            for after in (1, 2, 4):
                start = NOON - timedelta(days=after)
                await answered(await waiting(at=start), start + timedelta(hours=after), TicketPromise.ANSWERED)
            keeping.forget()
            told = (await site.data(STATUS))["supportStatus"]
            kept, missed = told["keptPromises"], told["missedPromises"]
            assert (kept, missed) == (2, 1)
            for there in (TICKETS, f"{TICKETS}/new"):
                found = re.findall(r'class="promise-figure">([^<]+)<', (await ayse.get(there)).text)
                assert found == [f"Son 90 günde {kept + missed} yanıt sözünün {kept} tanesi tutuldu. "]


async def test_the_promise_at_the_desk_follows_while_one_reads(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open()
    there = f"/desk/tickets/{opened['number']}"
    async with await desk_of(site) as deniz:
        waits = re.compile(r'<div id="desk-promise"[^>]*>\s*<h3>')
        page = (await deniz.get(there)).text
        assert waits.search(page)

        async def watched() -> str:
            return (await deniz.post(f"{there}/watch", data={"after": "x"}, headers={"HX-Request": "true"})).text

        assert waits.search(await watched())
        await own.answer(opened["id"])
        told = await watched()
        assert re.search(r'<div id="desk-promise" hx-swap-oob="outerMorph">\s*</div>', told)
        await own.reply(opened["id"])
        assert waits.search(await watched())


async def test_who_was_signed_out_while_writing_comes_back_to_the_page(site: Site) -> None:
    page = f"{TICKETS}/DTQHRD66"
    for referer, onward in (
        (f"http://testserver{page}?before=msg_1", f"{page}%3Fbefore%3Dmsg_1"),
        (f"http://testserver{TICKETS}/new", f"{TICKETS}/new"),
        # What a refused form left in the address is no page to go to.
        (f"http://testserver{page}/reply", "/panel"),
        (f"https://elsewhere.example{page}", "/panel"),
        ("//evil.example/panel", "/panel"),
        ("", "/panel"),
    ):
        sent = await site.client.post(f"{page}/reply", data={"body": "Yarım"}, headers={"referer": referer})
        assert (sent.status_code, sent.headers["location"]) == (303, f"/sign-in?next={onward}"), referer


async def test_a_page_whose_reader_is_signed_out_says_so_and_stays(site: Site) -> None:
    htmx = {"hx-request": "true", "referer": f"http://testserver{TICKETS}/new"}
    for method, path in (
        ("POST", f"{TICKETS}/preview"), ("POST", f"{TICKETS}/new/similar"), ("GET", "/desk/tickets"),
        ("POST", "/desk/tickets/DTQHRD66/watch"), ("POST", "/desk/tickets/DTQHRD66/canned"),
    ):  # fmt: skip
        told = await site.client.request(method, path, headers=htmx)
        assert told.status_code == 401, path
        assert (told.headers["hx-retarget"], told.headers["hx-reswap"]) == ("#signed-out", "innerMorph")
        assert f'<a href="/sign-in?next={TICKETS}/new">' in told.text
        assert "<main" not in told.text
    assert 'id="signed-out" aria-live="polite"></div>' in (await site.client.get("/")).text


async def test_a_wrong_number_leads_back_to_where_one_was(site: Site) -> None:
    own = await ticketed(site)
    ways = re.compile(r'<a class="button" href="([^"]+)">([^<]+)</a>')
    async with client_of(site, own.session) as ayse, await desk_of(site) as deniz:
        for client, there, way in (
            (ayse, f"{TICKETS}/YANLIS", ("/panel", "Panele dön")),
            (ayse, "/desk/tickets/YANLIS", ("/", "Ana sayfaya dön")),
            (deniz, "/desk/tickets/YANLIS", ("/desk", "Masaya dön")),
            (site.client, "/products/yok", ("/", "Ana sayfaya dön")),
        ):
            page = await client.get(there)
            assert page.status_code == 404
            assert ways.findall(page.text) == [way]
