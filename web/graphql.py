"""The way to the GraphQL door: straight, past what finds pages among their addresses.

That way took a tenth of what a license check costs.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.schema import door
from web.guard import EDITOR_POLICY, GRAPHQL
from web.render import page
from web.session import api_caller

METHODS = ("GET", "HEAD", "POST")
# The parameters that tell which document is asked for.
_DOCUMENT = {"query", "documentId", "extensions"}


async def graphql(request: Request) -> Response:
    """GET and POST /graphql: the API; for a browser that asks for a page, its editor."""
    if request.method != "POST" and _wants_editor(request):
        response = await page(request, "graphiql")
        response.headers["Content-Security-Policy"] = EDITOR_POLICY
        return response
    return await door.answer(request, await api_caller(request), request.state.request_id)


def _wants_editor(request: Request) -> bool:
    """Whether a browser asks for a page and no document; none where only registered documents are executed."""
    if request.app.state.settings.registered_only:
        return False
    wants_page = any("text/html" in line for line in request.headers.getlist("accept"))
    return wants_page and request.query_params.keys().isdisjoint(_DOCUMENT)


class StraightToGraphQL:
    """Hands what is for the API to it, everything else on; inside of the guard, which also meets its crashes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") != GRAPHQL or scope["method"] not in METHODS:
            await self.app(scope, receive, send)
            return
        response = await graphql(Request(scope, receive))
        await response(scope, receive, send)
