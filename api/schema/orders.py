"""Nouns of orders."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from api import batches
from api.access import may_see
from api.caller import Scope
from api.models import ids
from api.models.agreements import AgreementDocument as DocumentRow
from api.models.billing import Invoice as InvoiceRow
from api.models.licenses import License as LicenseRow
from api.models.orders import Order as OrderRow
from api.models.orders import OrderEvidence as EvidenceRow
from api.models.orders import OrderItem as ItemRow
from api.schema.accounts import SCOPES_OF_ACCOUNTS, Account, account_behind
from api.schema.agreements import AgreementDocument
from api.schema.billing import Invoice
from api.schema.catalog import Product, products_by_id
from api.schema.common import Node, UserError, asker, lazy
from api.schema.money import Money

if TYPE_CHECKING:
    from api.schema.licenses import License


@strawberry.enum(description="Where an order stands.")
class OrderStatus(StrEnum):
    PENDING_PAYMENT = "PENDING_PAYMENT"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"


@strawberry.type(description="One line of an order.")
class OrderItem:
    quantity: int = strawberry.field(description="How many licenses.")
    unit_price: Money = strawberry.field(description="Net, of one, as it was then.")
    domain: str | None = strawberry.field(description="The domain that was asked for, in Unicode form.")
    row: strawberry.Private[ItemRow]

    @lazy("What was ordered.")
    async def product(self) -> Product:
        """The product."""
        return await batches.load(products_by_id, self.row.product_id)

    @classmethod
    def of(cls, row: ItemRow, currency: str) -> OrderItem:
        """The public form of a row."""
        return cls(quantity=row.quantity, unit_price=Money.of(row.unit_minor, currency), domain=row.domain, row=row)


@strawberry.type(description="That something was accepted with an order (law 6502, art. 48).")
class OrderEvidence:
    kind: str = strawberry.field(
        description="SERVICE_AGREEMENT, PRELIMINARY_INFORMATION, DISTANCE_SALES or IMMEDIATE_PERFORMANCE."
    )
    wording: str = strawberry.field(description="The sentence that was agreed to.")
    at: datetime = strawberry.field(description="When.")
    row: strawberry.Private[EvidenceRow]

    @lazy("The text that was accepted.")
    async def document(self) -> AgreementDocument | None:
        """The version."""
        if self.row.document_id is None:
            return None
        return AgreementDocument.of(await batches.load(_documents, self.row.document_id))

    @classmethod
    def of(cls, row: EvidenceRow) -> OrderEvidence:
        """The public form of a row."""
        return cls(kind=row.kind, wording=row.wording, at=row.at, row=row)


async def _documents(keys: list[UUID]) -> list[DocumentRow]:
    return await batches.by_id(DocumentRow, keys)


async def _items(keys: list[UUID]) -> list[list[ItemRow]]:
    return await batches.grouped(ItemRow, "order_id", keys, "position")


async def _evidence(keys: list[UUID]) -> list[list[EvidenceRow]]:
    return await batches.grouped(EvidenceRow, "order_id", keys, "at", "kind")


async def _licenses(keys: list[UUID]) -> list[list[LicenseRow]]:
    return await batches.grouped(LicenseRow, "order_id", keys, "created_at", "id")


async def _invoices(keys: list[UUID]) -> list[InvoiceRow]:
    rows = await InvoiceRow.filter(order_id__in=set(keys), kind=InvoiceRow.ORDER)
    found = {row.order_id: row for row in rows}
    return [found[key] for key in keys]


@strawberry.type(description="What a customer ordered.")
class Order(Node):
    number: str = strawberry.field(description="The order number, random.")
    status: OrderStatus = strawberry.field(description="Where it stands.")
    placed_at: datetime = strawberry.field(description="When it was placed; installation counts from this day (5.1.1).")
    total: Money = strawberry.field(description="With VAT.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled.")
    cancel_reason: str | None = strawberry.field(description="Why it was cancelled.")
    row: strawberry.Private[OrderRow]

    @lazy(f"Whose it is. {SCOPES_OF_ACCOUNTS}")
    async def account(self, info: strawberry.Info) -> Account:
        """Whose it is."""
        return await account_behind(self.row.account_id, info)

    @lazy("Its first invoice.")
    async def invoice(self) -> Invoice:
        """Its first invoice."""
        return Invoice.of(await batches.load(_invoices, self.row.id))

    @lazy("What was ordered.")
    async def items(self) -> list[OrderItem]:
        """Its lines."""
        return [OrderItem.of(row, self.row.currency) for row in await batches.load(_items, self.row.id)]

    @lazy("The licenses that it brought; none without the scope to read them.")
    async def licenses(self, info: strawberry.Info) -> list[Annotated[License, strawberry.lazy("api.schema.licenses")]]:
        """Its licenses."""
        from api.schema.licenses import License as Noun

        caller = asker(info)
        if not may_see(caller, self.row.account_id, Scope.LICENSES_READ, Scope.LICENSES_ALL):
            return []
        return [Noun.of(row, caller) for row in await batches.load(_licenses, self.row.id)]

    @lazy("The version of the service agreement that it was placed under.")
    async def agreement(self) -> AgreementDocument:
        """The agreement in force when it was placed."""
        return AgreementDocument.of(await batches.load(_documents, self.row.agreement_id))

    @lazy("What was accepted with it.")
    async def evidence(self) -> list[OrderEvidence]:
        """The evidence that hangs on it."""
        return [OrderEvidence.of(row) for row in await batches.load(_evidence, self.row.id)]

    @classmethod
    def of(cls, row: OrderRow) -> Order:
        """The public form of a row."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            number=row.number,
            status=OrderStatus(row.status),
            placed_at=row.placed_at,
            total=Money.of(row.total_minor, row.currency),
            cancelled_at=row.cancelled_at,
            cancel_reason=row.cancel_reason,
            row=row,
        )


@strawberry.input(description="One line of an order.")
class OrderItemInput:
    product_id: strawberry.ID = strawberry.field(description="What is ordered.")
    quantity: int = strawberry.field(default=1, description="1-100; each is a license of its own.")
    domain: str | None = strawberry.field(
        default=None, description="Where it will run, with quantity 1 only; may be bound later."
    )


@strawberry.input(description="An order. An INDIVIDUAL also accepts two texts and says when performance may begin.")
class PlaceOrderInput:
    items: list[OrderItemInput] = strawberry.field(description="1-20 lines of products in one currency.")
    idempotency_key: str = strawberry.field(description="Your own name for this order, up to 100 characters.")
    expected_total: Decimal | None = strawberry.field(
        default=None, description="The total with VAT that was shown; another one now is refused as STALE."
    )
    accepted_agreement_id: strawberry.ID | None = strawberry.field(
        default=None, description="The service agreement in force that was shown; the site sends it always."
    )
    accepted_preliminary_information_id: strawberry.ID | None = strawberry.field(
        default=None, description="INDIVIDUAL: required, the version in force (law 6502, art. 48)."
    )
    accepted_distance_sales_id: strawberry.ID | None = strawberry.field(
        default=None, description="INDIVIDUAL: required, the version in force (law 6502, art. 48)."
    )
    immediate_performance: bool = strawberry.field(
        default=False,
        description="INDIVIDUAL: required; asks for performance at once and knows that withdrawal ends with it.",
    )


@strawberry.type(description="What came of ordering or cancelling.")
class OrderPayload:
    order: Order | None = strawberry.field(default=None, description="The order; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
