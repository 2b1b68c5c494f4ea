"""The front page, and the GraphQL door with its editor."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from api.schema import door
from web.guard import EDITOR_POLICY
from web.render import page
from web.session import api_caller

# The parameters that tell which document is asked for.
_DOCUMENT = {"query", "documentId", "extensions"}


async def show_home(request: Request) -> Response:
    """GET /."""
    return await page(request, "home")


async def graphql(request: Request) -> Response:
    """GET and POST /graphql: the API; for a browser that asks for a page, its editor."""
    if request.method != "POST" and _wants_editor(request):
        response = await page(request, "graphiql")
        response.headers["Content-Security-Policy"] = EDITOR_POLICY
        return response
    return await door.answer(request, await api_caller(request), request.state.request_id)


def _wants_editor(request: Request) -> bool:
    """Whether a browser asks for a page and no document; none where only registered documents are executed."""
    wants_page = "text/html" in request.headers.get("accept", "") and not request.app.state.settings.registered_only
    return wants_page and request.query_params.keys().isdisjoint(_DOCUMENT)
