"""Runs what scores passwords: at once when it is quick, else in a thread, one at a time.

Scoring is pure Python. A thread does not make room for the rest of the process while it holds the
interpreter, it only lets it in between; for the 1 to 5 ms of a usual password the way there and back costs
more than it brings. What may take longer goes to the thread.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, lowlevel, to_thread

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE = 1
_QUICK_LENGTH = 24
# The symbols that zxcvbn takes for letters; its work multiplies with how many different ones occur.
_LETTER_LIKE = frozenset("4@8({[<369!|1705$+%2")
_QUICK_SYMBOLS = 3
_limiters: dict[object, CapacityLimiter] = {}


def _limiter() -> CapacityLimiter:
    # A limiter belongs to one event loop; tests run several in a process.
    loop = lowlevel.current_token()
    if loop not in _limiters:
        _limiters.clear()
        _limiters[loop] = CapacityLimiter(_AT_ONCE)
    return _limiters[loop]


def is_quick(password: str) -> bool:
    """Whether scoring takes a few milliseconds at most."""
    return len(password) <= _QUICK_LENGTH and len(_LETTER_LIKE.intersection(password)) <= _QUICK_SYMBOLS


async def scored(password: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of `work`, which scores the password."""
    if is_quick(password):
        return work(*args, **kwargs)
    return await to_thread.run_sync(partial(work, *args, **kwargs), limiter=_limiter())
