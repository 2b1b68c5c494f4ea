"""Passwords are hashed by a process of its own, which gives way to everything else and is replaced when it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import hashing
from api.hashing_process import answered
from api.settings import ROOT, Hashing

CHEAP = Hashing(time_cost=1, memory_kib=8, parallelism=1, concurrency=2)
SLOW = Hashing(time_cost=8, memory_kib=19456, parallelism=1, concurrency=2)
PASSWORD = 'şifre \'ne "olsun"\n\u2028 \U0001f511\\n'


@pytest.fixture(autouse=True)
def own_process() -> Iterator[None]:
    """No process before, none after; and what was in use before is again."""
    before = hashing._parameters
    hashing.end()
    hashing.use(CHEAP)
    yield
    hashing.end()
    if before:
        hashing.use(before)


def _pid() -> int:
    assert hashing._pool
    assert hashing._pool._hashers
    return hashing._pool._hashers._process.pid


async def test_a_password_is_its_own_and_no_other() -> None:
    """Any characters survive the way; what is no hash is nobody's."""
    stored = await hashing.hash_password(PASSWORD)
    assert stored.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert await hashing.verify_password(stored, PASSWORD)
    for other in (PASSWORD + " ", PASSWORD.strip("n"), ""):
        assert not await hashing.verify_password(stored, other)
    for none in (None, "", "no hash", stored[:-4]):
        assert not await hashing.verify_password(none, PASSWORD)


async def test_each_hash_has_a_salt_and_all_come_back_to_who_asked() -> None:
    """Thirty at once, two by two."""
    passwords = [f"password {number}" for number in range(30)]
    stored = await asyncio.gather(*map(hashing.hash_password, passwords))
    assert len(set(stored)) == 30
    assert all(await asyncio.gather(*map(hashing.verify_password, stored, passwords)))
    assert not any(await asyncio.gather(*map(hashing.verify_password, stored, passwords[1:] + passwords[:1])))


async def test_it_ends_while_it_hashes_and_another_goes_on() -> None:
    """Killed for memory, say: whoever waited is answered by the next process."""
    hashing.use(SLOW)
    stored = await hashing.hash_password(PASSWORD)
    first = _pid()
    asked = [asyncio.create_task(hashing.verify_password(stored, PASSWORD)) for _ in range(6)]
    await asyncio.sleep(0.05)
    os.kill(first, signal.SIGKILL)
    assert all(await asyncio.gather(*asked))
    assert _pid() != first


async def test_what_tells_the_server_to_end_does_not_end_it() -> None:
    """A terminal and a service manager tell all processes of a group; the server still finishes its requests."""
    hashing.warm_up()
    first = _pid()
    os.kill(first, signal.SIGINT)
    os.kill(first, signal.SIGTERM)
    stored = await hashing.hash_password(PASSWORD)
    assert await hashing.verify_password(stored, PASSWORD)
    assert _pid() == first


def test_it_gives_way_to_everything_else() -> None:
    """All its threads have the lowest priority that needs no right."""
    hashing.warm_up()
    threads = [int(task.name) for task in Path(f"/proc/{_pid()}/task").iterdir()]
    assert len(threads) > CHEAP.concurrency
    assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {19}


def test_it_ends_with_who_started_it() -> None:
    """Even when that is killed and can tell nobody."""
    program = (
        "import os, signal; from api import hashing; from api.settings import Hashing\n"
        "hashing.use(Hashing(1, 8, 1, 2)); hashing.warm_up()\n"
        "print(hashing._pool._hashers._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], check=False, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == -signal.SIGKILL
    status = Path(f"/proc/{int(ran.stdout)}/status")
    until = time.monotonic() + 20
    while _runs(status) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(status)


def _runs(status: Path) -> bool:
    try:
        return "State:\tZ" not in status.read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_a_failure_tells_nothing_of_the_password() -> None:
    """Its kind only, to who asked; and the process goes on."""
    hashing.use(Hashing(time_cost=1, memory_kib=1, parallelism=1, concurrency=2))
    with pytest.raises(RuntimeError) as refused:
        await hashing.hash_password(PASSWORD)
    assert str(refused.value) == "no hash: HashingError"
    hashing.use(CHEAP)
    assert await hashing.verify_password(await hashing.hash_password(PASSWORD), PASSWORD)
    for wrong in (b'{"time_cost": 1, "secret": "secret"}\n', b"secret\n"):
        assert b"secret" not in answered(wrong)


async def test_after_the_end_no_process_is_begun() -> None:
    """What was under way fails; it would begin a process that nobody ends."""
    hashing.use(SLOW)
    stored = await hashing.hash_password(PASSWORD)
    pool = hashing._pool
    asked = [asyncio.create_task(hashing.verify_password(stored, PASSWORD)) for _ in range(6)]
    await asyncio.sleep(0.05)
    hashing.end()
    await asyncio.gather(*asked, return_exceptions=True)
    assert pool
    assert pool._hashers is None


async def test_an_answer_that_nobody_read_is_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that is interrupted between question and answer leaves a process that is not asked again."""
    hashing.warm_up()
    first = _pid()
    assert hashing._pool
    hashers = hashing._pool._hashers
    assert hashers
    with monkeypatch.context() as patch:
        patch.setattr(hashers, "ask", _interrupted)
        with pytest.raises(MemoryError):
            await hashing.hash_password(PASSWORD)
    stored = await hashing.hash_password(PASSWORD)
    assert await hashing.verify_password(stored, PASSWORD)
    assert _pid() != first


def _interrupted(_: bytes) -> bytes:
    raise MemoryError
