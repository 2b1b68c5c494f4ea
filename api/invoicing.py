"""Issuing invoices: their number, their lines, and buyer and seller frozen as they are now (domain-tr 4.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from api import clock, loaders, settings
from api.i18n import Language, as_language, translate
from api.models.accounts import Account
from api.models.billing import Invoice, InvoiceCounter, InvoiceLine
from api.models.ids import new_id
from api.models.licenses import License
from api.models.orders import Order
from api.rules.billing import due_on, line_totals
from api.rules.support_packages import Package


@dataclass(frozen=True, slots=True)
class Line:
    """What one line of an invoice says; `unit_minor` is net, `tax_minor` its VAT where that is not the rate's."""

    kind: str
    description: str
    quantity: int
    unit_minor: int
    rate_bp: int
    tax_minor: int | None = None

    def totals(self) -> tuple[int, int]:
        """Net and VAT, in minor units."""
        net, tax = line_totals(self.quantity, self.unit_minor, self.rate_bp)
        return net, tax if self.tax_minor is None else self.tax_minor


@dataclass(frozen=True, slots=True)
class RenewalOf:
    """What a renewal invoice is for, and the package that its payment makes."""

    license: License
    terms: int
    after: Package
    once: str | None = None


async def lock_account(key: UUID) -> Account:
    """The account, held by this transaction: whatever moves a customer's money does so one after the other."""
    return await Account.select_for_update(no_key=True).get(id=key)


async def issue(
    account: Account,
    kind: str,
    currency: str,
    lines: Sequence[Line],
    *,
    due: date | None = None,
    order: Order | None = None,
    renewal: RenewalOf | None = None,
    corrects: Invoice | None = None,
    key: UUID | None = None,
) -> Invoice:
    """A new invoice with its lines; the number is drawn last, since others wait for this transaction from then on."""
    now, today = clock.now(), clock.today()
    terms = settings.current().billing
    totals = [line.totals() for line in lines]
    net, tax = sum(net for net, _ in totals), sum(tax for _, tax in totals)
    series = terms.credit_series if kind == Invoice.CREDIT_NOTE else terms.invoice_series
    invoice = Invoice(
        id=key or new_id(),
        kind=kind,
        status=Invoice.UNPAID,
        account=account,
        order=order,
        license=renewal.license if renewal else None,
        corrects=corrects,
        currency=currency,
        issued_at=now,
        issued_on=today,
        due_on=due or due_on(today, terms.due_days),
        buyer=await _buyer(account),
        seller=_seller(),
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        terms=renewal.terms if renewal else 0,
        anchor_before=renewal.license.support_anchor if renewal else None,
        terms_before=renewal.license.terms_paid if renewal else None,
        anchor_after=renewal.after.anchor if renewal else None,
        terms_after=renewal.after.terms_paid if renewal else None,
        once=renewal.once if renewal else None,
    )
    invoice.set_buyer_identity(account.tax_identity())
    invoice.number = await InvoiceCounter.next_number(series, today.year)
    await invoice.save(force_create=True)
    await InvoiceLine.bulk_create([_line(invoice, at, line) for at, line in enumerate(lines, 1)])
    return invoice


def _line(invoice: Invoice, position: int, line: Line) -> InvoiceLine:
    net, tax = line.totals()
    return InvoiceLine(
        invoice=invoice,
        position=position,
        kind=line.kind,
        description=line.description,
        quantity=line.quantity,
        unit_minor=line.unit_minor,
        rate_bp=line.rate_bp,
        net_minor=net,
        tax_minor=tax,
    )


async def add_line(invoice: Invoice, line: Line) -> InvoiceLine:
    """One line more on an invoice that is not paid yet."""
    position = 1 + await InvoiceLine.filter(invoice=invoice).count()
    row = _line(invoice, position, line)
    await row.save(force_create=True)
    invoice.net_minor += row.net_minor
    invoice.tax_minor += row.tax_minor
    invoice.total_minor += row.net_minor + row.tax_minor
    await invoice.save(update_fields=["net_minor", "tax_minor", "total_minor"])
    return row


async def language_of(account_id: UUID) -> Language:
    """The language of an account's owner, in which lines and letters are written."""
    return as_language((await loaders.owner_of(account_id)).language) or "tr"


def product_line(language: Language, product: str) -> str:
    """What the line of a license says."""
    return translate(language, "billing.line.product", product=product)


async def _buyer(account: Account) -> dict[str, Any]:
    owner = await loaders.owner_of(account.id)
    return {
        "type": account.type,
        "name": account.display_name,
        "person": f"{account.first_name} {account.last_name}",
        "number": account.number,
        "tax_office": account.tax_office,
        "tax_identity_mask": account.tax_identity_mask,
        "email": owner.email,
        "phone": account.phone,
        "line1": account.address_line1,
        "line2": account.address_line2,
        "district": account.district,
        "province": account.province,
        "postal_code": account.postal_code,
        "country": account.country,
    }


def _seller() -> dict[str, Any]:
    vendor = settings.current().vendor
    return {
        "name": vendor.legal_name,
        "address": vendor.address,
        "tax_office": vendor.tax_office,
        "tax_number": vendor.tax_number,
        "mersis": vendor.mersis,
        "trade_registry": vendor.trade_registry,
        "kep": vendor.kep,
        "phone": vendor.phone,
        "email": vendor.billing_email,
        "web": vendor.host,
    }
