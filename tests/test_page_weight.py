"""A first visit to any page brings at most 100 kB: its HTML, stylesheets and scripts, as they go over the wire.

Its `Link` header names just the stylesheets that its head does, in their order, each once.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from functools import cache

import brotli
import httpx
from starlette.routing import Match, Route

from api import demo
from api.demo.people import PASSWORD
from tests.site import ON_ONE_DATABASE, Site
from web.routes import ROUTES
from web.static_files import STATIC

MOST_BYTES = 100_000
# The editor of GraphQL is a program of its own, for developers (GraphiQL and React): 570 kB, kept for ever.
EDITOR = "/graphql"
# No pages: files, what is swapped into pages, the keys of leases.
NO_PAGES = {
    "/downloads/{token}",
    "/panel/attachments/{id}",
    "/attachments/{token}",
    "/panel/invoices/{id}.pdf",
    "/panel/payments/{id}/receipt",
    "/panel/tickets/{number}/news",
    "/.well-known/license-keys.json",
}
READERS = (None, "selin@example.net", "elif@example.net", "jonas@example.net", "mert@example.net", "derya@example.net")
# Of each kind so many are looked at, by each reader.
MOST_OF_A_KIND = 6
COMPARISON = "/agreements/service-agreement/compare?old=2021-07-05&new=2021-07-05"
# What no link leads to.
UNLINKED = [
    COMPARISON,
    "/verify-email?token=none",
    "/reset-password?token=none",
    "/forgot-password",
    "/nothing",
    "/demo/mail",
]
_LINK = re.compile(r'(?:<a [^>]*href|<form method="get" action)="(/[^"#]*)')
_FILE = re.compile(r'(?:href|src)="/static/([^"?]+)')
_STYLESHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
_OPTIONAL = re.compile(r"(?:show|status|search|after|category)=")


@cache
def _compressed(name: str) -> int:
    """What set-up makes of a file, in bytes."""
    return len(brotli.compress((STATIC / name).read_bytes(), mode=brotli.MODE_TEXT))


def _route(path: str) -> str:
    scope = {"type": "http", "method": "GET", "path": path.partition("?")[0]}
    return next((r.path for r in ROUTES if isinstance(r, Route) and r.matches(scope)[0] is Match.FULL), "")


async def _walk(client: httpx.AsyncClient) -> dict[str, tuple[int, int]]:
    """The bytes of a first visit to each page that links lead to: as browsers take it, and with its HTML as it is."""
    weights: dict[str, tuple[int, int]] = {}
    open_ones = ["/", *UNLINKED]
    seen = set(open_ones)
    kinds: Counter[str] = Counter()
    while open_ones:
        path = open_ones.pop()
        kinds[_route(path)] += 1
        if kinds[_route(path)] > MOST_OF_A_KIND:
            continue
        async with client.stream("GET", path, headers={"accept": "text/html"}) as answer:
            body = b"".join([piece async for piece in answer.aiter_raw()])
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        page = httpx.Response(200, headers=answer.headers, content=body).text
        styles = _STYLESHEET.findall(page.partition("</head>")[0])
        assert answer.headers["link"] == ", ".join(f"<{one}>; rel=preload; as=style" for one in styles), path
        assert sorted(styles) == sorted(set(_STYLESHEET.findall(page))), path
        files = sum(map(_compressed, set(_FILE.findall(page))))
        weights[path] = (files + len(body), files + len(page.encode()))
        onward = {html.unescape(link) for link in _LINK.findall(page)} - seen
        onward = {link for link in onward if not _OPTIONAL.search(link)}
        if _route(path) == "/panel/licenses/{id}":
            onward.add(f"{path}/sightings")
        seen |= onward
        open_ones += sorted(onward)
    return weights


@ON_ONE_DATABASE
async def test_no_page_is_heavier(site: Site) -> None:
    """Also not for those who get it uncompressed: whom another site sent while they were signed in."""
    await demo.make(site.settings, lambda said: None)
    seen: set[str] = set()
    for email in READERS:
        async with site.browser() as client:
            client.headers["sec-fetch-site"] = "none"
            if email:
                signed = await client.post("/sign-in", data={"email": email, "password": PASSWORD})
                assert signed.status_code == 303
            weights = await _walk(client)
        assert min(weights.pop(EDITOR)) > MOST_BYTES
        assert {path: weight for path, weight in weights.items() if max(weight) > MOST_BYTES} == {}
        seen |= {_route(path) for path in weights}
    pages = {route.path for route in ROUTES if isinstance(route, Route) and "GET" in (route.methods or ())}
    assert pages - seen - NO_PAGES == {EDITOR}
