"""The desk: the queue of tickets by what is due first, and all tickets with a search over everything."""

from __future__ import annotations

from asyncio import gather
from types import SimpleNamespace
from typing import Any

from babel.dates import format_time
from starlette.requests import Request
from starlette.responses import Response

from api import clock
from api.caller import Caller, Scope
from api.resolvers import ticket_desk, tickets
from api.schema.accounts import account_of
from api.schema.paging import Connection
from api.schema.ticket_desk import TicketQueue
from api.schema.tickets import Ticket, TicketStatus
from web.catalog import href, listed
from web.desk import at_desk, name_of
from web.desk_due import shown_due
from web.promises import when_of
from web.render import fragment, page

DESK_TICKETS = "/desk/tickets"
ON_A_PAGE = 30
# The tabs; the last shows tickets that wait for nothing too.
QUEUES = {"waiting": TicketQueue.ALL, "mine": TicketQueue.MINE, "unassigned": TicketQueue.UNASSIGNED}
ALL = "all"
# Who begins a ticket for a customer must be able to find the customer.
BEGINNING = {Scope.TICKETS_MANAGE, Scope.ACCOUNTS_READ}
_KEYS = ((("J", "K"), "next"), (("Enter",), "open"), (("/",), "search"))


async def show_tickets(request: Request) -> Response:
    """GET /desk/tickets: `show` a queue or all, then by `status`, or what `search` finds; a fragment for htmx."""
    caller = (await at_desk(request)).caller
    given = request.query_params
    search = " ".join(given.get("search", "")[:200].split())
    show = ALL if search else given.get("show", "waiting")
    show = show if show in QUEUES or show == ALL else "waiting"
    wanted = given.get("status") if show == ALL else None
    status = TicketStatus(wanted) if wanted in {s.value for s in TicketStatus} else None
    after = given.get("after")
    found = await listed(_found(caller, show, status, search or None, after))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    kept = {"show": show, "status": status.value if status else None, "search": search}
    warn = request.app.state.settings.tickets.warn_minutes
    context: dict[str, Any] = {
        "show": show,
        "search": search,
        "items": await gather(*(shown_item(ticket, caller, warn) for ticket in found.nodes)),
        "queue_href": href(DESK_TICKETS, **kept, after=after),
        "first_href": href(DESK_TICKETS, **kept) if after else None,
        "next_href": href(DESK_TICKETS, **kept, after=onward) if onward else None,
        "read_at": format_time(clock.local(clock.now()), "HH:mm:ss", locale=caller.language),
    }
    if "hx-request" in request.headers:
        return await fragment(request, "desk_queue", **context)
    names = [None, *(s.value for s in TicketStatus)]
    return await page(
        request,
        "desk_tickets",
        **context,
        chosen=kept["status"],
        begins=caller.scopes >= BEGINNING,
        tabs=[SimpleNamespace(name=name, href=href(DESK_TICKETS, show=name)) for name in [*QUEUES, ALL]],
        statuses=[
            SimpleNamespace(name=name, href=href(DESK_TICKETS, show=ALL, status=name, search=search)) for name in names
        ]
        if show == ALL
        else [],
        shortcuts=_KEYS,
    )


async def _found(
    caller: Caller, show: str, status: TicketStatus | None, search: str | None, after: str | None
) -> Connection[Ticket]:
    if show == ALL:
        return await tickets.tickets(caller, ON_A_PAGE, after, status, search)
    return await ticket_desk.ticket_queue(caller, ON_A_PAGE, after, QUEUES[show])


async def shown_item(ticket: Ticket, caller: Caller, warn_minutes: int) -> SimpleNamespace:
    """A ticket as the desk's lists show it."""
    account, own, assignee = await gather(
        account_of(ticket.row.account_id, caller), ticket.license_for(caller), ticket.assignee_for(caller)
    )
    due = shown_due(ticket.due_at, warn_minutes, caller.language) if ticket.due_at else None
    return SimpleNamespace(
        href=f"{DESK_TICKETS}/{ticket.number}",
        number=ticket.number,
        subject=ticket.subject,
        kind=ticket.kind.value,
        status=ticket.status.value,
        priority=ticket.priority.value,
        customer=name_of(account),
        license=SimpleNamespace(domain=own.domain, supported=own.support_active) if own else None,
        assignee=assignee,
        initials=initials(assignee or ""),
        mine=ticket.row.assignee_id is not None and ticket.row.assignee_id == caller.person_id,
        due=due,
        last_at=ticket.last_message_at,
        last=when_of(ticket.last_message_at, caller.language),
    )


def initials(name: str) -> str:
    """The first letters of the first and the last name."""
    words = name.split()
    return "".join(word[0] for word in dict.fromkeys((*words[:1], *words[-1:])))
