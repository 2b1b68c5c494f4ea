"""The orders in the panel: the list, one order with its evidence, and cancelling it while it is unpaid."""

from __future__ import annotations

from asyncio import gather
from dataclasses import replace
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.caller import Caller, Scope
from api.i18n import Language
from api.resolvers import orders
from api.schema.common import key_of
from api.schema.licenses import License
from api.schema.orders import Order, OrderEvidence, OrderItem, OrderStatus
from web.attempts import attempt
from web.catalog import PRODUCTS, href, listed, shown_money
from web.forms import Form, read_form
from web.panel import signed_in
from web.render import document_href, page

ORDERS = "/panel/orders"


async def show_orders(request: Request) -> Response:
    """GET /panel/orders, newest first."""
    visited = await signed_in(request)
    found = await listed(orders.orders(visited.caller, after=request.query_params.get("after")))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    return await page(
        request,
        "orders",
        orders=await gather(*(_row(order, visited.caller.language) for order in found.nodes)),
        newest_href=ORDERS if found.page_info.has_previous_page else None,
        older_href=href(ORDERS, after=onward) if onward else None,
    )


async def _row(order: Order, language: Language) -> SimpleNamespace:
    items = await order.items()
    return SimpleNamespace(
        href=f"{ORDERS}/{order.id}",
        number=order.number,
        placed_at=order.placed_at,
        status=order.status.value,
        total=shown_money(order.total, language),
        items=await gather(*(_item(item, language) for item in items)),
    )


async def _item(item: OrderItem, language: Language) -> SimpleNamespace:
    product = await item.product()
    return SimpleNamespace(
        name=product.name,
        href=f"{PRODUCTS}/{product.slug}",
        quantity=item.quantity,
        unit=shown_money(item.unit_price, language),
        domain=item.domain,
    )


async def show_order(request: Request) -> Response:
    """GET /panel/orders/{id}."""
    visited = await signed_in(request)
    order = await _order(request, visited.caller)
    return await _page(request, visited.caller, order, Form())


async def cancel(request: Request) -> Response:
    """POST /panel/orders/{id}/cancel: once more does no harm."""
    visited = await signed_in(request)
    await read_form(request)
    order = await _order(request, visited.caller)
    form = Form()
    done = await attempt(form, visited.caller.language, orders.cancel_order(visited.caller, order.id))
    if done:
        return RedirectResponse(f"{ORDERS}/{order.id}?done=cancelled", 303)
    # The order's id is no control of the page: what is wrong is said above it.
    form.problems = [replace(problem, name=None) for problem in form.problems]
    return await _page(request, visited.caller, order, form)


async def _order(request: Request, caller: Caller) -> Order:
    key = key_of(request.path_params["id"], "ord")
    found = await orders.order(caller, key) if key else None
    if found is None:
        raise HTTPException(404)
    return found


async def _page(request: Request, caller: Caller, order: Order, form: Form) -> Response:
    language = caller.language
    key = key_of(order.id, "ord")
    licenses = await orders.order_licenses(caller, key) if key else []
    invoice, agreement = await order.invoice(), await order.agreement()
    unpaid = order.status is OrderStatus.PENDING_PAYMENT
    return await page(
        request,
        "order",
        form.status,
        form=form,
        order=await _row(order, language),
        cancelled_at=order.cancelled_at,
        cancel_reason=order.cancel_reason,
        invoice=SimpleNamespace(
            href=f"/panel/invoices/{invoice.id}",
            number=invoice.number,
            status=invoice.status.value,
            due_on=invoice.due_on,
            net=shown_money(invoice.subtotal, language),
            tax=shown_money(invoice.tax, language),
        ),
        licenses=await gather(*(_license(found) for found in licenses)),
        agreement=SimpleNamespace(
            title=agreement.title, version=agreement.version, href=document_href(agreement.kind, agreement.version)
        ),
        evidence=await gather(*(_evidence(proof) for proof in await order.evidence())),
        cancellable=unpaid and Scope.ORDERS_WRITE in caller.scopes,
        done=request.query_params.get("done") == "cancelled" and order.status is OrderStatus.CANCELLED,
    )


async def _license(found: License) -> SimpleNamespace:
    product = await found.product()
    return SimpleNamespace(
        href=f"/panel/licenses/{found.id}", name=product.name, domain=found.domain, status=found.status.value
    )


async def _evidence(proof: OrderEvidence) -> SimpleNamespace:
    document = await proof.document()
    return SimpleNamespace(
        wording=proof.wording,
        at=proof.at,
        title=document.title if document else None,
        version=document.version if document else None,
        href=document_href(document.kind, document.version) if document else None,
    )
