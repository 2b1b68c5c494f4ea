"""How answers go out: what belongs together in one piece, where uvicorn writes the head and the body of each by itself.

A write to a socket costs as much as a good part of a license check does; this saves one of three.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# What waits beyond this goes at once, so that a long answer is not gathered in memory.
_MOST_BYTES = 64 * 1024


class _Gathering:
    """A transport that hands on in one piece what was written within one turn of the event loop."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write after this turn, in order, or now where much is waiting."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)
        self._size += len(data)
        if self._size > _MOST_BYTES:
            self._flush()

    def close(self) -> None:
        """Close once everything was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            gathered = b"".join(self._parts)
            self._parts.clear()
            self._size = 0
            # Whoever asked may be gone since; uvloop minds.
            if not self._transport.is_closing():
                self._transport.write(gathered)


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 over a gathering transport."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin with a new connection."""
        super().connection_made(cast("asyncio.Transport", _Gathering(transport, self.loop)))
