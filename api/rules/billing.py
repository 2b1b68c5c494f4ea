"""What people type about orders, prices and payments, and the days and sums that follow from it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from api.clock import local
from api.money import MOST_MINOR, as_decimal, minor_units, vat
from api.refusal import Refusal, UserErrorCode
from api.rules.text import DECOMPOSED, has_unprintable, is_blank, line, nfc

QUANTITY_HIGH = 100
REFERENCE_HIGH = 140
REASON_LOW, REASON_HIGH = 3, 500
KEY_HIGH = 100
NOTE_HIGH = 4000
LAYOUT = str.maketrans("", "", "\n\t")


def due_on(issued_on: date, days: int) -> date:
    """The last day on which an invoice is paid in time."""
    return issued_on + timedelta(days=days)


def cancelled_after(ordered_at: datetime, days: int) -> date:
    """The last day in Istanbul on which an unpaid order stands; on the next one it is cancelled."""
    return local(ordered_at).date() + timedelta(days=days)


def quantity(value: int) -> int:
    """How many licenses one line orders: 1 to 100."""
    if not 1 <= value <= QUANTITY_HIGH:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.quantity", high=QUANTITY_HIGH)
    return value


def _minor(value: Decimal | None) -> int:
    if value is None:
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    if not value.is_finite():
        raise Refusal.of(UserErrorCode.INVALID, "refusals.amount_number")
    if value > as_decimal(MOST_MINOR):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.amount_too_large")
    if value < 0:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.amount_negative")
    minor = minor_units(value)
    if minor is None:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.amount_places")
    return minor


def price(value: Decimal | None) -> int:
    """A net price in minor units; it may be zero."""
    return _minor(value)


def amount(value: Decimal | None) -> int:
    """An amount above zero in minor units."""
    minor = _minor(value)
    if minor == 0:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.amount_zero")
    return minor


def paid_on(value: date | None, today: date, earliest: date) -> date | None:
    """The day on which a customer says to have paid, from `earliest` to today; None when they did not say."""
    if value is not None and value > today:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.paid_in_future")
    if value is not None and value < earliest:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.paid_too_early")
    return value


def reference(value: str) -> str:
    """What a bank statement shows of a transfer, one line of at most 140 characters (SEPA's length)."""
    return line(value, high=REFERENCE_HIGH)


def reason(value: str) -> str:
    """Why staff did something, for the customer to read: 3 to 500 characters, line breaks become spaces."""
    return line(" ".join(value.split()), low=REASON_LOW, high=REASON_HIGH)


def idempotency_key(value: str) -> str:
    """The caller's name for one act, kept letter by letter: 1 to 100 printable characters."""
    if is_blank(value):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    if len(value) > KEY_HIGH:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=KEY_HIGH)
    if has_unprintable(value):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.control_characters")
    return value


def optional_key(value: str | None) -> str | None:
    """The same where the caller may leave it out."""
    return None if value is None else idempotency_key(value)


def note(value: str, high: int = NOTE_HIGH) -> str:
    """A required text of any number of lines and at most `high` characters, its ends trimmed."""
    if is_blank(value):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > DECOMPOSED * high:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=high)
    if has_unprintable(text.translate(LAYOUT)):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.control_characters")
    composed = nfc(text)
    if len(composed) > high:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=high)
    return composed


def line_totals(quantity: int, unit_minor: int, rate_bp: int) -> tuple[int, int]:
    """The net of an invoice line and its VAT, in minor units; VAT is rounded once per line (domain-tr 3.10)."""
    net_minor = quantity * unit_minor
    return net_minor, vat(net_minor, rate_bp)
