"""Nouns of the promise of an answer (8.1): whether support is open, what is promised, and how that is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import strawberry

from api import clock, settings
from api.rules import hours

_MINUTE = timedelta(minutes=1)


@strawberry.type(description="A stretch in which support is open, as it is counted for a promise.")
class SupportSpan:
    since: datetime = strawberry.field(description="When it begins, to the minute.")
    until: datetime = strawberry.field(description="When it ends, to the minute.")
    minutes: int = strawberry.field(description="How long it is.")


def support_spans(start: datetime, due_at: datetime) -> list[SupportSpan]:
    """How a promise from `start` to `due_at` is counted (8.1); its minutes are the sum of theirs.

    Both are taken to the minute before, as people read them.
    """
    first, last = (clock.local(at).replace(second=0, microsecond=0) for at in (start, due_at))
    return [
        SupportSpan(since=since.astimezone(UTC), until=until.astimezone(UTC), minutes=(until - since) // _MINUTE)
        for since, until in hours.spans(first, last, settings.current().tickets.hours)
    ]


def support_left(due_at: datetime) -> timedelta:
    """For how long support is still open until a promise is due; nothing once it is missed."""
    return hours.elapsed(clock.now(), due_at, settings.current().tickets.hours)


@strawberry.type(description="Whether support is open, and what a ticket opened now would be promised (8.1).")
class SupportStatus:
    open: bool = strawberry.field(description="Whether support is open now.")
    opens_at: datetime | None = strawberry.field(description="When it opens next; null while it is open.")
    maximum_first_answer_minutes: int = strawberry.field(
        description="Support minutes; 180 unless an announcement extends it (8.2)."
    )
    expected_minutes: int = strawberry.field(description="After how many support minutes an answer may be expected.")
    first_answer_due_at_if_opened_now: datetime = strawberry.field(
        description="What a ticket opened now would be promised."
    )
    arithmetic: list[SupportSpan] = strawberry.field(description="How that is counted.")
    kept_promises: int = strawberry.field(description="Promises of the last 90 days that were kept.")
    missed_promises: int = strawberry.field(
        description="Those that were missed; one that its customer withdrew in time counts as neither."
    )
