"""The desk: a ticket that staff begin for a customer, who sees that they did (8)."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from types import SimpleNamespace
from uuid import uuid4

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from strawberry import ID

from api.caller import Caller, Scope
from api.refusal import Problem, UserErrorCode
from api.resolvers import accounts, licenses, ticket_opening
from api.schema.accounts import Account
from api.schema.licenses import License
from api.schema.tickets import OpenTicketInput, TicketKind, TicketPriority
from web.attachments import attachment_field
from web.attempts import attempt
from web.desk import at_desk, name_of
from web.desk_tickets import BEGINNING, DESK_TICKETS
from web.desk_words import kinds, priorities
from web.forms import Form
from web.new_ticket import rendered, settle
from web.render import page
from web.session import Visit
from web.uploads import read_with_attachments

_CONTROLS = ("kind", "priority", "license_id", "subject", "body", "files")
_MOST_LICENSES = 100


async def _at_work(request: Request) -> Visit:
    """The visit of somebody who may write to customers and find them; for others the page is not there."""
    visited = await at_desk(request)
    if not visited.caller.scopes >= BEGINNING:
        raise HTTPException(404)
    return visited


async def show_new(request: Request) -> Response:
    """GET /desk/tickets/new; `account` is the customer's number, asked for where it is missing or unknown."""
    caller = (await _at_work(request)).caller
    number = request.query_params.get("account", "").strip()
    form = Form({"account": number})
    account = await accounts.account_numbered(caller, number) if number else None
    if number and account is None:
        form.refuse([Problem(UserErrorCode.NOT_FOUND, "refusals.account_unknown", ("account",))], caller.language)
    return await _new_page(request, account, form)


async def open_new(request: Request) -> Response:
    """POST /desk/tickets/new: sent twice, it is one ticket; `step=preview` only shows it."""
    caller = (await _at_work(request)).caller
    form, files = await read_with_attachments(request)
    account = await accounts.account_numbered(caller, form.value("account"))
    if account is None:
        raise HTTPException(404)
    if form.value("step") or form.refused:
        form.keep_to(*_CONTROLS)
        preview = await rendered(form) if form.value("step") == "preview" else None
        return await _new_page(request, account, form, files, preview=preview)
    opened = await attempt(form, caller.language, ticket_opening.open_ticket(caller, _input(form, account, files)))
    if opened and opened.ticket:
        return RedirectResponse(f"{DESK_TICKETS}/{opened.ticket.number}?done=opened", 303)
    settle(form, *_CONTROLS)
    return await _new_page(request, account, form, files)


def _input(form: Form, account: Account, files: list[ID]) -> OpenTicketInput:
    kind, priority = form.value("kind"), form.value("priority")
    return OpenTicketInput(
        kind=TicketKind(kind) if kind in {one.value for one in TicketKind} else TicketKind.SALES,
        priority=TicketPriority(priority)
        if priority in {one.value for one in TicketPriority}
        else TicketPriority.NORMAL,
        subject=form.value("subject"),
        body=form.value("body"),
        license_id=ID(form.value("license_id")) if form.value("license_id") else None,
        idempotency_key=form.value("key") or None,
        account_id=account.id,
        attachment_ids=files,
    )


async def _new_page(
    request: Request, account: Account | None, form: Form, files: Sequence[ID] = (), *, preview: Markup | None = None
) -> Response:
    caller = (await _at_work(request)).caller
    # A key that stands for another ticket already would refuse this one for ever.
    taken = any(problem.code == UserErrorCode.IDEMPOTENCY_CONFLICT for problem in form.problems)
    return await page(
        request,
        "desk_ticket_new",
        form.status,
        form=form,
        account=SimpleNamespace(name=name_of(account), number=account.number) if account else None,
        kinds=kinds(caller.language),
        priorities=priorities(caller.language),
        licenses=await _licenses(caller, account) if account else [],
        preview=preview,
        attaching=await attachment_field(request, files),
        key=uuid4().hex if taken or not form.value("key") else form.value("key"),
        draft=f"desk:{caller.person_id}:new:{account.number if account else ''}",
    )


async def _licenses(caller: Caller, account: Account) -> list[tuple[str, str]]:
    """The customer's licenses to choose from, for who may read them."""
    if Scope.LICENSES_ALL not in caller.scopes:
        return []
    found = (await licenses.licenses(caller, _MOST_LICENSES, account_id=account.id)).nodes
    return list(await gather(*(_option(own) for own in found)))


async def _option(own: License) -> tuple[str, str]:
    product = await own.product()
    return str(own.id), f"{product.name} · {own.domain}" if own.domain else product.name
