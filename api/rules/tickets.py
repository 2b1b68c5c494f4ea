"""Tickets (service agreement 8): what people type into them, and what they may be opened for and until when."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta

from api.clock import local
from api.refusal import Refusal, UserErrorCode
from api.rules.text import is_blank

SUBJECT_HIGH = 200
BODY_HIGH = 20_000
COMMENT_HIGH = 500
RATINGS = range(1, 6)
COMPLAINT = "COMPLAINT"
_LAYOUT = frozenset("\n\t")


def _free(value: str, high: int, layout: frozenset[str] = frozenset()) -> str:
    """A text kept as it was written, emoji joiners and bidi marks too; its end, and empty lines before it, trimmed."""
    if is_blank(value):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    text = value.replace("\r\n", "\n").replace("\r", "\n").rstrip().lstrip("\n")
    if len(text) > high:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=high)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text if character not in layout):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.control_characters")
    return text


def subject(value: str) -> str:
    """What a ticket is about, in one line of at most 200 characters."""
    return _free(value.strip(), SUBJECT_HIGH)


def body(value: str) -> str:
    """A message in Markdown of at most 20,000 characters, of any number of lines."""
    return _free(value, BODY_HIGH, _LAYOUT)


def rating(value: int) -> int:
    """How satisfied somebody is, from 1 (poor) to 5 (very good)."""
    if value not in RATINGS:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.rating")
    return value


def comment(value: str | None) -> str | None:
    """What is said with a rating; nothing at all is fine."""
    return None if value is None or is_blank(value) else _free(value, COMMENT_HIGH, _LAYOUT)


def support_runs(support_until: date | None, today: date) -> bool:
    """Whether technical questions are answered: the last day of support counts (5.1.2)."""
    return support_until is not None and today <= support_until


def reopenable_until(closed_at: datetime, days: int) -> date:
    """The last day in Istanbul on which answering a closed ticket opens it again."""
    return local(closed_at).date() + timedelta(days=days)


def refuse_by_account(status: str, kind: str) -> None:
    """Refuse what an account that is not active may not ask; a closed one may still complain of that (5.2)."""
    if status != "ACTIVE" and not (kind == COMPLAINT and status in {"SUSPENDED", "TERMINATED"}):
        raise Refusal.of(UserErrorCode.NOT_ALLOWED, "refusals.ticket_account")
