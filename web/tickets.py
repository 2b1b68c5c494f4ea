"""Tickets in the panel: the list, one of them with its stream, its news while one reads, closing and rating it."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from types import SimpleNamespace
from uuid import uuid4

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from strawberry import ID

from api import clock
from api.caller import Caller, Scope
from api.refusal import Denied
from api.resolvers import support, tickets
from api.schema.tickets import Ticket, TicketStatus
from web.attachments import attachment_field
from web.attempts import attempt
from web.catalog import href, listed
from web.forms import Form, read_form
from web.panel import signed_in
from web.promises import shown_figure, shown_promise
from web.render import fragment, page
from web.session import Visit, visit
from web.ticket_rows import TICKETS, shown_row
from web.ticket_stream import stream_of

DESK = "/desk/tickets"
_DONE = ("opened", "answered", "closed", "rated")


async def show_tickets(request: Request) -> Response:
    """GET /panel/tickets: one's own, the newest message first."""
    visited = await signed_in(request)
    if visited.caller.account_id is None:
        return RedirectResponse(DESK, 303)
    given = request.query_params
    chosen = given.get("status")
    status = TicketStatus(chosen) if chosen in {s.value for s in TicketStatus} else None
    search = " ".join(given.get("search", "")[:200].split())
    found = await listed(tickets.tickets(visited.caller, None, given.get("after"), status, search or None))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    names = ["", *(s.value for s in TicketStatus)]
    current = status.value if status else ""
    return await page(
        request,
        "tickets",
        tickets=await gather(*(shown_row(own, visited.caller) for own in found.nodes)),
        chosen=current,
        search=search,
        filters=[
            SimpleNamespace(name=name, href=href(TICKETS, status=name, search=search), current=name == current)
            for name in names
        ],
        figure=shown_figure(await support.support_status(visited.caller)),
        can_open=Scope.TICKETS_WRITE in visited.caller.scopes,
        newest_href=href(TICKETS, status=current, search=search) if found.page_info.has_previous_page else None,
        older_href=href(TICKETS, status=current, search=search, after=onward) if onward else None,
    )


async def ticket_at(request: Request) -> Ticket:
    """The ticket that the address names, among the reader's own; 404 for none."""
    visited = await signed_in(request)
    found = await tickets.ticket(visited.caller, request.path_params["number"])
    if found is None or found.row.account_id != visited.caller.account_id:
        raise HTTPException(404)
    return found


async def show_ticket(request: Request) -> Response:
    """GET /panel/tickets/{number}."""
    return await ticket_page(request, await ticket_at(request))


async def ticket_page(
    request: Request,
    own: Ticket,
    form: Form | None = None,
    rating: Form | None = None,
    *,
    attached: Sequence[ID] = (),
    preview: Markup | None = None,
) -> Response:
    """The page of a ticket with its forms as they were filled in."""
    visited = await signed_in(request)
    caller = visited.caller
    before = request.query_params.get("before") if request.method == "GET" else None
    stream = await listed(stream_of(own, caller, before))
    shown = await _shown(own, caller)
    done = request.query_params.get("done")
    form = form or Form()
    # A key that stands for another message already would refuse this one for ever.
    taken = any(problem.code == "IDEMPOTENCY_CONFLICT" for problem in form.problems)
    return await page(
        request,
        "ticket",
        max(given.status for given in (form, rating or Form())),
        ticket=shown,
        entries=stream.entries,
        older_href=href(shown.href, before=stream.older_before) if stream.older_before else None,
        newest_href=shown.href if before else None,
        news_href=None if before else href(f"{shown.href}/news", after=stream.newest, status=shown.status),
        said=None,
        form=form,
        rating=rating or Form(),
        key=uuid4().hex if taken or not form.value("key") else form.value("key"),
        draft=f"{visited.caller.account_id}:{own.number}",
        reopen_days=request.app.state.settings.tickets.reopen_days,
        done=done if done in _DONE else None,
        preview=preview,
        attaching=await attachment_field(request, attached),
    )


