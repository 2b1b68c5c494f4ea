"""The verb of the promise of an answer (8.1): what a ticket opened now would be promised."""

from __future__ import annotations

from datetime import UTC

from api import clock, keeping, promising, settings
from api.access import open_to_all
from api.caller import Caller
from api.rules import hours
from api.schema.support import SupportStatus, support_spans


@open_to_all
async def support_status(caller: Caller) -> SupportStatus:
    """Whether support is open, what a ticket opened now would be promised, and how promises were kept."""
    del caller
    now = clock.now()
    terms = settings.current().tickets
    promise = await promising.promise_at(now)
    figure = await keeping.figure()
    is_open = hours.is_open(now, terms.hours)
    return SupportStatus(
        open=is_open,
        opens_at=None if is_open else hours.opening(now, terms.hours).astimezone(UTC),
        maximum_first_answer_minutes=promise.minutes,
        expected_minutes=terms.expected_minutes,
        first_answer_due_at_if_opened_now=promise.due_at,
        arithmetic=support_spans(now, promise.due_at),
        kept_promises=figure.kept,
        missed_promises=figure.missed,
    )
