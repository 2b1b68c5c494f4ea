"""The promise of an answer (8.1, 8.2) against a count of open minutes that shares no line with the program."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.clock import ISTANBUL
from api.rules import hours
from api.rules.promises import Extension, is_missed, promised
from api.terms import SupportHours

EVERY_DAY = frozenset(range(1, 8))
PLAIN = SupportHours(time(10), time(22), EVERY_DAY, frozenset())
STANDARD = 180
MINUTE = timedelta(minutes=1)
ONE, TWO = UUID(int=1), UUID(int=2)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


# ---------------------------------------------------------------- every minute of three days
# Counted in whole minutes of UTC from 1970 on, a Thursday; Istanbul is three hours ahead.


def minute_of(instant: datetime) -> int:
    return (instant - EPOCH) // MINUTE


def open_minutes(first: int, opens: int, closes: int, days: set[int], holidays: set[str]) -> list[int]:
    """Every minute of the next sixty days in which support is open, found by looking at each of them."""
    closed = {(date.fromisoformat(day) - date(1970, 1, 1)).days for day in holidays}
    found = []
    for minute in range(first, first + 60 * 1440):
        day, of_day = divmod(minute + 180, 1440)
        if (day + 3) % 7 + 1 in days and day not in closed and opens <= of_day < closes:
            found.append(minute)
    return found


def counted(minutes: list[int], start: int, number: int) -> int:
    """The minute at whose beginning so many open minutes have passed since `start`."""
    return minutes[bisect_left(minutes, start) + number - 1] + 1


ALL, WEEKDAYS = {1, 2, 3, 4, 5, 6, 7}, {1, 2, 3, 4, 5}
Case = tuple[str, set[int], set[str], list[tuple[str, str, int]]]
CASES: dict[str, Case] = {
    "plain": ("2026-11-20", ALL, set(), []),
    "under an extension": ("2026-11-20", ALL, set(), [("2026-11-20T12:00", "2026-11-21T15:30", 600)]),
    "under one that was announced before": (
        "2026-11-20", ALL, set(), [("2026-11-21T18:00", "2026-11-22T09:00", 1440)],
    ),
    "under two at once": (
        "2026-11-20", ALL, set(),
        [("2026-11-20T08:00", "2026-11-21T08:00", 300), ("2026-11-20T20:00", "2026-11-22T11:00", 900)],
    ),
    "New Year": ("2026-12-30", ALL, set(), []),
    "New Year, a holiday": ("2026-12-30", ALL, {"2027-01-01"}, []),
    "28 and 29 February": ("2028-02-28", ALL, set(), []),
    "a holiday": ("2026-10-28", ALL, {"2026-10-29"}, []),
    "Monday to Friday": ("2026-11-20", WEEKDAYS, set(), []),
    "Monday to Friday, a holiday on Monday": (
        "2026-11-20", WEEKDAYS, {"2026-11-23"}, [("2026-11-20T21:00", "2026-11-24T10:00", 721)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_minute_of_three_days_is_promised_what_counting_says(name: str) -> None:
    day, days, holidays, announced = CASES[name]
    known = SupportHours(
        time(10), time(22), frozenset(days), frozenset(date.fromisoformat(holiday) for holiday in holidays)
    )
    extensions = [Extension(UUID(int=i), at(start), at(end), most) for i, (start, end, most) in enumerate(announced)]
    first = minute_of(at(day))
    minutes = open_minutes(first, 600, 1320, days, holidays)
    wrong = []
    for start in range(first, first + 3 * 1440):
        due, most = counted(minutes, start, STANDARD), STANDARD
        for begins, ends, longer in announced:
            if start < minute_of(at(ends)) and due >= minute_of(at(begins)):
                due, most = max((due, most), (counted(minutes, start, longer), longer))
        told = promised(EPOCH + start * MINUTE, STANDARD, extensions, known)
        if (told.due_at, told.minutes) != (EPOCH + due * MINUTE, most):
            wrong.append((start, told, EPOCH + due * MINUTE))
    assert wrong == []


# ---------------------------------------------------------------- properties

INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.sampled_from([UTC, ISTANBUL]))  # noqa: DTZ001 - hypothesis adds the zone
DURATIONS = st.timedeltas(timedelta(0), timedelta(hours=80))


@st.composite
def any_hours(draw: st.DrawFn) -> SupportHours:
    opens = draw(st.integers(0, 1438))
    closes = draw(st.integers(opens + 1, 1439))
    days = draw(st.sets(st.integers(1, 7), min_size=1))
    holidays = draw(st.sets(st.dates(date(2026, 1, 1), date(2029, 3, 1)), max_size=5))
    at_open, at_close = (time(*divmod(minute, 60)) for minute in (opens, closes))
    return SupportHours(at_open, at_close, frozenset(days), frozenset(holidays))


@st.composite
def any_extensions(draw: st.DrawFn, start: datetime) -> list[Extension]:
    """Up to four extensions, past, present or to come as a promise that began at `start` sees them."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        begins = start + draw(st.timedeltas(timedelta(days=-5), timedelta(days=5)))
        ends = begins + draw(st.timedeltas(MINUTE, timedelta(days=7)))
        found.append(Extension(UUID(int=number), begins, ends, draw(st.integers(STANDARD + 1, 3000))))
    return found


