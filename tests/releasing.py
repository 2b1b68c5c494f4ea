"""What tests of releases share: archives, an owner with a license, and releases published through the API."""

from __future__ import annotations

import io
import json
import random
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from api import clock
from api.models import ids
from api.models.catalog import Release
from api.models.licenses import License
from tests.cast import BORA
from tests.doors import GraphqlDoor, signed_in
from tests.site import Site, visitor
from tests.test_support_vectors import bought

PUBLISH = """mutation ($input: PublishReleaseInput!) { publishRelease(input: $input) {
  release { id version sha256 size filename signature security yanked } errors { code field message } } }"""
LINK = """mutation ($license: ID!, $release: ID!) { createDownloadLink(licenseId: $license, releaseId: $release) {
  url expiresAt errors { code field message } } }"""


def packed(size: int = 2000) -> bytes:
    """A zip archive of about this many bytes, which do not repeat."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("modul.php", random.Random(size).randbytes(size))  # noqa: S311 - no secret
    return made.getvalue()


@dataclass
class Shop:
    """A vendor with one product, and Bora, who has a license for it since an hour."""

    site: Site
    staff: str
    session: str
    license_id: str
    product_id: str

    async def publish(self, version: str, content: bytes | None = None, at: datetime | None = None) -> str:
        """The id of a release that came out at an instant, now unless given, with its file uploaded."""
        given: dict[str, Any] = {"productId": self.product_id, "version": version, "changelog": "- Yeni"}
        if content is None:
            answer = await self.site.ask(PUBLISH, {"input": given}, self.staff)
        else:
            answer = (await upload(self.site, PUBLISH, {"input": given | {"file": None}}, content, self.staff)).json()
        assert answer["data"]["publishRelease"]["errors"] == [], answer
        made = str(answer["data"]["publishRelease"]["release"]["id"])
        if at:
            await Release.filter(id=ids.key_of(made, "rel")).update(released_at=at)
        return made

    async def link(self, release_id: str) -> Any:
        """What asking for a link is answered with."""
        variables = {"license": self.license_id, "release": release_id}
        return (await self.site.data(LINK, variables, self.session))["createDownloadLink"]

    async def path(self, release_id: str) -> str:
        """The path of a fresh link."""
        url = (await self.link(release_id))["url"]
        assert url, "no link"
        return str(url).removeprefix("http://testserver")

    async def get(self, path: str, address: str = "10.1.2.3", method: str = "GET", **headers: str) -> httpx.Response:
        """Ask for a link as a tool does."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        async with visitor(self.site.app, address) as client:
            return await client.request(method, path, headers=headers)

    async def ends_support(self, day: Any) -> None:
        """Let the license's support end on a day."""
        await License.filter(id=ids.key_of(self.license_id, "lic")).update(support_until=day)


async def opened(site: Site) -> Shop:
    """A shop with a license that was paid an hour ago."""
    _, license_id = await bought(site, clock.now() - timedelta(hours=1))
    row = await License.get()
    return Shop(
        site,
        await site.staff_token(),
        await signed_in(GraphqlDoor(site), BORA["email"]),
        str(license_id),
        ids.public("prd", row.product_id),
    )


async def upload(
    site: Site,
    document: str,
    variables: dict[str, Any],
    content: bytes,
    token: str | None,
    places: dict[str, list[str]] | None = None,
) -> httpx.Response:
    """Send an operation with a file beside it (GraphQL multipart request specification)."""
    parts = {
        "operations": json.dumps({"query": document, "variables": variables}),
        "map": json.dumps({"0": ["variables.input.file"]} if places is None else places),
    }
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with visitor(site.app) as client:
        return await client.post("/graphql", data=parts, files={"0": ("../../x.zip", content)}, headers=headers)
