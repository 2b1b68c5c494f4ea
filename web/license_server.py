"""The address that modules of the old protocol know, `/modules/servers/licensing/verify.php` (licensing.md 2.6).

Outside of everything that the site wraps its pages in: no session, no CSRF, no redirect, http and https alike. A
refusal is an answer (200); our own trouble is 503 or 429 with an empty body, and a module relies on what it has kept.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import unquote_plus, unquote_to_bytes

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api import clock, signing
from api.caller import Caller, Door
from api.refusal import Denied
from api.resolvers import validations
from api.settings import Settings

PATH = "/modules/servers/licensing/verify.php"
MOST_BYTES = 16 * 1024
_MOST_FIELDS = 50
# The database answers within milliseconds or is in trouble, a question comes in one piece; clients give up after five.
_PATIENCE_SECONDS = 4.0
# More at once than this is a storm; who is turned away comes again.
_MOST_AT_ONCE = 2000
_TELL_EVERY_SECONDS = 10.0
_HEADERS = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]

T = TypeVar("T")
logger = logging.getLogger(__name__)


class _Unreadable(Exception):
    """A body that is no form; answered with the status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class LicenseServer:
    """Answers checks of the old protocol; hands everything else on."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.paths = frozenset(f"{prefix}{PATH}" for prefix in ("", *settings.licensing.legacy_prefixes))
        self.busy = 0
        self.told_at = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self.paths:
            await self.app(scope, receive, send)
            return
        status, body, more = await self._answer(scope, receive)
        headers = [*_HEADERS, (b"content-length", str(len(body)).encode()), *more]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        if scope["method"] != "POST":
            return 405, b"", [(b"allow", b"POST")]
        try:
            return await _soon(self._decided(scope, receive))
        except _Unreadable as problem:
            return problem.status, b"", []
        except Denied as denied:
            return 429, b"", [(b"retry-after", str(denied.retry_after or 1).encode())]
        except Exception as error:
            self._tell(error)
            return 503, b"", [(b"retry-after", b"5")]

    async def _decided(self, scope: Scope, receive: Receive) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        form = await _form(scope, receive)
        # Only what was read counts as busy: many that send slowly turn nobody away.
        if self.busy >= _MOST_AT_ONCE:
            return 503, b"", [(b"retry-after", b"5")]
        self.busy += 1
        try:
            client = scope.get("client")
            text = await validations.verify_old(_caller(client[0] if client else ""), form)
        finally:
            self.busy -= 1
        return 200, text.encode("utf-8", "surrogateescape"), []

    def _tell(self, error: Exception) -> None:
        """Log the trouble, not once for each module that meets it."""
        if time.monotonic() - self.told_at > _TELL_EVERY_SECONDS:
            self.told_at = time.monotonic()
            logger.error("license checks cannot be answered", exc_info=error)


async def _soon(work: Coroutine[Any, Any, T]) -> T:
    """The result of work; TimeoutError when it takes too long.

    As `asyncio.timeout` does it, whose states and contexts cost four times as much on each check.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in a task
    late = loop.call_later(_PATIENCE_SECONDS, task.cancel)
    try:
        return await work
    except asyncio.CancelledError:
        if loop.time() < late.when() or task.uncancel():
            # Somebody else stopped it.
            raise
        raise TimeoutError from None
    finally:
        late.cancel()


@lru_cache(1024)
def _caller(address: str) -> Caller:
    return Caller(Door.CHECK, address=address)


async def _form(scope: Scope, receive: Receive) -> dict[str, str]:
    """The fields of either encoding; of a field that comes twice the last counts, as PHP reads it."""
    body = await _body(receive)
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    if kind.partition(b";")[0].strip().lower() == b"multipart/form-data":
        read = await _multipart(scope, kind, body)
    else:
        read = urlencoded(body.decode("latin-1"))
    # What is no UTF-8 goes back as it came.
    return {_text(name): _text(value) for name, value in read.items()}


def _text(octets: str) -> str:
    """The text of bytes that stand for themselves, one a character (Latin-1)."""
    return octets if octets.isascii() else octets.encode("latin-1").decode("utf-8", "surrogateescape")


def urlencoded(text: str) -> dict[str, str]:
    """What `urllib.parse.parse_qsl` reads, three times as fast: bytes as characters, also those not escaped."""
    pairs = text.split("&")
    if len(pairs) > _MOST_FIELDS:
        raise _Unreadable(400)
    form = {}
    for pair in filter(None, pairs):
        name, _, value = pair.partition("=")
        form[_plain(name)] = _plain(value)
    return form


def _plain(part: str) -> str:
    if "%" not in part and "+" not in part:
        return part
    if part.isascii():
        return unquote_to_bytes(part.replace("+", " ")).decode("latin-1")
    return unquote_plus(part, encoding="latin-1")


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Unreadable(400)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise _Unreadable(413)
        if not message.get("more_body"):
            return b"".join(parts)


async def _multipart(scope: Scope, kind: bytes, body: bytes) -> dict[str, str]:
    """The same; of two charsets the last one holds."""

    async def once() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    given = {**scope, "headers": [(b"content-type", kind + b"; charset=latin-1")]}
    try:
        async with Request(given, once).form(max_files=0, max_fields=_MOST_FIELDS) as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except Exception:
        raise _Unreadable(400) from None


async def show_keys(_: Request) -> Response:
    """GET /.well-known/license-keys.json: the public keys by which leases are verified."""
    keys = [
        {"kid": key.kid, "key": key.public, "state": key.state, "until": key.until and key.until.isoformat()}
        for key in await signing.published()
    ]
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return JSONResponse({"format": signing.FORMAT, "at": clock.now().isoformat(), "keys": keys}, headers=headers)
