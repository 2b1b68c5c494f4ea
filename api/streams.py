"""The stream of a ticket: entries in one order, each for an audience, added while the ticket is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api import markdown, settings, ticket_search
from api.models.database import insert, insert_all
from api.models.people import Person
from api.models.tickets import CUSTOMER, STAFF, Ticket, TicketMessage


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody writes: checked Markdown with its HTML, which was made before anything was held."""

    text: str
    html: str


async def written(text: str) -> Written:
    """Render what is to be added; its caller begins the transaction afterward."""
    return Written(text, await markdown.rendered(text))


async def hold(key: UUID) -> Ticket:
    """The ticket, held by this transaction until its end, so that what is added to it has one order.

    Who may promise an answer in the same transaction calls `TicketPromise.share` before.
    """
    return await Ticket.select_for_update(no_key=True).get(id=key)


async def add_message(
    ticket: Ticket, author: Person, at: datetime, said: Written, *, from_staff: bool
) -> TicketMessage:
    """Add a message that the customer and staff see. The caller saves the ticket."""
    ticket.last_message_at = at
    return await _add(ticket, TicketMessage.MESSAGE, CUSTOMER, author, at, from_staff, body=said.text, html=said.html)


async def add_note(ticket: Ticket, author: Person, at: datetime, said: Written) -> TicketMessage:
    """Add an internal note; only staff ever see it. The caller saves the ticket."""
    return await _add(ticket, TicketMessage.NOTE, STAFF, author, at, True, body=said.text, html=said.html)


async def add_event(
    ticket: Ticket,
    event: str,
    author: Person | None,
    at: datetime,
    *,
    audience: str = CUSTOMER,
    from_staff: bool = False,
    **details: Any,
) -> TicketMessage:
    """Add what happened, e.g. `closed`; `details` are what its sentence needs. The caller saves the ticket."""
    return await _add(ticket, TicketMessage.EVENT, audience, author, at, from_staff, event=event, details=details)


async def add_event_to_all(
    tickets: Sequence[Ticket], event: str, at: datetime, details: Callable[[Ticket], dict[str, Any]]
) -> None:
    """Add what happened to many tickets by no person's act; `Ticket.follow` saves their last positions."""
    nobody = None, at, True
    await insert_all(
        [_next(one, TicketMessage.EVENT, CUSTOMER, *nobody, event=event, details=details(one)) for one in tickets]
    )


async def _add(
    ticket: Ticket, kind: str, audience: str, author: Person | None, at: datetime, from_staff: bool, **more: Any
) -> TicketMessage:
    row = _next(ticket, kind, audience, author, at, from_staff, **more)
    await insert(row)
    if ticket.last_position == 1:
        await ticket_search.begin(ticket)
    if row.body:
        await ticket_search.add(ticket.id, row.body, internal=audience == STAFF)
    return row


def _next(
    ticket: Ticket, kind: str, audience: str, author: Person | None, at: datetime, from_staff: bool, **more: Any
) -> TicketMessage:
    """The next entry of a stream, not saved yet."""
    ticket.last_position += 1
    return TicketMessage(
        ticket_id=ticket.id,
        position=ticket.last_position,
        kind=kind,
        audience=audience,
        author_id=author.id if author else None,
        author_name=_called(author, audience) if author else "",
        from_staff=from_staff,
        sent_at=at,
        **more,
    )


def _called(author: Person, audience: str) -> str:
    """An author's name; of staff without one customers are told the vendor's, staff the address."""
    return author.called if audience == STAFF else author.full_name or settings.current().vendor.name
