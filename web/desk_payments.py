"""The desk: staff look at reported transfers and confirm or reject them."""

from __future__ import annotations

from asyncio import gather
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.caller import Caller
from api.resolvers import payments
from api.schema.accounts import account_of
from api.schema.billing import Payment, PaymentStatus
from api.schema.common import key_of
from web.attempts import attempt
from web.catalog import href, listed, shown_money
from web.desk import at_desk, name_of
from web.forms import Form, read_form
from web.render import page

PAYMENTS = "/desk/payments"


async def show_payments(request: Request) -> Response:
    """GET /desk/payments."""
    return await _page(request)


async def confirm(request: Request) -> Response:
    """POST /desk/payments/{id}/confirm."""
    visited = await at_desk(request)
    payment = await _payment(request, visited.caller)
    form = await read_form(request)
    done = await attempt(form, visited.caller.language, payments.confirm_payment(visited.caller, payment.id))
    return await _after(request, payment, form, "confirm" if done else None)


async def reject(request: Request) -> Response:
    """POST /desk/payments/{id}/reject."""
    visited = await at_desk(request)
    payment = await _payment(request, visited.caller)
    form = await read_form(request)
    work = payments.reject_payment(visited.caller, payment.id, form.value("reason"))
    done = await attempt(form, visited.caller.language, work)
    return await _after(request, payment, form, "reject" if done else None)


async def _after(request: Request, payment: Payment, form: Form, done: str | None) -> Response:
    if done:
        return RedirectResponse(f"{PAYMENTS}?done={done}", 303)
    form.keep_to("reason")
    return await _page(request, payment, form)


async def _payment(request: Request, caller: Caller) -> Payment:
    key = key_of(request.path_params["id"], "pay")
    found = await payments.payment(caller, key) if key else None
    if found is None:
        raise HTTPException(404)
    return found


async def _page(request: Request, refused: Payment | None = None, form: Form | None = None) -> Response:
    """The list; what was refused stands in it with its message, wherever its payment stands by now."""
    visited = await at_desk(request)
    chosen = request.query_params.get("status", PaymentStatus.REPORTED.value)
    status = PaymentStatus(chosen) if chosen in {s.value for s in PaymentStatus} else PaymentStatus.REPORTED
    found = await listed(payments.payments(visited.caller, None, request.query_params.get("after"), status))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    done = request.query_params.get("done")
    shown = [payment for payment in found.nodes if refused is None or payment.id != refused.id]
    items = [_shown(payment, visited.caller, Form()) for payment in shown]
    if refused and form:
        items.insert(0, _shown(refused, visited.caller, form))
    return await page(
        request,
        "desk_payments",
        form.status if form else 200,
        items=await gather(*items),
        chosen=status.value,
        statuses=[s.value for s in PaymentStatus if s is not PaymentStatus.REFUNDED],
        next_href=href(PAYMENTS, status=status.value, after=onward) if onward else None,
        done=done if done in {"confirm", "reject"} else None,
    )


async def _shown(payment: Payment, caller: Caller, form: Form) -> SimpleNamespace:
    language = caller.language
    invoice = await payment.invoice()
    balance = await invoice.balance()
    account = await account_of(payment.row.account_id, caller)
    return SimpleNamespace(
        id=payment.id,
        href=f"{PAYMENTS}/{payment.id}",
        form=form,
        open=payment.status is PaymentStatus.REPORTED,
        status=payment.status.value,
        amount=shown_money(payment.amount, language),
        differs=payment.status is PaymentStatus.REPORTED and payment.amount.minor != balance.minor,
        method=payment.method.value.lower(),
        customer=name_of(account),
        number=account.number,
        invoice=invoice.number,
        invoice_href=f"/panel/invoices/{invoice.id}",
        balance=shown_money(balance, language),
        reference=payment.reference,
        bank=payment.bank,
        paid_on=payment.paid_on,
        reported_at=payment.reported_at,
        reason=payment.reject_reason,
        receipt=f"/panel/payments/{payment.id}/receipt" if await payment.has_receipt() else None,
    )
