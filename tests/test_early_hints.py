"""The stylesheet is told before the page where the server can, and in its Link header everywhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.site import ON_ONE_DATABASE, Site
from web.static_files import static

pytestmark = ON_ONE_DATABASE

EXTENSION = "http.response.early_hint"


async def _sent(site: Site, *, extension: bool, **headers: str) -> list[dict[str, Any]]:
    """What the application sends for the front page, message by message."""
    told: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    lines = {"host": "testserver", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
    }
    await site.app(scope | ({"extensions": {EXTENSION: {}}} if extension else {}), receive, send)
    return told


async def test_a_browser_hears_of_the_stylesheet_first(site: Site) -> None:
    hint, start, *_ = await _sent(site, extension=True, sec_fetch_mode="navigate")
    assert hint == {"type": EXTENSION, "links": [f"<{static('site.css')}>; rel=preload; as=style".encode()]}
    assert (start["type"], start["status"]) == ("http.response.start", 200)


@pytest.mark.parametrize(("extension", "mode"), [(False, "navigate"), (True, "cors")])
async def test_nobody_else_does(site: Site, *, extension: bool, mode: str) -> None:
    first, *_ = await _sent(site, extension=extension, sec_fetch_mode=mode)
    assert first["type"] == "http.response.start"


async def test_each_page_names_its_stylesheets_in_a_header(site: Site) -> None:
    for path in ("/", "/products", "/license-check", "/sign-in", "/announcements", "/nothing"):
        page = await site.client.get(path)
        inside = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page.text)
        assert page.headers["link"] == ", ".join(f"<{address}>; rel=preload; as=style" for address in inside)
        assert page.headers["link"].startswith(f"<{static('site.css')}>")
    editor = await site.client.get("/graphql", headers={"accept": "text/html"})
    assert "site.css" not in editor.headers["link"]
    assert "graphiql.min.css" in editor.headers["link"]
    assert "link" not in (await site.client.post("/password-meter", data={"password": "a"})).headers
