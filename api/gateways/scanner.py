"""Who looks for viruses in what customers send: a ClamAV daemon by its protocol INSTREAM, or nobody, by SCAN_URL."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)

_CONNECT_SECONDS, _SCAN_SECONDS = 5, 60
_CHUNK_BYTES = 256 * 1024
_LONGEST_ANSWER = 4096


class ScannerAway(Exception):
    """The scanner did not say what it thinks of a file; the log says why."""


class Verdict(StrEnum):
    """What is known of a file."""

    UNSCANNED = "UNSCANNED"
    CLEAN = "CLEAN"
    INFECTED = "INFECTED"
    # Larger than the scanner takes (clamd's StreamMaxLength).
    TOO_LARGE = "TOO_LARGE"


class Scanner(Protocol):
    """Looks for viruses."""

    async def scan(self, content: bytes) -> Verdict:
        """What it thinks of a file; raises ScannerAway."""
        ...

    async def look(self) -> None:
        """See whether it is there; raises ScannerAway."""
        ...


class NoScanner:
    """Looks at nothing."""

    async def scan(self, content: bytes) -> Verdict:
        """That nobody looked."""
        del content
        return Verdict.UNSCANNED

    async def look(self) -> None:
        """There is nobody to be away."""


@dataclass(frozen=True, slots=True)
class Clamd:
    """A ClamAV daemon by TCP (clamd(8), INSTREAM)."""

    host: str
    port: int
    seconds: float = _SCAN_SECONDS

    async def scan(self, content: bytes) -> Verdict:
        """What clamd thinks of a file."""
        answer = await self._asked(b"zINSTREAM\0", content)
        if answer == "stream: OK":
            return Verdict.CLEAN
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return Verdict.INFECTED
        if answer.startswith("INSTREAM size limit exceeded"):
            return Verdict.TOO_LARGE
        logger.error("the scanner answered: %s", answer[:200] or "nothing")
        raise ScannerAway

    async def look(self) -> None:
        """See whether clamd is there; raises ScannerAway."""
        if await self._asked(b"zPING\0", None) != "PONG":
            raise ScannerAway

    async def _asked(self, command: bytes, content: bytes | None) -> str:
        """The daemon's answer to a command and the stream after it; an answer that was cut off is none."""
        try:
            async with asyncio.timeout(self.seconds):
                with await self._connected() as line:
                    # It may answer, and hang up, before it has read all. A stream of asyncio would lose that answer.
                    sending = asyncio.create_task(_send(line, command, content))
                    try:
                        answer = await _answer(line)
                    finally:
                        sending.cancel()
                        await asyncio.gather(sending, return_exceptions=True)
        except OSError as error:
            logger.error("the scanner cannot be reached: %s", type(error).__name__)
            raise ScannerAway from error
        return answer.removesuffix(b"\0").decode("utf-8", "replace") if answer.endswith(b"\0") else ""

    async def _connected(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        failure = OSError()
        for family, kind, protocol, _, address in await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
            line = socket.socket(family, kind, protocol)
            line.setblocking(False)
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await loop.sock_connect(line, address)
            except BaseException as error:
                line.close()
                if not isinstance(error, OSError):
                    raise
                failure = error
            else:
                return line
        raise failure


async def _send(line: socket.socket, command: bytes, content: bytes | None) -> None:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(line, command)
    if content is None:
        return
    for start in range(0, len(content), _CHUNK_BYTES):
        chunk = content[start : start + _CHUNK_BYTES]
        await loop.sock_sendall(line, struct.pack("!I", len(chunk)) + chunk)
    await loop.sock_sendall(line, struct.pack("!I", 0))


async def _answer(line: socket.socket) -> bytes:
    """What the daemon says, up to its zero byte."""
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
        more = await asyncio.get_running_loop().sock_recv(line, _LONGEST_ANSWER)
        if not more:
            break
        answer += more
    return answer


def scanner_for(url: str) -> Scanner:
    """The scanner that SCAN_URL names."""
    parts = urlsplit(url)
    return Clamd(parts.hostname or "", parts.port or 0) if url else NoScanner()
