"""Nouns of the legal texts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import strawberry

from api.models import ids
from api.models.agreements import AgreementDocument as DocumentRow
from api.schema.common import Node, UserError


@strawberry.enum(description="The kinds of legal texts.")
class DocumentKind(StrEnum):
    SERVICE_AGREEMENT = "SERVICE_AGREEMENT"
    PRIVACY_NOTICE = "PRIVACY_NOTICE"
    EXPLICIT_CONSENT = "EXPLICIT_CONSENT"
    MARKETING_CONSENT = "MARKETING_CONSENT"
    COOKIE_NOTICE = "COOKIE_NOTICE"
    REFUND_TERMS = "REFUND_TERMS"
    PRELIMINARY_INFORMATION = "PRELIMINARY_INFORMATION"
    DISTANCE_SALES = "DISTANCE_SALES"


@strawberry.type(description="One immutable version of a legal text.")
class AgreementDocument(Node):
    kind: DocumentKind = strawberry.field(description="Which text this is a version of.")
    version: str = strawberry.field(description="The vendor's name for the version, unique within its kind.")
    title: str = strawberry.field(description="Its heading.")
    html: str = strawberry.field(description="Sanitised HTML.")
    sha256: str = strawberry.field(description="SHA-256 of the Markdown that was published, in hex.")
    published_at: datetime = strawberry.field(description="When it was published; the revision date is this day.")
    effective_at: datetime = strawberry.field(
        description="publishedAt + 24 hours (service agreement 2.3), except for the first version."
    )

    @classmethod
    def of(cls, row: DocumentRow) -> AgreementDocument:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            kind=DocumentKind(row.kind),
            version=row.version,
            title=row.title,
            html=row.html,
            sha256=row.sha256,
            published_at=row.published_at,
            effective_at=row.effective_at,
        )


@strawberry.type(description="That an account is bound by a version.")
class AgreementAcceptance:
    document: AgreementDocument = strawberry.field(description="The version.")
    accepted_at: datetime = strawberry.field(description="Since when.")
    method: str = strawberry.field(description="EXPLICIT or DEEMED (2.3).")


@strawberry.input(description="A new version of a legal text.")
class PublishAgreementInput:
    kind: DocumentKind = strawberry.field(description="Which text.")
    version: str = strawberry.field(description="A name that this kind has not had yet, e.g. 2026-11-22.")
    title: str = strawberry.field(description="Its heading.")
    body: str = strawberry.field(description="Markdown.")


@strawberry.type(description="What came of publishing a version.")
class AgreementDocumentPayload:
    document: AgreementDocument | None = strawberry.field(default=None, description="The version; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
