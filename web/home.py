"""The front page, and the GraphQL door with its editor."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from api.schema import door
from web.guard import EDITOR_POLICY
from web.render import page
from web.session import api_caller


async def show_home(request: Request) -> Response:
    """GET /."""
    return await page(request, "home")


async def graphql(request: Request) -> Response:
    """GET and POST /graphql: the API; for a browser that asks for a page, its editor."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.method == "GET" and "query" not in request.query_params and wants_page:
        response = await page(request, "graphiql")
        response.headers["Content-Security-Policy"] = EDITOR_POLICY
        return response
    return await door.answer(request, await api_caller(request), request.state.request_id)
