from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.rules.support_packages import (
    BackPayMode,
    Package,
    Renewal,
    costlier_from,
    due_day_of_term,
    invoice_from,
    is_active,
    lapsed_days,
    renewal,
    terms_needed,
    years_after,
)

YEARLY = 120_000
MAY = Package(date(2024, 5, 1), 1)
LEAP = Package(date(2024, 2, 29), 1)
PACKAGES = st.builds(Package, st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.integers(1, 12))
DAYS = st.dates(date(2000, 1, 1), date(2070, 12, 31))
MODES = st.sampled_from(BackPayMode)
CAPS = st.integers(0, 5)


def _yearly(_k: int, _due: date) -> int:
    return YEARLY


def _rising(k: int, due: date) -> int:
    """A price that tells which term was asked for."""
    return k * 1_000_000 + due.year


def _day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("anchor", "years", "expected"),
    [
        ("2024-02-29", 0, "2024-02-29"),
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-02-29", 2, "2026-02-28"),
        ("2024-02-29", 3, "2027-02-28"),
        ("2024-02-29", 4, "2028-02-29"),
        ("2096-02-29", 4, "2100-02-28"),
        ("2096-02-29", 8, "2104-02-29"),
        ("2025-12-31", 1, "2026-12-31"),
        ("2024-02-28", 1, "2025-02-28"),
        ("2023-02-28", 1, "2024-02-28"),
        ("2023-03-01", 1, "2024-03-01"),
    ],
)
def test_years_are_counted_from_the_anchor(anchor: str, years: int, expected: str) -> None:
    assert years_after(_day(anchor), years) == _day(expected)


def test_a_day_beyond_the_calendar_is_an_error() -> None:
    with pytest.raises(ValueError, match="year"):
        years_after(date(9999, 2, 1), 1)


@pytest.mark.parametrize(
    ("today", "terms", "until_after", "net", "gap"),
    [
        ("2025-04-20", 1, "2026-05-01", 120_000, 0),
        ("2025-05-01", 1, "2026-05-01", 120_000, 0),
        ("2025-05-02", 1, "2026-05-01", 120_000, 1),
        ("2026-04-30", 1, "2026-05-01", 120_000, 364),
        ("2026-05-01", 2, "2027-05-01", 240_000, 365),
        ("2026-05-02", 2, "2027-05-01", 240_000, 366),
    ],
)
def test_renewing_costs_one_yearly_fee_for_each_fallen_due(
    today: str, terms: int, until_after: str, net: int, gap: int
) -> None:
    offer = renewal(MAY, _day(today), _yearly)
    assert offer == Renewal(
        terms=terms,
        lapsed=gap > 0,
        lapsed_days=gap,
        back_minor=net - YEARLY,
        renewal_minor=YEARLY,
        until_after=_day(until_after),
        anchor_after=MAY.anchor,
        terms_after=1 + terms,
        back_minors=(YEARLY,) * (terms - 1),
    )


@pytest.mark.parametrize(
    ("package", "today", "terms", "until_after", "costlier"),
    [
        (LEAP, "2025-02-28", 1, "2026-02-28", "2026-02-28"),
        (LEAP, "2025-03-01", 1, "2026-02-28", "2026-02-28"),
        (LEAP, "2026-02-27", 1, "2026-02-28", "2026-02-28"),
        (LEAP, "2026-02-28", 2, "2027-02-28", "2027-02-28"),
        (LEAP, "2028-02-28", 3, "2028-02-29", "2028-02-29"),
        (LEAP, "2028-02-29", 4, "2029-02-28", "2029-02-28"),
        (MAY, "2024-01-01", 1, "2026-05-01", "2026-05-01"),
        (MAY, "2029-04-30", 4, "2029-05-01", "2029-05-01"),
        (MAY, "2029-05-01", 5, "2030-05-01", "2030-05-01"),
        (Package(date(2025, 12, 31), 1), "2026-12-31", 1, "2027-12-31", "2027-12-31"),
        (Package(date(2025, 12, 31), 1), "2027-01-01", 1, "2027-12-31", "2027-12-31"),
        (Package(date(2024, 5, 1), 5), "2026-05-01", 1, "2030-05-01", "2030-05-01"),
    ],
)
def test_leap_days_and_missed_years(package: Package, today: str, terms: int, until_after: str, costlier: str) -> None:
    assert terms_needed(package, _day(today)) == terms
    assert renewal(package, _day(today), _yearly).until_after == _day(until_after)
    assert costlier_from(package, _day(today)) == _day(costlier)


