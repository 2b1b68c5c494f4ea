"""Licenses: the list, renewing, the transfer that is refused, and what the pages of one license share."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import clock
from api.i18n import Language
from api.resolvers import licenses
from api.schema.catalog import Product
from api.schema.columns import asking
from api.schema.common import key_of
from api.schema.licenses import License, LicenseStatus, SupportRenewalQuote
from web.attempts import attempt
from web.catalog import href, listed, shown_money
from web.forms import Form, read_form
from web.panel import signed_in
from web.render import page
from web.session import Visit

LICENSES = "/panel/licenses"
_LISTED = asking(
    "pageInfo",
    *(f"nodes.{name}" for name in ("id", "domain", "key", "status", "supportUntil", "supportActive", "product.name")),
)
RENEWABLE = {LicenseStatus.ACTIVE, LicenseStatus.SUSPENDED}


async def show_licenses(request: Request) -> Response:
    """GET /panel/licenses."""
    visited = await signed_in(request)
    given = request.query_params
    chosen = given.get("status")
    status = LicenseStatus(chosen) if chosen in {s.value for s in LicenseStatus} else None
    search = " ".join(given.get("search", "")[:200].split())
    found = await listed(
        licenses.licenses(visited.caller, None, given.get("after"), status, search or None, wanted=_LISTED)
    )
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    return await page(
        request,
        "licenses",
        licenses=[_row(own, await own.product()) for own in found.nodes],
        chosen=status.value if status else None,
        statuses=[s.value for s in LicenseStatus],
        search=search,
        next_href=href(LICENSES, status=chosen, search=search, after=onward) if onward else None,
    )


def _row(own: License, product: Product) -> SimpleNamespace:
    return SimpleNamespace(
        href=f"{LICENSES}/{own.id}",
        product=product.name,
        domain=own.domain,
        key=own.row.key_mask,
        status=own.status.value,
        support_until=own.support_until,
        support_active=own.support_active,
    )


async def license_at(request: Request) -> License:
    """The license that the address names, among those that the reader may see; 404 for none."""
    visited = await signed_in(request)
    key = key_of(request.path_params["id"], "lic")
    found = await licenses.license(visited.caller, key) if key else None
    if found is None:
        raise HTTPException(404)
    return found


async def own_license_at(request: Request) -> License:
    """The same, for what only its owner does; 404 for staff who look at another's."""
    found = await license_at(request)
    if not is_mine(found, await signed_in(request)):
        raise HTTPException(404)
    return found


def is_mine(own: License, visited: Visit) -> bool:
    """Whether the reader is the owner, not staff who look."""
    return own.row.account_id == visited.caller.account_id


def back_to(request: Request, path: str) -> dict[str, Any]:
    """Where the language switch of a page that answers a form leads, for forms whose address shows no page."""
    return {} if request.method == "GET" else {"here": path}


async def shown_license(own: License) -> SimpleNamespace:
    """A license as its pages show it."""
    today = clock.today()
    product = await own.product()
    return SimpleNamespace(
        id=own.id,
        href=f"{LICENSES}/{own.id}",
        product=product.name,
        product_href=f"/products/{product.slug}",
        key=own.key,
        status=own.status.value,
        reason=own.status_reason,
        domain=own.domain,
        domain_ascii=own.domain_ascii if own.domain_ascii != own.domain else None,
        activated_at=own.activated_at,
        support_until=own.support_until,
        support_active=own.support_active,
        support_days=abs((own.support_until - today).days) if own.support_until else 0,
        installation_until=own.installation_until,
        installation_open=today <= own.installation_until,
        installation_days=max(0, (own.installation_until - today).days),
        changes_left=await own.domain_changes_left(),
    )


def shown_quote(quote: SupportRenewalQuote, language: Language) -> SimpleNamespace:
    """A quote as people read it."""

    def money(value: Any) -> str:
        return shown_money(value, language)

    return SimpleNamespace(
        lapsed=quote.lapsed,
        lapsed_days=quote.lapsed_days,
        back=money(quote.back_payment) if quote.back_payment.minor else None,
        back_terms=quote.terms - 1,
        renewal=money(quote.renewal),
        tax=money(quote.tax),
        fee=money(quote.late_fee) if quote.late_fee.minor else None,
        total=money(quote.total),
        until=quote.support_until_after_payment,
    )


async def show_renewal(request: Request) -> Response:
    """GET /panel/licenses/{id}/renew: what it costs, before anything is billed."""
    return await _renewal_page(request, await own_license_at(request), Form())


async def renew(request: Request) -> Response:
    """POST /panel/licenses/{id}/renew: sent twice, it is one invoice."""
    visited = await signed_in(request)
    own = await own_license_at(request)
    form = await read_form(request)
    work = licenses.renew_support(visited.caller, own.id, form.value("key"))
    billed = await attempt(form, visited.caller.language, work)
    if billed is None or billed.invoice is None:
        form.keep_to()
        return await _renewal_page(request, own, form)
    return RedirectResponse(f"/panel/invoices/{billed.invoice.id}", 303)


async def _renewal_page(request: Request, own: License, form: Form) -> Response:
    language = (await signed_in(request)).caller.language
    quote = await own.support_renewal_quote()
    left = quote.support_until_after_payment - clock.today()
    warn = timedelta(days=request.app.state.settings.support.warn_remaining_days)
    return await page(
        request,
        "license_renewal",
        form.status,
        form=form,
        license=await shown_license(own),
        quote=shown_quote(quote, language),
        renewable=own.status in RENEWABLE,
        short_days=left.days if left < warn else None,
        key=form.value("key") or uuid4().hex,
    )


async def show_transfer(request: Request) -> Response:
    """GET /panel/licenses/{id}/transfer: the clause, and the wish that it refuses."""
    own = await own_license_at(request)
    return await page(request, "license_transfer", form=Form(), license=await shown_license(own))


async def transfer(request: Request) -> Response:
    """POST /panel/licenses/{id}/transfer: always refused (5.1.4), and recorded."""
    visited = await signed_in(request)
    own = await own_license_at(request)
    form = await read_form(request)
    work = licenses.request_license_transfer(visited.caller, own.id, form.value("to_email"))
    await attempt(form, visited.caller.language, work)
    form.keep_to("to_email")
    return await page(request, "license_transfer", form.status, form=form, license=await shown_license(own))
