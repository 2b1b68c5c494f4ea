"""Objects that an argument names, held by a transaction until its end."""

from __future__ import annotations

from strawberry import ID
from tortoise.expressions import Q

from api import invoicing
from api.models import ids
from api.models.licenses import License
from api.refusal import Problem, Refusal, UserErrorCode


async def seen_license(license_id: ID, seen: Q) -> License:
    """The license that an argument names among those that are seen."""
    key = ids.key_of(str(license_id), License.PREFIX)
    row = await License.filter(seen, id=key).first() if key else None
    if row is None:
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.license_unknown", ("license_id",)))
    return row


async def held_license(license_id: ID, seen: Q) -> License:
    """The same, its account held by this transaction."""
    row = await seen_license(license_id, seen)
    await invoicing.lock_account(row.account_id)
    return await License.get(id=row.id).select_related("product")
