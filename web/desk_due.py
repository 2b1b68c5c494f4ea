"""How urgent a ticket is: what the desk says of the answer that it waits for."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

from api import clock
from api.i18n import Language, translate
from api.schema.support import support_left
from web.promises import when_of

_MINUTE = timedelta(minutes=1)


def shown_due(due_at: datetime, warn_minutes: int, language: Language) -> SimpleNamespace:
    """Until when an answer is promised, and its state: missed, near (within the warning's support minutes), later."""
    left, worked = due_at - clock.now(), support_left(due_at)
    state = "missed" if left < timedelta(0) else "near" if worked <= warn_minutes * _MINUTE else "later"
    text = length(abs(left), language)
    if state != "missed" and worked < left:
        # Support is closed in between; an hour of the night is none to answer in.
        text = translate(language, "desk.due.worked", time=length(worked, language))
    return SimpleNamespace(due_at=due_at, at=when_of(due_at, language), state=state, left=text)


def length(duration: timedelta, language: Language) -> str:
    """A duration in its two largest units, e.g. 1 sa 20 dk."""
    hours, minutes = divmod(duration // _MINUTE, 60)
    days, hours_of_day = divmod(hours, 24)
    unit = "days" if days else "hours" if hours else "minutes"
    values = {"days": days, "hours": hours_of_day, "minutes": minutes}
    return translate(language, f"desk.due.{unit}", **values)
