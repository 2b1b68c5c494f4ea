"""Asks one thing of a server over 16 connections for some seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and what its answer must contain to count."""

    path: str
    body: bytes
    content_type: str
    expected: bytes


async def _worker(client: httpx.AsyncClient, make: Callable[[], Call], until: float, counts: list[int]) -> None:
    while time.perf_counter() < until:
        call = make()
        response = await client.post(call.path, content=call.body, headers={"content-type": call.content_type})
        if response.status_code != 200 or call.expected not in response.content:
            raise RuntimeError(f"{call.path}: {response.status_code} {response.text[:300]}")
        counts.append(1)


async def _run(base: str, make: Callable[[], Call], seconds: float) -> float:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    async with httpx.AsyncClient(base_url=base, limits=limits, timeout=60) as client:
        counts: list[int] = []
        begin = time.perf_counter()
        await asyncio.gather(*(_worker(client, make, begin + seconds, counts) for _ in range(CONNECTIONS)))
        return len(counts) / (time.perf_counter() - begin)


def rate(base: str, make: Callable[[], Call], seconds: float) -> float:
    """Right answers a second."""
    return asyncio.run(_run(base, make, seconds))


async def _burst(base: str, calls: list[Call]) -> None:
    async with httpx.AsyncClient(base_url=base, limits=httpx.Limits(max_connections=len(calls)), timeout=60) as client:
        answers = await asyncio.gather(
            *(client.post(c.path, content=c.body, headers={"content-type": c.content_type}) for c in calls)
        )
    for call, answer in zip(calls, answers, strict=True):
        if call.expected not in answer.content:
            raise RuntimeError(f"{call.path}: {answer.status_code} {answer.text[:300]}")


def burst(base: str, calls: list[Call]) -> None:
    """All calls at once."""
    asyncio.run(_burst(base, calls))
