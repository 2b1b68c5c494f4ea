"""Verbs of invoices: reading, printing, correcting, and late fees."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from strawberry import ID

from api import clock, invoicing, once, overdue, renewing, settling
from api.access import needs, needs_any, person, visible_to
from api.audit import Act
from api.caller import Caller, Scope
from api.i18n import translate
from api.invoicing import Line
from api.models import ids
from api.models.billing import Invoice as InvoiceRow
from api.models.billing import InvoiceLine, LateFeeRule
from api.models.licenses import License as LicenseRow
from api.models.orders import Order as OrderRow
from api.money import vat
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.printing import printed
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing as rules
from api.rules.late_fees import FeeKind, fee_terms
from api.rules.support_packages import Package
from api.schema.billing import Invoice, InvoicePayload, InvoiceStatus, LateFeeRuleInput, LateFeeRulePayload
from api.schema.billing import LateFeeRule as RuleNoun
from api.schema.paging import Connection, page


@needs_any(Scope.INVOICES_READ, Scope.BILLING_READ)
async def invoices(
    caller: Caller, first: int | None = None, after: str | None = None, status: InvoiceStatus | None = None
) -> Connection[Invoice]:
    """Invoices, newest first: one's own, or everybody's for staff."""
    query = InvoiceRow.filter(visible_to(caller, Scope.INVOICES_READ, Scope.BILLING_READ))
    if status is InvoiceStatus.OVERDUE:
        query = query.filter(status=InvoiceRow.UNPAID, due_on__lt=clock.today())
    elif status is InvoiceStatus.UNPAID:
        query = query.filter(status=InvoiceRow.UNPAID, due_on__gte=clock.today())
    elif status is not None:
        query = query.filter(status=status.value)
    return await page(query, "-issued_at", first, after, Invoice.of)


@needs_any(Scope.INVOICES_READ, Scope.BILLING_READ)
async def invoice(caller: Caller, key: UUID) -> Invoice | None:
    """An invoice by its key, if the caller may see it."""
    row = await InvoiceRow.filter(visible_to(caller, Scope.INVOICES_READ, Scope.BILLING_READ), id=key).first()
    return Invoice.of(row) if row else None


@needs_any(Scope.INVOICES_READ, Scope.BILLING_READ)
async def invoice_sheet(caller: Caller, key: UUID) -> tuple[str, bytes] | None:
    """The number and the PDF of an invoice, in the reader's language, if the caller may see it."""
    row = await InvoiceRow.filter(visible_to(caller, Scope.INVOICES_READ, Scope.BILLING_READ), id=key).first()
    return (row.number, await printed(row, caller.language)) if row else None


async def _held(invoice_id: ID) -> InvoiceRow:
    """The invoice that an argument names, its account held by this transaction."""
    key = ids.key_of(str(invoice_id), InvoiceRow.PREFIX)
    seen = await InvoiceRow.get_or_none(id=key) if key else None
    if seen is None:
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.invoice_unknown", ("invoice_id",)))
    await invoicing.lock_account(seen.account_id)
    return await InvoiceRow.get(id=seen.id)


@needs(Scope.BILLING_WRITE)
async def issue_credit_note(
    caller: Caller, invoice_id: ID, reason: str, idempotency_key: str, net: Decimal | None = None
) -> InvoicePayload:
    """Corrects a paid invoice, wholly or by a net amount; what it frees becomes the customer's credit."""
    found = Inspection()
    key = found.check("idempotency_key", rules.idempotency_key, idempotency_key)
    text = found.check("reason", rules.reason, reason)
    part = None if net is None else found.check("net", rules.amount, net)
    if found.problems or not (key and text):
        raise found.refusal()
    async with writing(caller) as work:
        row = await _held(invoice_id)
        note_id = ids.new_id()
        if first := await once.claim(person(caller), "issue_credit_note", key, [str(invoice_id), text, part], note_id):
            work.record(Act.INVOICE_CORRECT, f"invoice:{first.hex}", repeated="yes")
            return InvoicePayload(invoice=Invoice.of(await InvoiceRow.get(id=first)))
        note = await _correct(work, row, text, part, note_id)
    return InvoicePayload(invoice=Invoice.of(note))


async def _correct(work: Writing, row: InvoiceRow, reason: str, part: int | None, note_id: UUID) -> InvoiceRow:
    if row.status != InvoiceRow.PAID or row.kind == InvoiceRow.CREDIT_NOTE:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.invoice_not_paid", ("invoice_id",)))
    notes = await InvoiceRow.filter(corrects=row)
    left = row.net_minor + sum(note.net_minor for note in notes)
    gross_left = row.total_minor + sum(note.total_minor for note in notes)
    whole = part is None or part == left
    gross = None if part is None or whole else part + vat(part, max([line.rate_bp for line in await _lines_of(row)]))
    if (part is not None and part > left) or (gross is not None and gross > gross_left):
        raise Refusal(Problem(UserErrorCode.AMOUNT_MISMATCH, "refusals.credit_too_large", ("net",)))
    account = await invoicing.lock_account(row.account_id)
    if whole and not notes:
        lines = [
            Line(InvoiceLine.CREDIT, line.description, line.quantity, -line.unit_minor, line.rate_bp)
            for line in await _lines_of(row)
        ]
    else:
        lines = [await _part(row, left if whole or part is None else part, gross_left if whole else None)]
    note = await invoicing.issue(account, InvoiceRow.CREDIT_NOTE, row.currency, lines, corrects=row, key=note_id)
    note.status, note.paid_at = InvoiceRow.PAID, clock.now()
    await note.save(update_fields=["status", "paid_at"])
    await settling.give_back(row, -note.total_minor)
    if whole:
        await _undo(work, row, reason)
    work.record(Act.INVOICE_CORRECT, f"invoice:{row.id.hex}", note=note.number, reason=reason)
    await work.send_to_owner(
        row.account_id,
        LetterKind.CREDIT_NOTE,
        path=f"/panel/invoices/{ids.public(note.PREFIX, note.id)}",
        number=note.number,
        corrects=row.number,
        total=str(-note.total_minor),
        currency=row.currency,
        reason=reason,
    )
    return note


