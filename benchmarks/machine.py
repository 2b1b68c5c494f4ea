"""What it was measured on and with."""

from __future__ import annotations

import asyncio
import os
import platform
from importlib.metadata import version
from pathlib import Path

import asyncpg

from benchmarks.rounds import ROUNDS, SECONDS
from benchmarks.server import OTHERS, WORKER
from benchmarks.wrk import described

_LIBRARIES = (
    "strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "httptools", "tortoise-orm", "asyncpg",
    "orjson", "jinja2", "argon2-cffi", "zxcvbn",
)  # fmt: skip


def facts(postgres_url: str, scale: float) -> list[str]:
    """A sentence each."""
    amount = "" if scale == 1 else f", {scale:g} times the data"
    return [
        f"{_processor()}, {len(WORKER | OTHERS)} cores; load average at the beginning {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}, PostgreSQL {asyncio.run(_postgres(postgres_url))}",
        ", ".join(f"{name} {version(name)}" for name in _LIBRARIES),
        f"{ROUNDS} rounds of {SECONDS:g} s in turns{amount}; {described(SECONDS)}",
    ]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


async def _postgres(url: str) -> str:
    db = await asyncpg.connect(url)
    try:
        return str(await db.fetchval("SHOW server_version")).split()[0]
    finally:
        await db.close()
