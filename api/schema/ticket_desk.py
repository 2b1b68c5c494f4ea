"""Nouns of the desk: the queues of tickets, and who of staff has one before them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import strawberry

from api.models.tickets import TicketPresence as PresenceRow
from api.schema.common import UserError


@strawberry.enum(description="Which of the tickets that wait for staff.")
class TicketQueue(StrEnum):
    ALL = "ALL"
    MINE = "MINE"
    UNASSIGNED = "UNASSIGNED"


@strawberry.type(description="Somebody of staff who has a ticket before them.")
class TicketPresence:
    name: str = strawberry.field(description="Who.")
    writing: bool = strawberry.field(description="Whether they are writing an answer.")
    seen_at: datetime = strawberry.field(description="When they were last seen there.")

    @classmethod
    def of(cls, row: PresenceRow) -> TicketPresence:
        """The public form of a row read with its person."""
        return cls(name=row.person.called, writing=row.writing_since is not None, seen_at=row.seen_at)


@strawberry.type(description="What came of saying that one has a ticket before oneself.")
class TicketPresencePayload:
    others: list[TicketPresence] | None = strawberry.field(
        default=None,
        description="Who else of staff has it before them, first those who are writing; null when refused.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
