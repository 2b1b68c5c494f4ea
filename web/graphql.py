"""The GraphQL door: straight to the API, past what finds pages among their addresses; and the page of its editor.

The way through Starlette took a tenth of what a license check costs.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.schema import door
from api.schema.requests import Arrived
from api.settings import Settings
from web.errors import on_crash, refuse
from web.guard import EDITOR_POLICY, GRAPHQL, Guard
from web.render import page
from web.session import api_caller

METHODS = ("GET", "HEAD", "POST")
# The parameters that tell which document is asked for.
_DOCUMENT = {"query", "documentId", "extensions"}


async def show_editor(request: Request) -> Response:
    """GET /graphql, for a browser that asks for a page and no document: the API's editor."""
    response = await page(request, "graphiql")
    response.headers["Content-Security-Policy"] = EDITOR_POLICY
    return response


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    """GET and POST /graphql: the API."""
    request = Arrived(scope, receive, scope["state"]["headers"])
    answer = await door.answer(request, await api_caller(request), scope["state"]["request_id"])
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


class StraightToGraphQL:
    """Hands what is for the API to it, by a guard that is its own, and everything else on."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.api = Guard(_answer, settings, refuse, on_crash)
        self.has_editor = not settings.registered_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for_api = scope.get("path") == GRAPHQL and scope["type"] == "http" and scope["method"] in METHODS
        if for_api and (scope["method"] == "POST" or not self._wants_editor(scope)):
            await self.api(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _wants_editor(self, scope: Scope) -> bool:
        """Whether a browser asks for a page and no document; none where only registered documents are executed."""
        if not self.has_editor:
            return False
        wants_page = any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
        asked = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        return wants_page and asked.keys().isdisjoint(_DOCUMENT)
