"""Invoices, payments, the ledger and late fees."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api import sealing
from api.models.accounts import Account
from api.models.database import rows
from api.models.ids import new_id
from api.models.licenses import License
from api.models.orders import Order

# Three letters or digits, the year and nine digits (domain-tr 4.7).
_SEQUENCE_DIGITS = 9


class Invoice(Model):
    """What a customer owes. Buyer and seller are frozen on it, once paid, only a credit note corrects it."""

    PREFIX = "inv"
    UNPAID, PAID, CANCELLED, REFUNDED = "UNPAID", "PAID", "CANCELLED", "REFUNDED"
    # ORDER: an order's first. RENEWAL: made by the clock. RENEWAL_REQUESTED: the customer asked for it.
    ORDER, RENEWAL, RENEWAL_REQUESTED, CREDIT_NOTE = "ORDER", "RENEWAL", "RENEWAL_REQUESTED", "CREDIT_NOTE"
    RENEWALS = frozenset({RENEWAL, RENEWAL_REQUESTED})

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(max_length=20, unique=True)
    kind = fields.CharField(max_length=20)
    status = fields.CharField(max_length=10)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "ruhsat.Account", related_name="invoices", on_delete=fields.RESTRICT
    )
    order: fields.ForeignKeyNullableRelation[Order] = fields.ForeignKeyField(
        "ruhsat.Order", related_name="invoices", null=True, on_delete=fields.RESTRICT
    )
    license: fields.ForeignKeyNullableRelation[License] = fields.ForeignKeyField(
        "ruhsat.License", related_name="invoices", null=True, on_delete=fields.RESTRICT
    )
    corrects: fields.ForeignKeyNullableRelation[Invoice] = fields.ForeignKeyField(
        "ruhsat.Invoice", related_name="credit_notes", null=True, on_delete=fields.RESTRICT
    )
    currency = fields.CharField(max_length=3)
    issued_at = fields.DatetimeField()
    issued_on = fields.DateField()
    due_on = fields.DateField()
    buyer: dict[str, Any] = fields.JSONField()
    buyer_identity_sealed = fields.BinaryField(null=True)
    seller: dict[str, Any] = fields.JSONField()
    net_minor = fields.BigIntField()
    tax_minor = fields.BigIntField()
    total_minor = fields.BigIntField()
    paid_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    cancel_reason = fields.CharField(max_length=500, null=True)
    # What a renewal buys: the years it bills, the package before, and the one that its payment makes (domain-tr 1.4).
    terms = fields.IntField(default=0)
    anchor_before = fields.DateField(null=True)
    terms_before = fields.IntField(null=True)
    anchor_after = fields.DateField(null=True)
    terms_after = fields.IntField(null=True)
    # One renewal of a kind for each paid term of a license, however often the clock door runs.
    once = fields.CharField(max_length=80, null=True, unique=True)
    account_id: UUID
    order_id: UUID | None
    license_id: UUID | None
    corrects_id: UUID | None

    class Meta:
        table = "invoices"
        indexes = (("account_id", "issued_at"), ("status", "due_on"), ("license_id", "status"), ("order_id",))

    def set_buyer_identity(self, identity: str | None) -> None:
        """Seal the buyer's VKN or T.C. number."""
        self.buyer_identity_sealed = sealing.seal(identity) if identity else None

    def buyer_identity(self) -> str | None:
        """The buyer's number in clear."""
        return sealing.unseal(bytes(self.buyer_identity_sealed)) if self.buyer_identity_sealed else None


class InvoiceLine(Model):
    """One line, net and VAT in minor units, VAT rounded half up by line."""

    PRODUCT, SUPPORT_RENEWAL, SUPPORT_BACK_PAYMENT = "PRODUCT", "SUPPORT_RENEWAL", "SUPPORT_BACK_PAYMENT"
    LATE_FEE, CREDIT = "LATE_FEE", "CREDIT"

    id = fields.UUIDField(primary_key=True, default=new_id)
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "ruhsat.Invoice", related_name="lines", on_delete=fields.RESTRICT
    )
    position = fields.IntField()
    kind = fields.CharField(max_length=24)
    description = fields.CharField(max_length=400)
    quantity = fields.IntField()
    unit_minor = fields.BigIntField()
    rate_bp = fields.IntField()
    net_minor = fields.BigIntField()
    tax_minor = fields.BigIntField()
    invoice_id: UUID

    class Meta:
        table = "invoice_lines"
        unique_together = (("invoice", "position"),)


class InvoiceCounter(Model):
    """The last number given out in a series and year."""

    id = fields.CharField(primary_key=True, max_length=12)
    last_number = fields.IntField()

    class Meta:
        table = "invoice_counters"

    @staticmethod
    async def next_number(series: str, year: int) -> str:
        """The next number, e.g. WTR2026000000001; others wait until this transaction ends, so none is left out."""
        name = f"{series}{year}"
        found = await rows(
            "INSERT INTO invoice_counters (id, last_number) VALUES ($1, 1)"
            " ON CONFLICT (id) DO UPDATE SET last_number = invoice_counters.last_number + 1 RETURNING last_number",
            [name],
        )
        return f"{name}{found[0]['last_number']:0{_SEQUENCE_DIGITS}d}"