def test_after_four_missed_years_each_is_billed_at_the_price_of_its_own_due_day() -> None:
    asked: list[tuple[int, date]] = []

    def price(k: int, due: date) -> int:
        asked.append((k, due))
        return k * 1000

    offer = renewal(MAY, date(2029, 4, 30), price)
    assert asked == [(k, date(2024 + k, 5, 1)) for k in (1, 2, 3, 4)]
    assert (offer.terms, offer.back_minor, offer.renewal_minor) == (4, 1000 + 2000 + 3000, 4000)
    assert (offer.lapsed, offer.lapsed_days, offer.until_after) == (True, 1460, date(2029, 5, 1))


@pytest.mark.parametrize(("k", "due"), [(1, "2025-02-28"), (2, "2026-02-28"), (4, "2028-02-29")])
def test_a_fee_falls_due_on_the_last_day_of_the_year_before(k: int, due: str) -> None:
    assert due_day_of_term(LEAP, k) == _day(due)


@pytest.mark.parametrize(
    ("gap", "net"), [(1, 120_329), (364, 239_671), (365, 240_000), (366, 240_329), (1301, 547_726)]
)
def test_a_gap_may_be_paid_by_the_day(gap: int, net: int) -> None:
    today = MAY.until + timedelta(days=gap)
    offer = renewal(MAY, today, _yearly, mode=BackPayMode.PRORATA)
    assert offer == Renewal(
        terms=1,
        lapsed=True,
        lapsed_days=gap,
        back_minor=net - YEARLY,
        renewal_minor=YEARLY,
        until_after=years_after(today, 1),
        anchor_after=today,
        terms_after=1,
    )


def test_paying_by_the_day_takes_the_last_price_and_begins_anew() -> None:
    offer = renewal(MAY, date(2028, 2, 29), _rising, mode=BackPayMode.PRORATA)
    assert offer.renewal_minor == 3_002_027
    assert (offer.anchor_after, offer.until_after) == (date(2028, 2, 29), date(2029, 2, 28))


@pytest.mark.parametrize("mode", BackPayMode)
@pytest.mark.parametrize("today", ["2025-04-01", "2025-05-01"])
def test_while_support_runs_every_mode_bills_one_year(mode: BackPayMode, today: str) -> None:
    offer = renewal(MAY, _day(today), _yearly, mode=mode)
    assert (offer.lapsed, offer.terms, offer.back_minor, offer.renewal_minor) == (False, 1, 0, YEARLY)
    assert (offer.anchor_after, offer.terms_after) == (MAY.anchor, 2)


def test_a_waived_gap_has_the_days_of_whole_years_and_costs_nothing() -> None:
    today = date(2029, 4, 30)
    whole, waived = (renewal(MAY, today, _rising, mode=mode) for mode in (BackPayMode.WHOLE_TERMS, BackPayMode.WAIVED))
    assert (waived.terms, waived.back_minor, waived.renewal_minor) == (1, 0, whole.renewal_minor)
    assert (waived.until_after, waived.lapsed_days) == (whole.until_after, whole.lapsed_days)


@pytest.mark.parametrize(
    ("most", "terms", "back"),
    [(0, 4, 6_006_078), (1, 2, 3_002_027), (2, 3, 5_004_053), (3, 4, 6_006_078), (9, 4, 6_006_078)],
)
def test_a_cap_forgives_the_oldest_years(most: int, terms: int, back: int) -> None:
    today = date(2029, 4, 30)
    offer = renewal(MAY, today, _rising, most_back_terms=most)
    assert terms_needed(MAY, today, most) == offer.terms == terms
    assert (offer.back_minor, offer.renewal_minor) == (back, 4_002_028)
    assert (offer.until_after, offer.terms_after) == (date(2029, 5, 1), 5)


