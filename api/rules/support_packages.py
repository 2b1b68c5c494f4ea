"""Years of support and updates: how long they run and what renewing costs (agreement 5.1.2, 5.1.3; domain-tr 1.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from api.money import half_up

DAYS_PER_YEAR = 365
LAST_OF_FEBRUARY = 28

# The net yearly price, in minor units, of the k-th unpaid term (1-based), which fell due on that day.
PriceOfTerm = Callable[[int, date], int]


class BackPayMode(StrEnum):
    """What a customer pays for the time without support."""

    WHOLE_TERMS = "whole_terms"
    PRORATA = "prorata_days_plus_year"
    WAIVED = "waived"


class BackPayPrice(StrEnum):
    """Which yearly price a back payment is reckoned with: the unpaid invoice's, today's or that of its time."""

    INVOICE_OR_CURRENT = "invoice_or_current"
    CURRENT = "current"
    HISTORIC = "historic"


def years_after(anchor: date, years: int) -> date:
    """The same day so many years on; 29 February ends on the 28th in a common year (HMK 92/2, VUK 18/2)."""
    try:
        return anchor.replace(year=anchor.year + years)
    except ValueError:
        # Beyond the calendar (year 10000) the day is not what is wrong, and this raises again.
        return anchor.replace(year=anchor.year + years, day=LAST_OF_FEBRUARY)


@dataclass(frozen=True, slots=True)
class Package:
    """The support of one license: its first local day, and the years settled since, the first included."""

    anchor: date
    terms_paid: int

    @property
    def until(self) -> date:
        """The last day of support, itself included; always counted from the anchor, never from the last end."""
        return years_after(self.anchor, self.terms_paid)


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a renewal bills, net and in minor units, and the package that its payment makes.

    `terms` counts the yearly fees billed; a pro rata or waived back payment is none of them.
    """

    terms: int
    lapsed: bool
    lapsed_days: int
    back_minor: int
    renewal_minor: int
    until_after: date
    anchor_after: date
    terms_after: int
    # The yearly prices that make up the back payment, oldest first; none where it is reckoned by days.
    back_minors: tuple[int, ...] = ()


def is_active(until: date, today: date) -> bool:
    """Whether support still runs; the last day counts."""
    return today <= until


def lapsed_days(until: date, today: date) -> int:
    """Days since support ended, today included; 0 while it runs."""
    return max(0, (today - until).days)


def terms_needed(package: Package, today: date, most: int = 0) -> int:
    """The yearly fees that bring support beyond today; `most` above 0 caps those for the past.

    That is one per fee fallen due until today, and at least one (agreement 5.1.3).
    """
    years = max(1, today.year - package.anchor.year - package.terms_paid)
    if years_after(package.anchor, package.terms_paid + years) <= today:
        years += 1
    return min(years, most + 1) if most > 0 else years


def due_day_of_term(package: Package, k: int) -> date:
    """The day on which the k-th unpaid yearly fee (1-based) falls due: the last day of the year before it."""
    return years_after(package.anchor, package.terms_paid + k - 1)


def costlier_from(package: Package, today: date) -> date:
    """The first later day on which renewing takes one more yearly fee than today."""
    return years_after(package.anchor, package.terms_paid + terms_needed(package, today))


def invoice_from(until: date, days_before: int) -> date:
    """The day from which the next year's invoice is made; it is due on `until` (agreement 5.1.2)."""
    return until - timedelta(days=days_before)


def _by_days(package: Package, today: date, price_of_term: PriceOfTerm, most_back_terms: int) -> Renewal:
    """A lapsed package begun anew today, its gap paid day by day."""
    last = terms_needed(package, today)
    price = price_of_term(last, due_day_of_term(package, last))
    gap = lapsed_days(package.until, today)
    billed_days = min(gap, most_back_terms * DAYS_PER_YEAR) if most_back_terms > 0 else gap
    return Renewal(
        terms=1,
        lapsed=True,
        lapsed_days=gap,
        back_minor=half_up(price * billed_days, DAYS_PER_YEAR),
        renewal_minor=price,
        until_after=years_after(today, 1),
        anchor_after=today,
        terms_after=1,
    )


def renewal(
    package: Package,
    today: date,
    price_of_term: PriceOfTerm,
    *,
    mode: BackPayMode = BackPayMode.WHOLE_TERMS,
    most_back_terms: int = 0,
) -> Renewal:
    """What renewing on `today` bills; `most_back_terms` above 0 forgives the oldest unpaid years beyond it.

    Forgiven and waived years count as settled, so that the anchor, and with it a 29 February, stays.
    """
    lapsed = not is_active(package.until, today)
    if lapsed and mode is BackPayMode.PRORATA:
        return _by_days(package, today, price_of_term, most_back_terms)
    last = terms_needed(package, today)
    billed = 1 if mode is BackPayMode.WAIVED else terms_needed(package, today, most_back_terms)
    prices = [price_of_term(k, due_day_of_term(package, k)) for k in range(last - billed + 1, last + 1)]
    terms_after = package.terms_paid + last
    return Renewal(
        terms=billed,
        lapsed=lapsed,
        lapsed_days=lapsed_days(package.until, today),
        back_minor=sum(prices[:-1]),
        renewal_minor=prices[-1],
        until_after=years_after(package.anchor, terms_after),
        anchor_after=package.anchor,
        terms_after=terms_after,
        back_minors=tuple(prices[:-1]),
    )
