"""Nouns of downloads."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.schema.common import UserError


@strawberry.type(description="A link to a release's file.")
class DownloadLinkPayload:
    url: str | None = strawberry.field(
        default=None,
        description="Good for one download, which may be resumed (`Range: bytes=N-`) from the same network; null when "
        "refused.",
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when the download must have begun; its rest may be fetched for an hour more."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
