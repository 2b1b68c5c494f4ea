"""Until when the free installation may be asked for (agreement 5.1.1; domain-tr 1.3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from api.clock import local


def last_day(ordered_at: datetime, window_days: int) -> date:
    """The last day of the right, itself included: the order's day in Istanbul is not counted (HMK 92/1)."""
    return local(ordered_at).date() + timedelta(days=window_days)


def is_open(last_day: date, today: date) -> bool:
    """Whether it may be asked for today; the request counts, not the work."""
    return today <= last_day