async def _shown(own: Ticket, caller: Caller) -> SimpleNamespace:
    """A ticket as its own page shows it."""
    shown = await shown_row(own, caller)
    merged = await own.merged_into_for(caller)
    until = own.reopenable_until
    extension = await own.extension()
    vars(shown).update(
        priority=own.priority.value,
        opened_at=own.opened_at,
        opened_by_staff=own.opened_by_staff,
        first_answered_at=own.first_answered_at,
        closed_at=own.closed_at,
        merged=SimpleNamespace(href=f"{TICKETS}/{merged.number}", number=merged.number, subject=merged.subject)
        if merged
        else None,
        promise=shown_promise(own.waiting_since, own.due_at, caller.language)
        if own.waiting_since and own.due_at
        else None,
        extension=SimpleNamespace(href=f"/announcements/{extension.id}", title=extension.title) if extension else None,
        reopenable_until=until,
        takes_replies=merged is None and (own.closed_at is None or (until is not None and clock.today() <= until)),
        again_href=href(f"{TICKETS}/new", license=shown.license.href.rpartition("/")[2] if shown.license else None),
        rating=own.rating,
        rating_comment=own.rating_comment,
    )
    return shown


async def news(request: Request) -> Response:
    """GET /panel/tickets/{number}/news: what came after the entry that the reader has; 204 for nothing.

    A reader who may not ask, or no longer, gets a sentence in the place of what asks, which ends the asking.
    """
    caller = (await visit(request)).caller
    number = request.path_params["number"]
    if caller.person_id is None:
        return await fragment(request, "ticket_news_over", status=401, why="signed_out", number=number)
    own = await _still_seen(caller, number)
    if own is None or own.row.account_id != caller.account_id:
        return await fragment(request, "ticket_news_over", status=404, why="gone", number=number)
    given = request.query_params
    after = given.get("after", "")
    if await own.newest_entry() == after:
        return Response(status_code=204)
    stream = await stream_of(own, caller)
    places = [entry.id for entry in stream.entries]
    fresh = stream.entries[places.index(after) + 1 :] if after in places else stream.entries[-1:]
    shown = await _shown(own, caller)
    parts = ["ticket_news", "ticket_stream", "ticket_side", "ticket_news_said"]
    if given.get("status") != shown.status:
        parts.append("ticket_after")
    return await fragment(
        request,
        *parts,
        ticket=shown,
        entries=stream.entries,
        older_href=href(shown.href, before=stream.older_before) if stream.older_before else None,
        news_href=href(f"{shown.href}/news", after=stream.newest, status=shown.status),
        said=next((entry for entry in reversed(fresh) if entry.from_staff), None),
        rating=Form(),
    )


async def _still_seen(caller: Caller, number: str) -> Ticket | None:
    try:
        return await tickets.ticket(caller, number)
    except Denied:
        return None


async def close(request: Request) -> Response:
    """POST /panel/tickets/{number}/close: once more does no harm."""
    visited, own, form = await _sent(request)
    if await attempt(form, visited.caller.language, tickets.close_ticket(visited.caller, own.id)) is None:
        form.keep_to()
        return await ticket_page(request, own, form)
    return RedirectResponse(f"{TICKETS}/{own.number}?done=closed", 303)


async def rate(request: Request) -> Response:
    """POST /panel/tickets/{number}/rating."""
    visited, own, form = await _sent(request)
    text = form.value("rating")
    # What is no number at all is refused as one that is out of bounds.
    points = int(text) if text.isascii() and text.isdigit() and len(text) == 1 else 0
    work = tickets.rate_ticket(visited.caller, own.id, points, form.value("comment"))
    if await attempt(form, visited.caller.language, work) is None:
        form.keep_to("rating", "comment")
        return await ticket_page(request, own, rating=form)
    return RedirectResponse(f"{TICKETS}/{own.number}?done=rated", 303)


async def _sent(request: Request) -> tuple[Visit, Ticket, Form]:
    visited = await signed_in(request)
    own = await ticket_at(request)
    return visited, own, await read_form(request)
