"""Signing in and out, forgotten passwords, and the language of the site."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.i18n import as_language
from api.refusal import Problem, UserErrorCode
from api.resolvers import emails, passwords, sessions
from api.schema.sessions import SessionPayload, SignInInput
from web.attempts import attempt
from web.forms import Form, read_form
from web.registration import confirmation_problem
from web.render import page
from web.session import forget_session, keep_language, keep_session, visit

PANEL = "/panel"


def local_path(text: str, otherwise: str) -> str:
    """A path of this site to go on to, never another site's address."""
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if safe else otherwise


async def show_sign_in(request: Request) -> Response:
    """GET /sign-in."""
    onward = local_path(request.query_params.get("next", ""), PANEL)
    if (await visit(request)).identity:
        return RedirectResponse(onward, 303)
    return await page(request, "sign_in", form=Form(), next=onward)


async def sign_in(request: Request) -> Response:
    """POST /sign-in."""
    form = await read_form(request)
    caller = (await visit(request)).caller
    onward = local_path(form.value("next"), PANEL)
    given = SignInInput(email=form.value("email"), password=form.value("password"))
    opened = await attempt(form, caller.language, sessions.sign_in(caller, given))
    if opened is None:
        return await page(request, "sign_in", form.status, form=form, next=onward)
    return _welcome(request, opened, onward)


def _welcome(request: Request, opened: SessionPayload, onward: str) -> Response:
    response = RedirectResponse(onward, 303)
    if opened.session_token and opened.expires_at:
        keep_session(request, response, opened.session_token, opened.expires_at)
    return response


async def sign_out(request: Request) -> Response:
    """POST /sign-out; harmless for who is signed out already."""
    visited = await visit(request)
    if visited.identity:
        await sessions.sign_out(visited.caller)
    response = RedirectResponse("/", 303)
    forget_session(request, response)
    # Drafts of tickets are kept in the browser, which others may use after this.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


async def show_forgotten(request: Request) -> Response:
    """GET /forgot-password."""
    return await page(request, "forgot_password", form=Form())


async def forgotten(request: Request) -> Response:
    """POST /forgot-password; the same answer for known and unknown addresses."""
    form = await read_form(request)
    caller = (await visit(request)).caller
    sent = await attempt(form, caller.language, passwords.request_password_reset(caller, form.value("email")))
    if sent is None:
        return await page(request, "forgot_password", form.status, form=form)
    return await page(request, "check_inbox", email=sent.sent_to, purpose="reset")


async def show_reset(request: Request) -> Response:
    """GET /reset-password: nothing changes until a new password is sent."""
    return await _reset(request, request.query_params.get("token", ""), Form())


async def reset(request: Request) -> Response:
    """POST /reset-password."""
    form = await read_form(request)
    caller = (await visit(request)).caller
    token = form.value("token")
    if problem := confirmation_problem(form, "new_password"):
        blank = Problem(UserErrorCode.REQUIRED, "refusals.required", ("new_password",))
        form.refuse([problem] if form.value("new_password").strip() else [blank, problem], caller.language)
        return await _reset(request, token, form)
    work = passwords.reset_password(caller, token, form.value("new_password"))
    opened = await attempt(form, caller.language, work)
    if opened is None:
        return await _reset(request, token, form)
    return _welcome(request, opened, PANEL)


async def _reset(request: Request, token: str, form: Form) -> Response:
    found = await emails.prospect((await visit(request)).caller, token) if token else None
    good = found is not None and found.purpose == "PASSWORD"
    status = form.status if good or form.refused else 422
    return await page(request, "reset_password", status, form=form, token=token, token_good=good, strength=None)


async def choose_language(request: Request) -> Response:
    """POST /language: remembered in this browser, and for letters when somebody is signed in."""
    form = await read_form(request)
    visited = await visit(request)
    response = RedirectResponse(local_path(form.value("next"), "/"), 303)
    if language := as_language(form.value("language")):
        keep_language(request, response, language)
        if visited.caller.session_id:
            await sessions.set_language(visited.caller, language)
    return response
