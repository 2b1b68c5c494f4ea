"""Password hashes: argon2id (RFC 9106) in worker threads, a bounded number at once, outside transactions."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.settings import Hashing

_parameters: Hashing | None = None
_pool: ThreadPoolExecutor | None = None


def use(parameters: Hashing) -> None:
    """Set the cost of this process's hashes, once at its start."""
    global _parameters, _pool
    if _pool is not None:
        _pool.shutdown(wait=False)
    _parameters, _pool = parameters, ThreadPoolExecutor(parameters.concurrency, thread_name_prefix="hashing")


def _in_use() -> Hashing:
    if _parameters is None:
        raise RuntimeError("hashing.use() has not been called")
    return _parameters


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
    return await asyncio.get_running_loop().run_in_executor(_pool, _hasher(_in_use()).hash, password)


def _verify(parameters: Hashing, stored: str | None, password: str) -> bool:
    try:
        matches = _hasher(parameters).verify(stored or _stand_in(parameters), password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored is not None


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one; without one, as much work is done and the answer is no."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _verify, _in_use(), stored, password)


def outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's and should be renewed at sign-in."""
    return _hasher(_in_use()).check_needs_rehash(stored)


def warm_up() -> None:
    """Make the stand-in hash ahead, so that the first unknown address does not answer more slowly."""
    _stand_in(_in_use())
