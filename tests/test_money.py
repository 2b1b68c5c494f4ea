"""Money: the sums and spellings of domain-tr 3.10."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.i18n import Language
from api.money import as_decimal, formatted, half_up, minor_units, percent, vat


@pytest.mark.parametrize(
    ("net", "rate_bp", "tax"),
    [
        (9_999, 2000, 2_000), (123_456, 2000, 24_691), (3, 2000, 1), (2, 2000, 0), (0, 2000, 0),
        (83_333, 2000, 16_667), (83_325, 2000, 16_665), (120_000, 2000, 24_000), (10_000, 0, 0),
        (50, 100, 1), (49, 100, 0), (10_000, 1800, 1_800), (-9_999, 2000, -2_000), (-50, 100, -1),
    ],
)  # fmt: skip
def test_vat_is_rounded_half_up(net: int, rate_bp: int, tax: int) -> None:
    assert vat(net, rate_bp) == tax


@pytest.mark.parametrize(("gross", "net"), [(100_000, 83_333), (99_990, 83_325)])
def test_a_gross_amount_is_its_net_and_vat(gross: int, net: int) -> None:
    assert half_up(gross * 10_000, 12_000) == net
    assert net + vat(net, 2000) == gross


@pytest.mark.parametrize(
    ("numerator", "denominator", "quotient"),
    [(5, 10, 1), (15, 10, 2), (25, 10, 3), (4, 10, 0), (-5, 10, -1), (-4, 10, 0), (1, 3, 0), (2, 3, 1), (7, 7, 1)],
)
def test_a_half_goes_away_from_zero(numerator: int, denominator: int, quotient: int) -> None:
    assert half_up(numerator, denominator) == quotient


@settings(max_examples=150)
@given(st.integers(0, 10**14), st.integers(1, 10**11))
def test_half_up_is_the_nearest_whole_number(numerator: int, denominator: int) -> None:
    assert half_up(numerator, denominator) == (2 * numerator + denominator) // (2 * denominator)


@pytest.mark.parametrize(
    ("minor", "currency", "language", "written"),
    [
        (123_450, "TRY", "tr", "₺1.234,50"),
        (-4_250, "TRY", "tr", "-₺42,50"),
        (1, "TRY", "tr", "₺0,01"),
        (0, "TRY", "tr", "₺0,00"),
        (9_999_999_999, "TRY", "tr", "₺99.999.999,99"),
        (123_450, "USD", "tr", "$1.234,50"),
        (123_450, "EUR", "en", "€1,234.50"),
        (123_450, "USD", "en", "$1,234.50"),
    ],
)
def test_how_people_write_an_amount(minor: int, currency: str, language: Language, written: str) -> None:
    assert formatted(minor, currency, language) == written
    assert formatted(minor, currency, language) == written


@pytest.mark.parametrize(
    ("rate_bp", "turkish", "english"),
    [(2000, "%20", "20%"), (1850, "%18,5", "18.5%"), (1, "%0,01", "0.01%"), (0, "%0", "0%")],
)
def test_how_people_write_a_rate(rate_bp: int, turkish: str, english: str) -> None:
    assert (percent(rate_bp, "tr"), percent(rate_bp, "en")) == (turkish, english)


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("0", 0), ("0.01", 1), ("1.5", 150), ("1.500", 150), ("-42.50", -4_250), ("99999999.99", 9_999_999_999),
        ("0.001", None), ("10.999", None), ("NaN", None), ("Infinity", None), ("-Infinity", None), ("1E+20", None),
    ],
)  # fmt: skip
def test_an_amount_in_minor_units(typed: str, minor: int | None) -> None:
    assert minor_units(Decimal(typed)) == minor


@pytest.mark.parametrize(("minor", "text"), [(123_450, "1234.50"), (-1, "-0.01"), (0, "0.00"), (100, "1.00")])
def test_minor_units_in_major_units_have_two_places(minor: int, text: str) -> None:
    assert str(as_decimal(minor)) == text
    assert as_decimal(minor) == Decimal(text)
    assert minor_units(as_decimal(minor)) == minor
