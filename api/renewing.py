"""What renewing support costs, and the invoice that renews it (5.1.2, 5.1.3; domain-tr 1.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from api import clock, invoicing, pricing, settings, settling
from api.i18n import translate
from api.invoicing import Line, RenewalOf
from api.models.accounts import Account
from api.models.billing import Invoice, InvoiceLine, LateFee
from api.models.catalog import Price, Product
from api.models.licenses import License
from api.money import vat
from api.rules.billing import due_on
from api.rules.support_packages import (
    BackPayMode,
    BackPayPrice,
    Package,
    PriceOfTerm,
    Renewal,
    costlier_from,
    renewal,
    years_after,
)


@dataclass(frozen=True, slots=True)
class Quote:
    """What renewing on a day costs; sums net and in minor units, `tax_minor` on both.

    `fee_minor` is the late fee, VAT included, of an invoice that waits.
    """

    on: date
    renewal: Renewal
    currency: str
    rate_bp: int
    tax_minor: int
    fee_minor: int
    costlier_from: date
    open_invoice: Invoice | None

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return self.renewal.back_minor + self.renewal.renewal_minor + self.tax_minor + self.fee_minor


async def open_renewal(license_id: object) -> Invoice | None:
    """The renewal invoice of a license that waits to be paid; there is at most one."""
    return await Invoice.filter(license_id=license_id, status=Invoice.UNPAID, kind__in=Invoice.RENEWALS).first()


async def quote(row: License, on: date) -> Quote:
    """What renewing on a day would cost; a license that is not active yet is taken as if it became so that day."""
    terms = settings.current().support
    package = row.package() or Package(on, 1)
    history = await pricing.price_history(row.product_id)
    at = clock.now() if on == clock.today() else clock.start_of(on)
    waiting = await open_renewal(row.id)
    bill = renewal(
        package,
        on,
        await _prices(history, at, waiting, BackPayPrice(terms.backpay_price)),
        mode=BackPayMode(terms.backpay_mode),
        most_back_terms=terms.most_back_terms,
    )
    rate_bp = await pricing.vat_rate(on)
    # Line by line, as the invoice will be.
    backs = [unit * years for unit, years in _even(bill.back_minors)] or [bill.back_minor]
    tax = sum(vat(net, rate_bp) for net in (*backs, bill.renewal_minor))
    currency = pricing.in_force(history, at).currency
    fee = sum(sum(line.totals()) for line in await _fee_lines(waiting)) if waiting else 0
    if waiting and _same(waiting, bill):
        # It is what would be answered, with the rate that stands on it.
        own = await InvoiceLine.filter(invoice=waiting, kind__in=_SUPPORT_LINES)
        back = sum(line.net_minor for line in own if line.kind == InvoiceLine.SUPPORT_BACK_PAYMENT)
        bill = replace(bill, back_minor=back, renewal_minor=sum(line.net_minor for line in own) - back)
        tax = sum(line.tax_minor for line in own)
    return Quote(on, bill, currency, rate_bp, tax, fee, costlier_from(package, on), waiting)


def _same(waiting: Invoice, offer: Renewal) -> bool:
    """Whether an invoice that waits still buys what is offered."""
    return (waiting.anchor_after, waiting.terms_after) == (offer.anchor_after, offer.terms_after)


def _even(prices: tuple[int, ...]) -> list[tuple[int, int]]:
    """Years of one price together: the price and how many."""
    return [(price, len(list(same))) for price, same in groupby(prices)]


def once_of(row: License) -> str:
    """What the clock bills once: the year that follows the ones that are paid."""
    return f"renewal:{row.id.hex}:{row.support_anchor}:{row.terms_paid}"


async def _prices(history: list[Price], at: datetime, waiting: Invoice | None, basis: BackPayPrice) -> PriceOfTerm:
    """The yearly price of each unpaid term by the vendor's basis (`SUPPORT_BACKPAY_PRICE`).

    A waiting invoice keeps its own price for the year that it renews; years before and after it cost today's.
    """
    current: int = pricing.in_force(history, at).support_minor
    billed: dict[date, int] = {}
    if waiting and waiting.anchor_after and waiting.terms_after and basis is BackPayPrice.INVOICE_OR_CURRENT:
        lines = await InvoiceLine.filter(invoice=waiting, kind__in=_SUPPORT_LINES).order_by("position")
        if waiting.anchor_after != waiting.anchor_before:
            # What was paid by the day is no yearly price.
            lines = [line for line in lines if line.kind == InvoiceLine.SUPPORT_RENEWAL]
        # The newest year stands last (`_lines`): each is known by the day on which it fell due.
        yearly = [line.unit_minor for line in reversed(lines) for _ in range(line.quantity)]
        for back, unit_minor in enumerate(yearly, 1):
            billed[years_after(waiting.anchor_after, waiting.terms_after - back)] = unit_minor

    def price_of_term(k: int, due: date) -> int:
        del k
        if basis is BackPayPrice.HISTORIC:
            then: int = pricing.in_force(history, clock.start_of(due)).support_minor
            return then
        return billed.get(due, current)

    return price_of_term


_SUPPORT_LINES = (InvoiceLine.SUPPORT_BACK_PAYMENT, InvoiceLine.SUPPORT_RENEWAL)


async def bill(account: Account, row: License, *, asked: bool) -> Invoice:
    """The invoice that renews a license as of today.

    One that waits already is answered, where it still buys the same; otherwise it is cancelled and everything on
    it, its late fee and what was paid of it, goes into the new one. `asked`: the customer wants it.
    """
    offer = await quote(row, clock.today())
    waiting = offer.open_invoice
    if row.package() is None:
        raise RuntimeError("a license without support years is not renewed")
    if waiting and _same(waiting, offer.renewal):
        if asked and waiting.kind == Invoice.RENEWAL:
            waiting.kind = Invoice.RENEWAL_REQUESTED
            # Asked for today, it is not late today: a late fee can follow from now on (5.3.1).
            waiting.due_on = max(waiting.due_on, due_on(clock.today(), settings.current().billing.due_days))
            await waiting.save(update_fields=["kind", "due_on"])
        return waiting
    lines = await _lines(account, row, offer)
    paid = 0
    if waiting:
        paid = await settling.paid_minor(waiting.id)
        lines += await _fee_lines(waiting)
        await settling.cancel(waiting, translate(await invoicing.language_of(account.id), "billing.absorbed"))
    invoice = await invoicing.issue(
        account,
        Invoice.RENEWAL_REQUESTED if asked else Invoice.RENEWAL,
        offer.currency,
        lines,
        due=_due(row, asked=asked),
        renewal=RenewalOf(
            row,
            offer.renewal.terms,
            Package(offer.renewal.anchor_after, offer.renewal.terms_after),
            None if asked else once_of(row),
        ),
    )
    if waiting:
        await _carry_over(waiting, invoice, paid)
    return invoice


def _due(row: License, *, asked: bool) -> date | None:
    """A renewal in time is due on the last day of support; one after a lapse like any other invoice."""
    if row.support_until and row.support_until >= clock.today() and not asked:
        return row.support_until
    return None


async def _lines(account: Account, row: License, offer: Quote) -> list[Line]:
    language = await invoicing.language_of(account.id)
    product = (await Product.get(id=row.product_id)).name
    named = f"{product} ({row.domain})" if row.domain else product
    own = offer.renewal

    def line(kind: str, name: str, quantity: int, unit_minor: int, until: date) -> Line:
        text = translate(language, f"billing.line.{name}", license=named, until=f"{until:%d.%m.%Y}")
        return Line(kind, text, quantity, unit_minor, offer.rate_bp)

    made = []
    if settings.current().support.backpay_mode == BackPayMode.WHOLE_TERMS.value:
        done = own.terms_after - own.terms
        for unit_minor, years in _even(own.back_minors):
            done += years
            until = years_after(own.anchor_after, done)
            made.append(line(InvoiceLine.SUPPORT_BACK_PAYMENT, "back_payment", years, unit_minor, until))
    elif own.back_minor:
        made.append(line(InvoiceLine.SUPPORT_BACK_PAYMENT, "back_payment", 1, own.back_minor, offer.on))
    made.append(line(InvoiceLine.SUPPORT_RENEWAL, "renewal", 1, own.renewal_minor, own.until_after))
    return made


async def _fee_lines(waiting: Invoice) -> list[Line]:
    """The late fee of an invoice, which its successor goes on to ask for (no fee is taken twice, none is lost)."""
    kinds = (InvoiceLine.LATE_FEE, InvoiceLine.CREDIT)
    return [
        Line(line.kind, line.description, line.quantity, line.unit_minor, line.rate_bp)
        for line in await InvoiceLine.filter(invoice=waiting, kind__in=kinds).order_by("position")
    ]


async def _carry_over(old: Invoice, new: Invoice, paid: int) -> None:
    for fee in await LateFee.filter(invoice=old):
        await LateFee.create(
            invoice=new,
            rule_id=fee.rule_id,
            status=fee.status,
            net_minor=fee.net_minor,
            tax_minor=fee.tax_minor,
            charged_at=fee.charged_at,
            waived_at=fee.waived_at,
            waive_reason=fee.waive_reason,
        )
    await settling.move_credit(new, min(paid, new.total_minor))
