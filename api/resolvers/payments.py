"""Verbs of payments: told by customers, decided by staff."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from strawberry import ID

from api import clock, invoicing, once, settling
from api.access import needs, needs_any, own_account, visible_to
from api.audit import Act
from api.caller import Caller, Scope
from api.gateways.payments import BANK_TRANSFER, GATEWAYS, PUBLIC_STATE, GatewayState, Notice
from api.models import ids
from api.models.billing import Invoice as InvoiceRow
from api.models.billing import Payment as PaymentRow
from api.models.billing import Receipt
from api.money import Currency
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing as rules
from api.rules.receipts import receipt as receipt_rule
from api.rules.text import is_blank, line
from api.schema.billing import Invoice, Payment, PaymentPayload, PaymentStatus, ReceiptInput
from api.schema.money import Money
from api.schema.paging import Connection, page

BANK_HIGH = 100
# Notices of one invoice that wait for staff.
MOST_WAITING = 10


@needs_any(Scope.INVOICES_READ, Scope.BILLING_READ)
async def payments(
    caller: Caller, first: int | None = None, after: str | None = None, status: PaymentStatus | None = None
) -> Connection[Payment]:
    """Payments, newest first: one's own, or everybody's for staff."""
    query = PaymentRow.filter(visible_to(caller, Scope.INVOICES_READ, Scope.BILLING_READ))
    if status is not None:
        query = query.filter(status=status.value)
    return await page(query, "-reported_at", first, after, Payment.of)


@needs_any(Scope.INVOICES_READ, Scope.BILLING_READ)
async def payment(caller: Caller, key: UUID) -> Payment | None:
    """A payment by its key, if the caller may see it."""
    row = await PaymentRow.filter(visible_to(caller, Scope.INVOICES_READ, Scope.BILLING_READ), id=key).first()
    return Payment.of(row) if row else None


@needs(Scope.INVOICES_READ)
async def credits(caller: Caller) -> list[Money]:  # noqa: A001 - the field's name
    """What the caller's account paid beyond its invoices and has not used yet, by currency."""
    account_id = own_account(caller)
    sums = [(await settling.credit_minor(account_id, currency), currency) for currency in Currency]
    return [Money.of(minor, currency) for minor, currency in sums if minor]


@dataclass(frozen=True, slots=True)
class _Told:
    """A notice that nothing is wrong with, but its invoice."""

    minor: int
    reference: str
    bank: str | None
    receipt: tuple[str, str, bytes] | None


@needs(Scope.INVOICES_PAY)
async def report_bank_transfer(
    caller: Caller,
    invoice_id: ID,
    amount: Decimal,
    reference: str,
    idempotency_key: str,
    paid_on: date | None = None,
    bank: str | None = None,
    receipt: ReceiptInput | None = None,
) -> PaymentPayload:
    """Tells of a transfer to the vendor's bank account; staff look for it and confirm or reject it."""
    account_id = own_account(caller)
    found = Inspection()
    key = found.check("idempotency_key", rules.idempotency_key, idempotency_key)
    told = _inspect(found, amount, reference, bank, receipt)
    payment_id = ids.new_id()
    async with writing(caller) as work:
        await invoicing.lock_account(account_id)
        file = receipt and [receipt.filename, receipt.content]
        asked = [str(invoice_id), told and told.minor, reference, paid_on, bank, file]
        if key and (first := await once.claim(account_id, "report_bank_transfer", key, asked, payment_id)):
            work.record(Act.PAYMENT_REPORT, f"payment:{first.hex}", repeated="yes")
            return await _payload(await PaymentRow.get(id=first))
        invoice = await _invoice(found, invoice_id, account_id)
        if invoice:
            found.check("paid_on", rules.paid_on, paid_on, clock.today(), invoice.issued_on)
            await _refuse_settled(found, invoice)
        if found.problems or not (told and invoice):
            raise found.refusal()
        row = await _report(payment_id, invoice, told, paid_on)
        work.record(Act.PAYMENT_REPORT, f"payment:{row.id.hex}", invoice=invoice.number, minor=str(row.minor))
    return await _payload(row)


