"""The letters that were sent to the reader."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.resolvers import letters
from api.schema.common import key_of
from web.panel import signed_in
from web.render import page


async def show_letters(request: Request) -> Response:
    """GET /panel/letters."""
    visited = await signed_in(request)
    found = await letters.letters(visited.caller, None, request.query_params.get("after"))
    return await page(request, "letters", letters=found.nodes, info=found.page_info)


async def show_letter(request: Request) -> Response:
    """GET /panel/letters/{id}."""
    visited = await signed_in(request)
    key = key_of(request.path_params["id"], "let")
    letter = await letters.letter(visited.caller, key) if key else None
    if letter is None:
        raise HTTPException(404)
    return await page(request, "letter", letter=letter)
