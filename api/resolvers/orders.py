"""Verbs of orders."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from strawberry import ID

from api import clock, invoicing, loaders, once, pricing, settings, settling
from api.access import needs, needs_any, own_account, visible_to
from api.audit import Act
from api.caller import Caller, Scope
from api.i18n import Language, translate
from api.invoicing import Line
from api.models import ids
from api.models.accounts import Account as AccountRow
from api.models.agreements import AgreementDocument as DocumentRow
from api.models.billing import Invoice as InvoiceRow
from api.models.billing import InvoiceLine
from api.models.catalog import Price, Product
from api.models.licenses import License as LicenseRow
from api.models.licenses import LicenseEvent
from api.models.orders import Order as OrderRow
from api.models.orders import OrderEvidence, OrderItem
from api.money import Currency, vat
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing as rules
from api.rules import installations
from api.rules.bank_accounts import payment_reference
from api.rules.domains import Domain, domain
from api.rules.license_keys import KEY_BITS, masked, new_key
from api.rules.text import is_blank, search_key
from api.schema.accounts import AccountType
from api.schema.licenses import License
from api.schema.orders import Order, OrderItemInput, OrderPayload, OrderStatus, PlaceOrderInput
from api.schema.paging import Connection, page

MOST_ITEMS = 20
AGREEMENT = "SERVICE_AGREEMENT"
# What a consumer accepts besides the agreement (law 6502, art. 48; domain-tr 4.6).
CONSUMER_TEXTS = {
    "accepted_preliminary_information_id": "PRELIMINARY_INFORMATION",
    "accepted_distance_sales_id": "DISTANCE_SALES",
}

# The sentence beside each box, which is kept with the order.
WORDINGS = {
    AGREEMENT: "billing.evidence.service_agreement",
    "PRELIMINARY_INFORMATION": "billing.evidence.preliminary_information",
    "DISTANCE_SALES": "billing.evidence.distance_sales",
    OrderEvidence.IMMEDIATE_PERFORMANCE: "billing.evidence.immediate_performance",
}


@dataclass(frozen=True, slots=True)
class _Item:
    """One line of an order that nothing is wrong with."""

    product: Product
    price: Price
    quantity: int
    domain: Domain | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What an order would come to; sums in minor units."""

    items: list[_Item]
    currency: Currency
    rate_bp: int
    net_minor: int
    tax_minor: int

    @property
    def total_minor(self) -> int:
        """With VAT."""
        return self.net_minor + self.tax_minor


@needs_any(Scope.INVOICES_READ, Scope.BILLING_READ)
async def orders(
    caller: Caller, first: int | None = None, after: str | None = None, status: OrderStatus | None = None
) -> Connection[Order]:
    """Orders, newest first: one's own, or everybody's for staff."""
    query = OrderRow.filter(visible_to(caller, Scope.INVOICES_READ, Scope.BILLING_READ))
    if status is not None:
        query = query.filter(status=status.value)
    return await page(query, "-placed_at", first, after, Order.of)


@needs_any(Scope.INVOICES_READ, Scope.BILLING_READ)
async def order(caller: Caller, key: UUID) -> Order | None:
    """An order by its key, if the caller may see it."""
    row = await OrderRow.filter(visible_to(caller, Scope.INVOICES_READ, Scope.BILLING_READ), id=key).first()
    return Order.of(row) if row else None


@needs_any(Scope.INVOICES_READ, Scope.BILLING_READ)
async def order_licenses(caller: Caller, key: UUID) -> list[License]:
    """The licenses that an order brought, oldest first, as far as the caller may see them."""
    seen = visible_to(caller, Scope.LICENSES_READ, Scope.LICENSES_ALL)
    return [License.of(row, caller) for row in await LicenseRow.filter(seen, order_id=key).order_by("created_at", "id")]


@needs(Scope.ORDERS_WRITE)
async def review_order(caller: Caller, items: list[OrderItemInput]) -> Draft:
    """What an order of these items would come to; refuses what placing it would refuse, and writes nothing."""
    own_account(caller)
    found = Inspection()
    draft = await _draft(found, items)
    if draft is None or found.problems:
        raise found.refusal()
    return draft


