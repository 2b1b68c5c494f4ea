"""Nouns of the catalog."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import strawberry

from api import batches, clock, pricing
from api.models import ids, reading
from api.models.catalog import Category as CategoryRow
from api.models.catalog import Price as PriceRow
from api.models.catalog import Product as ProductRow
from api.models.catalog import Release as ReleaseRow
from api.money import Currency as CurrencyCode
from api.money import as_decimal, vat
from api.schema.columns import EVERYTHING, Wanted, column, computed, computes, hanging
from api.schema.common import Node, UserError
from api.schema.money import Currency, Money
from api.schema.paging import Connection, page

T = TypeVar("T")
# What needs a price.
_OF_PRICES = ("price", "priceWithTax", "supportRenewalPrice", "available")


@strawberry.type(description="A shelf of the catalog.")
class Category(Node):
    slug: str = strawberry.field(description="Its name in addresses.")
    name: str = strawberry.field(description="Its name.")

    @classmethod
    def of(cls, row: CategoryRow) -> Category:
        """The public form of a row."""
        return cls(id=strawberry.ID(ids.public(row.PREFIX, row.id)), slug=row.slug, name=row.name)


@strawberry.type(description="A version of a product.")
class Release(Node):
    version: str = strawberry.field(description="Its number, e.g. 2.4.1.")
    released_at: datetime = strawberry.field(description="When it came out.")
    changelog: str = strawberry.field(description="Sanitised HTML.")
    sha256: str = strawberry.field(description="SHA-256 of its file, in hex; empty while it has none.")
    size: int = strawberry.field(description="Bytes of its file.")
    filename: str | None = strawberry.field(description="The name of its file; null while it has none.")
    signature: str | None = strawberry.field(
        description="Ed25519 over product, version and SHA-256: RR1.<kid>.<Base64url>; null while it has no file."
    )
    security: bool = strawberry.field(description="Whether it mends a security fault.")
    yanked: bool = strawberry.field(description="Whether it was taken back.")
    row: strawberry.Private[ReleaseRow]

    @classmethod
    def of(cls, row: ReleaseRow) -> Release:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            version=row.version,
            released_at=row.released_at,
            changelog=row.html,
            sha256=row.sha256,
            size=row.size,
            filename=row.filename,
            signature=row.signature,
            security=row.security,
            yanked=row.yanked,
            row=row,
        )


async def _latest_releases(keys: list[UUID]) -> list[ReleaseRow | None]:
    groups = await batches.grouped(ReleaseRow, "product_id", keys, "-released_at")
    return [next((row for row in group if not row.yanked), None) for group in groups]


def _price(own: Product) -> Money:
    return Money.of(own.priced.license_minor, own.priced.currency)


def _price_with_tax(own: Product) -> Money:
    net = own.priced.license_minor
    return Money.of(net + vat(net, own.rate_bp), own.priced.currency)


def _available(own: Product) -> bool:
    return own.row.retired_at is None and own.priced.valid_from <= own.at


@computes
@strawberry.type(description="A module that is sold.")
class Product(Node):
    id: strawberry.ID = computed(
        "Opaque; never a counter.", of=lambda own: strawberry.ID(ids.public(ProductRow.PREFIX, own.row.id))
    )
    slug: str = column("Its name in addresses.", "slug")
    name: str = column("Its name.", "name")
    summary: str = column("One sentence.", "summary")
    description: str = computed("Sanitised HTML.", "html", of=lambda own: own.row.html)
    price: Money = computed("Net, with one year of updates and support.", of=_price)
    price_with_tax: Money = computed("The price and its VAT.", of=_price_with_tax)
    support_renewal_price: Money = computed(
        "What one year of support & updates costs after the first (5.1.2), net.",
        of=lambda own: Money.of(own.priced.support_minor, own.priced.currency),
    )
    tax_rate: Decimal = computed("The VAT rate of today, in percent.", of=lambda own: as_decimal(own.rate_bp))
    category: Category = computed(
        "Where it stands in the catalog.", "category_id", of=lambda own: Category.of(_asked_for(own.shelf))
    )
    available: bool = computed("Whether it can be ordered.", "retired_at", of=_available)
    row: strawberry.Private[ProductRow]
    # What other tables know of it, as far as it was asked for.
    shelf: strawberry.Private[CategoryRow | None]
    price_row: strawberry.Private[PriceRow | None]
    rate: strawberry.Private[int | None]
    at: strawberry.Private[datetime]

    @property
    def priced(self) -> PriceRow:
        """The price in force; RuntimeError where nobody asked for prices."""
        return _asked_for(self.price_row)

    @property
    def rate_bp(self) -> int:
        """The VAT rate in basis points; RuntimeError where nobody asked for it."""
        return _asked_for(self.rate)

    @hanging("The newest release that was not taken back.")
    async def latest_release(self) -> Release | None:
        """The newest release."""
        row = await batches.load(_latest_releases, self.row.id)
        return Release.of(row) if row else None

    @hanging("Its releases, newest first.")
    async def releases(self, first: int | None = None, after: str | None = None) -> Connection[Release]:
        """A page of its releases."""
        return await page(ReleaseRow.filter(product_id=self.row.id), "-released_at", first, after, Release.of)


def _asked_for(value: T | None) -> T:
    if value is None:
        raise RuntimeError("this was not read of the product")
    return value


async def shown_products(rows: list[ProductRow], wanted: Wanted = EVERYTHING) -> list[Product]:
    """The public forms of rows with what is asked of them, prices as they are now; one statement for each table."""
    now = clock.now()
    keys = [row.id for row in rows]
    shelves = await reading.by_id(CategoryRow, {row.category_id for row in rows}) if wanted.any_of("category") else {}
    prices = await _prices(keys, now) if wanted.any_of(*_OF_PRICES) else {}
    rate = await pricing.vat_rate(clock.today()) if wanted.any_of("priceWithTax", "taxRate") else None
    return [
        Product(
            row=row,
            shelf=shelves.get(row.category_id) if shelves else None,
            price_row=prices.get(row.id),
            rate=rate,
            at=now,
        )
        for row in rows
    ]


async def _prices(keys: list[UUID], now: datetime) -> dict[UUID, PriceRow]:
    """The price in force of each product; the first one where none is yet."""
    found = await pricing.prices_at(keys, now)
    return found | {key: (await pricing.price_history(key))[0] for key in keys if key not in found}


async def products_by_id(keys: list[UUID], wanted: Wanted = EVERYTHING) -> list[Product]:
    """The products with these ids, in their order, with what is asked of them; to be read in batches."""
    found = await reading.by_id(ProductRow, keys, wanted.columns(Product))
    shown = dict(zip(found, await shown_products(list(found.values()), wanted), strict=True))
    return [shown[key] for key in keys]


@strawberry.input(description="A module to sell.")
class CreateProductInput:
    slug: str = strawberry.field(description="Its name in addresses: a-z, 0-9 and hyphens.")
    name: str = strawberry.field(description="2-120 characters.")
    summary: str = strawberry.field(description="One sentence, up to 300 characters.")
    description: str = strawberry.field(description="Markdown.")
    category_slug: str = strawberry.field(description="Where it stands in the catalog.")
    price: Decimal = strawberry.field(description="Net, with one year of updates and support.")
    support_renewal_price: Decimal = strawberry.field(description="Net, for one year more.")
    currency: Currency = strawberry.field(default=CurrencyCode.TRY, description="Of both prices.")  # type: ignore[valid-type]


@strawberry.input(
    description="What is absent or null stays as it is. A price counts from `pricesFrom` on, else at once."
)
class UpdateProductInput:
    name: str | None = strawberry.field(default=None, description="2-120 characters.")
    summary: str | None = strawberry.field(default=None, description="One sentence, up to 300 characters.")
    description: str | None = strawberry.field(default=None, description="Markdown.")
    category_slug: str | None = strawberry.field(default=None, description="Where it stands in the catalog.")
    price: Decimal | None = strawberry.field(default=None, description="Net, with one year of updates and support.")
    support_renewal_price: Decimal | None = strawberry.field(default=None, description="Net, for one year more.")
    prices_from: datetime | None = strawberry.field(default=None, description="From when new prices count; not past.")


@strawberry.type(description="What came of a change of a category.")
class CategoryPayload:
    category: Category | None = strawberry.field(default=None, description="The category; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="What came of a change of a product.")
class ProductPayload:
    product: Product | None = strawberry.field(default=None, description="The product; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.input(description="A release's facts and, unless it comes later, its file.")
class PublishReleaseInput:
    product_id: strawberry.ID = strawberry.field(description="Of which product.")
    version: str = strawberry.field(description="Its number, e.g. 2.4.1; new for the product.")
    changelog: str = strawberry.field(description="Markdown.")
    file: str | None = strawberry.field(
        default=None,
        description="Base64 of the archive, zip or gzip; large ones are uploaded over multipart, up to 64 MiB.",
    )
    security: bool = strawberry.field(default=False, description="Whether it mends a security fault.")


@strawberry.type(description="What came of publishing a release.")
class ReleasePayload:
    release: Release | None = strawberry.field(default=None, description="The release; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="The general VAT rate from a day on.")
class VatRate:
    rate: Decimal = strawberry.field(description="In percent.")
    valid_from: date = strawberry.field(description="The first day on which it counts.")


@strawberry.type(description="What came of setting the VAT rate.")
class VatRatePayload:
    vat_rate: VatRate | None = strawberry.field(default=None, description="The rate; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
