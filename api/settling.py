"""Where money goes: to invoices, to credit and back; and what a paid invoice brings (5.1.2).

Every function runs in a transaction that holds the account (`invoicing.lock_account`).
"""

from __future__ import annotations

from uuid import UUID

from api import clock
from api.audit import Act
from api.i18n import translate
from api.invoicing import language_of
from api.models import ids
from api.models.billing import Invoice, LedgerEntry, Payment
from api.models.licenses import License, LicenseEvent
from api.models.orders import Order
from api.outbox import LetterKind
from api.perform import Writing
from api.rules.support_packages import Package


async def paid_minor(invoice_id: UUID) -> int:
    """What was put to an invoice so far."""
    (found,) = await paid_of([invoice_id])
    return found


async def paid_of(invoice_ids: list[UUID]) -> list[int]:
    """What was put to each of these invoices so far."""
    sums: dict[UUID, int] = dict.fromkeys(invoice_ids, 0)
    entries = LedgerEntry.filter(invoice_id__in=set(invoice_ids)).values_list("invoice_id", "minor")
    for key, minor in await entries:
        sums[key] += minor
    return [sums[key] for key in invoice_ids]


async def credit_minor(account_id: UUID, currency: str) -> int:
    """An account's credit: what was paid beyond its invoices and not used yet."""
    entries = LedgerEntry.filter(account_id=account_id, invoice_id=None, currency=currency)
    return sum(await entries.values_list("minor", flat=True))  # type: ignore[arg-type]


async def _enter(invoice: Invoice, kind: str, minor: int, payment: Payment | None, *, to_credit: bool = False) -> None:
    if minor == 0:
        return
    await LedgerEntry.create(
        account_id=invoice.account_id,
        invoice_id=None if to_credit else invoice.id,
        payment=payment,
        kind=kind,
        currency=invoice.currency,
        minor=minor,
        at=clock.now(),
    )


async def receive(work: Writing, invoice: Invoice, payment: Payment) -> None:
    """Put a confirmed payment to its invoice; what the invoice does not need, or nothing can need, becomes credit."""
    needed = invoice.total_minor - await paid_minor(invoice.id) if invoice.status == Invoice.UNPAID else 0
    used = max(0, min(payment.minor, needed))
    await _enter(invoice, LedgerEntry.PAYMENT, used, payment)
    await _enter(invoice, LedgerEntry.OVERPAYMENT, payment.minor - used, payment, to_credit=True)
    await settle(work, invoice)


async def use_credit(work: Writing, invoice: Invoice, minor: int, key: UUID) -> Payment:
    """Move credit to an invoice; a payment of the method CREDIT tells of it."""
    now = clock.now()
    payment = Payment(
        id=key,
        invoice=invoice,
        account_id=invoice.account_id,
        method=Payment.CREDIT,
        gateway="credit",
        gateway_reference=key.hex,
        status=Payment.CONFIRMED,
        currency=invoice.currency,
        minor=minor,
        paid_on=clock.today(),
        reported_at=now,
        decided_at=now,
        decided_by=work.caller.actor,
    )
    await payment.save(force_create=True)
    await _enter(invoice, LedgerEntry.CREDIT_USED, -minor, payment, to_credit=True)
    await _enter(invoice, LedgerEntry.CREDIT_APPLIED, minor, payment)
    await settle(work, invoice)
    return payment


async def release(invoice: Invoice) -> None:
    """Give all that was put to an invoice back to the account's credit."""
    await give_back(invoice, await paid_minor(invoice.id))


async def give_back(invoice: Invoice, minor: int) -> None:
    """Give so much of what was put to an invoice back to the account's credit."""
    await _enter(invoice, LedgerEntry.RELEASED, -minor, None)
    await _enter(invoice, LedgerEntry.RETURNED, minor, None, to_credit=True)


async def move_credit(invoice: Invoice, minor: int) -> None:
    """Put credit to an invoice that took the place of another, without a payment of its own."""
    await _enter(invoice, LedgerEntry.CREDIT_USED, -minor, None, to_credit=True)
    await _enter(invoice, LedgerEntry.CREDIT_APPLIED, minor, None)