async def _report(key: UUID, invoice: InvoiceRow, told: _Told, paid_on: date | None) -> PaymentRow:
    row = await PaymentRow.create(
        id=key,
        invoice=invoice,
        account_id=invoice.account_id,
        method=BANK_TRANSFER.method,
        gateway=BANK_TRANSFER.name,
        gateway_reference=key.hex,
        status=PUBLIC_STATE[GatewayState.PENDING],
        currency=invoice.currency,
        minor=told.minor,
        reference=told.reference,
        bank=told.bank,
        paid_on=paid_on,
        reported_at=clock.now(),
    )
    if told.receipt:
        name, kind, content = told.receipt
        await Receipt.create(payment=row, filename=name, content_type=kind, content=content)
    return row


def _inspect(
    found: Inspection, amount: Decimal, reference: str, bank: str | None, receipt: ReceiptInput | None
) -> _Told | None:
    minor = found.check("amount", rules.amount, amount)
    text = found.check("reference", rules.reference, reference)
    name = None if bank is None or is_blank(bank) else found.check("bank", line, bank, high=BANK_HIGH)
    file = None
    if receipt is not None:
        file = found.check("receipt", _file, receipt)
    return _Told(minor, text, name, file) if minor and text and not found.problems else None


def _file(given: ReceiptInput) -> tuple[str, str, bytes]:
    try:
        content = base64.b64decode(given.content, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.base64") from None
    return (*receipt_rule(given.filename, content), content)


async def _invoice(found: Inspection, invoice_id: ID, account_id: UUID) -> InvoiceRow | None:
    key = ids.key_of(str(invoice_id), InvoiceRow.PREFIX)
    row = await InvoiceRow.get_or_none(id=key, account_id=account_id) if key else None
    if row is None:
        found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.invoice_unknown", ("invoice_id",)))
    return row


async def _refuse_settled(found: Inspection, invoice: InvoiceRow) -> None:
    if invoice.status == InvoiceRow.PAID and invoice.kind != InvoiceRow.CREDIT_NOTE:
        found.problems.append(Problem(UserErrorCode.ALREADY_PAID, "refusals.invoice_paid", ("invoice_id",)))
    elif invoice.status != InvoiceRow.UNPAID:
        found.problems.append(Problem(UserErrorCode.NOT_ALLOWED, "refusals.invoice_closed", ("invoice_id",)))
    elif await PaymentRow.filter(invoice=invoice, status=PaymentRow.REPORTED).count() >= MOST_WAITING:
        found.problems.append(Problem(UserErrorCode.NOT_ALLOWED, "refusals.notices_waiting", ("invoice_id",)))


async def _payload(row: PaymentRow) -> PaymentPayload:
    invoice = await InvoiceRow.get(id=row.invoice_id)
    return PaymentPayload(payment=Payment.of(row), invoice=Invoice.of(invoice))


@needs(Scope.INVOICES_PAY)
async def apply_credit(caller: Caller, invoice_id: ID, idempotency_key: str) -> PaymentPayload:
    """Pays an invoice, or a part of it, with the account's credit."""
    account_id = own_account(caller)
    found = Inspection()
    key = found.check("idempotency_key", rules.idempotency_key, idempotency_key)
    async with writing(caller) as work:
        await invoicing.lock_account(account_id)
        invoice = await _invoice(found, invoice_id, account_id)
        if found.problems or not (key and invoice):
            raise found.refusal()
        payment_id = ids.new_id()
        if first := await once.claim(account_id, "apply_credit", key, str(invoice_id), payment_id):
            work.record(Act.CREDIT_USE, f"payment:{first.hex}", repeated="yes")
            return await _payload(await PaymentRow.get(id=first))
        await _refuse_settled(found, invoice)
        credit = await settling.credit_minor(account_id, invoice.currency)
        if credit <= 0:
            found.problems.append(Problem(UserErrorCode.NOT_ALLOWED, "refusals.no_credit", ("invoice_id",)))
        found.finish()
        balance = invoice.total_minor - await settling.paid_minor(invoice.id)
        row = await settling.use_credit(work, invoice, min(credit, balance), payment_id)
        work.record(Act.CREDIT_USE, f"payment:{row.id.hex}", invoice=invoice.number, minor=str(row.minor))
    return await _payload(row)


async def _held(payment_id: ID) -> tuple[PaymentRow, InvoiceRow]:
    """The payment and its invoice, the account held by this transaction."""
    key = ids.key_of(str(payment_id), PaymentRow.PREFIX)
    seen = await PaymentRow.get_or_none(id=key) if key else None
    if seen is None:
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.payment_unknown", ("payment_id",)))
    await invoicing.lock_account(seen.account_id)
    # Read again, now that nobody else decides.
    return await PaymentRow.get(id=seen.id), await InvoiceRow.get(id=seen.invoice_id)


@needs(Scope.BILLING_WRITE)
async def confirm_payment(caller: Caller, payment_id: ID, amount: Decimal | None = None) -> PaymentPayload:
    """Confirms that a reported payment arrived; `amount`, where given, must be what was reported."""
    found = Inspection()
    minor = None if amount is None else found.check("amount", rules.amount, amount)
    async with writing(caller) as work:
        row, invoice = await _held(payment_id)
        found.finish()
        if minor is not None and minor != row.minor:
            raise Refusal(Problem(UserErrorCode.AMOUNT_MISMATCH, "refusals.amount_mismatch", ("amount",)))
        if row.status == PaymentRow.CONFIRMED:
            work.record(Act.PAYMENT_CONFIRM, f"payment:{row.id.hex}", repeated="yes")
            return await _payload(row)
        await _take(work, row, invoice, GatewayState.PAID)
        work.record(Act.PAYMENT_CONFIRM, f"payment:{row.id.hex}", invoice=invoice.number, minor=str(row.minor))
        await settling.receive(work, invoice, row)
    return await _payload(row)


async def _take(work: Writing, row: PaymentRow, invoice: InvoiceRow, state: GatewayState) -> None:
    """Let the payment's gateway judge, then move the payment; only one that waits can be decided."""
    if row.status != PaymentRow.REPORTED:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.payment_decided", ("payment_id",)))
    notice = Notice(row.gateway_reference, state, row.minor, Currency(row.currency))
    balance = invoice.total_minor - await settling.paid_minor(invoice.id)
    if state is GatewayState.PAID and not GATEWAYS[row.gateway].pays(notice, balance, invoice.currency):
        raise Refusal(Problem(UserErrorCode.AMOUNT_MISMATCH, "refusals.amount_mismatch", ("payment_id",)))
    row.status, row.decided_at, row.decided_by = PUBLIC_STATE[state], clock.now(), work.caller.actor
    await row.save(update_fields=["status", "decided_at", "decided_by", "reject_reason"])


@needs(Scope.BILLING_WRITE)
async def reject_payment(caller: Caller, payment_id: ID, reason: str) -> PaymentPayload:
    """Rejects a reported payment that did not arrive; the customer reads the reason."""
    found = Inspection()
    text = found.check("reason", rules.reason, reason)
    found.finish()
    async with writing(caller) as work:
        row, invoice = await _held(payment_id)
        if row.status == PaymentRow.REJECTED:
            work.record(Act.PAYMENT_REJECT, f"payment:{row.id.hex}", repeated="yes")
            return await _payload(row)
        row.reject_reason = text
        await _take(work, row, invoice, GatewayState.FAILED)
        work.record(Act.PAYMENT_REJECT, f"payment:{row.id.hex}", invoice=invoice.number)
        await work.send_to_owner(
            row.account_id,
            LetterKind.PAYMENT_REJECTED,
            path=f"/panel/invoices/{ids.public(invoice.PREFIX, invoice.id)}",
            number=invoice.number,
            amount=str(row.minor),
            currency=row.currency,
            reason=text or "",
        )
    return await _payload(row)


@needs_any(Scope.INVOICES_READ, Scope.BILLING_READ)
async def receipt(caller: Caller, key: UUID) -> Receipt | None:
    """The file that came with a notice; that staff looked is kept."""
    row = await PaymentRow.filter(visible_to(caller, Scope.INVOICES_READ, Scope.BILLING_READ), id=key).first()
    file = await Receipt.get_or_none(payment_id=row.id) if row else None
    if file and row and row.account_id != caller.account_id:
        async with writing(caller) as work:
            work.record(Act.RECEIPT_READ, f"payment:{row.id.hex}")
    return file
