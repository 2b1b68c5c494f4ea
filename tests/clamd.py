"""A ClamAV daemon for tests: the real one where it is installed, and one that speaks its protocol in this process.

The one in this process follows clamd(8): `z` commands end with a zero byte, INSTREAM brings chunks behind their length
in four bytes, an empty one ends them; a stream beyond StreamMaxLength is answered at once and hung up on.
"""

from __future__ import annotations

import asyncio
import shutil
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.attached import EICAR
from tests.ports import free_port

CLAMD = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
Reply = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Daemon:
    """A daemon in this process; `instead` answers in its place, to be slow, broken or gone."""

    stream_max: int = 25 * 1024 * 1024
    instead: Reply | None = None
    scanned: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """What SCAN_URL names it by."""
        return f"clamd://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, which brings one command."""
        try:
            command = await reader.readuntil(b"\0")
            if self.instead:
                await self.instead(reader, writer)
            elif command == b"zPING\0":
                writer.write(b"PONG\0")
            elif command == b"zINSTREAM\0":
                writer.write(await self._scan(reader) + b"\0")
            else:
                writer.write(b"UNKNOWN COMMAND\0")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _scan(self, reader: asyncio.StreamReader) -> bytes:
        content = b""
        while length := struct.unpack("!I", await reader.readexactly(4))[0]:
            if len(content) + length > self.stream_max:
                return b"INSTREAM size limit exceeded. ERROR"
            content += await reader.readexactly(length)
        self.scanned.append(content)
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"


@asynccontextmanager
async def running(daemon: Daemon) -> AsyncIterator[Daemon]:
    """Let the daemon listen."""
    server = await asyncio.start_server(daemon.answer, "127.0.0.1", 0)
    daemon.port = server.sockets[0].getsockname()[1]
    try:
        yield daemon
    finally:
        server.close()


@asynccontextmanager
async def real(folder: Path) -> AsyncIterator[str]:
    """Run the real daemon with one signature, that of EICAR; answers what SCAN_URL names it by."""
    assert CLAMD
    port = free_port()
    signatures = folder / "signatures"
    signatures.mkdir()
    (signatures / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
    given = {
        "TCPSocket": port, "TCPAddr": "127.0.0.1", "DatabaseDirectory": signatures, "Foreground": "yes",
        "TemporaryDirectory": folder, "StreamMaxLength": "2M",
    }  # fmt: skip
    configuration = folder / "clamd.conf"
    configuration.write_text("".join(f"{name} {value}\n" for name, value in given.items()))
    process = await asyncio.create_subprocess_exec(
        CLAMD, "-c", str(configuration), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(60):
            await _listening(port, process)
        yield f"clamd://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _listening(port: int, process: asyncio.subprocess.Process) -> None:
    while True:
        assert process.returncode is None, "clamd ended"
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
