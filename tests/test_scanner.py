"""Looking for viruses: the protocol with a daemon that is right, slow, broken or gone, and what uploads make of it."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from api.gateways.scanner import Clamd, NoScanner, ScannerAway, Verdict, scanner_for
from api.models.attachments import Attachment
from api.models.audit import AuditEntry
from api.refusal import Refusal
from tests.attached import EICAR, PNG, customer, hung, packed, refused, row_of, said, taken_by, ticket_of, uploaded
from tests.cast import AYSE
from tests.clamd import CLAMD, Daemon, Reply, real, running
from tests.doors import GraphqlDoor, joined
from tests.site import ON_ONE_DATABASE, Site
from tests.test_attachments import files_of, within

# The real one too, where it is installed.
DAEMONS = ["in this process", *(["clamd"] if CLAMD else [])]


@asynccontextmanager
async def daemon(name: str, folder: Path) -> AsyncIterator[str]:
    """What SCAN_URL names a daemon by, while it runs."""
    if name == "clamd":
        async with real(folder) as url:
            yield url
    else:
        async with running(Daemon(stream_max=2 * 1024 * 1024)) as made:
            yield made.url


@pytest.mark.parametrize("name", DAEMONS)
async def test_a_daemon_tells_clean_from_infected_and_from_too_large(name: str, tmp_path: Path) -> None:
    async with daemon(name, tmp_path) as url:
        scanner = scanner_for(url)
        assert isinstance(scanner, Clamd)
        await scanner.look()
        assert await scanner.scan(b"nothing bad") == Verdict.CLEAN
        assert await scanner.scan(bytes(1024 * 1024)) == Verdict.CLEAN
        assert await scanner.scan(EICAR) == Verdict.INFECTED
        assert await scanner.scan(bytes(700_000) + EICAR) == Verdict.INFECTED
        assert await scanner.scan(bytes(9 * 1024 * 1024)) == Verdict.TOO_LARGE
        at_once = [scanner.scan(EICAR if place % 2 else b"good") for place in range(8)]
        assert await asyncio.gather(*at_once) == [Verdict.CLEAN, Verdict.INFECTED] * 4


async def test_what_is_sent_is_the_file_in_chunks_and_their_end() -> None:
    content = bytes(range(256)) * 3000
    async with running(Daemon()) as made:
        assert await scanner_for(made.url).scan(content) == Verdict.CLEAN
    assert made.scanned == [content]


def _answering(answer: bytes) -> Reply:
    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    return reply


async def _silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    while await reader.read(65536):
        pass


async def _dying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hangs up in the middle of the first chunk."""
    (length,) = struct.unpack("!I", await reader.readexactly(4))
    await reader.readexactly(length // 2)
    writer.transport.abort()


async def _deaf(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Reads nothing, so that what is sent to it waits."""
    await asyncio.sleep(30)


async def _dripping(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"s")
        await writer.drain()
        await asyncio.sleep(0.02)


BROKEN = {
    "hangs up": _answering(b""),
    "is cut off": _answering(b"stream: OK"),
    "errs": _answering(b"stream: Can't allocate memory ERROR\0"),
    "speaks HTTP": _answering(b"HTTP/1.1 400 Bad Request\r\n\r\n\0"),
    "floods": _answering(b"stream: OK" * 100_000),
    "says nothing": _silent,
    "dies": _dying,
    "reads nothing": _deaf,
    "drips": _dripping,
}


@pytest.mark.parametrize("how", BROKEN)
async def test_a_daemon_that_does_not_say_clean_is_away(how: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    async with running(Daemon(instead=BROKEN[how])) as made:
        async with asyncio.timeout(60):
            with pytest.raises(ScannerAway):
                await Clamd("127.0.0.1", made.port, seconds=0.5).scan(bytes(20_000_000))
    assert [record.name for record in caplog.records if record.name == "api.gateways.scanner"] != []


async def test_where_nobody_listens_the_scanner_is_away() -> None:
    async with running(Daemon()) as made:
        port = made.port
    with pytest.raises(ScannerAway):
        await Clamd("127.0.0.1", port).scan(b"x")
    with pytest.raises(ScannerAway):
        await Clamd("127.0.0.1", port).look()


async def test_without_a_daemon_nobody_looks() -> None:
    assert isinstance(scanner_for(""), NoScanner)
    assert await scanner_for("").scan(EICAR) == Verdict.UNSCANNED


async def test_an_infected_upload_is_refused_and_nothing_of_it_kept_but_that_it_was(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    async with running(Daemon()) as made:
        within(site, scan_url=made.url)
        assert (await row_of(await uploaded(site, token))).scan == "CLEAN"
        archive = packed(gizli=EICAR)
        assert await refused(site, token, archive, "gizli-proje.zip") == ("FILE_TYPE_NOT_ALLOWED", "file")
        within(site, scan_url=made.url, file_mebibytes=30)
        made.stream_max = 1024
        assert await refused(site, token, PNG + bytes(2000), "x.png") == ("FILE_TOO_LARGE", "file")
    assert await refused(site, token, PNG, "x.png") == ("NOT_ALLOWED", "file")
    assert await Attachment.all().count() == 1
    assert len(files_of(site)) == 1
    entry = await AuditEntry.get(act="attachment:refuse")
    assert entry.details.keys() == {"content_type", "size", "sha256"}
    assert "gizli" not in str(entry.details)


@ON_ONE_DATABASE
async def test_no_message_takes_what_was_sent_before_there_was_a_scanner(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    ayse = await customer(AYSE["email"])
    ticket = await ticket_of(AYSE["email"])
    before, other = await uploaded(site, token), await uploaded(site, token)
    await hung(ticket, ayse, other)
    async with running(Daemon()) as made:
        within(site, scan_url=made.url)
        clean = await uploaded(site, token)
        message = await said(ticket, ayse)
        with pytest.raises(Refusal) as refusal:
            await taken_by(message, [clean, before], ayse)
        assert [(one.code, one.field) for one in refusal.value.problems] == [("NOT_ALLOWED", ("attachment_ids", "1"))]
        await taken_by(message, [clean], ayse)
