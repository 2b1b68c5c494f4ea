"""The free installation of a license (5.1.1): asked for, planned, and its access data in the one-time vault."""

from __future__ import annotations

from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import clock
from api.resolvers import installations
from api.schema.installations import InstallationRequest, InstallationStatus
from api.schema.licenses import License, LicenseStatus
from web.attempts import attempt
from web.forms import Form, read_form
from web.licenses import LICENSES, back_to, license_at, own_license_at
from web.panel import signed_in
from web.render import page

OPEN = {InstallationStatus.REQUESTED, InstallationStatus.SCHEDULED}
USED = OPEN | {InstallationStatus.DONE}
DONE = ("requested", "access", "cancelled")


async def show_installation(request: Request) -> Response:
    """GET /panel/licenses/{id}/installation."""
    return await _installation_page(request, await license_at(request))


async def ask(request: Request) -> Response:
    """POST /panel/licenses/{id}/installation."""
    visited = await signed_in(request)
    own = await own_license_at(request)
    form = await read_form(request)
    work = installations.request_installation(visited.caller, own.id, form.value("note"))
    if await attempt(form, visited.caller.language, work) is None:
        form.keep_to("note")
        return await _installation_page(request, own, note=form)
    return _done(own, "requested")


async def leave_access(request: Request) -> Response:
    """POST /panel/licenses/{id}/installation/access."""
    visited = await signed_in(request)
    own = await own_license_at(request)
    form = await read_form(request)
    made = await _open_request(own)
    work = installations.deposit_installation_access(visited.caller, made.id, form.value("access"))
    if await attempt(form, visited.caller.language, work) is None:
        form.keep_to("access")
        return await _installation_page(request, own, access=form)
    return _done(own, "access")


async def cancel(request: Request) -> Response:
    """POST /panel/licenses/{id}/installation/cancel."""
    visited = await signed_in(request)
    own = await own_license_at(request)
    form = await read_form(request)
    made = await _open_request(own)
    if await attempt(form, visited.caller.language, installations.cancel_installation(visited.caller, made.id)) is None:
        form.keep_to()
        return await _installation_page(request, own, note=form)
    return _done(own, "cancelled")


def _done(own: License, what: str) -> Response:
    return RedirectResponse(f"{LICENSES}/{own.id}/installation?done={what}", 303)


async def _open_request(own: License) -> InstallationRequest:
    made = await own.installation_request()
    if made is None:
        raise HTTPException(404)
    return made


async def _installation_page(
    request: Request, own: License, note: Form | None = None, access: Form | None = None
) -> Response:
    visited = await signed_in(request)
    made = await own.installation_request()
    product = await own.product()
    today = clock.today()
    done = request.query_params.get("done")
    settings = request.app.state.settings
    return await page(
        request,
        "installation",
        max(form.status if form else 200 for form in (note, access)),
        **back_to(request, f"{LICENSES}/{own.id}/installation"),
        href=f"{LICENSES}/{own.id}",
        product=product.name,
        domain=own.domain,
        until=own.installation_until,
        days_left=(own.installation_until - today).days,
        active=own.status is LicenseStatus.ACTIVE,
        mine=own.row.account_id == visited.caller.account_id,
        can_ask=(made is None or made.status not in USED) and today <= own.installation_until,
        window_over=(made is None or made.status not in USED) and today > own.installation_until,
        made=await _shown(made) if made else None,
        note=note or Form(),
        access=access or Form(),
        vault_days=settings.installation.vault_days,
        done=done if done in DONE else None,
    )


async def _shown(made: InstallationRequest) -> SimpleNamespace:
    return SimpleNamespace(
        status=made.status.value,
        open=made.status in OPEN,
        requested_at=made.requested_at,
        scheduled_for=made.scheduled_for,
        note=made.note,
        answer=made.answer,
        access_until=await made.access_until(),
        touches=await made.vault_accesses(),
    )
