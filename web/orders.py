"""From a product to an order: what it comes to, what is accepted with it, and placing it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import strawberry
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import clock
from api.caller import Caller
from api.money import formatted, percent
from api.refusal import Problem, UserErrorCode
from api.resolvers import accounts, agreements, orders, places
from api.resolvers.orders import Draft
from api.schema.accounts import Account, AccountType
from api.schema.agreements import DocumentKind
from api.schema.catalog import Product
from api.schema.orders import OrderItemInput, PlaceOrderInput
from web.attempts import attempt
from web.catalog import PRODUCTS, href, product_at, product_page
from web.forms import Form, read_form
from web.panel import signed_in
from web.render import page, shown_document
from web.session import visit

# The texts that are accepted with an order, by the control that says so; a consumer accepts all three (domain-tr 4.6).
TEXTS = {
    "accepted_agreement_id": DocumentKind.SERVICE_AGREEMENT,
    "accepted_preliminary_information_id": DocumentKind.PRELIMINARY_INFORMATION,
    "accepted_distance_sales_id": DocumentKind.DISTANCE_SALES,
}
IMMEDIATE = "immediate_performance"
_ORDER = ("quantity", "domain", *TEXTS, IMMEDIATE)
_IN_ITEM = "items.0."


async def show_review(request: Request) -> Response:
    """GET /products/{slug}/order: what the order comes to; guests sign in first and come back to this very page."""
    product = await product_at(request)
    visited = await visit(request)
    if visited.identity is None:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(here)}", 303)
    given = request.query_params
    form = Form({"quantity": given.get("quantity", "1"), "domain": given.get("domain", "")})
    draft = await _draft(visited.caller, product, form)
    if draft is None:
        return await product_page(request, product, form)
    return await _review(request, product, form, draft)


async def place(request: Request) -> Response:
    """POST /products/{slug}/order: places it; sent twice, it is one order."""
    visited = await signed_in(request)
    product = await product_at(request)
    form = await read_form(request)
    draft = await _draft(visited.caller, product, form)
    if draft is None:
        return await product_page(request, product, form)
    form.refuse(_unready(form, draft, await _account(visited.caller)), visited.caller.language)
    if form.refused:
        return await _review(request, product, form, draft)
    placed = await attempt(form, visited.caller.language, orders.place_order(visited.caller, _input(product, form)))
    if placed is None or placed.order is None:
        _settle(form)
        return await _review(request, product, form, draft)
    invoice = await placed.order.invoice()
    return RedirectResponse(f"/panel/invoices/{invoice.id}", 303)


def _item(product: Product, form: Form) -> OrderItemInput:
    text = form.value("quantity").strip()
    # What is no whole number at all is refused as one that is out of bounds.
    quantity = int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
    return OrderItemInput(product_id=product.id, quantity=quantity, domain=form.value("domain"))


def _input(product: Product, form: Form) -> PlaceOrderInput:
    texts: dict[str, Any] = {name: strawberry.ID(form.value(name)) for name in TEXTS}
    return PlaceOrderInput(
        items=[_item(product, form)],
        idempotency_key=form.value("key"),
        immediate_performance=form.checked(IMMEDIATE, "true"),
        **texts,
    )


async def _draft(caller: Caller, product: Product, form: Form) -> Draft | None:
    draft = await attempt(form, caller.language, orders.review_order(caller, [_item(product, form)]))
    _settle(form)
    return draft


def _settle(form: Form) -> None:
    """Put the resolver's problems beside the controls of this form, or above it where it has none of the name."""
    names = {f"{_IN_ITEM}{name}": name for name in _ORDER} | {name: name for name in _ORDER}
    form.problems = [replace(problem, name=names.get(problem.name or "")) for problem in form.problems]
    form.sort(_ORDER)


def _unready(form: Form, draft: Draft, account: Account) -> list[Problem]:
    """What only the site asks for: every box ticked, and the sum as it was shown."""
    consumer = account.type is AccountType.INDIVIDUAL
    needed = list(TEXTS) if consumer else ["accepted_agreement_id"]
    found = [
        Problem(UserErrorCode.REQUIRED, "refusals.text_required", (name,))
        for name in needed
        if not form.value(name).strip()
    ]
    if consumer and not form.checked(IMMEDIATE, "true"):
        found.append(Problem(UserErrorCode.REQUIRED, "refusals.immediate_performance", (IMMEDIATE,)))
    if form.value("total") != str(draft.total_minor):
        found.insert(0, Problem(UserErrorCode.STALE, "shop.review.sum_changed"))
    return found


async def _account(caller: Caller) -> Account:
    account = await (await accounts.viewer(caller)).account()
    if account is None:
        raise HTTPException(403)
    return account


async def _review(request: Request, product: Product, form: Form, draft: Draft) -> Response:
    caller = (await visit(request)).caller
    account = await _account(caller)
    consumer = account.type is AccountType.INDIVIDUAL
    texts = []
    for name, kind in TEXTS.items():
        if not consumer and kind is not DocumentKind.SERVICE_AGREEMENT:
            continue
        document = await agreements.agreement(caller, kind)
        if document is None:
            raise HTTPException(500)
        texts.append(
            SimpleNamespace(name=name, kind=kind.value.lower(), document=shown_document(document, caller.language))
        )
    # A key that stands for another order already would refuse this one for ever.
    taken = any(problem.code == UserErrorCode.IDEMPOTENCY_CONFLICT for problem in form.problems)
    due_days = request.app.state.settings.billing.due_days
    return await page(
        request,
        "order_review",
        form.status,
        form=form,
        name=product.name,
        action=f"{PRODUCTS}/{product.slug}/order",
        change_href=href(f"{PRODUCTS}/{product.slug}", quantity=form.value("quantity"), domain=form.value("domain"))
        + "#order",
        draft=_shown(draft, caller),
        buyer=_buyer(account, dict(await places.countries(caller))),
        texts=texts,
        consumer=consumer,
        key=uuid4().hex if taken or not form.value("key") else form.value("key"),
        due_days=due_days,
        due_on=clock.today() + timedelta(days=due_days),
    )


def _shown(draft: Draft, caller: Caller) -> SimpleNamespace:
    item = draft.items[0]

    def money(minor: int) -> str:
        return formatted(minor, draft.currency, caller.language)

    return SimpleNamespace(
        quantity=item.quantity,
        domain=item.domain.unicode if item.domain else None,
        unit=money(item.price.license_minor),
        net=money(draft.net_minor),
        rate=percent(draft.rate_bp, caller.language),
        tax=money(draft.tax_minor),
        total=money(draft.total_minor),
        total_minor=draft.total_minor,
    )


def _buyer(account: Account, countries: dict[str, str]) -> SimpleNamespace:
    place = account.address
    lines = [place.line1, place.line2, f"{place.postal_code or ''} {place.district} / {place.province}".strip()]
    if place.country != "TR":
        lines.append(countries.get(place.country, place.country))
    return SimpleNamespace(
        name=account.company_name or f"{account.first_name} {account.last_name}",
        tax_office=account.tax_office,
        tax_identity=account.tax_identity,
        email=account.email,
        address_lines=[line for line in lines if line],
    )