@needs(Scope.ORDERS_WRITE)
async def place_order(caller: Caller, input: PlaceOrderInput) -> OrderPayload:  # noqa: A002 - the contract's name
    """Orders licenses: an invoice to pay within 7 days, licenses that its payment makes active."""
    account_id = own_account(caller)
    found = Inspection()
    key = found.check("idempotency_key", rules.idempotency_key, input.idempotency_key)
    order_id = ids.new_id()
    async with writing(caller) as work:
        account = await invoicing.lock_account(account_id)
        if key and (first := await once.claim(account_id, "place_order", key, _asked(input), order_id)):
            # Answered again, nothing done: what is recorded is that it was asked.
            work.record(Act.ORDER_PLACE, f"order:{first.hex}", repeated="yes")
            return OrderPayload(order=Order.of(await OrderRow.get(id=first)))
        draft = await _draft(found, input.items)
        texts = await _accepted(found, account, input)
        shown = (
            None if input.expected_total is None else found.check("expected_total", rules.price, input.expected_total)
        )
        if draft and shown not in {None, draft.total_minor}:
            found.problems.append(Problem(UserErrorCode.STALE, "refusals.total_changed", ("expected_total",)))
        if draft is None or found.problems or key is None:
            raise found.refusal()
        _refuse_inactive(account)
        row = await _place(work, account, draft, order_id, texts)
    return OrderPayload(order=Order.of(row))


def _refuse_inactive(account: AccountRow) -> None:
    if account.status != "ACTIVE":
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.account_not_active"))


def _asked(given: PlaceOrderInput) -> object:
    return {
        "items": [[str(item.product_id), item.quantity, item.domain] for item in given.items],
        "texts": [str(getattr(given, name)) for name in ("accepted_agreement_id", *CONSUMER_TEXTS)],
        "immediate": given.immediate_performance,
    }


async def _draft(found: Inspection, items: list[OrderItemInput]) -> Draft | None:
    if not items:
        found.problems.append(Problem(UserErrorCode.REQUIRED, "refusals.required", ("items",)))
        return None
    if len(items) > MOST_ITEMS:
        found.problems.append(Problem(UserErrorCode.INVALID, "refusals.most_items", ("items",), {"high": MOST_ITEMS}))
        return None
    known = await _on_sale(items)
    made = [item for at, given in enumerate(items) if (item := _item(found, f"items.{at}", given, known))]
    currencies = {item.price.currency for item in made}
    if len(currencies) > 1:
        found.problems.append(Problem(UserErrorCode.INVALID, "refusals.two_currencies", ("items",)))
    if found.problems:
        return None
    rate_bp = await pricing.vat_rate(clock.today())
    nets = [item.price.license_minor * item.quantity for item in made]
    return Draft(made, Currency(currencies.pop()), rate_bp, sum(nets), sum(vat(net, rate_bp) for net in nets))


async def _on_sale(items: list[OrderItemInput]) -> dict[UUID, tuple[Product, Price]]:
    """The products that can be sold now, with their prices; without a price row there is no sale."""
    keys = {key for item in items if (key := ids.key_of(str(item.product_id), Product.PREFIX))}
    prices = await pricing.prices_at(keys, clock.now())
    return {row.id: (row, prices[row.id]) for row in await Product.filter(id__in=prices.keys(), retired_at=None)}


def _item(
    found: Inspection, path: str, given: OrderItemInput, known: dict[UUID, tuple[Product, Price]]
) -> _Item | None:
    quantity = found.check(f"{path}.quantity", rules.quantity, given.quantity)
    own = None if given.domain is None else found.check(f"{path}.domain", _domain, given.domain, given.quantity)
    key = ids.key_of(str(given.product_id), Product.PREFIX)
    if key not in known:
        field = tuple(f"{path}.product_id".split("."))
        found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.product_unknown", field))
        return None
    product, price = known[key]
    return _Item(product, price, quantity, own) if quantity else None


def _domain(text: str, quantity: int) -> Domain | None:
    if is_blank(text):
        return None
    if quantity > 1:
        raise Refusal.of(UserErrorCode.NOT_ALLOWED, "refusals.domain_for_one")
    return domain(text)


async def _accepted(found: Inspection, account: AccountRow, given: PlaceOrderInput) -> dict[str, UUID]:
    """The versions that are accepted with the order, by kind; the agreement always binds (2.1)."""
    in_force = await loaders.ids_in_force((AGREEMENT, *CONSUMER_TEXTS.values()))
    needed = {"accepted_agreement_id": AGREEMENT}
    consumer = account.type == AccountType.INDIVIDUAL.value
    if consumer:
        needed |= CONSUMER_TEXTS
        if not given.immediate_performance:
            problem = Problem(UserErrorCode.REQUIRED, "refusals.immediate_performance", ("immediate_performance",))
            found.problems.append(problem)
    for field, kind in needed.items():
        public_id = getattr(given, field)
        if public_id is None or is_blank(str(public_id)):
            if kind != AGREEMENT:
                found.problems.append(Problem(UserErrorCode.REQUIRED, "refusals.text_required", (field,)))
        elif ids.key_of(str(public_id), DocumentRow.PREFIX) != in_force.get(kind):
            found.problems.append(Problem(UserErrorCode.AGREEMENT_OUTDATED, "refusals.text_outdated", (field,)))
    return {kind: in_force[kind] for kind in needed.values() if kind in in_force}


