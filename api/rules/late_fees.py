"""The fee for paying late: when it is added, how much it is, what staff may set (agreement 5.3.1; domain-tr 1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from api.money import BASIS_POINTS, half_up, minor_units
from api.refusal import Inspection, Refusal, UserErrorCode
from api.rules.billing import amount, price

MOST_GRACE_DAYS = 365


class FeeKind(StrEnum):
    """Whether the fee is a share of what is owed or the same for every invoice."""

    PERCENT = "percent"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """A rule of staff: the rate in basis points or the sum, its bounds (net minor units), days without a fee."""

    kind: FeeKind
    rate_bp: int
    fixed_minor: int
    minimum_minor: int
    maximum_minor: int | None
    grace_days: int


def fee_day(due_on: date, grace_days: int, paused_days: int = 0) -> date:
    """The first day on which the fee is added; days on which the invoice was disputed do not count."""
    return due_on + timedelta(days=grace_days + paused_days + 1)


def outstanding_net(net_minor: int, gross_minor: int, balance_minor: int) -> int:
    """The share of an invoice's net that its open gross balance stands for, rounded half up.

    Give net and gross without late fees: a balance above that gross is fees, which bear none themselves.
    """
    owed = max(0, min(balance_minor, gross_minor))
    return half_up(net_minor * owed, gross_minor) if owed else 0


def fee_minor(terms: FeeTerms, outstanding_net_minor: int) -> int:
    """The net fee in minor units, rounded half up and within its bounds; VAT is added to it (law 3065, art. 24/c)."""
    if outstanding_net_minor <= 0:
        return 0
    by_rate = terms.kind is FeeKind.PERCENT
    fee = half_up(outstanding_net_minor * terms.rate_bp, BASIS_POINTS) if by_rate else terms.fixed_minor
    fee = max(fee, terms.minimum_minor)
    return fee if terms.maximum_minor is None else min(fee, terms.maximum_minor)


def _rate(percent: Decimal | None) -> int:
    if percent is None:
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    rate_bp = minor_units(percent)
    if rate_bp is None or not 0 < rate_bp <= BASIS_POINTS:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.late_fee_percent")
    return rate_bp


def _maximum(value: Decimal, minimum_minor: int) -> int:
    maximum_minor = amount(value)
    if maximum_minor < minimum_minor:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.late_fee_maximum")
    return maximum_minor


def _grace(days: int) -> int:
    if not 0 <= days <= MOST_GRACE_DAYS:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.grace_days", high=MOST_GRACE_DAYS)
    return days


def fee_terms(
    kind: FeeKind,
    percent: Decimal | None,
    fixed: Decimal | None,
    minimum: Decimal | None,
    maximum: Decimal | None,
    grace_days: int,
) -> FeeTerms:
    """The rule that staff typed, amounts in major units; what belongs to the other kind is not looked at."""
    found = Inspection()
    rate_bp = found.check("percent", _rate, percent) if kind is FeeKind.PERCENT else 0
    fixed_minor = found.check("fixed", amount, fixed) if kind is FeeKind.FIXED else 0
    minimum_minor = 0 if minimum is None else found.check("minimum", price, minimum)
    maximum_minor = None if maximum is None else found.check("maximum", _maximum, maximum, minimum_minor or 0)
    grace = found.check("grace_days", _grace, grace_days)
    if found.problems or rate_bp is None or fixed_minor is None or minimum_minor is None or grace is None:
        raise found.refusal()
    return FeeTerms(kind, rate_bp, fixed_minor, minimum_minor, maximum_minor, grace)
