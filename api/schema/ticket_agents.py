"""Nouns of those who answer tickets."""

from __future__ import annotations

from uuid import UUID

import strawberry

from api.models.people import Staff


@strawberry.type(description="Somebody of staff who may answer tickets, and be given them.")
class TicketAgent:
    name: str = strawberry.field(description="Who; the address of one whose name is not known.")
    email: str = strawberry.field(description="What `assignTicket` takes.")
    person_id: strawberry.Private[UUID]

    @classmethod
    def of(cls, row: Staff) -> TicketAgent:
        """The public form of a row read with its person."""
        return cls(name=row.person.called, email=row.person.email, person_id=row.person_id)