# Hours that are open long enough for a property of hundreds of support hours to be quick.
USUAL_HOURS = st.sampled_from(
    [PLAIN, SupportHours(time(9), time(18), frozenset(WEEKDAYS), frozenset({date(2027, 1, 1), date(2028, 2, 29)}))]
)


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(hours=2)), any_hours())
def test_what_has_passed_is_what_was_added(start: datetime, duration: timedelta, known: SupportHours) -> None:
    end = hours.add(start, duration, known)
    assert end >= start
    assert hours.elapsed(start, end, known) == duration


@given(INSTANTS, DURATIONS, DURATIONS, USUAL_HOURS)
def test_adding_in_two_steps_is_adding_at_once(
    start: datetime, first: timedelta, second: timedelta, known: SupportHours
) -> None:
    assert hours.add(hours.add(start, first, known), second, known) == hours.add(start, first + second, known) or (
        # What ends with the day stays on it; nothing more added, the next opening says the same.
        second == timedelta(0)
    )


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=9)), DURATIONS, DURATIONS, USUAL_HOURS)
def test_who_writes_later_or_is_promised_more_time_is_answered_no_earlier(
    start: datetime, later: timedelta, duration: timedelta, more: timedelta, known: SupportHours
) -> None:
    due = hours.add(start, duration, known)
    assert hours.add(start + later, duration, known) >= due
    assert hours.add(start, duration + more, known) >= due


@given(INSTANTS, st.timedeltas(timedelta(days=-1), timedelta(days=20)), any_hours())
def test_the_stretches_are_open_in_order_and_all_that_was_open(
    start: datetime, long: timedelta, known: SupportHours
) -> None:
    end = start + long
    found = list(hours.spans(start, end, known))
    for since, until in found:
        assert start <= since < until <= end
        assert hours.is_open(since, known)
        assert hours.is_open(until - timedelta(microseconds=1), known)
        assert not hours.is_open(until, known) or until == end
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert sum((until - since for since, until in found), timedelta()) == hours.elapsed(start, end, known)


@given(st.data(), INSTANTS, USUAL_HOURS)
def test_an_extension_never_brings_an_answer_forward(data: st.DataObject, start: datetime, known: SupportHours) -> None:
    extensions = data.draw(any_extensions(start))
    plain = promised(start, STANDARD, [], known)
    told = promised(start, STANDARD, extensions, known)
    assert told.due_at >= plain.due_at
    assert told.due_at == hours.add(start, told.minutes * MINUTE, known)
    assert (told.extension is None) == (told.due_at == plain.due_at)
    if extensions:
        fewer = promised(start, STANDARD, extensions[1:], known)
        assert told.due_at >= fewer.due_at
        assert promised(start, STANDARD, list(reversed(extensions)), known) == told


@given(st.data(), INSTANTS, USUAL_HOURS)
def test_moving_a_promise_twice_is_moving_it_once(data: st.DataObject, start: datetime, known: SupportHours) -> None:
    extensions = data.draw(any_extensions(start))
    told = promised(start, STANDARD, extensions, known)
    assert promised(start, told.minutes, extensions, known).due_at == told.due_at


# ---------------------------------------------------------------- the edges of an extension


@pytest.mark.parametrize(
    ("start", "begins", "ends", "minutes"),
    [
        # Begun when the promise is due to the second: not missed yet.
        ("2026-11-20T10:00", "2026-11-20T13:00:00", "2026-11-21T13:00", 600),
        ("2026-11-20T10:00", "2026-11-20T13:00:01", "2026-11-21T13:00", STANDARD),
        # Ended when the message came.
        ("2026-11-20T10:00", "2026-11-19T10:00", "2026-11-20T10:00:00", STANDARD),
        ("2026-11-20T10:00", "2026-11-19T10:00", "2026-11-20T10:00:01", 600),
        # Ended before it began, as one that was withdrawn before.
        ("2026-11-20T10:00", "2026-11-25T10:00", "2026-11-19T10:00", STANDARD),
    ],
)
def test_an_extension_counts_from_its_first_instant_to_before_its_last(
    start: str, begins: str, ends: str, minutes: int
) -> None:
    told = promised(at(start), STANDARD, [Extension(ONE, at(begins), at(ends), 600)], PLAIN)
    assert (told.minutes, told.extension) == (minutes, ONE if minutes == 600 else None)


def test_one_extension_may_lead_into_the_next() -> None:
    chain = [
        Extension(TWO, at("2026-11-20T18:00"), at("2026-11-21T18:00"), 1200),
        Extension(ONE, at("2026-11-20T12:00"), at("2026-11-20T14:00"), 600),
    ]
    told = promised(at("2026-11-20T10:00"), STANDARD, chain, PLAIN)
    assert (told.due_at, told.extension) == (at("2026-11-21T18:00"), TWO)
    assert promised(at("2026-11-20T10:00"), STANDARD, chain[:1], PLAIN).minutes == STANDARD


def test_a_promise_is_missed_after_its_last_instant() -> None:
    due = at("2026-11-20T13:00")
    late = due + timedelta(microseconds=1)
    assert [is_missed(due, ended, now) for ended, now in ((None, due), (None, late), (due, late), (late, late))] == [
        False, True, False, True,
    ]  # fmt: skip
