"""Static files: kept for ever under their hash, by compressed copies that are never older than the file."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import brotli
import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.site import ON_ONE_DATABASE, Site
from web.static_files import HashedFiles, build, static

FOREVER = "public, max-age=31536000, immutable"
BOTH = "gzip, deflate, br"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a stylesheet and an image, and the copies made of it beside."""
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    (folder / "site.css").write_text("a { color: red }\n" * 100)
    (folder / "deep" / "run.js").write_text("let a = 1;\n" * 100)
    (folder / "seal.png").write_bytes(b"\x89PNG" * 100)
    build(folder, tmp_path / "copies")
    return folder


@pytest.fixture
def client(folder: Path) -> httpx.AsyncClient:
    """Somebody who asks for these files and says alone what they take."""
    app = Starlette(routes=[Mount("/static", HashedFiles(folder, folder.parent / "copies"))])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://testserver")
    del client.headers["accept-encoding"]
    return client


async def _raw(client: httpx.AsyncClient, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.stream("GET", path, headers=sent) as response:
        return response, b"".join([piece async for piece in response.aiter_raw()])


@pytest.mark.parametrize(
    ("taken", "encoding"),
    [
        (BOTH, "br"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("identity", None),
        ("identity;q=0.5, gzip;q=0.2", None),
        ("gzip;q=often", None),
        ("BR", "br"),
        ("", None),
    ],
)
async def test_a_browser_gets_the_copy_that_it_takes(
    client: httpx.AsyncClient, folder: Path, taken: str, encoding: str | None
) -> None:
    for name, type_ in {"site.css": "text/css", "deep/run.js": "javascript"}.items():
        response, body = await _raw(client, f"/static/{name}", accept_encoding=taken)
        assert response.headers.get("content-encoding") == encoding
        assert response.headers["vary"] == "Accept-Encoding"
        assert type_ in response.headers["content-type"]
        assert int(response.headers["content-length"]) == len(body)
        plain = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding](body)
        assert plain == (folder / name).read_bytes()
        assert encoding is None or len(body) < len(plain) / 4


async def test_what_is_no_text_has_no_copy(client: httpx.AsyncClient) -> None:
    response, body = await _raw(client, "/static/seal.png", accept_encoding=BOTH)
    assert (response.headers.get("content-encoding"), len(body)) == (None, 400)
    assert response.headers["content-type"] == "image/png"


async def test_conditions_ranges_and_heads_are_of_the_copy(client: httpx.AsyncClient, folder: Path) -> None:
    whole, body = await _raw(client, "/static/site.css", accept_encoding="br")
    plain, _ = await _raw(client, "/static/site.css")
    assert whole.headers["etag"] != plain.headers["etag"]
    again, nothing = await _raw(client, "/static/site.css", accept_encoding="br", if_none_match=whole.headers["etag"])
    assert (again.status_code, nothing, again.headers["etag"]) == (304, b"", whole.headers["etag"])
    assert again.headers["vary"] == "Accept-Encoding"
    other, _ = await _raw(client, "/static/site.css", if_none_match=whole.headers["etag"])
    assert other.status_code == 200
    part, piece = await _raw(client, "/static/site.css", accept_encoding="br", range="bytes=2-9")
    assert (part.status_code, part.headers["content-encoding"], piece) == (206, "br", body[2:10])
    head = await client.head("/static/site.css", headers={"accept-encoding": "br"})
    assert head.headers["content-length"] == str(len(body))
    assert (await client.get("/static/nothing.css", headers={"accept-encoding": "br"})).status_code == 404


async def test_a_file_that_changed_is_served_as_it_is_and_no_older_copy_outlives_the_next_set_up(
    client: httpx.AsyncClient, folder: Path
) -> None:
    before, _ = await _raw(client, "/static/site.css", accept_encoding="br")
    (folder / "site.css").write_text("b { color: blue }\n")
    os.utime(folder / "site.css", (1, 1))
    response, body = await _raw(client, "/static/site.css", accept_encoding="br", if_none_match=before.headers["etag"])
    assert (response.status_code, response.headers.get("content-encoding")) == (200, None)
    assert body == b"b { color: blue }\n"
    build(folder, folder.parent / "copies")
    response, body = await _raw(client, "/static/site.css", accept_encoding="br")
    assert brotli.decompress(body) == b"b { color: blue }\n"
    copies = [copy.name for copy in (folder.parent / "copies").rglob("*") if copy.is_file()]
    assert len(copies) == 4
    assert sum(name.startswith("site.css") for name in copies) == 2


async def test_only_the_address_of_what_is_served_is_kept_for_ever(client: httpx.AsyncClient) -> None:
    response, _ = await _raw(client, "/static/site.css")
    version = response.headers["etag"].strip('"')
    assert response.headers["cache-control"] == "no-cache"
    current, _ = await _raw(client, f"/static/site.css?v={version}", accept_encoding="br")
    assert current.headers["cache-control"] == FOREVER
    # While servers are replaced one by one, another version's address comes to this one too.
    other, _ = await _raw(client, "/static/site.css?v=0123456789ab")
    assert other.headers["cache-control"] == "no-cache"


@ON_ONE_DATABASE
async def test_what_pages_name_is_there_under_its_hash(site: Site) -> None:
    for name in ("site.css", "site.js", "vendor/htmx.min.js"):
        response = await site.client.get(static(name))
        assert (response.status_code, response.headers["cache-control"]) == (200, FOREVER)
