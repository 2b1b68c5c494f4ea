"""The desk: answering a ticket, with a canned answer if one likes, and noting something for colleagues."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from strawberry import ID

from api.caller import Caller
from api.refusal import UserErrorCode
from api.resolvers import canned_answers, ticket_desk, tickets
from api.schema.tickets import Ticket
from web.attempts import attempt
from web.desk_ticket import ticket_page, workable
from web.desk_tickets import DESK_TICKETS
from web.forms import Form, read_form
from web.new_ticket import rendered, settle
from web.render import fragment
from web.uploads import FILES, read_with_attachments

# What becomes of a ticket with the answer, and what its page says then.
_THEN = {"answer": "answered", "ask": "asked", "close": "closed"}


async def answer(request: Request) -> Response:
    """POST /desk/tickets/{number}/answer; `step` previews or takes a canned answer, for browsers without JavaScript.

    Who is overtaken by a colleague's answer gets their text back with that answer above it, and may send it again.
    """
    caller, ticket = await workable(request)
    form, files = await read_with_attachments(request)
    if form.value("step") == "canned":
        form = await _with_canned(caller, ticket, form)
    if form.value("step") or form.refused:
        settle(form, "body", FILES)
        preview = await rendered(form) if form.value("step") == "preview" else None
        return await ticket_page(request, ticket, answer=form, attached=files, preview=preview)
    then = form.value("then") if form.value("then") in _THEN else "answer"
    work = tickets.reply_to_ticket(
        caller,
        ID(ticket.id),
        form.value("body"),
        then == "ask",
        then == "close",
        ID(form.value("seen")),
        form.value("key") or None,
        files,
    )
    if await attempt(form, caller.language, work):
        return RedirectResponse(f"{DESK_TICKETS}/{ticket.number}?done={_THEN[then]}", 303)
    stale = any(problem.code == UserErrorCode.STALE for problem in form.problems)
    settle(form, "body", FILES)
    return await ticket_page(
        request, ticket, answer=form, attached=files, overtaken_after=form.value("seen") if stale else None
    )


async def take_canned(request: Request) -> Response:
    """POST /desk/tickets/{number}/canned: the fragment of the text with a canned answer filled in below it."""
    caller, ticket = await workable(request)
    form = await _with_canned(caller, ticket, await read_form(request))
    return await fragment(request, "desk_answer_text", answer=form, filled=True)


async def _with_canned(caller: Caller, ticket: Ticket, form: Form) -> Form:
    """The form with the chosen canned answer below what was written; one that is gone adds nothing."""
    chosen = form.value("canned")
    text = await canned_answers.filled_canned_answer(caller, ID(chosen), ID(ticket.id)) if chosen else None
    body = "\n\n".join(part for part in (form.value("body").rstrip(), text) if part)
    return Form({**form.values, "body": body})


async def note(request: Request) -> Response:
    """POST /desk/tickets/{number}/note."""
    caller, ticket = await workable(request)
    form, files = await read_with_attachments(request)
    if not form.refused:
        work = ticket_desk.add_ticket_note(
            caller, ID(ticket.id), form.value("body"), form.value("key") or None, attachment_ids=files
        )
        if await attempt(form, caller.language, work):
            return RedirectResponse(f"{DESK_TICKETS}/{ticket.number}?done=noted", 303)
    settle(form, "body", FILES)
    return await ticket_page(request, ticket, note=form, note_attached=files)
