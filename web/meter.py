"""The password meter while one types."""

from __future__ import annotations

from types import SimpleNamespace

from starlette.requests import Request
from starlette.responses import Response

from api.i18n import translate
from api.resolvers import emails, passwords
from web.forms import read_form
from web.render import fragment
from web.session import visit

# The controls of the forms that have a meter which say something of their person.
PERSONAL = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "company_name",
    "tax_office",
    "tax_number",
    "national_id",
    "address.line1",
    "address.district",
    "address.province",
)


async def password_meter(request: Request) -> Response:
    """POST /password-meter: the fragment for what was typed so far."""
    form = await read_form(request)
    caller = (await visit(request)).caller
    password = form.value("password") or form.value("new_password")
    if not password:
        return await fragment(request, "password_meter", strength=None)
    personal = [form.value(name) for name in PERSONAL if form.value(name)]
    if token := form.value("token"):
        known = await emails.prospect(caller, token)
        personal += known.personal if known else ()
    found = await passwords.password_strength(caller, password, personal)
    strength = SimpleNamespace(
        score=found.score,
        word=translate(caller.language, f"passwords.score.{found.score}"),
        acceptable=found.acceptable,
        warning=found.warning,
        suggestions=found.suggestions,
        crack_time=found.crack_time,
    )
    return await fragment(request, "password_meter", strength=strength)
