"""An invoice as a sheet of paper: what was frozen on it, and what was paid of it."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from babel import Locale

from api import clock, settings, settling
from api.i18n import Language, translate
from api.models.billing import Invoice, InvoiceLine, Payment
from api.models.orders import Order
from api.money import formatted
from api.rules.bank_accounts import payment_reference
from api.sheets.invoice import InvoiceSheet, Party, SheetLine, as_pdf


async def printed(row: Invoice, language: Language) -> bytes:
    """The PDF of an invoice in a language."""
    sheet = await _sheet(row, language)
    return await to_thread.run_sync(as_pdf, sheet, language)


async def _sheet(row: Invoice, language: Language) -> InvoiceSheet:
    late = row.status == Invoice.UNPAID and row.due_on < clock.today()
    note = row.kind == Invoice.CREDIT_NOTE
    corrected = await Invoice.get_or_none(id=row.corrects_id) if row.corrects_id else None
    order = await Order.get_or_none(id=row.order_id) if row.order_id else None
    paid = await Payment.filter(invoice=row, status=Payment.CONFIRMED).order_by("-decided_at").first()
    terms = settings.current().billing
    return InvoiceSheet(
        number=row.number,
        kind="CREDIT_NOTE" if note else "INVOICE",
        status="OVERDUE" if late else row.status,
        issued_at=row.issued_at,
        due_on=row.due_on,
        currency=row.currency,
        seller=_seller(row.seller),
        buyer=_buyer(row, language),
        lines=tuple([_line(line) for line in await InvoiceLine.filter(invoice=row).order_by("position")]),
        net_minor=row.net_minor,
        tax_minor=row.tax_minor,
        total_minor=row.total_minor,
        paid_minor=row.total_minor if note else await settling.paid_minor(row.id),
        bank_accounts=tuple((account.bank, account.holder, account.iban) for account in terms.bank_accounts),
        reference=payment_reference(row.number),
        corrects=corrected.number if corrected else None,
        order_number=order.number if order else None,
        payment=_payment(paid, language) if paid else None,
        notes=tuple([_correction(one, language) for one in await Invoice.filter(corrects=row).order_by("issued_at")]),
    )


def _correction(note: Invoice, language: Language) -> str:
    """That a credit note took something back: without it, less seems paid than the total."""
    total = formatted(-note.total_minor, note.currency, language)
    return translate(language, "sheet.corrected", number=note.number, sum=total)


def _line(row: InvoiceLine) -> SheetLine:
    return SheetLine(row.description, row.quantity, row.unit_minor, row.rate_bp, row.net_minor, row.tax_minor)


def _payment(row: Payment, language: Language) -> tuple[str, Any]:
    day = row.paid_on or clock.local(row.decided_at or row.reported_at).date()
    return translate(language, f"billing.method.{row.method.lower()}"), day


def _seller(frozen: dict[str, Any]) -> Party:
    return Party(
        name=frozen["name"],
        lines=(frozen["address"],) if frozen["address"] else (),
        tax_office=frozen["tax_office"] or None,
        tax_number=frozen["tax_number"] or None,
        mersis=frozen["mersis"] or None,
        trade_registry=frozen["trade_registry"] or None,
        kep=frozen["kep"] or None,
        email=frozen["email"] or None,
        phone=frozen["phone"] or None,
        web=frozen["web"] or None,
    )


def _buyer(row: Invoice, language: Language) -> Party:
    frozen = row.buyer
    place = f"{frozen['postal_code'] or ''} {frozen['district']} / {frozen['province']}".strip()
    lines = [frozen["line1"], frozen["line2"], place]
    if frozen["country"] != "TR":
        lines.append(Locale(language).territories.get(frozen["country"], frozen["country"]))
    return Party(
        name=frozen["name"],
        lines=tuple(line for line in lines if line),
        tax_office=frozen["tax_office"],
        tax_number=row.buyer_identity(),
        email=frozen["email"],
        phone=frozen["phone"],
    )
