from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.rules.reminders import INVOICE_DAYS, SUPPORT_DAYS, reminder

TARGET = date(2028, 3, 1)


def _on(elapsed: int, days: tuple[int, ...], late: int = 7) -> int | None:
    return reminder(TARGET, TARGET + timedelta(days=elapsed), days, late)


@pytest.mark.parametrize(
    ("elapsed", "due"),
    [
        (-400, None), (-31, None), (-30, -30), (-29, -30), (-15, -30), (-14, -14), (-8, -14), (-7, -7), (-2, -7),
        (-1, -1), (0, 0), (1, 0), (6, 0), (7, 7), (14, 7), (15, None), (400, None),
    ],
)  # fmt: skip
def test_reminders_of_support(elapsed: int, due: int | None) -> None:
    assert _on(elapsed, SUPPORT_DAYS) == due


@pytest.mark.parametrize(
    ("elapsed", "due"),
    [(-4, None), (-3, -3), (-1, -3), (0, 0), (2, 0), (3, 3), (9, 3), (10, 10), (17, 10), (18, None)],
)
def test_reminders_of_an_invoice(elapsed: int, due: int | None) -> None:
    assert _on(elapsed, INVOICE_DAYS) == due


@pytest.mark.parametrize(("late", "due"), [(0, [10, None]), (1, [10, 10]), (2, [10, 10])])
def test_the_last_one_has_its_own_patience(late: int, due: list[int | None]) -> None:
    assert [_on(elapsed, INVOICE_DAYS, late) for elapsed in (10, 11)] == due


@settings(max_examples=150)
@given(st.sets(st.integers(-60, 60), max_size=40), st.sampled_from([SUPPORT_DAYS, INVOICE_DAYS]))
def test_a_door_that_sleeps_sends_each_once_and_never_an_earlier_one_later(
    awake: set[int], days: tuple[int, ...]
) -> None:
    told = [due for elapsed in sorted(awake) if (due := _on(elapsed, days)) is not None]
    assert told == sorted(told)
    assert set(told) <= set(days)
    assert all(_on(day, days) == day for day in days)
