"""Asks one thing of a server over 16 connections for some seconds.

The client is plain sockets: a full HTTP library costs more per request than the server under test, and would
measure itself.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import uvloop

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and what its answer must contain to count."""

    path: str
    body: bytes
    content_type: str
    expected: bytes

    def message(self) -> bytes:
        """The request as it is sent."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


class _Connection:
    """One kept-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, port: int) -> _Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, call: Call) -> None:
        """Send the call; RuntimeError when the answer is not the right one."""
        self.writer.write(call.message())
        head = await self.reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
        body = await self.reader.readexactly(length)
        if b" 200 " not in lines[0] or call.expected not in body:
            raise RuntimeError(f"{call.path}: {lines[0].decode()} {body[:300].decode()}")

    def close(self) -> None:
        self.writer.close()


async def _ask_until(connection: _Connection, make: Callable[[], Call], until: float) -> int:
    count = 0
    while time.perf_counter() < until:
        await connection.ask(make())
        count += 1
    return count


async def _run(port: int, make: Callable[[], Call], seconds: float) -> float:
    connections = [await _Connection.to(port) for _ in range(CONNECTIONS)]
    begin = time.perf_counter()
    counts = await asyncio.gather(*(_ask_until(one, make, begin + seconds) for one in connections))
    spent = time.perf_counter() - begin
    for one in connections:
        one.close()
    return sum(counts) / spent


def rate(port: int, make: Callable[[], Call], seconds: float) -> float:
    """Right answers a second."""
    return uvloop.run(_run(port, make, seconds))


async def _burst(port: int, calls: list[Call]) -> None:
    connections = [await _Connection.to(port) for _ in calls]
    await asyncio.gather(*(one.ask(call) for one, call in zip(connections, calls, strict=True)))
    for one in connections:
        one.close()


def burst(port: int, calls: list[Call]) -> None:
    """All calls at once."""
    uvloop.run(_burst(port, calls))
