"""What the passing of time does to tickets and announcements: staff are warned of promises, owners written to (8)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from api import clock, settings
from api.announcing import audience
from api.audit import Act
from api.caller import Caller, Door, Scope
from api.dues import Due
from api.i18n import as_language
from api.models import ids
from api.models.announcements import Announcement
from api.models.people import Staff
from api.models.tickets import Ticket, TicketPromise
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.rules import hours

CALLER = Caller(door=Door.CLOCK)
# Letters of one transaction.
BATCH = 500


async def promise_warnings() -> AsyncIterator[Due]:
    """Promises that are about to be missed; nobody is warned while support is closed."""
    terms = settings.current().tickets
    now = clock.now()
    if not terms.warn_minutes or not hours.is_open(now, terms.hours):
        return
    until = hours.add(now, timedelta(minutes=terms.warn_minutes), terms.hours)
    near = TicketPromise.filter(outcome=None, warned_at=None, due_at__gte=now, due_at__lte=until)
    for row in await near.order_by("due_at", "id").select_related("ticket"):
        yield Due(f"warning of ticket {row.ticket.number}, due {row.due_at:%Y-%m-%d %H:%M} UTC", _warn(row))


def _warn(row: TicketPromise) -> Callable[[], Awaitable[bool]]:
    async def do() -> bool:
        async with writing(CALLER) as work:
            # Moved or answered meanwhile, it is not spoken of.
            same = TicketPromise.filter(id=row.id, outcome=None, warned_at=None, due_at=row.due_at)
            if work.happened(bool(await same.update(warned_at=clock.now()))):
                ticket = await Ticket.get(id=row.ticket_id).select_related("assignee")
                work.record(Act.REMINDER_SEND, f"ticket:{ticket.id.hex}", due_at=row.due_at.isoformat())
                await _tell_staff(work, ticket, row)
                return True
            return False

    return do


async def _tell_staff(work: Writing, ticket: Ticket, row: TicketPromise) -> None:
    left = hours.elapsed(clock.now(), row.due_at, settings.current().tickets.hours)
    assignee = ticket.assignee
    for post in await Staff.all().select_related("person"):
        if Scope.TICKETS_MANAGE in post.granted():
            work.send(
                LetterKind.PROMISE_WARNING,
                post.person.email,
                as_language(post.person.language),
                path=f"/desk/tickets/{ticket.number}",
                number=ticket.number,
                subject=ticket.subject,
                due_at=row.due_at.isoformat(),
                minutes=str(left // timedelta(minutes=1)),
                assignee=assignee.called if assignee else "",
            )


async def announcement_letters() -> AsyncIterator[Due]:
    """Announcements whose letters are still to be queued."""
    for row in await Announcement.filter(letters_wait=True, withdrawn_at=None).order_by("published_at", "id"):
        yield Due(f"letters of announcement {ids.public(row.PREFIX, row.id)}", _write_all(row.id))


def _write_all(key: UUID) -> Callable[[], Awaitable[bool]]:
    async def do() -> bool:
        written = 0
        while (more := await _write_some(key)) is not None:
            written += more
        return bool(written)

    return do


async def _write_some(key: UUID) -> int | None:
    """Queue the next letters of an announcement, and note how far that came; None when there was nothing to do."""
    async with writing(CALLER) as work:
        row = await Announcement.select_for_update(no_key=True).get(id=key)
        if not work.happened(row.letters_wait):
            return None
        await row.fetch_related("product")
        owners = audience(row) if row.written_to is None else audience(row).filter(account_id__gt=row.written_to)
        found = await owners.select_related("person").order_by("account_id").limit(BATCH)
        for owner in found:
            work.send(
                LetterKind.ANNOUNCEMENT,
                owner.person.email,
                as_language(owner.person.language),
                path=f"/announcements/{ids.public(row.PREFIX, row.id)}",
                title=row.title,
                product=row.product.name if row.product else "",
                starts_at=row.starts_at.isoformat() if row.starts_at else "",
                ends_at=row.ends_at.isoformat() if row.ends_at else "",
            )
        row.letters_wait = len(found) == BATCH
        row.written_to = found[-1].account_id if found else row.written_to
        await row.save(update_fields=["letters_wait", "written_to"])
        work.record(Act.ANNOUNCEMENT_PUBLISH, f"announcement:{key.hex}", letters=str(len(found)))
    return len(found)
