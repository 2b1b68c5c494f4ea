"""Asks one thing of a server over 16 connections for some seconds.

The client speaks HTTP on bare transports: a full library, and even asyncio's streams, cost more a request than
some floors, on the core that PostgreSQL needs as well.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import uvloop

CONNECTIONS = 16
_HEAD_START_SECONDS = 0.5
_FEWEST_DURATIONS = 20
_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and what its answer must be to count: its status, and all that it must contain.

    It is a POST, or without a content type a GET.
    """

    path: str
    body: bytes
    content_type: str
    expected: tuple[bytes, ...]
    token: str = ""
    cookie: str = ""
    status: int = 200

    def message(self) -> bytes:
        """The request as it is sent."""
        lines = [f"{'POST' if self.content_type else 'GET'} {self.path} HTTP/1.1", "Host: bench"]
        if self.content_type:
            lines += [f"Content-Type: {self.content_type}", f"Content-Length: {len(self.body)}"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if self.cookie:
            lines.append(f"Cookie: {self.cookie}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


class _Connection(asyncio.Protocol):
    """One kept-alive connection that asks what `following` gives until that is None; keeps how long answers took."""

    def __init__(self, following: Callable[[], Call | None]) -> None:
        self.following = following
        self.seconds: list[float] = []
        self.size = 0
        self.received = b""
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._ask()

    def _ask(self) -> None:
        call = self.following()
        if call is None:
            self.transport.close()
            self.done.set_result(None)
        else:
            self.call = call
            self.asked_at = time.perf_counter()
            self.transport.write(call.message())

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(_END)
        if end < 0:
            return
        head = self.received[:end].lower()
        length = int(head[head.index(_LENGTH) + len(_LENGTH) :].partition(b"\r\n")[0])
        body = self.received[end + len(_END) :]
        if len(body) < length:
            return
        if not head.startswith(b"http/1.1 %d" % self.call.status) or not all(
            part in body for part in self.call.expected
        ):
            self._fail(f"{self.call.path}: {head[:20]!r} {body[:600].decode()}")
            return
        self.seconds.append(time.perf_counter() - self.asked_at)
        self.received = b""
        self.size = len(body)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the connection was closed: {exc}")
        self.closed.set_result(None)

    def _fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(reason))
            self.transport.close()


async def _connected(port: int, following: Callable[[], Call | None]) -> _Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: _Connection(following), "127.0.0.1", port)
    return connection


async def _run(port: int, following: Callable[[], Call | None], connections: int = CONNECTIONS) -> list[_Connection]:
    """The connections after `following` came to its end and all was answered."""
    opened = [await _connected(port, following) for _ in range(connections)]
    await _answered(opened)
    return opened


async def _answered(opened: list[_Connection]) -> None:
    """Wait until all came to their end, and are closed; RuntimeError when an answer was not the right one."""
    try:
        await asyncio.gather(*(one.done for one in opened))
    finally:
        for one in opened:
            one.transport.abort()
        await asyncio.gather(*(one.closed for one in opened), *(one.done for one in opened), return_exceptions=True)


def _until(make: Callable[[], Call], end: float) -> Callable[[], Call | None]:
    return lambda: make() if time.perf_counter() < end else None


def rate(port: int, make: Callable[[], Call], seconds: float) -> float:
    """Right answers a second; RuntimeError when an answer is not the right one."""
    begin = time.perf_counter()
    opened = uvloop.run(_run(port, _until(make, begin + seconds)))
    return sum(len(one.seconds) for one in opened) / (time.perf_counter() - begin)


def ask(port: int, make: Callable[[], Call], count: int) -> None:
    """Ask so many times; RuntimeError when an answer is not the right one."""
    left = iter(range(count))
    uvloop.run(_run(port, lambda: None if next(left, None) is None else make()))


def size(port: int, call: Call) -> int:
    """The bytes of the body that answers a call."""
    calls = iter([call])
    return uvloop.run(_run(port, lambda: next(calls, None), 1))[0].size


def burst(port: int, calls: list[Call]) -> None:
    """All calls at once."""
    waiting = iter([*calls, *[None] * len(calls)])
    uvloop.run(_run(port, lambda: next(waiting), len(calls)))


def durations(
    port: int, make: Callable[[], Call], seconds: float, beside: Callable[[], Call] | None = None, many: int = 0
) -> list[float]:
    """How many seconds each answer took to one who asks again and again, while `many` others ask `beside`."""

    async def run() -> list[float]:
        over = False
        others = [await _connected(port, lambda: None if over or beside is None else beside()) for _ in range(many)]
        # The others are all waiting before the first time is taken.
        await asyncio.sleep(min(_HEAD_START_SECONDS, seconds) if many else 0)
        end, fewest = time.perf_counter() + seconds, iter(range(_FEWEST_DURATIONS))

        def following() -> Call | None:
            return make() if next(fewest, None) is not None or time.perf_counter() < end else None

        try:
            (asked,) = await _run(port, following, 1)
        finally:
            over = True
            await _answered(others)
        return asked.seconds

    return uvloop.run(run())
