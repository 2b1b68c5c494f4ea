"""A license file for a machine without a network, made for its owner and sent as a download."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.resolvers import offline_leases
from web.attempts import attempt
from web.forms import read_form
from web.license_card import license_page
from web.licenses import own_license_at
from web.panel import signed_in

_MOST_DIGITS = 9


async def issue(request: Request) -> Response:
    """POST /panel/licenses/{id}/lease: the file itself; what is no number of days is refused like 0."""
    visited = await signed_in(request)
    own = await own_license_at(request)
    form = await read_form(request)
    typed = form.value("days").strip()
    days = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS else 0
    made = await attempt(
        form, visited.caller.language, offline_leases.issue_offline_lease(visited.caller, own.id, days)
    )
    if made is None or made.lease is None:
        form.keep_to("days")
        return await license_page(request, own, lease=form)
    name = f"license-{own.domain_ascii}.lease"
    return PlainTextResponse(made.lease, headers={"Content-Disposition": f'attachment; filename="{name}"'})
