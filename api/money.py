"""Amounts in integer minor units (kurus, cents) with their currency; rounding, VAT and how people write them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from babel.numbers import format_currency, format_decimal

if TYPE_CHECKING:
    from api.i18n import Language

# Rates are kept in basis points: 2000 is 20 %.
BASIS_POINTS = 10_000
MINOR_PER_MAJOR = 100
# What one price or payment may be at most, in minor units: 99 999 999.99.
MOST_MINOR = 9_999_999_999
_CENT = Decimal("0.01")


class Currency(StrEnum):
    """ISO 4217."""

    TRY = "TRY"
    USD = "USD"
    EUR = "EUR"


def as_decimal(minor: int) -> Decimal:
    """Minor units in major units with two places."""
    return (Decimal(minor) / MINOR_PER_MAJOR).quantize(_CENT)


def formatted(minor: int, currency: str, language: Language) -> str:
    """An amount as people write it in a language, e.g. ₺1.234,50."""
    if language == "tr":
        return str(format_currency(as_decimal(minor), currency, locale="tr_TR"))
    # English names the lira by its code only; its sign says the same in both languages.
    return str(format_currency(as_decimal(minor), currency, locale="en_US")).replace("TRY", "₺")


def percent(rate_bp: int, language: Language) -> str:
    """A rate as people write it, e.g. %20 or 20%."""
    number = format_decimal(Decimal(rate_bp) / 100, format="0.##", locale=language)
    return f"%{number}" if language == "tr" else f"{number}%"


def half_up(numerator: int, denominator: int) -> int:
    """A quotient of whole numbers rounded half away from zero, as tax law rounds (domain-tr 3.10)."""
    return int((Decimal(numerator) / denominator).quantize(Decimal(1), ROUND_HALF_UP))


def vat(net_minor: int, rate_bp: int) -> int:
    """The VAT on a line's net amount, in minor units, rounded half up (law 3065, art. 20; domain-tr 3.10)."""
    return half_up(net_minor * rate_bp, BASIS_POINTS)


def minor_units(value: Decimal) -> int | None:
    """A number of at most two places and usual size in hundredths, exactly; None for any other.

    Comparing is exact and cannot overflow, whereas arithmetic would round a 30th digit away.
    """
    if not value.is_finite() or not -MOST_MINOR <= value <= MOST_MINOR:
        return None
    scaled = int(value * MINOR_PER_MAJOR)
    return scaled if as_decimal(scaled) == value else None
