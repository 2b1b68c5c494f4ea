"""Wakes this process's clock door when a letter was queued, so that it need not wait for its next round."""

from __future__ import annotations

import asyncio

_event: asyncio.Event | None = None


def wake() -> None:
    """Let a waiting clock door look at once."""
    if _event is not None:
        _event.set()


async def wait(seconds: float) -> None:
    """Sleep until woken, `seconds` at most."""
    global _event
    _event = _event or asyncio.Event()
    try:
        await asyncio.wait_for(_event.wait(), seconds)
    except TimeoutError:
        return
    finally:
        _event.clear()


def forget() -> None:
    """Leave the event of a finished loop behind."""
    global _event
    _event = None
