"""Addresses are found as Starlette finds them that tries each route in turn."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.routing import Match, Route

from tests.site import ON_ONE_DATABASE, Site
from web.addresses import by_address
from web.routes import ROUTES

_PATHS = sorted({route.path for route in ROUTES})


def _found(routes: list[Route], method: str, path: str) -> object:
    """Which handler answers, with what it is told of the address; the first that fits the address alone, else None."""
    partial: object = None
    for route in routes:
        match, told = route.matches({"type": "http", "method": method, "path": path})
        if match is Match.FULL:
            return told["endpoint"], told["path_params"]
        if match is Match.PARTIAL and partial is None:
            partial = "only the address", told["endpoint"], told["path_params"]
    return partial


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_each_address_has_the_handler_of_the_first_route_that_fits(method: str) -> None:
    ours = Starlette(routes=by_address(ROUTES)).routes
    for template in _PATHS:
        for filling in ("x", "new", "fields", "ABCD2345"):
            path = template.replace("{id}", filling).replace("{slug}", filling).replace("{number}", filling)
            path = path.replace("{token}", filling).replace("{release}", filling)
            assert _found(ours, method, path) == _found(ROUTES, method, path), path  # type: ignore[arg-type]
    assert _found(ours, method, "/nothing") is None  # type: ignore[arg-type]


@ON_ONE_DATABASE
async def test_a_slash_too_many_and_a_wrong_method_are_told(site: Site) -> None:
    assert (await site.client.get("/panel/licenses/")).headers["location"].endswith("/panel/licenses")
    wrong = await site.client.put("/sign-in", headers={"sec-fetch-site": "none"})
    assert (wrong.status_code, set(wrong.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "POST"})
    for method, path in (("PUT", "/register"), ("DELETE", "/panel/tickets/ABCD2345"), ("GET", "/sign-out")):
        wrong = await site.client.request(method, path, headers={"sec-fetch-site": "none"})
        there = {one for route in ROUTES if route.path_regex.match(path) for one in route.methods or ()}
        assert (wrong.status_code, set(wrong.headers["allow"].split(", "))) == (405, there), path
