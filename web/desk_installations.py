"""The desk: staff plan installations, read what lies in the vault once, and close them."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Awaitable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.caller import Caller
from api.clock import ISTANBUL
from api.refusal import Problem, UserErrorCode
from api.resolvers import installations
from api.schema.accounts import account_of
from api.schema.common import key_of
from api.schema.installations import InstallationRequest, InstallationStatus
from web.attempts import attempt
from web.catalog import href, listed
from web.desk import at_desk, name_of
from web.forms import Form, read_form
from web.licenses import back_to
from web.render import page

INSTALLATIONS = "/desk/installations"
OPEN = {InstallationStatus.REQUESTED, InstallationStatus.SCHEDULED}
DONE = ("schedule", "complete", "decline")


async def show_installations(request: Request) -> Response:
    """GET /desk/installations."""
    await at_desk(request)
    return await _page(request)


async def schedule(request: Request) -> Response:
    """POST /desk/installations/{id}/schedule; the time is Istanbul's."""
    caller, made, form = await _asked(request)
    at = _instant(form, caller)
    if at is None:
        return await _page(request, made, form, "schedule")
    work = installations.schedule_installation(caller, made.id, at, form.value("assignee_email").strip() or None)
    return await _closed(request, made, form, "schedule", work)


def _instant(form: Form, caller: Caller) -> datetime | None:
    try:
        return datetime.fromisoformat(form.value("scheduled_for")).replace(tzinfo=ISTANBUL)
    except ValueError:
        form.refuse([Problem(UserErrorCode.INVALID, "refusals.schedule_time", ("scheduled_for",))], caller.language)
        return None


async def complete(request: Request) -> Response:
    """POST /desk/installations/{id}/complete."""
    caller, made, form = await _asked(request)
    work = installations.complete_installation(caller, made.id, form.value("answer"))
    return await _closed(request, made, form, "complete", work)


async def decline(request: Request) -> Response:
    """POST /desk/installations/{id}/decline."""
    caller, made, form = await _asked(request)
    work = installations.decline_installation(caller, made.id, form.value("reason"))
    return await _closed(request, made, form, "decline", work)


async def read(request: Request) -> Response:
    """POST /desk/installations/{id}/read: shown once, kept nowhere; sending it again finds nothing."""
    caller, made, form = await _asked(request)
    found = await attempt(form, caller.language, installations.read_installation_access(caller, made.id))
    if found is None:
        form.keep_to()
        return await _page(request, made, form, "read")
    return await page(request, "desk_access", access=found.access, **back_to(request, INSTALLATIONS))


async def _asked(request: Request) -> tuple[Caller, InstallationRequest, Form]:
    visited = await at_desk(request)
    key = key_of(request.path_params["id"], "ins")
    made = await installations.installation_request(visited.caller, key) if key else None
    if made is None:
        raise HTTPException(404)
    return visited.caller, made, await read_form(request)


async def _closed(request: Request, made: InstallationRequest, form: Form, act: str, work: Awaitable[Any]) -> Response:
    caller = (await at_desk(request)).caller
    if await attempt(form, caller.language, work) is None:
        form.keep_to("scheduled_for", "assignee_email", "answer", "reason")
        return await _page(request, made, form, act)
    return RedirectResponse(f"{INSTALLATIONS}?done={act}", 303)


async def _page(
    request: Request, made: InstallationRequest | None = None, form: Form | None = None, act: str = ""
) -> Response:
    caller = (await at_desk(request)).caller
    default = made.status.value if made else InstallationStatus.REQUESTED.value
    chosen = request.query_params.get("status", default)
    status = (
        InstallationStatus(chosen) if chosen in {s.value for s in InstallationStatus} else InstallationStatus.REQUESTED
    )
    after = request.query_params.get("after")
    found = await listed(installations.installation_requests(caller, None, after, status))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    done = request.query_params.get("done")
    items = [_shown(one, caller, Form(), "") for one in found.nodes if made is None or one.id != made.id]
    if made and form:
        items.insert(0, _shown(made, caller, form, act))
    return await page(
        request,
        "desk_installations",
        form.status if form else 200,
        **back_to(request, INSTALLATIONS),
        items=await gather(*items),
        chosen=status.value,
        statuses=[s.value for s in InstallationStatus],
        next_href=href(INSTALLATIONS, status=status.value, after=onward) if onward else None,
        done=done if done in DONE else None,
    )


async def _shown(made: InstallationRequest, caller: Caller, form: Form, act: str) -> SimpleNamespace:
    own = await made.license_for(caller)
    product = await own.product()
    account = await account_of(own.row.account_id, caller)
    return SimpleNamespace(
        id=made.id,
        href=f"{INSTALLATIONS}/{made.id}",
        form=form,
        act=act,
        open=made.status in OPEN,
        status=made.status.value,
        product=product.name,
        domain=own.domain,
        customer=name_of(account),
        number=account.number,
        requested_at=made.requested_at,
        scheduled_for=made.scheduled_for,
        note=made.note,
        answer=made.answer,
        access_until=await made.access_until(),
    )
