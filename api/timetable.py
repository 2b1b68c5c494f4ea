"""What the passing of days does: orders lapse, renewals are billed, fees added, reminders written, secrets destroyed.

Each due is found by a query and done in a transaction of its own that looks again, so that it happens once, however
often and on however many machines the clock door runs, and whenever it was killed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from api import clock, invoicing, overdue, renewing, settings, settling
from api.audit import Act
from api.caller import ACTIVE, SUSPENDED, Caller, Door
from api.dues import Due
from api.models import ids
from api.models.billing import Invoice, Payment
from api.models.catalog import Product
from api.models.letters import Letter
from api.models.licenses import License, VaultSecret
from api.models.orders import Order
from api.outbox import LetterKind
from api.perform import writing
from api.resolvers.installations import destroy
from api.resolvers.orders import cancel_unpaid
from api.rules.billing import cancelled_after
from api.rules.reminders import INVOICE_DAYS, SUPPORT_DAYS, reminder
from api.ticket_dues import announcement_letters, promise_warnings

CALLER = Caller(door=Door.CLOCK)
# How long after its last reminder something is still found.
_LATE_DAYS = 7
# Whose licenses and invoices are billed and reminded of: who was terminated may not pay.
BILLED = (ACTIVE, SUSPENDED)


async def lapsed_orders() -> AsyncIterator[Due]:
    """Orders that were not paid in time, unless a notice of transfer waits for staff."""
    days = settings.current().billing.unpaid_order_days
    early = clock.start_of(clock.today() - timedelta(days=days))
    for row in await Order.filter(status=Order.PENDING_PAYMENT, placed_at__lt=early).order_by("placed_at", "id"):
        if clock.today() > cancelled_after(row.placed_at, days) and not await _reported(order_id=row.id):
            yield Due(f"order {row.number} is cancelled, unpaid for {days} days", _cancel(row.id, row.account_id))


async def _reported(**invoice: UUID) -> bool:
    waiting = {f"invoice__{name}": value for name, value in invoice.items()}
    return await Payment.filter(status=Payment.REPORTED, **waiting).exists()


def _cancel(key: UUID, account_id: UUID) -> Callable[[], Awaitable[bool]]:
    async def do() -> bool:
        async with writing(CALLER) as work:
            await invoicing.lock_account(account_id)
            row = await Order.get(id=key)
            there = row.status == Order.PENDING_PAYMENT and not await _reported(order_id=key)
            if there:
                await cancel_unpaid(work, row, "billing.cancelled_unpaid")
            return work.happened(there)

    return do


async def renewals() -> AsyncIterator[Due]:
    """Licenses whose support ends within the days in which the next year is billed (5.1.2)."""
    today = clock.today()
    horizon = today + timedelta(days=settings.current().support.invoice_days_before)
    ending = License.filter(
        status=License.ACTIVE, account__status__in=BILLED, support_until__gte=today, support_until__lte=horizon
    )
    for row in await ending.order_by("support_until", "id"):
        if not await _billed(row):
            line = f"renewal invoice for license {ids.public(row.PREFIX, row.id)}, support until {row.support_until}"
            yield Due(line, _bill(row.id, row.account_id))


async def _billed(row: License) -> bool:
    """Whether the next term was billed already, by the clock or on the customer's wish."""
    once = renewing.once_of(row)
    return await Invoice.filter(once=once).exists() or await renewing.open_renewal(row.id) is not None


def _bill(key: UUID, account_id: UUID) -> Callable[[], Awaitable[bool]]:
    async def do() -> bool:
        async with writing(CALLER) as work:
            account = await invoicing.lock_account(account_id)
            row = await License.get(id=key)
            there = row.status == License.ACTIVE and not await _billed(row)
            if there:
                invoice = await renewing.bill(account, row, asked=False)
                product = await Product.get(id=row.product_id)
                work.record(Act.INVOICE_ISSUE, f"invoice:{invoice.id.hex}", number=invoice.number)
                await work.send_to_owner(
                    account_id,
                    LetterKind.RENEWAL_INVOICE,
                    path=f"/panel/invoices/{ids.public(invoice.PREFIX, invoice.id)}",
                    number=invoice.number,
                    product=product.name,
                    domain=row.domain or "",
                    total=str(invoice.total_minor),
                    currency=invoice.currency,
                    due_on=invoice.due_on.isoformat(),
                    until=str(row.support_until),
                )
                await settling.settle(work, invoice)
            return work.happened(there)

    return do


async def late_fees() -> AsyncIterator[Due]:
    """Invoices that a late fee is added to (5.3.1)."""
    for row in await overdue.due_for_fee(clock.today()):
        fee = await overdue.next_fee(row)
        if fee and fee.on <= clock.today():
            yield Due(f"late fee on invoice {row.number}", _charge(row.id, row.account_id))


def _charge(key: UUID, account_id: UUID) -> Callable[[], Awaitable[bool]]:
    async def do() -> bool:
        async with writing(CALLER) as work:
            await invoicing.lock_account(account_id)
            row = await Invoice.get(id=key)
            fee = await overdue.next_fee(row)
            if fee and fee.on <= clock.today():
                await overdue.charge(work, row, fee)
                return True
            return work.happened(False)

    return do