async def cancel(invoice: Invoice, reason: str) -> None:
    """Cancel an unpaid invoice; its number stays, what was put to it becomes credit."""
    await release(invoice)
    invoice.status, invoice.cancelled_at, invoice.cancel_reason = Invoice.CANCELLED, clock.now(), reason
    await invoice.save(update_fields=["status", "cancelled_at", "cancel_reason"])


async def cancel_order(work: Writing, row: Order, reason: str) -> None:
    """Cancel an unpaid order with its invoice and licenses; what was paid of it becomes credit."""
    row.status, row.cancelled_at, row.cancel_reason = Order.CANCELLED, clock.now(), reason
    await row.save(update_fields=["status", "cancelled_at", "cancel_reason"])
    for invoice in await Invoice.filter(order_id=row.id, status=Invoice.UNPAID):
        await cancel(invoice, reason)
    for own in await License.filter(order_id=row.id, status=License.PENDING):
        own.status, own.status_reason = License.CANCELLED, reason
        await note(work, own, Act.LICENSE_CANCEL, "CANCELLED", reason)
    work.record(Act.ORDER_CANCEL, f"order:{row.id.hex}", number=row.number)


async def settle(work: Writing, invoice: Invoice) -> None:
    """Once an invoice is covered it is paid, and brings what it was for."""
    if invoice.status != Invoice.UNPAID or await paid_minor(invoice.id) < invoice.total_minor:
        return
    if invoice.kind in Invoice.RENEWALS and not await _still_renews(invoice):
        # What it was for is gone; the money is not.
        await cancel(invoice, translate(await language_of(invoice.account_id), "billing.absorbed"))
        return
    invoice.status, invoice.paid_at = Invoice.PAID, clock.now()
    await invoice.save(update_fields=["status", "paid_at"])
    work.record(Act.INVOICE_PAY, f"invoice:{invoice.id.hex}", number=invoice.number)
    await work.send_to_owner(
        invoice.account_id,
        LetterKind.INVOICE_PAID,
        path=f"/panel/invoices/{ids.public(invoice.PREFIX, invoice.id)}",
        number=invoice.number,
        total=str(invoice.total_minor),
        currency=invoice.currency,
    )
    if invoice.kind == Invoice.ORDER:
        await _complete(work, invoice)
    elif invoice.kind in Invoice.RENEWALS:
        await _renew(work, invoice)


async def _complete(work: Writing, invoice: Invoice) -> None:
    now, today = clock.now(), clock.today()
    await Order.filter(id=invoice.order_id, status=Order.PENDING_PAYMENT).update(
        status=Order.COMPLETED, completed_at=now
    )
    for row in await License.filter(order_id=invoice.order_id, status=License.PENDING):
        row.status, row.activated_at = License.ACTIVE, now
        row.set_package(Package(today, 1))
        await note(work, row, Act.LICENSE_ACTIVATE, "ACTIVATED")


async def _still_renews(invoice: Invoice) -> bool:
    """Whether the license still has the package that a renewal goes on from."""
    row = await License.get(id=invoice.license_id)
    before = (invoice.anchor_before, invoice.terms_before)
    return row.status != License.CANCELLED and (row.support_anchor, row.terms_paid) == before


async def _renew(work: Writing, invoice: Invoice) -> None:
    row = await License.get(id=invoice.license_id)
    if invoice.anchor_after is None or invoice.terms_after is None or row.support_anchor is None:
        raise RuntimeError(f"invoice {invoice.number} renews nothing")
    row.set_package(Package(invoice.anchor_after, invoice.terms_after))
    await note(work, row, Act.LICENSE_RENEW, "RENEWED")


async def note(
    work: Writing, row: License, act: Act, kind: str, reason: str | None = None, *, domain: str | None = None
) -> None:
    """Save a changed license with the event that tells of it; `domain`: the one that it got."""
    row.version += 1
    await row.save()
    await LicenseEvent.create(
        license=row, kind=kind, reason=reason, domain=domain, by_staff=work.caller.is_staff, at=clock.now()
    )
    work.record(act, f"license:{row.id.hex}", **({"reason": reason} if reason else {}))
