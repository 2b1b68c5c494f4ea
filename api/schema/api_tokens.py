"""Nouns of API tokens."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.models import ids
from api.models.sessions import ApiToken as ApiTokenRow
from api.schema.common import Node, UserError


@strawberry.type(description="A token for scripts, of one person; it never does more than that person may do today.")
class ApiToken(Node):
    name: str = strawberry.field(description="What its owner calls it.")
    prefix: str = strawberry.field(description="Its first 8 characters; the rest is shown once, when it is made.")
    scopes: list[str] = strawberry.field(description="What it was made for, e.g. licenses:read.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends by itself; null: when it is revoked.")
    last_used_at: datetime | None = strawberry.field(
        description="The minute of its last use, known a few seconds later; null: never used."
    )

    @classmethod
    def of(cls, row: ApiTokenRow) -> ApiToken:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            name=row.name,
            prefix=row.prefix,
            scopes=row.scopes,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
        )


@strawberry.type(description="A token just made.")
class CreateApiTokenPayload:
    token: str | None = strawberry.field(default=None, description="Shown once; send it as a bearer token.")
    api_token: ApiToken | None = strawberry.field(default=None, description="The token as lists show it.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="What came of revoking a token.")
class ApiTokenPayload:
    api_token: ApiToken | None = strawberry.field(default=None, description="The token; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