async def support_reminders() -> AsyncIterator[Due]:
    """Licenses whose support ends soon, today, or ended a week ago."""
    today = clock.today()
    near = License.filter(
        status=License.ACTIVE,
        account__status__in=BILLED,
        support_until__gte=today - timedelta(days=max(SUPPORT_DAYS) + _LATE_DAYS),
        support_until__lte=today - timedelta(days=min(SUPPORT_DAYS)),
    )
    for row in await near.order_by("support_until", "id"):
        if row.support_until is None:
            continue
        days = reminder(row.support_until, today, SUPPORT_DAYS, _LATE_DAYS)
        once = f"support:{row.id.hex}:{row.support_until}:{days}"
        if days is not None and not await Letter.filter(once=once).exists():
            line = (
                f"reminder for license {ids.public(row.PREFIX, row.id)}, support until {row.support_until} ({days:+})"
            )
            yield Due(line, _remind_support(row.id, row.account_id, once))


def _remind_support(key: UUID, account_id: UUID, once: str) -> Callable[[], Awaitable[bool]]:
    async def do() -> bool:
        async with writing(CALLER) as work:
            await invoicing.lock_account(account_id)
            row = await License.get(id=key)
            # Renewed or suspended meanwhile, it is not spoken of.
            there = (
                row.status == License.ACTIVE
                and once.startswith(f"support:{key.hex}:{row.support_until}:")
                and not await Letter.filter(once=once).exists()
            )
            if there:
                product = await Product.get(id=row.product_id)
                work.record(Act.REMINDER_SEND, f"license:{key.hex}", until=str(row.support_until))
                await work.send_to_owner(
                    account_id,
                    LetterKind.SUPPORT_REMINDER,
                    once=once,
                    path=f"/panel/licenses/{ids.public(row.PREFIX, row.id)}",
                    product=product.name,
                    domain=row.domain or "",
                    until=str(row.support_until),
                    days=str((clock.today() - row.support_until).days if row.support_until else 0),
                )
            return work.happened(there)

    return do


async def invoice_reminders() -> AsyncIterator[Due]:
    """Unpaid invoices before and after their due day, unless a notice of transfer waits for staff."""
    today = clock.today()
    near = Invoice.filter(
        status=Invoice.UNPAID,
        account__status__in=BILLED,
        due_on__gte=today - timedelta(days=max(INVOICE_DAYS) + _LATE_DAYS),
        due_on__lte=today - timedelta(days=min(INVOICE_DAYS)),
    )
    for row in await near.order_by("due_on", "id"):
        days = reminder(row.due_on, today, INVOICE_DAYS, _LATE_DAYS)
        once = f"invoice:{row.id.hex}:{row.due_on}:{days}"
        if days is None or await Letter.filter(once=once).exists() or await _reported(id=row.id):
            continue
        yield Due(
            f"reminder of invoice {row.number}, due {row.due_on} ({days:+})", _remind(row.id, row.account_id, once)
        )


def _remind(key: UUID, account_id: UUID, once: str) -> Callable[[], Awaitable[bool]]:
    async def do() -> bool:
        async with writing(CALLER) as work:
            await invoicing.lock_account(account_id)
            row = await Invoice.get(id=key)
            there = row.status == Invoice.UNPAID and not await Letter.filter(once=once).exists()
            if there:
                work.record(Act.REMINDER_SEND, f"invoice:{key.hex}", due_on=row.due_on.isoformat())
                await work.send_to_owner(
                    account_id,
                    LetterKind.INVOICE_REMINDER,
                    once=once,
                    path=f"/panel/invoices/{ids.public(row.PREFIX, row.id)}",
                    number=row.number,
                    total=str(row.total_minor - await settling.paid_minor(key)),
                    currency=row.currency,
                    due_on=row.due_on.isoformat(),
                    days=str((clock.today() - row.due_on).days),
                )
            return work.happened(there)

    return do


async def expired_secrets() -> AsyncIterator[Due]:
    """Access data that nobody read in time."""
    old = VaultSecret.filter(destroyed_at=None, expires_at__lte=clock.now()).order_by("expires_at")
    for row in await old.select_related("request__license"):
        line = f"access data of installation {ids.public('ins', row.request_id)} are destroyed, unread"
        yield Due(line, _destroy(row.request_id, row.request.license.account_id))


def _destroy(request_id: UUID, account_id: UUID) -> Callable[[], Awaitable[bool]]:
    async def do() -> bool:
        async with writing(CALLER) as work:
            await invoicing.lock_account(account_id)
            old = VaultSecret.filter(request_id=request_id, destroyed_at=None, expires_at__lte=clock.now())
            return work.happened(await old.exists() and await destroy(work, request_id, "EXPIRED") > 0)

    return do


# In this order: what lapses is not reminded of, and a fee stands on the invoice before its reminder is written.
TIMETABLE: tuple[Callable[[], AsyncIterator[Due]], ...] = (
    lapsed_orders,
    renewals,
    late_fees,
    support_reminders,
    invoice_reminders,
    expired_secrets,
    promise_warnings,
    announcement_letters,
)
