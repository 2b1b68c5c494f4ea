"""Nouns of invoices, payments and late fees."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import strawberry

from api import batches, clock, overdue, settling
from api.models import ids
from api.models.billing import Invoice as InvoiceRow
from api.models.billing import InvoiceLine as LineRow
from api.models.billing import LateFeeRule as RuleRow
from api.models.billing import Payment as PaymentRow
from api.models.billing import Receipt
from api.money import as_decimal
from api.rules.bank_accounts import payment_reference
from api.schema.accounts import SCOPES_OF_ACCOUNTS, Account, account_behind
from api.schema.common import Node, UserError, lazy
from api.schema.money import Money


@strawberry.enum(description="OVERDUE follows from the day. Partly paid stays UNPAID or OVERDUE, with `paid`.")
class InvoiceStatus(StrEnum):
    UNPAID = "UNPAID"
    OVERDUE = "OVERDUE"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"


@strawberry.enum(description="What an invoice is for.")
class InvoiceKind(StrEnum):
    ORDER = "ORDER"
    RENEWAL = "RENEWAL"
    RENEWAL_REQUESTED = "RENEWAL_REQUESTED"
    CREDIT_NOTE = "CREDIT_NOTE"


@strawberry.enum(description="What a line is for.")
class InvoiceLineKind(StrEnum):
    PRODUCT = "PRODUCT"
    SUPPORT_RENEWAL = "SUPPORT_RENEWAL"
    SUPPORT_BACK_PAYMENT = "SUPPORT_BACK_PAYMENT"
    LATE_FEE = "LATE_FEE"
    CREDIT = "CREDIT"


@strawberry.enum(description="How money came.")
class PaymentMethod(StrEnum):
    BANK_TRANSFER = "BANK_TRANSFER"
    CARD = "CARD"
    CREDIT = "CREDIT"


@strawberry.enum(description="Where a payment stands.")
class PaymentStatus(StrEnum):
    REPORTED = "REPORTED"
    CONFIRMED = "CONFIRMED"
    REJECTED = "REJECTED"
    REFUNDED = "REFUNDED"


@strawberry.type(description="One line; `unitPrice` and `total` are net.")
class InvoiceLine:
    kind: InvoiceLineKind = strawberry.field(description="What it is for.")
    description: str = strawberry.field(description="As printed, in the customer's language.")
    quantity: int = strawberry.field(description="How many.")
    unit_price: Money = strawberry.field(description="Net, of one.")
    tax_rate: Decimal = strawberry.field(description="VAT in percent, e.g. 20.00.")
    tax: Money = strawberry.field(description="VAT of the line, rounded half up.")
    total: Money = strawberry.field(description="Net, of all.")

    @classmethod
    def of(cls, row: LineRow, currency: str) -> InvoiceLine:
        """The public form of a row."""
        return cls(
            kind=InvoiceLineKind(row.kind),
            description=row.description,
            quantity=row.quantity,
            unit_price=Money.of(row.unit_minor, currency),
            tax_rate=as_decimal(row.rate_bp),
            tax=Money.of(row.tax_minor, currency),
            total=Money.of(row.net_minor, currency),
        )


@strawberry.type(description="A late fee before it happens (5.3.1).")
class LateFeePreview:
    on: date = strawberry.field(description="The first day on which it is added.")
    amount: Money = strawberry.field(description="Net.")
    tax: Money = strawberry.field(description="VAT on it.")


async def _receipts(keys: list[UUID]) -> list[bool]:
    there = set(await Receipt.filter(payment_id__in=set(keys)).values_list("payment_id", flat=True))
    return [key in there for key in keys]


@strawberry.type(description="Money that came in, or was said to have been sent.")
class Payment(Node):
    method: PaymentMethod = strawberry.field(description="How.")
    status: PaymentStatus = strawberry.field(description="Where it stands.")
    amount: Money = strawberry.field(description="How much.")
    reference: str | None = strawberry.field(description="What the customer wrote into the transfer.")
    received_at: datetime | None = strawberry.field(description="When it was confirmed; null until then.")
    reported_at: datetime = strawberry.field(description="When the customer told of it.")
    paid_on: date | None = strawberry.field(description="The day on which the customer says to have paid.")
    bank: str | None = strawberry.field(description="From which bank.")
    reject_reason: str | None = strawberry.field(description="Why it was rejected.")
    row: strawberry.Private[PaymentRow]

    @lazy("Whether a receipt was sent with it.")
    async def has_receipt(self) -> bool:
        """Whether there is a file."""
        return await batches.load(_receipts, self.row.id)

    @lazy("The invoice that it was for.")
    async def invoice(self) -> Invoice:
        """The invoice."""
        return Invoice.of(await batches.load(_invoices_by_id, self.row.invoice_id))

    @classmethod
    def of(cls, row: PaymentRow) -> Payment:
        """The public form of a row."""
        confirmed = row.status == PaymentRow.CONFIRMED
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            method=PaymentMethod(row.method),
            status=PaymentStatus(row.status),
            amount=Money.of(row.minor, row.currency),
            reference=row.reference,
            received_at=row.decided_at if confirmed else None,
            reported_at=row.reported_at,
            paid_on=row.paid_on,
            bank=row.bank,
            reject_reason=row.reject_reason,
            row=row,
        )


async def _lines(keys: list[UUID]) -> list[list[LineRow]]:
    return await batches.grouped(LineRow, "invoice_id", keys, "position")


async def _payments(keys: list[UUID]) -> list[list[PaymentRow]]:
    return await batches.grouped(PaymentRow, "invoice_id", keys, "reported_at", "id")


async def _corrections(keys: list[UUID]) -> list[list[InvoiceRow]]:
    return await batches.grouped(InvoiceRow, "corrects_id", keys, "issued_at", "id")


async def _invoices_by_id(keys: list[UUID]) -> list[InvoiceRow]:
    return await batches.by_id(InvoiceRow, keys)


@strawberry.type(description="What a customer owes.")
class Invoice(Node):
    number: str = strawberry.field(description="Gapless within its series and year, e.g. WTR2026000000001.")
    kind: InvoiceKind = strawberry.field(description="What it is for.")
    status: InvoiceStatus = strawberry.field(description="Where it stands today.")
    issued_on: date = strawberry.field(description="The day of issue.")
    due_on: date = strawberry.field(description="The last day on which it is paid in time.")
    subtotal: Money = strawberry.field(description="Net.")
    tax: Money = strawberry.field(description="VAT, the sum of its lines'.")
    total: Money = strawberry.field(description="What is to be paid.")
    payment_reference: str = strawberry.field(description="What to write into a bank transfer.")
    cancel_reason: str | None = strawberry.field(description="Why it was cancelled.")
    row: strawberry.Private[InvoiceRow]

    @lazy(f"Whose it is. {SCOPES_OF_ACCOUNTS}")
    async def account(self, info: strawberry.Info) -> Account:
        """Whose it is."""
        return await account_behind(self.row.account_id, info)

    @lazy("Its lines.")
    async def lines(self) -> list[InvoiceLine]:
        """Its lines, in order."""
        return [InvoiceLine.of(row, self.row.currency) for row in await batches.load(_lines, self.row.id)]

    @lazy("What was paid of it.")
    async def paid(self) -> Money:
        """What was put to it."""
        return Money.of(await batches.load(settling.paid_of, self.row.id), self.row.currency)

    @lazy("What is still to be paid.")
    async def balance(self) -> Money:
        """Total less paid; nothing once it is not to be paid any more."""
        paid = await batches.load(settling.paid_of, self.row.id)
        left = max(0, self.row.total_minor - paid) if self.row.status == InvoiceRow.UNPAID else 0
        return Money.of(left, self.row.currency)

    @lazy("What the fee would be, and from which day, if it stays unpaid (5.3.1).")
    async def next_late_fee(self) -> LateFeePreview | None:
        """The fee that threatens."""
        fee = await overdue.next_fee(self.row)
        if fee is None:
            return None
        money = self.row.currency
        return LateFeePreview(on=fee.on, amount=Money.of(fee.net_minor, money), tax=Money.of(fee.tax_minor, money))

    @lazy("What was paid or reported for it, oldest first.")
    async def payments(self) -> list[Payment]:
        """Its payments."""
        return [Payment.of(row) for row in await batches.load(_payments, self.row.id)]

    @lazy("The credit notes that correct it.")
    async def credit_notes(self) -> list[Invoice]:
        """Its corrections."""
        return [Invoice.of(row) for row in await batches.load(_corrections, self.row.id)]

    @lazy("The invoice that this credit note corrects.")
    async def corrects(self) -> Invoice | None:
        """What it corrects."""
        key = self.row.corrects_id
        return Invoice.of(await batches.load(_invoices_by_id, key)) if key else None

    @classmethod
    def of(cls, row: InvoiceRow) -> Invoice:
        """The public form of a row, as of today."""
        late = row.status == InvoiceRow.UNPAID and row.due_on < clock.today()
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            number=row.number,
            kind=InvoiceKind(row.kind),
            status=InvoiceStatus.OVERDUE if late else InvoiceStatus(row.status),
            issued_on=row.issued_on,
            due_on=row.due_on,
            subtotal=Money.of(row.net_minor, row.currency),
            tax=Money.of(row.tax_minor, row.currency),
            total=Money.of(row.total_minor, row.currency),
            payment_reference=payment_reference(row.number),
            cancel_reason=row.cancel_reason,
            row=row,
        )


@strawberry.type(description="What came of billing something.")
class InvoicePayload:
    invoice: Invoice | None = strawberry.field(default=None, description="The invoice; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="What came of a payment.")
class PaymentPayload:
    payment: Payment | None = strawberry.field(default=None, description="The payment; null when refused.")
    invoice: Invoice | None = strawberry.field(default=None, description="The invoice that it was for.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.enum(description="How a late fee is reckoned.")
class LateFeeKind(StrEnum):
    PERCENT = "PERCENT"
    FIXED = "FIXED"


@strawberry.type(description="What late payment costs (5.3.1).")
class LateFeeRule:
    kind: LateFeeKind = strawberry.field(description="How it is reckoned.")
    percent: Decimal = strawberry.field(description="Of the net that is open.")
    fixed: Decimal = strawberry.field(description="Net, in the invoice's currency.")
    minimum: Decimal = strawberry.field(description="At least so much, net.")
    maximum: Decimal | None = strawberry.field(description="At most so much, net.")
    grace_days: int = strawberry.field(description="Days after the due day without a fee.")
    since: datetime = strawberry.field(description="Since when it counts.")

    @classmethod
    def of(cls, row: RuleRow) -> LateFeeRule:
        """The public form of a row."""
        return cls(
            kind=LateFeeKind(row.kind.upper()),
            percent=as_decimal(row.rate_bp),
            fixed=as_decimal(row.fixed_minor),
            minimum=as_decimal(row.minimum_minor),
            maximum=None if row.maximum_minor is None else as_decimal(row.maximum_minor),
            grace_days=row.grace_days,
            since=row.since,
        )


@strawberry.input(description="A rule for late fees.")
class LateFeeRuleInput:
    kind: LateFeeKind = strawberry.field(description="How it is reckoned.")
    grace_days: int = strawberry.field(description="Days after the due day without a fee, 0-365.")
    percent: Decimal | None = strawberry.field(default=None, description="PERCENT: over 0, at most 100.")
    fixed: Decimal | None = strawberry.field(default=None, description="FIXED: net, in the invoice's currency.")
    minimum: Decimal | None = strawberry.field(default=None, description="At least so much, net.")
    maximum: Decimal | None = strawberry.field(default=None, description="At most so much, net.")


@strawberry.type(description="What came of setting the late fee.")
class LateFeeRulePayload:
    rule: LateFeeRule | None = strawberry.field(default=None, description="The rule in force; null when there is none.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.input(description="A file that shows a transfer: PDF, JPEG or PNG, at most 5 MB.")
class ReceiptInput:
    filename: str = strawberry.field(description="Its name, with its extension.")
    content: str = strawberry.field(description="Base64.")
