"""A new ticket: what is said before it is sent, its form, and the preview of what is written in Markdown."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from strawberry import ID

from api import clock, markdown
from api.caller import Caller, Scope
from api.i18n import translate
from api.refusal import Problem, UserErrorCode
from api.resolvers import licenses, support, ticket_opening, tickets
from api.resolvers.tickets import BODY_HIGH
from api.schema.common import key_of
from api.schema.licenses import License, LicenseStatus
from api.schema.tickets import OpenTicketInput, TicketKind, TicketPriority
from web.attachments import attachment_field
from web.attempts import attempt
from web.catalog import shown_money
from web.forms import Form, read_form
from web.licenses import LICENSES
from web.panel import signed_in
from web.promises import shown_figure, shown_promise
from web.render import fragment, page
from web.ticket_rows import TICKETS, shown_row
from web.tickets import ticket_at, ticket_page
from web.uploads import FILES, read_with_attachments

PRIORITIES = tuple(priority.value for priority in TicketPriority)
# As the controls stand on the page; the problems are told in this order.
_ORDER = ("kind", "license_id", "subject", "body", "priority", FILES)
# The newest are enough to choose from; the others are begun from their own pages.
_MOST_LICENSES = 100
_LAPSING = {LicenseStatus.ACTIVE, LicenseStatus.SUSPENDED}


async def show_new(request: Request) -> Response:
    """GET /panel/tickets/new; `kind` and `license` fill the form in, for who comes from a license or an invoice."""
    given = request.query_params
    form = Form({"kind": given.get("kind", ""), "license_id": given.get("license", "")})
    return await _new_page(request, form)


async def open_new(request: Request) -> Response:
    """POST /panel/tickets/new: opens it; sent twice, it is one ticket. Without JavaScript it also shows the preview."""
    visited = await signed_in(request)
    form, attached = await read_with_attachments(request)
    if form.value("step") == "preview":
        return await _new_page(request, form, attached, preview=await rendered(form))
    if form.value("kind") not in {kind.value for kind in TicketKind}:
        form.refuse([Problem(UserErrorCode.REQUIRED, "refusals.required", ("kind",))], visited.caller.language)
        return await _new_page(request, form, attached)
    alike = await similar_to(visited.caller, form)
    known = {value for name, value in form.values.items() if name.startswith("similar.")}
    if not {ticket.id for ticket in alike} <= known:
        return await _new_page(request, form, attached, similar=alike)
    if form.refused:
        return await _new_page(request, form, attached, similar=alike)
    opened = await attempt(
        form, visited.caller.language, ticket_opening.open_ticket(visited.caller, _input(form, attached))
    )
    if opened is None or opened.ticket is None:
        settle(form, *_ORDER)
        return await _new_page(request, form, attached, similar=alike)
    return RedirectResponse(f"{TICKETS}/{opened.ticket.number}?done=opened", 303)


def _input(form: Form, attached: list[ID]) -> OpenTicketInput:
    # A kind that is none is told by the page before.
    kind = TicketKind(form.value("kind"))
    return OpenTicketInput(
        kind=kind,
        subject=form.value("subject"),
        body=form.value("body"),
        license_id=ID(form.value("license_id")) if _about_license(form) else None,
        priority=TicketPriority(priority_of(form)),
        idempotency_key=form.value("key") or None,
        attachment_ids=attached,
    )


def kinds_of(caller: Caller) -> list[str]:
    """The kinds that the reader may open; a closed account has its complaints left (5.2)."""
    return [kind.value for kind in TicketKind if not caller.blocked or kind is TicketKind.COMPLAINT]


def _about_license(form: Form) -> bool:
    """Whether a license goes with the ticket; questions before an order are about none."""
    return bool(form.value("license_id")) and form.value("kind") != TicketKind.SALES


def priority_of(form: Form) -> str:
    """The priority that was chosen, else the usual one."""
    given = form.value("priority")
    return given if given in PRIORITIES else TicketPriority.NORMAL.value


async def similar_to(caller: Caller, form: Form) -> list[SimpleNamespace]:
    """The reader's open tickets that may be about the same."""
    license_id = ID(form.value("license_id")) if _about_license(form) else None
    found = await ticket_opening.similar_tickets(caller, form.value("subject"), license_id, form.value("key"))
    return list(await gather(*(shown_row(own, caller) for own in found)))


async def rendered(form: Form) -> Markup:
    """What was written, as the ticket will show it; nothing longer is taken, nor looked at."""
    return Markup(await markdown.rendered(form.value("body")[:BODY_HIGH]))  # noqa: S704 - sanitised


def settle(form: Form, *controls: str) -> None:
    """Put the problems beside their controls; those of single attachments beside the control of files."""
    form.problems = [
        replace(one, name=FILES) if (one.name or "").partition(".")[0] == "attachment_ids" else one
        for one in form.problems
    ]
    form.keep_to(*controls)


