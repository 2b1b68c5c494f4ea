"""Invoices: the list, one with everything that can be done for it, its PDF, and notices of transfer."""

from __future__ import annotations

import re
from asyncio import gather
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import clock
from api.caller import Scope
from api.i18n import Language
from api.money import formatted, percent
from api.refusal import Problem, UserErrorCode
from api.resolvers import invoices, payments
from api.schema.billing import Invoice, InvoiceKind, InvoiceStatus, Payment, PaymentStatus, ReceiptInput
from api.schema.common import key_of
from web.attempts import attempt
from web.catalog import href, listed, shown_money
from web.forms import Form, read_form
from web.panel import signed_in
from web.render import page
from web.uploads import read_upload

INVOICES = "/panel/invoices"
# Digits and separators only: the library takes 1e3 and NaN for numbers too.
_SUM = re.compile(r"-?[0-9.,]{1,20}")
OPEN = {InvoiceStatus.UNPAID, InvoiceStatus.OVERDUE}
# The controls of the notice, in their order on the page.
_NOTICE = ("amount", "paid_on", "bank", "reference", "receipt")


async def show_invoices(request: Request) -> Response:
    """GET /panel/invoices."""
    visited = await signed_in(request)
    language = visited.caller.language
    chosen = request.query_params.get("status")
    status = InvoiceStatus(chosen) if chosen in {s.value for s in InvoiceStatus} else None
    found = await listed(invoices.invoices(visited.caller, None, request.query_params.get("after"), status))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    credit = await payments.credits(visited.caller) if visited.caller.account_id else []
    return await page(
        request,
        "invoices",
        invoices=await gather(*(_row(invoice, language) for invoice in found.nodes)),
        chosen=status.value if status else None,
        statuses=[s.value for s in InvoiceStatus],
        credits=[shown_money(money, language) for money in credit],
        next_href=href(INVOICES, status=chosen, after=onward) if onward else None,
    )


async def _row(invoice: Invoice, language: Language) -> SimpleNamespace:
    return SimpleNamespace(
        href=f"{INVOICES}/{invoice.id}",
        number=invoice.number,
        kind=invoice.kind.value,
        status=invoice.status.value,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        total=shown_money(invoice.total, language),
        balance=shown_money(await invoice.balance(), language),
        open=invoice.status in OPEN,
    )


async def show_invoice(request: Request) -> Response:
    """GET /panel/invoices/{id}."""
    return await _invoice_page(request, await _invoice(request), None)


async def _invoice(request: Request) -> Invoice:
    visited = await signed_in(request)
    key = key_of(request.path_params["id"], "inv")
    found = await invoices.invoice(visited.caller, key) if key else None
    if found is None:
        raise HTTPException(404)
    return found


async def show_sheet(request: Request) -> Response:
    """GET /panel/invoices/{id}.pdf."""
    visited = await signed_in(request)
    key = key_of(request.path_params["id"], "inv")
    found = await invoices.invoice_sheet(visited.caller, key) if key else None
    if found is None:
        raise HTTPException(404)
    number, content = found
    return Response(content, 200, {"Content-Disposition": f'inline; filename="{number}.pdf"'}, "application/pdf")


async def show_receipt(request: Request) -> Response:
    """GET /panel/payments/{id}/receipt: always a download."""
    visited = await signed_in(request)
    key = key_of(request.path_params["id"], "pay")
    file = await payments.receipt(visited.caller, key) if key else None
    if file is None:
        raise HTTPException(404)
    disposition = f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}"
    return Response(bytes(file.content), 200, {"Content-Disposition": disposition}, file.content_type)


async def report_transfer(request: Request) -> Response:
    """POST /panel/invoices/{id}/transfer: sent twice, it is one notice."""
    visited = await signed_in(request)
    invoice = await _invoice(request)
    form, file = await read_upload(request, "receipt")
    language = visited.caller.language
    amount, paid_on = _amount(form, language), _day(form, language)
    told = None
    if not form.refused:
        work = payments.report_bank_transfer(
            visited.caller,
            invoice.id,
            amount or Decimal(0),
            form.value("reference"),
            form.value("key"),
            paid_on,
            form.value("bank") or None,
            ReceiptInput(filename=file.filename, content=file.content) if file else None,
        )
        told = await attempt(form, language, work)
    if told is None:
        form.keep_to(*_NOTICE)
        return await _invoice_page(request, invoice, form)
    return RedirectResponse(f"{INVOICES}/{invoice.id}?done=transfer#payments", 303)


