"""The stylesheet's address before the page is made: 103 Early Hints (RFC 8297)."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

_EXTENSION = "http.response.early_hint"


class EarlyHints:
    """Sends `link`, a value of the Link header, before any page where the server can send hints.

    uvicorn cannot; others offer ASGI's extension, and proxies make hints of what pages' Link headers said before.
    """

    def __init__(self, app: ASGIApp, link: str) -> None:
        self.app = app
        self.hint = {"type": _EXTENSION, "links": [link.encode()]}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _EXTENSION in (scope.get("extensions") or {}) and _opens_a_page(scope):
            await send(self.hint)
        await self.app(scope, receive, send)


def _opens_a_page(scope: Scope) -> bool:
    """Whether a browser goes to a page; programs may not know what a 103 is."""
    return scope["method"] == "GET" and (b"sec-fetch-mode", b"navigate") in scope["headers"]
