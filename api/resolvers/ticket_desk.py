"""Verbs of staff on tickets: their queues, assigning, noting, changing, and saying that one is there."""

from __future__ import annotations

from datetime import timedelta

from strawberry import ID
from tortoise.expressions import Q

from api import attaching, clock, once, streams, ticket_search, ticketing
from api.access import needs, person
from api.audit import Act
from api.caller import Caller, Scope
from api.loaders import is_blocked
from api.models import ids
from api.models.accounts import Account as AccountRow
from api.models.people import Person, Staff
from api.models.tickets import STAFF
from api.models.tickets import Ticket as TicketRow
from api.models.tickets import TicketPresence as PresenceRow
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import tickets as rules
from api.rules.billing import optional_key
from api.rules.emails import LONGEST_ADDRESS
from api.schema.paging import Connection, page
from api.schema.ticket_desk import TicketPresence, TicketPresencePayload, TicketQueue
from api.schema.tickets import Ticket, TicketKind, TicketPayload, TicketPriority

# How the stream calls a change of each column.
_CHANGED = {"kind": "kind_changed", "priority": "priority_changed"}
PRESENT_FOR = timedelta(seconds=30)


@needs(Scope.TICKETS_ALL)
async def ticket_queue(
    caller: Caller,
    first: int | None = None,
    after: str | None = None,
    queue: TicketQueue = TicketQueue.ALL,
    search: str | None = None,
) -> Connection[Ticket]:
    """Tickets that wait for staff, the one whose answer is due first on top; `search` as in `tickets`."""
    query = TicketRow.filter(due_at__not_isnull=True)
    if queue is TicketQueue.MINE:
        query = query.filter(assignee_id=person(caller))
    elif queue is TicketQueue.UNASSIGNED:
        query = query.filter(assignee_id=None)
    query = await ticket_search.found(query, search, "due_at", staff=True)
    return await page(query, "due_at", first, after, Ticket.of)


@needs(Scope.TICKETS_MANAGE)
async def assign_ticket(caller: Caller, ticket_id: ID, assignee_email: str | None = None) -> TicketPayload:
    """Gives a ticket to somebody of staff who may answer tickets; without an address, to nobody."""
    async with writing(caller) as work:
        row = await ticketing.held(ticket_id, Q())
        await ticketing.refuse_merged(row)
        assignee = None if assignee_email is None else await _colleague(assignee_email)
        if work.happened(row.assignee_id != (assignee.id if assignee else None)):
            row.assignee_id = assignee.id if assignee else None
            author, now = await ticketing.author(work), clock.now()
            if assignee:
                await streams.add_event(
                    row, "assigned", author, now, audience=STAFF, from_staff=True, assignee=assignee.called
                )
            else:
                await streams.add_event(row, "unassigned", author, now, audience=STAFF, from_staff=True)
            await row.save(update_fields=["assignee_id", "last_position"])
            work.record(Act.TICKET_ASSIGN, f"ticket:{row.id.hex}", to=assignee.id.hex if assignee else "")
    return TicketPayload(ticket=Ticket.of(row))


async def _colleague(email: str) -> Person:
    """Somebody of staff who may answer tickets."""
    field = ("assignee_email",)
    address = email.strip().lower().replace("\0", "")
    known = len(address) <= LONGEST_ADDRESS
    post = await Staff.get_or_none(person__email=address).select_related("person") if known else None
    if post is None:
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.staff_unknown", field))
    if Scope.TICKETS_MANAGE not in post.granted():
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.assignee_scope", field))
    return post.person


@needs(Scope.TICKETS_MANAGE)
async def add_ticket_note(
    caller: Caller,
    ticket_id: ID,
    body: str,
    idempotency_key: str | None = None,
    attachment_ids: list[ID] | None = None,
) -> TicketPayload:
    """Adds an internal note, which only staff ever see; what was promised to the customer goes on."""
    found = Inspection()
    text = found.check("body", rules.body, body)
    key = found.check("idempotency_key", optional_key, idempotency_key)
    note = await streams.written(text) if text else None
    async with writing(caller) as work:
        row = await ticketing.held(ticket_id, Q())
        if found.problems or note is None:
            raise found.refusal()
        await ticketing.refuse_merged(row)
        author = await ticketing.author(work)
        files = attachment_ids or []
        asked = [str(ticket_id), body, await attaching.asked(files, caller)]
        if key and await once.claim(author.id, "add_ticket_note", key, asked, row.id):
            work.record(Act.TICKET_NOTE, f"ticket:{row.id.hex}", repeated="yes")
        else:
            added = await streams.add_note(row, author, clock.now(), note)
            await attaching.claim(added, files, caller)
            await row.save(update_fields=["last_position"])
            work.record(Act.TICKET_NOTE, f"ticket:{row.id.hex}")
    return TicketPayload(ticket=Ticket.of(row))


@needs(Scope.TICKETS_MANAGE)
async def change_ticket(
    caller: Caller, ticket_id: ID, kind: TicketKind | None = None, priority: TicketPriority | None = None
) -> TicketPayload:
    """Changes what a ticket is about, or how urgent it is; the customer sees it."""
    async with writing(caller) as work:
        row = await ticketing.held(ticket_id, Q())
        await ticketing.refuse_merged(row)
        wanted = {"kind": kind, "priority": priority}
        changes = {name: new.value for name, new in wanted.items() if new and new.value != getattr(row, name)}
        if row.kind == rules.COMPLAINT and "kind" in changes:
            await _refuse_muting(row)
        if work.happened(bool(changes)):
            author, now = await ticketing.author(work), clock.now()
            for name, value in changes.items():
                setattr(row, name, value)
                await streams.add_event(row, _CHANGED[name], author, now, from_staff=True, **{name: value})
            await row.save(update_fields=[*changes, "last_position"])
            work.record(Act.TICKET_CHANGE, f"ticket:{row.id.hex}", **changes)
    return TicketPayload(ticket=Ticket.of(row))


async def _refuse_muting(row: TicketRow) -> None:
    """The complaint of a closed account stays one: it could read nothing else (5.2)."""
    account = await AccountRow.get(id=row.account_id)
    if is_blocked(account.status):
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.complaint_of_closed", ("kind",)))


@needs(Scope.TICKETS_MANAGE)
async def mark_ticket_presence(caller: Caller, ticket_id: ID, writing: bool) -> TicketPresencePayload:
    """Says that one has a ticket before oneself, good for 30 seconds, and tells who else has."""
    key = ids.key_of(str(ticket_id), TicketRow.PREFIX)
    if key is None or not await TicketRow.filter(id=key).exists():
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.ticket_unknown", ticketing.FIELD))
    now, own = clock.now(), person(caller)
    await PresenceRow.mark(key, own, now, PRESENT_FOR, writing=writing)
    there = PresenceRow.filter(ticket_id=key, seen_at__gt=now - PRESENT_FOR).exclude(person_id=own)
    found = sorted(
        await there.select_related("person").order_by("seen_at", "id"), key=lambda row: not row.writing_since
    )
    return TicketPresencePayload(others=[TicketPresence.of(row) for row in found])