def _amount(form: Form, language: Language) -> Decimal | None:
    """The amount as people write it here; strictly, since 1234.56 is no Turkish spelling of a sum (domain-tr 3.10)."""
    text = form.value("amount").strip().removeprefix("₺").strip()
    if not text:
        form.refuse([Problem(UserErrorCode.REQUIRED, "refusals.required", ("amount",))], language)
        return None
    try:
        if not _SUM.fullmatch(text):
            raise NumberFormatError(text)
        return Decimal(parse_decimal(text, locale=language, strict=True))
    except NumberFormatError:
        form.refuse([Problem(UserErrorCode.INVALID, "invoices.bad_amount", ("amount",))], language)
        return None


def _day(form: Form, language: Language) -> date | None:
    text = form.value("paid_on").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        form.refuse([Problem(UserErrorCode.INVALID, "invoices.bad_day", ("paid_on",))], language)
        return None


async def use_credit(request: Request) -> Response:
    """POST /panel/invoices/{id}/credit."""
    visited = await signed_in(request)
    invoice = await _invoice(request)
    form = await read_form(request)
    work = payments.apply_credit(visited.caller, invoice.id, form.value("key"))
    if await attempt(form, visited.caller.language, work) is None:
        return await _invoice_page(request, invoice, None, credit=form)
    return RedirectResponse(f"{INVOICES}/{invoice.id}?done=credit#payments", 303)


async def _invoice_page(request: Request, invoice: Invoice, form: Form | None, credit: Form | None = None) -> Response:
    visited = await signed_in(request)
    language, settings = visited.caller.language, request.app.state.settings
    balance = await invoice.balance()
    own = invoice.row.account_id == visited.caller.account_id
    credits_own = await payments.credits(visited.caller) if own else []
    usable = next((money for money in credits_own if str(money.currency) == str(balance.currency)), None)
    blank = Form(
        {
            "amount": format_decimal(balance.amount, format="#,##0.00", locale=language),
            "paid_on": clock.today().isoformat(),
            "reference": invoice.payment_reference,
        }
    )
    shown = form or blank
    done = request.query_params.get("done")
    return await page(
        request,
        "invoice",
        max(shown.status, credit.status if credit else 200),
        invoice=await _shown(invoice, language),
        form=shown,
        credit_form=credit or Form(),
        key=shown.value("key") or uuid4().hex,
        credit_key=uuid4().hex,
        payable=own and Scope.INVOICES_PAY in visited.caller.scopes and invoice.status in OPEN and balance.minor > 0,
        accounts=settings.billing.bank_accounts,
        credit=shown_money(usable, language) if usable else None,
        today=clock.today().isoformat(),
        earliest=invoice.issued_on.isoformat(),
        done=done if done in {"transfer", "credit"} else None,
    )


async def _shown(invoice: Invoice, language: Language) -> SimpleNamespace:
    def money(value: Any) -> str:
        return shown_money(value, language)

    fee = await invoice.next_late_fee()
    corrected = await invoice.corrects()
    gross_fee = formatted(fee.amount.minor + fee.tax.minor, fee.amount.currency, language) if fee else None
    told = await invoice.payments()
    return SimpleNamespace(
        id=invoice.id,
        href=f"{INVOICES}/{invoice.id}",
        number=invoice.number,
        kind=invoice.kind.value,
        note=invoice.kind is InvoiceKind.CREDIT_NOTE,
        status=invoice.status.value,
        cancel_reason=invoice.cancel_reason,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        reference=invoice.payment_reference,
        lines=[
            SimpleNamespace(
                description=line.description,
                quantity=line.quantity,
                unit=money(line.unit_price),
                rate=percent(int(line.tax_rate * 100), language),
                tax=money(line.tax),
                net=money(line.total),
            )
            for line in await invoice.lines()
        ],
        subtotal=money(invoice.subtotal),
        tax=money(invoice.tax),
        total=money(invoice.total),
        paid=money(await invoice.paid()),
        balance=money(await invoice.balance()),
        fee=SimpleNamespace(on=fee.on, amount=gross_fee) if fee else None,
        payments=[await _payment(payment, language) for payment in told],
        waiting=any(payment.status is PaymentStatus.REPORTED for payment in told),
        credit_notes=[(f"{INVOICES}/{note.id}", note.number) for note in await invoice.credit_notes()],
        corrects=(f"{INVOICES}/{corrected.id}", corrected.number) if corrected else None,
    )


async def _payment(payment: Payment, language: Language) -> SimpleNamespace:
    return SimpleNamespace(
        method=payment.method.value.lower(),
        status=payment.status.value,
        amount=shown_money(payment.amount, language),
        at=payment.received_at or payment.reported_at,
        paid_on=payment.paid_on,
        bank=payment.bank,
        reference=payment.reference,
        reason=payment.reject_reason,
        receipt=f"/panel/payments/{payment.id}/receipt" if await payment.has_receipt() else None,
    )
