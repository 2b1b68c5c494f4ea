"""The promise of an answer (8.1) as pages tell it: until when, and how that is counted."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

from babel.dates import format_date, get_day_names

from api import clock, settings
from api.caller import Caller
from api.i18n import Language, translate
from api.resolvers import announcements
from api.schema.support import SupportSpan, SupportStatus, support_spans
from api.terms import SupportHours

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
# More stretches than these are told as the first, a sum of those between, and the last.
_MOST_SPANS = 4
_WEEK = 7


def shown_promise(start: datetime, due_at: datetime, language: Language) -> SimpleNamespace:
    """What `partials/support_promise.html` needs, as `promise`: of a message that came at `start`."""
    now = clock.now()
    begins_now = abs(now - start) < timedelta(minutes=1)
    spans = support_spans(start, due_at)
    between = spans[1:-1] if len(spans) > _MOST_SPANS else []
    listed = [_span(span, language) for span in (spans if not between else (spans[0], spans[-1]))]
    if between:
        when = translate(language, "promise.between", days=len(between))
        listed.insert(1, SimpleNamespace(when=when, length=length(sum(span.minutes for span in between), language)))
    return SimpleNamespace(
        due_at=due_at,
        due=when_of(due_at, language),
        start=f"{clock.local(start):%H:%M}" if begins_now else when_of(start, language),
        begins_now=begins_now,
        hours=hours_of(settings.current().tickets.hours, language),
        spans=listed,
        length=length(sum(span.minutes for span in spans), language),
        missed=due_at < now,
        left=left(due_at, language),
    )


def shown_figure(status: SupportStatus) -> SimpleNamespace | None:
    """How promises were kept, as `partials/promise_figure.html` tells it; None where none fell due yet."""
    total = status.kept_promises + status.missed_promises
    return SimpleNamespace(kept=status.kept_promises, total=total) if total else None


async def extension_now(caller: Caller) -> SimpleNamespace | None:
    """The extension that holds now, as the panel's strip tells it (8.2)."""
    own = await announcements.extension_now(caller)
    if own is None:
        return None
    language = caller.language
    return SimpleNamespace(
        href=f"/announcements/{own.id}",
        within=length(own.maximum_first_answer_minutes or 0, language),
        ends=when_of(own.ends_at, language) if own.ends_at else "",
    )


def when_of(at: datetime, language: Language) -> str:
    """An instant as people say it, e.g. yarın 12:40."""
    return f"{_day(at, language)} {clock.local(at):%H:%M}"


def _day(at: datetime, language: Language) -> str:
    day, today = clock.local(at).date(), clock.today()
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get((day - today).days)
    if near:
        return translate(language, f"promise.{near}")
    year = "" if day.year == today.year else " y"
    return format_date(day, f"d MMMM{year} EEEE" if language == "tr" else f"EEEE d MMMM{year}", locale=language)


def stretch(since: datetime, until: datetime, language: Language) -> str:
    """From when to when, e.g. yarın 10:00–12:40."""
    if clock.local(since).date() == clock.local(until).date():
        return f"{when_of(since, language)}–{clock.local(until):%H:%M}"
    return f"{when_of(since, language)} – {when_of(until, language)}"


def _span(span: SupportSpan, language: Language) -> SimpleNamespace:
    return SimpleNamespace(when=stretch(span.since, span.until, language), length=length(span.minutes, language))


def length(minutes: int, language: Language) -> str:
    """So many minutes of support, e.g. 2 sa 40 dk."""
    hours, rest = divmod(minutes, 60)
    return _joined(language, ("hours", hours), ("minutes", rest)) or translate(language, "promise.minutes", number=0)


def left(due_at: datetime, language: Language) -> str:
    """How long it is from now, by any clock; static/site.js says it anew each minute."""
    seconds = max(0, int((due_at - clock.now()).total_seconds()))
    if seconds >= 2 * _DAY:
        return _joined(language, ("days", seconds // _DAY), ("hours", seconds % _DAY // _HOUR))
    return length(seconds // _MINUTE, language)


def _joined(language: Language, *parts: tuple[str, int]) -> str:
    return " ".join(translate(language, f"promise.{unit}", number=number) for unit, number in parts if number)


def hours_of(hours: SupportHours, language: Language) -> str:
    """When support is open, e.g. her gün 10:00–22:00."""
    names = get_day_names("wide" if _in_a_row(hours) else "abbreviated", locale=language)
    ordered = [names[day - 1] for day in sorted(hours.days)]
    days = f"{ordered[0]}–{ordered[-1]}" if _in_a_row(hours) and len(ordered) > 1 else ", ".join(ordered)
    if len(hours.days) == _WEEK:
        days = translate(language, "promise.every_day")
    kept = translate(language, "promise.but_holidays") if hours.holidays else ""
    return f"{days} {hours.opens:%H:%M}–{hours.closes:%H:%M}{kept}"


def _in_a_row(hours: SupportHours) -> bool:
    return max(hours.days) - min(hours.days) == len(hours.days) - 1
