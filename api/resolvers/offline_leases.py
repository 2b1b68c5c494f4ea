"""A lease for a machine without a network, downloaded by the license's owner."""

from __future__ import annotations

from strawberry import ID
from tortoise.expressions import Q

from api import settings, validating
from api.access import needs, own_account
from api.audit import Act
from api.caller import Caller, Scope
from api.holding import held_license
from api.perform import writing
from api.refusal import Problem, Refusal, UserErrorCode
from api.schema.licenses import LeasePayload
from api.settling import note

ISSUED = "LEASE_ISSUED"


@needs(Scope.LICENSES_WRITE)
async def issue_offline_lease(caller: Caller, license_id: ID, days: int) -> LeasePayload:
    """Signs a lease of so many days for a license's domain; nothing but its end takes it back."""
    account_id = own_account(caller)
    most = settings.current().licensing.offline_days
    async with writing(caller) as work:
        row = await held_license(license_id, Q(account_id=account_id))
        if not 1 <= days <= most:
            problem = Problem(UserErrorCode.INVALID, "refusals.lease_days", ("days",), {"most": most})
            raise Refusal(problem)
        if row.domain_ascii is None:
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.domain_unbound", ("license_id",)))
        made = await validating.offline_lease(row, days)
        if made is None:
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.license_state", ("license_id",)))
        await note(work, row, Act.LEASE_ISSUE, ISSUED)
    return LeasePayload(lease=made[0], expires_at=made[1])
