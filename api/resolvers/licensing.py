"""Verbs of how a product's licenses are checked."""

from __future__ import annotations

from strawberry import ID

from api import sealing
from api.access import needs
from api.audit import Act
from api.caller import Caller, Scope
from api.models import ids
from api.models.catalog import Product
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import licensing as rules
from api.schema.licensing import ProductLicensing, ProductLicensingInput, ProductLicensingPayload


@needs(Scope.CATALOG_WRITE)
async def product_licensing(caller: Caller, product_id: ID) -> ProductLicensing | None:
    """How a product's licenses are checked; null for an unknown product. The shared secret is never told."""
    del caller
    key = ids.key_of(str(product_id), Product.PREFIX)
    row = await Product.get_or_none(id=key) if key else None
    return ProductLicensing.of(row) if row else None


@needs(Scope.CATALOG_WRITE)
async def set_product_licensing(
    caller: Caller,
    product_id: ID,
    input: ProductLicensingInput,  # noqa: A002 - as the other inputs
) -> ProductLicensingPayload:
    """Sets how a product's licenses are checked; what is absent stays, an empty text takes it away."""
    found = Inspection()
    secret = found.check("legacy_secret", rules.legacy_secret, input.legacy_secret)
    name = found.check("legacy_product_id", rules.legacy_product_id, input.legacy_product_id)
    async with writing(caller) as work:
        key = ids.key_of(str(product_id), Product.PREFIX)
        row = await Product.select_for_update(no_key=True).get_or_none(id=key) if key else None
        if row is None:
            raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.product_unknown", ("product_id",)))
        found.finish()
        if input.legacy_secret is not None:
            row.legacy_secret = sealing.seal(secret) if secret else None
        if input.legacy_product_id is not None:
            row.legacy_product_id = name or None
        if input.tells_owner is not None:
            row.tells_owner = input.tells_owner
        if input.covered_only is not None:
            row.covered_only = input.covered_only
        row.version += 1
        changed = ["legacy_secret", "legacy_product_id", "tells_owner", "covered_only", "version"]
        await row.save(update_fields=changed)
        work.record(
            Act.LICENSING_SET,
            f"product:{row.id.hex}",
            secret="kept" if input.legacy_secret is None else ("set" if secret else "removed"),
            tells_owner=str(row.tells_owner),
            covered_only=str(row.covered_only),
        )
    return ProductLicensingPayload(licensing=ProductLicensing.of(row))
