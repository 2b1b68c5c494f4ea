"""The customer's panel."""

from __future__ import annotations

from asyncio import gather
from types import SimpleNamespace

from starlette.requests import Request
from starlette.responses import Response

from api.caller import Caller
from api.money import formatted
from api.refusal import DenialCode, Denied
from api.resolvers import accounts, announcements, invoices, places
from api.schema.accounts import Account
from api.schema.agreements import DocumentKind
from api.schema.billing import InvoiceStatus
from web.announcements import shown_announcement
from web.render import document_href, page
from web.session import Visit, visit
from web.ticket_rows import waiting

_MOST_DUE = 5
_MOST_NEWS = 3


async def signed_in(request: Request) -> Visit:
    """The visit of somebody signed in; others are led to the sign-in page."""
    visited = await visit(request)
    if visited.identity is None:
        raise Denied(DenialCode.UNAUTHENTICATED)
    return visited


async def show_panel(request: Request) -> Response:
    """GET /panel."""
    visited = await signed_in(request)
    viewer = await accounts.viewer(visited.caller)
    account = await viewer.account()
    acceptances = [
        SimpleNamespace(
            title=acceptance.document.title,
            version=acceptance.document.version,
            href=document_href(acceptance.document.kind, acceptance.document.version),
            accepted_at=acceptance.accepted_at,
            # A notice is read, not agreed to.
            method="READ" if acceptance.document.kind is DocumentKind.PRIVACY_NOTICE else acceptance.method,
        )
        for acceptance in (await account.agreement_acceptances() if account else [])
    ]
    shown = await _shown(account, dict(await places.countries(visited.caller))) if account else None
    due = await _due(visited.caller) if account else []
    tickets = await waiting(visited.caller) if account else []
    news = await announcements.announcements(visited.caller, _MOST_NEWS)
    return await page(
        request,
        "panel",
        account=shown,
        acceptances=acceptances,
        scopes=viewer.scopes,
        due=due,
        tickets=tickets,
        announcements=await gather(*(shown_announcement(one, visited.caller.language) for one in news)),
    )


async def _due(caller: Caller) -> list[SimpleNamespace]:
    """The reader's own invoices that are to be paid, the first due first."""
    found = [
        invoice
        for status in (InvoiceStatus.OVERDUE, InvoiceStatus.UNPAID)
        for invoice in (await invoices.invoices(caller, _MOST_DUE, None, status)).nodes
        if invoice.row.account_id == caller.account_id
    ]
    balances = await gather(*(invoice.balance() for invoice in found))
    shown = [
        SimpleNamespace(
            href=f"/panel/invoices/{invoice.id}",
            number=invoice.number,
            due_on=invoice.due_on,
            late=invoice.status is InvoiceStatus.OVERDUE,
            balance=formatted(balance.minor, balance.currency, caller.language),
        )
        for invoice, balance in zip(found, balances, strict=True)
    ]
    return sorted(shown, key=lambda invoice: invoice.due_on)[:_MOST_DUE]


async def _shown(account: Account, countries: dict[str, str]) -> SimpleNamespace:
    place = account.address
    lines = [place.line1, place.line2, f"{place.postal_code or ''} {place.district} / {place.province}".strip()]
    if place.country != "TR":
        lines.append(countries[place.country])
    return SimpleNamespace(
        number=account.number,
        name=f"{account.first_name} {account.last_name}",
        type=account.type.value,
        status=account.status.value,
        email=account.email,
        phone=account.phone,
        company_name=account.company_name,
        tax_office=account.tax_office,
        tax_identity=account.tax_identity,
        address_lines=[line for line in lines if line],
        created_at=account.created_at,
        marketing=await account.marketing(),
    )
