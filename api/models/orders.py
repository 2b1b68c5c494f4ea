"""Orders, what was accepted with them, and the keys that keep a repeated request to one effect."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api.models.accounts import Account
from api.models.agreements import AgreementDocument
from api.models.catalog import Product
from api.models.database import insert_unless_there
from api.models.ids import new_id, new_number


class Order(Model):
    """What a customer ordered, under the agreement that was in force then (2.1)."""

    PREFIX = "ord"
    PENDING_PAYMENT, COMPLETED, CANCELLED, REFUNDED = "PENDING_PAYMENT", "COMPLETED", "CANCELLED", "REFUNDED"

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(max_length=12, unique=True, default=new_number)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "ruhsat.Account", related_name="orders", on_delete=fields.RESTRICT
    )
    agreement: fields.ForeignKeyRelation[AgreementDocument] = fields.ForeignKeyField(
        "ruhsat.AgreementDocument", related_name="orders", on_delete=fields.RESTRICT
    )
    status = fields.CharField(max_length=16)
    currency = fields.CharField(max_length=3)
    total_minor = fields.BigIntField()
    placed_at = fields.DatetimeField()
    completed_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    cancel_reason = fields.CharField(max_length=500, null=True)
    account_id: UUID
    agreement_id: UUID

    class Meta:
        table = "orders"
        indexes = (("account_id", "placed_at"), ("status", "placed_at"))


class OrderItem(Model):
    """One line of an order, the price is the one that was in force."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "ruhsat.Order", related_name="items", on_delete=fields.RESTRICT
    )
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField(
        "ruhsat.Product", related_name="order_items", on_delete=fields.RESTRICT
    )
    position = fields.IntField()
    quantity = fields.IntField()
    unit_minor = fields.BigIntField()
    domain = fields.CharField(max_length=253, null=True)
    order_id: UUID
    product_id: UUID

    class Meta:
        table = "order_items"
        unique_together = (("order", "position"),)


class OrderEvidence(Model):
    """That a text was accepted, or immediate performance asked for, with an order (domain-tr 4.6)."""

    IMMEDIATE_PERFORMANCE = "IMMEDIATE_PERFORMANCE"

    id = fields.UUIDField(primary_key=True, default=new_id)
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "ruhsat.Order", related_name="evidence", on_delete=fields.RESTRICT
    )
    kind = fields.CharField(max_length=32)
    document: fields.ForeignKeyNullableRelation[AgreementDocument] = fields.ForeignKeyField(
        "ruhsat.AgreementDocument", related_name="evidence", null=True, on_delete=fields.RESTRICT
    )
    wording = fields.TextField()
    at = fields.DatetimeField()
    address = fields.CharField(max_length=45)
    agent = fields.CharField(max_length=300)
    order_id: UUID
    document_id: UUID | None

    class Meta:
        table = "order_evidence"
        unique_together = (("order", "kind"),)


class IdempotencyKey(Model):
    """A key that a request of somebody used, what it asked, by hash, and what came of it."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    owner = fields.UUIDField()
    operation = fields.CharField(max_length=32)
    key = fields.CharField(max_length=100)
    input_sha256 = fields.CharField(max_length=64)
    answer = fields.UUIDField()
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("owner", "operation", "key"),)

    async def claim(self) -> tuple[str, UUID] | None:
        """Take the key for this transaction; where it is taken already, the hash and the answer that it has.

        A twin that is still at work is waited for: the unique index holds the later one back.
        """
        if await insert_unless_there(self, "owner", "operation", "key"):
            return None
        first = await IdempotencyKey.get(owner=self.owner, operation=self.operation, key=self.key)
        return first.input_sha256, first.answer
