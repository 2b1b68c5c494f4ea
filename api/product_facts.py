"""What checks need to know of products: kept in memory, and read anew when the product was changed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from api import sealing
from api.models import ids
from api.models.catalog import Product, Release
from api.rules.releases import ReleaseFacts, latest_covered

_MOST_PRODUCTS = 5000


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product, its licensing and its releases, as of a version of it."""

    version: int
    slug: str
    name: str
    # The names that a module may call it by.
    names: tuple[str, ...]
    # The old protocol's shared secret, in clear; None where there is none.
    secret: str | None
    legacy_id: str
    tells_owner: bool
    covered_only: bool
    releases: tuple[ReleaseFacts, ...]
    released: Mapping[str, datetime]
    # What was found for each last day of support; as many as there are days.
    _latest: dict[date | None, ReleaseFacts | None] = field(default_factory=dict, repr=False, compare=False)

    def latest(self, until: date | None) -> ReleaseFacts | None:
        """The release that support until a day has as its newest."""
        if until not in self._latest:
            self._latest[until] = latest_covered(self.releases, until)
        return self._latest[until]


_known: OrderedDict[UUID, ProductFacts] = OrderedDict()


async def facts_of(key: UUID, version: int) -> ProductFacts:
    """The facts of a product as of `version` (`Product.version`) or later."""
    known = _known.get(key)
    if known is not None and known.version >= version:
        return known
    row = await Product.get(id=key)
    releases = await Release.filter(product_id=key).order_by("released_at", "id")
    facts = ProductFacts(
        version=row.version,
        slug=row.slug,
        name=row.name,
        names=tuple(filter(None, (row.slug, ids.public(row.PREFIX, row.id), row.legacy_product_id))),
        secret=sealing.unseal(bytes(row.legacy_secret)) if row.legacy_secret else None,
        legacy_id=row.legacy_product_id or row.slug,
        tells_owner=row.tells_owner,
        covered_only=row.covered_only,
        releases=tuple(ReleaseFacts(r.version, r.released_at, r.security, r.yanked) for r in releases),
        released={r.version: r.released_at for r in releases if not r.yanked},
    )
    _known[key] = facts
    if len(_known) > _MOST_PRODUCTS:
        _known.popitem(last=False)
    return facts


def forget() -> None:
    """Read every product anew: another database."""
    _known.clear()
