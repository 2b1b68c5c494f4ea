"""Tickets as lists show them: the customer's own, and those that wait on the panel's overview."""

from __future__ import annotations

from asyncio import gather
from datetime import datetime
from types import SimpleNamespace

from api import clock
from api.caller import Caller
from api.i18n import Language
from api.resolvers import tickets
from api.schema.tickets import Ticket, TicketStatus
from web.promises import left, when_of

TICKETS = "/panel/tickets"
# What the panel's overview shows of them, the first to act on first.
_WAITING = (TicketStatus.WAITING_FOR_CUSTOMER, TicketStatus.OPEN)
_MOST_WAITING = 5


async def waiting(caller: Caller) -> list[SimpleNamespace]:
    """The reader's own tickets that wait: those for the reader before those for the vendor."""
    found = [
        own
        for status in _WAITING
        for own in (await tickets.tickets(caller, _MOST_WAITING, None, status)).nodes
        if own.row.account_id == caller.account_id
    ]
    return list(await gather(*(shown_row(own, caller) for own in found[:_MOST_WAITING])))


async def shown_row(own: Ticket, caller: Caller) -> SimpleNamespace:
    """A ticket as lists show it."""
    language = caller.language
    licensed = await own.license_for(caller)
    product = await licensed.product() if licensed else None
    return SimpleNamespace(
        id=own.id,
        href=f"{TICKETS}/{own.number}",
        number=own.number,
        subject=own.subject,
        kind=own.kind.value,
        status=own.status.value,
        license=SimpleNamespace(
            product=product.name, domain=licensed.domain, href=f"/panel/licenses/{licensed.id}"
        ) if licensed and product else None,
        due=shown_due(own.due_at, language) if own.due_at else None,
        last_message_at=own.last_message_at,
        last_message=when_of(own.last_message_at, language),
    )  # fmt: skip


def shown_due(due_at: datetime, language: Language) -> SimpleNamespace:
    """Until when an answer is promised, as `partials/ticket_due.html` tells it."""
    return SimpleNamespace(
        at=due_at, text=when_of(due_at, language), left=left(due_at, language), missed=due_at < clock.now()
    )
