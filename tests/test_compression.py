"""Pages travel compressed, except where their length could tell another site what is in them."""

from __future__ import annotations

import gzip

import httpx
import pytest

from tests.cast import BORA
from tests.doors import GraphqlDoor, joined
from tests.site import ON_ONE_DATABASE, Site

pytestmark = ON_ONE_DATABASE


async def _raw(client: httpx.AsyncClient, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    sent = {"accept-encoding": "gzip, br"} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with client.stream("GET", path, headers=sent) as response:
        return response, b"".join([piece async for piece in response.aiter_raw()])


async def test_a_guest_gets_pages_compressed_wherever_they_come_from(site: Site) -> None:
    for origin in ({}, {"sec_fetch_site": "cross-site"}):
        page, body = await _raw(site.client, "/", **origin)
        assert (page.headers["content-encoding"], page.headers["vary"]) == ("gzip", "Accept-Encoding")
        assert page.headers["content-length"] == str(len(body))
        plain = gzip.decompress(body)
        assert plain.startswith(b"<!doctype html>")
        assert len(body) < len(plain) / 2
        # The same page is the same bytes: no time of day in it.
        assert body[4:8] == bytes(4)


async def test_who_takes_nothing_gets_it_as_it_is(site: Site) -> None:
    for taken in ("", "identity", "gzip;q=0", "br"):
        page, body = await _raw(site.client, "/", accept_encoding=taken)
        assert "content-encoding" not in page.headers
        assert page.headers["vary"] == "Accept-Encoding"
        assert body.startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("origin", "compressed"),
    [("same-origin", True), ("none", True), ("cross-site", False), ("same-site", False), (None, False)],
)
async def test_no_other_site_learns_anything_of_a_reader_who_is_signed_in_by_the_length_of_pages(
    site: Site, origin: str | None, compressed: bool
) -> None:
    session = await joined(GraphqlDoor(site), site, BORA)
    async with site.browser() as bora:
        bora.cookies.set("session", session)
        headers = {"sec_fetch_site": origin} if origin else {}
        for path in ("/panel/profile", "/panel/licenses?search=kestane", "/nothing"):
            page, body = await _raw(bora, path, **headers)
            assert ("content-encoding" in page.headers) == compressed
            assert (gzip.decompress(body) if compressed else body).startswith(b"<!doctype html>")


async def test_the_api_and_short_fragments_are_left_alone(site: Site) -> None:
    answer = await site.client.post("/graphql", json={"query": "{ __typename }"})
    assert "content-encoding" not in answer.headers
    short = await site.client.post("/register/districts", data={"address.province": "İzmir"})
    assert ("content-encoding" in short.headers) == (len(short.content) >= 800)
