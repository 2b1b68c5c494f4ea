"""The card of a license: every date and right, its domain, releases, where it was asked for, and its history."""

from __future__ import annotations

from types import SimpleNamespace
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from strawberry import ID

from api.resolvers import downloads, licenses
from api.schema.licenses import License, LicenseStatus
from web.attempts import attempt
from web.downloads import releases_of
from web.forms import Form, read_form
from web.licenses import LICENSES, RENEWABLE, back_to, is_mine, license_at, shown_license, shown_quote
from web.panel import signed_in
from web.render import page
from web.sightings import seen_lately

_DONE = ("domain", "moved")


async def show_license(request: Request) -> Response:
    """GET /panel/licenses/{id}."""
    return await license_page(request, await license_at(request))


async def download(request: Request) -> Response:
    """POST /panel/licenses/{id}/releases/{release}/download: leads to a fresh link."""
    visited = await signed_in(request)
    own = await license_at(request)
    form = await read_form(request)
    work = downloads.create_download_link(visited.caller, own.id, ID(request.path_params["release"]))
    made = await attempt(form, visited.caller.language, work)
    if made is None or made.url is None:
        form.keep_to()
        return await license_page(request, own, download=form)
    # By its path: the site may be visited under another name than the one that links carry.
    return RedirectResponse(urlsplit(made.url).path, 303)


async def license_page(
    request: Request,
    own: License,
    *,
    domain: Form | None = None,
    lease: Form | None = None,
    download: Form | None = None,
) -> Response:
    """The card, with its forms as they were filled in."""
    visited = await signed_in(request)
    language = visited.caller.language
    quote = await own.support_renewal_quote()
    later = await own.support_renewal_quote(quote.costlier_from)
    done = request.query_params.get("done")
    request_made = await own.installation_request()
    waiting = await licenses.open_renewal_invoice(visited.caller, own)
    offline_days = request.app.state.settings.licensing.offline_days
    return await page(
        request,
        "license",
        max(form.status if form else 200 for form in (domain, lease, download)),
        **back_to(request, f"{LICENSES}/{own.id}"),
        form=domain or Form(),
        lease=lease or Form({"days": str(offline_days)}),
        offline_days=offline_days,
        license=await shown_license(own),
        mine=is_mine(own, visited),
        active=own.status is LicenseStatus.ACTIVE,
        quote=shown_quote(quote, language),
        later=shown_quote(later, language),
        later_on=quote.costlier_from,
        renewable=own.status in RENEWABLE,
        waiting=SimpleNamespace(href=f"/panel/invoices/{waiting.id}", number=waiting.number) if waiting else None,
        installation=request_made.status.value if request_made else None,
        releases=await releases_of(request, own),
        download=download or Form(),
        moving=await own.moving_from(),
        seen=await seen_lately(own, language),
        events=await own.events(),
        order=await own.order_for(visited.caller),
        done=done if done in _DONE else None,
    )
