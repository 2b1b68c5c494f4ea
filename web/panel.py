"""The customer's panel."""

from __future__ import annotations

from types import SimpleNamespace

from starlette.requests import Request
from starlette.responses import Response

from api.refusal import DenialCode, Denied
from api.resolvers import accounts, places
from api.schema.accounts import Account
from api.schema.agreements import DocumentKind
from web.render import document_href, page
from web.session import Visit, visit


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
    return await page(request, "panel", account=shown, acceptances=acceptances, scopes=viewer.scopes)


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
