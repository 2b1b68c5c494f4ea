"""Late fees (5.3.1): off until staff set a rule; once per invoice and rule, and shown before they happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from api import clock, invoicing, settings, settling
from api.audit import Act
from api.i18n import translate
from api.invoicing import Line
from api.models import ids
from api.models.billing import Invoice, InvoiceLine, LateFee, LateFeeRule, Payment
from api.money import vat
from api.outbox import LetterKind
from api.perform import Writing
from api.rules.late_fees import FeeKind, FeeTerms, fee_day, fee_minor, outstanding_net

# Never an order's first invoice, nor a renewal that nobody asked for.
FEE_KINDS = frozenset({Invoice.RENEWAL_REQUESTED})


@dataclass(frozen=True, slots=True)
class Fee:
    """What a rule would add to an invoice, and from which day; net and VAT in minor units."""

    rule: LateFeeRule
    on: date
    net_minor: int
    tax_minor: int
    rate_bp: int


async def rule_in_force() -> LateFeeRule | None:
    """The rule that counts now."""
    now = clock.now()
    row = await LateFeeRule.filter(since__lte=now).order_by("-since", "-id").first()
    return row if row and (row.until is None or row.until > now) else None


def _terms(rule: LateFeeRule) -> FeeTerms:
    return FeeTerms(
        FeeKind(rule.kind), rule.rate_bp, rule.fixed_minor, rule.minimum_minor, rule.maximum_minor, rule.grace_days
    )


async def next_fee(invoice: Invoice) -> Fee | None:
    """The late fee that threatens an invoice; None where none can come any more."""
    if invoice.status != Invoice.UNPAID or invoice.kind not in FEE_KINDS:
        return None
    rule = await rule_in_force()
    if rule is None or await LateFee.filter(invoice=invoice, rule=rule).exists():
        return None
    lines = await InvoiceLine.filter(invoice=invoice).order_by("position")
    own = [line for line in lines if line.kind not in {InvoiceLine.LATE_FEE, InvoiceLine.CREDIT}]
    net, tax = sum(line.net_minor for line in own), sum(line.tax_minor for line in own)
    balance = invoice.total_minor - await settling.paid_minor(invoice.id)
    fees = invoice.total_minor - net - tax
    # What is open is the sale first, so that fees bear no fee.
    fee = fee_minor(_terms(rule), outstanding_net(net, net + tax, min(balance, net + tax) if fees else balance))
    if fee == 0:
        return None
    paused, waiting = await _paused_days(invoice)
    # A rule younger than the due day grants its days of grace from its own: the fee is shown before it bites.
    on = fee_day(max(invoice.due_on, clock.local(rule.since).date()), rule.grace_days, paused)
    if waiting:
        # Until staff have looked at the notice nothing is added.
        on = max(on, clock.today() + timedelta(days=1))
    rate_bp = max(line.rate_bp for line in own)
    return Fee(rule, on, fee, vat(fee, rate_bp), rate_bp)


async def _paused_days(invoice: Invoice) -> tuple[int, bool]:
    """Days on which a notice of transfer waited to be confirmed, and whether one waits now.

    The customer does not answer for them; a day on which two notices waited is one day.
    """
    if not settings.current().billing.pause_late_fee:
        return 0, False
    told = Payment.filter(invoice=invoice, method=Payment.BANK_TRANSFER).exclude(status=Payment.REJECTED)
    days: set[date] = set()
    waiting = False
    for payment in await told:
        waiting = waiting or payment.status == Payment.REPORTED
        day, until = (clock.local(at).date() for at in (payment.reported_at, payment.decided_at or clock.now()))
        days |= {day + timedelta(days=passed) for passed in range((until - day).days)}
    return len(days), waiting


async def charge(work: Writing, invoice: Invoice, fee: Fee) -> None:
    """Add the fee to the invoice as a line of its own."""
    language = await invoicing.language_of(invoice.account_id)
    text = translate(language, "billing.line.late_fee", due=f"{invoice.due_on:%d.%m.%Y}")
    await invoicing.add_line(invoice, Line(InvoiceLine.LATE_FEE, text, 1, fee.net_minor, fee.rate_bp))
    await _remember(invoice, fee, LateFee.CHARGED)
    work.record(Act.LATE_FEE_CHARGE, f"invoice:{invoice.id.hex}", net_minor=str(fee.net_minor))
    await work.send_to_owner(
        invoice.account_id,
        LetterKind.LATE_FEE,
        path=f"/panel/invoices/{ids.public(invoice.PREFIX, invoice.id)}",
        number=invoice.number,
        fee=str(fee.net_minor + fee.tax_minor),
        total=str(invoice.total_minor),
        currency=invoice.currency,
    )


async def waive(work: Writing, invoice: Invoice, reason: str) -> bool:
    """Take back the fee of an unpaid invoice, or spare it the one that threatens; False when there is neither."""
    charged = await LateFee.filter(invoice=invoice, status=LateFee.CHARGED).first()
    if charged:
        line = await InvoiceLine.filter(invoice=invoice, kind=InvoiceLine.LATE_FEE).order_by("-position").first()
        rate_bp = line.rate_bp if line else 0
        text = translate(await invoicing.language_of(invoice.account_id), "billing.line.waived_fee")
        await invoicing.add_line(invoice, Line(InvoiceLine.CREDIT, text, 1, -charged.net_minor, rate_bp))
        # What was paid of the fee already is the customer's again.
        beyond = await settling.paid_minor(invoice.id) - invoice.total_minor
        await settling.give_back(invoice, max(0, beyond))
        charged.status, charged.waived_at, charged.waive_reason = LateFee.WAIVED, clock.now(), reason
        await charged.save(update_fields=["status", "waived_at", "waive_reason"])
    elif fee := await next_fee(invoice):
        await _remember(invoice, fee, LateFee.WAIVED, reason)
    else:
        return False
    work.record(Act.LATE_FEE_WAIVE, f"invoice:{invoice.id.hex}", reason=reason)
    await settling.settle(work, invoice)
    return True


async def _remember(invoice: Invoice, fee: Fee, status: str, reason: str | None = None) -> None:
    now = clock.now()
    charged = status == LateFee.CHARGED
    await LateFee.create(
        invoice=invoice,
        rule=fee.rule,
        status=status,
        net_minor=fee.net_minor,
        tax_minor=fee.tax_minor,
        charged_at=now if charged else None,
        waived_at=None if charged else now,
        waive_reason=reason,
    )


async def due_for_fee(today: date) -> list[Invoice]:
    """Unpaid invoices whose due day and the shortest grace are past; `next_fee` decides about each."""
    rule = await rule_in_force()
    if rule is None:
        return []
    late = Invoice.filter(status=Invoice.UNPAID, kind__in=FEE_KINDS, due_on__lt=today - timedelta(days=rule.grace_days))
    return await late.order_by("due_on", "id")
