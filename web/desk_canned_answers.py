"""The desk: the texts that staff answer with often, their variables, and what they will look like."""

from __future__ import annotations

import re
from asyncio import gather
from types import SimpleNamespace

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from strawberry import ID

from api import markdown
from api.i18n import Language, translate
from api.resolvers import canned_answers
from api.resolvers.tickets import BODY_HIGH
from api.schema.canned_answers import CannedAnswer
from api.schema.common import key_of
from api.schema.tickets import TicketKind
from web.attempts import attempt
from web.catalog import below
from web.desk import at_desk
from web.desk_words import kinds
from web.forms import Form, read_form
from web.render import fragment, page

CANNED_ANSWERS = "/desk/canned-answers"
CONTROLS = ("title", "kind", "body")
# In the order in which the form explains them.
VARIABLES = (
    "customer_name",
    "ticket_number",
    "subject",
    "product",
    "domain",
    "support_until",
    "answer_due",
    "agent_name",
    "vendor_name",
)
_MARK = re.compile(r"\{\{(" + "|".join(VARIABLES) + r")\}\}")
DONE = ("saved", "deleted")


async def show_canned_answers(request: Request) -> Response:
    """GET /desk/canned-answers."""
    caller = (await at_desk(request)).caller
    found = await canned_answers.canned_answers(caller)
    done = request.query_params.get("done")
    return await page(
        request,
        "desk_canned_answers",
        items=await gather(*(_shown(answer) for answer in found)),
        done=done if done in DONE else None,
    )


async def _shown(answer: CannedAnswer) -> SimpleNamespace:
    return SimpleNamespace(
        href=f"{CANNED_ANSWERS}/{answer.id}",
        title=answer.title,
        kind=answer.kind.value if answer.kind else None,
        opening=" ".join(answer.body.split())[:160],
        changed_at=answer.changed_at,
        changed_by=await answer.changed_by(),
    )


async def show_new(request: Request) -> Response:
    """GET /desk/canned-answers/new."""
    await at_desk(request)
    return await _form_page(request, None, Form())


async def show_canned_answer(request: Request) -> Response:
    """GET /desk/canned-answers/{id}."""
    answer = await _answer(request)
    kind = answer.kind.value if answer.kind else ""
    return await _form_page(request, answer, Form({"title": answer.title, "body": answer.body, "kind": kind}))


async def _answer(request: Request) -> CannedAnswer:
    caller = (await at_desk(request)).caller
    key = key_of(request.path_params["id"], "can")
    found = await canned_answers.canned_answer(caller, key) if key else None
    if found is None:
        raise HTTPException(404)
    return found


async def make(request: Request) -> Response:
    """POST /desk/canned-answers/new."""
    return await _save(request, None)


async def save(request: Request) -> Response:
    """POST /desk/canned-answers/{id}."""
    return await _save(request, await _answer(request))


async def _save(request: Request, answer: CannedAnswer | None) -> Response:
    """Save what was written; `step=preview` only shows it, for browsers without JavaScript."""
    caller = (await at_desk(request)).caller
    form = await read_form(request)
    if form.value("step") != "preview":
        chosen = form.value("kind")
        work = canned_answers.save_canned_answer(
            caller,
            form.value("title"),
            form.value("body"),
            ID(answer.id) if answer else None,
            TicketKind(chosen) if chosen in {kind.value for kind in TicketKind} else None,
        )
        if await attempt(form, caller.language, work):
            return RedirectResponse(f"{CANNED_ANSWERS}?done=saved", 303)
        form.keep_to(*CONTROLS)
    return await _form_page(request, answer, form)


async def delete(request: Request) -> Response:
    """POST /desk/canned-answers/{id}/delete."""
    answer = await _answer(request)
    caller = (await at_desk(request)).caller
    form = await read_form(request)
    if await attempt(form, caller.language, canned_answers.delete_canned_answer(caller, ID(answer.id))) is None:
        form.keep_to()
        return await _form_page(request, answer, form)
    return RedirectResponse(f"{CANNED_ANSWERS}?done=deleted", 303)


async def preview(request: Request) -> Response:
    """POST /desk/canned-answers/preview: the fragment for what was written so far."""
    caller = (await at_desk(request)).caller
    form = await read_form(request)
    return await fragment(request, "ticket_preview", preview=await _previewed(form.value("body"), caller.language))


async def _previewed(body: str, language: Language) -> Markup:
    """A text as it will look, with what each variable stands for in its place."""
    named = _MARK.sub(lambda found: f"‹{translate(language, f'desk.variable.{found[1]}')}›", body[:BODY_HIGH])
    return below(await markdown.rendered(named), 2)


async def _form_page(request: Request, answer: CannedAnswer | None, form: Form) -> Response:
    caller = (await at_desk(request)).caller
    return await page(
        request,
        "desk_canned_answer",
        form.status,
        answer=answer,
        action=f"{CANNED_ANSWERS}/{answer.id}" if answer else f"{CANNED_ANSWERS}/new",
        form=form,
        kinds=kinds(caller.language),
        variables=VARIABLES,
        preview=await _previewed(form.value("body"), caller.language) if form.value("body") else None,
    )
