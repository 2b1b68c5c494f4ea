"""The registration page, its fragments, and following the link that proves the address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import strawberry
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.caller import Caller
from api.refusal import Problem, UserErrorCode
from api.resolvers import accounts, agreements, emails, places
from api.schema.accounts import AccountType, AddressInput, RegisterAccountInput
from api.schema.agreements import DocumentKind
from web import trap
from web.attempts import attempt
from web.forms import Form, read_form
from web.render import fragment, page, shown_document
from web.session import keep_session, visit

ACCOUNT_TYPES = tuple(kind.value for kind in AccountType)
TURKEY = "TR"
# As the controls stand on the page; the problems are told in this order.
ORDER = (
    "type",
    "first_name",
    "last_name",
    "email",
    "phone",
    "address.line1",
    "address.line2",
    "address.country",
    "address.province",
    "address.district",
    "address.postal_code",
    "company_name",
    "tax_office",
    "tax_number",
    "national_id",
    "password",
    "password_confirmation",
    "read_privacy_notice_id",
    "accepted_agreement_id",
)
LINK_PURPOSES = {"REGISTRATION": "registration", "EMAIL": "email_change"}


async def show_registration(request: Request) -> Response:
    """GET /register."""
    visited = await visit(request)
    if visited.identity:
        return RedirectResponse("/panel", 303)
    return await _registration(request, Form())


async def register(request: Request) -> Response:
    """POST /register: the form, or, without JavaScript, the form with its dependent fields renewed."""
    caller = (await visit(request)).caller
    form = await read_form(request)
    if form.value("step") == "fields":
        return await _registration(request, form)
    shortest = timedelta(seconds=request.app.state.settings.form_seconds)
    caught = [p for p in (confirmation_problem(form, "password"), trap.sprung(form, shortest)) if p]
    # A form that is refused anyway is not kept; its other problems are told at once.
    work = accounts.check_registration if caught else accounts.register_account
    sent = await attempt(form, caller.language, work(caller, _input(form)))
    form.refuse(caught, caller.language)
    form.sort(ORDER)
    if form.refused or sent is None:
        return await _registration(request, form)
    return await page(request, "check_inbox", email=sent.verification_sent_to, purpose="registration")


def confirmation_problem(form: Form, name: str) -> Problem | None:
    """What is wrong with the repetition of a password; only the site asks for one."""
    repeated = f"{name}_confirmation"
    if not form.value(repeated).strip():
        return Problem(UserErrorCode.REQUIRED, "refusals.required", (repeated,))
    if form.value(repeated) != form.value(name):
        return Problem(UserErrorCode.INVALID, "refusals.confirmation_differs", (repeated,))
    return None


def address_input(form: Form) -> AddressInput:
    """The address controls as the contract's input."""
    return AddressInput(
        line1=form.value("address.line1"),
        line2=form.value("address.line2"),
        district=form.value("address.district"),
        province=form.value("address.province"),
        postal_code=form.value("address.postal_code"),
        country=form.value("address.country"),
    )


def _input(form: Form) -> RegisterAccountInput:
    # A type that is none is told by the resolver, as at the other door.
    return RegisterAccountInput(
        type=cast("AccountType", form.value("type")),
        email=form.value("email"),
        password=form.value("password"),
        first_name=form.value("first_name"),
        last_name=form.value("last_name"),
        phone=form.value("phone"),
        address=address_input(form),
        company_name=form.value("company_name"),
        tax_office=form.value("tax_office"),
        tax_number=form.value("tax_number"),
        national_id=form.value("national_id"),
        accepted_agreement_id=strawberry.ID(form.value("accepted_agreement_id")),
        read_privacy_notice_id=strawberry.ID(form.value("read_privacy_notice_id")),
        marketing_email=form.checked("marketing_email", "true"),
        marketing_sms=form.checked("marketing_sms", "true"),
    )


async def _registration(request: Request, form: Form) -> Response:
    caller = (await visit(request)).caller
    agreement = await agreements.agreement(caller, DocumentKind.SERVICE_AGREEMENT)
    notice = await agreements.agreement(caller, DocumentKind.PRIVACY_NOTICE)
    if agreement is None or notice is None:
        raise HTTPException(500)
    return await page(
        request,
        "register",
        form.status,
        form=form,
        account_types=ACCOUNT_TYPES,
        agreement=shown_document(agreement, caller.language),
        notice=shown_document(notice, caller.language),
        trap=trap.token_of(form),
        strength=None,
        **await place_choices(caller, form),
    )


async def place_choices(caller: Caller, form: Form) -> dict[str, Any]:
    """What the selects of an address and the type's fields depend on."""
    chosen = form.value("type")
    return {
        "type": chosen if chosen in ACCOUNT_TYPES else ACCOUNT_TYPES[0],
        "countries": await places.countries(caller),
        "country": form.value("address.country") or TURKEY,
        "provinces": await places.provinces_of_turkey(caller),
        "districts": await places.districts(caller, form.value("address.province")),
    }


async def type_fields(request: Request) -> Response:
    """POST /register/fields: the fields of the chosen type."""
    form = await read_form(request)
    choices = await place_choices((await visit(request)).caller, form)
    return await fragment(request, "tax_identity_fields", form=form, **choices)


async def district_field(request: Request) -> Response:
    """POST /register/districts: the districts of the chosen province."""
    form = await read_form(request)
    choices = await place_choices((await visit(request)).caller, form)
    return await fragment(request, "district_field", form=form, **choices)


async def address_fields(request: Request) -> Response:
    """POST /register/address: what depends on the country, the tax fields with it."""
    form = await read_form(request)
    choices = await place_choices((await visit(request)).caller, form)
    return await fragment(request, "address_fields", "tax_identity_fields", form=form, **choices)


async def show_link(request: Request) -> Response:
    """GET /verify-email: says what the link would do; nothing changes until it is confirmed."""
    return await _link(request, request.query_params.get("token", ""))


async def confirm_link(request: Request) -> Response:
    """POST /verify-email."""
    form = await read_form(request)
    caller = (await visit(request)).caller
    opened = await attempt(form, caller.language, emails.verify_email(caller, form.value("token")))
    if opened is None or opened.session_token is None or opened.expires_at is None:
        return await _link(request, "", form.status)
    response = RedirectResponse("/panel", 303)
    keep_session(request, response, opened.session_token, opened.expires_at)
    return response


async def _link(request: Request, token: str, status: int = 200) -> Response:
    found = await emails.prospect((await visit(request)).caller, token) if token else None
    good = found if found and found.purpose in LINK_PURPOSES else None
    return await page(
        request,
        "verify_email",
        status if good or status != 200 else 422,
        purpose=LINK_PURPOSES[good.purpose] if good else None,
        name=good.name if good else "",
        email=good.email if good else "",
        token=token,
    )
