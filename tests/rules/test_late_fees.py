from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.i18n import LANGUAGES, translate
from api.money import vat
from api.refusal import Refusal, UserErrorCode
from api.rules.late_fees import FeeKind, FeeTerms, fee_day, fee_minor, fee_terms, outstanding_net

FIVE_PERCENT = FeeTerms(FeeKind.PERCENT, 500, 0, 0, None, 3)
FIXED = FeeTerms(FeeKind.FIXED, 0, 5_000, 0, None, 3)
INVALID, REQUIRED = UserErrorCode.INVALID, UserErrorCode.REQUIRED


def test_the_fee_of_the_agreement() -> None:
    """domain-tr 1.5: net 1200.00 due 2026-03-10, grace 3, 5 %: none on 13.03, 60.00 + VAT 12.00 on 14.03."""
    assert fee_day(date(2026, 3, 10), FIVE_PERCENT.grace_days) == date(2026, 3, 14)
    fee = fee_minor(FIVE_PERCENT, outstanding_net(120_000, 144_000, 144_000))
    assert (fee, vat(fee, 2000)) == (6_000, 1_200)


@pytest.mark.parametrize(
    ("due", "grace", "paused", "first"),
    [
        (date(2026, 3, 10), 0, 0, date(2026, 3, 11)),
        (date(2026, 3, 10), 3, 5, date(2026, 3, 19)),
        (date(2028, 2, 25), 3, 0, date(2028, 2, 29)),
        (date(2026, 12, 31), 365, 0, date(2028, 1, 1)),
    ],
)
def test_the_first_day_of_the_fee(due: date, grace: int, paused: int, first: date) -> None:
    assert fee_day(due, grace, paused_days=paused) == first


@pytest.mark.parametrize(
    ("terms", "outstanding", "fee"),
    [
        (FIVE_PERCENT, 0, 0),
        (FIVE_PERCENT, -100, 0),
        (FIVE_PERCENT, 1, 0),
        (FIVE_PERCENT, 9, 0),
        (FIVE_PERCENT, 10, 1),
        (FIVE_PERCENT, 29, 1),
        (FIVE_PERCENT, 30, 2),
        (replace(FIVE_PERCENT, minimum_minor=1_000), 120_000, 6_000),
        (replace(FIVE_PERCENT, minimum_minor=7_000), 120_000, 7_000),
        (replace(FIVE_PERCENT, minimum_minor=7_000), 0, 0),
        (replace(FIVE_PERCENT, maximum_minor=5_999), 120_000, 5_999),
        (replace(FIVE_PERCENT, maximum_minor=6_001), 120_000, 6_000),
        (replace(FIVE_PERCENT, minimum_minor=500, maximum_minor=500), 120_000, 500),
        (replace(FIVE_PERCENT, rate_bp=10_000), 9_999_999_999, 9_999_999_999),
        (FIXED, 1, 5_000),
        (FIXED, 0, 0),
        (replace(FIXED, minimum_minor=6_000), 1, 6_000),
        (replace(FIXED, maximum_minor=4_000), 1, 4_000),
    ],
)
def test_the_fee_is_rounded_half_up_within_its_bounds(terms: FeeTerms, outstanding: int, fee: int) -> None:
    assert fee_minor(terms, outstanding) == fee


@pytest.mark.parametrize(
    ("net", "gross", "balance", "outstanding"),
    [
        (120_000, 144_000, 144_000, 120_000),
        (120_000, 144_000, 72_000, 60_000),
        (120_000, 144_000, 1, 1),
        (100, 120, 3, 3),
        (100, 120, 2, 2),
        (100, 200, 1, 1),
        (120_000, 144_000, 0, 0),
        (120_000, 144_000, -1, 0),
        (120_000, 144_000, 151_200, 120_000),
        (0, 0, 0, 0),
        (0, 0, 500, 0),
        (9_999_999_999, 11_999_999_999, 11_999_999_998, 9_999_999_998),
    ],
)
def test_the_net_share_of_a_balance(net: int, gross: int, balance: int, outstanding: int) -> None:
    assert outstanding_net(net, gross, balance) == outstanding


