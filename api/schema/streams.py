"""Nouns of a ticket's stream: what was written, what happened, and what only staff see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from api import batches
from api.i18n import Language, translate
from api.letters import moment
from api.models import ids
from api.models.tickets import TicketMessage as EntryRow
from api.refusal import DenialCode, Denied
from api.schema.attachments import Attachment, attachments_of
from api.schema.common import Node, lazy
from api.schema.paging import Connection, connected, size_of

T = TypeVar("T")


@strawberry.type(description="What the customer or staff wrote; both see it.")
class TicketMessage(Node):
    author: str = strawberry.field(description="As its author was called when it was written.")
    from_staff: bool = strawberry.field(description="Whether the vendor's people wrote it.")
    body: str = strawberry.field(description="Markdown, as it was written.")
    html: str = strawberry.field(description="Sanitized HTML.")
    sent_at: datetime = strawberry.field(description="When.")
    row: strawberry.Private[EntryRow]

    @lazy("The files on it, in the order of their upload.")
    async def attachments(self) -> list[Attachment]:
        """Its files."""
        return await attachments_of(self.row.id)

    @classmethod
    def of(cls, row: EntryRow) -> TicketMessage:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            author=row.author_name,
            from_staff=row.from_staff,
            body=row.body,
            html=row.html,
            sent_at=row.sent_at,
            row=row,
        )


@strawberry.type(description="An internal note; only staff see it.")
class TicketNote:
    id: strawberry.ID = strawberry.field(description="Opaque.")
    author: str = strawberry.field(description="As its author was called when it was written.")
    body: str = strawberry.field(description="Markdown, as it was written.")
    html: str = strawberry.field(description="Sanitized HTML.")
    sent_at: datetime = strawberry.field(description="When.")
    row: strawberry.Private[EntryRow]

    @lazy("The files that were sent with it.")
    async def attachments(self) -> list[Attachment]:
        """Its attachments."""
        return await attachments_of(self.row.id)

    @classmethod
    def of(cls, row: EntryRow) -> TicketNote:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            author=row.author_name,
            body=row.body,
            html=row.html,
            sent_at=row.sent_at,
            row=row,
        )


@strawberry.type(description="Something that happened to a ticket.")
class TicketEvent:
    kind: str = strawberry.field(description="closed, reopened, rated or another.")
    text: str = strawberry.field(description="A sentence on it in the request's language.")
    author: str | None = strawberry.field(description="Who did it; null when nobody did.")
    from_staff: bool = strawberry.field(description="Whether the vendor's people did it.")
    staff_only: bool = strawberry.field(description="Whether the customer is not told of it.")
    sent_at: datetime = strawberry.field(description="When.")
    row: strawberry.Private[EntryRow]

    @classmethod
    def of(cls, row: EntryRow, language: Language) -> TicketEvent:
        """The public form of a row, told in a language."""
        values = {name: _told(language, name, value) for name, value in row.details.items()}
        return cls(
            kind=row.event or "",
            text=translate(language, f"tickets.event.{row.event}", **values),
            author=row.author_name or None,
            from_staff=row.from_staff,
            staff_only=row.audience != "CUSTOMER",
            sent_at=row.sent_at,
            row=row,
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a stream as the site shows it: what it is, and an id to go on from."""

    id: str
    told: TicketMessage | TicketNote | TicketEvent

    @classmethod
    def of(cls, row: EntryRow, language: Language) -> Entry:
        """The shown form of a row."""
        told: TicketMessage | TicketNote | TicketEvent
        if row.kind == EntryRow.EVENT:
            told = TicketEvent.of(row, language)
        else:
            told = TicketNote.of(row) if row.kind == EntryRow.NOTE else TicketMessage.of(row)
        return cls(ids.public(row.PREFIX, row.id), told)


async def newest(
    ticket_id: UUID, audiences: tuple[str, ...], most: int, before: str | None, language: Language
) -> tuple[list[Entry], bool]:
    """The newest entries, or those before one of them, in their one order; and whether there are older ones."""
    own = EntryRow.filter(ticket_id=ticket_id, audience__in=audiences)
    if before is not None:
        key = ids.key_of(before, EntryRow.PREFIX)
        place = await own.get_or_none(id=key) if key else None
        if place is None:
            raise Denied(DenialCode.BAD_REQUEST)
        own = own.filter(position__lt=place.position)
    found = await own.order_by("-position").limit(most + 1)
    return [Entry.of(row, language) for row in reversed(found[:most])], len(found) > most


async def newest_id(ticket_id: UUID, audiences: tuple[str, ...]) -> str | None:
    """The id of the newest entry."""
    own = EntryRow.filter(ticket_id=ticket_id, audience__in=audiences).order_by("-position")
    found = await own.first()
    return ids.public(found.PREFIX, found.id) if found else None


# Details of events whose values are words of the schema.
_WORDS = {"kind", "status", "priority"}


def _told(language: Language, name: str, value: Any) -> str:
    """A detail as people read it: words of the schema in their language, what ends in `_at` as an instant."""
    if name in _WORDS:
        return translate(language, f"tickets.{name}.{value}")
    if name.endswith("_at"):
        return moment(datetime.fromisoformat(value), language)
    return str(value)


@lru_cache(maxsize=512)
def _reader(kind: str, audiences: tuple[str, ...], after: int, most: int) -> batches.Load[list[EntryRow]]:
    """The same function for the same page, so that many tickets ask for theirs together."""

    async def read(keys: list[UUID]) -> list[list[EntryRow]]:
        found: dict[UUID, list[EntryRow]] = defaultdict(list)
        for row in await EntryRow.first_of(list(dict.fromkeys(keys)), kind, audiences, after, most):
            found[row.ticket_id].append(row)
        return [found[key] for key in keys]

    return read


@lru_cache(maxsize=16)
def _counter(kind: str, audiences: tuple[str, ...]) -> batches.Load[int]:
    async def count(keys: list[UUID]) -> list[int]:
        counted = await EntryRow.count_of(list(dict.fromkeys(keys)), kind, audiences)
        return [counted.get(key, 0) for key in keys]

    return count


async def _rows(keys: list[UUID]) -> list[EntryRow | None]:
    found = {row.id: row for row in await EntryRow.filter(id__in=set(keys))}
    return [found.get(key) for key in keys]


async def _place(ticket_id: UUID, kind: str, audiences: tuple[str, ...], cursor: str | None) -> int:
    """The position of the entry that a cursor names: its id, since positions tell how much lies between."""
    if cursor is None:
        return 0
    key = ids.key_of(cursor, EntryRow.PREFIX)
    row = await batches.load(_rows, key) if key else None
    if row is None or row.ticket_id != ticket_id or row.kind != kind or row.audience not in audiences:
        raise Denied(DenialCode.BAD_REQUEST)
    return row.position


async def stream(
    ticket_id: UUID,
    kind: str,
    audiences: tuple[str, ...],
    first: int | None,
    after: str | None,
    of: Callable[[EntryRow], T],
) -> Connection[T]:
    """A page of a ticket's entries of one kind, in order of position; tickets of one answer ask together."""
    size = size_of(first)
    place = await _place(ticket_id, kind, audiences, after)
    found = await batches.load(_reader(kind, audiences, place, size + 1), ticket_id)
    rows = found[:size]

    async def counted() -> int:
        return await batches.load(_counter(kind, audiences), ticket_id)

    return connected(rows, [of(row) for row in rows], _cursor_of, after, counted, more=len(found) > size)


def _cursor_of(row: EntryRow) -> str:
    return ids.public(row.PREFIX, row.id)
