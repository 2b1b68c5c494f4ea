"""The promise of an answer (service agreement 8.1), and how an announced extension moves it (8.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.rules import hours as clock
from api.terms import SupportHours


@dataclass(frozen=True, slots=True)
class Extension:
    """An announced extension: while it holds, an answer may take `minutes` of support time."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Promise:
    """Until when an answer is promised, in how many support minutes, and which extension said so."""

    due_at: datetime
    minutes: int
    extension: UUID | None = None


def promised(start: datetime, minutes: int, extensions: Iterable[Extension], hours: SupportHours) -> Promise:
    """What a customer whose message came at `start` is promised (8.1), under the extensions that are known.

    An extension gives a promise its minutes, counted from the promise's own start, if the promise began before the
    extension ended and was not missed when it began; it never brings an answer forward (8.2).
    """
    promise = Promise(_due(start, minutes, hours), minutes)
    for extension in sorted(extensions, key=lambda known: (known.starts_at, known.ends_at, known.id)):
        if start >= extension.ends_at or promise.due_at < extension.starts_at:
            continue
        due_at = _due(start, extension.minutes, hours)
        if due_at > promise.due_at:
            promise = Promise(due_at, extension.minutes, extension.id)
    return promise


def _due(start: datetime, minutes: int, hours: SupportHours) -> datetime:
    return clock.add(start, timedelta(minutes=minutes), hours).astimezone(UTC)


def is_missed(due_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a promise was broken: its end, or now while it is open, lies after what was promised."""
    return (ended_at or now) > due_at
