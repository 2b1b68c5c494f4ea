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
_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and all that its answer must contain to count."""

    path: str
    body: bytes
    content_type: str
    expected: tuple[bytes, ...]
    token: str = ""

    def message(self) -> bytes:
        """The request as it is sent."""
        proof = f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {self.content_type}\r\n{proof}"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


class _Connection(asyncio.Protocol):
    """One kept-alive connection that asks what `following` gives until that is None; counts the right answers."""

    def __init__(self, following: Callable[[], Call | None]) -> None:
        self.following = following
        self.count = 0
        self.size = 0
        self.received = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

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
        if not head.startswith(b"http/1.1 200") or not all(part in body for part in self.call.expected):
            self._fail(f"{self.call.path}: {head[:20]!r} {body[:600].decode()}")
            return
        self.received = b""
        self.count += 1
        self.size = len(body)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"the connection was closed: {exc}")

    def _fail(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(reason))
            self.transport.close()


async def _connected(port: int, following: Callable[[], Call | None]) -> _Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: _Connection(following), "127.0.0.1", port)
    return connection


async def _run(port: int, following: Callable[[], Call | None], connections: int) -> tuple[int, int]:
    """The number of right answers, and the bytes of one of the last."""
    opened = [await _connected(port, following) for _ in range(connections)]
    await asyncio.gather(*(one.done for one in opened))
    return sum(one.count for one in opened), opened[0].size


def rate(port: int, make: Callable[[], Call], seconds: float) -> float:
    """Right answers a second; RuntimeError when an answer is not the right one."""
    begin = time.perf_counter()
    until = begin + seconds
    count, _ = uvloop.run(_run(port, lambda: make() if time.perf_counter() < until else None, CONNECTIONS))
    return count / (time.perf_counter() - begin)


def size(port: int, call: Call) -> int:
    """The bytes of the body that answers a call."""
    calls = iter([call])
    return uvloop.run(_run(port, lambda: next(calls, None), 1))[1]


def burst(port: int, calls: list[Call]) -> None:
    """All calls at once."""
    waiting = iter([*calls, *[None] * len(calls)])
    uvloop.run(_run(port, lambda: next(waiting), len(calls)))
