from __future__ import annotations

from datetime import date, datetime

import pytest

from api.rules.installations import is_open, last_day


@pytest.mark.parametrize(
    ("ordered", "window", "last"),
    [
        ("2026-01-01T12:00:00+03:00", 30, "2026-01-31"),
        ("2026-02-10T12:00:00+03:00", 30, "2026-03-12"),
        ("2026-01-01T20:59:59Z", 30, "2026-01-31"),
        ("2026-01-01T20:59:59.999999Z", 30, "2026-01-31"),
        ("2026-01-01T21:00:00Z", 30, "2026-02-01"),
        ("2025-12-31T21:00:00Z", 30, "2026-01-31"),
        ("2028-01-30T21:00:00Z", 30, "2028-03-01"),
        ("2028-01-30T20:59:59Z", 30, "2028-02-29"),
        ("2016-07-01T20:59:59Z", 1, "2016-07-02"),
        ("2015-12-01T21:59:59Z", 1, "2015-12-02"),
        ("2026-01-01T12:00:00Z", 0, "2026-01-01"),
    ],
)
def test_the_window_is_counted_from_the_day_in_istanbul(ordered: str, window: int, last: str) -> None:
    assert last_day(datetime.fromisoformat(ordered), window) == date.fromisoformat(last)


def test_the_last_day_is_open_and_the_next_is_not() -> None:
    assert [is_open(date(2026, 1, 31), day) for day in (date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1))] == [
        True,
        True,
        False,
    ]
