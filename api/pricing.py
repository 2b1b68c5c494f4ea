"""What things cost at an instant: prices of products and the VAT rate of a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from api.models.catalog import Price, VatRate


async def prices_at(product_ids: Iterable[UUID], at: datetime) -> dict[UUID, Price]:
    """The price in force of each product; one that has none at that instant is left out."""
    found: dict[UUID, Price] = {}
    async for price in Price.filter(product_id__in=set(product_ids), valid_from__lte=at).order_by("valid_from"):
        found[price.product_id] = price
    return found


async def price_history(product_id: UUID) -> list[Price]:
    """All prices of a product, oldest first."""
    return await Price.filter(product_id=product_id).order_by("valid_from")


def in_force(history: list[Price], at: datetime) -> Price:
    """The price of a history at an instant; before the first one, the first."""
    return next((price for price in reversed(history) if price.valid_from <= at), history[0])


async def vat_rate(on: date) -> int:
    """The general VAT rate of a day, in basis points."""
    row = await VatRate.filter(valid_from__lte=on).order_by("-valid_from").first()
    if row is None:
        raise RuntimeError(f"no VAT rate is known for {on}")
    return row.rate_bp
