"""Why a license does not run: every check that a module would meet, which fails, and what mends it."""

from __future__ import annotations

import re
from datetime import date, datetime
from types import SimpleNamespace

from starlette.requests import Request
from starlette.responses import Response

from api import clock
from api.caller import Caller
from api.i18n import Language
from api.refusal import Problem, UserErrorCode
from api.resolvers import licenses, validations
from api.schema.licenses import License, LicenseStatus
from api.schema.validation import ValidationExplanation
from web.attempts import attempt
from web.forms import Form
from web.licenses import LICENSES, is_mine, license_at, shown_license
from web.panel import signed_in
from web.render import page

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS = range(2000, 2101)


async def show_check(request: Request) -> Response:
    """GET /panel/licenses/{id}/check: `domain` (the license's own where it is left out), `on`, `version`."""
    visited = await signed_in(request)
    own = await license_at(request)
    given = request.query_params
    names = ("domain", "on", "version")
    form = Form({"domain": own.domain or ""} | {name: given[name] for name in names if name in given})
    at = _instant(form, visited.caller.language)
    found = None
    if not form.refused and ("domain" in given or own.domain):
        version = form.value("version").strip() or None
        work = validations.explain_validation(visited.caller, own.id, form.value("domain"), at, None, version)
        found = await attempt(form, visited.caller.language, work)
    mine = is_mine(own, visited)
    moving = await own.moving_from()
    return await page(
        request,
        "license_explanation",
        form.status,
        form=form,
        license=await shown_license(own),
        mine=mine,
        found=found,
        acts=await _acts(visited.caller, own, mine=mine),
        old=moving if found and moving and _is_old(found, moving.domain, own) else None,
    )


def _is_old(found: ValidationExplanation, moved_from: str, own: License) -> bool:
    return found.valid and found.domain == moved_from != own.domain_ascii


def _instant(form: Form, language: Language) -> datetime | None:
    """The instant that was typed, on Istanbul's clocks where it has no offset, or the beginning of a day; None: now."""
    typed = form.value("on").strip()
    if not typed:
        return None
    try:
        if _DAY.fullmatch(typed):
            day = date.fromisoformat(typed)
            at = clock.now() if day == clock.today() else clock.start_of(day)
        else:
            at = datetime.fromisoformat(typed)
            at = at if at.tzinfo else at.replace(tzinfo=clock.ISTANBUL)
        if at.year not in _YEARS:
            raise ValueError(typed)
    except ValueError:
        form.refuse([Problem(UserErrorCode.INVALID, "refusals.instant", ("on",))], language)
        return None
    # As the control for it wants to be filled in.
    form.values = {**form.values, "on": f"{clock.local(at):%Y-%m-%dT%H:%M}"}
    return at


async def _acts(caller: Caller, own: License, *, mine: bool) -> dict[str, list[SimpleNamespace]]:
    """Where that is done which mends a failed check, by the check's code; the owner's acts are for the owner."""
    card = f"{LICENSES}/{own.id}"
    releases, form = _act("releases", f"{card}#releases"), _act("form", "#domain")
    acts = {
        "DOMAIN_MISSING": [form],
        "DOMAIN_MALFORMED": [form],
        "DOMAIN_NOT_ALLOWED": [form],
        "DOMAIN_MISMATCH": [_act("change", f"{card}/domain/change")] if mine else [],
        "VERSION_NOT_COVERED": [_act("renew", f"{card}/renew"), releases] if mine else [releases],
    }
    if own.status is LicenseStatus.PENDING and (order := await own.order_for(caller)):
        acts["PENDING"] = [_act("pay", f"/panel/invoices/{(await order.invoice()).id}")]
    if own.status is LicenseStatus.SUSPENDED and (waiting := await licenses.open_renewal_invoice(caller, own)):
        acts["SUSPENDED"] = [_act("pay", f"/panel/invoices/{waiting.id}")]
    if own.status is LicenseStatus.CANCELLED:
        acts["CANCELLED"] = [_act("order", f"/products/{(await own.product()).slug}")]
    return acts


def _act(name: str, href: str) -> SimpleNamespace:
    return SimpleNamespace(name=name, href=href)
