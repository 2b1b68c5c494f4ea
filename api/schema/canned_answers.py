"""Nouns of canned answers, the texts that staff answer with often."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from api import batches
from api.models import ids
from api.models.people import Person
from api.models.tickets import CannedAnswer as Row
from api.rules.canned_answers import VARIABLES, mark
from api.schema.common import Node, UserError, lazy
from api.schema.tickets import TicketKind

# As they are written in a text.
CANNED_VARIABLES = tuple(map(mark, VARIABLES))


async def _people(keys: list[UUID]) -> list[Person]:
    return await batches.by_id(Person, keys)


@strawberry.type(description="A text that staff answer with often.")
class CannedAnswer(Node):
    title: str = strawberry.field(description="What it is picked by; unique.")
    body: str = strawberry.field(
        description=f"Markdown, not filled in; its only variables are {', '.join(CANNED_VARIABLES)}."
    )
    kind: TicketKind | None = strawberry.field(description="Which tickets it is for; null: every kind.")
    changed_at: datetime = strawberry.field(description="When it was written or changed last.")
    row: strawberry.Private[Row]

    @lazy("Who wrote or changed it last.")
    async def changed_by(self) -> str | None:
        """The name of the member of staff; None when a command did it."""
        if self.row.changed_by_id is None:
            return None
        return (await batches.load(_people, self.row.changed_by_id)).called

    @classmethod
    def of(cls, row: Row) -> CannedAnswer:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            title=row.title,
            body=row.body,
            kind=TicketKind(row.kind) if row.kind else None,
            changed_at=row.changed_at,
            row=row,
        )


@strawberry.type(description="What came of saving or deleting a canned answer.")
class CannedAnswerPayload:
    canned_answer: CannedAnswer | None = strawberry.field(
        default=None, description="It, as saved or as it was; null when refused."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
