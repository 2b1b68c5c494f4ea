"""Nouns of free installations (5.1.1)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from api import batches
from api.caller import Caller
from api.models import ids
from api.models.licenses import InstallationRequest as RequestRow
from api.models.licenses import License as LicenseRow
from api.models.licenses import VaultAccess as AccessRow
from api.models.licenses import VaultSecret
from api.schema.common import Node, UserError, asker, lazy

if TYPE_CHECKING:
    from api.schema.licenses import License


@strawberry.enum(description="Where a request stands.")
class InstallationStatus(StrEnum):
    REQUESTED = "REQUESTED"
    SCHEDULED = "SCHEDULED"
    DONE = "DONE"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"


@strawberry.type(description="One touch of the access data in the vault.")
class VaultAccess:
    act: str = strawberry.field(description="DEPOSIT, READ or DESTROY.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: AccessRow) -> VaultAccess:
        """The public form of a row."""
        return cls(act=row.act, at=row.at)


async def _licenses(keys: list[UUID]) -> list[LicenseRow]:
    return await batches.by_id(LicenseRow, keys)


async def _secrets(keys: list[UUID]) -> list[list[VaultSecret]]:
    return await batches.grouped(VaultSecret, "request_id", keys, "deposited_at")


@strawberry.type(description="The wish for the free installation of a license.")
class InstallationRequest(Node):
    status: InstallationStatus = strawberry.field(description="Where it stands.")
    requested_at: datetime = strawberry.field(description="When it was asked for; that is what the window counts.")
    scheduled_for: datetime | None = strawberry.field(description="When it will be done.")
    note: str | None = strawberry.field(description="What the customer wrote; holds no access data.")
    answer: str | None = strawberry.field(description="What staff answered.")
    row: strawberry.Private[RequestRow]

    @lazy("The license that is to be installed.")
    async def license(self, info: strawberry.Info) -> Annotated[License, strawberry.lazy("api.schema.licenses")]:
        """The license, as the viewer may see it."""
        return await self.license_for(asker(info))

    async def license_for(self, caller: Caller) -> License:
        """The license, as a caller may see it."""
        from api.schema.licenses import License as Noun

        return Noun.of(await batches.load(_licenses, self.row.license_id), caller)

    @lazy("Until when access data lie in the vault; null when none do.")
    async def access_until(self) -> datetime | None:
        """When what was deposited destroys itself."""
        rows = await batches.load(_secrets, self.row.id)
        return next((row.expires_at for row in reversed(rows) if row.destroyed_at is None), None)

    @lazy("Every touch of the access data, oldest first.")
    async def vault_accesses(self) -> list[VaultAccess]:
        """Who touched them is kept; when, the customer sees."""
        rows = await AccessRow.filter(secret__request_id=self.row.id).order_by("at", "id")
        return [VaultAccess.of(row) for row in rows]

    @classmethod
    def of(cls, row: RequestRow) -> InstallationRequest:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            status=InstallationStatus(row.status),
            requested_at=row.requested_at,
            scheduled_for=row.scheduled_for,
            note=row.note,
            answer=row.answer,
            row=row,
        )


@strawberry.type(description="What came of asking for, scheduling or closing an installation.")
class InstallationRequestPayload:
    request: InstallationRequest | None = strawberry.field(default=None, description="The request; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="What was read from the vault; it is destroyed with this answer.")
class VaultPayload:
    access: str | None = strawberry.field(default=None, description="The access data; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
