"""What is sold: categories, products, their prices over time and their releases' facts."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.expressions import F
from tortoise.models import Model

from api.models.ids import new_id
from api.rules.text import search_key, sort_key


class Category(Model):
    """A shelf of the catalog."""

    PREFIX = "cat"

    id = fields.UUIDField(primary_key=True, default=new_id)
    slug = fields.CharField(max_length=60, unique=True)
    name = fields.CharField(max_length=120)
    sort_key = fields.CharField(max_length=500, db_index=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "categories"

    def index_texts(self) -> None:
        """Renew the column that lists sort by (domain-tr 3.6)."""
        self.sort_key = sort_key(self.name)[:500]


class Product(Model):
    """A module. Once retired it is not sold any more, its licenses live on."""

    PREFIX = "prd"

    id = fields.UUIDField(primary_key=True, default=new_id)
    slug = fields.CharField(max_length=60, unique=True)
    name = fields.CharField(max_length=120)
    summary = fields.CharField(max_length=300)
    markdown = fields.TextField()
    html = fields.TextField()
    category: fields.ForeignKeyRelation[Category] = fields.ForeignKeyField(
        "ruhsat.Category", related_name="products", on_delete=fields.RESTRICT
    )
    key_prefix = fields.CharField(max_length=8)
    # The old protocol's shared secret, sealed, and what it calls the product (licensing.md 2).
    legacy_secret = fields.BinaryField(null=True)
    legacy_product_id = fields.CharField(max_length=40, null=True)
    # Whether old modules are told their owner's name; off, since a check is anonymous (law 6698).
    tells_owner = fields.BooleanField(default=False)
    # Whether a release that came out after the support year may not run; by default it may, with a warning.
    covered_only = fields.BooleanField(default=False)
    retired_at = fields.DatetimeField(null=True)
    # Counts every change of it and of its releases, so that whoever keeps a copy sees when it is old.
    version = fields.IntField(default=1)
    search_key = fields.CharField(max_length=500)
    sort_key = fields.CharField(max_length=500)
    created_at = fields.DatetimeField()
    category_id: UUID

    class Meta:
        table = "products"
        indexes = (("sort_key", "id"),)

    @classmethod
    async def touch(cls, key: UUID) -> None:
        """Count a change of a product or of its releases."""
        await cls.filter(id=key).update(version=F("version") + 1)

    def index_texts(self) -> None:
        """Renew the columns that lists search in and sort by (domain-tr 3.6)."""
        self.search_key = search_key(f"{self.name} {self.summary}")[:500]
        self.sort_key = sort_key(self.name)[:500]


class Price(Model):
    """What a product costs from an instant on, net, until a later row, never changed, never deleted."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField(
        "ruhsat.Product", related_name="prices", on_delete=fields.RESTRICT
    )
    currency = fields.CharField(max_length=3)
    license_minor = fields.BigIntField()
    support_minor = fields.BigIntField()
    valid_from = fields.DatetimeField()
    product_id: UUID

    class Meta:
        table = "prices"
        unique_together = (("product", "valid_from"),)


class VatRate(Model):
    """The general VAT rate from a day on (law 3065), in basis points."""

    valid_from = fields.DateField(primary_key=True)
    rate_bp = fields.IntField()

    class Meta:
        table = "vat_rates"


class Release(Model):
    """A version of a product: what it changes, when it came out, and its signed file once there is one."""

    PREFIX = "rel"

    id = fields.UUIDField(primary_key=True, default=new_id)
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField(
        "ruhsat.Product", related_name="releases", on_delete=fields.RESTRICT
    )
    version = fields.CharField(max_length=40)
    released_at = fields.DatetimeField()
    markdown = fields.TextField()
    html = fields.TextField()
    sha256 = fields.CharField(max_length=64, default="")
    size = fields.BigIntField(default=0)
    # Where the file store keeps it, by which name people get it, and who says that it is ours (api.rules.signatures).
    file_key = fields.CharField(max_length=120, null=True)
    filename = fields.CharField(max_length=160, null=True)
    signature = fields.CharField(max_length=200, null=True)
    security = fields.BooleanField(default=False)
    yanked = fields.BooleanField(default=False)
    product_id: UUID

    class Meta:
        table = "releases"
        unique_together = (("product", "version"),)
        indexes = (("product_id", "released_at"),)
