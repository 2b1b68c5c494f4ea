"""What may be typed into tickets, and the last day on which a closed one opens again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import ParamSpec

import pytest

from api.refusal import UserErrorCode
from api.rules import tickets
from tests.rules.refused import refused

P = ParamSpec("P")


def _no(rule: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> tuple[UserErrorCode, str]:
    problem = refused(rule, *args, **kwargs)
    return problem.code, problem.message


# Kept letter by letter: joiners, bidi marks, private use, what no font shows.
KEPT = ["👩‍👩‍👧", "\u202egnp.exe", "a\u2028b", "{{7*7}}", "<script>", "=1+1", "İ\u0307", "\ue000", "e\u0301", "../..\\"]


@pytest.mark.parametrize("text", KEPT)
def test_text_is_kept_as_it_was_written(text: str) -> None:
    assert (tickets.subject(text), tickets.body(text), tickets.comment(text)) == (text, text, text)


def test_lines_are_kept_in_bodies_and_ends_are_trimmed() -> None:
    assert tickets.body("\n\n    kod\r\n\tson\r\n ") == "    kod\n\tson"
    assert tickets.subject("  Konu \n") == "Konu"


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\x7fb", "a\x85b", "a\ud800b"])
def test_control_characters_and_surrogates_are__no(text: str) -> None:
    for rule in (tickets.subject, tickets.body, tickets.comment):
        assert _no(rule, text) == (UserErrorCode.INVALID, "refusals.control_characters")


@pytest.mark.parametrize("text", ["a\nBcc: x@example.net", "a\tb"])
def test_a_subject_is_one_line(text: str) -> None:
    assert _no(tickets.subject, text) == (UserErrorCode.INVALID, "refusals.control_characters")


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u2060", "\ufeff"])
def test_what_shows_nothing_is_missing(text: str) -> None:
    for rule in (tickets.subject, tickets.body):
        assert _no(rule, text) == (UserErrorCode.REQUIRED, "refusals.required")
    assert tickets.comment(text) is None


def test_lengths_are_counted_in_characters() -> None:
    for rule, high in ((tickets.subject, 200), (tickets.body, 20_000), (tickets.comment, 500)):
        assert rule("ş" * high) == "ş" * high
        assert _no(rule, "ş" * (high + 1)) == (UserErrorCode.TOO_LONG, "refusals.too_long")


def test_points_go_from_one_to_five() -> None:
    assert [tickets.rating(points) for points in range(1, 6)] == [1, 2, 3, 4, 5]
    for points in (0, 6, -1, 2**31 - 1):
        assert _no(tickets.rating, points) == (UserErrorCode.INVALID, "refusals.rating")


def test_the_last_day_of_support_counts() -> None:
    day = date(2026, 11, 27)
    assert [tickets.support_runs(until, day) for until in (day, date(2026, 11, 26), None)] == [True, False, False]


@pytest.mark.parametrize(
    ("closed_at", "last"),
    [
        (datetime(2026, 11, 27, 20, 59, tzinfo=UTC), date(2026, 12, 11)),
        # Past midnight in Istanbul.
        (datetime(2026, 11, 27, 21, 0, tzinfo=UTC), date(2026, 12, 12)),
        (datetime(2028, 2, 15, 12, 0, tzinfo=UTC), date(2028, 2, 29)),
    ],
)
def test_a_closed_ticket_opens_again_until_the_end_of_a_day_in_istanbul(closed_at: datetime, last: date) -> None:
    assert tickets.reopenable_until(closed_at, 14) == last


KINDS = ("TECHNICAL", "SALES", "BILLING", "INSTALLATION", "COMPLAINT")


def test_a_closed_account_may_still_complain() -> None:
    for kind in KINDS:
        tickets.refuse_by_account("ACTIVE", kind)
    for status in ("SUSPENDED", "TERMINATED", "ERASED", "PENDING_VERIFICATION"):
        for kind in KINDS:
            if kind == "COMPLAINT" and status in {"SUSPENDED", "TERMINATED"}:
                tickets.refuse_by_account(status, kind)
                continue
            expected = (UserErrorCode.NOT_ALLOWED, "refusals.ticket_account")
            assert _no(tickets.refuse_by_account, status, kind) == expected
