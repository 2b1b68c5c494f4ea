"""Password hashes: argon2id (RFC 9106) in a process of their own, a bounded number at once, outside transactions."""

from __future__ import annotations

import asyncio
import atexit
import json
import queue
import secrets
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from io import BufferedRWPair

from argon2 import PasswordHasher

from api.settings import ROOT, Hashing


class _Ended(Exception):
    """The process that hashes is gone."""


class _Hashers:
    """A process that hashes (`api.hashing_process`), and a socket to each of its threads."""

    def __init__(self, threads: int) -> None:
        self._free: queue.SimpleQueue[BufferedRWPair] = queue.SimpleQueue()
        pairs = [socket.socketpair() for _ in range(threads)]
        theirs = [their.fileno() for _, their in pairs]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, and numbers
            [sys.executable, "-m", "api.hashing_process", *map(str, theirs)],
            cwd=ROOT,
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
        )
        for ours, their in pairs:
            their.close()
            self._free.put(ours.makefile("rwb"))
            ours.close()

    def ask(self, question: bytes) -> bytes:
        """A question's answer; waits for a thread that is free. _Ended when the process is gone.

        After whatever is raised this is to be ended: an answer that nobody has read would be the next one's.
        """
        line = self._free.get()
        try:
            line.write(question)
            line.flush()
            answer = line.readline()
        except OSError as error:
            raise _Ended from error
        if not answer.endswith(b"\n"):
            raise _Ended
        self._free.put(line)
        return answer

    def end(self) -> None:
        """End the process, whatever it is doing; whoever waits for it learns of it by the socket."""
        self._process.kill()
        self._process.wait()


@dataclass(slots=True)
class _Pool:
    """As many threads that wait for hashes as may be made at once, and the process that makes them."""

    threads: int
    waiting: ThreadPoolExecutor = field(init=False)
    _hashers: _Hashers | None = None
    _over: bool = False
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.waiting = ThreadPoolExecutor(self.threads, thread_name_prefix="hashing")

    def ask(self, question: bytes) -> bytes:
        """A question's answer, by another process when the first one was ended; _Ended when that is gone too."""
        try:
            return self._asked(question)
        except _Ended:
            return self._asked(question)

    def _asked(self, question: bytes) -> bytes:
        hashers = self._in_use()
        try:
            return hashers.ask(question)
        except BaseException:
            self._replace(hashers)
            raise

    def _in_use(self) -> _Hashers:
        with self._changing:
            if self._over:
                raise _Ended
            self._hashers = self._hashers or _Hashers(self.threads)
            return self._hashers

    def _replace(self, gone: _Hashers) -> None:
        with self._changing:
            if self._hashers is gone:
                gone.end()
                self._hashers = None

    def end(self) -> None:
        """End the process and let no more be asked."""
        self.waiting.shutdown(wait=False, cancel_futures=True)
        with self._changing:
            self._over, hashers = True, self._hashers
        if hashers:
            self._replace(hashers)


_parameters: Hashing | None = None
_pool: _Pool | None = None


def use(parameters: Hashing) -> None:
    """Set the cost of this process's hashes, once at its start."""
    global _parameters, _pool
    if _pool is None or _pool.threads != parameters.concurrency:
        end()
        _pool = _Pool(parameters.concurrency)
    _parameters = parameters


@atexit.register
def end() -> None:
    """End the process that hashes."""
    global _pool
    if _pool is not None:
        _pool.end()
        _pool = None


def _in_use() -> tuple[Hashing, _Pool]:
    if _parameters is None or _pool is None:
        raise RuntimeError("hashing.use() has not been called")
    return _parameters, _pool


def _asked(pool: _Pool, parameters: Hashing, password: str, stored: str | None = None) -> str | bool:
    question = {
        "time_cost": parameters.time_cost,
        "memory_kib": parameters.memory_kib,
        "parallelism": parameters.parallelism,
        "password": password,
        "stored": stored,
    }
    answer = json.loads(pool.ask(json.dumps(question).encode() + b"\n"))
    if failed := answer.get("failed"):
        raise RuntimeError(f"no hash: {failed}")
    return answer["answer"]  # type: ignore[no-any-return]


@lru_cache(maxsize=4)
def _hasher(parameters: Hashing) -> PasswordHasher:
    return PasswordHasher(
        time_cost=parameters.time_cost, memory_cost=parameters.memory_kib, parallelism=parameters.parallelism
    )


@lru_cache(maxsize=4)
def _stand_in(parameters: Hashing) -> str:
    return _hasher(parameters).hash(secrets.token_urlsafe(16))


async def hash_password(password: str) -> str:
    """The encoded hash to store, with its parameters and salt."""
    parameters, pool = _in_use()
    return str(await asyncio.get_running_loop().run_in_executor(pool.waiting, _asked, pool, parameters, password))


def _verify(pool: _Pool, parameters: Hashing, stored: str | None, password: str) -> bool:
    matches = _asked(pool, parameters, password, stored or _stand_in(parameters))
    return bool(matches) and stored is not None


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; without one, as much work is done and the answer is no."""
    parameters, pool = _in_use()
    return await asyncio.get_running_loop().run_in_executor(pool.waiting, _verify, pool, parameters, stored, password)


def outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's and should be renewed at sign-in."""
    return _hasher(_in_use()[0]).check_needs_rehash(stored)


def warm_up() -> None:
    """Start the process and make the stand-in hash ahead, so that no first sign-in answers more slowly."""
    parameters, pool = _in_use()
    _verify(pool, parameters, None, "")
