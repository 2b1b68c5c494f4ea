"""The front page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from web.render import page


async def show_home(request: Request) -> Response:
    """GET /."""
    return await page(request, "home")
