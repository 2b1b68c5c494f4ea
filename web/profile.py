"""The profile page: details, password, e-mail address, consent and language, each a form of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.caller import Caller, Scope
from api.i18n import as_language
from api.refusal import Problem, UserErrorCode
from api.resolvers import accounts, emails, passwords, sessions
from api.schema.accounts import Account, UpdateAccountInput
from web.attempts import attempt
from web.forms import Form, read_form
from web.panel import signed_in
from web.registration import ORDER, address_input, confirmation_problem, place_choices
from web.render import page
from web.session import keep_language

PROFILE = "/panel/profile"
# What a suspended or terminated account may still change (5.2).
_LEFT = ("password", "language")
SECTIONS = ("details", "password", "email", "marketing", "language")


def _saved(section: str) -> Response:
    return RedirectResponse(f"{PROFILE}?done={section}#{section}", 303)


async def show_profile(request: Request) -> Response:
    """GET /panel/profile."""
    done = request.query_params.get("done")
    return await _profile(request, done=done if done in SECTIONS else None)


async def save_details(request: Request) -> Response:
    """POST /panel/profile/details; an identity number left blank stays as it is."""
    visited = await signed_in(request)
    form = await read_form(request)
    if form.value("step") == "fields":
        return await _profile(request, details=form)
    given = UpdateAccountInput(
        first_name=form.value("first_name"),
        last_name=form.value("last_name"),
        phone=form.value("phone"),
        address=address_input(form),
        company_name=form.optional("company_name"),
        tax_office=form.optional("tax_office"),
        tax_number=form.value("tax_number").strip() or None,
        national_id=form.value("national_id").strip() or None,
    )
    saved = await attempt(form, visited.caller.language, accounts.update_account(visited.caller, given))
    form.sort(ORDER)
    return _saved("details") if saved else await _profile(request, details=form)


async def save_password(request: Request) -> Response:
    """POST /panel/profile/password."""
    visited = await signed_in(request)
    form = await read_form(request)
    if problem := confirmation_problem(form, "new_password"):
        blank = [name for name in ("current_password", "new_password") if not form.value(name).strip()]
        missing = [Problem(UserErrorCode.REQUIRED, "refusals.required", (name,)) for name in blank]
        form.refuse([*missing, problem], visited.caller.language)
        return await _profile(request, password=form)
    work = passwords.change_password(visited.caller, form.value("current_password"), form.value("new_password"))
    saved = await attempt(form, visited.caller.language, work)
    return _saved("password") if saved else await _profile(request, password=form)


async def save_email(request: Request) -> Response:
    """POST /panel/profile/email: the address changes when the link that goes there is followed."""
    visited = await signed_in(request)
    form = await read_form(request)
    work = emails.change_email(visited.caller, form.value("new_email"), form.value("current_password"))
    sent = await attempt(form, visited.caller.language, work)
    if sent is None:
        return await _profile(request, email=form)
    return await page(request, "check_inbox", email=sent.verification_sent_to, purpose="email_change")


async def save_marketing(request: Request) -> Response:
    """POST /panel/profile/marketing."""
    visited = await signed_in(request)
    form = await read_form(request)
    wanted = form.checked("email", "true"), form.checked("sms", "true")
    await accounts.set_marketing_consent(visited.caller, *wanted)
    return _saved("marketing")


async def save_language(request: Request) -> Response:
    """POST /panel/profile/language."""
    visited = await signed_in(request)
    form = await read_form(request)
    response = _saved("language")
    if language := as_language(form.value("language")):
        await sessions.set_language(visited.caller, language)
        keep_language(request, response, language)
    return response


async def _profile(request: Request, done: str | None = None, **refused: Form) -> Response:
    """The page; the form that was refused shows what was typed, the others what is on record."""
    visited = await signed_in(request)
    account = await (await accounts.viewer(visited.caller)).account()
    forms: dict[str, Any] = {"password": Form(), "email": Form()}
    editable = account is not None and Scope.ACCOUNT_WRITE in visited.caller.scopes
    if account and editable:
        forms |= {"details": _on_record(account), "marketing": await _consent(account)}
    forms |= refused
    status = max((form.status for form in refused.values()), default=200)
    choices = await _choices(visited.caller, forms["details"], account) if account and editable else {}
    sections = SECTIONS if editable else _LEFT if visited.caller.blocked else ("password", "email", "language")
    return await page(request, "profile", status, done=done, sections=sections, strength=None, **forms, **choices)


async def _choices(caller: Caller, form: Form, account: Account) -> dict[str, Any]:
    return await place_choices(caller, form) | {"type": account.type.value}


def _on_record(account: Account) -> Form:
    place = account.address
    text: Callable[[str | None], str] = lambda value: value or ""  # noqa: E731 - a name for one expression
    return Form(
        {
            "type": account.type.value,
            "first_name": account.first_name,
            "last_name": account.last_name,
            "phone": text(account.phone),
            "company_name": text(account.company_name),
            "tax_office": text(account.tax_office),
            "known_identity": text(account.tax_identity),
            "address.line1": place.line1,
            "address.line2": text(place.line2),
            "address.district": place.district,
            "address.province": place.province,
            "address.postal_code": text(place.postal_code),
            "address.country": place.country,
        }
    )


async def _consent(account: Account) -> Form:
    given = await account.marketing()
    return Form({name: "true" for name in ("email", "sms") if getattr(given, name)})
