"""How answers go out: the head and the body of each in one piece, where uvicorn writes each by itself.

A head that tells how long its body is waits for the first part of it, and is not sent where there comes none.
A write to a socket costs as much as a good part of a license check does, and so does looking at ten header lines, of
which nine were looked at for every answer before.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

# These are the same in most answers; others may be long, somebody's own, secret or new each time.
_THE_SAME = {
    b"cache-control",
    b"content-security-policy",
    b"content-type",
    b"cross-origin-opener-policy",
    b"cross-origin-resource-policy",
    b"date",
    b"link",
    b"permissions-policy",
    b"referrer-policy",
    b"strict-transport-security",
    b"vary",
    b"x-content-type-options",
    b"x-frame-options",
}
# Whoever sends these has a wish for the connection, which is uvicorn's affair.
_OF_THE_CONNECTION = {b"connection", b"transfer-encoding"}


def _written(name: bytes, value: bytes) -> bytes:
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise RuntimeError("Invalid HTTP header.")
    return b"%b: %b\r\n" % (name, value)


_kept = lru_cache(256)(_written)


class _Cycle(RequestResponseCycle):
    """A request and its answer; an answer whose length is told goes out in one piece if it comes in one."""

    _head: bytes | None = None

    async def send(self, message: Any) -> None:
        """Take the head, or a part of the body, of the answer."""
        if self.transport.is_closing():
            # Of several requests that came at once uvicorn tells only the newest that who asked is gone.
            self.disconnected = True
        elif self._head is not None:
            await self._go_on(self._head, message)
        elif self.response_started or message["type"] != "http.response.start" or not self._begun(message):
            await super().send(message)

    def _begun(self, message: Any) -> bool:
        """Keep the head until the body comes, if it is known how long that is and nothing is unusual."""
        if self.access_log or self.disconnected or self.scope["method"] == "HEAD":
            return False
        headers: Iterable[tuple[bytes, bytes]] = [*self.default_headers, *message.get("headers", ())]
        lines, length = [STATUS_LINE[message["status"]]], None
        for name, value in headers:
            if name in _OF_THE_CONNECTION:
                return False
            if name == b"content-length":
                length = int(value)
            lines.append(_kept(name, value) if name in _THE_SAME else _written(name, value))
        if length is None:
            return False
        lines.append(b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n")
        self._head = b"".join(lines)
        self.expected_content_length, self.chunked_encoding = length, False
        self.response_started, self.waiting_for_100_continue = True, False
        return True

    async def _go_on(self, head: bytes, message: Any) -> None:
        self._head = None
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected or self.transport.is_closing():
            self.disconnected = True
            return
        body = message.get("body", b"")
        if (
            message["type"] != "http.response.body"
            or message.get("more_body")
            or len(body) != self.expected_content_length
        ):
            self.transport.write(head)
            await super().send(message)
            return
        self.transport.write(head + body)
        self.expected_content_length, self.response_complete = 0, True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, whose answers go out in one piece."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # uvicorn names the class of its cycles where nobody else can say.
        cycle.__class__ = _Cycle
        super()._start_asgi_task(cycle, app)
