"""Nouns of money."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from api.money import Currency as CurrencyCode
from api.money import as_decimal, formatted
from api.schema.common import asker, lazy

Currency = strawberry.enum(CurrencyCode, name="Currency", description="ISO 4217.")


@strawberry.type(description="So much of a currency.")
class Money:
    amount: Decimal = strawberry.field(description="In major units, two places.")
    currency: Currency = strawberry.field(description="Of which currency.")  # type: ignore[valid-type]
    minor: strawberry.Private[int]

    @lazy("As people write it in the request's language, e.g. ₺1.234,50.")
    def formatted(self, info: strawberry.Info) -> str:
        """As people write it."""
        return formatted(self.minor, self.currency, asker(info).language)

    @classmethod
    def of(cls, minor: int, currency: str) -> Money:
        """So many minor units."""
        return cls(amount=as_decimal(minor), currency=CurrencyCode(currency), minor=minor)
