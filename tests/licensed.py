"""A license as tests of checks need it: paid, with its key, and ways to ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from api.models import ids
from api.models.licenses import License
from tests.cast import BORA
from tests.site import Site
from tests.test_license_pages import owned

PATH = "/modules/servers/licensing/verify.php"
VALIDATE = """mutation ($input: ValidateLicenseInput!) { validateLicense(input: $input) { valid code message domain
  product supportUntil supportActive latestVersion nonce checkedAt lease } }"""
LICENSING = """mutation ($id: ID!, $input: ProductLicensingInput!) {
  setProductLicensing(productId: $id, input: $input) {
    licensing { hasLegacySecret legacyProductId tellsOwner coveredOnly } errors { code field message } } }"""


@dataclass
class Licensed:
    """Bora's active license of the product `sms`."""

    site: Site
    session: str
    id: str
    key: str
    product: str
    staff: str

    async def validate(self, domain: str, **more: Any) -> dict[str, Any]:
        """What the API answers a module on a domain."""
        given = {"key": self.key, "domain": domain} | more
        answer: dict[str, Any] = (await self.site.data(VALIDATE, {"input": given}))["validateLicense"]
        return answer

    async def code(self, domain: str, **more: Any) -> str:
        """Its code alone."""
        return str((await self.validate(domain, **more))["code"])

    async def verify(self, domain: str, *, address: str = "127.0.0.1", **more: str) -> httpx.Response:
        """What the old protocol answers."""
        async with self.site.browser(address) as client:
            return await client.post(PATH, data={"licensekey": self.key, "domain": domain} | more)

    async def row(self) -> License:
        """The license as it is stored."""
        return await License.get(id=ids.key_of(self.id, License.PREFIX))

    async def licensing(self, **given: Any) -> dict[str, Any]:
        """Set how the product is checked."""
        answer: dict[str, Any] = (await self.site.data(LICENSING, {"id": self.product, "input": given}, self.staff))[
            "setProductLicensing"
        ]
        return answer


async def licensed(site: Site, form: dict[str, str] = BORA, key: str = "bir") -> Licensed:
    """An active license that is bound to no domain yet."""
    session, own = await owned(site, form, key)
    row = await License.get(id=ids.key_of(own, License.PREFIX))
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    return Licensed(site, session, own, row.key(), product, await site.staff_token())
