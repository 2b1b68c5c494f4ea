"""Nouns of announcements (8.2)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import strawberry

from api import batches
from api.models import ids
from api.models.announcements import Announcement as AnnouncementRow
from api.schema.catalog import Product, products_by_id
from api.schema.common import Node, UserError, lazy


@strawberry.enum(description="What an announcement is about; SUPPORT_EXTENSION gives answers more time (8.2).")
class AnnouncementKind(StrEnum):
    GENERAL = "GENERAL"
    SUPPORT_EXTENSION = "SUPPORT_EXTENSION"
    SECURITY = "SECURITY"
    MAINTENANCE = "MAINTENANCE"


@strawberry.type(description="What all customers, or those of a product, are told.")
class Announcement(Node):
    kind: AnnouncementKind = strawberry.field(description="What it is about.")
    title: str = strawberry.field(description="One line.")
    html: str = strawberry.field(description="Sanitised HTML.")
    published_at: datetime = strawberry.field(description="When it was published.")
    starts_at: datetime | None = strawberry.field(description="When what it tells of begins.")
    ends_at: datetime | None = strawberry.field(description="When that ends; it is listed no longer then.")
    maximum_first_answer_minutes: int | None = strawberry.field(
        description="Of an extension: within how many support minutes a first answer is promised while it holds."
    )
    withdrawn_at: datetime | None = strawberry.field(description="When it was taken back.")
    row: strawberry.Private[AnnouncementRow]

    @lazy("The product it is about; null: every one.")
    async def product(self) -> Product | None:
        """The product it is about."""
        key = self.row.product_id
        return await batches.load(products_by_id, key) if key else None

    @classmethod
    def of(cls, row: AnnouncementRow) -> Announcement:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            kind=AnnouncementKind(row.kind),
            title=row.title,
            html=row.html,
            published_at=row.published_at,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            maximum_first_answer_minutes=row.maximum_minutes,
            withdrawn_at=row.withdrawn_at,
            row=row,
        )


@strawberry.input(
    description="An announcement; an extension of the answer time is one, and is published with it (8.2)."
)
class PublishAnnouncementInput:
    kind: AnnouncementKind = strawberry.field(description="What it is about.")
    title: str = strawberry.field(description="One line, 3-200 characters.")
    body: str = strawberry.field(description="Markdown.")
    starts_at: datetime | None = strawberry.field(
        default=None, description="When what it tells of begins; an extension at once when absent or past."
    )
    ends_at: datetime | None = strawberry.field(
        default=None, description="When that ends; an extension must, within SUPPORT_EXTENSION_DAYS."
    )
    maximum_first_answer_minutes: int | None = strawberry.field(
        default=None, description="Of an extension, and only of one: support minutes, more than usual, up to 10,080."
    )
    product_id: strawberry.ID | None = strawberry.field(
        default=None, description="The product it is about; never of an extension."
    )
    send_letters: bool = strawberry.field(
        default=False,
        description="Whether owners of accounts get a letter: those with a license of the product, or all.",
    )
    dry_run: bool = strawberry.field(
        default=False, description="Only checks, and says what would move; publishes nothing."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key with the same input answers the first announcement again."
    )


@strawberry.type(description="What came of publishing or withdrawing an announcement.")
class AnnouncementPayload:
    announcement: Announcement | None = strawberry.field(
        default=None, description="The announcement; null when refused, and of a dry run."
    )
    moved_promises: int | None = strawberry.field(
        default=None, description="How many open promises an extension moved, or would move."
    )
    latest_due_at: datetime | None = strawberry.field(
        default=None, description="Until when the latest of these is promised now."
    )
    letters: int | None = strawberry.field(default=None, description="To how many owners a letter goes.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