def test_what_staff_set_is_kept_in_minor_units() -> None:
    by_rate = fee_terms(FeeKind.PERCENT, Decimal(5), None, Decimal(0), Decimal("1000.50"), 3)
    assert by_rate == FeeTerms(FeeKind.PERCENT, 500, 0, 0, 100_050, 3)
    flat = fee_terms(FeeKind.FIXED, None, Decimal(50), None, None, 0)
    assert flat == FeeTerms(FeeKind.FIXED, 0, 5_000, 0, None, 0)


def test_what_belongs_to_the_other_kind_is_not_looked_at() -> None:
    assert fee_terms(FeeKind.PERCENT, Decimal("0.01"), Decimal(-1), None, None, 365).fixed_minor == 0
    assert fee_terms(FeeKind.FIXED, Decimal(500), Decimal("0.01"), None, None, 365).rate_bp == 0


def _found(**changed: object) -> list[tuple[tuple[str, ...] | None, UserErrorCode, str]]:
    typed = {"kind": FeeKind.PERCENT, "percent": Decimal(5), "fixed": None, "minimum": None, "maximum": None}
    with pytest.raises(Refusal) as caught:
        fee_terms(**{**typed, "grace_days": 3, **changed})  # type: ignore[arg-type]
    problems = caught.value.problems
    assert all(translate(language, p.message, **p.values) for p in problems for language in LANGUAGES)
    return [(p.field, p.code, p.message.removeprefix("refusals.")) for p in problems]


@pytest.mark.parametrize(
    ("changed", "field", "code", "message"),
    [
        ({"percent": None}, "percent", REQUIRED, "required"),
        *(
            ({"percent": Decimal(typed)}, "percent", INVALID, "late_fee_percent")
            for typed in ("0", "-5", "100.01", "0.001", "NaN", "Infinity", "1E+2000000", "1E-2000000")
        ),
        ({"kind": FeeKind.FIXED}, "fixed", REQUIRED, "required"),
        ({"kind": FeeKind.FIXED, "fixed": Decimal(0)}, "fixed", INVALID, "amount_zero"),
        ({"minimum": Decimal("-0.01")}, "minimum", INVALID, "amount_negative"),
        ({"maximum": Decimal(0)}, "maximum", INVALID, "amount_zero"),
        ({"minimum": Decimal(10), "maximum": Decimal("9.99")}, "maximum", INVALID, "late_fee_maximum"),
        ({"grace_days": -1}, "grace_days", INVALID, "grace_days"),
        ({"grace_days": 366}, "grace_days", INVALID, "grace_days"),
    ],
)
def test_what_staff_may_not_set(changed: dict[str, object], field: str, code: UserErrorCode, message: str) -> None:
    assert _found(**changed) == [((field,), code, message)]


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = _found(percent=Decimal(0), minimum=Decimal(-1), maximum=Decimal(-1), grace_days=1000)
    assert [field for field, _, _ in found] == [("percent",), ("minimum",), ("maximum",), ("grace_days",)]


@settings(max_examples=150)
@given(st.integers(1, 10_000), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**10))
def test_a_fee_keeps_within_its_bounds(rate_bp: int, minimum: int, more: int, outstanding: int) -> None:
    fee = fee_minor(FeeTerms(FeeKind.PERCENT, rate_bp, 0, minimum, minimum + more, 0), outstanding)
    assert fee == 0 if outstanding == 0 else minimum <= fee <= minimum + more


@settings(max_examples=150)
@given(st.integers(0, 10**10), st.integers(0, 3000), st.integers(0, 10**11))
def test_no_more_is_outstanding_than_was_billed(net: int, rate_bp: int, balance: int) -> None:
    gross = net + vat(net, rate_bp)
    assert 0 <= outstanding_net(net, gross, balance) <= net
    assert outstanding_net(net, gross, gross) == net
