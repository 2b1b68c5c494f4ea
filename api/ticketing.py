"""What every act on a ticket shares: holding it, reopening and closing it, and telling its owner by letter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from strawberry import ID
from tortoise.expressions import Q

from api import attaching, clock, settings, streams
from api.access import person
from api.models import ids
from api.models.people import Person
from api.models.tickets import Ticket, TicketPromise
from api.outbox import LetterKind
from api.perform import Writing
from api.refusal import Problem, Refusal, UserErrorCode
from api.rules.tickets import reopenable_until
from api.streams import Written

FIELD = ("ticket_id",)


async def held(ticket_id: ID, seen: Q) -> Ticket:
    """The ticket that an argument names among those that are seen, held by this transaction.

    The transaction may promise an answer to it.
    """
    key = ids.key_of(str(ticket_id), Ticket.PREFIX)
    if key is None or not await Ticket.filter(seen, id=key).exists():
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.ticket_unknown", FIELD))
    await TicketPromise.share()
    return await streams.hold(key)


async def author(work: Writing) -> Person:
    """The person who acts."""
    return await Person.get(id=person(work.caller))


async def refuse_merged(row: Ticket) -> None:
    """Refuse what is to be done where the ticket went."""
    if row.merged_into_id:
        other = await Ticket.get(id=row.merged_into_id)
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.ticket_merged", FIELD, {"number": other.number}))


async def reopen(row: Ticket, by: Person, now: datetime, *, by_staff: bool) -> None:
    """Open a closed ticket again; the customer's answer does so within its days only. The caller saves the ticket."""
    days = settings.current().tickets.reopen_days
    if not by_staff and row.closed_at and clock.today() > reopenable_until(row.closed_at, days):
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.ticket_reopen", FIELD, {"days": days}))
    row.closed_at = None
    await streams.add_event(row, "reopened", by, now, from_staff=by_staff)


async def close(row: Ticket, by: Person, now: datetime, *, by_staff: bool) -> None:
    """Close a ticket; its caller ends the promise and saves it."""
    row.status, row.closed_at = Ticket.CLOSED, now
    await streams.add_event(row, "closed", by, now, from_staff=by_staff)


async def say(
    work: Writing, row: Ticket, by: Person, now: datetime, said: Written, files: Sequence[ID], *, from_staff: bool
) -> None:
    """Add a message that takes its writer's uploads. The caller saves the ticket."""
    message = await streams.add_message(row, by, now, said, from_staff=from_staff)
    await attaching.claim(message, files, work.caller)


async def tell(work: Writing, row: Ticket, kind: LetterKind, **values: str) -> None:
    """Write to the owner; internal notes are no part of any letter."""
    terms = settings.current().tickets
    last = reopenable_until(row.closed_at, terms.reopen_days).isoformat() if row.closed_at else ""
    await work.send_to_owner(
        row.account_id,
        kind,
        path=f"/panel/tickets/{row.number}",
        number=row.number,
        subject=row.subject,
        at=row.opened_at.isoformat(),
        due_at=row.first_answer_due_at.isoformat(),
        opens=f"{terms.hours.opens:%H:%M}",
        closes=f"{terms.hours.closes:%H:%M}",
        reopenable=last,
        **values,
    )