async def preview(request: Request) -> Response:
    """POST /panel/tickets/preview: the fragment for what was typed so far."""
    await signed_in(request)
    form = await read_form(request)
    return await fragment(request, "ticket_preview", preview=await rendered(form))


async def license_part(request: Request) -> Response:
    """POST /panel/tickets/new/license: what depends on the kind and the license, and what else may be about it."""
    visited = await signed_in(request)
    form = await read_form(request)
    choices = await _license_choices(visited.caller, form)
    return await fragment(
        request,
        "ticket_license",
        "ticket_similar",
        form=form,
        similar=await similar_to(visited.caller, form),
        **choices,
    )


async def similar_part(request: Request) -> Response:
    """POST /panel/tickets/new/similar: the warning that one may have asked already."""
    visited = await signed_in(request)
    form = await read_form(request)
    return await fragment(request, "ticket_similar", similar=await similar_to(visited.caller, form))


async def _license_choices(caller: Caller, form: Form) -> dict[str, Any]:
    """The licenses to choose from, and what renewing the chosen one costs where its support has lapsed (5.1.3)."""
    kind = form.value("kind") if form.value("kind") in kinds_of(caller) else kinds_of(caller)[0]
    if Scope.LICENSES_READ not in caller.scopes:
        return {"kind": kind, "license": "", "licenses": [], "lapsed": None}
    found = (await licenses.licenses(caller, _MOST_LICENSES)).nodes
    own = [one for one in found if one.row.account_id == caller.account_id]
    chosen = await _chosen(caller, form)
    if chosen and chosen.id not in {one.id for one in own}:
        own.append(chosen)
    needs_support = kind == TicketKind.TECHNICAL and chosen is not None and chosen.status in _LAPSING
    return {
        "kind": kind,
        "license": chosen.id if chosen else "",
        "licenses": await gather(*(_option(one, caller) for one in own)),
        "lapsed": await _lapsed(chosen, caller) if chosen and needs_support and not chosen.support_active else None,
    }


async def _chosen(caller: Caller, form: Form) -> License | None:
    key = key_of(form.value("license_id"), "lic")
    found = await licenses.license(caller, key) if key else None
    return found if found and found.row.account_id == caller.account_id else None


async def _option(own: License, caller: Caller) -> tuple[str, str]:
    product = await own.product()
    name = f"{product.name} · {own.domain}" if own.domain else product.name
    if own.support_active or own.status not in _LAPSING:
        return str(own.id), name
    return str(own.id), translate(caller.language, "panel_tickets.lapsed.option", name=name)


async def _lapsed(own: License, caller: Caller) -> SimpleNamespace:
    quote = await own.support_renewal_quote()
    return SimpleNamespace(
        since=own.support_until,
        total=shown_money(quote.total, caller.language),
        until=quote.support_until_after_payment,
        href=f"{LICENSES}/{own.id}/renew",
    )


async def _new_page(
    request: Request,
    form: Form,
    attached: Sequence[ID] = (),
    *,
    preview: Markup | None = None,
    similar: list[SimpleNamespace] | None = None,
) -> Response:
    visited = await signed_in(request)
    caller = visited.caller
    choices = await _license_choices(caller, form)
    now, status = clock.now(), await support.support_status(caller)
    # A key that stands for another ticket already would refuse this one for ever.
    taken = any(problem.code == UserErrorCode.IDEMPOTENCY_CONFLICT for problem in form.problems)
    return await page(
        request,
        "ticket_new",
        form.status,
        form=form,
        kinds=kinds_of(caller),
        priorities=PRIORITIES,
        priority=priority_of(form),
        preview=preview,
        similar=similar or [],
        key=uuid4().hex if taken or not form.value("key") else form.value("key"),
        draft=f"{caller.account_id}:new",
        promise=shown_promise(now, status.first_answer_due_at_if_opened_now, caller.language),
        figure=shown_figure(status),
        attaching=await attachment_field(request, attached),
        **choices,
    )


async def reply(request: Request) -> Response:
    """POST /panel/tickets/{number}/reply: sent twice, it is one message."""
    visited = await signed_in(request)
    own = await ticket_at(request)
    form, attached = await read_with_attachments(request)
    if form.value("step") == "preview":
        return await ticket_page(request, own, form, attached=attached, preview=await rendered(form))
    if form.refused:
        return await ticket_page(request, own, form, attached=attached)
    work = tickets.reply_to_ticket(
        visited.caller, own.id, form.value("body"), idempotency_key=form.value("key") or None, attachment_ids=attached
    )
    if await attempt(form, visited.caller.language, work) is None:
        settle(form, "body", FILES)
        return await ticket_page(request, own, form, attached=attached)
    return RedirectResponse(f"{TICKETS}/{own.number}?done=answered", 303)
