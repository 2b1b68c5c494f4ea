"""The outermost layer: security headers, tokenless CSRF, body limits and request ids, as plain ASGI."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.schema.requests import takes_files
from api.settings import Settings

SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
FORM_BYTES = 256 * 1024
GRAPHQL_BYTES = 1024 * 1024
# An operation with a release's file beside it.
GRAPHQL_UPLOAD_BYTES = 64 * 1024 * 1024
GRAPHQL = "/graphql"
# A notice of transfer may bring a receipt of 5 MB; only these addresses take files.
UPLOAD_BYTES = 6 * 1024 * 1024
_UPLOADS = re.compile(r"/panel/invoices/inv_[0-9a-f]{32}/transfer")
# One attachment, and a form of a ticket with all of a message's where a browser runs no script.
_ATTACHMENT = re.compile(r"/panel/attachments")
_MESSAGE = re.compile(r"/(?:panel|desk)/tickets(?:/.*)?")

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
CONTENT_SECURITY_POLICY = "; ".join(f"{name} {value}" for name, value in _POLICY.items())
# GraphiQL's editor writes style elements; it runs no inline script.
EDITOR_POLICY = CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Links in letters carry tokens: no other site may see them.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
_STRICT_TRANSPORT = "max-age=31536000"

Refuse = Callable[[Request, int], Awaitable[Response]]
Crash = Callable[[Request, Exception], Awaitable[Response]]


class _TooLarge(Exception):
    pass


class Guard:
    """Wraps the application; `refuse` makes the page or the JSON of a refusal by status, `crash` that of a crash."""

    def __init__(self, app: ASGIApp, settings: Settings, refuse: Refuse, crash: Crash) -> None:
        self.app = app
        self.refuse = refuse
        self.crash = crash
        self.terms = settings.attachments
        self.own_host = urlsplit(settings.base_url).netloc
        headers = dict(_HEADERS)
        if settings.production and settings.base_url.startswith("https://"):
            headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
        # As ASGI writes them, once and not for each answer.
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        # Of a header that comes twice the first counts, as it does for Starlette.
        headers: Mapping[bytes, bytes] = dict(reversed(scope["headers"]))
        scope.setdefault("state", {}).update(request_id=secrets.token_hex(8), headers=headers)
        limit = self._limit(scope["path"], headers)
        status = 403 if self._forged(scope, headers) else 413 if _announced(headers) > limit else 0
        await self._limited(scope, receive, send, limit, status)

    async def _limited(self, scope: Scope, receive: Receive, send: Send, limit: int, status: int) -> None:
        """Run the application unless `status` refuses it, and stop reading a body that goes on beyond its limit."""
        read = 0
        begun = False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _TooLarge
            return message

        async def guarded(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                told = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(one for one in self.headers if one[0] not in told)]
            await send(message)

        try:
            app = await self.refuse(Request(scope, receive), status) if status else self.app
            await app(scope, counted, guarded)
        except _TooLarge:
            if not begun:
                await (await self.refuse(Request(scope, receive), 413))(scope, receive, guarded)
        except ClientDisconnect:
            # In mid-body: nobody is left to answer, and nothing of ours went wrong.
            return
        except Exception as error:
            # Here and not in Starlette's outermost layer, whose answers would lack the headers.
            response = await self.crash(Request(scope, receive), error)
            if begun:
                raise
            await response(scope, receive, guarded)

    def _limit(self, path: str, headers: Mapping[bytes, bytes]) -> int:
        """How large a body may be, in bytes."""
        if path == GRAPHQL:
            file = headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data")
            return GRAPHQL_UPLOAD_BYTES if file and _bears_token(headers) else GRAPHQL_BYTES
        if _ATTACHMENT.fullmatch(path):
            return self.terms.file_mebibytes * 1024 * 1024 + FORM_BYTES
        if _MESSAGE.fullmatch(path):
            return self.terms.most_files * self.terms.file_mebibytes * 1024 * 1024 + FORM_BYTES
        return UPLOAD_BYTES if _UPLOADS.fullmatch(path) else FORM_BYTES

    def _forged(self, scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
        """Whether another site made this browser send the request (OWASP: fetch metadata, then the origin).

        Programs send neither header; a bearer token is not sent by a browser on its own.
        """
        if scope["method"] in SAFE_METHODS or (scope["path"] == GRAPHQL and _bears_token(headers)):
            return False
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            return site not in {b"same-origin", b"none"}
        origin = headers.get(b"origin")
        if origin is None:
            return False
        return _host(origin.decode("latin-1")) not in {headers.get(b"host", b"").decode("latin-1"), self.own_host}


def _bears_token(headers: Mapping[bytes, bytes]) -> bool:
    return takes_files(headers.get(b"authorization", b"").decode("latin-1"))


def _host(origin: str) -> str:
    """The host of an origin; of `null` and of what is none, a text that equals no host."""
    try:
        return urlsplit(origin).netloc or "null"
    except ValueError:
        return "null"


def _announced(headers: Mapping[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0
