"""The one domain of a license: bound once, and moved in two steps, the second of which does it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.resolvers import license_domains
from api.resolvers.license_domains import Move
from api.schema.licenses import License, LicenseStatus
from web.attempts import attempt
from web.forms import Form, read_form
from web.license_card import license_page
from web.licenses import LICENSES, own_license_at, shown_license
from web.panel import signed_in
from web.render import page

MOVABLE = {LicenseStatus.PENDING, LicenseStatus.ACTIVE}


async def bind(request: Request) -> Response:
    """POST /panel/licenses/{id}/domain."""
    visited = await signed_in(request)
    own = await own_license_at(request)
    form = await read_form(request)
    work = license_domains.bind_license_domain(visited.caller, own.id, form.value("domain"))
    if await attempt(form, visited.caller.language, work) is None:
        # A license that is bound has no control to stand beside.
        form.keep_to(*([] if own.domain else ["domain"]))
        return await license_page(request, own, domain=form)
    return RedirectResponse(f"{LICENSES}/{own.id}?done=domain#domain", 303)


async def show_change(request: Request) -> Response:
    """GET /panel/licenses/{id}/domain/change; `domain` fills the form in."""
    form = Form({"domain": request.query_params.get("domain", "")})
    return await _change_page(request, await own_license_at(request), form)


async def change(request: Request) -> Response:
    """POST /panel/licenses/{id}/domain/change: what would be done, and with `step=confirm` the doing.

    `step=edit` leads from there back to the form.
    """
    caller = (await signed_in(request)).caller
    own = await own_license_at(request)
    form = await read_form(request)
    step, typed = form.value("step"), (form.value("domain"), form.value("reason"))
    if step == "edit":
        return await _change_page(request, own, form)
    if step == "confirm":
        work = license_domains.change_license_domain(caller, own.id, *typed)
        if await attempt(form, caller.language, work):
            return RedirectResponse(f"{LICENSES}/{own.id}?done=moved#domain", 303)
    elif move := await attempt(form, caller.language, license_domains.review_domain_change(caller, own.id, *typed)):
        return await _review_page(request, own, form, move)
    form.keep_to(*(["domain", "reason"] if _movable(own) else []))
    return await _change_page(request, own, form)


def _movable(own: License) -> bool:
    return own.domain is not None and own.status in MOVABLE


async def _facts(request: Request, own: License) -> dict[str, Any]:
    """What both steps tell of the move."""
    return {
        "license": await shown_license(own),
        "allowance": await license_domains.move_allowance((await signed_in(request)).caller, own),
        "hours": request.app.state.settings.licensing.move_hours,
        "moving": await own.moving_from(),
    }


async def _change_page(request: Request, own: License, form: Form) -> Response:
    facts = await _facts(request, own)
    return await page(request, "license_domain_change", form.status, form=form, movable=_movable(own), **facts)


async def _review_page(request: Request, own: License, form: Form, move: Move) -> Response:
    new = SimpleNamespace(
        domain=move.domain.unicode, ascii=move.domain.ascii if move.domain.ascii != move.domain.unicode else None
    )
    facts = await _facts(request, own)
    return await page(request, "license_domain_review", form=form, new=new, old_until=move.old_until, **facts)
