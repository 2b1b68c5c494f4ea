"""Tickets that wait for an answer, as tests of promises need them: rows, held and promised as a message does it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from api import clock, promising
from api.models.accounts import Account
from api.models.database import transaction
from api.models.tickets import Ticket, TicketPromise


async def waiting(account: UUID | None = None, at: datetime | None = None, subject: str = "Modül açılmıyor") -> Ticket:
    """A ticket that was opened at an instant, now when none is given, and is promised an answer."""
    now = at or clock.now()
    async with transaction():
        await TicketPromise.share()
        ticket = Ticket(
            account_id=account or (await Account.all().order_by("created_at").get()).id,
            kind="TECHNICAL",
            subject=subject,
            status=Ticket.OPEN,
            priority="NORMAL",
            opened_at=now,
            first_answer_due_at=now,
            last_message_at=now,
        )
        await ticket.save(force_create=True)
        promise = await promising.begin(ticket, now)
        ticket.first_answer_due_at = promise.due_at
        await ticket.save()
    return ticket


async def answered(ticket: Ticket, at: datetime, outcome: str = TicketPromise.ANSWERED) -> None:
    """Say that the promises of a ticket ended."""
    async with transaction():
        held = await Ticket.select_for_update().get(id=ticket.id)
        await promising.end(held, at, outcome)
        await held.save()
