"""Where files are kept: a folder of this machine, or a bucket that speaks S3, by FILES_URL.

Keys of a bucket are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which obstore reads itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from anyio import to_thread
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

if TYPE_CHECKING:
    from obstore.store import S3Config

T = TypeVar("T")
logger = logging.getLogger(__name__)

# Fetched a piece at a time: a slow reader holds this much memory and no connection to the store.
PIECE_BYTES = 2 * 1024 * 1024
_PUT_SECONDS, _SECONDS = 300, 15
_RETRIES = 2


class FilesAway(Exception):
    """The store cannot be reached, or lacks what was put into it; the log says more."""


async def _beside(work: Callable[[], T]) -> T:
    """Do blocking work in a thread. obstore's own coroutines abort a process that ends soon after one of them."""
    return await to_thread.run_sync(work, abandon_on_cancel=True)


@asynccontextmanager
async def _answering(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except (BaseError, OSError, ValueError) as error:
        # What follows the first line are the library's insides.
        reason = str(error).partition("\n")[0][:300]
        logger.error("the file store failed: %s: %s", type(error).__name__, reason)
        raise FilesAway from error


class FileStore:
    """Files by name; each is put whole or not at all. Every operation may raise FilesAway."""

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    async def put(self, name: str, content: bytes) -> None:
        """Keep bytes under a name."""
        async with _answering(_PUT_SECONDS):
            await _beside(partial(obstore.put, self._store, name, content, use_multipart=False))

    async def delete(self, name: str) -> None:
        """Forget a file; one that is not there is no failure."""
        async with _answering(_SECONDS):
            try:
                await _beside(partial(obstore.delete, self._store, name))
            except FileNotFoundError:
                return

    async def names(self, folder: str) -> list[str]:
        """The names of the files in a folder."""
        async with _answering(_PUT_SECONDS):
            listed = await _beside(lambda: obstore.list(self._store, folder).collect())
        return [one["path"] for one in listed]

    async def look(self) -> None:
        """Ask for a file that nobody has, to see whether the store answers."""
        async with _answering(_SECONDS):
            try:
                await _beside(partial(obstore.head, self._store, "doctor"))
            except FileNotFoundError:
                return

    async def open(self, name: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes of a file from `start` to before `stop`, in pieces; the first is fetched before this answers."""
        pieces = self._pieces(name, start, stop)
        first = await anext(pieces, b"")

        async def all_of_them() -> AsyncIterator[bytes]:
            yield first
            async for piece in pieces:
                yield piece

        return all_of_them()

    async def _pieces(self, name: str, start: int, stop: int) -> AsyncIterator[bytes]:
        for at in range(start, stop, PIECE_BYTES):
            async with _answering(_SECONDS):
                try:
                    end = min(stop, at + PIECE_BYTES)
                    piece = await _beside(partial(obstore.get_range, self._store, name, start=at, end=end))
                except BaseError as error:
                    if "NotPartial" not in str(error):
                        raise
                    break
            yield bytes(piece)
        else:
            return
        async for whole in self._skipped(name, at, stop):
            yield whole

    async def _skipped(self, name: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The same from a server that answers a range with status 200 (rclone does), which obstore does not take."""
        async with _answering(_SECONDS):
            pieces = iter((await _beside(partial(obstore.get, self._store, name))).stream(PIECE_BYTES))
        at = 0
        while at < stop:
            async with _answering(_SECONDS):
                piece = await _beside(partial(next, pieces, None))
            if piece is None:
                return
            if wanted := bytes(piece)[max(0, start - at) : stop - at]:
                yield wanted
            at += len(piece)


@cache
def store_for(url: str) -> FileStore:
    """The store that FILES_URL names; a folder is made, for this user alone. FilesAway where that fails."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        folder = Path(unquote(parts.path))
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return FileStore(LocalStore(folder, automatic_cleanup=True))
        except OSError as error:
            logger.error("the file store failed: %s", error)
            raise FilesAway from error
    given = dict(parse_qsl(parts.query))
    endpoint = given.get("endpoint", "")
    config: S3Config = {"region": given.get("region", "us-east-1")}
    if endpoint:
        config["endpoint"] = endpoint
    return FileStore(
        S3Store(
            parts.hostname or "",
            prefix=unquote(parts.path).strip("/") or None,
            config=config,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=5),
                "timeout": timedelta(seconds=_PUT_SECONDS),
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=_SECONDS)},
        )
    )
