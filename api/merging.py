"""Two tickets of one account become one: one stream in the order of time, and one promise, the earlier (8.1)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from api import streams, ticket_search
from api.models.people import Person
from api.models.tickets import Ticket, TicketMessage, TicketPromise


async def hold_both(one: UUID, other: UUID) -> tuple[Ticket, Ticket]:
    """Both tickets, held by this transaction; always in one order, so that two merges never wait for each other.

    The open promises of both are this transaction's to move.
    """
    await TicketPromise.share()
    held = {key: await streams.hold(key) for key in sorted((one, other))}
    return held[one], held[other]


async def merge(source: Ticket, target: Ticket, by: Person, now: datetime) -> None:
    """Move what was written, its attachments and the open promises, and close what is left; both are held."""
    await streams.add_event(source, "merged_into", by, now, from_staff=True, number=target.number)
    await streams.add_event(target, "merged_from", by, now, from_staff=True, number=source.number)
    target.last_position, source.last_position = await TicketMessage.join(source.id, target.id)
    await ticket_search.merge(source, target)
    target.last_message_at = max(target.last_message_at, source.last_message_at)
    await TicketPromise.filter(ticket_id=source.id, outcome=None).update(ticket_id=target.id)
    waits = await TicketPromise.filter(ticket_id=target.id, outcome=None)
    if waits:
        target.status = Ticket.OPEN
        target.waiting_since = min(row.started_at for row in waits)
        target.due_at = min(row.due_at for row in waits)
        if target.first_answered_at is None:
            target.first_answer_due_at = min(target.first_answer_due_at, target.due_at)
    source.status, source.closed_at, source.merged_into_id = Ticket.CLOSED, source.closed_at or now, target.id
    source.waiting_since = source.due_at = None
    await source.save()
    await target.save()