async def _lines_of(row: InvoiceRow) -> list[InvoiceLine]:
    return await InvoiceLine.filter(invoice=row).order_by("position")


async def _part(row: InvoiceRow, net_minor: int, gross_minor: int | None) -> Line:
    """A line that takes back a net amount at the invoice's rate; the last one what is left of its VAT to the kurus."""
    rate_bp = max([line.rate_bp for line in await _lines_of(row)])
    text = translate(await invoicing.language_of(row.account_id), "billing.line.correction", number=row.number)
    tax = None if gross_minor is None else net_minor - gross_minor
    return Line(InvoiceLine.CREDIT, text, 1, -net_minor, rate_bp, tax)


async def _undo(work: Writing, row: InvoiceRow, reason: str) -> None:
    """What a wholly corrected invoice had brought ends with it."""
    row.status = InvoiceRow.REFUNDED
    await row.save(update_fields=["status"])
    if row.kind == InvoiceRow.ORDER:
        await OrderRow.filter(id=row.order_id).update(status=OrderRow.REFUNDED)
        for own in await LicenseRow.filter(order_id=row.order_id).exclude(status=LicenseRow.CANCELLED):
            own.status, own.status_reason = LicenseRow.CANCELLED, reason
            await settling.note(work, own, Act.LICENSE_CANCEL, "CANCELLED", reason)
            await _drop_open_renewal(own, reason)
        return
    own = await LicenseRow.get(id=row.license_id)
    if own.package() != Package(row.anchor_after or clock.today(), row.terms_after or 0):
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.renewed_since", ("invoice_id",)))
    own.set_package(Package(row.anchor_before or clock.today(), row.terms_before or 0))
    await settling.note(work, own, Act.LICENSE_RENEW, "RENEWAL_REVERSED", reason)
    await _drop_open_renewal(own, reason)


async def _drop_open_renewal(own: LicenseRow, reason: str) -> None:
    """An invoice that would renew what is not there any more is not to be paid."""
    if waiting := await renewing.open_renewal(own.id):
        await settling.cancel(waiting, reason)


@needs(Scope.BILLING_READ)
async def late_fee_rule(caller: Caller) -> RuleNoun | None:
    """The late fee that counts now; null while it is off."""
    del caller
    row = await overdue.rule_in_force()
    return RuleNoun.of(row) if row else None


@needs(Scope.BILLING_WRITE)
async def set_late_fee_rule(caller: Caller, input: LateFeeRuleInput) -> LateFeeRulePayload:  # noqa: A002 - as elsewhere
    """Sets what late payment costs from now on (5.3.1)."""
    terms = fee_terms(
        FeeKind(input.kind.value.lower()), input.percent, input.fixed, input.minimum, input.maximum, input.grace_days
    )
    async with writing(caller) as work:
        row = await LateFeeRule.create(
            kind=terms.kind.value,
            rate_bp=terms.rate_bp,
            fixed_minor=terms.fixed_minor,
            minimum_minor=terms.minimum_minor,
            maximum_minor=terms.maximum_minor,
            grace_days=terms.grace_days,
            since=clock.now(),
        )
        work.record(Act.LATE_FEE_RULE_SET, f"late_fee_rule:{row.id.hex}", kind=row.kind)
    return LateFeeRulePayload(rule=RuleNoun.of(row))


@needs(Scope.BILLING_WRITE)
async def end_late_fee(caller: Caller) -> LateFeeRulePayload:
    """Switches late fees off; those that were charged stay."""
    async with writing(caller) as work:
        row = await overdue.rule_in_force()
        if row:
            row.until = clock.now()
            await row.save(update_fields=["until"])
        work.record(Act.LATE_FEE_RULE_SET, "late_fee_rule", kind="off")
    return LateFeeRulePayload()


@needs(Scope.BILLING_WRITE)
async def waive_late_fee(caller: Caller, invoice_id: ID, reason: str) -> InvoicePayload:
    """Takes back the late fee of an unpaid invoice, or spares it the one that threatens."""
    found = Inspection()
    text = found.check("reason", rules.reason, reason)
    found.finish()
    async with writing(caller) as work:
        row = await _held(invoice_id)
        if row.status != InvoiceRow.UNPAID or not await overdue.waive(work, row, text or ""):
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.no_late_fee", ("invoice_id",)))
    return InvoicePayload(invoice=Invoice.of(row))
