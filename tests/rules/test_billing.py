from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.i18n import LANGUAGES, translate
from api.money import MOST_MINOR, as_decimal, formatted, minor_units
from api.refusal import UserErrorCode
from api.rules.billing import (
    amount,
    cancelled_after,
    due_on,
    idempotency_key,
    line_totals,
    note,
    paid_on,
    price,
    quantity,
    reason,
    reference,
)
from tests.rules.refused import code_of, message_of, refused

INVALID, REQUIRED = UserErrorCode.INVALID, UserErrorCode.REQUIRED
TOO_LONG, TOO_SHORT = UserErrorCode.TOO_LONG, UserErrorCode.TOO_SHORT
TODAY = date(2026, 11, 23)
ISSUED = date(2026, 11, 1)
TEXTS = (reference, reason, idempotency_key, note)


@pytest.mark.parametrize(
    ("issued", "days", "due"),
    [("2026-11-23", 7, "2026-11-30"), ("2028-02-22", 7, "2028-02-29"), ("2026-12-31", 1, "2027-01-01")],
)
def test_when_an_invoice_is_due(issued: str, days: int, due: str) -> None:
    assert due_on(date.fromisoformat(issued), days) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("ordered", "last"),
    [
        ("2026-01-01T20:59:59Z", "2026-01-31"),
        ("2026-01-01T21:00:00Z", "2026-02-01"),
        ("2026-02-10T09:00:00+03:00", "2026-03-12"),
    ],
)
def test_how_long_an_unpaid_order_stands(ordered: str, last: str) -> None:
    assert cancelled_after(datetime.fromisoformat(ordered), 30) == date.fromisoformat(last)


@pytest.mark.parametrize("value", [1, 2, 99, 100])
def test_as_many_as_can_be_ordered_at_once(value: int) -> None:
    assert quantity(value) == value


@pytest.mark.parametrize("value", [0, -1, 101, 2**31 - 1, -(2**31), 10**30])
def test_no_more_and_no_fewer(value: int) -> None:
    problem = refused(quantity, value)
    assert (problem.code, problem.message, problem.values) == (INVALID, "refusals.quantity", {"high": 100})


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("0.01", 1), ("1", 100), ("1.5", 150), ("1.50", 150), ("1.500", 150), ("1E+3", 100_000),
        ("1234.56", 123_456), ("99999999.99", MOST_MINOR),
    ],
)  # fmt: skip
def test_an_amount_is_kept_in_minor_units(typed: str, minor: int) -> None:
    assert amount(Decimal(typed)) == minor
    assert price(Decimal(typed)) == minor


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("NaN", "amount_number"),
        ("sNaN", "amount_number"),
        ("Infinity", "amount_number"),
        ("-Infinity", "amount_number"),
        ("0.001", "amount_places"),
        ("10.999", "amount_places"),
        ("1.00000000000000000000000000000000001", "amount_places"),
        ("1E-2000000", "amount_places"),
        ("-0.01", "amount_negative"),
        ("-1E+2000000", "amount_negative"),
        ("-0.001", "amount_negative"),
        ("100000000", "amount_too_large"),
        ("99999999.991", "amount_too_large"),
        ("1E+2000000", "amount_too_large"),
    ],
)
def test_what_is_no_amount(typed: str, message: str) -> None:
    for rule in (amount, price):
        assert code_of(rule, Decimal(typed)) is INVALID
        assert message_of(rule, Decimal(typed)) == message


@pytest.mark.parametrize("zero", ["0", "0.00", "-0", "0E+5", "0E-5"])
def test_a_price_may_be_zero_and_an_amount_not(zero: str) -> None:
    assert price(Decimal(zero)) == 0
    assert (code_of(amount, Decimal(zero)), message_of(amount, Decimal(zero))) == (INVALID, "amount_zero")


@pytest.mark.parametrize("rule", [amount, price])
def test_an_amount_is_required(rule: Callable[[Decimal | None], int]) -> None:
    assert code_of(rule, None) is REQUIRED


def test_the_greatest_amount_is_told_as_people_write_it() -> None:
    for language in LANGUAGES:
        greatest = formatted(MOST_MINOR, "EUR", language).strip("€")
        assert greatest in translate(language, "refusals.amount_too_large")