class Payment(Model):
    """Money that came in or was said to have been sent, its state is the contract's, whatever a gateway calls it."""

    PREFIX = "pay"
    REPORTED, CONFIRMED, REJECTED, REFUNDED = "REPORTED", "CONFIRMED", "REJECTED", "REFUNDED"
    BANK_TRANSFER, CARD, CREDIT = "BANK_TRANSFER", "CARD", "CREDIT"

    id = fields.UUIDField(primary_key=True, default=new_id)
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "ruhsat.Invoice", related_name="payments", on_delete=fields.RESTRICT
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "ruhsat.Account", related_name="payments", on_delete=fields.RESTRICT
    )
    method = fields.CharField(max_length=16)
    gateway = fields.CharField(max_length=24)
    # The provider's own name of the payment; a notice that comes twice finds it.
    gateway_reference = fields.CharField(max_length=100)
    status = fields.CharField(max_length=10)
    currency = fields.CharField(max_length=3)
    minor = fields.BigIntField()
    reference = fields.CharField(max_length=140, null=True)
    bank = fields.CharField(max_length=100, null=True)
    paid_on = fields.DateField(null=True)
    reported_at = fields.DatetimeField()
    decided_at = fields.DatetimeField(null=True)
    decided_by = fields.CharField(max_length=60, null=True)
    reject_reason = fields.CharField(max_length=500, null=True)
    invoice_id: UUID
    account_id: UUID

    class Meta:
        table = "payments"
        unique_together = (("gateway", "gateway_reference"),)
        indexes = (("invoice_id", "reported_at"), ("status", "reported_at"))


class Receipt(Model):
    """The file that a customer sent with a notice of transfer."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    payment: fields.OneToOneRelation[Payment] = fields.OneToOneField(
        "ruhsat.Payment", related_name="receipt", on_delete=fields.RESTRICT
    )
    filename = fields.CharField(max_length=120)
    content_type = fields.CharField(max_length=40)
    content = fields.BinaryField()
    payment_id: UUID

    class Meta:
        table = "receipts"


class LedgerEntry(Model):
    """So much money put to an invoice, or, without one, to the account's credit, append-only.

    The entries of a payment add up to what came in with it, moving credit to an invoice, or back, adds up to nothing.
    """

    PAYMENT, OVERPAYMENT, CREDIT_USED, CREDIT_APPLIED = "PAYMENT", "OVERPAYMENT", "CREDIT_USED", "CREDIT_APPLIED"
    RELEASED, RETURNED, REFUND = "RELEASED", "RETURNED", "REFUND"

    id = fields.UUIDField(primary_key=True, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "ruhsat.Account", related_name="ledger", on_delete=fields.RESTRICT
    )
    invoice: fields.ForeignKeyNullableRelation[Invoice] = fields.ForeignKeyField(
        "ruhsat.Invoice", related_name="ledger", null=True, on_delete=fields.RESTRICT
    )
    payment: fields.ForeignKeyNullableRelation[Payment] = fields.ForeignKeyField(
        "ruhsat.Payment", related_name="ledger", null=True, on_delete=fields.RESTRICT
    )
    kind = fields.CharField(max_length=16)
    currency = fields.CharField(max_length=3)
    minor = fields.BigIntField()
    at = fields.DatetimeField()
    account_id: UUID
    invoice_id: UUID | None
    payment_id: UUID | None

    class Meta:
        table = "ledger_entries"
        indexes = (("account_id", "invoice_id"), ("invoice_id",))


class LateFeeRule(Model):
    """What late payment costs (5.3.1), as staff set it, the latest one counts, an ended one none."""

    PREFIX = "lfr"

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(max_length=8)
    rate_bp = fields.IntField()
    fixed_minor = fields.BigIntField()
    minimum_minor = fields.BigIntField()
    maximum_minor = fields.BigIntField(null=True)
    grace_days = fields.IntField()
    since = fields.DatetimeField()
    until = fields.DatetimeField(null=True)

    class Meta:
        table = "late_fee_rules"


class LateFee(Model):
    """That a rule met an invoice: charged or waived, once for both."""

    CHARGED, WAIVED = "CHARGED", "WAIVED"

    id = fields.UUIDField(primary_key=True, default=new_id)
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "ruhsat.Invoice", related_name="late_fees", on_delete=fields.RESTRICT
    )
    rule: fields.ForeignKeyRelation[LateFeeRule] = fields.ForeignKeyField(
        "ruhsat.LateFeeRule", related_name="fees", on_delete=fields.RESTRICT
    )
    status = fields.CharField(max_length=8)
    net_minor = fields.BigIntField()
    tax_minor = fields.BigIntField()
    charged_at = fields.DatetimeField(null=True)
    waived_at = fields.DatetimeField(null=True)
    waive_reason = fields.CharField(max_length=500, null=True)
    invoice_id: UUID
    rule_id: UUID

    class Meta:
        table = "late_fees"
        unique_together = (("invoice", "rule"),)
