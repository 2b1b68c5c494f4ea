"""Runs what scores passwords: at once when it is quick, else in a thread, one at a time.

Scoring is pure Python. A thread does not make room for the rest of the process while it holds the
interpreter, it only lets it in between; for the 1 to 5 ms of a usual password the way there and back costs
more than it brings. What may take longer goes to the thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_QUICK_LENGTH = 24
# The symbols that zxcvbn takes for letters; its work multiplies with how many different ones occur.
_LETTER_LIKE = frozenset("4@8({[<369!|1705$+%2")
_QUICK_SYMBOLS = 3
# One at a time: more would only take turns.
_pool = ThreadPoolExecutor(1, thread_name_prefix="scoring")


def is_quick(password: str) -> bool:
    """Whether scoring takes a few milliseconds at most."""
    return len(password) <= _QUICK_LENGTH and len(_LETTER_LIKE.intersection(password)) <= _QUICK_SYMBOLS


async def scored(password: str, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of `work`, which scores the password."""
    if is_quick(password):
        return work(*args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_pool, partial(work, *args, **kwargs))
