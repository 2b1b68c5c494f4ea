"""How many passwords are scored at once: scoring is pure Python and would starve the rest of the process."""

from __future__ import annotations

from anyio import CapacityLimiter, lowlevel

_AT_ONCE = 1
_limiters: dict[object, CapacityLimiter] = {}


def limiter() -> CapacityLimiter:
    """The present event loop's limiter."""
    loop = lowlevel.current_token()
    if loop not in _limiters:
        _limiters.clear()
        _limiters[loop] = CapacityLimiter(_AT_ONCE)
    return _limiters[loop]
