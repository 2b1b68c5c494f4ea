"""The least that could do the work, operations a second: `python -m benchmarks.floors NAME SECONDS CORE`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher

from api.rules.passwords import measure
from api.settings import load
from benchmarks.people import METER_PASSWORDS, METER_PERSONAL, PASSWORD


def _hasher() -> PasswordHasher:
    used = load({}).hashing
    return PasswordHasher(time_cost=used.time_cost, memory_cost=used.memory_kib, parallelism=used.parallelism)


def _verify() -> Callable[[int], object]:
    hasher = _hasher()
    stored = hasher.hash(PASSWORD)
    return lambda _: hasher.verify(stored, PASSWORD)


def _hash() -> Callable[[int], object]:
    hasher = _hasher()
    return lambda _: hasher.hash(PASSWORD)


def _score() -> Callable[[int], object]:
    return lambda turn: measure(METER_PASSWORDS[turn % len(METER_PASSWORDS)], METER_PERSONAL)


FLOORS = {"verify": _verify, "hash": _hash, "score": _score}
# As many threads as the server hashes in; scoring is Python and gains nothing from threads.
THREADS = {"verify": load({}).hashing.concurrency, "hash": load({}).hashing.concurrency, "score": 1}


def main(name: str, seconds: float) -> float:
    """Operations a second of one floor."""
    work = FLOORS[name]()
    work(0)
    begin = time.perf_counter()

    def run(_: int) -> int:
        done = 0
        while time.perf_counter() - begin < seconds:
            work(done)
            done += 1
        return done

    with ThreadPoolExecutor(THREADS[name]) as pool:
        total = sum(pool.map(run, range(THREADS[name])))
    return total / (time.perf_counter() - begin)


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[3])})
    print(main(sys.argv[1], float(sys.argv[2])))
