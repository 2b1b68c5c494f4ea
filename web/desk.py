"""The desk of the vendor's people: who may come in."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.schema.accounts import Account
from web.desk_places import place_of
from web.panel import signed_in
from web.session import Visit


async def at_desk(request: Request) -> Visit:
    """The visit of staff with a scope of this place (web/desk_places.py); for others it is not there."""
    visited = await signed_in(request)
    place = place_of(request.url.path)
    if not visited.caller.is_staff or place is None or not place.opens_to(visited.caller.scopes):
        raise HTTPException(404)
    return visited


def name_of(account: Account) -> str:
    """What the desk calls a customer."""
    return account.company_name or f"{account.first_name} {account.last_name}"
