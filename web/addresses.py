"""Finds the handler of an address: at once where it has no parameters, else by trying one pattern after another.

Trying all took 50 us in the panel, a twentieth of what a page takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

_FOUND = "ruhsat.route"


class Address(BaseRoute):
    """The routes of one address, which differ by method."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette asks each route: whether address and method fit, or the address alone."""
        best, chosen = Match.NONE, {}
        for route in self.routes:
            match, found = route.matches(scope)
            if match.value > best.value:
                best, chosen = match, {**found, _FOUND: route}
            if match is not Match.PARTIAL:
                break
        return best, chosen

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on to the route that was found; one of another method is told all there are."""
        route: Route = scope[_FOUND]
        if scope["method"] not in (route.methods or ()):
            allowed = sorted({method for one in self.routes for method in one.methods or ()})
            # RFC 9110, 15.5.6.
            raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
        await route.handle(scope, receive, send)


class Addresses(BaseRoute):
    """All addresses that are one text."""

    def __init__(self, addresses: Mapping[str, Address]) -> None:
        self.addresses = addresses

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As the address that it is does, if there is one."""
        address = self.addresses.get(scope["path"])
        if address is None:
            return Match.NONE, {}
        return address.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on to its address."""
        await self.addresses[scope["path"]].handle(scope, receive, send)


def by_address(routes: Sequence[Route]) -> list[BaseRoute]:
    """The addresses in the order in which they are to be tried; a text goes before a pattern that it fits too."""
    grouped: dict[str, list[Route]] = {}
    for route in routes:
        grouped.setdefault(route.path, []).append(route)
    plain = {path: Address(same) for path, same in grouped.items() if not same[0].param_convertors}
    return [Addresses(plain), *(Address(same) for path, same in grouped.items() if path not in plain)]
