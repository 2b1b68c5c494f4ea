"""Verbs of tickets (service agreement 8): opening, answering, closing and rating them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from strawberry import ID
from tortoise.expressions import Q

from api import attaching, clock, once, promising, streams, throttle, ticket_search, ticketing
from api.access import needs, needs_any, own_account, person, visible_tickets
from api.audit import Act
from api.caller import Caller, Scope
from api.models import ids
from api.models.accounts import Account as AccountRow
from api.models.tickets import CUSTOMER, TicketPromise
from api.models.tickets import Ticket as TicketRow
from api.models.tickets import TicketMessage as EntryRow
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing
from api.rules import tickets as rules
from api.rules.text import is_blank
from api.rules.tickets import BODY_HIGH as BODY_HIGH
from api.schema.paging import Connection, page
from api.schema.streams import TicketMessage
from api.schema.tickets import Ticket, TicketPayload, TicketStatus
from api.streams import Written

_READS = Scope.TICKETS_READ, Scope.TICKETS_ALL
_WRITES = Scope.TICKETS_WRITE, Scope.TICKETS_MANAGE


@needs_any(*_READS)
async def tickets(
    caller: Caller,
    first: int | None = None,
    after: str | None = None,
    status: TicketStatus | None = None,
    search: str | None = None,
    account_id: ID | None = None,
) -> Connection[Ticket]:
    """Tickets, the newest message first: one's own, or everybody's for staff; `search` asks for beginnings of words.

    Customers find subject, number and messages, staff also notes, the customer's names and the license's domain.
    """
    query = TicketRow.filter(visible_tickets(caller))
    if account_id is not None:
        key = ids.key_of(str(account_id), AccountRow.PREFIX)
        query = query.filter(account_id=key) if key else query.filter(id__in=[])
    if status is not None:
        query = query.filter(status=status.value)
    order = "-last_message_at"
    query = await ticket_search.found(query, search, order, staff=Scope.TICKETS_ALL in caller.scopes)
    return await page(query, order, first, after, Ticket.of)


@needs_any(*_READS)
async def ticket(caller: Caller, number: str) -> Ticket | None:
    """A ticket by its number, if the caller may see it."""
    wanted = number.strip().upper()[:12].replace("\0", "")
    row = await TicketRow.filter(visible_tickets(caller), number=wanted).first()
    return Ticket.of(row) if row else None


@needs_any(*_READS)
async def ticket_by_id(caller: Caller, key: UUID) -> Ticket | None:
    """A ticket by its key, if the caller may see it."""
    row = await TicketRow.filter(visible_tickets(caller), id=key).first()
    return Ticket.of(row) if row else None


@needs_any(*_READS)
async def ticket_message(caller: Caller, key: UUID) -> TicketMessage | None:
    """A message by its key, if the caller may see it; notes and events are none."""
    seen = visible_tickets(caller, path="ticket__")
    row = await EntryRow.filter(seen, id=key, kind=EntryRow.MESSAGE, audience=CUSTOMER).first()
    return TicketMessage.of(row) if row else None


def _is_owner(caller: Caller, row: TicketRow) -> bool:
    """Whether the caller writes as the customer; staff with an account of their own do in its tickets."""
    return row.account_id == caller.account_id


@dataclass(frozen=True, slots=True)
class _Message:
    """A message to a ticket, and what staff do with it."""

    written: Written
    attachment_ids: list[ID]
    asking: bool
    close: bool


@needs_any(*_WRITES)
async def reply_to_ticket(
    caller: Caller,
    ticket_id: ID,
    body: str,
    asking: bool = False,
    close: bool = False,
    seen_message_id: ID | None = None,
    idempotency_key: str | None = None,
    attachment_ids: list[ID] | None = None,
) -> TicketPayload:
    """Answers a ticket; for staff `asking` waits for the customer, `close` closes, `seenMessageId` is the last read."""
    await throttle.take((throttle.REPLIES_PER_PERSON, str(person(caller))))
    found = Inspection()
    text = found.check("body", rules.body, body)
    key = found.check("idempotency_key", billing.optional_key, idempotency_key)
    written = await streams.written(text) if text else None
    async with writing(caller) as work:
        row = await ticketing.held(ticket_id, visible_tickets(caller, *_WRITES))
        if found.problems or written is None:
            raise found.refusal()
        message = _Message(written, attachment_ids or [], asking, close)
        asked = [str(ticket_id), body, asking, close, await attaching.asked(message.attachment_ids, caller)]
        if key and await once.claim(person(caller), "reply_to_ticket", key, asked, row.id):
            work.record(Act.TICKET_REPLY, f"ticket:{row.id.hex}", repeated="yes")
            return TicketPayload(ticket=Ticket.of(row))
        await ticketing.refuse_merged(row)
        if _is_owner(caller, row):
            _refuse_for_customers(asking=asking, close=close)
            await _customer_writes(work, row, message)
        else:
            await _refuse_unseen(row, caller, seen_message_id)
            await _staff_answer(work, row, message)
    return TicketPayload(ticket=Ticket.of(row))


def _refuse_for_customers(**only_staff: bool) -> None:
    for name, given in only_staff.items():
        if given:
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.for_staff", (name,)))


async def _refuse_unseen(row: TicketRow, caller: Caller, seen_message_id: ID | None) -> None:
    """Refuse an answer of staff when somebody else of them answered after what its writer has read."""
    if seen_message_id is None or is_blank(str(seen_message_id)):
        return
    field = ("seen_message_id",)
    key = ids.key_of(str(seen_message_id), EntryRow.PREFIX)
    said = EntryRow.filter(ticket_id=row.id, kind=EntryRow.MESSAGE, audience=CUSTOMER)
    seen = await said.get_or_none(id=key) if key else None
    if seen is None:
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.message_unknown", field))
    newer = await said.filter(position__gt=seen.position, from_staff=True).exclude(author_id=caller.person_id).first()
    if newer:
        values = {"author": newer.author_name}
        raise Refusal(Problem(UserErrorCode.STALE, "refusals.ticket_answered_meanwhile", field, values))


async def _customer_writes(work: Writing, row: TicketRow, message: _Message) -> None:
    """A message that waits for staff; it opens a closed ticket again, within its days."""
    now = clock.now()
    author = await ticketing.author(work)
    if row.closed_at:
        await ticketing.reopen(row, author, now, by_staff=False)
    await ticketing.say(work, row, author, now, message.written, message.attachment_ids, from_staff=False)
    await promising.begin(row, now)
    row.status = TicketRow.OPEN
    await row.save()
    work.record(Act.TICKET_REPLY, f"ticket:{row.id.hex}")


async def _staff_answer(work: Writing, row: TicketRow, answer: _Message) -> None:
    """A public answer: it keeps the promise that was open (8.1)."""
    now = clock.now()
    author = await ticketing.author(work)
    if row.closed_at:
        await ticketing.reopen(row, author, now, by_staff=True)
    await ticketing.say(work, row, author, now, answer.written, answer.attachment_ids, from_staff=True)
    await promising.end(row, now, TicketPromise.ANSWERED)
    row.first_answered_at = row.first_answered_at or now
    row.status = TicketRow.WAITING_FOR_CUSTOMER if answer.asking else TicketRow.ANSWERED
    if answer.close:
        await ticketing.close(row, author, now, by_staff=True)
    await row.save()
    work.record(Act.TICKET_REPLY, f"ticket:{row.id.hex}", status=row.status)
    await ticketing.tell(
        work,
        row,
        LetterKind.TICKET_ANSWERED,
        text=answer.written.text,
        files=str(len(answer.attachment_ids) or ""),
        asking="yes" if answer.asking and not answer.close else "",
    )


@needs_any(*_WRITES)
async def close_ticket(caller: Caller, ticket_id: ID) -> TicketPayload:
    """Closes a ticket; staff answer first what waits for an answer. A closed one stays as it is."""
    async with writing(caller) as work:
        row = await ticketing.held(ticket_id, visible_tickets(caller, *_WRITES))
        await ticketing.refuse_merged(row)
        if work.happened(row.closed_at is None):
            own = _is_owner(caller, row)
            if not own and row.waiting_since is not None:
                raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.ticket_waits", ("ticket_id",)))
            now = clock.now()
            await promising.end(row, now, TicketPromise.WITHDRAWN)
            await ticketing.close(row, await ticketing.author(work), now, by_staff=not own)
            await row.save()
            work.record(Act.TICKET_CLOSE, f"ticket:{row.id.hex}")
            await ticketing.tell(work, row, LetterKind.TICKET_CLOSED)
    return TicketPayload(ticket=Ticket.of(row))


@needs(Scope.TICKETS_WRITE)
async def rate_ticket(caller: Caller, ticket_id: ID, rating: int, comment: str | None = None) -> TicketPayload:
    """Says how satisfied the customer is with a closed ticket, 1 (poor) to 5 (very good); the last word counts."""
    account_id = own_account(caller)
    await throttle.take((throttle.REPLIES_PER_PERSON, str(person(caller))))
    found = Inspection()
    points = found.check("rating", rules.rating, rating)
    said = found.check("comment", rules.comment, comment)
    async with writing(caller) as work:
        row = await ticketing.held(ticket_id, visible_tickets(caller, *_WRITES) & Q(account_id=account_id))
        found.finish()
        await ticketing.refuse_merged(row)
        if row.closed_at is None:
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.ticket_not_closed", ("ticket_id",)))
        if work.happened((row.rating, row.rating_comment) != (points, said)):
            row.rating, row.rating_comment = points, said
            await streams.add_event(row, "rated", await ticketing.author(work), clock.now(), rating=points)
            await row.save()
            work.record(Act.TICKET_RATE, f"ticket:{row.id.hex}", rating=str(points))
    return TicketPayload(ticket=Ticket.of(row))
