"""Support hours (service agreement 8.1): a clock that runs only while support is open, in Istanbul's time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from api.clock import ISTANBUL
from api.terms import SupportHours

_DAY = timedelta(days=1)


def _works(day: date, hours: SupportHours) -> bool:
    return day.isoweekday() in hours.days and day not in hours.holidays


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, ISTANBUL)


def is_open(at: datetime, hours: SupportHours) -> bool:
    """Whether support is open at an instant; at the closing hour itself it no longer is."""
    local = at.astimezone(ISTANBUL)
    return _works(local.date(), hours) and hours.opens <= local.time() < hours.closes


def opening(at: datetime, hours: SupportHours) -> datetime:
    """The instant itself while support is open, else when it opens next."""
    local = at.astimezone(ISTANBUL)
    if is_open(local, hours):
        return local
    day = local.date() if local.time() < hours.opens else local.date() + _DAY
    while not _works(day, hours):
        day += _DAY
    return _at(day, hours.opens)


def add(start: datetime, duration: timedelta, hours: SupportHours) -> datetime:
    """The instant at which support has been open for `duration` since `start`.

    What ends exactly at the closing hour stays on that day.
    """
    local = opening(start, hours)
    left = duration
    while (room := _at(local.date(), hours.closes) - local) < left:
        left -= room
        local = opening(_at(local.date(), hours.closes), hours)
    return local + left


def spans(start: datetime, end: datetime, hours: SupportHours) -> Iterator[tuple[datetime, datetime]]:
    """The stretches in which support was open from `start` to `end`, in Istanbul's time: at most one each day."""
    last = end.astimezone(ISTANBUL)
    local = opening(start, hours)
    while local < last:
        closing = _at(local.date(), hours.closes)
        yield local, min(closing, last)
        local = opening(closing, hours)


def elapsed(start: datetime, end: datetime, hours: SupportHours) -> timedelta:
    """For how long support was open from `start` to `end`; nothing when `end` is not later."""
    return sum((until - since for since, until in spans(start, end, hours)), timedelta())