@pytest.mark.parametrize("value", [None, ISSUED, TODAY])
def test_a_payment_lies_between_the_invoice_and_today(value: date | None) -> None:
    assert paid_on(value, TODAY, ISSUED) == value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (date(2026, 11, 24), "paid_in_future"),
        (date.max, "paid_in_future"),
        (date(2026, 10, 31), "paid_too_early"),
        (date.min, "paid_too_early"),
    ],
)
def test_other_days_of_payment_are_refused(value: date, message: str) -> None:
    assert code_of(paid_on, value, TODAY, ISSUED) is INVALID
    assert message_of(paid_on, value, TODAY, ISSUED) == message


@pytest.mark.parametrize(
    ("rule", "typed", "kept"),
    [
        (reference, " EFT  2026 ", "EFT 2026"),
        (reference, "ş" * 140, "ş" * 140),
        (reason, "Çift kayıt", "Çift kayıt"),
        (reason, " Banka\r\n\r\nreddetti\t", "Banka reddetti"),
        (reason, "abc", "abc"),
        (reason, "ş" * 500, "ş" * 500),
        (idempotency_key, "0f3c-1", "0f3c-1"),
        (idempotency_key, " Sipariş 1 ", " Sipariş 1 "),
        (idempotency_key, "k" * 100, "k" * 100),
        (note, "  Bir\r\niki\rüç\n\tdört \n", "Bir\niki\nüç\n\tdört"),
        (note, "u\u0308", "ü"),
        (note, "u\u0308" * 4000, "ü" * 4000),
    ],
)
def test_texts_as_they_are_kept(rule: Callable[[str], str], typed: str, kept: str) -> None:
    assert rule(typed) == kept


@pytest.mark.parametrize(
    ("rule", "typed", "code"),
    [
        *((rule, blank, REQUIRED) for rule in TEXTS for blank in ("", " \n", "\u200b")),
        (reference, "a" * 141, TOO_LONG),
        (reference, "a\nb", INVALID),
        (reference, "a\u202eb", INVALID),
        (reason, "ab", TOO_SHORT),
        (reason, "a" * 501, TOO_LONG),
        (reason, "abc\x00", INVALID),
        (idempotency_key, "k" * 101, TOO_LONG),
        (idempotency_key, "k\n", INVALID),
        (idempotency_key, "k\x00", INVALID),
        (idempotency_key, "\ud800", INVALID),
        (note, "a" * 4001, TOO_LONG),
        (note, "a" * 1_000_000, TOO_LONG),
        (note, "a\x00b", INVALID),
        (note, "a\u202eb", INVALID),
        (note, "a\x0bb", INVALID),
        (note, "\ud800", INVALID),
    ],
)  # fmt: skip
def test_texts_that_are_refused(rule: Callable[[str], str], typed: str, code: UserErrorCode) -> None:
    assert code_of(rule, typed) is code


def test_a_note_has_the_length_of_its_place() -> None:
    assert note("a" * 10, high=10) == "a" * 10
    assert refused(note, "a" * 11, high=10).values == {"high": 10}


@pytest.mark.parametrize(
    ("count", "unit", "rate", "totals"),
    [
        (1, 9_999, 2000, (9_999, 2_000)),
        (1, 123_456, 2000, (123_456, 24_691)),
        (1, 3, 2000, (3, 1)),
        (1, 2, 2000, (2, 0)),
        (3, 9_999, 2000, (29_997, 5_999)),
        (100, MOST_MINOR, 2000, (999_999_999_900, 199_999_999_980)),
        (5, 0, 2000, (0, 0)),
        (2, 100_000, 0, (200_000, 0)),
        (1, 50, 100, (50, 1)),
    ],
)
def test_tax_is_rounded_once_per_line(count: int, unit: int, rate: int, totals: tuple[int, int]) -> None:
    assert line_totals(count, unit, rate) == totals


@settings(max_examples=150)
@given(st.integers(1, MOST_MINOR))
def test_every_amount_comes_back_as_it_went(minor: int) -> None:
    assert amount(as_decimal(minor)) == minor


@settings(max_examples=150)
@given(st.decimals())
def test_any_number_is_minor_units_exactly_or_not_at_all(value: Decimal) -> None:
    scaled = minor_units(value)
    assert scaled is None or Decimal(scaled).scaleb(-2) == value