def test_a_cap_bounds_the_days_too() -> None:
    offer = renewal(MAY, date(2029, 4, 30), _yearly, mode=BackPayMode.PRORATA, most_back_terms=2)
    assert (offer.lapsed_days, offer.back_minor, offer.renewal_minor) == (1460, 2 * YEARLY, YEARLY)


def test_the_last_day_counts() -> None:
    until = date(2025, 5, 1)
    assert [is_active(until, date(2025, 5, day)) for day in (1, 2)] == [True, False]
    assert [lapsed_days(until, day) for day in (date(2025, 4, 1), until, date(2025, 5, 2))] == [0, 0, 1]


@pytest.mark.parametrize(
    ("until", "days", "expected"), [("2026-05-01", 30, "2026-04-01"), ("2028-03-01", 1, "2028-02-29")]
)
def test_the_invoice_is_made_before_the_end(until: str, days: int, expected: str) -> None:
    assert invoice_from(_day(until), days) == _day(expected)


@settings(max_examples=150)
@given(PACKAGES, DAYS)
def test_as_few_years_as_reach_beyond_today(package: Package, today: date) -> None:
    terms = terms_needed(package, today)
    ends = [years_after(package.anchor, package.terms_paid + n) for n in range(terms + 1)]
    assert ends[terms] > today
    assert terms == 1 or ends[terms - 1] <= today


@settings(max_examples=150)
@given(PACKAGES, DAYS, MODES, CAPS)
def test_a_renewal_reaches_beyond_today_and_is_the_package_that_it_names(
    package: Package, today: date, mode: BackPayMode, cap: int
) -> None:
    offer = renewal(package, today, _yearly, mode=mode, most_back_terms=cap)
    assert offer.until_after > max(today, package.until)
    assert Package(offer.anchor_after, offer.terms_after).until == offer.until_after
    assert offer.lapsed is not is_active(package.until, today)
    if mode is not BackPayMode.PRORATA:
        assert offer.anchor_after == package.anchor


@settings(max_examples=150)
@given(PACKAGES, DAYS)
def test_the_years_billed_are_contiguous(package: Package, today: date) -> None:
    asked: list[tuple[int, date]] = []

    def price(k: int, due: date) -> int:
        asked.append((k, due))
        return YEARLY

    offer = renewal(package, today, price)
    assert [k for k, _ in asked] == list(range(1, offer.terms + 1))
    assert asked[0][1] == package.until
    ends = [due for _, due in asked[1:]] + [offer.until_after]
    assert ends == [years_after(package.anchor, package.terms_paid + k) for k, _ in asked]
    assert offer.back_minor + offer.renewal_minor == YEARLY * offer.terms


@settings(max_examples=150)
@given(PACKAGES, st.lists(st.integers(0, 1500), max_size=6))
def test_renewals_in_a_row_are_never_chained(package: Package, waits: list[int]) -> None:
    held, today = package, package.anchor
    for wait in waits:
        today += timedelta(days=wait)
        offer = renewal(held, today, _yearly)
        held = Package(offer.anchor_after, offer.terms_after)
    assert held.until == years_after(package.anchor, held.terms_paid)
    if (held.until.month, held.until.day) != (package.anchor.month, package.anchor.day):
        assert (package.anchor.day, held.until.day, held.until.month) == (29, 28, 2)


@settings(max_examples=150)
@given(PACKAGES, DAYS)
def test_waiting_costs_more_from_the_day_that_is_named(package: Package, today: date) -> None:
    costlier, terms = costlier_from(package, today), terms_needed(package, today)
    assert costlier > today
    assert terms_needed(package, costlier - timedelta(days=1)) == terms
    assert terms_needed(package, costlier) == terms + 1
