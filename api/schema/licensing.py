"""Nouns of how a product's licenses are checked."""

from __future__ import annotations

import strawberry

from api.models.catalog import Product
from api.schema.common import UserError


@strawberry.type(description="How a product's licenses are checked.")
class ProductLicensing:
    has_legacy_secret: bool = strawberry.field(
        description="Whether modules of the old protocol share a secret with us; it is never told."
    )
    legacy_product_id: str | None = strawberry.field(description="What they call the product; null: its slug.")
    tells_owner: bool = strawberry.field(
        description="Whether they are told the owner's name, company and masked address; a check is anonymous."
    )
    covered_only: bool = strawberry.field(
        description="Whether a release that came out after the support year may not run (VERSION_NOT_COVERED)."
    )

    @classmethod
    def of(cls, row: Product) -> ProductLicensing:
        """The public form."""
        return cls(
            has_legacy_secret=row.legacy_secret is not None,
            legacy_product_id=row.legacy_product_id,
            tells_owner=row.tells_owner,
            covered_only=row.covered_only,
        )


@strawberry.input(description="What is absent or null stays as it is.")
class ProductLicensingInput:
    legacy_secret: str | None = strawberry.field(
        default=None, description="8-200 printable ASCII characters; an empty text takes it away."
    )
    legacy_product_id: str | None = strawberry.field(
        default=None, description="Up to 40 printable ASCII characters; an empty text: the slug."
    )
    tells_owner: bool | None = strawberry.field(default=None, description="See ProductLicensing.")
    covered_only: bool | None = strawberry.field(default=None, description="See ProductLicensing.")


@strawberry.type(description="What came of setting how licenses are checked.")
class ProductLicensingPayload:
    licensing: ProductLicensing | None = strawberry.field(default=None, description="As it is now; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
