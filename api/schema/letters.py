"""Nouns of letters."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.models import ids
from api.models.letters import Letter as LetterRow
from api.schema.common import Node


@strawberry.type(description="A letter that was sent to the caller (agreement, article 7).")
class Letter(Node):
    kind: str = strawberry.field(description="What it tells of, e.g. invoice_reminder.")
    subject: str = strawberry.field(description="Its subject.")
    text: str = strawberry.field(description="As sent, its links' secrets taken out.")
    sent_at: datetime = strawberry.field(description="When it was handed to the mail server.")
    sha256: str = strawberry.field(description="SHA-256 of the text as sent, in hex.")

    @classmethod
    def of(cls, row: LetterRow) -> Letter:
        """The public form of a row that was sent."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            kind=row.kind,
            subject=row.subject or "",
            text=row.text or "",
            sent_at=row.sent_at or row.created_at,
            sha256=row.sha256 or "",
        )
