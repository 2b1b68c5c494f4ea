"""The process that hashes passwords for another: `python -m api.hashing_process FD...`, one thread for each socket.

It imports little, so that it costs little memory, and ends when the other does: its sockets end with it. Each line is
a question in JSON, and each is answered by one line. It gives way to whoever else wants the core: a license check takes
a hundredth of what a hash does, and need not wait for one.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


def answered(line: bytes) -> bytes:
    """What a question's answer is: the hash of a password, or whether a password is the stored one."""
    try:
        return _line({"answer": _answer(json.loads(line))})
    except Exception as failure:
        # Its name only: what it says of itself could hold what was asked.
        return _line({"failed": type(failure).__name__})


def _answer(question: dict[str, Any]) -> str | bool:
    hasher = PasswordHasher(
        time_cost=question["time_cost"], memory_cost=question["memory_kib"], parallelism=question["parallelism"]
    )
    password, stored = question["password"], question["stored"]
    if stored is None:
        return hasher.hash(password)
    try:
        return hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _line(content: dict[str, object]) -> bytes:
    return json.dumps(content).encode() + b"\n"


def _serve(descriptor: int) -> None:
    # Whoever asked may be gone before the answer is there; what is left to write goes with them.
    with suppress(OSError), socket.socket(fileno=descriptor) as connection, connection.makefile("rwb") as lines:
        for line in lines:
            lines.write(answered(line))
            lines.flush()


def main(descriptors: list[int]) -> None:
    """Answer until the last socket ends."""
    # Whoever asks is told to end and finishes what it began; this ends after it.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    os.nice(19)
    threads = [threading.Thread(target=_serve, args=(descriptor,)) for descriptor in descriptors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main([int(descriptor) for descriptor in sys.argv[1:]])
