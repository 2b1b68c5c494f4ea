"""The desk: giving a ticket to somebody, changing, closing and merging it."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from strawberry import ID

from api.caller import Caller
from api.resolvers import ticket_desk, ticket_merging, tickets
from api.schema.tickets import Ticket, TicketKind, TicketPriority, TicketStatus
from web.attempts import attempt
from web.desk import at_desk
from web.desk_ticket import shown_ticket, ticket_page, workable
from web.desk_tickets import DESK_TICKETS, shown_item
from web.forms import Form, read_form
from web.licenses import back_to
from web.render import page

_MOST_CANDIDATES = 50


async def assign(request: Request) -> Response:
    """POST /desk/tickets/{number}/assign; no address means nobody."""
    caller, ticket, form = await _sent(request)
    work = ticket_desk.assign_ticket(caller, ID(ticket.id), form.value("assignee_email") or None)
    return await _done(request, ticket, form, "assign", "assigned", work)


async def change(request: Request) -> Response:
    """POST /desk/tickets/{number}/change."""
    caller, ticket, form = await _sent(request)
    kind, priority = form.value("kind"), form.value("priority")
    work = ticket_desk.change_ticket(
        caller,
        ID(ticket.id),
        TicketKind(kind) if kind in {one.value for one in TicketKind} else None,
        TicketPriority(priority) if priority in {one.value for one in TicketPriority} else None,
    )
    return await _done(request, ticket, form, "change", "changed", work)


async def close(request: Request) -> Response:
    """POST /desk/tickets/{number}/close: once more does no harm."""
    caller, ticket, form = await _sent(request)
    return await _done(request, ticket, form, "close", "closed", tickets.close_ticket(caller, ID(ticket.id)))


async def _sent(request: Request) -> tuple[Caller, Ticket, Form]:
    return *await workable(request), await read_form(request)


async def _done(request: Request, ticket: Ticket, form: Form, act: str, done: str, work: Awaitable[Any]) -> Response:
    caller = (await at_desk(request)).caller
    if await attempt(form, caller.language, work):
        return RedirectResponse(f"{DESK_TICKETS}/{ticket.number}?done={done}", 303)
    form.keep_to(*({"assign": ["assignee_email"], "change": ["kind", "priority"]}.get(act, [])))
    return await ticket_page(request, ticket, act=form, opened=act)


async def show_merge(request: Request) -> Response:
    """GET /desk/tickets/{number}/merge: `search` among the owner's tickets; `into` one of them, to be confirmed."""
    caller, ticket = await workable(request)
    number = request.query_params.get("into")
    into = await _chosen(caller, ticket, number) if number else None
    return await _merge_page(request, ticket, Form(), into)


async def merge(request: Request) -> Response:
    """POST /desk/tickets/{number}/merge."""
    caller, ticket, form = await _sent(request)
    into = await _chosen(caller, ticket, form.value("into"))
    if await attempt(form, caller.language, ticket_merging.merge_tickets(caller, ID(ticket.id), ID(into.id))):
        return RedirectResponse(f"{DESK_TICKETS}/{into.number}?done=merged", 303)
    form.keep_to()
    return await _merge_page(request, ticket, form, into)


async def _chosen(caller: Caller, ticket: Ticket, number: str) -> Ticket:
    """The other ticket; one of somebody else is as unknown as none."""
    found = await tickets.ticket(caller, number)
    if found is None or found.row.account_id != ticket.row.account_id or found.id == ticket.id:
        raise HTTPException(404)
    return found


async def _merge_page(request: Request, ticket: Ticket, form: Form, into: Ticket | None) -> Response:
    caller = (await at_desk(request)).caller
    search = " ".join(request.query_params.get("search", "")[:200].split())
    warn = request.app.state.settings.tickets.warn_minutes
    shown = await shown_ticket(request, ticket, caller)
    candidates: list[Ticket] = []
    if into is None:
        found = await tickets.tickets(
            caller, _MOST_CANDIDATES, None, None, search or None, account_id=ID(shown.account_id)
        )
        candidates = [one for one in found.nodes if one.id != ticket.id and one.status is not TicketStatus.CLOSED]
    return await page(
        request,
        "desk_merge",
        form.status,
        **back_to(request, f"{shown.href}/merge"),
        ticket=shown,
        form=form,
        search=search,
        into=await shown_item(into, caller, warn) if into else None,
        candidates=await gather(*(shown_item(one, caller, warn) for one in candidates)),
    )
