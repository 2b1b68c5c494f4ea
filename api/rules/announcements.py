"""What an announcement may say of time: an extension of the answer time (8.2) has an end and more minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from api.refusal import Refusal, UserErrorCode
from api.rules.catalog import description
from api.rules.text import line

EXTENSION = "SUPPORT_EXTENSION"
TITLE_LOW, TITLE_HIGH = 3, 200
MOST_MINUTES = 10_080
# How far from now an announcement's times may lie.
_HORIZON = timedelta(days=366)


def title(value: str) -> str:
    """One line of 3 to 200 characters."""
    return line(value, low=TITLE_LOW, high=TITLE_HIGH)


def body(value: str) -> str:
    """Markdown, as a product's description is."""
    return description(value)


def _instant(value: datetime, now: datetime) -> datetime:
    if value.tzinfo is None or abs(value - now) > _HORIZON:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.announcement_time")
    return value


def starts_at(kind: str, value: datetime | None, now: datetime) -> datetime | None:
    """When it begins; an extension at once when that is absent or past: no promise is moved for the past (8.2)."""
    given = None if value is None else _instant(value, now)
    if kind == EXTENSION:
        return max(given or now, now)
    return given


def ends_at(
    kind: str, value: datetime | None, starts: datetime | None, now: datetime, extension_days: int
) -> datetime | None:
    """When it ends, later than it begins and than now; an extension must, within some days (8.2)."""
    if value is None:
        if kind == EXTENSION:
            raise Refusal.of(UserErrorCode.REQUIRED, "refusals.extension_end")
        return None
    given = _instant(value, now)
    begins = starts or now
    if given <= max(begins, now):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.announcement_end")
    if kind == EXTENSION and given - begins > timedelta(days=extension_days):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.extension_days", days=extension_days)
    return given


def maximum_minutes(kind: str, value: int | None, standard: int) -> int | None:
    """The support minutes of an extension: more than what is promised anyway, at most 10,080 (8.2)."""
    if kind != EXTENSION:
        if value is not None:
            raise Refusal.of(UserErrorCode.INVALID, "refusals.extension_only")
        return None
    if value is None:
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.extension_minutes", low=standard + 1, high=MOST_MINUTES)
    if not standard < value <= MOST_MINUTES:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.extension_minutes", low=standard + 1, high=MOST_MINUTES)
    return value


def product_id(kind: str, value: str | None) -> str | None:
    """The product it is about; an extension holds for every ticket (8.2)."""
    if kind == EXTENSION and value is not None:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.extension_product")
    return value
