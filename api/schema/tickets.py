"""Nouns of tickets (service agreement 8) and of the answer that they are promised (8.1)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import strawberry

from api import batches, settings
from api.access import may_see
from api.caller import Caller, Scope
from api.models import ids
from api.models.announcements import Announcement as AnnouncementRow
from api.models.licenses import License as LicenseRow
from api.models.people import Person
from api.models.tickets import CUSTOMER, STAFF, TicketPromise
from api.models.tickets import Ticket as TicketRow
from api.models.tickets import TicketMessage as EntryRow
from api.rules.tickets import COMPLAINT, reopenable_until
from api.schema.accounts import SCOPES_OF_ACCOUNTS, Account, account_behind
from api.schema.announcements import Announcement
from api.schema.common import Node, UserError, asker, lazy
from api.schema.licenses import License
from api.schema.paging import Connection
from api.schema.streams import Entry, TicketEvent, TicketMessage, TicketNote, newest, newest_id, stream


@strawberry.enum(description="What a ticket is about. A TECHNICAL one needs a license whose support runs.")
class TicketKind(StrEnum):
    TECHNICAL = "TECHNICAL"
    SALES = "SALES"
    BILLING = "BILLING"
    INSTALLATION = "INSTALLATION"
    COMPLAINT = "COMPLAINT"


@strawberry.enum(
    description="ANSWERED: staff answered. WAITING_FOR_CUSTOMER: staff asked. A customer's message makes it OPEN."
)
class TicketStatus(StrEnum):
    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER"
    CLOSED = "CLOSED"


@strawberry.enum(description="How urgent it is to who asks.")
class TicketPriority(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"


async def _tickets(keys: list[UUID]) -> list[TicketRow]:
    return await batches.by_id(TicketRow, keys)


async def _licenses(keys: list[UUID]) -> list[LicenseRow]:
    return await batches.by_id(LicenseRow, keys)


async def _people(keys: list[UUID]) -> list[Person]:
    return await batches.by_id(Person, keys)


async def _extensions(keys: list[UUID]) -> list[AnnouncementRow | None]:
    moved = (
        await TicketPromise.filter(ticket_id__in=set(keys), outcome=None, extension__withdrawn_at=None)
        .exclude(extension_id=None)
        .order_by("-due_at")
        .select_related("extension")
    )
    found = {row.ticket_id: row.extension for row in moved}
    return [found.get(key) for key in keys]


def _heard(caller: Caller) -> tuple[str, ...]:
    """The audiences that a caller belongs to."""
    return (CUSTOMER, STAFF) if Scope.TICKETS_ALL in caller.scopes else (CUSTOMER,)


@strawberry.type(description="A conversation between a registered account and the vendor's people (8).")
class Ticket(Node):
    number: str = strawberry.field(description="What people call it by.")
    kind: TicketKind = strawberry.field(description="What it is about.")
    subject: str = strawberry.field(description="What it is about, in the customer's words; plain text.")
    status: TicketStatus = strawberry.field(description="Where it stands.")
    priority: TicketPriority = strawberry.field(description="How urgent it is to the customer.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    opened_by_staff: bool = strawberry.field(description="Whether the vendor's people began it.")
    first_answer_due_at: datetime = strawberry.field(
        description="When the first answer is due at the latest: 3 support hours (10:00-22:00) after opening, later "
        "while an announced extension holds (8.1, 8.2)."
    )
    first_answered_at: datetime | None = strawberry.field(description="When staff first answered.")
    waiting_since: datetime | None = strawberry.field(
        description="Since when it waits for staff; null when it does not."
    )
    due_at: datetime | None = strawberry.field(
        description="When the answer that it waits for is due at the latest (8.1); null when it waits for none."
    )
    last_message_at: datetime = strawberry.field(description="When its newest message was sent.")
    closed_at: datetime | None = strawberry.field(description="When it was closed; null while it is not.")
    reopenable_until: date | None = strawberry.field(
        description="Last day, inclusive, on which the customer's answer opens it again; null while it is not closed."
    )
    rating: int | None = strawberry.field(description="1 (poor) to 5 (very good), by the customer.")
    rating_comment: str | None = strawberry.field(description="What the customer said with it; plain text.")
    row: strawberry.Private[TicketRow]

    @lazy(f"Whose it is. {SCOPES_OF_ACCOUNTS}")
    async def account(self, info: strawberry.Info) -> Account:
        """Its owner."""
        return await account_behind(self.row.account_id, info)

    @lazy("The license that it is about; null without one and without the scope to read it.")
    async def license(self, info: strawberry.Info) -> License | None:
        """Its license."""
        return await self.license_for(asker(info))

    async def license_for(self, caller: Caller) -> License | None:
        """Its license, as a caller may see it."""
        key = self.row.license_id
        if key is None or not may_see(caller, self.row.account_id, Scope.LICENSES_READ, Scope.LICENSES_ALL):
            return None
        return License.of(await batches.load(_licenses, key), caller)

    @lazy("Who of staff takes care of it, by name; only staff are told.")
    async def assignee(self, info: strawberry.Info) -> str | None:
        """Its assignee."""
        return await self.assignee_for(asker(info))

    async def assignee_for(self, caller: Caller) -> str | None:
        """The name of its assignee, for who reads everybody's tickets."""
        if self.row.assignee_id is None or Scope.TICKETS_ALL not in caller.scopes:
            return None
        return (await batches.load(_people, self.row.assignee_id)).called

    @lazy(
        "The announcement that gave the answer it waits for more time (8.2); null where none did or it was withdrawn."
    )
    async def extension(self) -> Announcement | None:
        """What moved its promise."""
        found = await batches.load(_extensions, self.row.id) if self.due_at else None
        return Announcement.of(found) if found else None

    @lazy("The ticket that it was merged into; what is to be said is said there.")
    async def merged_into(self, info: strawberry.Info) -> Ticket | None:
        """Where it went."""
        return await self.merged_into_for(asker(info))

    async def merged_into_for(self, caller: Caller) -> Ticket | None:
        """Where it went; that one has the same owner, but a closed account has only its complaints left (5.2)."""
        if self.row.merged_into_id is None:
            return None
        found = await batches.load(_tickets, self.row.merged_into_id)
        hidden = caller.blocked and Scope.TICKETS_ALL not in caller.scopes and found.kind != COMPLAINT
        return None if hidden else Ticket.of(found)

    @lazy("What the customer and staff wrote, oldest first.")
    async def messages(self, first: int | None = None, after: str | None = None) -> Connection[TicketMessage]:
        """Its messages, the same for every viewer."""
        return await stream(self.row.id, EntryRow.MESSAGE, (CUSTOMER,), first, after, TicketMessage.of)

    @lazy("What happened to it, oldest first.")
    async def events(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[TicketEvent]:
        """What happened."""
        return await self.events_for(asker(info), first, after)

    async def events_for(
        self, caller: Caller, first: int | None = None, after: str | None = None
    ) -> Connection[TicketEvent]:
        """What happened, as far as a caller is told of it."""
        return await stream(
            self.row.id, EntryRow.EVENT, _heard(caller), first, after, lambda row: TicketEvent.of(row, caller.language)
        )

    @lazy(f"Internal notes, oldest first; empty without scope {Scope.TICKETS_ALL}.")
    async def notes(
        self, info: strawberry.Info, first: int | None = None, after: str | None = None
    ) -> Connection[TicketNote]:
        """What staff noted."""
        return await self.notes_for(asker(info), first, after)

    async def notes_for(
        self, caller: Caller, first: int | None = None, after: str | None = None
    ) -> Connection[TicketNote]:
        """What staff noted, for who reads everybody's tickets; nobody else's query finds a note."""
        audiences = (STAFF,) if Scope.TICKETS_ALL in caller.scopes else ()
        return await stream(self.row.id, EntryRow.NOTE, audiences, first, after, TicketNote.of)

    async def entries_for(
        self, caller: Caller, most: int, before: str | None = None, *, internal: bool = True
    ) -> tuple[list[Entry], bool]:
        """Its newest entries of every kind that a caller sees, or those before one; whether there are older ones.

        `internal` false: without what only staff see, for the customer's own pages, whoever reads them.
        """
        heard = _heard(caller) if internal else (CUSTOMER,)
        return await newest(self.row.id, heard, most, before, caller.language)

    async def newest_entry(self) -> str | None:
        """The id of the newest entry that the customer sees, by which a page knows that nothing came."""
        return await newest_id(self.row.id, (CUSTOMER,))

    @classmethod
    def of(cls, row: TicketRow) -> Ticket:
        """The public form of a row."""
        days = settings.current().tickets.reopen_days
        reopens = row.closed_at is not None and row.merged_into_id is None
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            number=row.number,
            kind=TicketKind(row.kind),
            subject=row.subject,
            status=TicketStatus(row.status),
            priority=TicketPriority(row.priority),
            opened_at=row.opened_at,
            opened_by_staff=row.opened_by_staff,
            first_answer_due_at=row.first_answer_due_at,
            first_answered_at=row.first_answered_at,
            waiting_since=row.waiting_since,
            due_at=row.due_at,
            last_message_at=row.last_message_at,
            closed_at=row.closed_at,
            reopenable_until=reopenable_until(row.closed_at, days) if reopens and row.closed_at else None,
            rating=row.rating,
            rating_comment=row.rating_comment,
            row=row,
        )


@strawberry.input(description="A new ticket with its first message.")
class OpenTicketInput:
    kind: TicketKind = strawberry.field(description="What it is about.")
    subject: str = strawberry.field(description="One line of at most 200 characters; plain text.")
    body: str = strawberry.field(description="Markdown of at most 20,000 characters.")
    license_id: strawberry.ID | None = strawberry.field(
        default=None, description="The license that it is about; a TECHNICAL one needs it."
    )
    priority: TicketPriority = strawberry.field(default=TicketPriority.NORMAL, description="How urgent it is to you.")
    idempotency_key: str | None = strawberry.field(default=None, description="Your own name for this act.")
    attachment_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Files that were uploaded before, by their ids; the message takes them."
    )
    account_id: strawberry.ID | None = strawberry.field(
        default=None, description=f"For staff: the account to write to. Needs: scope {Scope.TICKETS_MANAGE}."
    )


@strawberry.type(description="What came of opening, answering, closing or rating a ticket.")
class TicketPayload:
    ticket: Ticket | None = strawberry.field(default=None, description="The ticket; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
