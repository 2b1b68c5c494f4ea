"""Announcements: what all customers, or those of a product, are told on the site (service agreement 8.2)."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api.models.catalog import Product
from api.models.ids import new_id
from api.models.people import Person


class Announcement(Model):
    """One announcement. A SUPPORT_EXTENSION is the extension itself: there is none without its announcement."""

    PREFIX = "ann"
    GENERAL, SUPPORT_EXTENSION, SECURITY, MAINTENANCE = "GENERAL", "SUPPORT_EXTENSION", "SECURITY", "MAINTENANCE"

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(max_length=20)
    title = fields.CharField(max_length=200)
    body = fields.TextField()
    html = fields.TextField()
    # Null: for every customer.
    product: fields.ForeignKeyNullableRelation[Product] = fields.ForeignKeyField(
        "ruhsat.Product", related_name="announcements", null=True, on_delete=fields.RESTRICT
    )
    published_at = fields.DatetimeField()
    published_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="announcements", null=True, on_delete=fields.RESTRICT
    )
    starts_at = fields.DatetimeField(null=True)
    ends_at = fields.DatetimeField(null=True)
    # Of an extension: the support minutes that a first answer may take while it holds.
    maximum_minutes = fields.IntField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)
    # Whether letters are still to be queued, and the last account whose owner was written to.
    letters_wait = fields.BooleanField(default=False)
    written_to = fields.UUIDField(null=True)
    product_id: UUID | None
    published_by_id: UUID | None

    class Meta:
        table = "announcements"
        indexes = (("published_at",), ("kind", "ends_at"))
