"""What the clock door finds to do (api.timetable)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do: a line that tells of it, and the act, which answers whether there still was something to do."""

    line: str
    do: Callable[[], Awaitable[bool]]
