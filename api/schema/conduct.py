"""Nouns of measures for conduct (5.2)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import strawberry

from api import batches
from api.models import ids
from api.models.conduct import ConductCase as CaseRow
from api.models.people import Person
from api.models.tickets import Ticket as TicketRow
from api.models.tickets import TicketMessage as MessageRow
from api.schema.accounts import SCOPES_OF_ACCOUNTS, Account, account_behind
from api.schema.common import Node, UserError, lazy


@strawberry.enum(description="What is done to an account for conduct (5.2).")
class ConductMeasure(StrEnum):
    SUSPEND = "SUSPEND"
    TERMINATE = "TERMINATE"


@strawberry.enum(description="Where a proposal stands.")
class ConductStatus(StrEnum):
    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


@strawberry.type(description="A message that shows what a measure is proposed for.")
class ConductEvidence:
    message_id: strawberry.ID = strawberry.field(description="The message's id.")
    ticket_number: str = strawberry.field(description="The number of its ticket.")
    author: str = strawberry.field(description="Who wrote it.")
    from_staff: bool = strawberry.field(description="Whether they work for the vendor.")
    body: str = strawberry.field(description="What they wrote, as they wrote it.")
    sent_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: MessageRow, ticket: TicketRow) -> ConductEvidence:
        """The public form of a row."""
        return cls(
            message_id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            ticket_number=ticket.number,
            author=row.author_name,
            from_staff=row.from_staff,
            body=row.body,
            sent_at=row.sent_at,
        )


async def _evidence(keys: list[UUID]) -> list[list[MessageRow]]:
    cases = await CaseRow.filter(id__in=set(keys)).prefetch_related("evidence__ticket")
    found = {case.id: sorted(case.evidence, key=lambda row: (row.sent_at, row.position)) for case in cases}
    return [found[key] for key in keys]


async def _people(keys: list[UUID]) -> list[Person]:
    return await batches.by_id(Person, keys)


async def _name(key: UUID) -> str:
    return (await batches.load(_people, key)).called


@strawberry.type(description="A proposal to suspend or terminate an account for conduct; another person decides.")
class ConductCase(Node):
    measure: ConductMeasure = strawberry.field(description="What is proposed.")
    status: ConductStatus = strawberry.field(description="Where it stands.")
    reason: str = strawberry.field(description="Why; the customer reads it once it is approved.")
    proposed_at: datetime = strawberry.field(description="When it was proposed.")
    decided_at: datetime | None = strawberry.field(description="When it was decided or withdrawn.")
    decision_reason: str | None = strawberry.field(description="Why it was decided so.")
    row: strawberry.Private[CaseRow]

    @lazy(f"Whose conduct it is about. {SCOPES_OF_ACCOUNTS}")
    async def account(self, info: strawberry.Info) -> Account:
        """Whose conduct it is about."""
        return await account_behind(self.row.account_id, info)

    @lazy("Who proposed it.")
    async def proposed_by(self) -> str:
        """Their name, or their address where they have none."""
        return await _name(self.row.proposed_by_id)

    @lazy("Who decided; null while nobody has.")
    async def decided_by(self) -> str | None:
        """Their name, or their address where they have none."""
        return await _name(self.row.decided_by_id) if self.row.decided_by_id else None

    @lazy("The messages that show it, oldest first.")
    async def evidence(self) -> list[ConductEvidence]:
        """The messages that show it."""
        return [ConductEvidence.of(row, row.ticket) for row in await batches.load(_evidence, self.row.id)]

    @classmethod
    def of(cls, row: CaseRow) -> ConductCase:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            measure=ConductMeasure(row.measure),
            status=ConductStatus(row.status),
            reason=row.reason,
            proposed_at=row.proposed_at,
            decided_at=row.decided_at,
            decision_reason=row.decision_reason,
            row=row,
        )


@strawberry.type(description="What came of proposing, deciding or withdrawing.")
class ConductCasePayload:
    case: ConductCase | None = strawberry.field(default=None, description="The proposal; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
