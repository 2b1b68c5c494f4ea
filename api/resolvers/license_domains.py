"""Verbs of a license's one domain (definitions, article 3): binding it, and moving it within the yearly allowance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from strawberry import ID
from tortoise.expressions import Q

from api import clock, settings, validating
from api.access import needs, needs_any, own_account, visible_to
from api.audit import Act
from api.caller import Caller, Scope
from api.holding import held_license, seen_license
from api.models.licenses import License as LicenseRow
from api.models.licenses import LicenseEvent
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing as rules
from api.rules import domains
from api.schema.licenses import DOMAIN_CHANGED, License, LicensePayload, moves_since

MOVABLE = frozenset({LicenseRow.PENDING, LicenseRow.ACTIVE})


@dataclass(frozen=True, slots=True)
class Allowance:
    """Moves by the owner in 365 days: so many may be, so many are left, `since` is the beginning of what counts.

    `again`: the day on which the next one is possible; None while one is left, and where none ever is.
    """

    most: int
    left: int
    since: datetime
    again: date | None


@dataclass(frozen=True, slots=True)
class Move:
    """A change of domain as it would be made."""

    domain: domains.Domain
    reason: str
    old_until: datetime


@needs(Scope.LICENSES_WRITE)
async def bind_license_domain(caller: Caller, license_id: ID, domain: str) -> LicensePayload:
    """Binds a license of one's own to the one domain on which it may run (article 3); once."""
    account_id = own_account(caller)
    found = Inspection()
    own = found.check("domain", domains.domain, domain)
    async with writing(caller) as work:
        row = await held_license(license_id, Q(account_id=account_id))
        if found.problems or own is None:
            raise found.refusal()
        if row.domain_ascii == own.ascii:
            work.record(Act.LICENSE_BIND, f"license:{row.id.hex}", repeated="yes")
            return LicensePayload(license=License.of(row, caller))
        if row.domain_ascii is not None:
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.domain_bound", ("domain",)))
        if row.status == LicenseRow.CANCELLED:
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.license_cancelled", ("license_id",)))
        await validating.bind(work, row, own, Act.LICENSE_BIND, "BOUND")
    return LicensePayload(license=License.of(row, caller))


@needs_any(Scope.LICENSES_WRITE, Scope.LICENSES_MANAGE)
async def change_license_domain(caller: Caller, license_id: ID, domain: str, reason: str) -> LicensePayload:
    """Moves a license to another domain of its owner, within the yearly allowance; staff may at any time.

    The old domain is still answered for some hours (DOMAIN_MOVE_HOURS), so that a site can be moved without a gap.
    """
    found = Inspection()
    new, why = found.check("domain", domains.domain, domain), found.check("reason", rules.reason, reason)
    async with writing(caller) as work:
        row = await held_license(license_id, visible_to(caller, Scope.LICENSES_WRITE, Scope.LICENSES_MANAGE))
        if found.problems or new is None:
            raise found.refusal()
        await _may_move(caller, row, new)
        row.moved_from_ascii, row.moved_until = row.domain_ascii, _old_until()
        await validating.bind(work, row, new, Act.LICENSE_MOVE, DOMAIN_CHANGED, why)
    return LicensePayload(license=License.of(row, caller))


@needs_any(Scope.LICENSES_WRITE, Scope.LICENSES_MANAGE)
async def review_domain_change(caller: Caller, license_id: ID, domain: str, reason: str) -> Move:
    """What `change_license_domain` would do, refused for the same reasons; changes nothing. For the site."""
    found = Inspection()
    new, why = found.check("domain", domains.domain, domain), found.check("reason", rules.reason, reason)
    row = await seen_license(license_id, visible_to(caller, Scope.LICENSES_WRITE, Scope.LICENSES_MANAGE))
    if found.problems or new is None or why is None:
        raise found.refusal()
    await _may_move(caller, row, new)
    return Move(new, why, _old_until())


@needs_any(Scope.LICENSES_READ, Scope.LICENSES_ALL)
async def move_allowance(_: Caller, own: License) -> Allowance:
    """What is left of the yearly allowance of a license, one that the caller was shown; for the site."""
    return await _allowance(own.row)


def _old_until() -> datetime:
    return clock.now() + timedelta(hours=settings.current().licensing.move_hours)


async def _allowance(row: LicenseRow) -> Allowance:
    most, since = settings.current().licensing.domain_changes, moves_since()
    moves = await LicenseEvent.filter(license_id=row.id, kind=DOMAIN_CHANGED, by_staff=False, at__gt=since).order_by(
        "at"
    )
    left = max(0, most - len(moves))
    # The move whose 365 days have to end first; the allowance may have been larger once.
    again = moves[len(moves) - most].at + timedelta(days=365) if most and not left else None
    return Allowance(most, left, since, clock.local(again).date() if again else None)


async def _may_move(caller: Caller, row: LicenseRow, new: domains.Domain) -> None:
    """Refuse what is no move, and one more than the allowance of 365 days has; staff have no such limit for others."""
    if row.status not in MOVABLE:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.license_state", ("license_id",)))
    if row.domain_ascii is None:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.domain_unbound", ("license_id",)))
    if row.domain_ascii == new.ascii:
        raise Refusal(Problem(UserErrorCode.ALREADY_EXISTS, "refusals.domain_same", ("domain",)))
    if Scope.LICENSES_MANAGE in caller.scopes and row.account_id != caller.account_id:
        return
    allowance = await _allowance(row)
    if allowance.left:
        return
    values = {"changes": allowance.most, "day": allowance.again}
    message = "refusals.domain_changes" if allowance.again else "refusals.domain_fixed"
    raise Refusal(Problem(UserErrorCode.DOMAIN_CHANGE_LIMIT, message, ("domain",), values))
