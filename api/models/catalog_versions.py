"""The catalog's version: another text after each change of what is sold, renewed by the database itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise import fields
from tortoise.models import Model

from api.models.catalog import Price
from api.models.database import rows
from api.models.together import Together

_VERSION = 'SELECT "version" FROM "catalog_versions"'


class CatalogVersion(Model):
    """One row. Triggers on categories, products, prices, releases and VAT rates give it a new random text."""

    id = fields.IntField(primary_key=True)
    version = fields.CharField(max_length=36)

    class Meta:
        table = "catalog_versions"


async def _read(keys: Sequence[str]) -> dict[str, str]:
    found = await rows(_VERSION, [])
    return {key: row["version"] for key in keys for row in found}


_together = Together(_read)


async def catalog_version() -> str:
    """The version now; whoever asks at the same moment shares one statement."""
    return await _together.one("") or ""


async def next_price_after(instant: datetime) -> datetime | None:
    """When a price that is known already comes into force next."""
    row = await Price.filter(valid_from__gt=instant).order_by("valid_from").first()
    return row.valid_from if row else None
