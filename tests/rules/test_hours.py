"""Support hours (service agreement 8.1): the vectors of domain-tr 1.7."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from api.clock import ISTANBUL
from api.rules import hours
from api.terms import SupportHours

EVERY_DAY = SupportHours(time(10), time(22), frozenset(range(1, 8)), frozenset())
WEEKDAYS = SupportHours(time(10), time(22), frozenset(range(1, 6)), frozenset())
REPUBLIC_DAY = SupportHours(time(10), time(22), frozenset(range(1, 8)), frozenset({date(2026, 10, 29)}))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


@pytest.mark.parametrize(
    ("known", "start", "minutes", "due"),
    [
        (EVERY_DAY, "2026-11-20T10:00", 180, "2026-11-20T13:00"),
        (EVERY_DAY, "2026-11-20T14:00", 5, "2026-11-20T14:05"),
        (EVERY_DAY, "2026-11-20T19:00", 180, "2026-11-20T22:00"),
        (EVERY_DAY, "2026-11-20T19:00:01", 180, "2026-11-21T10:00:01"),
        (EVERY_DAY, "2026-11-20T21:30", 180, "2026-11-21T12:30"),
        (EVERY_DAY, "2026-11-20T22:00", 5, "2026-11-21T10:05"),
        (EVERY_DAY, "2026-11-20T23:59", 180, "2026-11-21T13:00"),
        (EVERY_DAY, "2026-11-20T03:00", 180, "2026-11-20T13:00"),
        (EVERY_DAY, "2026-11-20T09:59:59", 5, "2026-11-20T10:05"),
        (EVERY_DAY, "2026-12-31T21:30", 180, "2027-01-01T12:30"),
        (EVERY_DAY, "2026-11-20T21:30", 780, "2026-11-22T10:30"),
        (WEEKDAYS, "2026-11-20T21:30", 180, "2026-11-23T12:30"),
        (REPUBLIC_DAY, "2026-10-28T21:30", 180, "2026-10-30T12:30"),
    ],
)
def test_a_time_is_added_while_support_is_open(known: SupportHours, start: str, minutes: int, due: str) -> None:
    assert hours.add(_at(start), timedelta(minutes=minutes), known) == _at(due)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-11-20T21:30", "2026-11-21T11:00", 90),
        ("2026-11-20T03:00", "2026-11-20T10:07", 7),
        ("2026-11-20T23:00", "2026-11-20T23:30", 0),
        ("2026-11-20T12:00", "2026-11-20T11:00", 0),
    ],
)
def test_what_has_passed_is_counted_while_support_was_open(start: str, end: str, minutes: int) -> None:
    assert hours.elapsed(_at(start), _at(end), EVERY_DAY) == timedelta(minutes=minutes)


def test_support_says_when_it_is_open_and_when_it_opens() -> None:
    assert hours.is_open(_at("2026-11-20T10:00"), EVERY_DAY)
    assert not hours.is_open(_at("2026-11-20T22:00"), EVERY_DAY)
    assert hours.opening(_at("2026-11-20T12:34"), WEEKDAYS) == _at("2026-11-20T12:34")
    assert hours.opening(_at("2026-11-20T22:00"), WEEKDAYS) == _at("2026-11-23T10:00")
