"""What staff may enter about products, their releases and tax rates."""

from __future__ import annotations

import re
from decimal import Decimal

from api.refusal import Refusal, UserErrorCode
from api.rules.text import is_blank, line, nfc

SLUG_LOW, SLUG_HIGH = 2, 60
NAME_LOW, NAME_HIGH = 2, 120
SUMMARY_HIGH = 300
DESCRIPTION_HIGH = 50_000
VERSION_HIGH = 40
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Without leading zeros, so that one version has one spelling (semver.org 2, with 2 to 4 numbers).
NUMBER = "(?:0|[1-9][0-9]*)"
MARK = r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*"
VERSION = re.compile(rf"{NUMBER}(?:\.{NUMBER}){{1,3}}(?:-{MARK})?")
# Controls but tab and line feed, bidi overrides and lone surrogates; PostgreSQL takes no NUL, UTF-8 no surrogate.
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
MOST_PERCENT = 100
HUNDREDTH = Decimal("0.01")


def _required(text: str) -> str:
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    return text.strip()


def slug(text: str) -> str:
    """The part of a product's address that names it: a-z, 0-9 and single hyphens, 2 to 60 characters."""
    typed = _required(text)
    if len(typed) > SLUG_HIGH:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=SLUG_HIGH)
    if len(typed) < SLUG_LOW or not SLUG.fullmatch(typed):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.slug")
    return typed


def sought_slug(text: str) -> str:
    """The slug that somebody asks for; nothing where there can be none of that name."""
    return text if len(text) <= SLUG_HIGH and SLUG.fullmatch(text) else ""


def name(text: str) -> str:
    """A product's or category's name of 2 to 120 characters."""
    return line(text, low=NAME_LOW, high=NAME_HIGH)


def summary(text: str) -> str:
    """What a product does in one line of at most 300 characters."""
    return line(text, high=SUMMARY_HIGH)


def description(text: str) -> str:
    """Markdown of at most 50 000 characters, composed and with line feeds only."""
    _required(text)
    # A form sends each line feed as two characters.
    if len(text) > 2 * DESCRIPTION_HIGH:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=DESCRIPTION_HIGH)
    composed = nfc(text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(composed) > DESCRIPTION_HIGH:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=DESCRIPTION_HIGH)
    if CONTROLS.search(composed):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.control_characters")
    return composed


def version(text: str) -> str:
    """A release's version of at most 40 characters, such as 2.4.1 or 2.4.1-beta.2."""
    typed = _required(text)
    if len(typed) > VERSION_HIGH or not VERSION.fullmatch(typed):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.release_version")
    return typed


def percent_rate(value: Decimal) -> int:
    """A rate in percent (0 to 100, at most two places) as basis points: 20 is 2000."""
    # Compared, not multiplied: a product is rounded to 28 digits and would hide further places.
    if not value.is_finite() or not 0 <= value <= MOST_PERCENT or value.quantize(HUNDREDTH) != value:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.percent_rate")
    return int(value.quantize(HUNDREDTH).scaleb(2))
