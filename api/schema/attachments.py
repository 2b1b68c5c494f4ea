"""Nouns of attachments."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from api import batches
from api.models import ids
from api.models.attachments import Attachment as AttachmentRow
from api.schema.common import Node, UserError


@strawberry.type(description="A file on a message.")
class Attachment(Node):
    filename: str = strawberry.field(description="Its name, cleaned of what file systems or readers stumble over.")
    content_type: str = strawberry.field(description="By its first bytes, never as its sender called it.")
    size: int = strawberry.field(description="Bytes.")
    row: strawberry.Private[AttachmentRow]

    @classmethod
    def of(cls, row: AttachmentRow) -> Attachment:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            filename=row.filename,
            content_type=row.content_type,
            size=row.size,
            row=row,
        )


async def _by_message(keys: list[UUID]) -> list[list[AttachmentRow]]:
    return await batches.grouped(AttachmentRow, "message_id", keys, "created_at", "id")


async def attachments_of(message_id: UUID) -> list[Attachment]:
    """The attachments of a message that the viewer may see, in the order of their upload."""
    return [Attachment.of(row) for row in await batches.load(_by_message, message_id)]


@strawberry.type(description="An attachment, or what to mend.")
class AttachmentPayload:
    attachment: Attachment | None = strawberry.field(default=None, description="Null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="A link to an attachment's bytes.")
class AttachmentLinkPayload:
    url: str | None = strawberry.field(default=None, description="Good for one download; null when refused.")
    expires_at: datetime | None = strawberry.field(default=None, description="Until when it is good.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