async def _place(work: Writing, account: AccountRow, draft: Draft, order_id: UUID, texts: dict[str, UUID]) -> OrderRow:
    language = await invoicing.language_of(account.id)
    row = await OrderRow.create(
        id=order_id,
        account=account,
        agreement_id=texts[AGREEMENT],
        status=OrderRow.PENDING_PAYMENT,
        currency=draft.currency.value,
        total_minor=draft.total_minor,
        placed_at=clock.now(),
    )
    await _keep_evidence(work.caller, row, texts)
    for at, item in enumerate(draft.items, 1):
        await OrderItem.create(
            order=row,
            product=item.product,
            position=at,
            quantity=item.quantity,
            unit_minor=item.price.license_minor,
            domain=item.domain.unicode if item.domain else None,
        )
        await _issue_licenses(row, account, item)
    lines = [
        Line(
            InvoiceLine.PRODUCT,
            invoicing.product_line(language, item.product.name),
            item.quantity,
            item.price.license_minor,
            draft.rate_bp,
        )
        for item in draft.items
    ]
    invoice = await invoicing.issue(account, InvoiceRow.ORDER, row.currency, lines, order=row)
    work.record(Act.ORDER_PLACE, f"order:{row.id.hex}", number=row.number, invoice=invoice.number)
    await work.send_to_owner(
        account.id,
        LetterKind.ORDER_PLACED,
        path=f"/panel/invoices/{ids.public(invoice.PREFIX, invoice.id)}",
        number=row.number,
        invoice=invoice.number,
        total=str(invoice.total_minor),
        currency=row.currency,
        due_on=invoice.due_on.isoformat(),
        reference=payment_reference(invoice.number),
    )
    # What costs nothing is paid already.
    await settling.settle(work, invoice)
    return await OrderRow.get(id=row.id)


async def _keep_evidence(caller: Caller, row: OrderRow, texts: dict[str, UUID]) -> None:
    def evidence(kind: str, document: UUID | None) -> OrderEvidence:
        return OrderEvidence(
            order=row,
            kind=kind,
            document_id=document,
            wording=translate(caller.language, WORDINGS[kind]),
            at=clock.now(),
            address=caller.address[:45],
            agent=caller.agent[:300],
        )

    kept = [evidence(kind, document) for kind, document in texts.items()]
    if len(texts) > 1:
        kept.append(evidence(OrderEvidence.IMMEDIATE_PERFORMANCE, None))
    await OrderEvidence.bulk_create(kept)


async def _issue_licenses(row: OrderRow, account: AccountRow, item: _Item) -> None:
    window = settings.current().installation.window_days
    made = []
    for _ in range(item.quantity):
        own = LicenseRow(
            product=item.product,
            account=account,
            order=row,
            status=LicenseRow.PENDING,
            domain=item.domain.unicode if item.domain else None,
            domain_ascii=item.domain.ascii if item.domain else None,
            created_at=row.placed_at,
            installation_until=installations.last_day(row.placed_at, window),
        )
        own.search_key = search_key(f"{item.product.name} {own.domain or ''} {own.domain_ascii or ''}")[:500]
        key = new_key(item.product.key_prefix, secrets.randbits(KEY_BITS))
        own.set_key(key, masked(key))
        made.append(own)
    await LicenseRow.bulk_create(made)
    await LicenseEvent.bulk_create(LicenseEvent(license_id=own.id, kind="ISSUED", at=row.placed_at) for own in made)


@needs(Scope.ORDERS_WRITE)
async def cancel_order(caller: Caller, order_id: ID) -> OrderPayload:
    """Cancels the customer's own order while it is unpaid."""
    account_id = own_account(caller)
    key = ids.key_of(str(order_id), OrderRow.PREFIX)
    async with writing(caller) as work:
        await invoicing.lock_account(account_id)
        row = await OrderRow.get_or_none(id=key, account_id=account_id) if key else None
        if row is None:
            raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.order_unknown", ("order_id",)))
        if row.status == OrderRow.CANCELLED:
            work.record(Act.ORDER_CANCEL, f"order:{row.id.hex}", repeated="yes")
        elif row.status != OrderRow.PENDING_PAYMENT:
            raise Refusal(Problem(UserErrorCode.ALREADY_PAID, "refusals.order_paid", ("order_id",)))
        else:
            await cancel_unpaid(work, row, "billing.cancelled_by_customer")
    return OrderPayload(order=Order.of(row))


async def cancel_unpaid(work: Writing, row: OrderRow, reason: str) -> None:
    """Cancel an order with its invoice and licenses; what was paid of it becomes credit. `reason`: a sentence's key."""
    language: Language = await invoicing.language_of(row.account_id)
    text = translate(language, reason)
    await settling.cancel_order(work, row, text)
    await work.send_to_owner(
        row.account_id,
        LetterKind.ORDER_CANCELLED,
        path=f"/panel/orders/{ids.public(row.PREFIX, row.id)}",
        number=row.number,
        reason=text,
    )
